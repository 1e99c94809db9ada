//! References that keep the file of a killed photograph or recording: items and settings that use the same file.

use std::collections::BTreeSet;
use std::fmt;

use crate::item::{Article, Caption, Id, Photograph};

use super::content::Content;
use super::database::{self, Connection};
use super::editable::owner_of_any_caption;
use super::{Store, StoreError, holders};

/// An item or setting that uses a photograph or a recording, so that its file stays.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileReference {
    Caption {
        id: Id,
        article: Id,
        section: String,
        is_public: bool,
    },
    /// An article that plays the recording.
    Article {
        id: Id,
        section: String,
        is_public: bool,
    },
    /// An article that waits for its time, or what waits of a public one.
    Waiting { article: Id, section: String },
    /// The paper's logo.
    Logo,
    /// The picture of one of its authors.
    Portrait,
}

impl fmt::Display for FileReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caption {
                id,
                article,
                is_public: true,
                ..
            } => write!(f, "the caption {id} of the article {article} shows it"),
            Self::Caption { id, article, .. } => {
                write!(
                    f,
                    "the caption {id} of the article {article}, which is not public, has it"
                )
            }
            Self::Article {
                id,
                is_public: true,
                ..
            } => write!(f, "the article {id} plays it"),
            Self::Article { id, .. } => {
                write!(f, "the article {id}, which is not public, has it")
            }
            Self::Waiting { article, .. } => {
                write!(f, "what waits of the article {article} has it")
            }
            Self::Logo => f.write_str("it is the paper's logo"),
            Self::Portrait => f.write_str("it is the picture of one of the paper's authors"),
        }
    }
}

impl Store {
    /// The files of all photographs that a caption, or any caption of an article, has or had, and of the article's
    /// recordings, by their hashes. It has to be read before a kill, which removes these records.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn photographs_of(&self, item: Id) -> Result<BTreeSet<String>, StoreError> {
        self.reading(|connection| {
            let mut hashes = BTreeSet::new();
            for content in texts(
                connection,
                "SELECT r.content FROM item i JOIN revision r ON r.item = i.id
                 WHERE i.kind = 'caption' AND (i.id = ?1 OR i.article = ?1)",
                &item.to_string(),
            )? {
                let caption: Caption = serde_json::from_str(&content)?;
                add(&mut hashes, &caption);
            }
            for content in texts(
                connection,
                "SELECT r.content FROM item i JOIN revision r ON r.item = i.id
                 WHERE i.kind = 'article' AND i.id = ?1",
                &item.to_string(),
            )? {
                let content: Content = serde_json::from_str(&content)?;
                add_recordings(&mut hashes, &content.article);
            }
            let owner = owner_of_any_caption(connection, item)?.unwrap_or(item);
            let sql = "SELECT content FROM pending WHERE article = ?1";
            for content in texts(connection, sql, &owner.to_string())? {
                let article: Article = serde_json::from_str(&content)?;
                if owner == item {
                    add_recordings(&mut hashes, &article);
                }
                let captions = article.captions.iter();
                for caption in captions.filter(|it| owner == item || it.id == Some(item)) {
                    add(&mut hashes, caption);
                }
            }
            Ok(hashes)
        })
    }

    /// The references to the files of these hashes by items that were not killed.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn references(
        &self,
        hashes: &BTreeSet<String>,
    ) -> Result<BTreeSet<FileReference>, StoreError> {
        self.reading(|connection| {
            let publication = self.publication_in(connection)?;
            let mut references = BTreeSet::new();
            for hash in hashes {
                references.extend(captions(connection, hash)?);
                references.extend(articles(connection, hash)?);
                references.extend(waiting(connection, hash)?);
                if publication.has_as_logo(hash) {
                    references.insert(FileReference::Logo);
                }
                if publication.has_as_portrait(hash) {
                    references.insert(FileReference::Portrait);
                }
            }
            Ok(references)
        })
    }
}

fn add(hashes: &mut BTreeSet<String>, caption: &Caption) {
    let files = |photograph: &Photograph| {
        let renditions = photograph.renditions.iter();
        let mut files: Vec<String> = renditions.map(|file| file.hash.clone()).collect();
        files.push(photograph.hash.clone());
        files
    };
    let images = caption.image.iter();
    hashes.extend(images.flat_map(|image| files(&image.photograph)));
}

fn add_recordings(hashes: &mut BTreeSet<String>, article: &Article) {
    let recordings = holders::recordings(&article.attachments);
    hashes.extend(recordings.map(|recording| recording.hash.clone()));
}

fn articles(connection: &Connection, hash: &str) -> database::Result<Vec<FileReference>> {
    connection.rows(
        "SELECT i.id, i.section, i.status FROM recording r JOIN item i ON i.id = r.article
         WHERE r.hash = ?1 AND coalesce(i.removal, '') NOT IN ('killed', 'forbidden')",
        [hash],
        |row| {
            Ok(FileReference::Article {
                id: Id::parse(&row.get::<String>(0)?).unwrap_or_default(),
                section: row.get::<Option<String>>(1)?.unwrap_or_default(),
                is_public: row.get::<String>(2)? == "usable",
            })
        },
    )
}

fn captions(connection: &Connection, hash: &str) -> database::Result<Vec<FileReference>> {
    // The file may be a rendition of another photograph.
    connection.rows(
        "SELECT i.id, i.article, a.section, i.status FROM item i JOIN item a ON a.id = i.article
         WHERE i.media IN (SELECT ?1 UNION SELECT original FROM rendition WHERE hash = ?1)
           AND coalesce(i.removal, '') NOT IN ('killed', 'forbidden')",
        [hash],
        |row| {
            let (id, article): (String, String) = (row.get(0)?, row.get(1)?);
            Ok(FileReference::Caption {
                id: Id::parse(&id).unwrap_or_default(),
                article: Id::parse(&article).unwrap_or_default(),
                section: row.get::<Option<String>>(2)?.unwrap_or_default(),
                is_public: row.get::<String>(3)? == "usable",
            })
        },
    )
}

fn waiting(connection: &Connection, hash: &str) -> database::Result<Vec<FileReference>> {
    let sql = "SELECT DISTINCT p.article, p.section FROM pending_photograph h JOIN pending p ON p.article = h.article
         WHERE h.hash = ?1";
    connection.rows(sql, [hash], |row| {
        let article: String = row.get(0)?;
        Ok(FileReference::Waiting {
            article: Id::parse(&article).unwrap_or_default(),
            section: row.get(1)?,
        })
    })
}

fn texts(connection: &Connection, sql: &str, key: &str) -> database::Result<Vec<String>> {
    connection.rows(sql, [key], |row| row.get(0))
}
