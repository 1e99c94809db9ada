//! Which thread makes a document: what was small is made again by the thread that was asked, what was large by another,
//! and readers that leave before their document is begun leave no work behind.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};

use chrono::{DateTime, Utc};

use crate::publication;
use crate::resource::{BaseUrl, Resource};
use crate::store::{Change, Settings, Store, WriteQueue};

use super::SMALL_BYTES;
use crate::http::Site;
use crate::http::cache::RenderThreads;
use crate::http::document::{Answer, RenderError};
use crate::http::response::Coding;

const PATH: &str = "/feeds.opml";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_764_000_000, 0).expect("a moment")
}

/// A paper with this many sections.
fn set(store: &Store, title: &str, sections: usize) {
    let mut text = format!("title = \"{title}\"\nlanguage = \"en\"\n");
    for section in 0..sections {
        text.push_str(&format!(
            "[[sections]]\nslug = \"section-{section}\"\ntitle = \"Section\"\n"
        ));
    }
    let parsed = publication::parse(text.as_bytes(), &|_| unreachable!("no photographs"));
    let settings = Settings {
        publication: parsed.publication.expect("a publication"),
        source: String::new(),
        base_url: "https://courier.example.org".to_owned(),
    };
    let change = Change::Settings(Box::new(settings));
    for outcome in store.apply(&now, "test", &[change]).expect("a batch") {
        outcome.expect("a change");
    }
}

type Asking = Pin<Box<dyn Future<Output = Result<Answer, RenderError>>>>;

fn ask(site: &Arc<Site>, coding: Coding) -> Asking {
    let site = Arc::clone(site);
    let resource = Resource::parse(PATH).expect("a resource");
    Box::pin(async move { site.newest(resource, coding).await })
}

fn body(answer: Result<Answer, RenderError>) -> Vec<u8> {
    match answer.expect("an answer") {
        Answer::Found(found) => found.body.to_vec(),
        _ => unreachable!("there is one"),
    }
}

/// Has it made once, changes the paper, and asks again while nobody else can make anything.
fn asked_again(sections: usize) -> (usize, Poll<Vec<u8>>) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Arc::new(Store::open(folder.path(), now()).expect("a store"));
    set(&store, "The Courier", sections);
    let mut site = Site::new(
        Arc::new(WriteQueue::new(
            Arc::clone(&store),
            Arc::new(now),
            Box::new(|_| {}),
        )),
        BaseUrl::parse("https://courier.example.org").expect("a base URL"),
        1 << 24,
        Box::new(|_, _| {}),
    );
    site.render_threads = RenderThreads::new(1);
    let site = Arc::new(site);
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("a runtime");
    let first = body(runtime.block_on(ask(&site, Coding::Identity)));
    set(&store, "The Herald", sections);
    let (go_on, held_up) = mpsc::channel::<()>();
    let mut context = Context::from_waker(Waker::noop());
    let mut holding = Box::pin(site.render_threads.run(move || {
        let _ = held_up.recv();
        Ok(())
    }));
    assert!(holding.as_mut().poll(&mut context).is_pending());
    let polled = ask(&site, Coding::Identity).as_mut().poll(&mut context);
    drop(go_on);
    (first.len(), polled.map(body))
}

#[test]
fn what_was_small_is_made_by_whoever_is_asked() {
    let (bytes, polled) = asked_again(3);
    assert!(bytes <= SMALL_BYTES);
    let Poll::Ready(body) = polled else {
        panic!("it waits for another thread");
    };
    assert!(String::from_utf8_lossy(&body).contains("The Herald"));
}

#[test]
fn what_was_large_is_made_by_another() {
    let (bytes, polled) = asked_again(1000);
    assert!(bytes > SMALL_BYTES, "{bytes} bytes are small");
    assert!(polled.is_pending());
}

#[test]
fn what_a_reader_left_before_it_was_begun_is_not_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let now = "2026-11-24T12:00:00Z".parse().expect("a date");
    let store = Arc::new(Store::open(folder.path(), now).expect("a store"));
    let base = BaseUrl::parse("https://courier.example.org").expect("a base URL");
    let fault = Box::new(|_: &str, _: &_| {});
    let writes = WriteQueue::new(store, Arc::new(move || now), Box::new(|_| {}));
    let mut site = Site::new(Arc::new(writes), base, 1 << 22, fault);
    site.render_threads = RenderThreads::new(1);
    let site = Arc::new(site);
    let mut context = Context::from_waker(Waker::noop());
    // While the one thread is held up, nothing is made.
    let (go_on, held_up) = mpsc::channel::<()>();
    let mut holding = Box::pin(site.render_threads.run(move || {
        let _ = held_up.recv();
        Ok(())
    }));
    assert!(holding.as_mut().poll(&mut context).is_pending());
    let ask = |path: &str| {
        let resource = Resource::parse(path).expect("a resource");
        Box::pin(site.newest(resource, Coding::Identity))
    };
    let mut leaving = ask("/feed.rss");
    let mut staying = ask("/feed.atom");
    for reader in [&mut leaving, &mut staying] {
        assert!(reader.as_mut().poll(&mut context).is_pending());
    }
    drop(leaving);
    assert_eq!(site.counters.renders(), 0);
    drop(go_on);
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(staying).expect("an answer");
    assert_eq!(site.counters.renders(), 1);
    runtime
        .block_on(ask("/feed.rss"))
        .expect("an answer for the next who asks");
    assert_eq!(site.counters.renders(), 2);
}
