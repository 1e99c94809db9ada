//! The scopes of tokens: the operations and sections that a token permits.

/// The scope of a token: the operations that it allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All operations.
    Desk,
    /// Writing in these sections, and reading what is not public in them.
    Sections(Vec<String>),
    /// Reading the change log.
    Changes,
}

impl Scope {
    /// Reads `desk`, `changes` or `section:SLUG,SLUG`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "desk" => Some(Self::Desk),
            "changes" => Some(Self::Changes),
            _ => {
                let sections: Vec<String> = text
                    .strip_prefix("section:")?
                    .split(',')
                    .map(|slug| slug.trim().to_owned())
                    .collect();
                let good = sections.iter().all(|slug| crate::item::slug::is_slug(slug));
                good.then_some(Self::Sections(sections))
            }
        }
    }

    /// Whether it allows to write in a section.
    pub fn covers(&self, section: &str) -> bool {
        match self {
            Self::Desk => true,
            Self::Sections(sections) => sections.iter().any(|slug| slug == section),
            Self::Changes => false,
        }
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Desk => f.write_str("desk"),
            Self::Changes => f.write_str("changes"),
            Self::Sections(sections) => write!(f, "section:{}", sections.join(",")),
        }
    }
}
