//! The system's limit on open files, which bounds the number of connections: each is an open file.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// File descriptors that are kept for other things than connections of readers: the store, photographs, the watched folder,
/// other listeners.
const RESERVE: u64 = 256;

/// Raises the limit of this process as far as it may, and gives how many of `wanted` connections are within it.
pub(super) fn connections_within(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        // Some systems have a bound below what they call the highest.
        Err(_) => limit.current,
    };
    let Some(files) = files else {
        return wanted;
    };
    let for_connections = files - RESERVE.min(files / 2);
    wanted.min(usize::try_from(for_connections).unwrap_or(usize::MAX))
}
