//! The stories of the front page below its lead: the newest of all, then the others by sections.

use maud::{Markup, html};

use crate::publication::Section;
use crate::resource::{Resource, Subject};

use super::Frame;
use super::story::{Detail, Listed};

/// Maximum number of stories that stand in one list without headings.
const MAX_IN_ONE_LIST: usize = 8;

/// Number of the newest stories that stand before the sections, a row where there is room.
const LATEST: usize = 3;

/// Maximum number of stories of a section; its page has the others.
const MAX_IN_BLOCK: usize = 4;

/// The stories of a section on the front page.
struct Block<'s, 'w> {
    section: &'s Section,
    items: Vec<Listed<'w>>,
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
        // Their section is declared no more, and has no page.
        let others = rest
            .iter()
            .filter(|(article, _)| self.publication.section(&article.section).is_none());
        let others: Vec<&Listed<'_>> = others.collect();
        if blocks.len() < 2 {
            return html! { ul.items { @for item in items { (self.line(item, Detail::Whole)) } } };
        }
        html! {
            ul.items { @for item in latest { (self.line(item, Detail::Whole)) } }
            div.blocks { @for block in &blocks { (self.block(block)) } }
            @if !others.is_empty() {
                ul.items { @for item in others { (self.line(item, Detail::Whole)) } }
            }
        }
    }

    /// The stories by sections, in the paper's order of these.
    fn blocks<'w>(&self, items: &[Listed<'w>]) -> Vec<Block<'_, 'w>> {
        let sections = self.publication.sections.iter();
        let blocks = sections.map(|section| {
            let own = items.iter().copied();
            let own = own.filter(|(article, _)| article.section == *section.slug);
            Block {
                items: own.take(MAX_IN_BLOCK).collect(),
                section,
            }
        });
        blocks.filter(|block| !block.items.is_empty()).collect()
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
            Some(caption) => self.caption_line(article, caption),
        }
    }
}
