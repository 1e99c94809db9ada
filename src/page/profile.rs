//! The profile of an author, at the head of the author's page and as data for machines.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::item::Line;
use crate::publication::Profile;
use crate::resource::{Resource, Subject};

use super::Frame;
use super::data::Picture;

/// The beginning of a link to a mailbox.
const MAILTO: &str = "mailto:";

impl<'p> Frame<'p> {
    /// The profile of the author whose page this is; none on other pages.
    pub(super) fn profile(&self, subject: &Subject, name: Option<&Line>) -> Option<&'p Profile> {
        match subject {
            Subject::Author(_) => self.publication.profile(name?),
            _ => None,
        }
    }

    /// The author's picture, description and links, which stand below the name.
    pub(super) fn about(&self, profile: &Profile) -> Markup {
        html! {
            div.profile {
                @if let Some(image) = &profile.picture {
                    @let file = image.photograph.display_file();
                    img.u-photo src=(self.media(&file)) alt=(&*profile.name) width=(file.width) height=(file.height);
                }
                div {
                    @if let Some(description) = &profile.description { p.p-note { (&**description) } }
                    @if !profile.links.is_empty() {
                        ul.links {
                            @for link in &profile.links {
                                @let class = if is_mailbox(link) { "u-email" } else { "u-url" };
                                li { a class=(class) href=(&**link) rel="me" dir="ltr" { (without_scheme(link)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The author's picture as previews of links show it; none where there is none.
pub(super) fn portrait(profile: &Profile) -> Option<Picture> {
    let image = profile.picture.as_ref()?;
    Some(Picture::new(image.photograph.display_file(), &profile.name))
}

/// schema.org's ProfilePage of a Person.
pub(super) fn profile_page(frame: &Frame<'_>, subject: &Subject, profile: &Profile) -> Value {
    let address = frame.base.url(&Resource::Page(subject.clone()));
    let mut person = json!({"@type": "Person", "name": profile.name, "url": address});
    if let Some(description) = &profile.description {
        person["description"] = json!(description);
    }
    if let Some(image) = &profile.picture {
        person["image"] = json!(frame.media(&image.photograph.display_file()));
    }
    let (mailboxes, pages): (Vec<&Line>, Vec<&Line>) =
        profile.links.iter().partition(|link| is_mailbox(link));
    if !pages.is_empty() {
        person["sameAs"] = json!(pages);
    }
    if let Some(mailbox) = mailboxes.first() {
        person["email"] = json!(mailbox);
    }
    json!({
        "@context": "https://schema.org",
        "@type": "ProfilePage",
        "url": address,
        "mainEntity": person,
    })
}

fn is_mailbox(link: &str) -> bool {
    link.starts_with(MAILTO)
}

/// A link without its scheme, as people write addresses.
fn without_scheme(link: &str) -> &str {
    if let Some(mailbox) = link.strip_prefix(MAILTO) {
        // The query of a mail address has the subject and text of a message.
        return mailbox
            .split_once('?')
            .map_or(mailbox, |(mailbox, _)| mailbox);
    }
    let named = link
        .strip_prefix("https://")
        .or(link.strip_prefix("http://"));
    named.unwrap_or(link).trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::without_scheme;

    #[test]
    fn addresses_are_told_as_people_write_them() {
        for (link, expected) in [
            ("https://elsewhere.example/@ann", "elsewhere.example/@ann"),
            ("http://ann.example/", "ann.example"),
            (
                "mailto:ann@paper.example?subject=A%20hint",
                "ann@paper.example",
            ),
        ] {
            assert_eq!(without_scheme(link), expected);
        }
    }
}
