//! Captions and their photographs as HTML.

use maud::{Markup, PreEscaped, html};

use crate::item::{Caption, Image, Line, Photograph, PublicNote, Rendition, summary};
use crate::resource::{BaseUrl, Resource};
use crate::store::StoredCaption;

use super::address::address;
use super::{Words, credited, gap};

/// The place where markup will stand, with the words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// In a feed, whose readers mostly remove `srcset`.
    Feed(&'static Words),
    /// On a page, where each photograph has a page of its own and terms of use are shown.
    Page(&'static Words),
}

/// The `sizes` of a photograph on an article's page, whose column and margins are in `page.css`.
const PAGE_SIZES: &str = "(max-width: 42rem) calc(100vw - 2rem), 40rem";

/// A photograph with its texts and rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    pub url: String,
    /// The file at `address`.
    pub file: Rendition,
    /// A smaller one with its address, where there is one.
    pub thumbnail: Option<(String, Rendition)>,
    pub title: String,
    pub caption: Line,
    pub credit: Option<Line>,
    pub role: String,
    pub source: Option<Line>,
    pub copyright: Option<Line>,
    pub usage_terms: Option<Line>,
}

pub fn photo(caption: &StoredCaption, base: &BaseUrl) -> Option<Photo> {
    let details = &caption.caption;
    let photograph = &details.image.as_ref()?.photograph;
    let file = photograph.display_file();
    let thumbnail = photograph.thumbnail();
    Some(Photo {
        url: address(&file, base),
        file,
        thumbnail: thumbnail.map(|thumbnail| (address(thumbnail, base), thumbnail.clone())),
        title: summary::title(&details.text),
        caption: details.text.clone(),
        credit: details.credit.clone(),
        role: details.role().to_owned(),
        source: details.source.clone(),
        copyright: details.copyright.clone(),
        usage_terms: details.usage_terms.clone(),
    })
}

/// The caption as a figure: the photograph if there is one, its text with the note to readers, credit and source.
pub fn caption_html(
    stored: &StoredCaption,
    note: Option<PublicNote<'_>>,
    base: &BaseUrl,
    place: Surface,
) -> String {
    let caption = &stored.caption;
    let image = caption.image.as_ref();
    let image = image.map(|image| PreEscaped(image_html(image, caption, base, place)));
    let page_url = base.url(&Resource::CaptionPage(stored.state.id));
    let markup = html! {
        figure {
            @match (&image, place) {
                // A link that holds a picture without words for it would have no name.
                (Some(image), Surface::Page(_)) => {
                    a href=(page_url) aria-label=[caption.alt.is_none().then_some(&*caption.text)] { (image) }
                }
                (Some(image), Surface::Feed(_)) => (image),
                (None, _) => (elsewhere(caption, place))
            }
            figcaption {
                (&*caption.text)
                @match (note, place) {
                    (Some(note), Surface::Page(words)) => { br; (words.note(note)) }
                    (Some(note), Surface::Feed(words)) => { br; (words.note_in_feed(note)) }
                    (None, _) => {}
                }
                @if let Some(credit) = credit(caption, place) { br; (credit) }
                @if let (Some(terms), Surface::Page(words)) = (&caption.usage_terms, place) {
                    br; (words.told(words.terms)) (gap(words.terms)) (&**terms)
                }
            }
        }
    };
    markup.into_string()
}

fn credit(caption: &Caption, place: Surface) -> Option<Markup> {
    match place {
        Surface::Page(words) => credited(caption, words, None),
        Surface::Feed(_) => caption.credit_line().map(|line| html! { (line) }),
    }
}

/// A picture that lies on another site. A page has a link to it instead: if pages loaded anything from another site,
/// that site would learn who reads what.
pub fn elsewhere(caption: &Caption, place: Surface) -> Markup {
    let alt = caption.alt.as_deref().unwrap_or_default();
    html! {
        @match (&caption.address, place) {
            (Some(address), Surface::Feed(_)) => { img src=(&**address) alt=(alt); }
            (Some(address), Surface::Page(_)) => {
                a href=(&**address) { @if alt.is_empty() { (&**address) } @else { (alt) } }
            }
            (None, _) => {}
        }
    }
}

/// The caption as it stands in its article.
pub fn figure_html(stored: &StoredCaption, base: &BaseUrl, place: Surface) -> String {
    caption_html(stored, stored.caption.told(), base, place)
}

/// The photograph of a caption alone.
pub fn image_html(image: &Image, caption: &Caption, base: &BaseUrl, place: Surface) -> String {
    let file = image.photograph.display_file();
    let srcset = srcset(&image.photograph, base, place);
    let on_page = matches!(place, Surface::Page(_)).then_some(());
    let markup = html! {
        img src=(address(&file, base)) srcset=[&srcset]
            sizes=[srcset.as_ref().map(|_| PAGE_SIZES)]
            alt=(caption.alt.as_deref().unwrap_or_default())
            width=(file.width) height=(file.height)
            loading=[on_page.map(|()| "lazy")] decoding=[on_page.map(|()| "async")];
    };
    markup.into_string()
}

/// The `srcset` of a photograph on a page; none in feeds, or where there is only one file.
fn srcset(photograph: &Photograph, base: &BaseUrl, place: Surface) -> Option<String> {
    if matches!(place, Surface::Feed(_)) || photograph.renditions.is_empty() {
        return None;
    }
    let sizes = photograph.sizes();
    let candidates = sizes
        .iter()
        .map(|file| format!("{} {}w", address(file, base), file.width));
    Some(candidates.collect::<Vec<_>>().join(", "))
}
