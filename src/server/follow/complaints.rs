//! Complaints about files in the journal: each once, a bounded number at a time, and again only when it changes.

use std::collections::HashMap;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use crate::folder::{ARTICLE_FILE, Files, Report};
use crate::item::{Complaint, Severity, is_refused, shortened};

use super::super::Event;
use super::Follower;

/// Maximum number of complaints of one scan that are reported one by one, whatever their kinds.
const MAX_TOLD_EACH: usize = 50;

/// Number of complaints of each kind that are reported one by one where there are more than [`MAX_TOLD_EACH`]; the others
/// as a number.
const FIRST_OF_A_KIND: usize = 3;

/// Maximum number of kinds of complaints of which some are reported one by one.
const MAX_KINDS: usize = 12;

/// Maximum number of complaints of one file that are kept; the others show once these are mended.
const MAX_OF_A_FILE: usize = 20;

/// Maximum number of characters that are kept of each part of a complaint.
const MAX_KEPT_CHARS: usize = 500;

impl Follower {
    /// Tells what is new among the complaints.
    pub(super) fn complain(&self, report: Report, whole: bool) {
        let files = self.folder.files().ok();
        let mut known = self
            .health
            .complaints
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // A look reads again whatever was refused, so what it does not complain of is well, or gone.
        known.retain(|path, complaints| {
            let article = path.strip_suffix(ARTICLE_FILE).unwrap_or(path);
            let looked = whole || report.scanned.contains(article.trim_end_matches('/'));
            let well = looked && is_refused(complaints) && !is_open(path, &report);
            if report.complaints.contains_key(path) || !(well || is_gone(files.as_ref(), path)) {
                return true;
            }
            if !is_gone(files.as_ref(), path) {
                self.journal.say(&Event::Mended { path: path.clone() });
            }
            false
        });
        let mut fresh = Vec::new();
        for (path, complaints) in report.complaints {
            let complaints = bounded(complaints);
            if known.get(&path) == Some(&complaints) {
                continue;
            }
            if complaints.is_empty() {
                if known.remove(&path).is_some() {
                    self.journal.say(&Event::Mended { path });
                }
                continue;
            }
            fresh.extend(complaints.iter().cloned());
            known.insert(path, complaints);
        }
        self.report_complaints(fresh);
        let count = known
            .values()
            .filter(|complaints| is_refused(complaints))
            .count();
        self.health.refused_files.store(count, Ordering::Relaxed);
    }
}

impl Follower {
    /// Tells complaints one by one; of very many the first of each kind, and how many there are of it.
    fn report_complaints(&self, complaints: Vec<Complaint>) {
        let say = |complaint: Complaint| self.journal.say(&Event::Complaint(complaint));
        if complaints.len() <= MAX_TOLD_EACH {
            complaints.into_iter().for_each(say);
            return;
        }
        let command = format!("courant check --items {}", self.folder.root().display());
        let more = |complaints, expected| {
            let command = command.clone();
            self.journal.say(&Event::More {
                complaints,
                expected,
                command,
            });
        };
        let mut kinds = by_kind(complaints);
        let others = kinds.split_off(kinds.len().min(MAX_KINDS));
        for of_kind in kinds {
            let expected = of_kind.first().map(|first| first.expected.clone());
            let left = of_kind.len().saturating_sub(FIRST_OF_A_KIND);
            of_kind.into_iter().take(FIRST_OF_A_KIND).for_each(say);
            if left > 0 {
                more(left, expected);
            }
        }
        let others: usize = others.iter().map(Vec::len).sum();
        if others > 0 {
            more(others, None);
        }
    }
}

/// Complaints parted by what they expected, the kinds in the order in which they come.
fn by_kind(complaints: Vec<Complaint>) -> Vec<Vec<Complaint>> {
    let mut place_of: HashMap<(Severity, String), usize> = HashMap::new();
    let mut kinds: Vec<Vec<Complaint>> = Vec::new();
    for complaint in complaints {
        let kind = (complaint.severity, complaint.expected.clone());
        let place = *place_of.entry(kind).or_insert(kinds.len());
        match kinds.get_mut(place) {
            Some(known) => known.push(complaint),
            None => kinds.push(vec![complaint]),
        }
    }
    kinds
}

fn is_gone(files: Option<&Files>, path: &str) -> bool {
    files.is_some_and(|files| files.is_gone(path))
}

/// Whether the scan found out nothing about the path: its file waits to be finished, or lies where nothing can be read.
fn is_open(path: &str, report: &Report) -> bool {
    let ends = path.match_indices('/').map(|(at, _)| at);
    let mut places = ends.chain([path.len()]).filter_map(|end| path.get(..end));
    places.any(|place| report.waiting.contains_key(place) || report.unknown.contains(place))
}

/// The complaints as far as they are kept.
fn bounded(mut complaints: Vec<Complaint>) -> Vec<Complaint> {
    // Refusals first, so that the file counts as refused.
    complaints.sort_by_key(|complaint| std::cmp::Reverse(complaint.severity));
    complaints.truncate(MAX_OF_A_FILE);
    for complaint in &mut complaints {
        let parts = [
            &mut complaint.expected,
            &mut complaint.found,
            &mut complaint.advice,
        ];
        for part in parts {
            if part.len() > MAX_KEPT_CHARS {
                *part = shortened(part, MAX_KEPT_CHARS).into_owned();
            }
        }
    }
    complaints
}
