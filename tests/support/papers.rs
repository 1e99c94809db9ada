//! Papers in a store of their own, brought in the way the server does, at a moment that never changes.
#![allow(dead_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use courant::feed::RENDERING;
use courant::folder::{ARTICLE_FILE, Belief, Folder, Report, ScanScope, read_article};
use courant::http::rendered;
use courant::item::{Article, Caption};
use courant::resource::{BaseUrl, Format, Resource, Subject};
use courant::store::{Change, Store, WriteQueue};
use tempfile::TempDir;

/// Later than anything in the papers here.
pub fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, 12, 0, 0).unwrap()
}

pub fn real_page() -> Paper {
    Paper::of(Path::new("items"))
}

pub fn sample() -> Paper {
    Paper::of(Path::new("tests/data/sample"))
}

pub struct Paper {
    pub store: Arc<Store>,
    pub folder: Folder,
    base: BaseUrl,
    pub data: TempDir,
    /// The folder of items, where it is to go with the paper.
    items: Option<TempDir>,
}

/// An article as its file says it.
pub struct FiledArticle {
    pub section: String,
    pub slug: String,
    pub article: Article,
}

impl Paper {
    pub fn of(items: &Path) -> Self {
        Self::opened(tempfile::tempdir().unwrap(), items, noon())
    }

    /// The paper of a folder that goes with it.
    pub fn with(items: TempDir) -> Self {
        let paper = Self::of(items.path());
        Self {
            items: Some(items),
            ..paper
        }
    }

    /// The paper of a server that is started at `now` on a store that there may be already.
    pub fn opened(data: TempDir, items: &Path, now: DateTime<Utc>) -> Self {
        let paper = Self {
            store: Arc::new(super::place::open_store(data.path(), now).unwrap()),
            folder: Folder::new(items.to_owned()),
            base: BaseUrl::parse("https://courier.example.org").unwrap(),
            data,
            items: None,
        };
        let rendering = [Change::Rendering(RENDERING)];
        paper.store.apply(&|| now, "courant", &rendering).unwrap();
        paper.look(now);
        paper
    }

    /// The queue of those who write at `now`.
    fn writes(&self, now: DateTime<Utc>) -> WriteQueue {
        let clock = Arc::new(move || now);
        WriteQueue::new(Arc::clone(&self.store), clock, Box::new(|_| {}))
    }

    /// Brings in what the folder says at `now`, and believes what is gone.
    pub fn look(&self, now: DateTime<Utc>) {
        let report = self.report(now);
        assert_eq!(report.refused, 0, "{:#?}", report.complaints);
    }

    /// The same, of a folder that may say what is refused.
    pub fn report(&self, now: DateTime<Utc>) -> Report {
        let writes = self.writes(now);
        let mut report = Report::default();
        let base = self.base.as_str();
        let publication = self
            .folder
            .bring_in_publication(&writes, base, &mut report)
            .unwrap();
        let look = ScanScope::Everywhere;
        let quiet = |_, _| {};
        self.folder
            .bring_in(&writes, &publication, &look, &quiet, &mut report)
            .unwrap();
        let belief = self
            .folder
            .believe(&self.store, &report.vanished, true)
            .unwrap();
        let Belief::Gone(gone) = belief else {
            panic!("{belief:?}");
        };
        let later = now + TimeDelta::milliseconds(1);
        self.folder
            .withdraw(&self.writes(later), &gone, &mut Vec::new())
            .unwrap();
        report
    }

    pub fn document(&self, subject: &Subject, format: Format) -> String {
        self.rendered(&Resource::Feed(subject.clone(), format))
    }

    pub fn rendered(&self, resource: &Resource) -> String {
        let made = rendered(&self.store, &self.base, resource).unwrap();
        let bytes = made
            .body()
            .unwrap_or_else(|| panic!("nothing at {resource}"));
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    pub fn url(&self, resource: &Resource) -> String {
        self.base.url(resource)
    }

    /// Everything there is a feed of.
    pub fn subjects(&self) -> Vec<Subject> {
        let mut subjects = vec![Subject::Publication, Subject::Captions];
        let publication = self.store.publication().unwrap();
        let sections = publication.sections.iter();
        subjects.extend(sections.map(|section| Subject::Section(section.slug.clone())));
        for stored in self.store.articles_after(None, usize::MAX >> 1).unwrap() {
            subjects.push(Subject::Article(stored.slug));
            subjects.extend(stored.tags.into_iter().map(|tag| Subject::Tag(tag.slug)));
            let credits = stored.captions.into_iter().filter_map(|said| said.credit);
            let people = stored.authors.into_iter().chain(credits);
            subjects.extend(people.map(|person| Subject::Author(person.slug)));
        }
        let mut once: Vec<Subject> = Vec::new();
        for subject in subjects {
            if !once.contains(&subject) {
                once.push(subject);
            }
        }
        once
    }

    /// Every article of the folder, by its file.
    pub fn filed(&self) -> Vec<FiledArticle> {
        let root = self.folder.root();
        let mut filed = Vec::new();
        for section in folders(root) {
            for folder in folders(&section) {
                if !folder.join(ARTICLE_FILE).exists() {
                    continue;
                }
                let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
                filed.push(FiledArticle {
                    section: name(&section),
                    slug: name(&folder),
                    article: read_article(root, &folder).article.unwrap(),
                });
            }
        }
        assert!(!filed.is_empty());
        filed
    }
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// What a person sees of HTML, a line for each block; deliberately ignorant of how it was made.
pub fn seen(html: &str) -> Vec<String> {
    const BLOCKS: &[&str] = &[
        "p",
        "h2",
        "h3",
        "h4",
        "li",
        "figcaption",
        "br",
        "td",
        "th",
        "tr",
        "blockquote",
        "ul",
        "ol",
        "table",
        "figure",
    ];
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(&before.replace('\n', " "));
        let (tag, after) = after.split_once('>').expect("a tag that ends");
        let name = tag
            .trim_matches('/')
            .split_whitespace()
            .next()
            .unwrap_or("");
        if BLOCKS.contains(&name) {
            text.push('\n');
        }
        rest = after;
    }
    text.push_str(&rest.replace('\n', " "));
    text.lines()
        .map(|line| unescaped(line).trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

fn unescaped(text: &str) -> String {
    text.replace("&nbsp;", "\u{a0}")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// Markdown of the papers here as a person sees it, white space aside.
pub fn unmarked(markdown: &str) -> String {
    let mut plain = String::new();
    for line in markdown.lines() {
        let line = line.trim_start_matches(['#', '>', ' ']);
        let ruler = line.starts_with('|') && !line.contains(char::is_alphanumeric);
        if ruler {
            continue;
        }
        let item = line
            .split_once(". ")
            .filter(|(number, _)| number.parse::<u32>().is_ok());
        let line = item.map_or(line.trim_start_matches("- "), |(_, text)| text);
        let mut rest = line;
        while let Some((before, after)) = rest.split_once("](") {
            plain.push_str(&before.replace('[', ""));
            rest = after.split_once(')').expect("a link that ends").1;
        }
        plain.push_str(rest);
    }
    squeezed(&plain.replace(['*', '|'], ""))
}

/// `text` without white space.
pub fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// The caption with credit and source, as it is printed below a photograph.
pub fn printed(caption: &Caption) -> Vec<String> {
    let mut lines = vec![caption.text.to_string()];
    let names = caption.credit.iter().chain(&caption.source);
    let names: Vec<String> = names.map(ToString::to_string).collect();
    if !names.is_empty() {
        lines.push(names.join(" / "));
    }
    lines
}
