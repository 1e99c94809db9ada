//! What a server costs: processor time and memory of a process and its children, as /proc tells them.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A process and all that descend from it.
pub struct Family(Vec<u32>);

impl Family {
    pub fn of(id: u32) -> io::Result<Self> {
        let mut ids = vec![id];
        let mut parents = Vec::new();
        for entry in fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let Some(id) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            // A process that ended meanwhile is nobody's child.
            if let Ok(fields) = stat(id)
                && let Some(parent) = fields.get(1).and_then(|parent| parent.parse::<u32>().ok())
            {
                parents.push((id, parent));
            }
        }
        let mut known = 0;
        while let Some(parent) = ids.get(known).copied() {
            let children = parents.iter().filter(|(_, of)| *of == parent);
            ids.extend(children.map(|(id, _)| *id));
            known += 1;
        }
        Ok(Self(ids))
    }

    /// Processor time so far.
    pub fn processor(&self) -> io::Result<Duration> {
        let mut ticks = 0;
        for id in &self.0 {
            // utime and stime; Linux counts them in hundredths of a second.
            let fields = stat(*id)?;
            ticks += fields
                .iter()
                .skip(11)
                .take(2)
                .filter_map(|field| field.parse::<u64>().ok())
                .sum::<u64>();
        }
        Ok(Duration::from_millis(ticks * 10))
    }

    /// Memory that is not shared with files, in bytes.
    pub fn memory(&self) -> io::Result<u64> {
        let mut kib = 0;
        for id in &self.0 {
            let status = fs::read_to_string(format!("/proc/{id}/status"))?;
            for field in ["RssAnon:", "RssShmem:"] {
                let line = status.lines().find_map(|line| line.strip_prefix(field));
                let number = line.and_then(|line| line.trim().split(' ').next());
                kib += number
                    .and_then(|number| number.parse::<u64>().ok())
                    .unwrap_or(0);
            }
        }
        Ok(kib * 1024)
    }
}

/// The fields of /proc/ID/stat from the state on; the name before it may hold blanks.
fn stat(id: u32) -> io::Result<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{id}/stat"))?;
    let fields = text.rsplit(") ").next().unwrap_or_default();
    Ok(fields.split(' ').map(str::to_owned).collect())
}

/// A child that ends with the bench.
pub struct Owned(Child);

impl Owned {
    pub fn start(mut command: Command, log: &Path) -> io::Result<Self> {
        let log = fs::File::create(log)?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?);
        Ok(Self(command.stderr(log).spawn()?))
    }

    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // Told rather than killed, so that it ends its own children.
        let id = self.0.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let _ = self.0.wait();
    }
}
