//! The sections of a paper in its order, each found by its slug without a look at all of them: a paper may have ten
//! thousand, and every article names one.

use std::collections::HashMap;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::Section;

/// The sections of a publication, in their order, with an index by slug. They are serialized as a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Section>", into = "Vec<Section>")]
pub struct Sections {
    list: Vec<Section>,
    /// The position in the list of the section with each slug.
    present: HashMap<String, usize>,
    former: HashMap<String, usize>,
}

impl Sections {
    /// The section with this slug.
    pub fn find(&self, slug: &str) -> Option<&Section> {
        self.list.get(*self.present.get(slug)?)
    }

    /// The section that once had this slug.
    pub fn find_former(&self, slug: &str) -> Option<&Section> {
        self.list.get(*self.former.get(slug)?)
    }

    /// Adds a section at the end. Where two have a slug, it is the first one's.
    pub fn push(&mut self, section: Section) {
        let place = self.list.len();
        self.present.entry(section.slug.clone()).or_insert(place);
        for slug in &section.former {
            self.former.entry(slug.clone()).or_insert(place);
        }
        self.list.push(section);
    }
}

impl Deref for Sections {
    type Target = [Section];

    fn deref(&self) -> &[Section] {
        &self.list
    }
}

impl<'s> IntoIterator for &'s Sections {
    type Item = &'s Section;
    type IntoIter = std::slice::Iter<'s, Section>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl From<Vec<Section>> for Sections {
    fn from(list: Vec<Section>) -> Self {
        let mut sections = Self::default();
        for section in list {
            sections.push(section);
        }
        sections
    }
}

impl From<Sections> for Vec<Section> {
    fn from(sections: Sections) -> Self {
        sections.list
    }
}

#[cfg(test)]
mod tests {
    use super::{Section, Sections};
    use crate::item::Line;

    fn section(slug: &str, former: &[&str]) -> Section {
        Section {
            slug: slug.to_owned(),
            title: Line::parse(slug).expect("a title"),
            former: former.iter().map(ToString::to_string).collect(),
            description: None,
            sunset: None,
            by_api: false,
        }
    }

    #[test]
    fn sections_are_found_by_their_slugs_in_whatever_way_they_came() {
        let list = vec![section("city", &["town"]), section("sport", &[])];
        let sections = Sections::from(list.clone());
        let json = serde_json::to_string(&sections).expect("JSON");
        assert_eq!(json, serde_json::to_string(&list).expect("JSON"));
        let read: Sections = serde_json::from_str(&json).expect("sections");
        assert_eq!(read, sections);
        for sections in [sections, read] {
            let slug = |section: Option<&Section>| section.map(|found| found.slug.clone());
            assert_eq!(slug(sections.find("sport")).as_deref(), Some("sport"));
            assert_eq!(slug(sections.find_former("town")).as_deref(), Some("city"));
            assert_eq!(sections.find("town"), None);
            assert_eq!(sections.find_former("city"), None);
        }
    }
}
