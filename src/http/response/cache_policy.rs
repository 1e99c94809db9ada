//! The time for which caches may keep a response, by the kind of document.

/// The policy for how long caches may keep a response. All values are constants: an age that counted down to the next
/// scheduled change would reveal its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CachePolicy {
    Live,
    /// Cards on other sites' pages: browsers ask each time, so that a card shows a correction at once.
    Card,
    /// A closed segment: its membership is fixed, but a story can be taken out of it.
    Archive,
    Media,
    Style,
    /// The script that other sites load, which is to follow a new version within the hour.
    Script,
    /// Permanent redirects (301) and what is gone for good (410).
    Lasting,
    /// Addresses where nothing is (404).
    Absent,
}

impl CachePolicy {
    pub(crate) fn cache_control(self) -> &'static str {
        match self {
            Self::Live => "max-age=300, stale-while-revalidate=60, stale-if-error=86400",
            Self::Archive | Self::Script => "max-age=3600, stale-if-error=604800",
            Self::Media | Self::Style => "max-age=86400, stale-if-error=604800",
            Self::Card => "no-cache",
            Self::Lasting => "max-age=86400",
            Self::Absent => "max-age=60",
        }
    }

    /// The policy for the notice that takes the place of such a document once it is gone.
    pub(crate) fn of_gone(self) -> Self {
        match self {
            Self::Card => Self::Card,
            _ => Self::Lasting,
        }
    }

    /// Caches in front that are not told of changes ask again every minute.
    pub(crate) fn cdn_cache_control(self, purged: bool) -> &'static str {
        match (self, purged) {
            (Self::Live | Self::Card, true) => {
                "max-age=86400, stale-while-revalidate=60, stale-if-error=604800"
            }
            (Self::Archive, true) => "max-age=2592000",
            (Self::Live | Self::Card | Self::Archive | Self::Lasting, false) => "max-age=60",
            (Self::Media | Self::Style | Self::Script | Self::Lasting | Self::Absent, _) => {
                self.cache_control()
            }
        }
    }
}
