//! The items as they stand, and the log of how they came to stand so.
//!
//! One writer at a time appends entries; everything that an entry alters (items, filings, touches) is in the same transaction,
//! which is on disk before [`Store::apply`](crate::store::Store::apply) returns. Readers work beside it, in this process and
//! in others.

mod apply;
mod archive;
mod articles;
mod backup;
mod bulk;
mod by_publication;
mod calendar;
mod carried_over;
mod catalogue;
mod change;
mod connections;
mod content;
mod database;
mod day;
mod editable;
mod erase;
mod erasing;
mod file_references;
mod filed;
mod fingerprint;
#[cfg(test)]
mod growth;
mod holders;
mod idempotency;
mod key;
mod killed;
mod leading;
mod lease;
mod leasing;
mod listed;
mod lookup;
mod many;
mod media;
mod month;
mod named_files;
mod names;
mod nodes;
mod older;
mod onward;
mod open;
mod origin;
mod picture;
mod place;
#[cfg(test)]
pub(crate) mod plans;
mod postgres;
mod private_log;
mod publication;
mod publication_cache;
mod read;
mod reader_limit;
mod received;
mod recent;
mod recordings;
mod reserved;
mod restore_folders;
mod scope;
mod sqlite;
mod store_files;
mod sweep;
mod tables;
mod taken_down;
mod token;
mod touched;
mod trouble;
mod unused_files;
mod upload;
mod version;
mod window;
mod window_changes;
mod window_items;
mod write_check;
mod write_queue;
mod writer_lock;
mod writer_memory;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::count::count_as;
use crate::item::{Article, Caption, Id, Line, NoteKind, part::Part};
use crate::publication::Publication;

use database::Fault;

pub use apply::{Applied, CommandResult, own_slug};
pub use backup::{
    BackupError, BackupReport, BackupStep, LastBackup, Manifest, Restore, RestoreError,
    RestoreReport, TellProgress,
};
pub use calendar::MonthDays;
pub use catalogue::{MAX_SITEMAP_URLS, NewsArticle, SitemapArticle, SitemapPart};
pub use change::{
    Act, Action, Change, Command, LeadsChange, PictureItemChange, SectionChange, UploadChange,
};
pub use connections::{Now, Store};
pub use day::{Day, date_of};
pub use editable::{After, EditableArticle};
pub use erasing::PendingErasure;
pub use file_references::FileReference;
pub use idempotency::{CompletedRequest, IdempotencyKey};
pub use key::TouchKey;
pub use leading::LeadingStories;
pub use lease::Lease;
pub use lookup::NamedArticle;
pub use media::{
    KeepError, MediaStatus, Photographs, ReceiveError, ReceivedRecording, SPARE, recording_name,
};
pub use month::Month;
pub use names::{NAMES_A_PAGE, NamePage};
pub use nodes::NodeListener;
pub use older::MonthPage;
pub use onward::{NewestStories, Onward};
pub use open::older_schema;
pub use origin::Origin;
pub use picture::{PictureItem, PictureState, file_name};
pub use place::StorePlace;
pub use postgres::{AddressError, DEFAULT_SCHEMA, DatabaseServer};
pub use private_log::{PrivateEntry, PrivateKind};
pub use read::{AddressTarget, NameStatus};
pub use received::{LastReceived, Received};
pub use reserved::{OverduePublication, WaitingFile};
pub use restore_folders::BEFORE_RESTORE;
pub use scope::Scope;
pub use sweep::{SweepError, SweepReport};
pub use token::{Token, TokenError, Tokens};
pub use touched::Touched;
pub use upload::{CaptionDefaults, Upload};
pub use version::{Expected, Version};
pub use window::{MAX_WINDOW_BYTES, MIN_WINDOW_ITEMS};
pub use window_changes::{Since, WindowChanges};
pub use write_queue::{ChangeWithResult, TellEntries, WriteError, WriteQueue};

/// A position in the log: the entry and its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub seq: u64,
    pub time: DateTime<Utc>,
}

/// The kind of an entry of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    Publish,
    /// A change that the desk does not call significant.
    Minor,
    Update,
    /// An error was corrected, with a public note.
    Correct,
    /// Filed elsewhere, or under another slug.
    Move,
    /// Withdrawn without a public note.
    Withdraw,
    /// Not to be used until it is released.
    Withhold,
    /// A withheld or retracted item is usable again.
    Release,
    /// Withdrawn with a notice that stays.
    Retract,
    /// Gone for good, its text and photographs too.
    Kill,
    /// The right to use a photograph has ended: it goes, its caption stays.
    Expire,
    /// The publication's settings changed.
    Settings,
    /// This version renders otherwise than the one before.
    Rendering,
    /// The store was brought back from a backup: whatever was read before may be otherwise now.
    Restore,
}

impl EntryKind {
    const ALL: [Self; 14] = [
        Self::Publish,
        Self::Minor,
        Self::Update,
        Self::Correct,
        Self::Move,
        Self::Withdraw,
        Self::Withhold,
        Self::Release,
        Self::Retract,
        Self::Kill,
        Self::Expire,
        Self::Settings,
        Self::Rendering,
        Self::Restore,
    ];

    /// The kind of the log entry for a change with a public note of such a kind.
    fn of_note(kind: NoteKind) -> Self {
        match kind.mends() {
            true => Self::Correct,
            false => Self::Update,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Minor => "minor",
            Self::Update => "update",
            Self::Correct => "correct",
            Self::Move => "move",
            Self::Withdraw => "withdraw",
            Self::Withhold => "withhold",
            Self::Release => "release",
            Self::Retract => "retract",
            Self::Kill => "kill",
            Self::Expire => "expire",
            Self::Settings => "settings",
            Self::Rendering => "rendering",
            Self::Restore => "restore",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One entry of the change log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub position: Position,
    pub kind: EntryKind,
    pub item: Option<Id>,
    pub revision: Option<u64>,
    /// Where the item was filed before and after, as `section/slug`; a caption is filed with its article.
    pub before: Option<String>,
    pub after: Option<String>,
    pub actor: String,
    pub note: Option<String>,
}

/// Whether an item may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PubStatus {
    Usable,
    Removed { how: Removal, at: DateTime<Utc> },
}

impl PubStatus {
    /// The kind of the item's removal; `None` where it is usable.
    pub fn removal(self) -> Option<Removal> {
        match self {
            Self::Usable => None,
            Self::Removed { how, .. } => Some(how),
        }
    }

    /// As IPTC names it (ninjs, NewsML-G2).
    pub fn name(self) -> &'static str {
        match self {
            Self::Usable => "usable",
            Self::Removed { how, .. } => how.status(),
        }
    }
}

/// The kind of an item's removal, which decides what takes its place: a notice, nothing, or an error status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// Removed without a public note.
    Withdrawn,
    /// Removed until it is released.
    Withheld,
    /// Removed with a notice in its place.
    Retracted,
    /// Removed for good: its text is erased.
    Killed,
    /// Killed by order of the law, so that its address answers 451 (RFC 7725).
    Forbidden,
}

impl Removal {
    const ALL: [Self; 5] = [
        Self::Withdrawn,
        Self::Withheld,
        Self::Retracted,
        Self::Killed,
        Self::Forbidden,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Withdrawn => "withdrawn",
            Self::Withheld => "withheld",
            Self::Retracted => "retracted",
            Self::Killed => "killed",
            Self::Forbidden => "forbidden",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|how| how.name() == name)
    }

    fn status(self) -> &'static str {
        match self {
            Self::Withheld => "withheld",
            Self::Withdrawn | Self::Retracted | Self::Killed | Self::Forbidden => "canceled",
        }
    }

    /// Whether nothing brings it back.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Killed | Self::Forbidden)
    }

    /// Whether its page stays, with its headline and a notice: all else that is gone goes with its name and its address.
    pub fn keeps_address(self) -> bool {
        self == Self::Retracted
    }

    /// Whether a desk took it away, which outranks its file: one that is put back there changes nothing.
    pub fn outranks_files(self) -> bool {
        self != Self::Withdrawn
    }
}

/// The state of an item, without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub id: Id,
    pub revision: u64,
    pub status: PubStatus,
    /// The desk's notice, which stands in place of a retracted item.
    pub notice: Option<Line>,
    pub published: DateTime<Utc>,
    /// `atom:updated`: the last significant change, moved by a fraction of a second where two items would have the same.
    pub updated: DateTime<Utc>,
    /// Whether anything significant came after publication.
    pub was_updated: bool,
}

/// A tag or a person with the slug that was fixed at first sight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub slug: String,
    pub name: Line,
}

/// An article as it stands, with its captions.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredArticle {
    pub state: State,
    pub slug: String,
    pub section: String,
    /// Whether it is larger than a whole window may be, so that feeds give its summary alone.
    pub oversized: bool,
    /// Its text; the captions stand beside it.
    pub article: Article,
    pub parts: Vec<Part>,
    pub authors: Vec<Named>,
    pub tags: Vec<Named>,
    pub captions: Vec<StoredCaption>,
}

impl StoredArticle {
    pub fn usable_captions(&self) -> impl Iterator<Item = &StoredCaption> {
        let usable = |caption: &&StoredCaption| caption.state.status == PubStatus::Usable;
        self.captions.iter().filter(usable)
    }

    /// The caption whose photograph stands for the article where there is room for one.
    pub fn lead_caption(&self) -> Option<&StoredCaption> {
        self.usable_captions()
            .find(|caption| caption.caption.image.is_some())
    }
}

/// A caption as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredCaption {
    pub state: State,
    pub caption: Caption,
    pub credit: Option<Named>,
}

/// Tells the time; tests bring their own.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// An item of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowItem {
    pub id: Id,
    /// The sequence number of the entry that last altered the item as readers see it. As long as this and the settings are
    /// the same, documents show the item unchanged.
    pub touched: u64,
}

/// The items that a selection's window has at a position, newest first.
#[derive(Clone, Debug)]
pub struct Window {
    pub touched: Position,
    /// The articles concerned, whole, and in the order of the window which of their items stand in it.
    pub articles: Vec<StoredArticle>,
    pub items: Vec<WindowItem>,
    /// The number of closed segments of the selection's archive. Where the window is itself such a segment, the number of
    /// segments of its archive.
    pub segments: u32,
    /// The month of the newest item that a list leaves out, and the part of it that has that item, where older items stand on
    /// pages of months.
    pub older: Option<(Month, u32)>,
}

impl Window {
    /// The items of the window with their articles, newest first, and the caption where the item is one. Items whose
    /// articles the window does not have are left out.
    pub fn items_with_articles(
        &self,
    ) -> impl Iterator<Item = (WindowItem, &StoredArticle, Option<&StoredCaption>)> {
        let mut places = HashMap::new();
        for article in &self.articles {
            let captions = article.captions.iter();
            places.extend(captions.map(|caption| (caption.state.id, (article, Some(caption)))));
            places.insert(article.state.id, (article, None));
        }
        self.items.iter().filter_map(move |item| {
            let (article, caption) = *places.get(&item.id)?;
            Some((*item, article, caption))
        })
    }

    /// Those of [`Self::items_with_articles`] that are public and were not taken away.
    pub fn usable(&self) -> impl Iterator<Item = (&StoredArticle, Option<&StoredCaption>)> {
        self.items_with_articles()
            .filter_map(|(_, article, caption)| {
                let state = caption.map_or(&article.state, |caption| &caption.state);
                (state.status == PubStatus::Usable).then_some((article, caption))
            })
    }
}

/// The server's present settings, as far as the bytes of documents depend on them.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Settings {
    pub publication: Publication,
    /// `publication.toml` as it was written, to be given back by an export.
    pub source: String,
    pub base_url: String,
}

/// The reason why the store cannot do what a caller requests.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "the database {path} cannot be opened: {reason}; restore it from a backup, or move it away to begin anew"
    )]
    Damaged { path: PathBuf, reason: String },
    #[error(
        "the database {path} has schema {found}, this courant knows up to {known}; use the newer courant that made it"
    )]
    Newer {
        path: PathBuf,
        found: u32,
        known: u32,
    },
    #[error(
        "the database {path} has schema {found}, and this courant reads {known}; run courant serve once, which brings it up to date"
    )]
    Older {
        path: PathBuf,
        found: u32,
        known: u32,
    },
    #[error(
        "another server uses {path}; stop it, or give this one a store of its own (--data, or [store] schema)"
    )]
    InUse { path: PathBuf },
    #[error(
        "another process has {server} alone, to restore a backup or to bring in a whole paper; start this server when it is done"
    )]
    HeldAlone { server: String },
    #[error(
        "a move of the store in {path} to {server} was broken off, and may have been done; run courant restore once more, or courant \
         serve with that store: each finds out which of the two has the paper"
    )]
    Moving { path: PathBuf, server: String },
    #[error(
        "a backup is being restored in the place of {path}, which would lose what is changed now; try again when it is done"
    )]
    Restoring { path: PathBuf },
    #[error(
        "the database {path} {found}, and {trace}: there was a paper; restore it from a backup (courant restore FILE), or \
         move {folder} away to begin anew"
    )]
    Lost {
        path: PathBuf,
        found: &'static str,
        trace: String,
        folder: PathBuf,
    },
    #[error(
        "the database {path} is of another program ({found}); give the store a folder of its own with --data"
    )]
    Foreign { path: PathBuf, found: String },
    #[error(
        "{path} {what}: nothing is written as long as that is so, since it would be lost; put it back, or restart the server \
         on what is there now"
    )]
    Misplaced { path: PathBuf, what: &'static str },
    #[error("there is no store in {path}; run courant serve first, or name the folder with --data")]
    Absent { path: PathBuf },
    #[error(
        "the store of {path} is in {server}; name it with --store postgres://…, or with --config the configuration that does"
    )]
    OnServer { path: PathBuf, server: String },
    /// The database's server cannot be reached or refuses, or what is there cannot be used.
    #[error("the store in {server} cannot be used: {reason}")]
    Server { server: String, reason: String },
    #[error("{path} cannot be written: {reason}; check its owner, its mode and the free disk")]
    Unwritable { path: PathBuf, reason: String },
    #[error("the slug {slug} belongs to {owner} already; give one of the two folders another name")]
    SlugTaken { slug: String, owner: Id },
    #[error(
        "the id {id} belongs to another item; take it out of the newer file, check --fix writes another"
    )]
    IdTaken { id: Id },
    #[error(
        "the guid {guid} belongs to {owner} already; readers would take the two for one: take it out of one"
    )]
    GuidTaken { guid: String, owner: Id },
    #[error("the former address {path} leads to {owner} already; take it out of one of the two")]
    FormerTaken {
        path: String,
        owner: Id,
        /// Whether everybody may know who has it.
        is_public: bool,
    },
    #[error(
        "the article {id} would have {known} captions, those included that were taken back, and may have {most} in its life; \
         send captions with the ids that they have"
    )]
    TooManyCaptions { id: Id, known: usize, most: usize },
    #[error(
        "articles and captions that show the photograph {name}, or stand beside it, are more than {most}; upload the other \
         picture under a name of its own"
    )]
    ShownTooOften { name: String, most: usize },
    #[error(
        "the section {slug} has more than {most} articles, which cannot all be filed under another slug at once; make a new \
         section, or change the title alone"
    )]
    SectionTooLarge { slug: String, most: usize },
    #[error("a publication has at most {most} sections; take one away that has no articles")]
    TooManySections { most: usize },
    #[error("there is no item {id}")]
    Unknown { id: Id },
    #[error("the item {id} was killed, which is for good; publish it anew under an id of its own")]
    Killed { id: Id },
    #[error("the item {id} was withdrawn; bring it back the way it came, by its file or a PUT")]
    Withdrawn { id: Id },
    #[error(
        "the article {article} is not usable itself; release it, and its captions come with it"
    )]
    ArticleRemoved { article: Id },
    #[error("the item {id} is not public; it can be deleted, changed or published")]
    NotPublic { id: Id },
    #[error(
        "the article {id} is or was public: it cannot become a draft or wait for a time; withhold it until you release it"
    )]
    Public { id: Id },
    #[error("the item is another by now; fetch it, see what changed, and send its new ETag")]
    Changed { found: Option<Version> },
    #[error(
        "the article {id} comes from the file {path}; change it there (withhold, release, retract and kill work here, too)"
    )]
    OfFile { id: Id, path: String },
    #[error(
        "the article {id} came by the write API, and no file changes it; take the id out of the file"
    )]
    OfApi { id: Id },
    #[error(
        "{} the photograph {name}; take it out of {}, and then it can go",
        count_as(*articles, "article shows", "articles show"),
        if *articles == 1 { "it" } else { "them" }
    )]
    UploadShown { name: String, articles: usize },
    #[error("there is no section {slug}")]
    NoSection { slug: String },
    #[error("the section {slug} is declared in publication.toml; change it there")]
    SectionOfFile { slug: String },
    #[error("publication.toml says which stories lead; change the list there")]
    LeadsOfFile,
    #[error("another section has or had the slug {slug}; choose another")]
    SectionTaken { slug: String },
    #[error(
        "{} filed in the section {slug}; file {them} elsewhere or take {them} back, and then it can go",
        count_as(*articles, "article is", "articles are"),
        them = if *articles == 1 { "it" } else { "them" }
    )]
    SectionInUse { slug: String, articles: usize },
    #[error(
        "the section {slug} has articles that come from files, such as {path}; it cannot have another slug"
    )]
    FilesInSection { slug: String, path: String },
    #[error("this Idempotency-Key was used for another request; send a new one")]
    OtherRequest,
    #[error("nothing can be written: {0}; start the server again")]
    NoWriter(String),
    #[error("the server stops; what is left is brought in at the next start")]
    Stopping,
    #[error("the store failed: {0}{advice}", advice = advice(.0))]
    Database(#[from] database::Error),
    #[error("a revision in the store does not read: {0}")]
    Content(#[from] serde_json::Error),
}

fn advice(error: &database::Error) -> &'static str {
    match database::fault(error) {
        Fault::Full => "; free some disk where the data lie (--data)",
        Fault::Busy => "; another program holds the database",
        Fault::Damaged => "; restore it from a backup",
        Fault::Unwritable | Fault::Other => "",
    }
}

impl StoreError {
    /// Whether the database's server cannot be reached, which passes.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Database(error) if database::is_unreachable(error))
    }

    /// Whether the change itself is refused, so that the rest of its batch can go on; otherwise the store failed.
    pub fn is_refusal(&self) -> bool {
        !matches!(
            self,
            Self::Damaged { .. }
                | Self::Newer { .. }
                | Self::Older { .. }
                | Self::InUse { .. }
                | Self::HeldAlone { .. }
                | Self::Restoring { .. }
                | Self::Moving { .. }
                | Self::Lost { .. }
                | Self::Foreign { .. }
                | Self::Server { .. }
                | Self::Misplaced { .. }
                | Self::Absent { .. }
                | Self::OnServer { .. }
                | Self::Unwritable { .. }
                | Self::Stopping
                | Self::NoWriter(_)
                | Self::Database(_)
                | Self::Content(_)
        )
    }
}
