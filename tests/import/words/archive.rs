//! Feeds and exports, read without the program's own readers, and compared with the pages that come of them.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use courant::folder::ARTICLE_FILE;
use courant::import::feed_file::{FeedFile, Survey};
use courant::import::{Addresses, FeedImport};
use courant::item::{Id, PhotographError, file};
use courant::publication;
use courant::resource::{Resource, Subject};
use roxmltree::{Document, Node};

use super::oracle::{Words, visible, words};
use super::papers::{Paper, noon};

const PUBLICATION: &str = "id = \"urn:uuid:01a20fc9-85c9-78b0-96eb-824245948000\"\ntitle = \"Words\"\nlanguage = \"en\"\n\
                           timezone = \"Europe/Dublin\"\n\n[[sections]]\nslug = \"news\"\ntitle = \"News\"\n";

/// What the namespaces of texts have in them.
const PROSE: &[&str] = &[
    "purl.org/rss/1.0/modules/content",
    "w3.org/2005/Atom",
    "purl.org/rss/1.0/",
    "backend.userland.com",
    "wordpress.org/export",
    "w3.org/1999/xhtml",
];

/// What people see of an item in its feed: several texts, which may say the same.
pub struct Source {
    guid: String,
    seen: Vec<String>,
}

/// What came of a file.
#[derive(Default)]
pub struct Compared {
    pub items: usize,
    pub words: usize,
    /// Items that did not become articles.
    pub left_out: usize,
    /// The words of each item that are neither on its page nor in the report.
    pub lost: Vec<(String, Vec<String>)>,
}

/// Brings the file in, and compares its words with those of the pages and of the report.
///
/// # Errors
/// Why the file is not read, by this reader or by the program.
pub fn compare(path: &Path) -> Result<Compared, String> {
    let sources = sources(&fs::read(path).map_err(|error| error.to_string())?)?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let root = folder.path().join("items");
    fs::create_dir_all(root.join("news")).map_err(|error| error.to_string())?;
    fs::write(root.join("publication.toml"), PUBLICATION).map_err(|error| error.to_string())?;
    let mut told = Words::of(&brought_in(path, &root)?);
    let paper = Paper::opened(
        tempfile::tempdir().map_err(|error| error.to_string())?,
        &root,
        noon(),
    );
    let slugs = slugs(&root);
    let mut met = HashSet::new();
    let mut compared = Compared::default();
    for source in sources {
        let Some(slug) = slugs.get(&source.guid) else {
            compared.left_out += 1;
            continue;
        };
        // A guid that was copied with a story stays the first one's.
        let is_copy = !met.insert(source.guid.clone());
        let copies: Vec<&String> = match is_copy {
            true => slugs
                .iter()
                .filter(|(guid, _)| guid.starts_with("without/"))
                .map(|(_, slug)| slug)
                .collect(),
            false => vec![slug],
        };
        if copies.is_empty() {
            compared.left_out += 1;
            continue;
        }
        let mut shown = String::new();
        for slug in copies {
            let page = paper.rendered(&Resource::Page(Subject::Article(slug.clone())));
            let start = page.find("<article").unwrap_or(0);
            shown.push_str(&visible(&page[start..]));
        }
        compared.items += 1;
        let mut lost = Vec::new();
        let letters = words(&shown).concat();
        let longest = source
            .seen
            .iter()
            .map(String::len)
            .max()
            .unwrap_or_default();
        for text in &source.seen {
            let seen = words(text);
            compared.words += seen.len();
            let mut missing = Words::of(&shown).take(seen);
            // Summaries that systems cut from a text run its words together themselves.
            if text.len() < longest {
                missing.retain(|word| !letters.contains(word.as_str()));
            }
            lost.extend(told.take(missing));
        }
        if !lost.is_empty() {
            compared.lost.push((source.guid, lost));
        }
    }
    Ok(compared)
}

/// Imports the file; gives what the report says of what had no place.
fn brought_in(path: &Path, root: &Path) -> Result<String, String> {
    let found = FeedFile::recognise(path).map_err(|error| error.to_string())?;
    let feed = found.ok_or("it is no feed to the program")?;
    let mut surveys = vec![feed.survey(&|_, _| {}).map_err(|error| error.to_string())?];
    Survey::share(&mut surveys);
    let nothing = |name: &str| {
        let name = name.to_owned();
        Err(PhotographError::Missing { name })
    };
    let parsed = publication::parse(PUBLICATION.as_bytes(), &nothing);
    let publication = parsed.publication.ok_or("no publication")?;
    let import = FeedImport {
        root,
        publication: &publication,
        id: publication.id.unwrap_or_else(|| Id::mint(noon())),
        section: "news",
        media: None,
        replace: false,
        dry_run: false,
        drafts: false,
        now: noon(),
    };
    let addresses = Addresses::of(&import).map_err(|error| error.to_string())?;
    let files = [(feed, surveys.remove(0))];
    let tally = import
        .run(&files, addresses, &|_| {})
        .map_err(|error| error.to_string())?;
    let lost = tally.without_place.iter();
    let lost = lost.map(|(what, count)| format!("{what} ").repeat(*count));
    Ok(lost.collect())
}

/// The slugs of the articles in a folder by the guids that they had.
fn slugs(root: &Path) -> HashMap<String, String> {
    let mut slugs = HashMap::new();
    for entry in fs::read_dir(root.join("news"))
        .into_iter()
        .flatten()
        .flatten()
    {
        let bytes = fs::read(entry.path().join(ARTICLE_FILE)).unwrap_or_default();
        let slug = entry.file_name().to_string_lossy().into_owned();
        let guid = match file::known_by(&bytes) {
            Ok((_, Some(guid))) => guid.to_string(),
            _ => format!("without/{slug}"),
        };
        slugs.insert(guid, slug);
    }
    slugs
}

fn sources(bytes: &[u8]) -> Result<Vec<Source>, String> {
    let text =
        String::from_utf8(bytes.to_vec()).map_err(|_| "not UTF-8, which this reader wants")?;
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') {
        return of_json(text);
    }
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..roxmltree::ParsingOptions::default()
    };
    let document =
        Document::parse_with_options(text, options).map_err(|error| error.to_string())?;
    let blocks = blocks(&document);
    let items = document.descendants().filter(|node| {
        let name = node.tag_name().name();
        name == "item" || name == "entry"
    });
    Ok(items.filter_map(|item| of_xml(item, &blocks)).collect())
}

/// The reusable blocks of an export by their numbers.
fn blocks(document: &Document<'_>) -> HashMap<String, String> {
    let items = document
        .descendants()
        .filter(|node| node.has_tag_name("item"));
    items
        .filter(|item| said(*item, "post_type").as_deref() == Some("wp_block"))
        .filter_map(|item| Some((said(item, "post_id")?, said(item, "encoded")?)))
        .collect()
}

/// The text of a child by its local name; a prefix is the feed's own affair.
fn said(item: Node<'_, '_>, name: &str) -> Option<String> {
    let child = item
        .children()
        .find(|child| child.tag_name().name() == name)?;
    let text: String = child
        .descendants()
        .filter(|node| node.is_text())
        .filter_map(|node| node.text())
        .collect();
    (!text.trim().is_empty()).then(|| text.trim().to_owned())
}

fn of_xml(item: Node<'_, '_>, blocks: &HashMap<String, String>) -> Option<Source> {
    let is_post = said(item, "post_type");
    if is_post.is_some_and(|kind| kind != "post") {
        return None;
    }
    let guid = said(item, "guid")
        .or_else(|| said(item, "id"))
        .or_else(|| said(item, "link"))?;
    let mut seen = Vec::new();
    let mut add = |html: &str| seen.push(visible(&without_shortcodes(&with_blocks(html, blocks))));
    let texts = [
        "title",
        "encoded",
        "content",
        "description",
        "summary",
        "body",
    ];
    for child in item.children().filter(roxmltree::Node::is_element) {
        let name = child.tag_name().name();
        let namespace = child.tag_name().namespace();
        let is_known = namespace.is_none_or(|uri| PROSE.iter().any(|known| uri.contains(known)));
        let is_prose = texts.contains(&name) && is_known;
        if !is_prose || child.attribute("src").is_some() {
            continue;
        }
        let is_text = name != "title"
            && child.attribute("type").is_some_and(|kind| {
                ![
                    "html",
                    "xhtml",
                    "text",
                    "text/html",
                    "text/plain",
                    "application/xhtml+xml",
                ]
                .contains(&kind)
            });
        if !is_text {
            add(&inner(child));
        }
    }
    for note in notes(item) {
        add(&note);
    }
    Some(Source { guid, seen })
}

/// What is in an element, as HTML.
fn inner(element: Node<'_, '_>) -> String {
    if element.attribute("type") == Some("text")
        || (element.tag_name().namespace() == Some("http://www.w3.org/2005/Atom")
            && element.attribute("type").is_none())
    {
        return element
            .text()
            .unwrap_or_default()
            .replace('&', "&amp;")
            .replace('<', "&lt;");
    }
    let mut html = String::new();
    let has_elements = element.children().any(|child| child.is_element());
    for child in element.children() {
        if child.is_text() {
            let text = child.text().unwrap_or_default();
            match has_elements {
                true => html.push_str(&text.replace('&', "&amp;").replace('<', "&lt;")),
                false => html.push_str(text),
            }
        } else if child.is_element() {
            let name = child.tag_name().name();
            html.push_str(&format!("<{name}>{}</{name}>", inner(child)));
        }
    }
    html
}

fn notes(item: Node<'_, '_>) -> Vec<String> {
    let metas = item
        .children()
        .filter(|child| child.tag_name().name() == "postmeta");
    let kept = metas.filter(|meta| said(*meta, "meta_key").as_deref() == Some("footnotes"));
    let lists = kept.filter_map(|meta| {
        serde_json::from_str::<serde_json::Value>(&said(meta, "meta_value")?).ok()
    });
    lists
        .flat_map(|list| list.as_array().cloned().unwrap_or_default())
        .filter_map(|note| note["content"].as_str().map(str::to_owned))
        .collect()
}

fn with_blocks(html: &str, blocks: &HashMap<String, String>) -> String {
    let mut html = html.to_owned();
    for (number, text) in blocks {
        for mark in [
            format!("<!-- wp:block {{\"ref\":{number}}} /-->"),
            format!("<!-- wp:block {{\"ref\":\"{number}\"}} /-->"),
        ] {
            html = html.replace(&mark, text);
        }
    }
    html
}

/// Shortcodes that stand for something are no words; what is between them is.
fn without_shortcodes(html: &str) -> String {
    const KNOWN: &[&str] = &[
        "caption",
        "wp_caption",
        "gallery",
        "embed",
        "video",
        "audio",
        "playlist",
        "youtube",
        "vimeo",
        "soundcloud",
        "tweet",
        "instagram",
        "facebook",
        "dailymotion",
        "vc_",
        "et_pb_",
        "fusion_",
    ];
    let mut out = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('[') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let name = from[1..].trim_start_matches('/');
        let end = from
            .find(']')
            .filter(|_| KNOWN.iter().any(|known| name.starts_with(known)));
        match end {
            Some(end) => {
                out.push(' ');
                rest = &from[end + 1..];
            }
            None => {
                out.push('[');
                rest = &from[1..];
            }
        }
    }
    out + rest
}

fn of_json(text: &str) -> Result<Vec<Source>, String> {
    let feed: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let items = feed["items"].as_array().ok_or("no items")?;
    let source = |item: &serde_json::Value| {
        let said = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let escaped = |text: String| text.replace('&', "&amp;").replace('<', "&lt;");
        let html = said("content_html");
        let text = if html.is_empty() {
            escaped(said("content_text"))
        } else {
            html
        };
        let guid = match &item["id"] {
            serde_json::Value::Number(id) => id.to_string(),
            _ => said("id"),
        };
        let texts = [escaped(said("title")), text, escaped(said("summary"))];
        Source {
            guid,
            seen: texts.iter().map(|text| visible(text)).collect(),
        }
    };
    Ok(items.iter().map(source).collect())
}
