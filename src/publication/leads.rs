//! The stories that the desk puts at the head of the front page, in its order, as the settings name them.

use serde::{Deserialize, Serialize};

use crate::item::{Complaint, Id, Line, Reader, slug::is_slug};

/// Maximum number of stories that lead.
const MAX_LEADS: usize = 50;

const KEY: &str = "leads";

/// The name of a story: its id, its slug, or `section/slug` where only one that is filed there is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lead(Line);

/// The parts of the name of a story that leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeadName<'l> {
    Id(Id),
    /// A slug, which may look like an id without its beginning, and may stand for one.
    Slug(&'l str),
    /// A section's slug and a story's.
    Filed(&'l str, &'l str),
}

impl Lead {
    fn parse(name: Line) -> Option<Self> {
        // Ids are compared as they are spelled everywhere else; other programs print them in capitals.
        let lower = name.to_ascii_lowercase();
        if Id::parse(&lower).is_some() {
            return Line::parse(&lower).map(Self);
        }
        let is_place = |(section, slug): (&str, &str)| is_slug(section) && is_slug(slug);
        let is_known = is_slug(&name) || name.split_once('/').is_some_and(is_place);
        is_known.then_some(Self(name))
    }

    /// Whether it names the story with this id, which is filed under this section and slug.
    pub fn means(&self, id: Option<Id>, section: &str, slug: &str) -> bool {
        let name: &str = &self.0;
        match name.split_once('/') {
            Some(place) => place == (section, slug),
            // A slug may look like an id without its beginning.
            None => name == slug || id.is_some_and(|id| Id::parse(name) == Some(id)),
        }
    }

    /// The parts of the name.
    pub fn parsed(&self) -> LeadName<'_> {
        let name: &str = &self.0;
        match (name.split_once('/'), Id::parse(name)) {
            (Some((section, slug)), _) => LeadName::Filed(section, slug),
            (None, Some(id)) if !is_slug(name) => LeadName::Id(id),
            (None, _) => LeadName::Slug(name),
        }
    }

    /// The slug by which it names the story.
    pub fn slug(&self) -> Option<&str> {
        match self.parsed() {
            LeadName::Id(_) => None,
            LeadName::Slug(slug) | LeadName::Filed(_, slug) => Some(slug),
        }
    }

    /// The name as it was written.
    pub fn name(&self) -> &Line {
        &self.0
    }

    /// The warning for a name that no story has, with what to do.
    pub fn unknown(&self, advice: &'static str) -> Complaint {
        Complaint::mended(
            None,
            format!("{KEY} to name stories that there are"),
            format!("{:?}, a name that no story here has", &*self.0),
            advice,
        )
    }
}

/// Reads the names of the stories that lead.
pub fn leads_of(reader: &mut Reader<'_>) -> Vec<Lead> {
    let mut leads = Vec::new();
    for name in reader.texts_up_to(KEY, MAX_LEADS) {
        let found = format!("{:?}", &*name);
        match Lead::parse(name) {
            Some(lead) => leads.push(lead),
            None => {
                let line = reader.line_of(KEY);
                reader.complain(Complaint::refused(
                    line,
                    "leads to name stories by id, by slug or as section/slug",
                    found,
                    "correct the name, such as city/bridge-opens",
                ));
            }
        }
    }
    leads
}

#[cfg(test)]
mod tests {
    use super::Lead;
    use crate::item::{Id, Line};

    fn lead(name: &str) -> Option<Lead> {
        Lead::parse(Line::parse(name)?)
    }

    #[test]
    fn a_story_is_named_by_its_id_its_slug_or_its_place() {
        let id = Id::default().derive("bridge");
        let means = |name: &str| lead(name).unwrap().means(Some(id), "city", "bridge");
        for name in [id.to_string(), id.bare()] {
            assert!(means(&name), "{name}");
            assert!(means(&name.to_uppercase()), "{name}");
        }
        assert!(means("bridge") && means("city/bridge"));
        let other = id.derive("other").to_string();
        for name in ["tram", "harbour/bridge", "city/tram", &other] {
            assert!(!means(name), "{name}");
        }
        for name in [
            "a bridge",
            "/articles/bridge",
            "city/",
            "a/b/c",
            "urn:uuid:7",
        ] {
            assert_eq!(lead(name), None, "{name}");
        }
    }
}
