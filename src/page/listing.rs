//! Pages that list: the front page, sections, tags, people, photographs, named feeds, and the articles of a day.

use chrono::NaiveDate;
use maud::{Markup, html};

use crate::content::{day_in_words, direction, gap, heading};
use crate::item::{Id, Line};
use crate::publication::Profile;
use crate::resource::{Resource, Subject};
use crate::store::{Day, Month, StoredArticle, Window, date_of};

use super::data::{Data, Kind};
use super::embed::place_of_code;
use super::gallery::{first_picture, is_of_photographs};
use super::masthead::SectionPlace;
use super::profile::{portrait, profile_page};
use super::story::{Detail, Listed, published};
use super::{Frame, HumanPage, Page};

/// Of the articles, newest first, the one for the head of the front page where the settings name none: that of the desk's
/// choice, else one with a photograph, else the newest.
fn lead<'w>(articles: &[&'w StoredArticle]) -> Option<&'w StoredArticle> {
    let chosen = articles.iter().find(|stored| stored.article.lead);
    let pictured = || {
        articles
            .iter()
            .find(|stored| stored.lead_caption().is_some())
    };
    chosen.or_else(pictured).or(articles.first()).copied()
}

/// Takes the stories that the settings put at the head to the beginning, in that order, and gives how many there are. One
/// that is not among these is passed over.
fn put_leads_first(items: &mut Vec<Listed<'_>>, leads: &[Id]) -> usize {
    let mut count = 0;
    for lead in leads {
        let is_meant =
            |(stored, caption): &Listed<'_>| caption.is_none() && stored.state.id == *lead;
        let mut rest = items.iter().skip(count);
        if let Some(place) = rest.position(is_meant) {
            let item = items.remove(count + place);
            items.insert(count, item);
            count += 1;
        }
    }
    count
}

/// The items of a list without the article that leads.
fn without<'w>(items: &[Listed<'w>], lead: Option<&StoredArticle>) -> Vec<Listed<'w>> {
    let lead = lead.map(|lead| lead.state.id);
    let others = items.iter().copied();
    let others =
        others.filter(|(stored, caption)| caption.is_some() || Some(stored.state.id) != lead);
    others.collect()
}

impl Frame<'_> {
    /// The description of a list: a section's own, else the paper's.
    fn described(&self, subject: &Subject) -> Option<&str> {
        let section = match subject {
            Subject::Section(slug) => self.publication.section(slug),
            _ => None,
        };
        match section {
            Some(section) => section.description.as_deref(),
            None => self.publication.description.as_deref(),
        }
    }

    /// A page that lists the newest items of a selection, and its feeds. `leads` are those that the settings put at its head.
    pub fn listing(
        &self,
        subject: &Subject,
        name: Option<&Line>,
        window: &Window,
        leads: &[Id],
    ) -> HumanPage {
        let words = self.words();
        let heading = heading(self.publication, subject, name);
        let mut items = self.in_order(subject, window);
        let articles = items.iter().filter(|(_, caption)| caption.is_none());
        let articles: Vec<&StoredArticle> = articles.map(|(article, _)| *article).collect();
        let day = |moment| date_of(moment, self.publication.timezone);
        let newest = articles.first().map(|article| day(article.state.published));
        let dated = items.first().map(|item| day(published(item)));
        let profile = self.profile(subject, name);
        let description = match profile {
            Some(profile) => profile.description.as_deref(),
            None => self.described(subject),
        };
        let is_front = *subject == Subject::Publication;
        let of_photographs = is_of_photographs(self.publication, subject);
        let detail = Detail::of(subject);
        let leads = put_leads_first(&mut items, leads);
        let lead = match leads > 0 {
            true => items.first().map(|(article, _)| *article),
            false => lead(&articles).filter(|_| is_front),
        };
        let below = without(&items, lead);
        let code = match subject {
            Subject::Section(slug) => Some(place_of_code(&Resource::SectionCard(slug.clone()))),
            _ => None,
        };
        let content = html! {
            div.h-feed {
                (self.head_of_list(subject, &heading, description, profile))
                @if let Some(lead) = lead { (self.lead(lead)) }
                @if of_photographs {
                    (self.gallery(&items))
                } @else if is_front {
                    (self.below_lead(&below, leads))
                } @else {
                    ul.items { @for item in &below { (self.line(item, detail)) } }
                }
                @if items.is_empty() {
                    p lang=(words.language) dir=(direction(words.language)) { (words.nothing_yet) }
                }
            }
            // The front page's lists lead there, too.
            @if let (Some(day), false) = (newest, is_front) {
                p lang=(words.language) dir=(direction(words.language)) {
                    (words.by_day) (gap(words.by_day)) a href=(Resource::Day(day)) { (self.day_markup(day)) }
                }
            }
            @if let Some(place) = &code {
                p lang=(words.language) dir=(direction(words.language)) {
                    a href={ (Resource::Subscribe) "#" (place) } { (words.embed) }
                }
            }
            (self.older(subject, window))
            @if is_front { (self.lists(None)) }
            (self.feeds(subject, words.feeds))
        };
        let data = Data {
            canonical: None,
            kind: if profile.is_some() {
                Kind::Author
            } else {
                Kind::List
            },
            title: &heading,
            description: description
                .or(self.publication.description.as_deref())
                .unwrap_or(&heading)
                .to_owned(),
            address: self.base.url(&Resource::Page(subject.clone())),
            picture: match of_photographs {
                true => first_picture(&items),
                false => profile.and_then(portrait),
            },
            linked: profile
                .map(|of| profile_page(self, subject, of))
                .into_iter()
                .collect(),
        };
        let embed = match subject {
            Subject::Section(slug) => Some(Resource::Page(Subject::Section(slug.clone()))),
            _ => None,
        };
        self.page(Page {
            data: Some(&data),
            feeds: self.discovery(subject, name, None),
            embeds: embed.as_ref(),
            place: SectionPlace::At(subject.clone()),
            day: dated,
            is_wide: true,
            ..Page::new(&heading, &self.publication.language, content)
        })
    }

    fn head_of_list(
        &self,
        subject: &Subject,
        heading: &str,
        description: Option<&str>,
        profile: Option<&Profile>,
    ) -> Markup {
        // The paper's title stands above already.
        let is_front = *subject == Subject::Publication;
        // A section says what it is about, and the front page what the paper is.
        let shows_description = is_front || matches!(subject, Subject::Section(_));
        html! {
            header.head.p-author[profile.is_some()].h-card[profile.is_some()] {
                (self.way_to_names(subject))
                h1.p-name.unseen[is_front] { (self.heading_markup(subject, heading)) }
                @if let Some(profile) = profile { (self.about(profile)) }
                @if let (true, Some(description)) = (shows_description, description) { p.deck { (description) } }
            }
        }
    }

    /// The articles of a day, the newest first.
    pub fn day(&self, date: NaiveDate, day: &Day) -> HumanPage {
        let words = self.words();
        let heading = day_in_words(date, &self.publication.language);
        let month = Month::of_day(date);
        let link = |date: &Option<NaiveDate>, rel: &'static str, text: &'static str| {
            html! {
                @if let Some(date) = date {
                    a rel=(rel) href=(Resource::Day(*date)) { (text) (gap(text)) (self.day_markup(*date)) }
                }
            }
        };
        let content = html! {
            div.h-feed {
                header.head lang=(words.language) dir=(direction(words.language)) {
                    h1.p-name { (words.articles_of) " " (self.day_markup(date)) }
                }
                ul.items { @for article in &day.articles { (self.article_line(article, Detail::OfDay)) } }
                @if day.has_more {
                    p lang=(words.language) dir=(direction(words.language)) { (words.more_articles) }
                }
            }
            nav.days lang=(words.language) dir=(direction(words.language)) aria-label=(words.days) {
                (link(&day.before, "prev", words.earlier))
                " "
                a href=(Resource::DaysOfMonth(month)) { (self.month_markup(month)) }
                " "
                (link(&day.after, "next", words.later))
            }
        };
        let data = Data {
            canonical: None,
            kind: Kind::List,
            title: &heading,
            description: format!("{} {heading}", words.articles_of),
            address: self.base.url(&Resource::Day(date)),
            picture: None,
            linked: Vec::new(),
        };
        self.page(Page {
            data: Some(&data),
            feeds: self.discovery(&Subject::Publication, None, None),
            day: Some(date),
            is_wide: true,
            ..Page::new(&heading, &self.publication.language, content)
        })
    }

    /// The feeds of a subject at the end of its page, below words of ours.
    pub(super) fn feeds(&self, subject: &Subject, heading: &str) -> Markup {
        let words = self.words();
        html! {
            section.feeds aria-labelledby="feeds" {
                h2 id="feeds" lang=(words.language) dir=(direction(words.language)) { (heading) }
                (self.feeds_of(subject))
            }
        }
    }
}
