//! Readers that leave while their document is made do not get round the bound on how many are made at once.

use std::future::Future;
use std::sync::{Arc, mpsc};
use std::task::{Context, Waker};

use crate::resource::{BaseUrl, Resource};
use crate::store::Store;

use super::press::Press;
use super::{Coding, Site};

#[test]
fn what_a_reader_left_behind_is_made_by_the_same_threads() {
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
    let resource = Resource::parse("/feed.rss").expect("a resource");
    let mut reader = Box::pin(site.newest(resource, Coding::Identity));
    assert!(reader.as_mut().poll(&mut context).is_pending());
    drop(reader);
    assert_eq!(site.counters.renders(), 0);
    drop(go_on);
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let last = site.press.run(|| Ok(()));
    let done = runtime.expect("a runtime").block_on(last);
    done.expect("an end");
    assert_eq!(site.counters.renders(), 1);
}
