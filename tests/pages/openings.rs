//! The first sentences of stories: cached once for each revision, whichever list shows them.

use courant::http::{TextCache, rendered, rendered_with};
use courant::resource::{BaseUrl, Resource};

use crate::support::desk::{BASE, Desk};

const STORIES: usize = 30;

/// A page that takes first sentences from `cache`, which is the same page as without.
fn page_with(desk: &Desk, cache: &TextCache, path: &str) -> String {
    let store = &desk.paper.store;
    let base = BaseUrl::parse(BASE).unwrap();
    let resource = Resource::parse(path).unwrap();
    let made = rendered_with(store, &base, Some(cache), &resource).unwrap();
    let fresh = rendered(store, &base, &resource).unwrap();
    assert_eq!(made.body(), fresh.body(), "{path}");
    String::from_utf8_lossy(made.body().expect("a page")).into_owned()
}

#[test]
fn lists_share_the_first_sentences_of_stories_by_their_revisions() {
    let desk = Desk::new();
    for number in 0..STORIES {
        desk.story(
            &format!("city/story-{number}"),
            "tags = [\"trams\"]",
            "Lead.",
        );
    }
    desk.publish();
    let cache = TextCache::new(1 << 20);
    let front = page_with(&desk, &cache, "/");
    assert_eq!(front.matches(">Lead.<").count(), STORIES);
    let kept = cache.bytes();
    assert!(kept > 100 * STORIES as u64, "{kept}");
    page_with(&desk, &cache, "/sections/city");
    assert_eq!(cache.bytes(), kept, "the same stories");
    desk.edit("city/story-1/article.md", "Lead.", "Another lead.");
    desk.publish();
    for path in ["/", "/sections/city", "/tags/trams"] {
        let page = page_with(&desk, &cache, path);
        assert_eq!(page.matches(">Another lead.<").count(), 1, "{path}");
    }
    let grown = cache.bytes() - kept;
    let of_one = kept / STORIES as u64;
    assert!(
        grown > 0 && grown <= of_one + 64,
        "{grown} more than {kept}"
    );
}
