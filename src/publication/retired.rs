//! Feeds that came to their end: whoever still asks is told so, and where to go on.

use ammonia::url::Url;
use serde::{Deserialize, Serialize};

use crate::item::{Complaint, Draft, Line, Reader, slug::is_slug};

use super::{Publication, Selection};

/// A feed that is gone for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    /// The selection that it was made of.
    selection: String,
    /// The address of the feed to read instead.
    pub successor: Option<Line>,
}

impl Publication {
    /// The feed of `selection`, if it was retired.
    pub fn retired(&self, selection: &Selection) -> Option<&Retired> {
        let key = selection.to_string();
        self.retired.iter().find(|feed| feed.selection == key)
    }
}

fn successor(reader: &mut Reader<'_>) -> Option<Line> {
    let said = reader.text("successor")?;
    let address = Url::parse(&said).ok();
    let address = address.filter(|url| ["http", "https"].contains(&url.scheme()));
    if address.is_none() {
        let line = reader.line_of("successor");
        reader.complain(Complaint::refused(
            line,
            "successor to be the whole address of a feed, such as https://paper.example/feed.rss",
            format!("{:?}", &*said),
            "correct the address, or leave it out",
        ));
    }
    // As it is spelled in links, which are ASCII.
    address.and_then(|url| Line::parse(url.as_str()))
}

/// Reads the tables `[[retired]]`; `is_present` tells what is not retired.
pub(super) fn retired_of(
    drafts: Vec<Draft>,
    is_present: impl Fn(&Selection) -> bool,
    complaints: &mut Vec<Complaint>,
) -> Vec<Retired> {
    let mut retired: Vec<Retired> = Vec::new();
    for draft in drafts {
        let mut reader = Reader::new(draft, complaints);
        let line = reader.line();
        let (section, feed) = (reader.text("section"), reader.text("feed"));
        let successor = successor(&mut reader);
        let slug = section
            .as_ref()
            .or(feed.as_ref())
            .filter(|slug| is_slug(slug));
        let selection = match (slug, &section, &feed) {
            (Some(slug), Some(_), None) => Some(Selection::Section(slug.to_string())),
            (Some(slug), None, Some(_)) => Some(Selection::Named(slug.to_string())),
            _ => None,
        };
        let key = selection.as_ref().map(ToString::to_string);
        let is_known = |key: &String| retired.iter().any(|known| known.selection == *key);
        let is_free = selection.is_some_and(|selection| !is_present(&selection));
        match key.filter(|key| is_free && !is_known(key)) {
            Some(selection) => retired.push(Retired {
                selection,
                successor,
            }),
            None => reader.complain(Complaint::refused(
                line,
                "either section or feed, the slug of one that is declared nowhere else",
                match (&section, &feed) {
                    (Some(_), Some(_)) => "both".to_owned(),
                    (Some(slug), None) | (None, Some(slug)) => format!("{:?}", &**slug),
                    (None, None) => "neither".to_owned(),
                },
                "name one feed, and remove its [[sections]] or [[feeds]]",
            )),
        }
        reader.finish();
    }
    retired
}
