//! Addresses that articles had elsewhere: whose each is, and when what it leads to is another.

use std::collections::BTreeSet;

use crate::item::{Article, FormerPath, Id};
use crate::store::fingerprint::Fingerprint;
use crate::store::killed;
use crate::store::{Entry, StoreError, TouchKey};

use super::batch::Batch;

impl Batch<'_> {
    /// Refuses addresses that another article had, unless it was withdrawn.
    pub(super) fn refuse_former(&self, article: &Article, id: Id) -> Result<(), StoreError> {
        for path in article.former_paths() {
            let taken = |owner, is_public| StoreError::FormerTaken {
                path: path.as_str().to_owned(),
                owner,
                is_public,
            };
            let other: Option<(String, bool)> = self.transaction.row(
                "SELECT f.article, f.is_public = 1 AND i.status = 'usable'
                     FROM former_path f LEFT JOIN item i ON i.id = f.article
                     WHERE f.path = ?1 AND f.article <> ?2
                         AND (f.is_public = 0 OR coalesce(i.removal, '') <> 'withdrawn')",
                (path.as_str(), id.to_string()),
                |row| Ok((row.get(0)?, row.get::<Option<bool>>(1)?.unwrap_or(false))),
            )?;
            if let Some((owner, is_public)) = other {
                return Err(taken(Id::parse(&owner).unwrap_or_default(), is_public));
            }
            if let Some(killed) =
                killed::owner(self.transaction, Fingerprint::Former(path.as_str()))?
            {
                return Err(taken(killed, false));
            }
        }
        Ok(())
    }

    /// Has the addresses lead to an article that is public, and those that it does not name any more lead nowhere.
    pub(super) fn remember_former(
        &mut self,
        id: Id,
        article: &Article,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let wanted = article.former_paths();
        let stored_paths = self.former_paths(id)?;
        for path in stored_paths.difference(&wanted) {
            self.transaction
                .run("DELETE FROM former_path WHERE path = ?1", [path.as_str()])?;
            self.touch(TouchKey::former_path(path), entry.position);
        }
        for path in wanted.difference(&stored_paths) {
            let had_it = self.transaction.exists(
                "SELECT 1 FROM former_path WHERE path = ?1 AND is_public = 1",
                [path.as_str()],
            )?;
            self.transaction.run(
                "INSERT INTO former_path (path, article, is_public) VALUES (?1, ?2, 1)
                     ON CONFLICT (path) DO UPDATE SET article = excluded.article, is_public = 1",
                (path.as_str(), id.to_string()),
            )?;
            if had_it {
                // It led to a withdrawn article.
                self.touch(TouchKey::former_path(path), entry.position);
            }
        }
        Ok(())
    }

    /// Keeps the addresses for an article that waits.
    pub(super) fn reserve_former(&self, id: Id, article: &Article) -> Result<(), StoreError> {
        self.free_former(id)?;
        let insert = "INSERT INTO former_path (path, article, is_public) VALUES (?1, ?2, 0)
             ON CONFLICT (path) DO NOTHING";
        for path in article.former_paths() {
            self.transaction
                .run(insert, (path.as_str(), id.to_string()))?;
        }
        Ok(())
    }

    pub(super) fn free_former(&self, id: Id) -> Result<(), StoreError> {
        self.transaction.run(
            "DELETE FROM former_path WHERE article = ?1 AND is_public = 0",
            [id.to_string()],
        )?;
        Ok(())
    }

    /// The addresses that lead to an article.
    pub(super) fn former_paths(&self, id: Id) -> Result<BTreeSet<FormerPath>, StoreError> {
        let paths = self.transaction.rows(
            "SELECT path FROM former_path WHERE article = ?1 AND is_public = 1",
            [id.to_string()],
            |row| row.get::<String>(0),
        )?;
        let paths = paths.iter().filter_map(|path| FormerPath::parse(path));
        Ok(paths.collect())
    }
}
