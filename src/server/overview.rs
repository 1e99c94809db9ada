//! One page for desk and operator on their own listener: what is public and what waits, who did what, what is refused, who
//! reads. It changes nothing.

mod moment;
mod summary;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{DOCTYPE, Markup, html};

use crate::folder::AwaitedArticle;
use crate::http::{Reader, Site};
use crate::item::Id;
use crate::resource::{Resource, Subject};
use crate::store::{
    After, Entry, PrivateEntry, Removal, Store, StoreError, StoredArticle, Version,
};

use super::health::Health;

use moment::local;

/// Maximum number of articles and files that are shown.
const ARTICLES: usize = 15;
const WAITING: usize = 50;
const ENTRIES: usize = 30;
const TAKEN_DOWN: usize = 20;
const FEEDS: usize = 100;
const WASTEFUL: usize = 20;

/// Number of minutes that the plot goes back.
const MINUTES: usize = 60;

/// Answers by the minute, the newest last.
#[derive(Default)]
pub(super) struct Minutes(Mutex<MinuteCounts>);

#[derive(Default)]
struct MinuteCounts {
    /// All answers so far, and those of them that were 304, when the last minute ended.
    before: (u64, u64),
    minutes: VecDeque<(u64, u64)>,
}

impl Minutes {
    /// Ends a minute.
    pub(super) fn end(&self, site: &Site) {
        let now = answers(site);
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = (now.0 - counted.before.0, now.1 - counted.before.1);
        counted.before = now;
        counted.minutes.push_back(minute);
        if counted.minutes.len() > MINUTES {
            counted.minutes.pop_front();
        }
    }

    fn all(&self) -> Vec<(u64, u64)> {
        let counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.minutes.iter().copied().collect()
    }
}

/// All answers so far, and those of them that were 304.
fn answers(site: &Site) -> (u64, u64) {
    let mut all = 0;
    let mut not_modified = 0;
    for (status, count) in site.counters().statuses() {
        all += count;
        if status == 304 {
            not_modified = count;
        }
    }
    (all, not_modified)
}

/// The data from the store that the overview shows.
struct OverviewData {
    articles: Vec<(After, StoredArticle, Version)>,
    waiting: Vec<AwaitedArticle>,
    entries: Vec<Entry>,
    /// The ids of captions among the items of the shown entries.
    captions: BTreeSet<Id>,
    private: Vec<PrivateEntry>,
    taken_down: Vec<TakenDown>,
}

/// A decision that removed an article or a caption, with that article or the caption's, where its headline may still be
/// shown.
struct TakenDown {
    entry: Entry,
    is_caption: bool,
    article: Option<StoredArticle>,
}

impl TakenDown {
    fn of(store: &Store, entry: Entry) -> Result<Self, StoreError> {
        let owner = match entry.item {
            Some(item) => store.owner_of_caption(item)?,
            None => None,
        };
        let article = match owner.or(entry.item) {
            Some(id) => store.article(id)?,
            None => None,
        };
        let is_named = |article: &StoredArticle| {
            let how = article.state.status.removal();
            how.is_none_or(|how| matches!(how, Removal::Withheld | Removal::Retracted))
        };
        Ok(Self {
            is_caption: owner.is_some(),
            article: article.filter(is_named),
            entry,
        })
    }
}

impl OverviewData {
    fn of(site: &Site) -> Result<Self, StoreError> {
        let store = site.store();
        let behind = |newest: u64| newest.saturating_sub(ENTRIES as u64);
        let entries = store.log_after(behind(store.position().seq), ENTRIES)?;
        let mut captions = BTreeSet::new();
        for item in entries.iter().filter_map(|entry| entry.item) {
            if store.owner_of_caption(item)?.is_some() {
                captions.insert(item);
            }
        }
        Ok(Self {
            articles: store.newest_articles(None, None, ARTICLES)?,
            waiting: AwaitedArticle::of_store(store, WAITING)?,
            entries,
            captions,
            private: store.private_after(behind(store.newest_private()?), ENTRIES)?,
            taken_down: (store.taken_down(TAKEN_DOWN)?.into_iter())
                .map(|entry| TakenDown::of(store, entry))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// Writes the page. It waits for the store.
///
/// # Errors
/// Where the store fails.
pub(super) fn page(
    site: &Arc<Site>,
    health: &Health,
    minutes: &Minutes,
) -> Result<String, StoreError> {
    let mut data = OverviewData::of(site)?;
    data.waiting.extend(health.awaited().values().cloned());
    data.waiting.sort_by(AwaitedArticle::order);
    let publication = site.store().publication()?;
    let zone = publication.timezone;
    let title = format!("{}: overview", &*publication.title);
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
                link rel="stylesheet" href=(Resource::PageStyle);
            }
            body.wide {
                main {
                    h1 { (title) }
                    (summary::summary(site, health, zone))
                    (waiting(&data.waiting, zone))
                    (taken_down(site, &data.taken_down, zone))
                    (refused(health))
                    (public(site, &data.articles, zone))
                    (traffic(site, minutes))
                    (log(&data, zone))
                    (private(&data.private, zone))
                    (readers(&site.readers().all(), site.now(), zone))
                }
            }
        }
    };
    Ok(markup.into_string())
}

fn traffic(site: &Site, minutes: &Minutes) -> Markup {
    let (all, not_modified) = answers(site);
    let minutes = minutes.all();
    let most = minutes
        .iter()
        .map(|(all, _)| *all)
        .max()
        .unwrap_or(0)
        .max(1);
    let height = |count: u64| count * 60 / most;
    // The newest minute stands at the end of the axis.
    let first = MINUTES.saturating_sub(minutes.len());
    html! {
        h2 { "Answers" }
        p {
            (all) " since the start, " (not_modified) " of them 304 (" (percent(not_modified, all)) ")."
        }
        @if minutes.iter().any(|(all, _)| *all > 0) {
            p {
                svg viewBox="0 0 570 90" width="570" height="90" role="img"
                    aria-label=(bars_label(minutes.len(), most)) {
                    text x="74" y="14" text-anchor="end" font-size="12" fill="currentColor" { (most) }
                    text x="74" y="69" text-anchor="end" font-size="12" fill="currentColor" { "0" }
                    path d="M80 4 V65 H562" fill="none" stroke="currentColor" stroke-opacity="0.5" {}
                    @for (place, (all, not_modified)) in minutes.iter().enumerate() {
                        @let x = 82 + (first + place) * 8;
                        rect x=(x) y=(65 - height(*all)) width="6" height=(height(*all)) fill="currentColor"
                            fill-opacity="0.3" {}
                        rect x=(x) y=(65 - height(*not_modified)) width="6" height=(height(*not_modified))
                            fill="currentColor" {}
                    }
                    text x="82" y="84" font-size="12" fill="currentColor" { (MINUTES) " minutes ago" }
                    text x="562" y="84" text-anchor="end" font-size="12" fill="currentColor" { "now" }
                }
            }
            p.meta { "Answers a minute; the dark part of each bar are those with 304." }
        }
    }
}

/// The text alternative of the bars, for people who cannot see them.
fn bars_label(minutes: usize, most: u64) -> String {
    match minutes {
        1 => format!("Answers in the last minute: {most}"),
        minutes => format!("Answers in the last {minutes} minutes, at most {most} in one"),
    }
}

fn percent(part: u64, all: u64) -> String {
    match all {
        0 => "–".to_owned(),
        all => format!("{} %", part * 100 / all),
    }
}

/// Maximum number of complaints that are shown.
const MAX_COMPLAINTS: usize = 200;

fn refused(health: &Health) -> Markup {
    let complained = health
        .complaints
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let count: usize = complained.values().map(Vec::len).sum();
    html! {
        h2 id="complaints" { "Files with complaints" }
        @if complained.values().all(Vec::is_empty) { p { "None." } }
        ul {
            @for complaint in complained.values().flatten().take(MAX_COMPLAINTS) {
                li { (complaint.to_string()) }
            }
        }
        @if count > MAX_COMPLAINTS {
            p { "And " (count - MAX_COMPLAINTS) " more: run courant check." }
        }
    }
}

fn waiting(waiting: &[AwaitedArticle], zone: Tz) -> Markup {
    html! {
        h2 { "Waiting" }
        @if waiting.is_empty() { p { "Nothing." } }
        ul {
            @for article in waiting.iter().take(WAITING) {
                li { (&*article.headline) " " span.meta { (article.place()) ", " (article.until(zone)) } }
            }
        }
        @if waiting.len() >= WAITING { p { "There may be more: courant waiting shows all." } }
    }
}

/// The list of what is taken down at present. A retracted article links to its page; others have none.
fn taken_down(site: &Site, taken: &[TakenDown], zone: Tz) -> Markup {
    html! {
        h2 { "Taken down" }
        @if taken.is_empty() { p { "Nothing among the last entries." } }
        ul {
            @for TakenDown { entry, is_caption, article } in taken {
                @let filed = entry.before.as_deref().or(entry.after.as_deref());
                @let filed = filed.unwrap_or("an item");
                li {
                    @if let Some(stored) = article { (headline(site, stored)) " (" (filed) "): " }
                    @else { (filed) ": " }
                    (entry.kind.name()) @if *is_caption { " a caption" }
                    " by " (entry.actor) " "
                    span.meta {
                        (local(entry.position.time, zone))
                        @if let Some(note) = &entry.note { ", " (note) }
                    }
                }
            }
        }
    }
}

/// A headline, which leads to the page of its article where it has one.
fn headline(site: &Site, stored: &StoredArticle) -> Markup {
    let page = Resource::Page(Subject::Article(stored.slug.clone()));
    let has_page = stored
        .state
        .status
        .removal()
        .is_none_or(Removal::keeps_address);
    html! {
        @if has_page { a href=(site.base().url(&page)) { (&*stored.article.headline) } }
        @else { (&*stored.article.headline) }
    }
}

fn public(site: &Site, articles: &[(After, StoredArticle, Version)], zone: Tz) -> Markup {
    html! {
        h2 { "Newest" }
        ul {
            @for (_, stored, _) in articles {
                li {
                    (headline(site, stored)) " "
                    span.meta { (stored.section) ", " (local(stored.state.published, zone)) }
                }
            }
        }
    }
}

fn log(data: &OverviewData, zone: Tz) -> Markup {
    let is_caption = |entry: &Entry| entry.item.is_some_and(|item| data.captions.contains(&item));
    html! {
        h2 { "Log" }
        table tabindex="0" aria-label="Log" {
            thead { tr { th { "Entry" } th { "What" } th { "Where and why" } th { "Who" } th { "Time" } } }
            tbody {
                @for entry in data.entries.iter().rev() {
                    @let filed = entry.after.as_ref().or(entry.before.as_ref());
                    tr {
                        td { (entry.position.seq) }
                        td { (entry.kind.name()) @if is_caption(entry) { " a caption" } }
                        td.told {
                            @if let Some(filed) = filed { (filed) }
                            @if let Some(note) = &entry.note { p.meta { (&**note) } }
                        }
                        td { (entry.actor) }
                        td { (local(entry.position.time, zone)) }
                    }
                }
            }
        }
    }
}

fn private(private: &[PrivateEntry], zone: Tz) -> Markup {
    html! {
        h2 { "What no reader saw" }
        @if private.is_empty() { p { "Nothing." } }
        ul {
            @for done in private.iter().rev() {
                li {
                    (local(done.time, zone)) " " (done.kind.name()) " by " (done.actor) " "
                    span.meta {
                        (done.filed.as_deref().unwrap_or_default()) " " (done.note.as_deref().unwrap_or_default())
                    }
                }
            }
        }
    }
}

/// Feeds with who reads them, the most read first, and programs that fetch everything again and again.
fn readers(all: &[(String, String, Reader)], now: DateTime<Utc>, zone: Tz) -> Markup {
    let mut feeds: BTreeMap<&str, (u64, u64, usize)> = BTreeMap::new();
    for (feed, _, reader) in all {
        let (subscribers, requests, programs) = feeds.entry(feed).or_default();
        *subscribers += u64::from(reader.subscribers(now));
        *requests += reader.requests;
        *programs += 1;
    }
    let mut feeds: Vec<_> = feeds.into_iter().collect();
    feeds.sort_by_key(|(_, (subscribers, requests, _))| {
        std::cmp::Reverse((*subscribers, *requests))
    });
    let most = feeds
        .first()
        .map_or(1, |(_, (subscribers, ..))| *subscribers)
        .max(1);
    let mut wasteful: Vec<_> = all
        .iter()
        .filter(|(_, _, reader)| reader.is_wasteful())
        .collect();
    wasteful.sort_by_key(|(_, _, reader)| std::cmp::Reverse(reader.requests));
    html! {
        h2 { "Feeds and their subscribers" }
        p.meta {
            "As aggregators claim them, since the start; a program that claims none counts once for each address and day. "
            "In crowds a share of the requests is looked at."
        }
        table tabindex="0" aria-label="Feeds" {
            thead { tr { th { "Feed" } th { "Subscribers" } th { "Programs" } th { "Requests" } } }
            tbody {
                @for (feed, (subscribers, requests, programs)) in feeds.iter().take(FEEDS) {
                    tr {
                        td { (feed) }
                        td {
                            (subscribers) " "
                            svg width="102" height="10" aria-hidden="true" {
                                rect width=(subscribers * 100 / most) height="10" fill="currentColor" fill-opacity="0.5" {}
                            }
                        }
                        td { (programs) }
                        td { (requests) }
                    }
                }
            }
        }
        h2 { "Programs that waste what they fetch" }
        p.meta { "Most of their requests name nothing that they have, so that each gets the whole feed." }
        @if wasteful.is_empty() { p { "None." } }
        ul {
            @for (feed, service, reader) in wasteful.iter().take(WASTEFUL) {
                @let whole = reader.requests - reader.conditional;
                li { (service) " fetched " (feed) " whole " (whole) " times, last seen at " (local(reader.last, zone)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::bars_label;

    #[test]
    fn one_minute_is_one() {
        assert_eq!(bars_label(1, 5), "Answers in the last minute: 5");
        let text = bars_label(2, 5);
        assert_eq!(text, "Answers in the last 2 minutes, at most 5 in one");
    }
}
