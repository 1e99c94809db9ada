//! The articles that somebody who misspelled a name may have meant.

use std::cmp::Reverse;

use crate::item::{Line, slug};
use crate::store::NamedArticle;

/// Maximum number of articles that are offered.
const MAX_OFFERED: usize = 5;

/// Minimum likeness of a name that is offered, in tenths.
const MIN_LIKENESS: u8 = 5;

/// A name that is longer is no name; of a headline no more is compared.
const MAX_CHARS: usize = 200;

/// Those of `articles`, which are sorted from the newest, that are most like `name`; the newest first among equals.
pub(super) fn near<'a>(name: &str, articles: &'a [NamedArticle]) -> Vec<&'a NamedArticle> {
    let searched = SearchedName::of(name);
    let scored = articles.iter().map(|article| {
        (
            searched.alike(&article.slug, article.headline.as_ref()),
            article,
        )
    });
    let mut scored: Vec<_> = scored.filter(|(alike, _)| *alike >= MIN_LIKENESS).collect();
    // The sort is stable: what is newer stays before its equals.
    scored.sort_by_key(|(alike, _)| Reverse(*alike));
    scored.truncate(MAX_OFFERED);
    scored.into_iter().map(|(_, article)| article).collect()
}

/// A name that was searched for, prepared for comparison.
struct SearchedName {
    text: String,
    slug: String,
    words: Vec<String>,
}

fn lower(text: &str) -> String {
    text.chars()
        .take(MAX_CHARS)
        .flat_map(char::to_lowercase)
        .collect()
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    // A letter alone says little; a number may be what tells one story from another.
    let words = words.filter(|word| word.chars().count() > 1 || word.parse::<u8>().is_ok());
    words.map(str::to_owned).collect()
}

impl SearchedName {
    fn of(name: &str) -> Self {
        // Of an address its last name says the most.
        let name = name.trim_end_matches('/');
        let name = name.rsplit('/').next().unwrap_or(name);
        let text = lower(name);
        Self {
            slug: slug::slug(&text),
            words: words(&text),
            text,
        }
    }

    /// The likeness to an article's slug or headline, the greater of the two, from 0 to 10.
    fn alike(&self, slug: &str, headline: Option<&Line>) -> u8 {
        let mut alike = tenths(&self.slug, slug).max(self.in_words(&words(slug)));
        if let Some(headline) = headline {
            let headline = lower(headline);
            // Scripts without spaces have no words to compare.
            if self.text.chars().count() > 1 && headline.contains(&self.text) {
                return 9.max(alike);
            }
            alike = alike
                .max(tenths(&self.text, &headline))
                .max(self.in_words(&words(&headline)));
        }
        alike
    }

    /// The share of the searched words that are among `others`, slips allowed, from 0 for none to 9 for all.
    fn in_words(&self, others: &[String]) -> u8 {
        let is_there = |word: &&String| {
            others.iter().any(|other| {
                let begins = word.chars().count() > 2 && other.starts_with(word.as_str());
                begins || tenths(word, other) >= 8
            })
        };
        let found = self.words.iter().filter(is_there).count();
        let share = (found * 9).checked_div(self.words.len()).unwrap_or(0);
        u8::try_from(share).unwrap_or(0)
    }
}

fn tenths(one: &str, other: &str) -> u8 {
    let (short, long) = (one.len().min(other.len()), one.len().max(other.len()));
    // Too unlike in length to be alike otherwise.
    if short * 2 < long {
        return 0;
    }
    let longest = one.chars().count().max(other.chars().count());
    let apart = strsim::osa_distance(one, other).min(longest);
    let tenths = ((longest - apart) * 10).checked_div(longest).unwrap_or(10);
    u8::try_from(tenths).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::near;
    use crate::item::{Id, Line};
    use crate::store::NamedArticle;

    fn articles(named: &[(&str, &str)]) -> Vec<NamedArticle> {
        let articles = named
            .iter()
            .zip(0..)
            .map(|((slug, headline), hours)| NamedArticle {
                id: Id::default(),
                section: "city".to_owned(),
                slug: (*slug).to_owned(),
                published: DateTime::UNIX_EPOCH - TimeDelta::hours(hours),
                headline: Line::parse(headline),
            });
        articles.collect()
    }

    fn found(name: &str, named: &[(&str, &str)]) -> Vec<String> {
        let articles = articles(named);
        let near = near(name, &articles);
        near.iter().map(|article| article.slug.clone()).collect()
    }

    #[test]
    fn names_with_a_slip_words_and_parts_of_headlines_are_near() {
        let named = [
            ("tram-line-four", "Tram line four opens"),
            ("north-quay-crane-stays", "The north quay crane stays"),
            ("gangkou-zaoshi", "港口早市今晨重开"),
        ];
        assert_eq!(found("tram-lin-fuor", &named), ["tram-line-four"]);
        assert_eq!(found("crane", &named), ["north-quay-crane-stays"]);
        assert_eq!(found("The Crane Stays", &named), ["north-quay-crane-stays"]);
        assert_eq!(found("早市", &named), ["gangkou-zaoshi"]);
        let address = "https://x.example/2024/03/tram-line-five/";
        assert_eq!(found(address, &named), ["tram-line-four"]);
        assert!(found("elephants", &named).is_empty());
        assert!(found("", &named).is_empty());
    }

    #[test]
    fn at_most_five_are_offered_the_newest_first_among_equals() {
        let named = [
            ("fog-1", ""),
            ("fog-2", ""),
            ("fog-3", ""),
            ("fog-4", ""),
            ("fog-5", ""),
            ("fog-6", ""),
            ("fog-77", "The fog-7 of May"),
        ];
        assert_eq!(
            found("fog-7", &named),
            ["fog-77", "fog-1", "fog-2", "fog-3", "fog-4"]
        );
    }
}
