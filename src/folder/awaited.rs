//! Articles that wait: drafts, scheduled and embargoed ones, of files and of the API, as desks see them.

use std::cmp::Ordering;
use std::path::Path;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::item::{Article, Id, Line};
use crate::publication::Publication;
use crate::store::{EditableArticle, PubStatus, State, Store, StoreError};

use super::listing::Listing;
use super::reading::read_article;
use super::{ARTICLE_FILE, Folder, FolderError};

/// An article that no reader may see yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwaitedArticle {
    /// `section/slug`
    pub filed: String,
    pub headline: Line,
    /// `draft`, `scheduled` or `embargo`.
    pub status: &'static str,
    /// When it will be public; none where that is to be decided.
    pub due: Option<DateTime<Utc>>,
    /// Whether it came by its file, and is to be changed there.
    pub is_of_file: bool,
}

/// The reason why an article waits: `undecided` where it has no date, else its schedule or embargo.
fn status(article: &Article, due: Option<DateTime<Utc>>, undecided: &'static str) -> &'static str {
    match (due, article.embargo_until) {
        (None, _) => undecided,
        (Some(_), Some(until)) if until > article.published => "embargo",
        (Some(_), _) => "scheduled",
    }
}

impl AwaitedArticle {
    /// The article of a file of which nothing is public, if it waits.
    pub(super) fn of_file(filed: &str, article: &Article, now: DateTime<Utc>) -> Option<Self> {
        let from = article.visible_from().to_utc();
        let due = (!article.draft).then_some(from);
        let waits = due.is_none_or(|due| due > now);
        waits.then(|| Self {
            filed: filed.to_owned(),
            headline: article.headline.clone(),
            status: status(article, due, "draft"),
            due,
            is_of_file: true,
        })
    }

    /// The articles of the API that wait, at most `limit`.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn of_store(store: &Store, limit: usize) -> Result<Vec<Self>, StoreError> {
        let pending = store.pending(&|_| true, None, limit)?;
        Ok(pending.into_iter().map(|(_, waits)| waits.into()).collect())
    }

    /// An article of the API, if it waits.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn of_api(store: &Store, id: Id) -> Result<Option<Self>, StoreError> {
        let found = store.editable_article(id)?;
        let is_usable = |state: &State| state.status == PubStatus::Usable;
        let waits = found.filter(|article| !article.state().is_some_and(is_usable));
        Ok(waits.map(Self::from))
    }

    /// The order of a list of articles that wait: those that are due first come first, those without a time last.
    pub fn order(&self, other: &Self) -> Ordering {
        let key = |it: &Self| (it.due.is_none(), it.due);
        key(self)
            .cmp(&key(other))
            .then_with(|| self.filed.cmp(&other.filed))
    }

    /// Where it is to be changed: the path of its file, or `section/slug` for one of the API.
    pub fn place(&self) -> String {
        match self.is_of_file {
            true => format!("{}/{ARTICLE_FILE}", self.filed),
            false => self.filed.clone(),
        }
    }

    /// Why it waits and until when, in the paper's time zone.
    pub fn until(&self, zone: Tz) -> String {
        match self.due {
            None => self.status.to_owned(),
            Some(due) => {
                let due = due.with_timezone(&zone).format("%Y-%m-%d %H:%M");
                format!("{}, public at {due} {zone}", self.status)
            }
        }
    }
}

impl From<EditableArticle> for AwaitedArticle {
    fn from(waits: EditableArticle) -> Self {
        Self {
            filed: format!("{}/{}", waits.section, waits.slug),
            status: status(&waits.article, waits.due, waits.status()),
            due: waits.due,
            headline: waits.article.headline,
            is_of_file: false,
        }
    }
}

impl Folder {
    /// The articles of files that wait. Only files of which nothing is public are read.
    ///
    /// # Errors
    /// If the folder or the store fails.
    pub fn awaited(
        &self,
        store: &Store,
        publication: &Publication,
        now: DateTime<Utc>,
    ) -> Result<Vec<AwaitedArticle>, FolderError> {
        let files = store.files()?;
        let listing = Listing::of(self.root(), publication)?;
        let others = listing.articles.iter();
        let others = others.filter(|article| !files.contains_key(&article.path));
        let waiting = others.filter_map(|folder| {
            let path = self.root().join(Path::new(&folder.path));
            let article = read_article(self.root(), &path).article?;
            AwaitedArticle::of_file(&folder.path, &article, now)
        });
        Ok(waiting.collect())
    }
}
