//! A desk, its paper and its readers in one process, with a clock that the test sets.
#![allow(dead_code)]

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use courant::config::Limits;
use courant::http::Site;
use courant::item::{Id, Line};
use courant::resource::BaseUrl;
use courant::store::{Act, Action, AddressTarget, Change, Clock, Expected, StoreError, WriteQueue};
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::papers::{self, Paper};
use crate::support;

/// Where the papers here say that they are.
pub const BASE: &str = "https://courier.example.org";

/// A paper of two sections, without a story yet.
const PUBLICATION: &str = "id = \"urn:uuid:01a05bfb-7000-7718-a56f-62f784e61c00\"\n\
    title = \"The Courier\"\nlanguage = \"en\"\ndescription = \"News of the bay\"\n\n\
    [[sections]]\nslug = \"city\"\ntitle = \"City\"\n\n\
    [[sections]]\nslug = \"harbour\"\ntitle = \"Harbour\"\n";

pub struct Desk {
    pub paper: Paper,
    items: TempDir,
    now: Arc<Mutex<DateTime<Utc>>>,
    site: Arc<Site>,
    runtime: Runtime,
}

impl Desk {
    pub fn new() -> Self {
        Self::with(PUBLICATION)
    }

    pub fn with(publication: &str) -> Self {
        let items = tempfile::tempdir().unwrap();
        fs::write(items.path().join("publication.toml"), publication).unwrap();
        Self::at(items)
    }

    /// The invented paper of this repository.
    pub fn sample() -> Self {
        let items = tempfile::tempdir().unwrap();
        support::copy("tests/data/sample".as_ref(), items.path());
        Self::at(items)
    }

    /// Another server on a copy of the store and of the folder, started so much later.
    pub fn copied(&self, later: TimeDelta) -> Self {
        let items = tempfile::tempdir().unwrap();
        support::copy(self.items.path(), items.path());
        let data = tempfile::tempdir().unwrap();
        support::copy(self.paper.data.path(), data.path());
        let now = self.now() + later;
        Self::of(Paper::opened(data, items.path(), now), items, now)
    }

    fn at(items: TempDir) -> Self {
        let desk = Self::of(Paper::of(items.path()), items, papers::noon());
        desk.pass(TimeDelta::seconds(2));
        desk
    }

    fn of(paper: Paper, items: TempDir, now: DateTime<Utc>) -> Self {
        let now = Arc::new(Mutex::new(now));
        let site = site(&paper, &now, BASE);
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        Self {
            paper,
            items,
            now,
            site,
            runtime: runtime.unwrap(),
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }

    pub fn pass(&self, time: TimeDelta) {
        *self.now.lock().unwrap() += time;
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.items.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // Not over the file: what is written within a millisecond looks the same from outside.
        let draft = path.with_extension("draft");
        fs::write(&draft, bytes).unwrap();
        fs::rename(&draft, &path).unwrap();
    }

    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.items.path().join(name)).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{from} in {name}");
        self.write(name, text.replace(from, to));
    }

    pub fn rename(&self, from: &str, to: &str) {
        let to = self.items.path().join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::rename(self.items.path().join(from), to).unwrap();
    }

    pub fn remove(&self, name: &str) {
        fs::remove_dir_all(self.items.path().join(name)).unwrap();
    }

    /// Writes an article. `keys` are lines of TOML; without `published` among them it is of an hour ago.
    pub fn story(&self, at: &str, keys: &str, body: &str) {
        let (headline, published) = (at.to_owned(), self.now() - TimeDelta::hours(1));
        let mut front = String::new();
        if !keys.contains("headline =") {
            front.push_str(&format!("headline = \"{headline}\"\n"));
        }
        if !keys.contains("published =") {
            front.push_str(&format!("published = {}\n", published.to_rfc3339()));
        }
        self.write(
            &format!("{at}/article.md"),
            format!("+++\n{front}{keys}\n+++\n{body}\n"),
        );
    }

    /// Brings in what the folder says now, and lets the second of it pass.
    pub fn publish(&self) {
        self.paper.look(self.now());
        self.pass(TimeDelta::seconds(2));
    }

    /// Decides about an item, and lets the second of it pass; gives what was done.
    pub fn act(&self, item: Id, action: Action, public_note: Option<&str>) -> Vec<&'static str> {
        self.try_act(item, action, public_note).unwrap()
    }

    pub fn try_act(
        &self,
        item: Id,
        action: Action,
        public_note: Option<&str>,
    ) -> Result<Vec<&'static str>, StoreError> {
        let act = Act {
            item,
            action,
            public_note: public_note.and_then(Line::parse),
            expected: Expected::Anything,
            section: None,
        };
        self.apply(Change::Act(Box::new(act)))
    }

    /// Applies a change, and lets the second of it pass; gives what was done.
    pub fn apply(&self, change: Change) -> Result<Vec<&'static str>, StoreError> {
        let now = self.now();
        let outcomes = self.paper.store.apply(&|| now, "desk", &[change]).unwrap();
        self.pass(TimeDelta::seconds(2));
        let entries = outcomes.into_iter().next().unwrap()?;
        Ok(entries.iter().map(|entry| entry.kind.name()).collect())
    }

    /// Writes what is due.
    pub fn write_due(&self) -> Vec<&'static str> {
        self.apply(Change::Due).unwrap()
    }

    pub fn id(&self, slug: &str) -> Id {
        match self.paper.store.find_article(slug).unwrap() {
            AddressTarget::Here(id) => id,
            other => panic!("{slug}: {other:?}"),
        }
    }

    /// The same, where files are refused; gives how many.
    pub fn publish_refused(&self) -> usize {
        let report = self.paper.report(self.now());
        self.pass(TimeDelta::seconds(2));
        report.refused
    }

    /// The same server started anew, with nothing in memory.
    pub fn restart(&mut self) {
        self.site = site(&self.paper, &self.now, BASE);
    }

    /// The same paper under another base URL.
    pub fn move_to(&mut self, base: &str) {
        self.site = site(&self.paper, &self.now, base);
    }

    pub fn site(&self) -> &Arc<Site> {
        &self.site
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[])
    }

    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask(Method::GET, path, headers)
    }

    pub fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let bytes = headers
            .iter()
            .map(|(name, value)| (*name, value.as_bytes()));
        self.ask_bytes(method, path, &bytes.collect::<Vec<_>>())
    }

    /// Asks with values that may be no text.
    pub fn ask_bytes(&self, method: Method, path: &str, headers: &[(&str, &[u8])]) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if headers.iter().all(|(name, _)| *name != "host") {
            request = request.header("host", "courier.example.org");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).unwrap();
        let site = Arc::clone(&self.site);
        self.runtime.block_on(async {
            let (mut head, body) = site.respond(request).await.into_parts();
            // That of the answer, which is another at each.
            assert!(head.headers.remove("date").is_some());
            let bytes = body.collect().await.unwrap().to_bytes();
            Answer {
                status: head.status.as_u16(),
                headers: head.headers,
                body: bytes.to_vec(),
            }
        })
    }

    /// Every address that pages and feeds lead to.
    pub fn addresses(&self) -> BTreeSet<String> {
        // The second is found by its name alone.
        let mut ahead = vec!["/".to_owned(), "/robots.txt".to_owned()];
        let mut known: BTreeSet<String> = ahead.iter().cloned().collect();
        while let Some(path) = ahead.pop() {
            let answer = self.get(&path);
            if path.starts_with("/media/") {
                continue;
            }
            for found in support::links(&answer.text(), BASE) {
                if known.insert(found.clone()) {
                    ahead.push(found);
                }
            }
        }
        known
    }

    /// The addresses of documents, as opposed to pictures.
    pub fn documents(&self) -> BTreeSet<String> {
        let mut addresses = self.addresses();
        addresses.retain(|path| !path.starts_with("/media/") && !path.starts_with("/preview.png"));
        addresses
    }

    pub fn feeds(&self) -> BTreeSet<String> {
        let mut addresses = self.addresses();
        addresses.retain(|path| support::is_feed(path));
        addresses
    }
}

fn site(paper: &Paper, now: &Arc<Mutex<DateTime<Utc>>>, base: &str) -> Arc<Site> {
    let now = Arc::clone(now);
    let clock: Clock = Arc::new(move || *now.lock().unwrap());
    let base = BaseUrl::parse(base).unwrap();
    let fault = Box::new(|path: &str, error: &courant::http::RenderError| {
        panic!("{path}: {error}");
    });
    let store = Arc::clone(&paper.store);
    let writes = Arc::new(WriteQueue::new(store, clock, Box::new(|_| {})));
    let room = Limits::default().cache_bytes;
    Arc::new(Site::new(writes, base, room, fault))
}

/// An answer as the server gives it to the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let only = values.next();
        assert!(values.next().is_none(), "{name} stands twice");
        only.map(|value| value.to_str().unwrap())
    }

    pub fn etag(&self) -> &str {
        self.header("etag").expect("an ETag")
    }

    pub fn last_modified(&self) -> &str {
        self.header("last-modified").expect("a Last-Modified")
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn has(&self, text: &str) -> bool {
        self.text().contains(text)
    }
}
