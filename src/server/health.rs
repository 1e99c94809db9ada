//! The state of the running server: its timers and the scans of the folder write it, and the operators' listener reads it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use crate::folder::AwaitedArticle;
use crate::item::Complaint;

use super::follower_status::FollowerStatus;
use super::purge::CacheHealth;

/// The state of the running server, for metrics, the overview and the readiness check.
pub struct Health {
    pub(super) data: PathBuf,
    pub(super) started: DateTime<Utc>,
    /// The time of the last successful scan of the folder, in seconds since 1970.
    pub(super) last_scan: AtomicI64,
    pub(super) refused_files: AtomicUsize,
    pub(super) fault_count: AtomicU64,
    pub(super) caches: Vec<Arc<CacheHealth>>,
    pub(super) follower: FollowerStatus,
    /// The complaints about files at present, by their paths, so that they are not reported again at every scan.
    pub(super) complaints: Mutex<BTreeMap<String, Vec<Complaint>>>,
    /// Files that wait at present, by their paths.
    awaited: Mutex<BTreeMap<String, AwaitedArticle>>,
}

impl Health {
    pub(super) fn new(
        data: PathBuf,
        started: DateTime<Utc>,
        caches: Vec<Arc<CacheHealth>>,
    ) -> Self {
        Self {
            data,
            started,
            last_scan: AtomicI64::new(0),
            refused_files: AtomicUsize::new(0),
            fault_count: AtomicU64::new(0),
            caches,
            follower: FollowerStatus::new(),
            complaints: Mutex::default(),
            awaited: Mutex::default(),
        }
    }

    /// The files that wait, by their paths.
    pub(super) fn awaited(&self) -> MutexGuard<'_, BTreeMap<String, AwaitedArticle>> {
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
