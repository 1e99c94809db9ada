//! Feeds that came to their end: the response to a client that still asks says so, and names the feed to read instead.

use std::collections::HashSet;

use ammonia::url::Url;
use serde::{Deserialize, Serialize};

use crate::item::{Complaint, Draft, Line, Reader, slug::is_slug};

use super::{MAX_RETIRED, Publication, Selection};

/// A feed that is gone for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    /// The selection whose feed is gone.
    selection: Selection,
    /// The address of the feed to read instead.
    pub successor: Option<Line>,
    /// Whether it was the feed of a section that the write API removed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    by_api: bool,
}

impl Publication {
    /// The feed of `selection`, if it was retired.
    pub fn retired(&self, selection: &Selection) -> Option<&Retired> {
        self.retired
            .iter()
            .find(|feed| feed.selection == *selection)
    }

    /// Notes that the feed of `selection` is gone for good, since the write API removed its section.
    pub fn retire(&mut self, selection: &Selection) {
        if self.retired.len() >= MAX_RETIRED
            && let Some(oldest) = self.retired.iter().position(|feed| feed.by_api)
        {
            self.retired.remove(oldest);
        }
        self.retired.push(Retired {
            selection: selection.clone(),
            successor: None,
            by_api: true,
        });
    }

    /// Removes the entries of a feed that the write API retired, so that the feed is not gone any more.
    pub fn reinstate(&mut self, selection: &Selection) {
        let stays = |feed: &Retired| feed.selection != *selection || !feed.by_api;
        self.retired.retain(stays);
    }

    /// Takes over from `known` the feeds that the write API retired, unless their sections are there again.
    pub fn keep_retired(&mut self, known: &Self) {
        let declared: HashSet<Selection> = self
            .retired
            .iter()
            .map(|feed| feed.selection.clone())
            .collect();
        let present = |feed: &Retired| match &feed.selection {
            Selection::Section(slug) => {
                self.section(slug).is_some() || self.section_formerly(slug).is_some()
            }
            _ => false,
        };
        let of_api = known.retired.iter().filter(|feed| feed.by_api);
        let remaining = of_api.filter(|feed| !present(feed) && !declared.contains(&feed.selection));
        let remaining: Vec<Retired> = remaining.cloned().collect();
        self.retired.extend(remaining);
    }
}

fn successor(reader: &mut Reader<'_>) -> Option<Line> {
    let text = reader.text("successor")?;
    let address = Url::parse(&text).ok();
    let address = address.filter(|url| ["http", "https"].contains(&url.scheme()));
    if address.is_none() {
        let line = reader.line_of("successor");
        reader.complain(Complaint::refused(
            line,
            "successor to be the whole address of a feed, such as https://paper.example/feed.rss",
            format!("{:?}", &*text),
            "correct the address, or leave it out",
        ));
    }
    // As it is spelled in links, which are ASCII.
    address.and_then(|url| Line::parse(url.as_str()))
}

/// Reads the tables `[[retired]]`; `is_present` returns whether a selection is in use, so that it cannot be retired.
pub(super) fn retired_of(
    drafts: Vec<Draft>,
    is_present: impl Fn(&Selection) -> bool,
    complaints: &mut Vec<Complaint>,
) -> Vec<Retired> {
    let mut retired: Vec<Retired> = Vec::new();
    let mut seen: HashSet<Selection> = HashSet::new();
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
        let is_free =
            |selection: &Selection| !is_present(selection) && seen.insert(selection.clone());
        match selection.filter(is_free) {
            Some(selection) => retired.push(Retired {
                selection,
                successor,
                by_api: false,
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
