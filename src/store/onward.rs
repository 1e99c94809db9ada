//! The stories that a reader goes on with: from an article those beside it, the newest of its section and others that share a
//! tag with it; from anywhere the newest of the paper.
//!
//! All of them are taken from what is touched anyway, the windows of selections and the days of publication. So an answer
//! knows the keys that it depends on, and nothing is noted with each write.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;

use crate::item::Id;
use crate::publication::{Publication, Selection};

use super::articles::{article_of, articles_of};
use super::database::Connection;
use super::day::date_of;
use super::many;
use super::sqlite::moment;
use super::touched::touches_of;
use super::window_items::walk;
use super::{Position, PubStatus, Store, StoreError, StoredArticle, TouchKey};

/// Maximum number of stories of the section, and of those that share a tag.
const MAX_NEWEST: usize = 5;
const MAX_RELATED: usize = 4;

/// Maximum number of an article's tags that are regarded. Each is one more list to read, and one more key in the headers.
const MAX_TAGS: usize = 4;

/// Maximum number of the paper's newest stories.
const MAX_OF_PAPER: usize = 6;

/// An article, and what a reader goes on with after it; nothing after one that was taken away.
#[derive(Clone, Debug)]
pub struct Onward {
    pub article: StoredArticle,
    /// The keys that all this depends on, and their newest touch.
    pub keys: Vec<TouchKey>,
    pub touched: Position,
    /// The stories of the paper that were published right after it and right before it.
    pub next: Option<StoredArticle>,
    pub previous: Option<StoredArticle>,
    /// Others of its section, the newest first.
    pub newest: Vec<StoredArticle>,
    /// Others that share tags with it, those with the most first.
    pub related: Vec<StoredArticle>,
}

/// The newest stories of the paper.
#[derive(Clone, Debug)]
pub struct NewestStories {
    /// The keys that they depend on, and their newest touch.
    pub keys: Vec<TouchKey>,
    pub touched: Position,
    pub stories: Vec<StoredArticle>,
}

/// A public article of a list, in the order in which people read: by its publication.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Story {
    published: i64,
    id: Id,
}

/// The ids of the stories on both sides of an article, and the days of all three.
struct Beside {
    next: Option<Id>,
    previous: Option<Id>,
    days: BTreeSet<NaiveDate>,
}

/// The ids of all stories behind an article, and the keys of what they were taken from.
struct Chosen {
    beside: Beside,
    newest: Vec<Id>,
    related: Vec<Id>,
    keys: Vec<TouchKey>,
}

impl Store {
    /// The stories that follow an article for its readers; none where there is no such article.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn onward(&self, article: Id) -> Result<Option<Onward>, StoreError> {
        self.reading(|connection| {
            let Some(article) = article_of(connection, article)? else {
                return Ok(None);
            };
            let publication = self.publication_in(connection)?;
            match article.state.status {
                PubStatus::Usable => onward_of(connection, &publication, article).map(Some),
                PubStatus::Removed { .. } => nothing_after(connection, article).map(Some),
            }
        })
    }

    /// The newest stories of the paper.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn newest_stories(&self) -> Result<NewestStories, StoreError> {
        self.reading(|connection| {
            let zone = self.publication_in(connection)?.timezone;
            let found: Vec<(String, i64)> = connection.rows(
                "SELECT id, published FROM item WHERE kind = 'article' AND status = 'usable'
                     ORDER BY published DESC, id DESC LIMIT ?1",
                [MAX_OF_PAPER],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let ids = found.iter().filter_map(|(id, _)| Id::parse(id));
            let ids: Vec<Id> = ids.collect();
            // Whatever comes among them touches the day of one of them; the first of all touches the list of months.
            let days = found.iter().map(|(_, ms)| date_of(moment(*ms), zone));
            let days: BTreeSet<NaiveDate> = days.collect();
            let days = days.into_iter().map(TouchKey::Day);
            let keys: Vec<TouchKey> = [TouchKey::Days].into_iter().chain(days).collect();
            Ok(NewestStories {
                touched: newest_of(connection, &keys)?,
                stories: articles_of(connection, &ids)?,
                keys,
            })
        })
    }
}

fn nothing_after(connection: &Connection, article: StoredArticle) -> Result<Onward, StoreError> {
    let keys = vec![Selection::Article(article.state.id).into()];
    Ok(Onward {
        article,
        touched: newest_of(connection, &keys)?,
        keys,
        next: None,
        previous: None,
        newest: Vec::new(),
        related: Vec::new(),
    })
}

fn onward_of(
    connection: &Connection,
    publication: &Publication,
    article: StoredArticle,
) -> Result<Onward, StoreError> {
    let Chosen {
        beside,
        newest,
        related,
        keys,
    } = choose(connection, publication, &article)?;
    let both = [beside.next, beside.previous].into_iter().flatten();
    let ids: Vec<Id> = both.chain(newest.iter().chain(&related).copied()).collect();
    let read = articles_of(connection, &ids)?.into_iter();
    let mut read: HashMap<Id, StoredArticle> = read.map(|one| (one.state.id, one)).collect();
    let mut take = |ids: &[Id]| -> Vec<StoredArticle> {
        ids.iter().filter_map(|id| read.remove(id)).collect()
    };
    Ok(Onward {
        touched: newest_of(connection, &keys)?,
        next: take(beside.next.as_slice()).pop(),
        previous: take(beside.previous.as_slice()).pop(),
        newest: take(&newest),
        related: take(&related),
        article,
        keys,
    })
}

/// Chooses the stories behind a public article; none is chosen twice.
fn choose(
    connection: &Connection,
    publication: &Publication,
    article: &StoredArticle,
) -> Result<Chosen, StoreError> {
    let story = Story {
        published: article.state.published.timestamp_millis(),
        id: article.state.id,
    };
    let list = list_of(publication, article);
    let tags = article.tags.iter().take(MAX_TAGS);
    let tags: Vec<Selection> = tags.map(|tag| Selection::Tag(tag.slug.clone())).collect();
    let lists: Vec<Selection> = [&list].into_iter().chain(&tags).cloned().collect();
    let mut stories = stories_of(connection, &lists)?.into_iter();
    let window = stories.next().unwrap_or_default();
    let of_tags: Vec<Vec<Story>> = stories.collect();
    let beside = neighbours(connection, publication, story)?;
    let own_and_beside = [Some(story.id), beside.next, beside.previous];
    let mut chosen: HashSet<Id> = own_and_beside.into_iter().flatten().collect();
    let others = window.iter().map(|story| story.id);
    let others = others.filter(|id| !chosen.contains(id));
    let newest: Vec<Id> = others.take(MAX_NEWEST).collect();
    chosen.extend(&newest);
    let selections = [Selection::Article(story.id), list];
    let selections = selections.into_iter().chain(tags);
    let days = beside.days.iter().copied().map(TouchKey::Day);
    Ok(Chosen {
        related: related(&of_tags, &chosen),
        keys: selections.map(TouchKey::from).chain(days).collect(),
        beside,
        newest,
    })
}

/// The list in which an article stands: its section's, or the paper's where that section is not declared any more.
fn list_of(publication: &Publication, article: &StoredArticle) -> Selection {
    match publication.section(&article.section) {
        Some(section) => Selection::Section(section.slug.clone()),
        None => Selection::All,
    }
}

/// The stories on both sides of one, by their publication. What they are is told by the days that they are of: whatever comes
/// between two stories touches the day of one of them, as it does the days beside a new one.
fn neighbours(
    connection: &Connection,
    publication: &Publication,
    own: Story,
) -> Result<Beside, StoreError> {
    let nearest = |sql: &str| -> Result<Option<Story>, StoreError> {
        let id = own.id.to_string();
        let found: Option<(String, i64)> = connection.row(sql, (own.published, id), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        Ok(found.and_then(|(id, published)| {
            let id = Id::parse(&id)?;
            Some(Story { published, id })
        }))
    };
    let next = nearest(
        "SELECT id, published FROM item WHERE kind = 'article' AND status = 'usable'
         AND published >= ?1 AND (published, id) > (?1, ?2) ORDER BY published, id LIMIT 1",
    )?;
    let previous = nearest(
        "SELECT id, published FROM item WHERE kind = 'article' AND status = 'usable'
         AND published <= ?1 AND (published, id) < (?1, ?2) ORDER BY published DESC, id DESC LIMIT 1",
    )?;
    let stories = [Some(own), next, previous].into_iter().flatten();
    let days = stories.map(|story| date_of(moment(story.published), publication.timezone));
    Ok(Beside {
        next: next.map(|story| story.id),
        previous: previous.map(|story| story.id),
        days: days.collect(),
    })
}

/// Of the stories of several tags those that share most of them, without those that were chosen before.
fn related(of_tags: &[Vec<Story>], chosen: &HashSet<Id>) -> Vec<Id> {
    let mut shared: HashMap<Story, usize> = HashMap::new();
    for story in of_tags.iter().flatten() {
        if !chosen.contains(&story.id) {
            *shared.entry(*story).or_default() += 1;
        }
    }
    let mut found: Vec<(usize, Story)> = shared.into_iter().map(|(one, n)| (n, one)).collect();
    found.sort_unstable_by_key(|one| Reverse(*one));
    let found = found.into_iter().map(|(_, story)| story.id);
    found.take(MAX_RELATED).collect()
}

/// The public articles of what each selection gives, the newest first.
fn stories_of(
    connection: &Connection,
    selections: &[Selection],
) -> Result<Vec<Vec<Story>>, StoreError> {
    let keys: Vec<TouchKey> = selections.iter().cloned().map(TouchKey::from).collect();
    let touches = touches_of(connection, &keys)?;
    let mut member_ids: Vec<HashSet<Id>> = Vec::new();
    for (selection, touched) in selections.iter().zip(touches) {
        let members = walk(connection, selection, touched, None)?.into_iter();
        member_ids.push(members.map(|member| member.item).collect());
    }
    let items: HashSet<Id> = member_ids.iter().flatten().copied().collect();
    let items: Vec<String> = items.iter().map(Id::to_string).collect();
    let stories = many::ask(
        connection,
        "SELECT id, published FROM item
         WHERE id IN (keys) AND kind = 'article' AND status = 'usable'",
        &items,
        |row| Ok((row.get::<String>(0)?, row.get(1)?)),
    )?;
    let stories = stories.into_iter().filter_map(|(id, published)| {
        let id = Id::parse(&id)?;
        Some(Story { published, id })
    });
    let mut stories: Vec<Story> = stories.collect();
    stories.sort_unstable_by_key(|story| Reverse(*story));
    let listed = member_ids.into_iter().map(|member_ids| {
        let stories = stories.iter().copied();
        stories
            .filter(|story| member_ids.contains(&story.id))
            .collect()
    });
    Ok(listed.collect())
}

/// The newest touch of any of these keys.
fn newest_of(connection: &Connection, keys: &[TouchKey]) -> Result<Position, StoreError> {
    let touches = touches_of(connection, keys)?;
    Ok(touches.into_iter().max().unwrap_or_default())
}
