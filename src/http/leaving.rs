//! Readers that leave before their document is made leave no work behind, and those that stay get theirs.

use std::future::Future;
use std::sync::{Arc, mpsc};
use std::task::{Context, Waker};

use crate::resource::{BaseUrl, Resource};
use crate::store::Store;

use super::press::Press;
use super::{Coding, Site};

#[test]
fn what_a_reader_left_before_it_was_begun_is_not_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let now = "2026-11-24T12:00:00Z".parse().expect("a date");
    let store = Arc::new(Store::open(folder.path(), now).expect("a store"));
    let base = BaseUrl::parse("https://courier.example.org").expect("a base URL");
    let fault = Box::new(|_: &str, _: &_| {});
    let mut site = Site::new(store, base, Arc::new(move || now), 1 << 22, fault);
    site.press = Press::new(1);
    let site = Arc::new(site);
    let mut context = Context::from_waker(Waker::noop());
    // While the one thread is held up, nothing is made.
    let (go_on, held_up) = mpsc::channel::<()>();
    let mut holding = Box::pin(site.press.run(move || {
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
