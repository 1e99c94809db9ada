//! Sections that the write API made or changed, merged with those that a settings file declares.

use std::collections::HashMap;

use crate::publication::{Publication, Section};

/// Adds the sections and former slugs that the write API made to the publication that a file declares.
pub(super) fn with_api_sections(declared: &mut Publication, known: &Publication) {
    let mut sections: Vec<Section> = declared.sections.to_vec();
    let is_declared =
        |name: &str| declared.section(name).is_some() || declared.section_formerly(name).is_some();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (place, section) in sections.iter().enumerate() {
        places.entry(section.slug.clone()).or_insert(place);
    }
    for section in known.sections.iter().filter(|section| section.by_api) {
        let free = section.former.iter().filter(|name| !is_declared(name));
        let former: Vec<String> = free.cloned().collect();
        let place = places.get(&section.slug);
        match place.and_then(|place| sections.get_mut(*place)) {
            // The file has taken it over, with the addresses that led to it.
            Some(existing) if !existing.by_api => existing.former.extend(former),
            Some(_) => {}
            None if is_declared(&section.slug) => {}
            None => sections.push(Section {
                former,
                ..section.clone()
            }),
        }
    }
    declared.sections = sections.into();
    declared.keep_retired(known);
}
