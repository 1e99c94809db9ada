//! Touch keys: for each, the store notes the newest entry of the log that touched it, and caches in front purge by them.
//!
//! Code passes a [`TouchKey`]. Its spelling is here alone, for the database and those who print it, and for headers; that of a
//! selection in the database stands beside [`Selection`].

use std::fmt;

use chrono::NaiveDate;

use crate::item::FormerPath;
use crate::memory::block;
use crate::publication::{NameKind, Selection};

use super::database::{self, FromSql, ToSql, Value};
use super::fingerprint::Fingerprint;
use super::month::Month;

/// A touch key: a part of what is served, such as a feed, that an entry may alter. The store notes for each the newest
/// entry that did.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TouchKey {
    /// All that is served.
    Everything,
    /// The lists of sections and of named feeds, for what shows them.
    SectionsAndFeeds,
    /// Which sites may show cards, for all cards.
    Cards,
    /// Which stories the settings put at the head of the front page.
    Leads,
    /// The list of months that have articles.
    Sitemap,
    /// The articles of the last two days.
    News,
    /// The articles of a month.
    Month(Month),
    /// The articles of a day.
    Day(NaiveDate),
    /// The days of a month that have articles, and the months around it that do.
    DaysOfMonth(Month),
    /// The months that have articles, as the publication counts days.
    Days,
    /// Which tags, or which authors, something public has.
    Names(NameKind),
    /// The profile of an author, by the slug of the name; the author's page shows it.
    Profile(String),
    /// A photograph by its hash: it comes and goes with what shows it.
    Media(String),
    /// An address that an article had before, by its slug, and where it leads.
    Former(String),
    /// A path that an article had elsewhere, by its fingerprint, and where it leads.
    FormerPath(String),
    /// The feed of a selection.
    Selection(Selection),
    /// The list on the page of a selection: its newest items by publication.
    PageList(Selection),
    /// The pages of a month of a selection: its items of that month, and the months around it that have any.
    MonthOf(Selection, Month),
}

/// The words that keys begin with, or are.
const EVERYTHING: &str = "*";
const LISTS: &str = "sections";
const CARDS: &str = "cards";
const LEADS: &str = "leads";
const SITEMAP: &str = "sitemap";
const NEWS: &str = "news";
const DAY: &str = "day";
const DAYS: &str = "days";
const PROFILE: &str = "profile";
const MEDIA: &str = "media";
const FORMER: &str = "former";
const FORMER_PATH: &str = "path";
const LIST: &str = "list";
const MONTH: &str = "month";

impl TouchKey {
    /// The key of a path that an article had elsewhere. Paths are long and have all kinds of characters, and keys stand in
    /// headers; nor does a fingerprint say a word of what was killed.
    pub fn former_path(path: &FormerPath) -> Self {
        Self::FormerPath(Fingerprint::Former(path.as_str()).stored())
    }

    /// The key as headers and purges have it; that of everything is `publication`. It is short, for most answers have several,
    /// and has no slash, which not every cache takes.
    pub fn in_headers(&self, publication: &str) -> String {
        match self {
            Self::Everything => publication.to_owned(),
            Self::SectionsAndFeeds
            | Self::Cards
            | Self::Leads
            | Self::Sitemap
            | Self::News
            | Self::Days => self.to_string(),
            Self::Month(month) => format!("{SITEMAP}.{month}"),
            Self::Day(date) => format!("{DAY}.{date}"),
            Self::DaysOfMonth(month) => format!("{DAYS}.{month}"),
            Self::Names(kind) => kind.plural().to_owned(),
            Self::Profile(slug) => format!("p-{slug}"),
            Self::Media(hash) => format!("m-{hash}"),
            Self::Former(slug) => format!("{FORMER}.{slug}"),
            Self::FormerPath(print) => format!("{FORMER_PATH}.{print}"),
            Self::Selection(selection) => selection_in_headers(selection),
            Self::PageList(selection) => format!("l-{}", selection_in_headers(selection)),
            Self::MonthOf(selection, month) => {
                format!("{}.{month}", selection_in_headers(selection))
            }
        }
    }

    /// The selection of which it says something.
    pub fn selection(&self) -> Option<&Selection> {
        match self {
            Self::Selection(selection)
            | Self::PageList(selection)
            | Self::MonthOf(selection, _) => Some(selection),
            _ => None,
        }
    }

    /// Whether it is about what a tag or a person has, and goes when that name is forgotten.
    pub(super) fn is_of_name(&self) -> bool {
        matches!(
            self.selection(),
            Some(Selection::Tag(_) | Selection::Author(_))
        )
    }

    /// Reads a key as it is spelled.
    pub fn parse(text: &str) -> Option<Self> {
        let Some((kind, name)) = text.split_once('/') else {
            return match text {
                EVERYTHING => Some(Self::Everything),
                LISTS => Some(Self::SectionsAndFeeds),
                CARDS => Some(Self::Cards),
                LEADS => Some(Self::Leads),
                SITEMAP => Some(Self::Sitemap),
                NEWS => Some(Self::News),
                DAYS => Some(Self::Days),
                _ => match NameKind::ALL.into_iter().find(|kind| kind.plural() == text) {
                    Some(kind) => Some(Self::Names(kind)),
                    None => Selection::parse(text).map(Self::Selection),
                },
            };
        };
        match kind {
            SITEMAP => Month::parse(name).map(Self::Month),
            DAY => name.parse().ok().map(Self::Day),
            DAYS => Month::parse(name).map(Self::DaysOfMonth),
            PROFILE => Some(Self::Profile(name.to_owned())),
            MEDIA => Some(Self::Media(name.to_owned())),
            FORMER => Some(Self::Former(name.to_owned())),
            FORMER_PATH => Some(Self::FormerPath(name.to_owned())),
            LIST => Selection::parse(name).map(Self::PageList),
            MONTH => {
                let (selection, month) = name.rsplit_once('/')?;
                let month = Month::parse(month)?;
                Selection::parse(selection).map(|selection| Self::MonthOf(selection, month))
            }
            _ => Selection::parse(text).map(Self::Selection),
        }
    }

    /// The bytes on the heap that it takes, beside its own size.
    pub fn heap_bytes(&self) -> usize {
        match self {
            Self::Everything
            | Self::SectionsAndFeeds
            | Self::Cards
            | Self::Leads
            | Self::Sitemap
            | Self::News
            | Self::Month(_)
            | Self::Day(_)
            | Self::DaysOfMonth(_)
            | Self::Days
            | Self::Names(_) => 0,
            Self::Profile(name)
            | Self::Media(name)
            | Self::Former(name)
            | Self::FormerPath(name) => block(name.capacity()),
            Self::Selection(selection)
            | Self::PageList(selection)
            | Self::MonthOf(selection, _) => selection.heap_bytes(),
        }
    }
}

impl From<Selection> for TouchKey {
    fn from(selection: Selection) -> Self {
        Self::Selection(selection)
    }
}

impl fmt::Display for TouchKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str(EVERYTHING),
            Self::SectionsAndFeeds => f.write_str(LISTS),
            Self::Cards => f.write_str(CARDS),
            Self::Leads => f.write_str(LEADS),
            Self::Sitemap => f.write_str(SITEMAP),
            Self::News => f.write_str(NEWS),
            Self::Month(month) => write!(f, "{SITEMAP}/{month}"),
            Self::Day(date) => write!(f, "{DAY}/{date}"),
            Self::DaysOfMonth(month) => write!(f, "{DAYS}/{month}"),
            Self::Days => f.write_str(DAYS),
            Self::Names(kind) => f.write_str(kind.plural()),
            Self::Profile(slug) => write!(f, "{PROFILE}/{slug}"),
            Self::Media(hash) => write!(f, "{MEDIA}/{hash}"),
            Self::Former(slug) => write!(f, "{FORMER}/{slug}"),
            Self::FormerPath(print) => write!(f, "{FORMER_PATH}/{print}"),
            Self::Selection(selection) => selection.fmt(f),
            Self::PageList(selection) => write!(f, "{LIST}/{selection}"),
            Self::MonthOf(selection, month) => write!(f, "{MONTH}/{selection}/{month}"),
        }
    }
}

impl ToSql for TouchKey {
    fn to_sql(&self) -> database::Result<Value<'_>> {
        Ok(Value::Text(self.to_string().into()))
    }
}

/// A key that another version wrote and this one does not know counts as everything: a cache then loses more than it must,
/// and keeps nothing that is old.
impl FromSql for TouchKey {
    fn from_sql(value: Value<'_>) -> database::Result<Self> {
        let text = value.text()?;
        Ok(Self::parse(text).unwrap_or(Self::Everything))
    }
}

/// The key of a selection as headers have it.
fn selection_in_headers(selection: &Selection) -> String {
    match selection {
        Selection::All | Selection::Captions => selection.to_string(),
        Selection::Section(slug) => format!("s-{slug}"),
        Selection::Tag(slug) => format!("t-{slug}"),
        Selection::Author(slug) => format!("u-{slug}"),
        Selection::Article(id) => format!("a-{}", id.bare()),
        Selection::Named(name) => format!("f-{name}"),
        Selection::Archive(of, segment) => {
            format!("r-{}.{segment}", of.to_string().replace('/', "."))
        }
    }
}

/// The selection as it is stored in tables.
impl ToSql for Selection {
    fn to_sql(&self) -> database::Result<Value<'_>> {
        Ok(Value::Text(self.to_string().into()))
    }
}

impl FromSql for Selection {
    fn from_sql(value: Value<'_>) -> database::Result<Self> {
        let text = value.text()?;
        Self::parse(text).ok_or_else(|| database::Error::Value(format!("no selection: {text}")))
    }
}

/// The kind of name as it is stored in tables.
impl ToSql for NameKind {
    fn to_sql(&self) -> database::Result<Value<'_>> {
        self.name().to_sql()
    }
}

impl FromSql for NameKind {
    fn from_sql(value: Value<'_>) -> database::Result<Self> {
        let text = value.text()?;
        let kind = Self::ALL.into_iter().find(|kind| kind.name() == text);
        kind.ok_or_else(|| database::Error::Value(format!("no kind of name: {text}")))
    }
}

/// Between which texts the keys of all selections lie that are of the same kind as this one, the second not included.
pub(super) fn span_of_kind(one: &Selection) -> (String, String) {
    let kind = one.kind();
    // The sign behind the slash.
    (format!("{kind}/"), format!("{kind}0"))
}

/// Between which texts the keys of all months of a selection lie, the second not included.
pub(super) fn span_of_months(selection: &Selection) -> (String, String) {
    // The sign behind the slash.
    (
        format!("{MONTH}/{selection}/"),
        format!("{MONTH}/{selection}0"),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chrono::NaiveDate;

    use crate::item::{FormerPath, Id};
    use crate::publication::{NameKind, Selection};

    use super::{Month, TouchKey};

    /// One of each variant at least. The compiler asks for a new one.
    fn all() -> Vec<TouchKey> {
        let name = || "city".to_owned();
        let selections = [
            Selection::All,
            Selection::Section(name()),
            Selection::Tag(name()),
            Selection::Author(name()),
            Selection::Captions,
            Selection::Article(Id::default().derive("city")),
            Selection::Named(name()),
            Selection::All.segment(1),
            Selection::Section(name()).segment(12),
        ];
        let path = FormerPath::parse("/2019/03/city.html").expect("a path");
        let others = [
            TouchKey::Everything,
            TouchKey::SectionsAndFeeds,
            TouchKey::Cards,
            TouchKey::Leads,
            TouchKey::Sitemap,
            TouchKey::News,
            TouchKey::Month(Month::parse("2026-11").expect("a month")),
            TouchKey::Day(NaiveDate::from_ymd_opt(2026, 11, 24).expect("a day")),
            TouchKey::DaysOfMonth(Month::parse("2026-11").expect("a month")),
            TouchKey::Days,
            TouchKey::Names(NameKind::Tag),
            TouchKey::Names(NameKind::Author),
            TouchKey::Profile(name()),
            TouchKey::Media(name()),
            TouchKey::Former(name()),
            TouchKey::former_path(&path),
        ];
        let all: Vec<TouchKey> = others
            .into_iter()
            .chain(selections.map(TouchKey::from))
            .chain([
                TouchKey::PageList(Selection::All),
                TouchKey::PageList(Selection::Tag(name())),
                TouchKey::MonthOf(
                    Selection::Author(name()),
                    Month::parse("2026-11").expect("a month"),
                ),
            ])
            .collect();
        for key in &all {
            match key {
                TouchKey::Everything
                | TouchKey::SectionsAndFeeds
                | TouchKey::Cards
                | TouchKey::Leads
                | TouchKey::Sitemap
                | TouchKey::News
                | TouchKey::Month(_)
                | TouchKey::Day(_)
                | TouchKey::DaysOfMonth(_)
                | TouchKey::Days
                | TouchKey::Names(_)
                | TouchKey::Profile(_)
                | TouchKey::Media(_)
                | TouchKey::Former(_)
                | TouchKey::FormerPath(_) => {}
                TouchKey::Selection(selection)
                | TouchKey::PageList(selection)
                | TouchKey::MonthOf(selection, _) => match selection {
                    Selection::All
                    | Selection::Section(_)
                    | Selection::Tag(_)
                    | Selection::Author(_)
                    | Selection::Captions
                    | Selection::Article(_)
                    | Selection::Named(_)
                    | Selection::Archive(..) => {}
                },
            }
        }
        all
    }

    #[test]
    fn every_key_is_read_as_it_is_spelled_and_no_two_are_spelled_alike() {
        let mut spelled = HashSet::new();
        for key in all() {
            let text = key.to_string();
            assert_eq!(TouchKey::parse(&text), Some(key), "{text}");
            assert!(spelled.insert(text.clone()), "{text}");
        }
    }

    #[test]
    fn stored_keys_keep_their_spelling() {
        let spelled: Vec<String> = all().iter().map(TouchKey::to_string).collect();
        let id = Id::default().derive("city").bare();
        let article = format!("article/{id}");
        let expected = [
            "*",
            "sections",
            "cards",
            "leads",
            "sitemap",
            "news",
            "sitemap/2026-11",
            "day/2026-11-24",
            "days/2026-11",
            "days",
            "tags",
            "authors",
            "profile/city",
            "media/city",
            "former/city",
        ];
        assert_eq!(spelled.get(..15), Some(&expected.map(str::to_owned)[..]));
        assert!(
            spelled
                .get(15)
                .is_some_and(|path| path.len() == "path/".len() + 32)
        );
        let selections = [
            "all",
            "section/city",
            "tag/city",
            "author/city",
            "captions",
            &article,
            "named/city",
            "archive/all/1",
            "archive/section/city/12",
            "list/all",
            "list/tag/city",
            "month/author/city/2026-11",
        ];
        assert_eq!(spelled.get(16..), Some(&selections.map(str::to_owned)[..]));
    }

    #[test]
    fn what_is_spelled_otherwise_is_no_key() {
        for text in [
            "",
            "feed",
            "day/today",
            "sitemap/2026-1",
            "days/2026-11-24",
            "article/city",
            "archive/all",
            "archive/all/x",
            "list",
            "list/city",
            "month/2026-11",
            "month/tag/city",
            "month/tag/city/2026-1",
        ] {
            assert_eq!(TouchKey::parse(text), None, "{text}");
        }
    }
}
