//! Leases as nodes take them in their database, by its clock.

use std::time::Instant;

use super::database::{self, CLOCK_MS, Connection};
use super::lease::{LEASE, Lease};
use super::{Store, StoreError};

impl Store {
    /// Has this node take that lease as soon as no other has it.
    pub fn want_lease(&self, lease: Lease) {
        self.leases.want(lease);
    }

    /// Whether this node has that lease.
    pub fn has_lease(&self, lease: &Lease) -> bool {
        !self.is_on_server() || self.leases.has(lease)
    }

    /// Whether any node has that lease at present.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn is_leased(&self, lease: &Lease) -> Result<bool, StoreError> {
        if !self.is_on_server() {
            return Ok(false);
        }
        let sql = format!("SELECT 1 FROM lease WHERE name = ?1 AND until > {CLOCK_MS}");
        self.reading(|connection| Ok(connection.exists(&sql, [lease.name()])?))
    }

    /// Takes or renews the leases that this node wants, as far as no other has them.
    pub(super) fn renew_leases(&self, connection: &Connection, node: &str) -> database::Result<()> {
        for lease in self.leases.due() {
            // It ends here no later than there: the other end's time begins after this.
            let until = Instant::now() + LEASE;
            let milliseconds = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
            let sql = format!(
                "INSERT INTO lease (name, holder, until) VALUES (?1, ?2, {CLOCK_MS} + ?3)
                 ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
                 WHERE lease.holder = excluded.holder OR lease.until <= excluded.until - ?3"
            );
            let taken = connection.change(&sql, (lease.name(), node, milliseconds))?;
            self.leases.note(lease, (taken > 0).then_some(until));
        }
        Ok(())
    }

    /// Leaves the leases of this node to others.
    pub(super) fn give_leases_up(
        &self,
        connection: &Connection,
        node: &str,
    ) -> database::Result<()> {
        self.leases.clear();
        connection.run("DELETE FROM lease WHERE holder = ?1", [node])
    }
}
