//! Uploaded photographs: one that is replaced is another in every article that shows it, in the same transaction.

use crate::item::Id;
use crate::store::upload::{self, Upload};
use crate::store::{Drafted, Entry, StoreError, UnseenKind, media};

use super::batch::Batch;
use super::{Expected, Put};

/// A picture is replaced in so many articles and captions at once, those captions included that stand beside it.
const MAX_SHOWING: usize = 500;

/// A photograph whose bytes are kept, as it should be known.
#[derive(Clone, Debug)]
pub struct Uploaded {
    pub id: Id,
    /// Its version is found out. None forgets it.
    pub upload: Option<Upload>,
    pub expected: Expected,
}

impl Batch<'_> {
    pub(super) fn upload(&mut self, uploaded: &Uploaded) -> Result<Vec<Entry>, StoreError> {
        let id = uploaded.id;
        let known = upload::upload(self.transaction, "id", &id.to_string())?;
        let found = known.as_ref().map(|known| known.version);
        self.expect(uploaded.expected, found)?;
        let Some(upload) = &uploaded.upload else {
            let known = known.ok_or(StoreError::Unknown { id })?;
            self.forget_upload(&known)?;
            return Ok(Vec::new());
        };
        let kind = match &known {
            None => UnseenKind::Upload,
            Some(known) if known.photograph != upload.photograph => UnseenKind::Replace,
            Some(known) if known.said != upload.said => UnseenKind::Describe,
            Some(_) => return Ok(Vec::new()),
        };
        let shown = match kind {
            UnseenKind::Replace => self.showing(&upload.name)?,
            _ => Vec::new(),
        };
        let now = self.next_time();
        let version = found.map_or(now, |found| now.max(found.0 + 1));
        upload::write(self.transaction, upload, version)?;
        self.note_unseen(kind, id, None, None)?;
        let mut entries = Vec::new();
        if kind == UnseenKind::Replace {
            for drafted in shown {
                entries.extend(self.show_anew(drafted, upload)?);
            }
        }
        let before = known.filter(|_| kind == UnseenKind::Replace);
        if let Some(before) = before {
            self.drop_upload(&before)?;
        }
        Ok(entries)
    }

    /// The articles that show it, if they are no more than can be changed at once.
    fn showing(&self, name: &str) -> Result<Vec<Drafted>, StoreError> {
        let items = upload::count_showing(self.transaction, name, MAX_SHOWING)?;
        if items > MAX_SHOWING {
            return Err(StoreError::ShownTooOften {
                name: name.to_owned(),
                most: MAX_SHOWING,
            });
        }
        upload::showing(self.transaction, name)
    }

    fn show_anew(&mut self, drafted: Drafted, upload: &Upload) -> Result<Vec<Entry>, StoreError> {
        let mut article = drafted.article;
        article.id = Some(drafted.id);
        let captions = article.captions.iter_mut();
        let images = captions.filter_map(|caption| caption.image.as_mut());
        for image in images.filter(|image| image.name == upload.name) {
            image.photograph = upload.photograph.clone();
        }
        let mut put = Put::new(article, &drafted.section, &drafted.slug, None);
        put.is_kept = true;
        self.put(&put)
    }

    fn forget_upload(&mut self, known: &Upload) -> Result<(), StoreError> {
        let articles = upload::showing(self.transaction, &known.name)?.len();
        if articles > 0 {
            return Err(StoreError::UploadShown {
                name: known.name.clone(),
                articles,
            });
        }
        self.transaction
            .prepare_cached("DELETE FROM upload WHERE id = ?1")?
            .execute([known.id.to_string()])?;
        self.note_unseen(UnseenKind::Discard, known.id, None, None)?;
        self.drop_upload(known)
    }

    fn drop_upload(&mut self, known: &Upload) -> Result<(), StoreError> {
        self.ties.has_dropped = true;
        media::drop_photograph(self.transaction, &known.photograph, false)
    }
}
