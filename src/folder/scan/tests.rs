//! Batches end with their bytes, and a look ends with the store.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::*;

fn folder(number: usize, bytes: u64) -> ArticleFolder {
    ArticleFolder {
        path: format!("city/{number}"),
        section: "city".to_owned(),
        slug: number.to_string(),
        stat: String::new(),
        changed: DateTime::UNIX_EPOCH,
        bytes,
    }
}

#[test]
fn a_batch_holds_no_more_text_than_it_may_and_one_article_at_least() {
    let sizes = [3_500_000; 100]
        .into_iter()
        .chain([BATCH_BYTES + 1, 0, BATCH_BYTES, 1])
        .chain([1000; 3000]);
    let folders: Vec<_> = sizes
        .enumerate()
        .map(|(number, bytes)| folder(number, bytes))
        .collect();
    let all: Vec<_> = folders.iter().collect();
    let batches: Vec<_> = batches_of(&all).collect();
    assert_eq!(batches.concat(), all);
    for batch in &batches {
        let bytes: u64 = batch.iter().map(|folder| folder.bytes).sum();
        assert!(batch.len() == 1 || bytes <= BATCH_BYTES, "{bytes} bytes");
        assert!(batch.len() <= BATCH);
    }
    // Small articles are not split into more batches than necessary.
    assert!(batches.len() <= 50 + 3 + 4, "{}", batches.len());
    assert_eq!(batches_of(&[]).count(), 0);
}

#[test]
fn a_look_ends_when_the_store_is_stopped() {
    let place = tempfile::tempdir().unwrap();
    let items = place.path().join("items");
    for slug in ["one", "two", "three"] {
        let article = items.join("city").join(slug);
        fs::create_dir_all(&article).unwrap();
        let text =
            "+++\nheadline = \"A story\"\npublished = 2026-01-02T03:04:05Z\n+++\nIt stands.\n";
        fs::write(article.join(ARTICLE_FILE), text).unwrap();
    }
    let settings = "id = \"urn:uuid:01a05bfb-7000-7718-a56f-62f784e61c00\"\ntitle = \"The Courier\"\n\
                    language = \"en\"\n[[sections]]\nslug = \"city\"\ntitle = \"City\"\n";
    fs::write(items.join(super::super::PUBLICATION_FILE), settings).unwrap();
    let clock = || DateTime::<Utc>::from_timestamp(1_800_000_000, 0).unwrap();
    let store = Store::open(&place.path().join("data"), clock()).unwrap();
    let writes = WriteQueue::new(Arc::new(store), Arc::new(clock), Box::new(|_| {}));
    let store = writes.store();
    let folder = Folder::new(items);
    let mut report = Report::default();
    let publication = folder
        .bring_in_publication(&writes, "http://localhost/", &mut report)
        .unwrap();
    let before = store.position();
    let mut look = || {
        let everywhere = ScanScope::Everywhere;
        folder.bring_in(&writes, &publication, &everywhere, &|_, _| {}, &mut report)
    };
    store.stop();
    let stopped = look();
    assert!(
        matches!(stopped, Err(FolderError::Store(StoreError::Stopping))),
        "{stopped:?}"
    );
    assert_eq!(store.position(), before, "nothing was written");
    let of_articles = report
        .complaints
        .keys()
        .filter(|path| path.contains(ARTICLE_FILE));
    assert_eq!(of_articles.count(), 0, "nothing was read");
}
