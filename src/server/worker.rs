//! A thread that serves its share of the connections, alone: nothing moves between processors while a request is
//! answered from memory.

use std::future::Future;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio::time::{Interval, MissedTickBehavior};

use crate::config::Limits;
use crate::http::api::Api;
use crate::http::{Peer, ReadyResponses, Site};

use super::connection_timeouts::{Deadline, TICK, TimedStream, TimeoutClock};
use super::conversation::Conversation;
use super::service::Service;

/// Photographs are read from files by this many threads of a worker: more would only wait for the same disk.
const FILE_THREADS: usize = 16;

/// A connection that was accepted, with its place among those that are allowed.
pub(super) struct Accepted {
    pub(super) stream: std::net::TcpStream,
    pub(super) peer: Peer,
    pub(super) permit: OwnedSemaphorePermit,
}

/// The handle of a thread that serves.
pub(super) struct Worker {
    handed: mpsc::UnboundedSender<Accepted>,
    load: Arc<AtomicUsize>,
    ended: oneshot::Receiver<()>,
}

impl Worker {
    /// Starts a thread with a runtime of its own.
    ///
    /// # Errors
    /// If the system refuses either.
    pub(super) fn start(site: Arc<Site>, api: Option<Api>, limits: Limits) -> io::Result<Self> {
        let (handed, come) = mpsc::unbounded_channel();
        let (ends, ended) = oneshot::channel();
        let load = Arc::new(AtomicUsize::new(0));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(FILE_THREADS)
            .build()?;
        let thread = Thread {
            ready: Arc::new(Mutex::new(site.ready())),
            site,
            api,
            limits,
            load: Arc::clone(&load),
            timeouts: Arc::new(TimeoutClock::new(limits)),
            connections: Vec::new(),
            graceful: GracefulShutdown::new(),
        };
        std::thread::Builder::new()
            .name("serve".to_owned())
            .spawn(move || {
                runtime.block_on(thread.receive(come));
                // The receiver is gone where the server closed the connection for a timeout.
                let _ = ends.send(());
                // Files that are being read are not waited for.
                runtime.shutdown_background();
            })?;
        Ok(Self {
            handed,
            load,
            ended,
        })
    }

    /// The number of its open connections.
    pub(super) fn load(&self) -> usize {
        self.load.load(Ordering::Relaxed)
    }

    pub(super) fn hand(&self, accepted: Accepted) {
        self.load.fetch_add(1, Ordering::Relaxed);
        // A worker that is gone has nobody to serve.
        let _ = self.handed.send(accepted);
    }

    /// Tells it that nobody comes any more; what is returned waits for the last connection's end.
    pub(super) fn end(self) -> impl Future<Output = ()> {
        drop(self.handed);
        async move {
            let _ = self.ended.await;
        }
    }
}

/// The state of a worker's thread.
struct Thread {
    site: Arc<Site>,
    api: Option<Api>,
    ready: Arc<Mutex<ReadyResponses>>,
    limits: Limits,
    load: Arc<AtomicUsize>,
    timeouts: Arc<TimeoutClock>,
    connections: Vec<Connection>,
    graceful: GracefulShutdown,
}

/// A connection in the list of those whose deadlines are checked.
struct Connection {
    due: Arc<Deadline>,
    task: AbortHandle,
}

impl Thread {
    async fn receive(mut self, mut come: mpsc::UnboundedReceiver<Accepted>) {
        let mut ticks = ticks();
        loop {
            tokio::select! {
                accepted = come.recv() => match accepted {
                    Some(accepted) => self.seat(accepted),
                    None => break,
                },
                _ = ticks.tick(), if !self.connections.is_empty() => self.sweep(),
            }
        }
        self.timeouts.end();
        for connection in self
            .connections
            .iter()
            .filter(|connection| connection.due.is_idle())
        {
            connection.task.abort();
        }
        let graceful = std::mem::take(&mut self.graceful);
        let mut left = std::pin::pin!(graceful.shutdown());
        loop {
            tokio::select! {
                () = &mut left => return,
                _ = ticks.tick() => self.sweep(),
            }
        }
    }

    fn seat(&mut self, accepted: Accepted) {
        let Accepted {
            stream,
            peer,
            permit,
        } = accepted;
        let place = ConnectionSlot {
            load: Arc::clone(&self.load),
            _permit: permit,
        };
        let Ok(stream) = settled(stream) else {
            return;
        };
        let (stream, due) = TimedStream::new(stream, Arc::clone(&self.timeouts));
        let service = Service {
            site: Arc::clone(&self.site),
            api: self.api.clone(),
            ready: Arc::clone(&self.ready),
            peer,
            due: Arc::clone(&due),
            head_bytes: self.limits.head_bytes,
        };
        // As long as one is there the thread does not end.
        let watcher = self.graceful.watcher();
        let task = tokio::spawn(async move {
            Conversation::new(service, stream).hold().await;
            drop((watcher, place));
        });
        let task = task.abort_handle();
        self.connections.push(Connection { due, task });
    }

    /// Ends the connections whose time is over.
    fn sweep(&mut self) {
        self.timeouts.advance();
        let timeouts = &self.timeouts;
        self.connections.retain(|connection| {
            if connection.task.is_finished() {
                return false;
            }
            if timeouts.is_over(&connection.due) {
                connection.task.abort();
            }
            true
        });
    }
}

fn ticks() -> Interval {
    let mut ticks = tokio::time::interval(TICK);
    // Time that was not swept, because nobody was there, is nobody's.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

fn settled(stream: std::net::TcpStream) -> io::Result<TcpStream> {
    // Without it a small response waits for an acknowledgement; where it is refused, it waits.
    let _ = stream.set_nodelay(true);
    TcpStream::from_std(stream)
}

/// Counts a connection as ended when it is dropped.
struct ConnectionSlot {
    load: Arc<AtomicUsize>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        self.load.fetch_sub(1, Ordering::Relaxed);
    }
}
