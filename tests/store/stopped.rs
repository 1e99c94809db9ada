//! What was done before the store is stopped is told, though the rest of it is not done.

use std::fs;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use courant::folder::{Folder, FolderError, Report, ScanScope};
use courant::item::Id;
use courant::store::{Store, StoreError, WriteQueue};

use crate::support::close;

fn now() -> DateTime<Utc> {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

const STORIES: usize = 12;

/// A folder of stories beside the place of a store.
fn paper() -> (tempfile::TempDir, Folder) {
    let dir = tempfile::tempdir().unwrap();
    let items = dir.path().join("items");
    for number in 0..STORIES {
        let story = items.join(format!("city/story-{number}"));
        fs::create_dir_all(&story).unwrap();
        let text = format!(
            "+++\nheadline = \"Story {number}\"\npublished = 2026-01-02T03:04:05Z\n+++\nText.\n"
        );
        fs::write(story.join("article.md"), text).unwrap();
    }
    let settings = "title = \"The Courier\"\nlanguage = \"en\"\n[[sections]]\nslug = \"city\"\ntitle = \"City\"\n";
    fs::write(items.join("publication.toml"), settings).unwrap();
    (dir, Folder::new(items))
}

fn written(
    store: &Arc<Store>,
    clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
) -> WriteQueue {
    WriteQueue::new(Arc::clone(store), Arc::new(clock), Box::new(|_| {}))
}

/// Looks everywhere; gives what was told and why it ended, if it did not come to its end.
fn look(folder: &Folder, store: &Arc<Store>, is_stopped: bool) -> (Report, Option<FolderError>) {
    let mut report = Report::default();
    let base = "https://courier.example.org";
    let writes = written(store, now);
    let publication = folder.bring_in_publication(&writes, base, &mut report);
    let publication = publication.unwrap();
    report.entries.clear();
    let stops = Arc::clone(store);
    let writes = written(store, move || {
        if is_stopped {
            stops.stop();
        }
        now()
    });
    let everywhere = ScanScope::Everywhere;
    let said = folder.bring_in(&writes, &publication, &everywhere, &|_, _| {}, &mut report);
    (report, said.err())
}

fn is_stopped(error: Option<&FolderError>) -> bool {
    matches!(error, Some(FolderError::Store(StoreError::Stopping)))
}

#[test]
fn what_was_brought_in_or_taken_back_before_a_stop_is_told() {
    let (dir, folder) = paper();
    let data = dir.path().join("data");
    let store = Arc::new(crate::support::place::open_store(&data, now()).unwrap());
    let before = store.position().seq;
    let (report, error) = look(&folder, &store, true);
    assert!(is_stopped(error.as_ref()), "{error:?}");
    assert!(report.complaints.values().all(Vec::is_empty), "{report:?}");
    let told: Vec<u64> = report
        .entries
        .iter()
        .map(|entry| entry.position.seq)
        .collect();
    let newest = store.position().seq;
    assert_eq!(told, [newest]);
    assert!(newest > before);
    close(Arc::into_inner(store).unwrap());
    // The next start brings in what is left.
    let store = Arc::new(crate::support::place::open_store(&data, now()).unwrap());
    let (report, error) = look(&folder, &store, false);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(report.entries.len(), STORIES - 1);
    fs::remove_dir_all(folder.root().join("city")).unwrap();
    let (report, error) = look(&folder, &store, false);
    assert!(error.is_none(), "{error:?}");
    let gone: Vec<Id> = report.vanished.iter().map(|(_, id)| *id).collect();
    assert_eq!(gone.len(), STORIES);
    let mut entries = Vec::new();
    store.stop();
    let error = folder
        .withdraw(&written(&store, now), &gone, &mut entries)
        .err();
    assert!(is_stopped(error.as_ref()), "{error:?}");
    assert_eq!(entries.len(), 1);
    assert_eq!(store.position().seq, newest + STORIES as u64);
}
