//! The running process: the store opened, the folder brought in and followed, listeners, shutdown.

mod background;
mod connection_timeouts;
mod control;
mod conversation;
mod erasing;
mod files;
mod follow;
mod follower_status;
mod health;
mod hyper_request;
mod journal;
mod lasting;
mod listen;
mod metrics;
mod nodes;
mod operations;
mod operators;
mod overview;
mod purge;
mod ready;
mod service;
mod sweep;
mod timer;
mod worker;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::config::{Cdn, Limits};
use crate::feed::RENDERING;
use crate::folder::{Folder, FolderError, PUBLICATION_FILE, Report, ScanScope};
use crate::http::api::Api;
use crate::http::{Front, RateLimit, Site};
use crate::resource::BaseUrl;
use crate::store::{
    Change, Clock, Entry, Lease, Settings, Store, StoreError, StorePlace, WriteQueue, older_schema,
};

use background::Background;
pub use control::{Order, OrderReport, ask};
use erasing::Eraser;
use follow::Follower;
pub use health::Health;
pub use journal::{Event, Journal, Progress};
use lasting::RequestFaults;
use nodes::Nodes;
pub use purge::PurgeError;
use purge::{CacheHealth, Purger};
use sweep::Sweeper;
use timer::Timer;

/// The actor in the log for entries that the clock, a new version or the start of a server make.
const ACTOR: &str = "courant";

/// Maximum time that requests under way may take once the server was told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Time between two checks whether the settings file is complete, at the first start, when nothing can be served without
/// it.
const SETTINGS_LOOK: Duration = Duration::from_millis(100);

/// Time between two looks whether a process that has the store alone is done.
const ALONE_LOOK: Duration = Duration::from_secs(1);

/// The options with which a server runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder of items, if there is one.
    pub items: Option<PathBuf>,
    pub store: StorePlace,
    pub base: BaseUrl,
    /// Whether the loss of more than half of the items at once is believed.
    pub allow_mass_removal: bool,
    pub cdn: Cdn,
    pub rate_limit: Option<RateLimit>,
    pub limits: Limits,
}

/// Why a server could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Purge(#[from] PurgeError),
    /// Feeds under a name and an id that the file does not give would be other feeds.
    #[error(
        "{PUBLICATION_FILE} is refused, and the store knows no earlier one; mend what is said above, and start again"
    )]
    Nameless,
    /// What is in memory is of the store before.
    #[error(
        "the store on the server is another than it was: a backup was restored, or the database lost what was written last; start this \
         server again"
    )]
    Replaced,
    #[error("the system refused: {0}")]
    System(#[from] std::io::Error),
}

/// A server whose store is open and which is ready to listen.
pub struct Server {
    site: Arc<Site>,
    health: Arc<Health>,
    journal: Arc<Journal>,
    follower: Option<Follower>,
    timer: Timer,
    sweeper: Sweeper,
    eraser: Eraser,
    /// The listener of the write API, if it has one of its own.
    api: Option<TcpListener>,
    data: PathBuf,
    purgers: Vec<Purger>,
    limits: Limits,
    /// The host names under which operators reach the server, beside its addresses.
    operations_names: Vec<String>,
    /// Stopped when all else has ended.
    nodes: Option<Nodes>,
}

/// Reports that an older store will be brought up to date, which may take seconds.
fn report_schema(data: &Path, journal: &Journal) {
    if let Some(found) = older_schema(data) {
        let text = format!(
            "the store is of schema {found} and is brought up to date: some seconds for each 100,000 articles"
        );
        journal.say(&Event::Note { text });
    }
}

impl Server {
    /// Opens the store and brings in the folder, the first time whole; later the rest follows behind the open port.
    ///
    /// # Errors
    /// If the store cannot be opened, or the folder cannot be read the first time.
    pub fn open(
        options: &Options,
        clock: Clock,
        journal: Arc<Journal>,
    ) -> Result<Self, ServerError> {
        let folder = options.store.folder();
        report_schema(folder, &journal);
        let store = Arc::new(open_store(&options.store, &clock, &journal)?);
        let nodes = Nodes::start(&store, Arc::clone(&clock), &journal)?;
        let clock = store.clock(clock);
        let caches = options.cdn.purge.iter();
        let caches: Vec<_> = caches
            .map(|purge| Arc::new(CacheHealth::of(purge)))
            .collect();
        let health = Arc::new(Health::new(folder.to_owned(), clock(), caches.clone()));
        let is_first = store.position().seq == 0;
        let entry_journal = Arc::clone(&journal);
        let on_entries = Box::new(move |entries: &[Entry]| entry_journal.entries(entries));
        let writes = Arc::new(WriteQueue::new(Arc::clone(&store), clock, on_entries));
        journal.entries(&writes.apply_one(ACTOR, Change::Rendering(RENDERING))?);
        let follower = match &options.items {
            None => {
                keep_settings(&writes, &options.base, &journal)?;
                forget_files_of_none(&store)?;
                None
            }
            Some(items) => {
                let follower = Follower {
                    folder: Folder::new(items.clone())
                        .waiting_for(Arc::clone(health.follower.unfinished())),
                    writes: Arc::clone(&writes),
                    journal: Arc::clone(&journal),
                    health: Arc::clone(&health),
                    base: options.base.as_str().to_owned(),
                    allow_mass_removal: options.allow_mass_removal,
                    reported_removal: Mutex::default(),
                };
                store.expect_paper(items, follower.folder.publication_id())?;
                match follower.is_one_to_begin(nodes.as_ref())? {
                    true => follower.begin(is_first, &options.base)?,
                    false => follower.warn_of_another_base(&options.base)?,
                }
                Some(follower)
            }
        };
        // Changes that became due while no server ran.
        timer::write_due(&writes, &journal, &AtomicBool::new(false))?;
        // The timer reports what comes to wait later.
        follow::tell_of_api(&store, &journal)?;
        let timer = Timer {
            writes: Arc::clone(&writes),
            journal: Arc::clone(&journal),
            health: Arc::clone(&health),
            reported_seq: store.newest_private()?,
        };
        store.tell_caches_before_erasing(caches.iter().map(|cache| cache.name.clone()).collect());
        let eraser = Eraser {
            store: Arc::clone(&store),
            journal: Arc::clone(&journal),
        };
        let sweeper = Sweeper::of(&store, &journal, writes.clock());
        let fault = tell_faults(Arc::clone(&journal));
        let base = options.base.clone();
        let front = Front::new(
            options.cdn.key_headers.clone(),
            options.cdn.tag_suffixes.clone(),
            !caches.is_empty(),
            store.publication()?.id(),
        );
        let site = Site::new(writes, base, options.limits.cache_bytes, fault)
            .with_front(front)
            .with_body_pause(Duration::from_secs(options.limits.body_seconds))
            .with_rate_limit(options.rate_limit.clone());
        let site = Arc::new(site);
        let purgers = options.cdn.purge.iter().zip(caches).map(|(purge, cache)| {
            Purger::new(
                Arc::clone(&site),
                Arc::clone(&journal),
                purge.clone(),
                cache,
            )
        });
        let purgers = purgers.collect::<Result<_, _>>()?;
        Ok(Self {
            site,
            health,
            journal,
            follower,
            timer,
            sweeper,
            eraser,
            api: None,
            data: folder.to_owned(),
            purgers,
            limits: options.limits,
            operations_names: Vec::new(),
            nodes,
        })
    }

    pub fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// The server with the write API on a listener of its own, if there is one.
    #[must_use]
    pub fn writing_on(self, api: Option<TcpListener>) -> Self {
        Self { api, ..self }
    }

    /// This server, with these names for its operations listener beside its addresses.
    #[must_use]
    pub fn operated_as(self, operations_names: Vec<String>) -> Self {
        Self {
            operations_names,
            ..self
        }
    }

    /// Serves until `stop` comes, then lets the requests under way end.
    ///
    /// # Errors
    /// If the system refuses a thread.
    pub async fn run(
        self,
        public: TcpListener,
        operations: TcpListener,
        stop: impl Future<Output = ()>,
    ) -> Result<(), ServerError> {
        let limits = within_files(self.limits, &self.journal);
        let store = Arc::clone(self.site.store());
        let background = Background::start(self.follower, self.timer, self.sweeper, self.eraser)?;
        let control = take_commands(&self.data, &self.site, &self.health, &self.journal);
        let (stop_sender, stop_receiver) = tokio::sync::watch::channel(false);
        let operations = tokio::spawn(operations::serve(
            operations,
            (Arc::clone(&self.site), self.operations_names),
            Arc::clone(&self.health),
            stop_receiver.clone(),
        ));
        let ended = Arc::clone(&self.site);
        let mut purging = JoinSet::new();
        for purger in self.purgers {
            purging.spawn(purger.run());
        }
        let api = Api::new(Arc::clone(&self.site));
        let of_readers = api.clone();
        let of_readers = self.api.is_none().then_some(of_readers);
        let writers = self.api.map(|listener| {
            let served = (Arc::clone(&self.site), Some(api));
            let journal = Arc::clone(&self.journal);
            tokio::spawn(listen::serve(
                listener,
                served,
                journal,
                limits,
                stop_receiver.clone(),
            ))
        });
        let mut public = tokio::spawn(listen::serve(
            public,
            (Arc::clone(&self.site), of_readers),
            Arc::clone(&self.journal),
            limits,
            stop_receiver,
        ));
        let replaced = async {
            match &self.nodes {
                Some(nodes) => nodes.replaced().await,
                None => std::future::pending().await,
            }
        };
        let mut is_replaced = false;
        tokio::select! {
            () = stop => {}
            () = replaced => is_replaced = true,
            // It ends by itself only where it could not begin.
            ended = &mut public => return ended.map_err(std::io::Error::other)?.map_err(Into::into),
        }
        self.journal.say(&Event::Stopping);
        ended.end();
        background.stop();
        store.stop();
        // Receivers that are gone have stopped already.
        let _ = stop_sender.send(true);
        let ended = async {
            let _ = public.await;
            if let Some(writers) = writers {
                let _ = writers.await;
            }
        };
        if tokio::time::timeout(GRACE, ended).await.is_err() {
            self.journal.say(&Event::Impatient);
        }
        operations.abort();
        if let Some(control) = control {
            control.abort();
        }
        // Caches get the purges that they have not acknowledged at the next start.
        purging.abort_all();
        background.ended(&self.journal).await;
        // What it has alone is another node's from here on.
        drop(self.nodes);
        match is_replaced {
            true => Err(ServerError::Replaced),
            false => Ok(()),
        }
    }
}

/// Opens the store, and gives other nodes its files. Where another process has it alone for a while, that is waited for.
fn open_store(place: &StorePlace, clock: &Clock, journal: &Journal) -> Result<Store, StoreError> {
    let mut has_told = false;
    loop {
        match Store::open_at(place, clock()) {
            Err(error @ StoreError::HeldAlone { .. }) => {
                if !has_told {
                    nodes::tell_waiting(journal, &error.to_string());
                }
                has_told = true;
                std::thread::sleep(ALONE_LOOK);
            }
            opened => {
                let store = opened?;
                let bar = journal.progress("giving photographs to the database");
                store.share_files(&|done, total| bar.at(done, total))?;
                bar.end();
                return Ok(store);
            }
        }
    }
}

/// Listens for the commands on this machine that decide of stories.
fn take_commands(
    data: &Path,
    site: &Arc<Site>,
    health: &Arc<Health>,
    journal: &Journal,
) -> Option<tokio::task::JoinHandle<()>> {
    match control::listen(data) {
        Ok(listener) => {
            let served = control::serve(listener, Arc::clone(site), Arc::clone(health));
            Some(tokio::spawn(served))
        }
        Err(error) => {
            let text = format!(
                "commands on this machine (withhold, release, retract, kill) cannot reach this server: {error}; the write \
                 API can"
            );
            journal.say(&Event::Warning { text });
            None
        }
    }
}

/// The limits, with no more connections than the system allows open files for.
fn within_files(limits: Limits, journal: &Journal) -> Limits {
    let wanted = limits.connections;
    let connections = files::connections_within(wanted);
    if connections < wanted {
        let text = format!(
            "the system allows open files for {connections} connections, not for {wanted}: so many are taken at once; raise \
             its hard limit (LimitNOFILE, ulimit -Hn)"
        );
        journal.say(&Event::Warning { text });
    }
    Limits {
        connections,
        ..limits
    }
}

/// Forgets files that wait, unless another node has a folder of items.
fn forget_files_of_none(store: &Store) -> Result<(), StoreError> {
    match store.is_leased(&Lease::Folder)? {
        true => Ok(()),
        false => store.forget_waiting_files(),
    }
}

/// Without a folder the settings are those of the store, under the base URL of this run.
fn keep_settings(writes: &WriteQueue, base: &BaseUrl, journal: &Journal) -> Result<(), StoreError> {
    let store = writes.store();
    let settings = Settings {
        publication: (*store.publication()?).clone(),
        source: store
            .settings()?
            .map(|known| known.source)
            .unwrap_or_default(),
        base_url: base.as_str().to_owned(),
    };
    let change = Change::Settings(Box::new(settings));
    journal.entries(&writes.apply_one(ACTOR, change)?);
    Ok(())
}

impl Follower {
    /// Nodes that name other addresses give other bytes.
    fn warn_of_another_base(&self, base: &BaseUrl) -> Result<(), StoreError> {
        let settings = self.writes.store().settings()?;
        let (own, other) = (base.as_str(), settings.map(|settings| settings.base_url));
        if let Some(other) = other.filter(|other| other != own) {
            let text = format!(
                "this node has the base URL {own}, and the one that follows the folder has {other}: readers get other addresses by each; \
                 give all the same --base-url"
            );
            self.journal.say(&Event::Warning { text });
        }
        Ok(())
    }

    /// Whether this node is the one that follows the folder. Where it is another, waits until that one has brought the settings in,
    /// or has gone.
    fn is_one_to_begin(&self, nodes: Option<&Nodes>) -> Result<bool, StoreError> {
        let store = self.writes.store();
        store.want_lease(Lease::Folder);
        let mut has_told = false;
        loop {
            if store.has_lease(&Lease::Folder) {
                return Ok(true);
            }
            let is_another = store.is_leased(&Lease::Folder)?;
            if is_another && store.settings()?.is_some() {
                return Ok(false);
            }
            if is_another && !has_told {
                let text = "another node has the folder of items: nothing is served before it has brought its settings in";
                self.journal.say(&Event::Note {
                    text: text.to_owned(),
                });
                has_told = true;
            }
            nodes.into_iter().for_each(Nodes::look);
            std::thread::sleep(SETTINGS_LOOK);
        }
    }

    fn begin(&self, is_first: bool, base: &BaseUrl) -> Result<(), ServerError> {
        let mut report = Report::default();
        let bring = |report: &mut Report| {
            let folder = &self.folder;
            folder.bring_in_publication(&self.writes, &self.base, report)
        };
        let store = self.writes.store();
        let mut known = bring(&mut report);
        if store.settings()?.is_none() && !report.waiting.is_empty() {
            let text = format!(
                "{PUBLICATION_FILE} may not be written to its end yet: nothing is served before it has rested"
            );
            self.journal.say(&Event::Note { text });
        }
        while store.settings()?.is_none() && !report.waiting.is_empty() {
            std::thread::sleep(SETTINGS_LOOK);
            report = Report::default();
            known = bring(&mut report);
        }
        let publication = match known {
            Ok(publication) => publication,
            Err(error @ FolderError::Unreadable { .. }) => {
                self.journal.say(&Event::Trouble {
                    what: format!("without a {PUBLICATION_FILE} nothing is brought in"),
                    reason: error.to_string(),
                });
                keep_settings(&self.writes, base, &self.journal)?;
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        if report.refused > 0 {
            if store.settings()?.is_none() {
                self.tell(report);
                return Err(ServerError::Nameless);
            }
            keep_settings(&self.writes, base, &self.journal)?;
        } else if report.waiting.contains_key(PUBLICATION_FILE) {
            // Meanwhile those of the store are served, under this run's addresses.
            keep_settings(&self.writes, base, &self.journal)?;
        }
        if is_first && report.refused == 0 {
            let bar = self.journal.progress("bringing in");
            let progress = |done, total| bar.at(done, total);
            let bring = || {
                self.folder.bring_in(
                    &self.writes,
                    &publication,
                    &ScanScope::Everywhere,
                    &progress,
                    &mut report,
                )
            };
            store.in_bulk(bring)??;
            bar.end();
        }
        self.tell(report);
        Ok(())
    }
}
/// Tells the operator of requests that the store's failure ends, of each kind now and then.
fn tell_faults(journal: Arc<Journal>) -> crate::http::TellFault {
    let faults = RequestFaults::default();
    Box::new(move |path, error| {
        let (path, reason) = (path.to_owned(), error.to_string());
        if faults.is_new(&path, &reason, Instant::now()) {
            let status = if error.is_unreachable() { 503 } else { 500 };
            journal.say(&Event::Fault {
                status,
                path,
                reason,
            });
        }
    })
}
