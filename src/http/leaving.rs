//! Readers that leave while their document is made do not get round the bound on how many are made at once.

use std::future::Future;
use std::sync::{Arc, mpsc};
use std::task::{Context, Waker};

use crate::resource::{BaseUrl, Resource};
use crate::store::Store;

use super::{Coding, Site};

#[test]
fn what_a_reader_left_behind_counts_until_it_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let now = "2026-11-24T12:00:00Z".parse().expect("a date");
    let store = Arc::new(Store::open(folder.path(), now).expect("a store"));
    let base = BaseUrl::parse("https://courier.example.org").expect("a base URL");
    let fault = Box::new(|_: &str, _: &_| {});
    let site = Arc::new(Site::new(
        store,
        base,
        Arc::new(move || now),
        1 << 22,
        fault,
    ));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(1)
        .build()
        .expect("a runtime");
    let _inside = runtime.enter();
    // While the one thread for such work is held up, nothing is made.
    let (go_on, held_up) = mpsc::channel::<()>();
    runtime.spawn_blocking(move || held_up.recv());
    let all = site.rendering.available_permits();
    let resource = Resource::parse("/feed.rss").expect("a resource");
    let mut reader = Box::pin(site.newest(resource, Coding::Identity));
    let polled = reader
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
    assert_eq!(site.rendering.available_permits(), all - 1);
    drop(reader);
    assert_eq!(site.rendering.available_permits(), all - 1);
    drop(go_on);
    let last = runtime.spawn_blocking(|| {});
    runtime.block_on(last).expect("an end");
    assert_eq!(site.rendering.available_permits(), all);
    assert_eq!(site.counters.renders(), 1);
}
