//! The control socket, by which a command on the same machine reaches the running server. It is in the folder of the
//! store, and only the server's own user can open it. An order is one line of JSON, and so is its answer.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::Instant;

use crate::http::Site;
use crate::item::{Id, Line};
use crate::store::{Act, Action, Applied, Change, Command, Entry, Expected, PendingErasure};

use super::health::Health;

/// The socket in the folder of the store.
const SOCKET: &str = "courant.sock";

/// Maximum length of an order, which is one line.
const MAX_ORDER_BYTES: u64 = 64 * 1024;

/// Maximum time that an order waits for caches in front to acknowledge a purge.
const PURGE_TIMEOUT: Duration = Duration::from_secs(10);

/// Maximum time that an order waits until what it killed is gone from the store's files.
const ERASE_TIMEOUT: Duration = Duration::from_secs(2);

/// Time between two checks whether caches have acknowledged, and until accepting is tried again.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// A decision about an item that a command orders.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    pub actor: String,
    pub item: Id,
    pub action: Action,
    pub public_note: Option<Line>,
}

/// The result of an order, as the server reports it to the command.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct OrderReport {
    /// The reason why nothing was done; `None` where the order was carried out.
    pub error: Option<String>,
    /// The sequence numbers of the log entries that the order made, and their kinds.
    pub entries: Vec<(u64, String)>,
    /// The caches in front, and whether they acknowledged the purge.
    pub caches: Vec<(String, bool)>,
    /// The part of the erasing of killed content that is still ahead, in words; `None` where nothing is left.
    #[serde(default)]
    pub left: Option<String>,
    /// Whether killed content is still in the store's files, and not only in the list of purges for caches in front.
    #[serde(default)]
    pub is_held: bool,
}

impl Order {
    /// The order as a command to the store.
    pub fn command(self) -> Command {
        let act = Act {
            item: self.item,
            action: self.action,
            public_note: self.public_note,
            expected: Expected::Anything,
            section: None,
        };
        Command {
            actor: self.actor,
            change: Change::Act(Box::new(act)),
            idempotency_key: None,
        }
    }
}

impl OrderReport {
    pub fn of(entries: &[Entry]) -> Self {
        let seq_and_kind = |entry: &Entry| (entry.position.seq, entry.kind.name().to_owned());
        Self {
            entries: entries.iter().map(seq_and_kind).collect(),
            ..Self::default()
        }
    }

    /// The same report with the part of the erasing that is still ahead.
    #[must_use]
    pub fn leaving(self, left: Option<PendingErasure>) -> Self {
        Self {
            is_held: left
                .as_ref()
                .is_some_and(|left| *left != PendingErasure::Caches),
            left: left.map(|left| left.to_string()),
            ..self
        }
    }

    fn failed(error: impl ToString) -> Self {
        Self {
            error: Some(error.to_string()),
            ..Self::default()
        }
    }
}

/// Opens the socket. The store is locked, so that one which is there already is left from a server that was killed.
pub(super) fn listen(data: &Path) -> io::Result<UnixListener> {
    let path = data.join(SOCKET);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

pub(super) async fn serve(listener: UnixListener, site: Arc<Site>, health: Arc<Health>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // No file descriptors left, for a while.
            tokio::time::sleep(POLL_INTERVAL).await;
            continue;
        };
        let (site, health) = (Arc::clone(&site), Arc::clone(&health));
        tokio::spawn(async move {
            // The command has ended.
            let _ = answer(stream, &site, &health).await;
        });
    }
}

async fn answer(mut stream: UnixStream, site: &Site, health: &Health) -> io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut line = String::new();
    BufReader::new(reader.take(MAX_ORDER_BYTES))
        .read_line(&mut line)
        .await?;
    let report = match serde_json::from_str::<Order>(&line) {
        Ok(order) => apply(order, site, health).await,
        Err(error) => OrderReport::failed(error),
    };
    let mut line = serde_json::to_string(&report)?;
    line.push('\n');
    writer.write_all(line.as_bytes()).await
}

async fn apply(order: Order, site: &Site, health: &Health) -> OrderReport {
    let kills = matches!(order.action, Action::Remove(how) if how.is_final());
    match site.writes().apply(order.command()).await {
        Err(error) => OrderReport::failed(error),
        Ok(Applied::Before(_)) => OrderReport::default(),
        Ok(Applied::Now(entries)) => {
            let left = match kills {
                true => site.store().erased_within(ERASE_TIMEOUT).await,
                false => None,
            };
            let newest = entries.last().map_or(0, |entry| entry.position.seq);
            let mut report = OrderReport::of(&entries).leaving(left);
            report.caches = purged(newest, health).await;
            report
        }
    }
}

/// Waits until the caches in front know of an entry, or long enough.
async fn purged(seq: u64, health: &Health) -> Vec<(String, bool)> {
    let since = Instant::now();
    loop {
        let acknowledgements = health.caches.iter().map(|cache| {
            let acknowledged = cache.acknowledged.load(Ordering::Relaxed) >= seq;
            (cache.name.clone(), acknowledged)
        });
        let acknowledgements: Vec<(String, bool)> = acknowledgements.collect();
        if acknowledgements
            .iter()
            .all(|(_, acknowledged)| *acknowledged)
            || since.elapsed() > PURGE_TIMEOUT
        {
            return acknowledgements;
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Asks the server that has the store in `data`; none where no server runs.
///
/// # Errors
/// If the server does not answer as it should.
pub fn ask(data: &Path, order: &Order) -> io::Result<Option<OrderReport>> {
    use std::io::{BufRead, Write};
    let path: PathBuf = data.join(SOCKET);
    let mut stream = match std::os::unix::net::UnixStream::connect(path) {
        Ok(stream) => stream,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    stream.set_read_timeout(Some(PURGE_TIMEOUT * 3))?;
    let mut line = serde_json::to_string(order)?;
    line.push('\n');
    stream.write_all(line.as_bytes())?;
    let mut answer = String::new();
    io::BufReader::new(stream).read_line(&mut answer)?;
    Ok(Some(serde_json::from_str(&answer)?))
}
