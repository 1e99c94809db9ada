//! The stories of the front page below its lead: the newest of all, some of each section, then the headlines of the others.

use maud::{Markup, html};

use crate::content::direction;
use crate::publication::Section;
use crate::resource::{Resource, Subject};
use crate::store::{StoredArticle, StoredCaption};

use super::Frame;
use super::story::{Detail, Listed};

/// Maximum number of stories that stand in one list without headings.
const MAX_IN_ONE_LIST: usize = 8;

/// Number of the newest stories that stand before the sections: one row on a wide screen.
const LATEST: usize = 3;

/// Maximum number of stories of a section; below the sections stand the headlines of the others.
const MAX_IN_BLOCK: usize = 4;

/// The stories of a section on the front page.
struct Block<'s, 'w> {
    section: &'s Section,
    items: Vec<Listed<'w>>,
}

/// Whether an item stands in one of the blocks.
fn is_in(blocks: &[Block<'_, '_>], (article, caption): &Listed<'_>) -> bool {
    let id = |article: &StoredArticle, caption: Option<&StoredCaption>| {
        caption.map_or(article.state.id, |caption| caption.state.id)
    };
    let wanted = id(article, *caption);
    let mut shown = blocks.iter().flat_map(|block| &block.items);
    shown.any(|(article, caption)| id(article, *caption) == wanted)
}

impl Frame<'_> {
    /// The stories below the lead, the newest first: all in one list where they are few or of one section. `leads` is the number
    /// of those that the desk put at the head, with the lead: all of them stand before the sections.
    pub(super) fn below_lead(&self, items: &[Listed<'_>], leads: usize) -> Markup {
        let first = LATEST.max(leads.saturating_sub(1)).min(items.len());
        let (latest, rest) = items.split_at(first);
        let blocks = match items.len() > MAX_IN_ONE_LIST {
            true => self.blocks(rest),
            false => Vec::new(),
        };
        if blocks.len() < 2 {
            return html! { ul.items { @for item in items { (self.line(item, Detail::Whole)) } } };
        }
        let others = rest.iter().filter(|item| !is_in(&blocks, item));
        let others: Vec<&Listed<'_>> = others.collect();
        html! {
            ul.items { @for item in latest { (self.line(item, Detail::Whole)) } }
            div.blocks { @for block in &blocks { (self.block(block)) } }
            (self.rest(&others))
        }
    }

    /// The stories by sections, in the paper's order of these.
    fn blocks<'w>(&self, items: &[Listed<'w>]) -> Vec<Block<'_, 'w>> {
        let sections = self.publication.sections.iter();
        let blocks = sections.map(|section| {
            let in_section = items.iter().copied();
            let in_section = in_section.filter(|(article, _)| article.section == *section.slug);
            Block {
                items: in_section.take(MAX_IN_BLOCK).collect(),
                section,
            }
        });
        blocks.filter(|block| !block.items.is_empty()).collect()
    }

    /// The headlines of the stories that have no room in their section's block, or whose section is no longer declared.
    /// "Older stories" goes on behind all of them.
    fn rest(&self, items: &[&Listed<'_>]) -> Markup {
        let words = self.words();
        html! {
            @if !items.is_empty() {
                section.block.rest {
                    h2 lang=(words.language) dir=(direction(words.language)) { (words.more_stories) }
                    ul.items {
                        @for item in items { (self.line(item, Detail::HeadlineInBlock)) }
                    }
                }
            }
        }
    }

    fn block(&self, Block { section, items }: &Block<'_, '_>) -> Markup {
        html! {
            section.block {
                h2 { a href=(Resource::Page(Subject::Section(section.slug.clone()))) { (&*section.title) } }
                ul.items {
                    @for (place, item) in items.iter().enumerate() {
                        (self.line(item, if place == 0 { Detail::InBlock } else { Detail::HeadlineInBlock }))
                    }
                }
            }
        }
    }

    pub(super) fn line(&self, (article, caption): &Listed<'_>, detail: Detail) -> Markup {
        match caption {
            None => self.article_line(article, detail),
            Some(caption) => self.caption_line(article, caption, detail),
        }
    }
}
