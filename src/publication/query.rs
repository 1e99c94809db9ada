//! Named queries: feeds that the publication puts together itself, such as "the harbour without its notices".

use std::collections::HashSet;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::item::{Complaint, Draft, Line, Moment, Reader, slug::is_slug};

use super::{Format, Kind, MAX_CAPTION_FEEDS, Sections};

/// A feed of its own under `/feeds/{name}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// The slug that stands in the address of the feed.
    pub name: String,
    pub title: Line,
    pub include: Terms,
    pub exclude: Terms,
    /// Minimum number of items in the window, if the query has as many; without it, the number that all feeds have.
    pub window: Option<usize>,
    pub formats: Vec<Format>,
    /// When it will end, if that is known (RFC 8594).
    #[serde(default)]
    pub sunset: Option<Moment>,
}

/// The terms by which a query includes or excludes items. An empty list has no effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub kinds: Vec<Kind>,
    /// Sections by their slugs.
    pub sections: Vec<String>,
    /// As the item files spell them, like authors and sources.
    pub tags: Vec<Line>,
    pub authors: Vec<Line>,
    pub sources: Vec<Line>,
    /// Ranges of BCP 47: `zh` takes `zh-Hans`, too.
    pub languages: Vec<Line>,
}

/// The properties of an item that a query compares. A caption has the section, the tags and the language of its article,
/// the person it credits as its author, and the article's source where it names none.
#[derive(Clone, Copy, Debug)]
pub struct Traits<'a> {
    pub kind: Kind,
    pub section: &'a str,
    pub tags: &'a [Line],
    pub authors: &'a [Line],
    pub source: Option<&'a Line>,
    pub language: &'a Line,
}

/// Maximum number of terms of each kind in a query.
const MAX_TERMS: usize = 200;

/// The bounds of a query's `window`, in items. The bound on the window's bytes holds beside it.
const WINDOW: RangeInclusive<u64> = 1..=500;

impl Query {
    /// Whether the query's feed has the item: it is asked for in every respect and kept out in none.
    pub fn takes(&self, item: Traits<'_>) -> bool {
        self.matches_article(item) && self.matches_item(item)
    }

    /// Whether the query takes an item by its kind and the properties of its article, which are the same for all
    /// captions of that.
    pub fn matches_article(&self, item: Traits<'_>) -> bool {
        takes(
            &self.include.of_article(item),
            &self.exclude.of_article(item),
        )
    }

    /// Whether the query takes an item by the properties that each caption has for itself.
    pub fn matches_item(&self, item: Traits<'_>) -> bool {
        takes(&self.include.of_item(item), &self.exclude.of_item(item))
    }

    /// Whether it takes captions at all.
    fn takes_captions(&self) -> bool {
        let is_included =
            self.include.kinds.is_empty() || self.include.kinds.contains(&Kind::Caption);
        is_included && !self.exclude.kinds.contains(&Kind::Caption)
    }
}

fn takes(included: &[Option<bool>], kept_out: &[Option<bool>]) -> bool {
    !included.contains(&Some(false)) && !kept_out.contains(&Some(true))
}

impl Terms {
    /// For each respect whether the item has one of the terms; `None` where there are no terms.
    fn of_article(&self, item: Traits<'_>) -> [Option<bool>; 4] {
        [
            any(&self.kinds, |kind| *kind == item.kind),
            any(&self.sections, |slug| slug == item.section),
            any(&self.tags, |tag| item.tags.contains(tag)),
            any(&self.languages, |range| {
                takes_language(range, item.language)
            }),
        ]
    }

    fn of_item(&self, item: Traits<'_>) -> [Option<bool>; 2] {
        [
            any(&self.authors, |author| item.authors.contains(author)),
            any(&self.sources, |source| item.source == Some(source)),
        ]
    }
}

fn any<T>(terms: &[T], has: impl Fn(&T) -> bool) -> Option<bool> {
    (!terms.is_empty()).then(|| terms.iter().any(has))
}

/// Basic filtering (RFC 4647 §3.3.1).
fn takes_language(range: &str, tag: &str) -> bool {
    let (range, tag) = (range.to_ascii_lowercase(), tag.to_ascii_lowercase());
    tag.strip_prefix(&range)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// Reads the tables `[[feeds]]` of a publication with these sections.
pub(super) fn queries_of(
    drafts: Vec<Draft>,
    sections: &Sections,
    complaints: &mut Vec<Complaint>,
) -> Vec<Query> {
    let mut queries: Vec<Query> = Vec::new();
    let mut names: HashSet<String> = HashSet::new();
    let mut with_captions = 0;
    for draft in drafts {
        let mut reader = Reader::new(draft, complaints);
        let name = reader.required_text("name", "name the feed; the name stands in its address");
        let title = reader.required_text("title", "say what readers see");
        if let Some(name) = &name
            && (!is_slug(name) || !names.insert(name.to_string()))
        {
            let line = reader.line_of("name");
            reader.complain(Complaint::refused(
                line,
                "a name of a-z, 0-9 and -, for one feed alone",
                format!("{:?}", &**name),
                "choose another",
            ));
        }
        let mut include = terms(&mut reader, sections);
        let window = reader.number("window", WINDOW);
        let formats = formats(&mut reader);
        let sunset = super::sunset(&mut reader);
        let exclude = reader.table("exclude");
        let line = reader.line();
        reader.finish();
        let exclude = exclude.map_or_else(Terms::default, |draft| {
            let mut reader = Reader::new(draft, complaints);
            let terms = terms(&mut reader, sections);
            reader.finish();
            terms
        });
        if include.kinds.is_empty() && exclude.kinds.is_empty() {
            // Many pictures a day flood a reader who asked for none.
            include.kinds = vec![Kind::Article];
        }
        if let (Some(name), Some(title)) = (name, title) {
            let query = Query {
                name: name.to_string(),
                title,
                include,
                exclude,
                window: window.and_then(|items| usize::try_from(items).ok()),
                formats,
                sunset,
            };
            with_captions += usize::from(query.takes_captions());
            if query.takes_captions() && with_captions > MAX_CAPTION_FEEDS {
                complaints.push(Complaint::refused(
                    line,
                    format!("at most {MAX_CAPTION_FEEDS} feeds with captions"),
                    format!("{with_captions}"),
                    "leave captions out of its kinds",
                ));
            }
            queries.push(query);
        }
    }
    queries
}

fn terms(reader: &mut Reader<'_>, declared: &Sections) -> Terms {
    Terms {
        kinds: super::kinds(reader, "kinds"),
        sections: sections(reader, declared),
        tags: reader.texts_up_to("tags", MAX_TERMS),
        authors: reader.texts_up_to("authors", MAX_TERMS),
        sources: reader.texts_up_to("sources", MAX_TERMS),
        languages: reader.texts_up_to("languages", MAX_TERMS),
    }
}

/// Sections by their present slugs; a former one is understood.
fn sections(reader: &mut Reader<'_>, declared: &Sections) -> Vec<String> {
    let mut slugs = Vec::new();
    for slug in reader.texts_up_to("sections", MAX_TERMS) {
        let found = declared.find(&slug).or_else(|| declared.find_former(&slug));
        match found {
            Some(section) => slugs.push(section.slug.clone()),
            None => {
                let line = reader.line_of("sections");
                let slugs: Vec<&str> = declared
                    .iter()
                    .map(|section| section.slug.as_str())
                    .collect();
                reader.complain(Complaint::refused(
                    line,
                    format!("a section of this publication: {}", slugs.join(", ")),
                    format!("{:?}", &*slug),
                    "correct it, or declare the section under [[sections]]",
                ));
            }
        }
    }
    slugs
}

fn formats(reader: &mut Reader<'_>) -> Vec<Format> {
    let mut formats = Vec::new();
    for word in reader.texts("formats") {
        match Format::from_extension(&word) {
            Some(format) => formats.push(format),
            None => {
                let line = reader.line_of("formats");
                reader.complain(Complaint::refused(
                    line,
                    "formats to name rss, atom, json or some of them",
                    format!("{:?}", &*word),
                    "correct the word",
                ));
            }
        }
    }
    if formats.is_empty() {
        formats.extend(Format::ALL);
    }
    formats
}
