//! Uploaded photographs: a replaced one is replaced in every article that shows it, in the same transaction. The texts of an
//! agency's item about a picture become those of its photograph, whichever of the two came first.

use crate::item::Id;
use crate::store::change::{PictureItemChange, Put, UploadChange};
use crate::store::picture::{self, PictureState};
use crate::store::upload::{self, Upload};
use crate::store::{EditableArticle, Entry, PrivateKind, StoreError, holders};

use super::batch::Batch;

/// A picture is replaced in this many articles and captions at once, those captions included that stand beside it.
const MAX_SHOWING: usize = 500;

impl Batch<'_> {
    pub(super) fn upload(&mut self, uploaded: &UploadChange) -> Result<Vec<Entry>, StoreError> {
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
            None => PrivateKind::Upload,
            Some(known) if known.photograph != upload.photograph => PrivateKind::Replace,
            Some(known) if known.caption_defaults != upload.caption_defaults => {
                PrivateKind::Describe
            }
            Some(_) => return Ok(Vec::new()),
        };
        let shown = match kind {
            PrivateKind::Replace => self.articles_showing(&upload.name)?,
            _ => Vec::new(),
        };
        let now = self.next_time();
        let version = found.map_or(now, |found| now.max(found.0 + 1));
        match (&known, &uploaded.name) {
            (None, Some(name)) => self.write_named(upload, name, version)?,
            (Some(known), _) if self.keeps_words(kind, id)? => {
                let caption_defaults = known.caption_defaults.clone();
                let upload = Upload {
                    caption_defaults,
                    ..upload.clone()
                };
                upload::write(self.transaction, &upload, version)?;
            }
            _ => upload::write(self.transaction, upload, version)?,
        }
        self.note_private(kind, id, None, None)?;
        let mut entries = Vec::new();
        if kind == PrivateKind::Replace {
            for editable in shown {
                entries.extend(self.show_anew(editable, upload)?);
            }
        }
        let before = known.filter(|_| kind == PrivateKind::Replace);
        if let Some(before) = before {
            self.drop_upload(&before)?;
        }
        Ok(entries)
    }

    /// Whether a new file of a picture keeps the texts that came as an agency's item: its own metadata say less.
    fn keeps_words(&self, kind: PrivateKind, id: Id) -> Result<bool, StoreError> {
        Ok(kind == PrivateKind::Replace && picture::is_items(self.transaction, id)?)
    }

    /// Writes a new photograph that its sender has a name for. The texts of its item, if they wait under that name, become
    /// its own.
    fn write_named(&self, upload: &Upload, name: &str, version: i64) -> Result<(), StoreError> {
        let item = picture::take(self.transaction, name)?;
        let mut upload = upload.clone();
        if let Some(item) = &item {
            upload.caption_defaults = item.caption_defaults.clone().or(upload.caption_defaults);
        }
        upload::write(self.transaction, &upload, version)?;
        picture::call(self.transaction, upload.id, [name])?;
        match item {
            Some(item) => picture::note(self.transaction, &upload, &item),
            None => Ok(()),
        }
    }

    /// Gives a photograph the texts of an agency's item about it, or keeps them until it is uploaded. Texts that the desk
    /// gave before the item came stay.
    pub(super) fn describe(
        &mut self,
        described: &PictureItemChange,
    ) -> Result<Vec<Entry>, StoreError> {
        let item = &described.item;
        let (upload, last) = match picture::picture_state(self.transaction, item)? {
            PictureState::Here(upload, last) => (*upload, last),
            PictureState::Awaited(_) | PictureState::Unknown => {
                let found = None;
                return match described.photograph {
                    Some(_) => Err(StoreError::Changed { found }),
                    None => picture::keep(self.transaction, item).map(|()| Vec::new()),
                };
            }
        };
        if described.photograph != Some((upload.id, upload.version)) {
            let found = Some(upload.version);
            return Err(StoreError::Changed { found });
        }
        let is_desks = last.is_none() && picture::is_described(self.transaction, upload.id)?;
        let (own, other) = (
            item.caption_defaults.clone(),
            upload.caption_defaults.clone(),
        );
        let caption_defaults = if is_desks {
            other.or(own)
        } else {
            own.or(other)
        };
        let is_new = caption_defaults != upload.caption_defaults;
        let upload = Upload {
            caption_defaults,
            ..upload
        };
        if is_new {
            let version = self.next_time().max(upload.version.0 + 1);
            upload::write(self.transaction, &upload, version)?;
            self.note_private(PrivateKind::Describe, upload.id, None, None)?;
        }
        picture::note(self.transaction, &upload, item)?;
        Ok(Vec::new())
    }

    /// The articles that show it, if they are no more than can be changed at once.
    fn articles_showing(&self, name: &str) -> Result<Vec<EditableArticle>, StoreError> {
        let items = upload::count_showing(self.transaction, name, MAX_SHOWING)?;
        if items > MAX_SHOWING {
            return Err(StoreError::ShownTooOften {
                name: name.to_owned(),
                most: MAX_SHOWING,
            });
        }
        upload::articles_showing(self.transaction, name)
    }

    fn show_anew(
        &mut self,
        editable: EditableArticle,
        upload: &Upload,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut article = editable.article;
        article.id = Some(editable.id);
        let captions = article.captions.iter_mut();
        let images = captions.filter_map(|caption| caption.image.as_mut());
        for image in images.filter(|image| image.name == upload.name) {
            image.photograph = upload.photograph.clone();
        }
        let mut put = Put::new(article, &editable.section, &editable.slug, None);
        put.is_from_store = true;
        self.put(&put)
    }

    fn forget_upload(&mut self, known: &Upload) -> Result<(), StoreError> {
        let articles = upload::articles_showing(self.transaction, &known.name)?.len();
        if articles > 0 {
            return Err(StoreError::UploadShown {
                name: known.name.clone(),
                articles,
            });
        }
        self.transaction
            .run("DELETE FROM upload WHERE id = ?1", [known.id.to_string()])?;
        holders::forget_upload(self.transaction, &known.id.to_string())?;
        picture::forget(self.transaction, known.id)?;
        self.note_private(PrivateKind::Discard, known.id, None, None)?;
        self.drop_upload(known)
    }

    fn drop_upload(&mut self, known: &Upload) -> Result<(), StoreError> {
        self.drop_photograph(&known.photograph, false)
    }
}
