//! Articles with their captions, as the store has them: many at once with a few statements.

use std::collections::{BTreeSet, HashMap};

use crate::item::{Caption, Id, Line};
use crate::publication::NameKind;

use super::content::Content;
use super::database::{self, Connection, Row};
use super::many;
use super::names::slugs_of;
use super::sqlite::moment;
use super::window::is_oversized;
use super::{Named, PubStatus, Removal, State, StoreError, StoredArticle, StoredCaption};

/// Number of articles whose texts are read at a time.
const AT_ONCE: usize = 64;

const ITEM: &str = "SELECT i.id, i.kind, i.revision, i.status, i.published, i.stamp, i.significant,
        i.withdrawn_at, i.slug, i.section, r.content, i.size, i.removal, i.notice, i.expired, i.article
    FROM item i JOIN revision r ON r.item = i.id AND r.revision = i.revision";

pub(super) fn article_of(
    connection: &Connection,
    id: Id,
) -> Result<Option<StoredArticle>, StoreError> {
    Ok(articles_of(connection, &[id])?.pop())
}

/// The articles of these ids, in their order; those that there are not are left out.
pub(super) fn articles_of(
    connection: &Connection,
    ids: &[Id],
) -> Result<Vec<StoredArticle>, StoreError> {
    let mut read: HashMap<Id, StoredArticle> = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        read.extend(rows_of(connection, some)?);
    }
    let mut names = BTreeSet::new();
    for article in read.values_mut() {
        each_name(article, &mut |kind, named| {
            names.insert((kind, named.name.clone()));
        });
    }
    let names: Vec<_> = names.iter().map(|(kind, name)| (*kind, &**name)).collect();
    let slugs = slugs_of(connection, &names)?;
    for article in read.values_mut() {
        each_name(article, &mut |kind, named| {
            let slug = slugs.get(&(kind, named.name.to_string()));
            named.slug = slug.cloned().unwrap_or_default();
        });
    }
    Ok(ids.iter().filter_map(|id| read.remove(id)).collect())
}

/// The articles of a few ids, whose names have no slugs yet.
fn rows_of(connection: &Connection, ids: &[Id]) -> Result<HashMap<Id, StoredArticle>, StoreError> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let sql = format!("{ITEM} WHERE i.article IN (keys) ORDER BY i.article, i.position, i.id");
    let mut articles: HashMap<Id, StoredArticle> = HashMap::new();
    let mut captions: HashMap<Id, Vec<StoredCaption>> = HashMap::new();
    let read = many::ask(connection, &sql, &ids, |row| Ok(item_of(row)))?;
    for item in read {
        match item? {
            (owner, Item::Caption(caption)) => captions.entry(owner).or_default().push(*caption),
            (owner, Item::Article(article)) => drop(articles.insert(owner, *article)),
        }
    }
    for (owner, captions) in captions {
        if let Some(article) = articles.get_mut(&owner) {
            article.captions = captions;
        }
    }
    Ok(articles)
}

/// A row of items: an article without its captions, or a caption.
enum Item {
    Article(Box<StoredArticle>),
    Caption(Box<StoredCaption>),
}

/// An item with the id of its article.
fn item_of(row: &Row<'_>) -> Result<(Id, Item), StoreError> {
    let owner: String = row.get(15)?;
    let item = match row.get::<String>(1)? == "caption" {
        true => Item::Caption(Box::new(caption_of(row)?)),
        false => Item::Article(Box::new(own_of(row)?)),
    };
    Ok((Id::parse(&owner).unwrap_or_default(), item))
}

fn caption_of(row: &Row<'_>) -> Result<StoredCaption, StoreError> {
    let mut caption: Caption = serde_json::from_str(&row.get::<String>(10)?)?;
    if row.get(14)? {
        // The right to show it has ended.
        caption.image = None;
    }
    Ok(StoredCaption {
        state: state_of(row)?,
        credit: caption.credit.as_ref().map(unnamed),
        caption,
    })
}

/// An article without its captions.
fn own_of(row: &Row<'_>) -> Result<StoredArticle, StoreError> {
    let content: Content = serde_json::from_str(&row.get::<String>(10)?)?;
    let every = |names: &[Line]| names.iter().map(unnamed).collect();
    Ok(StoredArticle {
        state: state_of(row)?,
        slug: row.get::<Option<String>>(8)?.unwrap_or_default(),
        section: row.get::<Option<String>>(9)?.unwrap_or_default(),
        oversized: is_oversized(row.get(11)?),
        authors: every(&content.article.authors),
        tags: every(&content.article.tags),
        article: content.article,
        parts: content.parts,
        captions: Vec::new(),
    })
}

fn unnamed(name: &Line) -> Named {
    Named {
        slug: String::new(),
        name: name.clone(),
    }
}

/// Every tag and person of an article, with which of both it is.
fn each_name(article: &mut StoredArticle, of: &mut dyn FnMut(NameKind, &mut Named)) {
    let credits = article.captions.iter_mut();
    let credits = credits.filter_map(|caption| caption.credit.as_mut());
    article
        .authors
        .iter_mut()
        .chain(credits)
        .for_each(|named| of(NameKind::Author, named));
    let tags = article.tags.iter_mut();
    tags.for_each(|named| of(NameKind::Tag, named));
}

fn state_of(row: &Row<'_>) -> database::Result<State> {
    let id: String = row.get(0)?;
    let withdrawn: Option<i64> = row.get(7)?;
    let how: Option<String> = row.get(12)?;
    let how = how.as_deref().and_then(Removal::from_name);
    let notice: Option<String> = row.get(13)?;
    let published: i64 = row.get(4)?;
    let significant: i64 = row.get(6)?;
    Ok(State {
        id: Id::parse(&id).unwrap_or_default(),
        revision: row.get(2)?,
        status: withdrawn.map_or(PubStatus::Usable, |at| PubStatus::Removed {
            how: how.unwrap_or(Removal::Withdrawn),
            at: moment(at),
        }),
        notice: notice.as_deref().and_then(Line::parse),
        published: moment(published),
        updated: moment(row.get(5)?),
        was_updated: significant > published,
    })
}
