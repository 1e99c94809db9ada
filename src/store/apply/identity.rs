//! The identity of articles and captions: the id of the article in a file, and for each caption in the file the known
//! caption of the article that it is.

use std::cell::RefCell;
use std::collections::HashSet;

use crate::item::{Caption, Id, KnownCaption, caption_ids, first_free};
use crate::publication::Selection;
use crate::store::change::{Change, Put};
use crate::store::fingerprint::Fingerprint;
use crate::store::killed;
use crate::store::reserved::file_under;
use crate::store::{Entry, StoreError, TouchKey, many};

use super::batch::Batch;
use super::family::Family;

/// An article has this many captions in its life, those included that were taken back: their stubs and ids stay, and every
/// write reads them.
pub(super) const MAX_KNOWN_CAPTIONS: usize = 1_000;

/// Number of characters of its own id that tell the slug of an article that gave way from the other's.
const OWN_CHARS: usize = 8;

/// A slug that no other article has: the end of an id that was minted is random.
pub fn own_slug(slug: &str, id: Id) -> String {
    let bare = id.bare();
    let id_end = bare
        .get(bare.len().saturating_sub(OWN_CHARS)..)
        .unwrap_or(&bare);
    format!("{slug}-{id_end}")
}

impl Batch<'_> {
    /// The id that the file gives, the one its path was known by, or one made of the slug it has at first sight.
    pub(super) fn id_for(&self, put: &Put) -> Result<Id, StoreError> {
        if let Some(id) = put.article.id {
            return Ok(id);
        }
        let path = put.origin.as_ref().map(|origin| &origin.path);
        let known: Option<String> =
            self.transaction
                .row("SELECT article FROM file WHERE path = ?1", [path], |row| {
                    row.get(0)
                })?;
        if let Some(id) = known.as_deref().and_then(Id::parse) {
            return Ok(id);
        }
        if let Some(origin) = &put.origin {
            for mark in [
                Fingerprint::Path(&origin.path),
                Fingerprint::Digest(&origin.digest),
            ] {
                if let Some(killed) = killed::owner(self.transaction, mark)? {
                    return Ok(killed);
                }
            }
        }
        if let Some(id) = self.returning(put)? {
            return Ok(id);
        }
        let sql = "SELECT coalesce(slug, ''), status = 'usable' FROM item WHERE id = ?1";
        let id_of = |number: u64| match number {
            0 => self.publication_id.derive(&put.slug),
            number => self
                .publication_id
                .derive(&format!("{}#{number}", put.slug)),
        };
        let number = first_free(|number| {
            let known: Option<(String, bool)> =
                self.transaction
                    .row(sql, [id_of(number).to_string()], |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })?;
            // A story that once had this slug and now has another is not this one, nor is one that was taken back and
            // does not return: readers that have seen it would never show the new one.
            Ok::<_, StoreError>(known.is_some_and(|(slug, usable)| !usable || slug != put.slug))
        })?;
        Ok(id_of(number))
    }

    /// The story that was removed from this address and is now put back. It is recognized by its date of publication: that
    /// never changes, so another date means another story.
    fn returning(&self, put: &Put) -> Result<Option<Id>, StoreError> {
        let id: Option<String> = self.transaction.row(
            "SELECT id FROM item WHERE slug = ?1 AND status <> 'usable' AND published = ?2",
            (&put.slug, put.article.visible_from().timestamp_millis()),
            |row| row.get(0),
        )?;
        Ok(id.as_deref().and_then(Id::parse))
    }

    /// Frees the addresses of stories that move within the batch and that others of it move to, so that two folders
    /// may change their names for one another's.
    pub(super) fn release_slugs<'c>(
        &mut self,
        changes: impl Iterator<Item = &'c Change>,
    ) -> Result<(), StoreError> {
        let puts: Vec<&Put> = changes
            .filter_map(|change| match change {
                Change::Put(put) => Some(&**put),
                _ => None,
            })
            .collect();
        let wanted: HashSet<&str> = puts.iter().map(|put| put.slug.as_str()).collect();
        for put in puts {
            let Some(id) = put.article.id else { continue };
            let slug: Option<Option<String>> = self.transaction.row(
                "SELECT slug FROM item WHERE id = ?1",
                [id.to_string()],
                |row| row.get(0),
            )?;
            let moving = slug.flatten().filter(|slug| *slug != put.slug);
            if let Some(slug) = moving.filter(|slug| wanted.contains(slug.as_str())) {
                self.set_slug(id, None)?;
                self.released.insert(id, slug);
            }
        }
        Ok(())
    }

    /// Gives a story whose move was refused its address back.
    pub(super) fn restore_slugs(&mut self) -> Result<(), StoreError> {
        for (id, slug) in std::mem::take(&mut self.released) {
            let free: bool = !self.transaction.exists(
                "SELECT 1 FROM item WHERE slug = ?1 OR (id = ?2 AND slug IS NOT NULL)",
                (&slug, id.to_string()),
            )?;
            if free {
                self.set_slug(id, Some(&slug))?;
            }
        }
        Ok(())
    }

    fn set_slug(&self, id: Id, slug: Option<&str>) -> Result<(), StoreError> {
        self.transaction.run(
            "UPDATE item SET slug = ?2 WHERE id = ?1",
            (id.to_string(), slug),
        )?;
        Ok(())
    }

    /// The change under a slug of its own, where a file that waits for its time will have the one that is wanted. A writer that
    /// may know of that file and chose the slug is refused instead. What has the slug already keeps it.
    pub(super) fn beside_waiting_file(
        &self,
        put: &Put,
        id: Id,
        before: Option<&Family>,
    ) -> Result<Option<Put>, StoreError> {
        if put.origin.is_some() {
            return Ok(None);
        }
        let Some((owner, section)) = file_under(self.transaction, &put.slug)? else {
            return Ok(None);
        };
        let has = before.is_some_and(|known| known.slug.as_deref() == Some(&*put.slug));
        if has || self.had_chosen(put, id)? {
            return Ok(None);
        }
        let scope = put.scope.as_ref();
        let knows = !put.is_from_store && scope.is_none_or(|scope| scope.covers(&section));
        if knows && !put.is_slug_made {
            let slug = put.slug.clone();
            return Err(StoreError::SlugTaken { slug, owner });
        }
        Ok(Some(Put {
            slug: own_slug(&put.slug, id),
            ..put.clone()
        }))
    }

    /// Whether the slug was chosen for the article while it waits: then it was there before the file, which would else
    /// have kept it.
    fn had_chosen(&self, put: &Put, id: Id) -> Result<bool, StoreError> {
        if put.is_from_store {
            return Ok(!put.is_slug_made);
        }
        Ok(self.transaction.exists(
            "SELECT 1 FROM pending WHERE article = ?1 AND slug = ?2 AND is_slug_made = 0",
            (id.to_string(), &put.slug),
        )?)
    }

    /// Another item that has the slug, and whether it keeps it: only one that was withdrawn gives it away.
    pub(super) fn holder(&self, slug: &str, id: Id) -> Result<Option<(Id, bool)>, StoreError> {
        let holder: Option<(String, String)> = self.transaction.row(
            "SELECT id, coalesce(removal, '') FROM item WHERE slug = ?1 AND id <> ?2",
            (slug, id.to_string()),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok(holder.map(|(owner, how)| (Id::parse(&owner).unwrap_or_default(), how != "withdrawn")))
    }

    /// A withdrawn story gives its address to the one that takes its place; what stood at that address is touched. No stub
    /// names it.
    pub(super) fn displace(&mut self, slug: &str, entry: &Entry) -> Result<(), StoreError> {
        let Some(id) = entry.item else { return Ok(()) };
        let Some((owner, _)) = self.holder(slug, id)? else {
            return Ok(());
        };
        self.touch(Selection::Article(owner), entry.position);
        self.set_slug(owner, None)
    }

    /// An old address leads to the new one for ever, and one that is in use leads nowhere else.
    pub(super) fn remember_slugs(
        &mut self,
        id: Id,
        before: Option<&str>,
        now: &str,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        if let Some(before) = before.filter(|before| *before != now) {
            self.transaction.run(
                "INSERT INTO former (slug, article) VALUES (?1, ?2)
                     ON CONFLICT (slug) DO UPDATE SET article = excluded.article",
                (before, id.to_string()),
            )?;
            // All these addresses have another target from now on.
            self.touch_former(id, entry)?;
        }
        self.forget_former(now, entry)
    }

    /// Has an address that is in use lead nowhere else.
    fn forget_former(&mut self, slug: &str, entry: &Entry) -> Result<(), StoreError> {
        let owner: Option<(String, bool)> = self.transaction.row(
            "SELECT i.id, i.status = 'usable' FROM former f JOIN item i ON i.id = f.article
                 WHERE f.slug = ?1",
            [slug],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let Some((owner, is_usable)) = owner else {
            return Ok(());
        };
        self.transaction
            .run("DELETE FROM former WHERE slug = ?1", [slug])?;
        self.touch(TouchKey::Former(slug.to_owned()), entry.position);
        if let (Some(owner), false) = (Id::parse(&owner), is_usable) {
            // The old address of a removed article has the article's answer, which is cached under its name.
            self.touch(Selection::Article(owner), entry.position);
        }
        Ok(())
    }

    /// Touches what an article's old addresses lead to.
    pub(super) fn touch_former(&mut self, id: Id, entry: &Entry) -> Result<(), StoreError> {
        let former: Vec<String> = self.transaction.rows(
            "SELECT slug FROM former WHERE article = ?1",
            [id.to_string()],
            |row| row.get(0),
        )?;
        for slug in former {
            self.touch(TouchKey::Former(slug), entry.position);
        }
        for path in self.former_paths(id)? {
            self.touch(TouchKey::former_path(&path), entry.position);
        }
        Ok(())
    }

    /// Gives each caption its id.
    pub(super) fn identified(
        &self,
        article: Id,
        before: Option<&Family>,
        captions: Vec<Caption>,
    ) -> Result<Vec<(Id, Caption)>, StoreError> {
        let ids = self.caption_ids(article, before, &captions)?;
        if let Some(before) = before {
            let had: HashSet<Id> = before.captions.iter().map(|known| known.row.id).collect();
            let new = ids.iter().filter(|id| !had.contains(*id)).count();
            let count = had.len() + new;
            if new > 0 && count > MAX_KNOWN_CAPTIONS {
                return Err(StoreError::TooManyCaptions {
                    id: article,
                    known: count,
                    most: MAX_KNOWN_CAPTIONS,
                });
            }
        }
        let identified = captions.into_iter().zip(ids).map(|(caption, id)| {
            let caption = Caption {
                id: Some(id),
                ..caption
            };
            (id, caption)
        });
        Ok(identified.collect())
    }

    fn caption_ids(
        &self,
        article: Id,
        before: Option<&Family>,
        captions: &[Caption],
    ) -> Result<Vec<Id>, StoreError> {
        let known: Vec<KnownCaption<'_>> = before
            .iter()
            .flat_map(|family| &family.captions)
            .map(|known| KnownCaption {
                id: known.row.id,
                caption: &known.caption,
                usable: known.row.removed.is_none(),
            })
            .collect();
        // Usually no id is taken, so one query for all of them is enough.
        let queried_ids = RefCell::new(Vec::new());
        let ids = caption_ids(article, &known, captions, &|id| {
            queried_ids.borrow_mut().push(id.to_string());
            false
        });
        let sql = "SELECT id FROM item WHERE id IN (keys)";
        let taken = many::ask(self.transaction, sql, &queried_ids.borrow(), |row| {
            row.get(0)
        })?;
        if taken.is_empty() {
            return Ok(ids);
        }
        let taken: HashSet<String> = taken.into_iter().collect();
        let sql = "SELECT 1 FROM item WHERE id = ?1";
        // Where the database fails, the insertion that follows fails, too.
        let is_taken = |id: &Id| {
            let id = id.to_string();
            taken.contains(&id) || self.transaction.exists(sql, [id]).unwrap_or(false)
        };
        Ok(caption_ids(article, &known, captions, &is_taken))
    }
}
