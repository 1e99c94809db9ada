//! The paper itself: its title, language and sections, and which items each selection takes.

mod colour;
mod format;
mod leads;
mod picture;
mod profile;
mod query;
mod retired;
mod sections;
mod selection;

use chrono::Datelike;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::item::{
    Complaint, Draft, Id, Image, Line, Moment, Photograph, Reader, file, html::Url, is_refused,
    slug::is_slug,
};

use picture::picture_beside;

pub use colour::Colour;
pub use format::Format;
pub use leads::{Lead, LeadName, leads_of};
pub use profile::Profile;
pub use query::{Query, Terms, Traits};
pub use retired::Retired;
pub use sections::Sections;
pub use selection::{Kind, NameKind, Selection};

/// Maximum number of sections. All of them stand in one record, which every change of one writes anew.
pub const MAX_SECTIONS: usize = 10_000;

/// Maximum number of former slugs of a section.
pub const MAX_FORMER: usize = 100;

/// Maximum number of named queries (`[[feeds]]`): every write of an article looks at each.
const MAX_FEEDS: usize = 500;

/// Maximum number of named queries that take captions: every caption is filed in each.
const MAX_CAPTION_FEEDS: usize = 20;

/// Maximum number of retired feeds.
pub const MAX_RETIRED: usize = 10_000;

/// The settings of a publication, from `publication.toml` and the write API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Publication {
    /// The publication's id; none where the file gives none, for which the store keeps one.
    pub id: Option<Id>,
    pub title: Line,
    pub language: Line,
    pub timezone: Tz,
    pub description: Option<Line>,
    pub rights: Option<Line>,
    pub logo: Option<Logo>,
    /// The logo for a dark background.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_dark: Option<Image>,
    /// The colour of lines and marks on the pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<Colour>,
    /// Which kinds of items stand in the feed of the whole publication.
    pub main_feed: Vec<Kind>,
    /// The stories at the head of its front page, in the desk's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leads: Vec<Lead>,
    /// The stories that the write API puts at the head of the front page; they count where the file names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leads_by_api: Vec<Lead>,
    /// The sites that may show its cards; all where none is named.
    #[serde(default)]
    pub embed_hosts: Vec<Line>,
    pub sections: Sections,
    /// The profiles of its authors, as `[[authors]]` gives them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<Profile>,
    /// The named queries, each with a feed of its own.
    #[serde(default)]
    pub feeds: Vec<Query>,
    /// Feeds that are gone for good.
    #[serde(default)]
    pub retired: Vec<Retired>,
}

/// A section of the paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    pub slug: String,
    pub title: Line,
    /// The description of the section, for its page and for links to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Line>,
    /// Slugs that it had before, oldest first; they lead to the present one for ever.
    pub former: Vec<String>,
    /// When its feed will end, if that is known (RFC 8594).
    #[serde(default)]
    pub sunset: Option<Moment>,
    /// Whether it was created by the write API, and does not stand in `publication.toml`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_api: bool,
}

impl Section {
    /// The slug that the section's feed was first known by, from which its id follows.
    pub fn first_slug(&self) -> &str {
        self.former.first().unwrap_or(&self.slug)
    }
}

/// The paper's logo: a picture beside `publication.toml`, or an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Logo {
    Photograph {
        name: String,
        photograph: Photograph,
    },
    Address(Line),
}

/// The result of parsing a `publication.toml`.
#[derive(Debug)]
pub struct ParsedPublication {
    pub publication: Option<Publication>,
    pub complaints: Vec<Complaint>,
}

impl Publication {
    /// The publication of a store that has no settings yet.
    pub fn unnamed() -> Self {
        let line = |text: &str| Line::parse(text).unwrap_or_else(|| unreachable!("not blank"));
        Self {
            id: None,
            title: line("Courant"),
            language: line("en"),
            timezone: Tz::UTC,
            description: None,
            rights: None,
            logo: None,
            logo_dark: None,
            accent: None,
            main_feed: vec![Kind::Article],
            leads: Vec::new(),
            leads_by_api: Vec::new(),
            embed_hosts: Vec::new(),
            sections: Sections::default(),
            profiles: Vec::new(),
            feeds: Vec::new(),
            retired: Vec::new(),
        }
    }

    /// The stories that lead: those of the file, or those given by the API where the file names none.
    pub fn leading(&self) -> &[Lead] {
        match self.leads.is_empty() {
            true => &self.leads_by_api,
            false => &self.leads,
        }
    }

    pub fn section(&self, slug: &str) -> Option<&Section> {
        self.sections.find(slug)
    }

    /// The section that once had this slug.
    pub fn section_formerly(&self, slug: &str) -> Option<&Section> {
        self.sections.find_former(slug)
    }

    /// The logos that are pictures beside `publication.toml`: the one that all see, and that for a dark ground.
    pub fn logos(&self) -> impl Iterator<Item = (&str, &Photograph)> {
        let light = match &self.logo {
            Some(Logo::Photograph { name, photograph }) => Some((name.as_str(), photograph)),
            Some(Logo::Address(_)) | None => None,
        };
        let dark = self.logo_dark.iter();
        let dark = dark.map(|image| (image.name.as_str(), &image.photograph));
        light.into_iter().chain(dark)
    }

    /// Whether the photograph of that hash is one of its logos.
    pub fn has_as_logo(&self, hash: &str) -> bool {
        self.logos().any(|(_, photograph)| photograph.hash == hash)
    }

    /// The profile of the author of that name, if there is one.
    pub fn profile(&self, name: &Line) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.name == *name)
    }

    /// The pictures of its authors, which lie beside `publication.toml`.
    pub fn portraits(&self) -> impl Iterator<Item = (&str, &Photograph)> {
        let pictures = self.profiles.iter().flat_map(|profile| &profile.picture);
        pictures.map(|image| (image.name.as_str(), &image.photograph))
    }

    /// Whether the photograph of that hash shows one of its authors.
    pub fn has_as_portrait(&self, hash: &str) -> bool {
        self.portraits()
            .any(|(_, photograph)| photograph.hash == hash)
    }

    /// All pictures that lie beside `publication.toml`: logos, and authors.
    pub fn pictures(&self) -> impl Iterator<Item = (&str, &Photograph)> {
        self.logos().chain(self.portraits())
    }

    /// Whether the photograph of that hash is a logo or an author's picture.
    pub fn has_picture(&self, hash: &str) -> bool {
        self.has_as_logo(hash) || self.has_as_portrait(hash)
    }

    /// The named query.
    pub fn query(&self, name: &str) -> Option<&Query> {
        self.feeds.iter().find(|query| query.name == name)
    }

    /// When the feed of `selection` will end, if that is known.
    pub fn sunset(&self, selection: &Selection) -> Option<Moment> {
        match selection {
            Selection::Section(slug) => self.section(slug)?.sunset,
            Selection::Named(name) => self.query(name)?.sunset,
            Selection::Archive(of, _) => self.sunset(of),
            _ => None,
        }
    }

    /// The feeds that will end, and when.
    pub fn sunsets(&self) -> impl Iterator<Item = (Selection, Moment)> {
        let sections = self.sections.iter().map(|section| {
            let selection = Selection::Section(section.slug.clone());
            (selection, section.sunset)
        });
        let queries = self.feeds.iter().map(|query| {
            let selection = Selection::Named(query.name.clone());
            (selection, query.sunset)
        });
        let all = sections.chain(queries);
        all.filter_map(|(selection, sunset)| Some((selection, sunset?)))
    }

    /// The publication's id; the store gives one to a publication that came without.
    pub fn id(&self) -> Id {
        self.id.unwrap_or_default()
    }
}

/// Reads `publication.toml`; never panics, whatever the bytes.
pub fn parse(bytes: &[u8], photographs: &file::FindPhotograph<'_>) -> ParsedPublication {
    let mut complaints = Vec::new();
    let publication = read(bytes, photographs, &mut complaints);
    ParsedPublication {
        publication: publication.filter(|_| !is_refused(&complaints)),
        complaints,
    }
}

fn read(
    bytes: &[u8],
    photographs: &file::FindPhotograph<'_>,
    complaints: &mut Vec<Complaint>,
) -> Option<Publication> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        complaints.push(Complaint::refused(
            None,
            "UTF-8",
            "bytes that are not",
            "save the file as UTF-8",
        ));
        return None;
    };
    let draft = match Draft::from_toml(text.trim_start_matches('\u{feff}'), 1) {
        Ok(draft) => draft,
        Err(complaint) => {
            complaints.push(complaint);
            return None;
        }
    };
    let mut reader = Reader::new(draft, complaints);
    let id = reader.id("id");
    let title = reader.required_text("title", "give the publication its name");
    let had_language = reader.required_text("language", "say it as BCP 47, such as zh-Hans");
    let language = had_language.and_then(|_| file::language(&mut reader, "language"));
    let timezone = timezone(&mut reader);
    let description = reader.text("description");
    let rights = reader.text("rights");
    let logo = logo(&mut reader, photographs);
    let logo_dark = picture_beside(&mut reader, "logo_dark", photographs);
    let accent = accent(&mut reader);
    let main_feed = match kinds(&mut reader, "main_feed") {
        none if none.is_empty() => vec![Kind::Article],
        kinds => kinds,
    };
    let leads = leads_of(&mut reader);
    let embed_hosts = embed_hosts(&mut reader);
    let sections = reader.tables_up_to("sections", MAX_SECTIONS);
    let authors = reader.tables_up_to("authors", profile::MAX_PROFILES);
    let feeds = reader.tables_up_to("feeds", MAX_FEEDS);
    let retired = reader.tables_up_to("retired", MAX_RETIRED);
    reader.finish();
    let sections = sections_of(sections, complaints);
    let profiles = profile::profiles_of(authors, photographs, complaints);
    let feeds = query::queries_of(feeds, &sections, complaints);
    let is_present = |selection: &Selection| match selection {
        Selection::Section(slug) => {
            sections.find(slug).is_some() || sections.find_former(slug).is_some()
        }
        Selection::Named(name) => feeds.iter().any(|query| query.name == *name),
        _ => false,
    };
    let retired = retired::retired_of(retired, is_present, complaints);
    Some(Publication {
        id,
        title: title?,
        language: language?,
        timezone: timezone?,
        description,
        rights,
        logo,
        logo_dark,
        accent,
        main_feed,
        leads,
        leads_by_api: Vec::new(),
        embed_hosts,
        sections,
        profiles,
        feeds,
        retired,
    })
}

/// The settings `source`, which name no id, with one.
pub fn with_id(source: &str, id: Id) -> String {
    let (mark, rest) = match source.strip_prefix('\u{feff}') {
        Some(rest) => ("\u{feff}", rest),
        None => ("", source),
    };
    format!("{mark}id = \"{id}\"\n{rest}")
}

fn timezone(reader: &mut Reader<'_>) -> Option<Tz> {
    let Some(name) = reader.text("timezone") else {
        return Some(Tz::UTC);
    };
    let zone = name.parse().ok();
    if zone.is_none() {
        let line = reader.line_of("timezone");
        reader.complain(Complaint::refused(
            line,
            "timezone to be a name of the IANA database, such as Asia/Shanghai",
            format!("{:?}", &*name),
            "correct the name",
        ));
    }
    zone
}

fn logo(reader: &mut Reader<'_>, photographs: &file::FindPhotograph<'_>) -> Option<Logo> {
    let name = reader.text("logo")?;
    if name.starts_with("https://") || name.starts_with("http://") {
        // As it is spelled in links, which are ASCII: readers fetch it as it stands.
        let address = Url::parse(&name).ok();
        if address.is_none() {
            let advice = "correct the address".to_owned();
            complain_of_logo(reader, format!("{:?}", &*name), advice);
        }
        return address.and_then(|url| Line::parse(url.as_str()).map(Logo::Address));
    }
    match photographs(&name) {
        Ok(photograph) => Some(Logo::Photograph {
            name: name.to_string(),
            photograph,
        }),
        Err(error) => {
            complain_of_logo(reader, error.to_string(), error.advice());
            None
        }
    }
}

fn complain_of_logo(reader: &mut Reader<'_>, found: String, advice: String) {
    let line = reader.line_of("logo");
    let expected = "logo to be a picture beside publication.toml, or an address";
    reader.complain(Complaint::refused(line, expected, found, advice));
}

fn accent(reader: &mut Reader<'_>) -> Option<Colour> {
    let text = reader.text("accent")?;
    let colour = Colour::parse(&text);
    if colour.is_none() {
        let line = reader.line_of("accent");
        reader.complain(Complaint::refused(
            line,
            "accent to be a colour as # and six hexadecimal digits, such as #8a1c1c",
            format!("{:?}", &*text),
            "correct the colour, or leave the key out",
        ));
    }
    colour
}

/// The sites that may show cards, as a browser knows them: scheme and host, which may begin with `*.`, and a port.
fn embed_hosts(reader: &mut Reader<'_>) -> Vec<Line> {
    let hosts = reader.texts("embed_hosts");
    for host in &hosts {
        if !is_site(host) {
            let line = reader.line_of("embed_hosts");
            reader.complain(Complaint::refused(
                line,
                "embed_hosts to name sites by scheme and host, such as https://partner.example or https://*.partner.example",
                format!("{:?}", &**host),
                "correct it, or leave the key out to allow every site",
            ));
        }
    }
    hosts
}

/// Whether the text is a host-source of a Content-Security-Policy (CSP Level 3 §2.3.1) and nothing else, since it stands in
/// that header. After `*.` it needs at least two names, or it would be every site under a top-level domain.
fn is_site(text: &str) -> bool {
    let named = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let Some(named) = named else {
        return false;
    };
    let (host, port) = match named.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (named, None),
    };
    let is_port = |port: &str| {
        let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
        is_number && port.parse().is_ok_and(|port: u16| port > 0)
    };
    let is_name = |name: &str| {
        let mut bytes = name.bytes();
        let is_of_names = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        !name.is_empty() && bytes.all(is_of_names)
    };
    let under = host.strip_prefix("*.");
    let is_host = under.unwrap_or(host).split('.').all(is_name);
    let is_bounded = under.is_none_or(|under| under.contains('.'));
    // A text that looks like a name and is none to a browser (0x7f.1) is no site.
    let is_known = Url::parse(text.replacen("*.", "any.", 1).as_str())
        .is_ok_and(|url| url.host_str() == Some(&host.replacen("*.", "any.", 1)));
    port.is_none_or(is_port) && is_host && is_bounded && is_known
}

/// The kinds that a key names, each once.
fn kinds(reader: &mut Reader<'_>, key: &'static str) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for word in reader.texts(key) {
        match Kind::from_plural(&word) {
            Some(kind) => kinds.push(kind),
            None => {
                let line = reader.line_of(key);
                reader.complain(Complaint::refused(
                    line,
                    format!("{key} to name articles, captions or both"),
                    format!("{:?}", &*word),
                    "correct the word",
                ));
            }
        }
    }
    kinds
}

/// When a feed will end, as far as a header can say it.
fn sunset(reader: &mut Reader<'_>) -> Option<Moment> {
    let moment = reader.moment("sunset")?;
    if !(1970..=9999).contains(&moment.to_utc().year()) {
        let line = reader.line_of("sunset");
        reader.complain(Complaint::refused(
            line,
            "sunset to be a moment of the years 1970 to 9999",
            moment.to_rfc3339(),
            "correct the date",
        ));
        return None;
    }
    Some(moment)
}

fn sections_of(drafts: Vec<Draft>, complaints: &mut Vec<Complaint>) -> Sections {
    let mut sections = Sections::default();
    for draft in drafts {
        let mut reader = Reader::new(draft, complaints);
        let section = section(&mut reader, &|name| {
            sections.find(name).is_some() || sections.find_former(name).is_some()
        });
        reader.finish();
        if let Some(section) = section {
            sections.push(section);
        }
    }
    sections
}

/// Reads a section; `is_taken` returns whether another section has or had a slug.
pub fn section(reader: &mut Reader<'_>, is_taken: &dyn Fn(&str) -> bool) -> Option<Section> {
    let slug = reader.required_text("slug", "name the section's folder");
    let title = reader.required_text("title", "say what readers see");
    let description = reader.text("description");
    let former = reader.texts_up_to("former", MAX_FORMER);
    let sunset = sunset(reader);
    for name in slug.iter().chain(&former) {
        if !is_slug(name) || is_taken(name) {
            let line = reader.line();
            reader.complain(Complaint::refused(
                line,
                "a slug of a-z, 0-9 and -, for one section alone",
                format!("{:?}", &**name),
                "choose another",
            ));
        }
    }
    Some(Section {
        slug: slug?.to_string(),
        title: title?,
        description,
        former: former.iter().map(ToString::to_string).collect(),
        sunset,
        by_api: false,
    })
}
