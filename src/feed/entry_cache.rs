//! Entries kept in memory from one document to the next: a change of one story has that story's entry made anew, and not the
//! forty-nine beside it, in whatever feed and format they stand.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::content::Photo;
use crate::item::{Attachment, Id, Line, Rendition};
use crate::memory::block;
use crate::publication::Publication;
use crate::store::WindowItem;

use super::Entry;

/// The size that the cache is laid out for, not a bound: the text of a usual article.
const EXPECTED_BYTES: u64 = 8 * 1024;

/// Bytes that the cache has for each entry beside its content; its table and its lists may have grown ahead.
const SLOT_BYTES: usize = 2 * (size_of::<(Version, Cached)>() + 2 * size_of::<u64>() + 8);

/// The counts before what is shared.
const COUNTS_BYTES: usize = 2 * size_of::<usize>();

/// The entries of items, bounded by the memory that they take. An entry is valid as long as nothing altered what is said of its
/// item, and the publication is the same; one that is not any more is never asked for again, and makes way.
pub struct EntryCache {
    entries: Cache<Version, Cached, ByMemory>,
    generation: Mutex<Generation>,
}

/// An item and the log entry that last altered it. Selections may name different entries for one item: one that came to take
/// it later names the entry with which it did.
type Version = (Id, u64);

#[derive(Clone)]
struct Cached {
    generation: u64,
    entry: Arc<Entry>,
}

/// The publication that entries are made for at present, and a number for it.
#[derive(Default)]
struct Generation {
    publication: Weak<Publication>,
    number: u64,
}

impl EntryCache {
    /// Room for entries of at most `bytes`.
    pub fn new(bytes: u64) -> Self {
        let entries = usize::try_from(bytes / EXPECTED_BYTES).unwrap_or(usize::MAX);
        Self {
            entries: Cache::with_weighter(entries, bytes, ByMemory),
            generation: Mutex::default(),
        }
    }

    /// The bytes that the entries take in memory.
    pub fn bytes(&self) -> u64 {
        self.entries.weight()
    }

    /// The number for `publication`. Where it is another than before, nothing that was kept is valid.
    fn generation(&self, publication: &Arc<Publication>) -> u64 {
        let mut known = self
            .generation
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !std::ptr::eq(known.publication.as_ptr(), Arc::as_ptr(publication)) {
            known.publication = Arc::downgrade(publication);
            known.number += 1;
            self.entries.clear();
        }
        known.number
    }
}

/// The entries of one document: those that were kept, and those that it makes and keeps for others.
pub struct Entries<'c> {
    cache: Option<&'c EntryCache>,
    generation: u64,
    found: HashMap<Id, Arc<Entry>>,
}

impl<'c> Entries<'c> {
    /// For a document of `publication`. Take it before the window is read: an entry is kept for the publication that it was
    /// made with.
    pub fn of(cache: &'c EntryCache, publication: &Arc<Publication>) -> Self {
        Self {
            cache: Some(cache),
            generation: cache.generation(publication),
            found: HashMap::new(),
        }
    }

    /// For a document that makes all its entries.
    pub fn none() -> Self {
        Self {
            cache: None,
            generation: 0,
            found: HashMap::new(),
        }
    }

    /// Whether the entry of an item is there, as of the log entry that last altered it.
    pub fn has(&mut self, item: WindowItem) -> bool {
        let Some(cache) = self.cache else {
            return false;
        };
        let kept = cache.entries.get(&(item.id, item.touched));
        let valid = kept.filter(|kept| kept.generation == self.generation);
        let is_there = valid.is_some();
        self.found.extend(valid.map(|kept| (item.id, kept.entry)));
        is_there
    }

    pub(super) fn take(&mut self, item: Id) -> Option<Arc<Entry>> {
        self.found.remove(&item)
    }

    pub(super) fn keep(&self, item: WindowItem, entry: &Arc<Entry>) {
        if let Some(cache) = self.cache {
            let kept = Cached {
                generation: self.generation,
                entry: Arc::clone(entry),
            };
            cache.entries.insert((item.id, item.touched), kept);
        }
    }
}

#[derive(Clone)]
struct ByMemory;

impl Weighter<Version, Cached> for ByMemory {
    fn weight(&self, _: &Version, kept: &Cached) -> u64 {
        (SLOT_BYTES + block(COUNTS_BYTES + size_of::<Entry>()) + heap_bytes(&kept.entry)) as u64
    }
}

/// The bytes on the heap that an entry takes, beside its own size.
fn heap_bytes(entry: &Entry) -> usize {
    let texts = [
        &entry.id.guid,
        &entry.id.iri,
        &entry.title,
        &entry.url,
        &entry.summary,
        &entry.html,
    ];
    let texts: usize = texts.into_iter().map(text).sum();
    let lines = [
        &entry.canonical,
        &entry.kicker,
        &entry.language,
        &entry.rights,
    ];
    let lines: usize = lines.into_iter().flatten().map(line).sum();
    let names = [&entry.authors, &entry.contributors];
    let names: usize = names.into_iter().map(|names| list(names, line)).sum();
    let categories = list(&entry.categories, |category| {
        text(&category.term) + text(&category.scheme) + text(&category.label)
    });
    let part_of = entry.part_of.as_ref();
    let part_of = part_of.map_or(0, |(id, url)| text(&id.guid) + text(&id.iri) + text(url));
    texts
        + lines
        + names
        + categories
        + list(&entry.photographs, photograph)
        + list(&entry.attachments, attachment)
        + part_of
}

fn photograph(photo: &Photo) -> usize {
    let lines = [
        &photo.credit,
        &photo.source,
        &photo.copyright,
        &photo.usage_terms,
    ];
    let thumbnail = photo.thumbnail.as_ref();
    text(&photo.url)
        + rendition(&photo.file)
        + thumbnail.map_or(0, |(url, file)| text(url) + rendition(file))
        + text(&photo.title)
        + line(&photo.caption)
        + lines.into_iter().flatten().map(line).sum::<usize>()
        + text(&photo.role)
}

fn attachment(attachment: &Attachment) -> usize {
    let lines = [&attachment.title, &attachment.credit];
    let file = attachment.file.as_ref();
    line(&attachment.url)
        + line(&attachment.media_type)
        + lines.into_iter().flatten().map(line).sum::<usize>()
        + file.map_or(0, |file| line(&file.name) + text(&file.recording.hash))
}

fn rendition(file: &Rendition) -> usize {
    text(&file.hash)
}

fn list<T>(values: &Vec<T>, beside: impl Fn(&T) -> usize) -> usize {
    block(values.capacity() * size_of::<T>()) + values.iter().map(beside).sum::<usize>()
}

fn text(text: &String) -> usize {
    block(text.capacity())
}

fn line(line: &Line) -> usize {
    block(line.len())
}
