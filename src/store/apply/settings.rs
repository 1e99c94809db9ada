//! Settings and generations of rendering: what other ones alter, found out and touched.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::item::Id;
use crate::publication::{Kind, NameKind, Publication, Query, Section, Selection};
use crate::store::archive::segments;
use crate::store::by_publication;
use crate::store::database;
use crate::store::key::span_of_kind;
use crate::store::publication_cache::write_settings;
use crate::store::sqlite::meta;
use crate::store::window::Filing;
use crate::store::{Entry, EntryKind, Settings, StoreError, TouchKey};

use super::api_sections::with_api_sections;
use super::archiving::gather;
use super::batch::Batch;
use super::family;

impl Batch<'_> {
    /// Compares with the settings that the newest bytes were made by, and touches what they alter.
    pub(super) fn settings(&mut self, settings: &Settings) -> Result<Vec<Entry>, StoreError> {
        let mut settings = settings.clone();
        let known = Arc::clone(&self.publication);
        with_api_sections(&mut settings.publication, &known);
        (settings.publication.leads_by_api).clone_from(&known.leads_by_api);
        self.settle(settings)
    }

    /// Applies settings that say everything.
    pub(super) fn settle(&mut self, mut settings: Settings) -> Result<Vec<Entry>, StoreError> {
        settings.publication.id = settings.publication.id.or(Some(self.publication_id));
        let before: Option<Settings> = meta(self.transaction, "settings")?
            .map(|json| serde_json::from_str(&json))
            .transpose()?;
        if before.as_ref() == Some(&settings) {
            return self.end_feeds();
        }
        let json = serde_json::to_string(&settings)?;
        write_settings(self.transaction, &json)?;
        self.publication = Arc::new(settings.publication.clone());
        let Some(before) = before else {
            self.refile_queries(None)?;
            return self.settings_entry(vec![TouchKey::Everything]);
        };
        if before.publication.main_feed != settings.publication.main_feed {
            self.refile_main_feed()?;
        }
        self.refile_queries(Some(&before.publication))?;
        let mut touched = touched_by_settings(&before, &settings);
        touched.extend(self.touched_by_profiles(&before.publication, &settings.publication)?);
        self.carry_archives(&mut touched)?;
        // Entries filed in a section say its title, in whatever feed they stand.
        for section in came_or_went(&before, &settings) {
            let filings = self.articles_filed(&section)?;
            let standing = self.standing(None, &filings)?;
            touched.extend(standing.into_keys());
        }
        touched.extend(self.ended()?);
        if touched.is_empty() {
            return Ok(Vec::new());
        }
        self.settings_entry(touched)
    }

    /// Touches the feeds whose end has come since they were touched last: they say it.
    fn end_feeds(&mut self) -> Result<Vec<Entry>, StoreError> {
        let ended = self.ended()?;
        if ended.is_empty() {
            return Ok(Vec::new());
        }
        self.settings_entry(ended)
    }

    fn ended(&self) -> Result<Vec<TouchKey>, StoreError> {
        let mut ended = Vec::new();
        for (selection, end) in self.publication.sunsets() {
            let (key, end) = (TouchKey::from(selection), end.timestamp_millis());
            if end <= self.next_time() && self.touched_ms(&key)? < end {
                ended.push(key);
            }
        }
        Ok(ended)
    }

    /// All filings of the articles that a selection takes.
    fn articles_filed(
        &self,
        selection: &Selection,
    ) -> Result<Vec<(Selection, Filing)>, StoreError> {
        let sql = "SELECT f.selection, f.activity, f.position, f.item, f.size, f.withdrawn, f.listed, f.touched
             FROM filing s JOIN filing f ON f.article = s.article
             WHERE s.selection = ?1 AND s.position = 0 AND f.position = 0 AND f.withdrawn = 0";
        Ok(self.transaction.rows(sql, [selection], family::filed)?)
    }

    fn settings_entry(&mut self, touched: Vec<TouchKey>) -> Result<Vec<Entry>, StoreError> {
        let entry = self.append(EntryKind::Settings, None, None, None, None)?;
        for key in touched {
            if let TouchKey::Selection(selection) = &key
                && by_publication::length(selection, Some(&self.publication)).is_some()
            {
                self.touch(TouchKey::PageList(selection.clone()), entry.position);
            }
            self.touch(key, entry.position);
        }
        Ok(vec![entry])
    }

    fn refile_main_feed(&mut self) -> Result<(), StoreError> {
        self.memory.forget();
        self.transaction
            .run("DELETE FROM filing WHERE selection = ?1", [Selection::All])?;
        // Each article stands in one section, and each caption among the captions.
        for kind in self.publication.main_feed.clone() {
            let (from, to) = match kind {
                Kind::Article => span_of_kind(&Selection::Section(String::new())),
                Kind::Caption => (
                    Selection::Captions.to_string(),
                    Selection::Captions.to_string(),
                ),
            };
            // Photographs beside their stories have no place in the list.
            let listed = match kind {
                Kind::Caption if self.publication.main_feed.contains(&Kind::Article) => "NULL",
                _ => "listed",
            };
            self.transaction.run(&format!("INSERT INTO filing (selection, activity, article, position, item, size, withdrawn, listed, touched, since)
                 SELECT ?1, activity, article, position, item, size, withdrawn, {listed}, touched, since
                 FROM filing WHERE selection BETWEEN ?2 AND ?3"),
                (Selection::All, &from, &to))?;
        }
        gather(self.transaction)?;
        self.filling.insert(Selection::All);
        Ok(())
    }

    /// Files what the queries take that were not there before, or were otherwise.
    fn refile_queries(&mut self, before: Option<&Publication>) -> Result<(), StoreError> {
        let now = self.publication.feeds.clone();
        // Items that name no language have the publication's.
        let same = before.filter(|before| before.language == self.publication.language);
        let previous = same.map_or(&[][..], |before| &before.feeds);
        for known in before.map_or(&[][..], |before| &before.feeds) {
            if !now.contains(known) || !previous.contains(known) {
                let selection = Selection::Named(known.name.clone());
                self.transaction
                    .run("DELETE FROM filing WHERE selection = ?1", [selection])?;
                self.memory.forget();
            }
        }
        let fresh: Vec<&Query> = now
            .iter()
            .filter(|query| !previous.contains(query))
            .collect();
        let of = |query: &&Query| Selection::Named(query.name.clone());
        let wanted: Vec<Selection> = fresh.iter().map(of).collect();
        let mut candidates = BTreeSet::new();
        for query in fresh {
            candidates.extend(self.candidates(query)?);
        }
        for id in candidates {
            if let Some(family) = self.family(id)? {
                self.file_under(&family, |selection| wanted.contains(selection))?;
            }
        }
        Ok(())
    }

    /// The articles that a query can take at all: a large store should not be read whole for one section's feed.
    fn candidates(&self, query: &Query) -> Result<Vec<Id>, StoreError> {
        let wanted = &query.include;
        let mut selections: Vec<Selection> = Vec::new();
        if !wanted.sections.is_empty() {
            selections.extend(wanted.sections.iter().cloned().map(Selection::Section));
        } else if !wanted.tags.is_empty() {
            selections.extend(self.of_names(NameKind::Tag, &wanted.tags)?);
        } else if !wanted.authors.is_empty() {
            selections.extend(self.of_names(NameKind::Author, &wanted.authors)?);
        } else {
            return Ok(self.transaction.rows(
                "SELECT id FROM item WHERE kind = 'article'",
                (),
                id_of,
            )?);
        }
        let mut articles = Vec::new();
        for selection in selections {
            let rows = self.transaction.rows(
                "SELECT DISTINCT article FROM filing WHERE selection = ?1",
                [selection],
                id_of,
            )?;
            articles.extend(rows);
        }
        Ok(articles)
    }

    /// The archive of a section that has another slug now is the archive of the same section. Segments come and go with
    /// their section.
    fn carry_archives(&mut self, touched: &mut Vec<TouchKey>) -> Result<(), StoreError> {
        let mut segments_of = BTreeMap::new();
        for key in touched.iter() {
            if let TouchKey::Selection(selection) = key
                && selection.has_archive()
            {
                segments_of.insert(selection.clone(), segments(self.transaction, selection)?);
            }
        }
        for section in &self.publication.sections {
            let now = Selection::Section(section.slug.clone());
            for former in &section.former {
                let former = Selection::Section(former.clone());
                self.transaction.run(
                    "UPDATE archived SET selection = ?2 WHERE selection = ?1
                     AND NOT EXISTS (SELECT 1 FROM archived WHERE selection = ?2)",
                    [&former, &now],
                )?;
            }
        }
        self.archived.clear();
        for (selection, before) in segments_of {
            let now = segments(self.transaction, &selection)?;
            let all = (1..=before.max(now)).map(|segment| selection.segment(segment));
            touched.extend(all.map(TouchKey::from));
        }
        Ok(())
    }

    /// Touches everything where another generation of rendering made the newest bytes.
    pub(super) fn rendering(&mut self, generation: u32) -> Result<Vec<Entry>, StoreError> {
        let before = meta(self.transaction, "rendering")?;
        let known: Option<u32> = before.as_ref().and_then(|before| before.parse().ok());
        // Beside nodes of a newer version an older one serves, and leaves that to them.
        if self.transaction.head().is_some() && known.is_some_and(|known| known > generation) {
            return Ok(Vec::new());
        }
        let generation = generation.to_string();
        if before.as_ref() == Some(&generation) {
            return Ok(Vec::new());
        }
        self.transaction.run(
            "INSERT INTO meta (key, value) VALUES ('rendering', ?1)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            [generation],
        )?;
        if before.is_none() {
            return Ok(Vec::new());
        }
        let entry = self.append(EntryKind::Rendering, None, None, None, None)?;
        self.touch(TouchKey::Everything, entry.position);
        Ok(vec![entry])
    }
}

/// The keys that a change of settings touches: everything, or only the sections and named feeds that came, went or changed,
/// the cards, or the front page. The keys of authors' profiles are added by the caller, which knows the slugs of names.
fn touched_by_settings(before: &Settings, after: &Settings) -> Vec<TouchKey> {
    let mut common = after.clone();
    common.publication.sections = before.publication.sections.clone();
    common.publication.profiles = before.publication.profiles.clone();
    common.publication.feeds = before.publication.feeds.clone();
    common.publication.retired = before.publication.retired.clone();
    common.publication.embed_hosts = before.publication.embed_hosts.clone();
    common.publication.leads = before.publication.leads.clone();
    common.publication.leads_by_api = before.publication.leads_by_api.clone();
    common.source = before.source.clone();
    if common != *before {
        return vec![TouchKey::Everything];
    }
    let (was, is) = (by_slug(before), by_slug(after));
    // A section's title stands as a category in every feed that has an article of it; former slugs lead to it.
    let title_and_former = |section: &Section| (section.title.clone(), section.former.clone());
    if is.iter().any(|(slug, now)| {
        was.get(slug)
            .is_some_and(|before| title_and_former(before) != title_and_former(now))
    }) {
        return vec![TouchKey::Everything];
    }
    let sunset = |section: &&Section| section.sunset;
    let differs = |slug: &&&str| was.get(*slug).map(sunset) != is.get(*slug).map(sunset);
    let slugs: BTreeSet<&str> = was.keys().chain(is.keys()).copied().collect();
    let sections = slugs.iter().filter(|slug| differs(slug));
    let (was, is) = (&before.publication.feeds, &after.publication.feeds);
    let differ = |query: &&Query| was.contains(query) != is.contains(query);
    let queries = was.iter().chain(is).filter(differ);
    let lists = feed_lists(before) != feed_lists(after);
    // Shown on the front page only, in no feed.
    let leads = before.publication.leading() != after.publication.leading();
    // Shown in no feed and on no page.
    let cards = before.publication.embed_hosts != after.publication.embed_hosts;
    sections
        .map(|slug| Selection::Section((*slug).to_owned()))
        .chain(queries.map(|query| Selection::Named(query.name.clone())))
        .map(TouchKey::from)
        .chain(lists.then_some(TouchKey::SectionsAndFeeds))
        .chain(cards.then_some(TouchKey::Cards))
        .chain(leads.then_some(TouchKey::Leads))
        .collect()
}

/// The sections that are in one of the two alone.
fn came_or_went(before: &Settings, after: &Settings) -> Vec<Selection> {
    let (was, is) = (by_slug(before), by_slug(after));
    let alone = |slug: &&&str| was.contains_key(*slug) != is.contains_key(*slug);
    let slugs = was.keys().chain(is.keys()).filter(alone);
    slugs
        .map(|slug| Selection::Section((*slug).to_owned()))
        .collect()
}

fn by_slug(settings: &Settings) -> HashMap<&str, &Section> {
    let sections = settings.publication.sections.iter();
    sections
        .map(|section| (section.slug.as_str(), section))
        .collect()
}

/// The facts of the settings that the lists of feeds show; ends to come are not among them.
fn feed_lists(settings: &Settings) -> impl PartialEq {
    let publication = &settings.publication;
    let sections = publication.sections.iter().cloned().map(|section| Section {
        sunset: None,
        ..section
    });
    let feeds = publication.feeds.iter().cloned().map(|query| Query {
        sunset: None,
        ..query
    });
    (
        sections.collect::<Vec<_>>(),
        feeds.collect::<Vec<_>>(),
        publication.retired.clone(),
    )
}

fn id_of(row: &database::Row<'_>) -> database::Result<Id> {
    let id: String = row.get(0)?;
    Ok(Id::parse(&id).unwrap_or_default())
}
