//! Changes that the store can apply: articles, decisions, uploads, sections, settings, each with its actor.

use serde::{Deserialize, Serialize};

use crate::item::{Article, Id, Line, Outline, html};
use crate::publication::{Lead, Section};

use super::carried_over::CarriedOver;
use super::idempotency::IdempotencyKey;
use super::origin::Origin;
use super::picture::PictureItem;
use super::received::Received;
use super::upload::Upload;
use super::version::{Expected, Version};
use super::{Removal, Scope, Settings};

/// A change that is to be applied to the store.
#[derive(Clone, Debug)]
pub enum Change {
    /// The article as it should stand; the store finds out what is new in it.
    Put(Box<Put>),
    /// A desk's decision about an item.
    Act(Box<Act>),
    /// The file that an article came from is gone.
    Withdraw(Id),
    /// A photograph that came by the write API, as it should be known.
    Upload(Box<UploadChange>),
    /// The texts of an agency's item about a picture.
    Describe(Box<PictureItemChange>),
    /// All that is due by the clock: articles that waited for their time, and rights that have ended.
    Due,
    /// The publication's settings.
    Settings(Box<Settings>),
    /// A section that the write API makes, changes or takes away.
    Section(Box<SectionChange>),
    /// The stories at the head of the front page.
    Leads(Box<LeadsChange>),
    /// The generation of rendering of the version that runs.
    Rendering(u32),
    /// The removals and positions that a restored store takes over from the one that it replaces.
    Restore(Box<CarriedOver>),
}

/// An article to be brought in line.
#[derive(Clone, Debug)]
pub struct Put {
    pub article: Article,
    pub section: String,
    pub slug: String,
    /// The file that it came from; none where it came by the write API.
    pub origin: Option<Origin>,
    pub expected: Expected,
    /// Whether it waited in the store until now, and is written as it was accepted.
    pub(super) is_from_store: bool,
    /// The time of its appearance, where that is so late that it is dated by it.
    pub(super) appeared_late_ms: Option<i64>,
    /// Whether the slug was generated, and not chosen by the writer.
    pub(super) is_slug_made: bool,
    /// The scope of the writer's token: what it may know of; none where the writer may know everything.
    pub(super) scope: Option<Scope>,
    /// The version of the item, where it came as an agency's.
    pub(super) received: Option<Received>,
    pub(super) outline: Outline,
}

/// A decision about an article with its captions, or about one caption alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    pub item: Id,
    pub action: Action,
    /// The public note about the decision.
    pub public_note: Option<Line>,
    pub expected: Expected,
    /// The section in which the caller believes it to be filed: the permission was checked for that one.
    pub section: Option<String>,
}

/// A decision about an item: to remove it, or to release a withheld one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Action {
    Remove(Removal),
    Release,
}

impl Action {
    const ALL: [Self; 6] = [
        Self::Remove(Removal::Withdrawn),
        Self::Remove(Removal::Withheld),
        Self::Remove(Removal::Retracted),
        Self::Remove(Removal::Killed),
        Self::Remove(Removal::Forbidden),
        Self::Release,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Remove(Removal::Withdrawn) => "withdraw",
            Self::Remove(Removal::Withheld) => "withhold",
            Self::Remove(Removal::Retracted) => "retract",
            Self::Remove(Removal::Killed) => "kill",
            Self::Remove(Removal::Forbidden) => "forbid",
            Self::Release => "release",
        }
    }
}

impl From<Action> for String {
    fn from(action: Action) -> Self {
        action.name().to_owned()
    }
}

impl TryFrom<String> for Action {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|action| action.name() == name);
        found.ok_or_else(|| format!("this courant does not know how to {name}"))
    }
}

/// A photograph whose bytes are kept, as it should be known.
#[derive(Clone, Debug)]
pub struct UploadChange {
    pub id: Id,
    /// The upload as it should be known, without its version, which the store finds; none where it is to be forgotten.
    pub upload: Option<Upload>,
    pub expected: Expected,
    /// The uploader's name for it, where it is new.
    pub name: Option<String>,
}

/// An item that is a picture, with the photograph and its version that the sender found to be that picture's.
#[derive(Clone, Debug)]
pub struct PictureItemChange {
    pub item: PictureItem,
    pub photograph: Option<(Id, Version)>,
}

/// A section as it should stand.
#[derive(Clone, Debug)]
pub struct SectionChange {
    /// The slug that it has at present, or is to have.
    pub slug: String,
    /// The section as it should stand; none where it is to be removed.
    pub section: Option<Section>,
    pub expected: Expected,
    /// The base URL, as the settings remember it.
    pub base_url: String,
}

/// The stories that are to stand at the head of the front page, in their order.
#[derive(Clone, Debug)]
pub struct LeadsChange {
    pub leads: Vec<Lead>,
    pub expected: Expected,
    /// The base URL, as the settings remember it.
    pub base_url: String,
}

impl Change {
    /// Whether it takes something away from readers, which does not wait behind what others write. Files that are gone are
    /// no decision: they may be thousands, and wait as files do.
    pub(super) fn takes_away(&self) -> bool {
        match self {
            Self::Act(act) => matches!(act.action, Action::Remove(_)),
            _ => false,
        }
    }

    /// Whether it takes something away for good.
    pub(super) fn kills(&self) -> bool {
        match self {
            Self::Act(act) => matches!(act.action, Action::Remove(how) if how.is_final()),
            _ => false,
        }
    }

    /// An article to be brought in line. Measures the text here, so that it is done before the writer is asked.
    pub fn put(article: Article, section: &str, slug: &str, origin: Origin) -> Self {
        Self::Put(Box::new(Put::new(article, section, slug, Some(origin))))
    }

    /// An article that came by the write API.
    pub fn write(article: Article, section: &str, slug: &str, expected: Expected) -> Self {
        let put = Put::new(article, section, slug, None);
        Self::Put(Box::new(Put { expected, ..put }))
    }

    /// An article that came by the write API with a token that may know of what waits in its sections alone. `is_made` says that the slug was made.
    pub fn write_within(
        article: Article,
        section: &str,
        (slug, is_made): (&str, bool),
        (expected, scope): (Expected, Scope),
    ) -> Self {
        let put = Put::new(article, section, slug, None);
        Self::Put(Box::new(Put {
            expected,
            is_slug_made: is_made,
            scope: Some(scope),
            ..put
        }))
    }

    /// The change as that of an article which came as an agency's item.
    pub fn received(mut self, received: Option<Received>) -> Self {
        if let Self::Put(put) = &mut self {
            put.received = received;
        }
        self
    }
}

impl Put {
    pub(super) fn new(article: Article, section: &str, slug: &str, origin: Option<Origin>) -> Self {
        let outline = html::outline(&article.body).clone();
        Self {
            article,
            section: section.to_owned(),
            slug: slug.to_owned(),
            origin,
            expected: Expected::Anything,
            is_from_store: false,
            appeared_late_ms: None,
            is_slug_made: false,
            scope: None,
            received: None,
            outline,
        }
    }
}

/// A change with its actor.
#[derive(Clone, Debug)]
pub struct Command {
    pub actor: String,
    pub change: Change,
    /// The idempotency key, where a repeated request is to be done once.
    pub idempotency_key: Option<IdempotencyKey>,
}

impl Command {
    /// Whether it takes something away from readers.
    pub fn takes_away(&self) -> bool {
        self.change.takes_away()
    }

    pub(super) fn order(&self) -> CommandRef<'_> {
        (&self.actor, &self.change, self.idempotency_key.as_ref())
    }
}

/// A borrowed command: its actor, its change, and its idempotency key.
pub(super) type CommandRef<'o> = (&'o str, &'o Change, Option<&'o IdempotencyKey>);
