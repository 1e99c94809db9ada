//! Refuses a write of an article that would have the id, the guid or the address of another one.

use std::collections::{HashMap, HashSet};

use crate::item::Id;
use crate::store::change::Put;
use crate::store::fingerprint::Fingerprint;
use crate::store::reserved::first_reserved;
use crate::store::{StoreError, killed, many};

use super::batch::Batch;

impl Batch<'_> {
    /// Refuses ids and guids that other items have, and a slug that another public story has.
    pub(super) fn refuse_taken(&mut self, put: &Put, id: Id) -> Result<(), StoreError> {
        let owner_id = id.to_string();
        let captions = put.article.captions.iter();
        let captions: Vec<Id> = captions.filter_map(|caption| caption.id).collect();
        let ids = std::iter::once(id).chain(captions.iter().copied());
        let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
        let sql = "SELECT id, article FROM item WHERE id IN (keys)";
        let owners = many::ask(self.transaction, sql, &ids, |row| {
            Ok((row.get::<String>(0)?, row.get::<String>(1)?))
        })?;
        let owners: HashMap<String, String> = owners.into_iter().collect();
        let is_others = |id: &String| owners.get(id).is_some_and(|owner| *owner != owner_id);
        if is_others(&owner_id) {
            return Err(StoreError::IdTaken { id });
        }
        for caption in captions {
            if caption == id || is_others(&caption.to_string()) {
                return Err(StoreError::IdTaken { id: caption });
            }
        }
        if let Some(guid) = &put.article.guid {
            let owner: Option<String> = self.transaction.row(
                "SELECT id FROM item WHERE guid = ?1 AND id <> ?2
                         AND coalesce(removal, '') <> 'withdrawn'
                     UNION ALL SELECT article FROM pending
                         WHERE guid = ?1 AND article <> ?2
                     LIMIT 1",
                (&**guid, id.to_string()),
                |row| row.get(0),
            )?;
            if let Some(owner) = owner {
                return Err(StoreError::GuidTaken {
                    guid: guid.to_string(),
                    owner: Id::parse(&owner).unwrap_or_default(),
                });
            }
        }
        self.refuse_reserved(put, id)?;
        self.refuse_former(&put.article, id)?;
        let taken = |owner| StoreError::SlugTaken {
            slug: put.slug.clone(),
            owner,
        };
        if let Some((owner, true)) = self.holder(&put.slug, id)? {
            return Err(taken(owner));
        }
        if let Some(killed) = killed::owner(self.transaction, Fingerprint::Slug(&put.slug))? {
            return Err(taken(killed));
        }
        match self.waits_under(&put.slug, id)? {
            Some(waiting) if !waiting.gives_way_to(put) => Err(taken(waiting.article)),
            // Last: what is refused alters nothing.
            Some(waiting) => self.give_way(&waiting, &put.slug),
            None => Ok(()),
        }
    }

    /// Refuses ids that an article which waits for its time will have.
    fn refuse_reserved(&self, put: &Put, id: Id) -> Result<(), StoreError> {
        let captions = put.article.captions.iter();
        let captions: Vec<Id> = captions.filter_map(|caption| caption.id).collect();
        let ids: Vec<String> = captions.iter().map(ToString::to_string).collect();
        let sql = "SELECT article FROM pending WHERE article IN (keys)";
        let waiting = many::ask(self.transaction, sql, &ids, |row| row.get(0))?;
        let waiting: HashSet<String> = waiting.into_iter().collect();
        let waits = |caption: &&Id| waiting.contains(&caption.to_string());
        if let Some(caption) = captions.iter().find(waits) {
            return Err(StoreError::IdTaken { id: *caption });
        }
        let wanted: Vec<Id> = captions.into_iter().chain([id]).collect();
        match first_reserved(self.transaction, &wanted, id, put.origin.is_some())? {
            Some(wanted) => Err(StoreError::IdTaken { id: wanted }),
            None => Ok(()),
        }
    }
}
