//! Metadata in the head of a page: for search engines (schema.org as JSON-LD) and for programs that preview links (Open
//! Graph).

use maud::{Markup, PreEscaped, html};
use serde_json::{Map, Value, json};

use crate::item::{Attachment, PublicNote};
use crate::publication::Logo;
use crate::resource::{Resource, Subject};
use crate::store::{StoredArticle, StoredCaption};

use super::{Frame, preview};

/// The picture that previews of a page show.
pub(super) struct Picture {
    file: crate::item::Rendition,
    alt: String,
}

impl Picture {
    pub(super) fn new(file: crate::item::Rendition, alt: &str) -> Self {
        let alt = alt.to_owned();
        Self { file, alt }
    }
}

pub(super) enum Kind<'k> {
    List,
    /// The page of an author with the list of their work.
    Author,
    Article(&'k StoredArticle),
    Caption,
}

/// The metadata of a page, for search engines and other sites.
pub(super) struct Data<'d> {
    pub(super) kind: Kind<'d>,
    pub(super) title: &'d str,
    pub(super) description: String,
    pub(super) address: String,
    /// The URL at which the page's article was first published, if that was on another site.
    pub(super) canonical: Option<&'d str>,
    pub(super) picture: Option<Picture>,
    /// schema.org objects about the page, each written as JSON-LD.
    pub(super) linked: Vec<Value>,
}

/// The picture of an article, or of one of its captions.
pub(super) fn picture(stored: &StoredArticle, of: Option<&StoredCaption>) -> Option<Picture> {
    let caption = of.or_else(|| stored.lead_caption())?;
    let image = caption.caption.image.as_ref()?;
    let alt = caption
        .caption
        .alt
        .as_ref()
        .unwrap_or(&caption.caption.text);
    Some(Picture {
        file: image.photograph.display_file(),
        alt: alt.to_string(),
    })
}

impl Data<'_> {
    pub(super) fn head(&self, frame: &Frame<'_>) -> Markup {
        let kind = match self.kind {
            Kind::Article(_) => "article",
            Kind::Author => "profile",
            Kind::List | Kind::Caption => "website",
        };
        // Search engines and counters of shares are to know one story by one address.
        let canonical = self.canonical.unwrap_or(&self.address);
        let language = match self.kind {
            Kind::Article(stored) => stored.article.language.as_ref(),
            _ => None,
        };
        let locale = locale(language.unwrap_or(&frame.publication.language));
        // The picture of a person is none to fill a preview, and neither is one that says nothing of the page.
        let card = match (&self.picture, &self.kind) {
            (Some(_), Kind::List | Kind::Article(_) | Kind::Caption) => "summary_large_image",
            _ => "summary",
        };
        html! {
            meta name="description" content=(self.description);
            link rel="canonical" href=(canonical);
            meta property="og:site_name" content=(&*frame.publication.title);
            meta property="og:type" content=(kind);
            meta property="og:title" content=(self.title);
            meta property="og:description" content=(self.description);
            meta property="og:url" content=(canonical);
            @if let Some(locale) = locale { meta property="og:locale" content=(locale); }
            @if let Some(picture) = &self.picture {
                meta property="og:image" content=(frame.media(&picture.file));
                meta property="og:image:type" content=(picture.file.kind.media_type());
                meta property="og:image:width" content=(picture.file.width);
                meta property="og:image:height" content=(picture.file.height);
                meta property="og:image:alt" content=(picture.alt);
            } @else if let Some(logo) = logo(frame) {
                meta property="og:image" content=(logo);
            } @else {
                meta property="og:image" content=(frame.base.at(&preview::address(frame.publication)));
                meta property="og:image:type" content=(preview::PREVIEW_TYPE);
                meta property="og:image:width" content=(preview::WIDTH);
                meta property="og:image:height" content=(preview::HEIGHT);
                meta property="og:image:alt" content=(&*frame.publication.title);
            }
            meta name="twitter:card" content=(card);
            @if let Kind::Article(stored) = self.kind {
                meta property="article:published_time" content=(stored.state.published.to_rfc3339());
                meta property="article:modified_time" content=(stored.state.updated.to_rfc3339());
                @for tag in &stored.tags { meta property="article:tag" content=(&*tag.name); }
            }
            @for linked in &self.linked {
                script type="application/ld+json" { (PreEscaped(in_script(linked))) }
            }
        }
    }
}

/// The URL of the paper's logo, for other sites; none where it has no logo.
fn logo(frame: &Frame<'_>) -> Option<String> {
    Some(match frame.publication.logo.as_ref()? {
        Logo::Photograph { photograph, .. } => frame.media(&photograph.display_file()),
        Logo::Address(address) => address.to_string(),
    })
}

/// Countries whose way of writing a language Open Graph takes where the tag names none.
const COUNTRIES: [(&str, &str); 24] = [
    ("ar", "AR"),
    ("cs", "CZ"),
    ("da", "DK"),
    ("de", "DE"),
    ("el", "GR"),
    ("en", "US"),
    ("es", "ES"),
    ("fa", "IR"),
    ("fi", "FI"),
    ("fr", "FR"),
    ("he", "IL"),
    ("hi", "IN"),
    ("id", "ID"),
    ("it", "IT"),
    ("ja", "JP"),
    ("ko", "KR"),
    ("nl", "NL"),
    ("pl", "PL"),
    ("pt", "PT"),
    ("ru", "RU"),
    ("sv", "SE"),
    ("tr", "TR"),
    ("uk", "UA"),
    ("vi", "VN"),
];

/// A language tag as Open Graph spells it: the language and a country.
fn locale(tag: &str) -> Option<String> {
    let mut subtags = tag.split('-');
    let language = subtags.next()?.to_ascii_lowercase();
    let rest: Vec<&str> = subtags.collect();
    let is_region =
        |subtag: &&&str| subtag.len() == 2 && subtag.bytes().all(|byte| byte.is_ascii_alphabetic());
    let region = rest
        .iter()
        .find(is_region)
        .map(|region| region.to_ascii_uppercase());
    let is_traditional = rest
        .iter()
        .any(|subtag| subtag.eq_ignore_ascii_case("hant"));
    let usual = || match (&*language, is_traditional) {
        ("zh", true) => Some("TW"),
        ("zh", false) => Some("CN"),
        (other, _) => COUNTRIES
            .iter()
            .find(|(of, _)| *of == other)
            .map(|(_, country)| *country),
    };
    let country = region.or_else(|| usual().map(str::to_owned))?;
    Some(format!("{language}_{country}"))
}

/// The JSON with `<` escaped, so that no HTML parser sees the end of the script element in it.
fn in_script(value: &Value) -> String {
    value
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

/// An article as schema.org's NewsArticle.
pub(super) fn article(frame: &Frame<'_>, stored: &StoredArticle) -> Value {
    let article = &stored.article;
    let page = Resource::Page(Subject::Article(stored.slug.clone()));
    let address = frame.base.url(&page);
    let authors = stored.authors.iter().map(|author| {
        let page = Resource::Page(Subject::Author(author.slug.clone()));
        json!({"@type": "Person", "name": author.name, "url": frame.base.url(&page)})
    });
    let mut authors: Vec<Value> = authors.collect();
    if authors.is_empty() {
        // Search engines require an author: without one the paper is it.
        let front = frame.base.url(&Resource::Page(Subject::Publication));
        let name = &frame.publication.title;
        authors.push(json!({"@type": "Organization", "name": name, "url": front}));
    }
    let images = stored.usable_captions();
    let images: Vec<Value> = images.filter_map(|caption| image(frame, caption)).collect();
    let mut object = json!({
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "@id": stored.state.id,
        "url": address,
        "mainEntityOfPage": address,
        "headline": article.headline,
        "datePublished": stored.state.published.to_rfc3339(),
        "dateModified": stored.state.updated.to_rfc3339(),
        "inLanguage": article.language.as_ref().unwrap_or(&frame.publication.language),
        "author": authors,
        "publisher": publisher(frame),
        "isAccessibleForFree": true,
    });
    if let Value::Object(object) = &mut object {
        put(object, "alternativeHeadline", article.kicker.as_ref());
        put(object, "description", article.deck.as_ref());
        put(object, "copyrightNotice", article.rights.as_ref());
        put(object, "isBasedOn", article.canonical.as_ref());
        let section = frame.publication.section(&stored.section);
        put(
            object,
            "articleSection",
            section.map(|section| &section.title),
        );
        if let Some(note) = correction(article.told()) {
            object.insert("correction".to_owned(), note);
        }
        if !stored.tags.is_empty() {
            let tags: Vec<&str> = stored.tags.iter().map(|tag| &*tag.name).collect();
            object.insert("keywords".to_owned(), json!(tags));
        }
        if !images.is_empty() {
            object.insert("image".to_owned(), json!(images));
        }
        for (key, is_film) in [("audio", false), ("video", true)] {
            let played = article.attachments.iter();
            let played = played.filter(|attachment| attachment.is_film() == is_film);
            let played = played.map(|attachment| frame.base.attached(attachment));
            let played: Vec<Value> = played
                .map(|attachment| media(stored, &attachment))
                .collect();
            if !played.is_empty() {
                object.insert(key.to_owned(), json!(played));
            }
        }
    }
    object
}

/// The paper as schema.org's NewsMediaOrganization.
fn publisher(frame: &Frame<'_>) -> Value {
    let mut object = json!({
        "@type": "NewsMediaOrganization",
        "name": frame.publication.title,
        "url": frame.base.url(&Resource::Page(Subject::Publication)),
    });
    if let Some(logo) = logo(frame) {
        object["logo"] = json!({"@type": "ImageObject", "url": logo});
    }
    object
}

/// An attachment as schema.org's AudioObject or VideoObject.
fn media(stored: &StoredArticle, attachment: &Attachment) -> Value {
    let kind = if attachment.is_film() {
        "VideoObject"
    } else {
        "AudioObject"
    };
    let mut object = json!({
        "@type": kind,
        "contentUrl": attachment.url,
        "encodingFormat": attachment.media_type,
        "name": attachment.title.as_ref().unwrap_or(&stored.article.headline),
        "uploadDate": stored.state.published.to_rfc3339(),
    });
    if let Value::Object(object) = &mut object {
        let duration = attachment.seconds.map(|seconds| format!("PT{seconds}S"));
        put(object, "duration", duration);
        put(
            object,
            "contentSize",
            attachment.bytes.map(|bytes| bytes.to_string()),
        );
        put(object, "creditText", attachment.credit.as_ref());
    }
    object
}

/// The photograph of a caption as schema.org's ImageObject; none where the caption has no photograph here.
pub(super) fn image(frame: &Frame<'_>, caption: &StoredCaption) -> Option<Value> {
    let details = &caption.caption;
    let photograph = &details.image.as_ref()?.photograph;
    let file = photograph.display_file();
    let mut object = json!({
        "@context": "https://schema.org",
        "@type": "ImageObject",
        "@id": caption.state.id,
        "url": frame.media(&file),
        "contentUrl": frame.media(&file),
        "width": file.width,
        "height": file.height,
        "encodingFormat": file.kind.media_type(),
        "caption": details.text,
        "acquireLicensePage": frame.base.url(&Resource::CaptionPage(caption.state.id)),
    });
    if let Value::Object(object) = &mut object {
        put(object, "creditText", details.credit_line().as_ref());
        // The photograph's own holder: the paper's notice would claim what is others'.
        put(object, "copyrightNotice", details.copyright.as_ref());
        let license = details.usage_terms.as_ref();
        let license = license.map(|terms| json!({"@type": "CreativeWork", "text": terms}));
        put(object, "license", license);
        let source = details.source.as_ref();
        let source = source.map(|name| json!({"@type": "Organization", "name": name}));
        put(object, "sourceOrganization", source);
        if let Some(note) = correction(details.told()) {
            object.insert("correction".to_owned(), note);
        }
        if let Some(credit) = &details.credit {
            let creator = json!({"@type": "Person", "name": credit});
            object.insert("creator".to_owned(), creator);
        }
    }
    Some(object)
}

/// A public note as schema.org's CorrectionComment, if it corrects something. Its date is left out: the item's own may be
/// that of a later update or release.
fn correction(note: Option<PublicNote<'_>>) -> Option<Value> {
    let note = note.filter(|note| note.kind.mends())?;
    Some(json!({"@type": "CorrectionComment", "text": note.text}))
}

fn put<T: serde::Serialize>(object: &mut Map<String, Value>, key: &str, value: Option<T>) {
    if let Some(value) = value {
        object.insert(key.to_owned(), json!(value));
    }
}

#[cfg(test)]
mod tests {
    use super::locale;

    #[test]
    fn languages_are_spelled_with_a_country() {
        for (tag, expected) in [
            ("en", Some("en_US")),
            ("en-IE", Some("en_IE")),
            ("zh-Hans", Some("zh_CN")),
            ("zh-Hant", Some("zh_TW")),
            ("zh-Hant-HK", Some("zh_HK")),
            ("de-CH-1901", Some("de_CH")),
            ("tlh", None),
        ] {
            assert_eq!(locale(tag).as_deref(), expected, "{tag}");
        }
    }
}
