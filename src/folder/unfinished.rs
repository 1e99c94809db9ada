//! Files that may still be being written: they are read when they are closed or have not changed for a while.
//!
//! Where the system reports writing, a file that is open for writing waits until it is closed. A text that ends in the
//! middle waits longer, however it came, since the next piece may follow. Nothing waits for ever: a file that is never
//! closed, or whose text is never complete, is taken as it stands.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::item::played_type_of;

use super::{ARTICLE_FILE, PUBLICATION_FILE};

/// A file that is open for writing is read when it has not been written to for this time, or, where the system does not
/// report writing, has not changed for it. Programs that write in pieces pause for less.
const OPEN_QUIET_TIME: Duration = Duration::from_millis(1500);

/// A text that ends in the middle is read when it has not changed for this time.
const CUT_QUIET_TIME: Duration = Duration::from_secs(3);

/// Maximum time that the article in a new folder waits to be closed: the system reports what is written in a folder only
/// when it has begun to watch it.
const NEW_FOLDER_WAIT: Duration = Duration::from_millis(600);

/// A file that changes without end is read as it stands after this time, and again each time that it has passed.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// The same bound as [`MAX_WAIT`] for a recording, which takes longer to be copied: 512 MiB over a slow line.
const MAX_RECORDING_WAIT: Duration = Duration::from_secs(3 * 60 * 60);

/// Maximum number of files that are remembered; of further ones only the ends of their texts are looked at.
const MAX_FILES: usize = 10_000;

/// Maximum number of files of one article that are remembered.
const MAX_FILES_OF_ARTICLE: usize = 1000;

/// The times for which files that may still be written wait before they are read.
#[derive(Clone, Copy, Debug)]
pub struct WaitTimes {
    pub open: Duration,
    pub cut: Duration,
    pub new: Duration,
    pub maximum: Duration,
    pub copying: Duration,
}

impl Default for WaitTimes {
    fn default() -> Self {
        Self {
            open: OPEN_QUIET_TIME,
            cut: CUT_QUIET_TIME,
            new: NEW_FOLDER_WAIT,
            maximum: MAX_WAIT,
            copying: MAX_RECORDING_WAIT,
        }
    }
}

/// The files that may still be written.
#[derive(Debug)]
pub struct Unfinished {
    wait_times: WaitTimes,
    state: Mutex<UnfinishedFiles>,
}

#[derive(Debug)]
struct UnfinishedFiles {
    /// Files that were written to since they were last closed, by their articles.
    written: HashMap<String, HashMap<String, WriteTimes>>,
    /// Articles whose folders were made just now.
    appeared: HashMap<String, Instant>,
    /// Files that were seen and not read yet, by their articles.
    doubtful: HashMap<String, DoubtfulFile>,
    has_events: bool,
    /// The articles that events have pointed at since the last scan ended; `None` before the folder is followed.
    with_events: Option<BTreeSet<String>>,
    last_step: Instant,
    /// The time at which entries that are no longer needed were last removed.
    last_pruned: Option<Instant>,
}

#[derive(Debug)]
struct WriteTimes {
    first: Instant,
    last: Instant,
}

#[derive(Debug)]
struct DoubtfulFile {
    stat: String,
    first: Instant,
    since: Instant,
    /// Whether it was changed just now without an event from the system.
    has_no_event: bool,
}

/// The facts by which it is decided whether a file or folder is still being written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    /// A file, or an article's folder.
    pub(super) path: &'a str,
    pub(super) stat: &'a str,
    /// Whether the text ends in the middle.
    pub(super) is_cut: bool,
    /// Whether it was changed just now and was found by a scan of the whole folder.
    pub(super) is_fresh: bool,
    /// Whether recordings belong to it, which take long to be copied.
    pub(super) has_recordings: bool,
}

/// Whether a file that was read is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Whole,
    /// It ends in the middle, has not changed for long enough, and is taken as it stands.
    Unchanged,
    /// It is to be read again after this time.
    Wait(Duration),
}

impl Default for Unfinished {
    fn default() -> Self {
        Self::with(WaitTimes::default())
    }
}

impl Unfinished {
    pub fn with(wait_times: WaitTimes) -> Self {
        let state = UnfinishedFiles {
            written: HashMap::new(),
            appeared: HashMap::new(),
            doubtful: HashMap::new(),
            has_events: true,
            with_events: None,
            last_step: Instant::now(),
            last_pruned: None,
        };
        Self {
            wait_times,
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> MutexGuard<'_, UnfinishedFiles> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes whether the system reports writing to files.
    pub fn set_has_events(&self, has_events: bool) {
        self.state().has_events = has_events;
    }

    /// Notes that the folder is followed and that a scan begins; events have pointed at these articles.
    pub fn begin_scan(&self, articles: BTreeSet<String>) {
        let mut state = self.state();
        state.with_events.get_or_insert_default().extend(articles);
    }

    /// Notes that the scan has ended.
    pub fn end_scan(&self) {
        if let Some(with_events) = &mut self.state().with_events {
            with_events.clear();
        }
    }

    /// The time for which a file must be unchanged before it is read, where its closing is not reported.
    pub(super) fn quiet_time(&self) -> Duration {
        self.wait_times.open
    }

    /// Notes that the file was written to.
    pub fn written(&self, file: &str, now: Instant) {
        let mut state = self.state();
        let article = article_of(file);
        if !state.written.contains_key(article) && !state.has_room(&self.wait_times, now) {
            return;
        }
        let files = state.written.entry(article.to_owned()).or_default();
        if let Some(written) = files.get_mut(file) {
            written.last = now;
        } else if files.len() < MAX_FILES_OF_ARTICLE {
            let written = WriteTimes {
                first: now,
                last: now,
            };
            files.insert(file.to_owned(), written);
        }
    }

    /// Notes that the writer closed the file, or it was renamed into place whole.
    pub fn closed(&self, file: &str, is_renamed: bool) {
        let mut state = self.state();
        let article = article_of(file);
        // Half of the settings would close sections, so those that are written in their place rest even if they were closed.
        if file == PUBLICATION_FILE && !is_renamed {
            return;
        }
        if let Some(files) = state.written.get_mut(article) {
            files.remove(file);
            if files.is_empty() {
                state.written.remove(article);
            }
        }
        if let Some(with_events) = &mut state.with_events
            && with_events.len() < MAX_FILES
        {
            with_events.insert(article.to_owned());
        }
        if state
            .doubtful
            .get(article)
            .is_some_and(|doubt| doubt.has_no_event)
        {
            state.doubtful.remove(article);
        }
        let inner = file.strip_prefix(article).unwrap_or_default();
        if inner.is_empty() || inner.trim_start_matches('/') == ARTICLE_FILE {
            state.appeared.remove(article);
        }
    }

    /// Notes that the folder of an article was made.
    pub fn appeared(&self, article: &str, now: Instant) {
        let mut state = self.state();
        if state.has_room(&self.wait_times, now) {
            state.appeared.insert(article.to_owned(), now);
        }
    }

    /// Notes that the follower of the folder makes progress.
    pub fn step(&self) {
        self.state().last_step = Instant::now();
    }

    /// When the follower last made progress.
    pub fn last_step(&self) -> Instant {
        self.state().last_step
    }

    /// Decides whether a file that was read is taken, has to wait, or is taken although it looks incomplete.
    pub(super) fn verdict(&self, seen: Seen<'_>, now: Instant) -> Verdict {
        let Seen {
            path, stat, is_cut, ..
        } = seen;
        let mut state = self.state();
        if let Some(left) = self.until_closed(&state, path, now) {
            return Verdict::Wait(left);
        }
        // A file that is still written is read now, and not at each following write.
        for written in state.written.get_mut(path).into_iter().flatten() {
            written.1.first = now;
        }
        let with_events = state.with_events.as_ref();
        let had_no_event = state
            .doubtful
            .get(path)
            .is_some_and(|doubt| doubt.has_no_event);
        let has_no_event = had_no_event
            || !state.has_events
            || (seen.is_fresh
                && with_events.is_some_and(|with_events| !with_events.contains(path)));
        let rest = match (is_cut, has_no_event) {
            (true, _) => self.wait_times.cut,
            (false, true) => self.wait_times.open,
            (false, false) => {
                state.doubtful.remove(path);
                return Verdict::Whole;
            }
        };
        if !state.doubtful.contains_key(path) && !state.has_room(&self.wait_times, now) {
            return Verdict::Whole;
        }
        let doubt = state
            .doubtful
            .entry(path.to_owned())
            .or_insert_with(|| DoubtfulFile {
                stat: stat.to_owned(),
                first: now,
                since: now,
                has_no_event,
            });
        if doubt.stat != stat {
            doubt.since = now;
            stat.clone_into(&mut doubt.stat);
        }
        let left = rest.saturating_sub(now - doubt.since);
        let most = match seen.has_recordings {
            true => self.wait_times.copying,
            false => self.wait_times.maximum,
        };
        let most = most.saturating_sub(now - doubt.first);
        if most.is_zero() {
            doubt.first = now;
        }
        match (left.min(most), is_cut) {
            (Duration::ZERO, true) => Verdict::Unchanged,
            (Duration::ZERO, false) => Verdict::Whole,
            (left, _) => Verdict::Wait(left),
        }
    }

    /// The time to wait for a recording at `path` that is being written, since it takes long to be read; `None` where
    /// there is none.
    pub(super) fn until_copied(&self, path: &str, now: Instant) -> Option<Duration> {
        let state = self.state();
        let written = state.written.get(path).into_iter().flatten();
        let recordings = written.filter(|(file, _)| played_type_of(file).is_some());
        let since = |moment: Instant| now.saturating_duration_since(moment);
        let left = recordings.map(|(_, written)| {
            let most = self.wait_times.copying.saturating_sub(since(written.first));
            self.wait_times
                .open
                .saturating_sub(since(written.last))
                .min(most)
        });
        left.max().filter(|left| !left.is_zero())
    }

    /// The time to wait for the files at `path` to be closed; `None` where none has to be waited for.
    fn until_closed(&self, state: &UnfinishedFiles, path: &str, now: Instant) -> Option<Duration> {
        let since = |moment: Instant| now.saturating_duration_since(moment);
        let wait_times = &self.wait_times;
        let appeared = state.appeared.get(path);
        let appeared = appeared.map(|at| wait_times.new.saturating_sub(since(*at)));
        let left = |file: &str, written: &WriteTimes| {
            let most = match played_type_of(file) {
                Some(_) => wait_times.copying,
                None => wait_times.maximum,
            };
            let most = most.saturating_sub(since(written.first));
            wait_times
                .open
                .saturating_sub(since(written.last))
                .min(most)
        };
        let written = state.written.get(path).into_iter().flatten();
        let written = written.map(|(file, written)| left(file, written));
        written.chain(appeared).max().filter(|left| !left.is_zero())
    }
}

impl UnfinishedFiles {
    /// Whether one more file can be remembered. Where there is no room, entries that have not changed for long are
    /// removed, but not at each call: that would look through all of them again and again.
    fn has_room(&mut self, wait_times: &WaitTimes, now: Instant) -> bool {
        let since = |moment: Instant| now.saturating_duration_since(moment);
        if self.is_full()
            && self
                .last_pruned
                .is_none_or(|pruned| since(pruned) >= wait_times.new)
        {
            self.last_pruned = Some(now);
            let is_fresh = |written: &WriteTimes| since(written.last) < wait_times.maximum;
            self.written.retain(|_, files| files.values().any(is_fresh));
            self.appeared.retain(|_, at| since(*at) < wait_times.new);
            self.doubtful
                .retain(|_, doubt| since(doubt.since) < wait_times.maximum);
        }
        !self.is_full()
    }

    fn is_full(&self) -> bool {
        let lengths = [self.written.len(), self.appeared.len(), self.doubtful.len()];
        lengths.into_iter().any(|length| length >= MAX_FILES)
    }
}

/// The article that a file is of, `section/slug`; any other file stands for itself.
fn article_of(file: &str) -> &str {
    let slashes = file.match_indices('/');
    match slashes.map(|(at, _)| at).nth(1) {
        Some(end) => file.get(..end).unwrap_or(file),
        None => file,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn seen<'a>(path: &'a str, stat: &'a str, is_cut: bool) -> Seen<'a> {
        let is_fresh = false;
        Seen {
            path,
            stat,
            is_cut,
            is_fresh,
            has_recordings: false,
        }
    }

    #[test]
    fn what_changed_just_now_and_unheard_of_rests_until_it_is_closed() {
        let (unfinished, begin) = (Unfinished::default(), Instant::now());
        let verdict = |stat, is_fresh, at| {
            let seen = Seen {
                is_fresh,
                ..seen("city/story", stat, false)
            };
            unfinished.verdict(seen, begin + MS(at))
        };
        assert_eq!(
            verdict("a", true, 0),
            Verdict::Whole,
            "before the folder is followed"
        );
        unfinished.begin_scan(BTreeSet::from(["city/story".to_owned()]));
        assert_eq!(verdict("a", true, 0), Verdict::Whole, "an event told of it");
        unfinished.end_scan();
        assert_eq!(verdict("a", true, 0), Verdict::Wait(MS(1500)));
        assert_eq!(verdict("b", false, 1000), Verdict::Wait(MS(1500)));
        assert_eq!(verdict("b", false, 2500), Verdict::Whole);
        assert_eq!(verdict("c", true, 3000), Verdict::Wait(MS(1500)));
        unfinished.closed("city/story/article.md", false);
        assert_eq!(verdict("c", false, 3000), Verdict::Whole);
    }

    #[test]
    fn what_is_open_waits_until_it_is_closed_and_no_longer_than_a_while() {
        let (unfinished, begin) = (Unfinished::default(), Instant::now());
        let verdict = |at: u64| unfinished.verdict(seen("city/story", "a", false), begin + MS(at));
        assert_eq!(verdict(0), Verdict::Whole);
        unfinished.written("city/story/article.md", begin);
        unfinished.written("city/story-two/article.md", begin);
        assert_eq!(verdict(500), Verdict::Wait(MS(1000)));
        unfinished.closed("city/story/article.md", false);
        assert_eq!(verdict(500), Verdict::Whole);
        // Never closed: read when it has rested, and in the end even if it never does.
        for at in (0..40_000).step_by(1000) {
            unfinished.written("city/story/photo.jpg", begin + MS(at));
            let waits = verdict(at + 500) != Verdict::Whole;
            // Once, and not at each write that follows.
            assert_eq!(waits, at != 30_000, "{at}");
        }
    }

    #[test]
    fn a_recording_waits_until_it_is_copied() {
        let (unfinished, begin) = (Unfinished::default(), Instant::now());
        let verdict = |at: u64| unfinished.verdict(seen("city/story", "a", false), begin + MS(at));
        for at in (0..600_000).step_by(1000) {
            unfinished.written("city/story/talk.MP3", begin + MS(at));
            assert_ne!(verdict(at + 500), Verdict::Whole, "{at}");
        }
        let until = |at: u64| unfinished.until_copied("city/story", begin + MS(at));
        assert_eq!(until(600_000), Some(MS(500)));
        assert_eq!(until(602_000), None);
        assert_eq!(verdict(602_000), Verdict::Whole, "it rested");
        // So where the system does not tell who writes.
        unfinished.set_has_events(false);
        let verdict = |at: u64, has_recordings: bool| {
            let stat = at.to_string();
            let seen = Seen {
                has_recordings,
                ..seen("city/other", &stat, false)
            };
            unfinished.verdict(seen, begin + MS(at))
        };
        for at in (700_000..800_000).step_by(1000) {
            assert_ne!(verdict(at, true), Verdict::Whole, "{at}");
        }
        assert_eq!(verdict(800_000, false), Verdict::Whole);
    }

    #[test]
    fn a_text_that_ends_in_the_middle_waits_longer_and_is_taken_in_the_end() {
        let (unfinished, begin) = (Unfinished::default(), Instant::now());
        let verdict = |at: u64, stat: &str| {
            unfinished.verdict(seen("city/story", stat, true), begin + MS(at))
        };
        assert_eq!(verdict(0, "a"), Verdict::Wait(MS(3000)));
        assert_eq!(verdict(2000, "b"), Verdict::Wait(MS(3000)));
        assert_eq!(verdict(4000, "b"), Verdict::Wait(MS(1000)));
        assert_eq!(verdict(5000, "b"), Verdict::Unchanged);
        assert_eq!(verdict(65_000, "b"), Verdict::Unchanged);
        let mut at = 70_000;
        unfinished.verdict(seen("city/story", "whole", false), begin + MS(at));
        while let Verdict::Wait(_) = verdict(at, &at.to_string()) {
            at += 1000;
        }
        assert_eq!(at, 100_000, "one that grows without end");
    }

    #[test]
    fn without_events_a_file_rests_and_a_new_folder_waits_a_moment() {
        let (unfinished, begin) = (Unfinished::default(), Instant::now());
        let verdict = |at: u64| unfinished.verdict(seen("city/story", "a", false), begin + MS(at));
        unfinished.appeared("city/story", begin);
        assert_eq!(verdict(100), Verdict::Wait(MS(500)));
        unfinished.closed("city/story/article.md", true);
        assert_eq!(verdict(100), Verdict::Whole);
        unfinished.set_has_events(false);
        assert_eq!(verdict(200), Verdict::Wait(MS(1500)));
        assert_eq!(verdict(1700), Verdict::Whole);
    }

    #[test]
    fn settings_rest_unless_they_took_their_name_whole() {
        let (unfinished, begin) = (Unfinished::default(), Instant::now());
        let verdict =
            |at: u64| unfinished.verdict(seen(PUBLICATION_FILE, "a", false), begin + MS(at));
        unfinished.written(PUBLICATION_FILE, begin);
        unfinished.closed(PUBLICATION_FILE, false);
        assert_eq!(verdict(0), Verdict::Wait(MS(1500)));
        unfinished.closed(PUBLICATION_FILE, true);
        assert_eq!(verdict(0), Verdict::Whole);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (unfinished, begin) = (Unfinished::default(), Instant::now());
        for number in 0..MAX_FILES + 10 {
            unfinished.written(&format!("city/{number}/article.md"), begin);
        }
        unfinished.appeared("city/late", begin);
        let cut = |at| unfinished.verdict(seen("city/late", "a", true), begin + at);
        assert_eq!(
            cut(MS(0)),
            Verdict::Whole,
            "nothing waits that is not remembered"
        );
        assert_eq!(unfinished.state().written.len(), MAX_FILES);
        assert!(cut(MAX_WAIT) != Verdict::Whole, "there is room again");
    }
}
