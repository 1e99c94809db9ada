//! What is counted of kept answers is what they take, as an allocator that counts sees it.
//!
//! A program of its own with one test: the allocator counts for the whole process.

#[path = "../support/mod.rs"]
mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;

use support::desk::Desk;

/// The system's allocator, and how many bytes were asked of it that were not given back.
struct Counting;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: the system's allocator does the work; beside it a number is counted.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps what it promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the same.
        unsafe { System.dealloc(at, layout) }
    }
}

const STORIES: usize = 300;

/// What the first answers need for good: connections of the store, threads, tables.
const WARM: usize = 20;

/// Closed segments of the archive; the newest stories are in none.
const SEGMENTS: usize = 9;

const CODINGS: [&str; 4] = ["gzip", "br", "zstd", "identity"];

fn ask_for(desk: &Desk, stories: std::ops::Range<usize>) {
    for number in stories {
        for format in ["rss", "atom", "json"] {
            for coding in CODINGS {
                let path = format!("/articles/story-{number}.{format}");
                let answer = desk.ask(Method::GET, &path, &[("accept-encoding", coding)]);
                assert_eq!(answer.status, 200, "{path}");
            }
        }
    }
}

#[test]
fn kept_answers_count_for_no_less_than_they_take_and_not_for_much_more() {
    let desk = Desk::new();
    for number in 0..STORIES {
        // Texts of many lengths, from one line to what a reportage has.
        let text = "The tram rang its bell. ".repeat(1 + number * 37 % 400);
        let name = format!("city/story-{number}");
        desk.story(&name, "published = 2026-10-01T08:00:00Z", &text);
    }
    desk.publish();
    ask_for(&desk, 0..WARM);
    let (before, counted_before) = (ALLOCATED.load(Ordering::SeqCst), desk.site().cached_bytes());
    ask_for(&desk, WARM..STORIES);
    // Feeds of many stories keep their entries, too.
    for segment in 1..=SEGMENTS {
        let path = format!("/archive/{segment}.rss");
        let answer = desk.ask(Method::GET, &path, &[("accept-encoding", "identity")]);
        assert_eq!(answer.status, 200, "{path}");
    }
    let taken = ALLOCATED.load(Ordering::SeqCst) - before;
    let counted = usize::try_from(desk.site().cached_bytes() - counted_before).unwrap();
    assert!(
        counted >= taken,
        "{taken} bytes were taken, {counted} counted"
    );
    assert!(
        counted * 100 <= taken * 125,
        "{taken} bytes were taken, {counted} counted"
    );
}
