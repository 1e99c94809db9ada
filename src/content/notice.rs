//! The notices that stand in place of items that were taken away.

use crate::store::{PubStatus, Removal, State, StoredArticle};

use super::Words;

/// The notice in place of an item that was taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    title: &'static str,
    words: &'static Words,
    pub text: String,
    /// Whether the notice names the headline: that of a retraction does, others do not.
    pub names_headline: bool,
}

impl Notice {
    /// The notice for an article, or for one of its captions, by its `state`. A photograph that was retracted with its
    /// article has the article's reason, where it has none of its own.
    pub fn of(stored: &StoredArticle, state: &State, words: &'static Words) -> Self {
        let gone = |text: &str| Self {
            title: words.withdrawn,
            words,
            text: text.to_owned(),
            names_headline: false,
        };
        match state.status {
            PubStatus::Removed { how, .. } => match how {
                Removal::Retracted => Self {
                    title: words.retracted,
                    words,
                    text: Self::reason(stored, state, words),
                    names_headline: true,
                },
                Removal::Forbidden => gone(words.forbidden_text),
                Removal::Withdrawn | Removal::Withheld | Removal::Killed => {
                    gone(words.withdrawn_text)
                }
            },
            PubStatus::Usable => gone(words.withdrawn_text),
        }
    }

    fn reason(stored: &StoredArticle, state: &State, words: &'static Words) -> String {
        let is_whole = matches!(
            stored.state.status,
            PubStatus::Removed {
                how: Removal::Retracted,
                ..
            }
        );
        let of_article = stored.state.notice.as_ref().filter(|_| is_whole);
        let reason = state.notice.as_ref().or(of_article);
        reason.map_or(words.retracted_text.to_owned(), ToString::to_string)
    }

    /// The heading of the notice, with the headline of `article` if there is one.
    pub fn heading(&self, article: Option<&StoredArticle>) -> String {
        match article.filter(|_| self.names_headline) {
            Some(stored) => format!("{}: {}", self.title, &*stored.article.headline),
            None => self.title.to_owned(),
        }
    }

    /// The heading of the notice on a page: that of [`Self::heading`], with the punctuation of the language.
    pub fn heading_on_page(&self, article: Option<&StoredArticle>) -> String {
        match article.filter(|_| self.names_headline && self.words.is_full_width()) {
            Some(stored) => format!("{}：{}", self.title, &*stored.article.headline),
            None => self.heading(article),
        }
    }
}
