//! The names of feeds and pages.

use crate::item::Line;
use crate::publication::Publication;
use crate::resource::Subject;

use super::Words;

/// The name of a feed or page, distinct from all others of the publication.
pub fn title(publication: &Publication, subject: &Subject, name: Option<&Line>) -> String {
    let heading = heading(publication, subject, name);
    match subject {
        Subject::Publication => heading,
        Subject::Tag(_) | Subject::Author(_) | Subject::Article(_) if name.is_none() => heading,
        _ => format!("{heading} – {}", &*publication.title),
    }
}

/// The name of a feed or page without the paper's title, for places where that stands already.
pub fn heading(publication: &Publication, subject: &Subject, name: Option<&Line>) -> String {
    let name_or_slug = |slug: &String| name.map_or_else(|| slug.clone(), ToString::to_string);
    match subject {
        Subject::Publication => publication.title.to_string(),
        Subject::Section(slug) => {
            let section = publication.section(slug);
            section.map_or_else(|| name_or_slug(slug), |section| section.title.to_string())
        }
        // Without a name it must stay secret, and the slug would reveal it.
        Subject::Tag(_) | Subject::Author(_) | Subject::Article(_) => {
            name.map_or_else(|| publication.title.to_string(), ToString::to_string)
        }
        Subject::Captions => Words::of(&publication.language).photographs.to_owned(),
        Subject::Named(name) => {
            let query = publication.query(name);
            query.map_or_else(|| name_or_slug(name), |query| query.title.to_string())
        }
    }
}
