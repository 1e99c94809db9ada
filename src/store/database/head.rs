//! The one row of a server's schema that is lock, sequence and clock of the log.

use tokio_postgres::SimpleQueryRow;

use super::{Error, Result};

/// What the row has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct Head {
    /// The number of this store's life: another one where a restore put another in its place.
    pub(in crate::store) epoch: i64,
    /// The number of transactions that changed something since the schema was made.
    pub(in crate::store) writes: u64,
    /// The newest entry.
    pub(in crate::store) seq: u64,
    pub(in crate::store) time_ms: i64,
    /// The second before which no entry is dated any more.
    pub(in crate::store) promised_s: i64,
    /// The database's clock when this was read.
    pub(in crate::store) clock_ms: i64,
}

/// The database's clock, in milliseconds since 1970: as it is, not as it was when the transaction began or when its lock was not
/// had yet.
pub(in crate::store) const CLOCK_MS: &str =
    "CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)";

/// Selects what [`Head::of`] reads.
pub(super) fn select_head(is_locked: bool) -> String {
    let lock = if is_locked { " FOR UPDATE" } else { "" };
    format!("SELECT epoch, writes, seq, time, promised, {CLOCK_MS} FROM head WHERE one = 1{lock}")
}

impl Head {
    /// # Errors
    /// Where a column has no number.
    pub(super) fn of(row: &SimpleQueryRow) -> Result<Self> {
        Ok(Self {
            epoch: number(row, 0)?,
            writes: number(row, 1)?,
            seq: number(row, 2)?,
            time_ms: number(row, 3)?,
            promised_s: number(row, 4)?,
            clock_ms: number(row, 5)?,
        })
    }
}

/// The number in that column, which is sent as a text.
pub(super) fn number<T: std::str::FromStr>(row: &SimpleQueryRow, column: usize) -> Result<T> {
    let text = row.try_get(column)?;
    let number = text.and_then(|text| text.parse().ok());
    number.ok_or_else(|| {
        Error::Value(format!(
            "column {column}: expected a number; found {text:?}"
        ))
    })
}
