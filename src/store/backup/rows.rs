//! The rows of all tables of a store: copied from one database to another, of whatever engine, and compared.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::store::database::{self, Connection, ToSql, Value};
use crate::store::sqlite::{in_memory, tables};
use crate::store::tables::add_tables;

use super::BackupError;

/// Number of rows that one statement inserts.
const ROWS_PER_STATEMENT: usize = 100;

/// After this many rows their number is told.
const ROWS_PER_PROGRESS: usize = 1000;

type Row = Vec<Value<'static>>;

/// A table of the newest schema.
struct Table {
    name: String,
    columns: Vec<String>,
}

impl Table {
    /// All tables, as an empty store has them: nothing that a database says of itself becomes part of a statement.
    fn all() -> database::Result<Vec<Self>> {
        let empty = in_memory()?;
        add_tables(&empty, 0)?;
        let tables = tables(&empty)?.into_iter();
        Ok(tables
            .map(|(name, columns)| Self { name, columns })
            .collect())
    }

    /// Selects what both engines have. The schema's number is a row on PostgreSQL alone.
    fn select(&self) -> String {
        match &*self.name {
            "meta" => "SELECT key, value FROM meta WHERE key <> 'schema'".to_owned(),
            name => format!("SELECT {} FROM {name}", self.columns.join(", ")),
        }
    }

    fn insert(&self, rows: usize) -> String {
        let width = self.columns.len();
        let row = |row: usize| {
            let numbers = (1..=width).map(|column| format!("?{}", row * width + column));
            format!("({})", numbers.collect::<Vec<_>>().join(", "))
        };
        let rows: Vec<String> = (0..rows).map(row).collect();
        let (name, columns) = (&self.name, self.columns.join(", "));
        format!("INSERT INTO {name} ({columns}) VALUES {}", rows.join(", "))
    }

    fn count(&self, connection: &Connection) -> database::Result<usize> {
        let sql = format!("SELECT count(*) FROM ({}) AS found", self.select());
        connection.one(&sql, (), |row| row.get(0))
    }

    fn each(
        &self,
        connection: &Connection,
        mut see: impl FnMut(Row) -> database::Result<()>,
    ) -> database::Result<()> {
        let width = self.columns.len();
        let cursor = format!("rows_of_{}", self.name);
        connection.stream(&cursor, &self.select(), |row| {
            let values = (0..width).map(|column| row.get::<Value<'static>>(column));
            see(values.collect::<database::Result<_>>()?)
        })
    }
}

/// The number of rows that were read so far, told now and then.
struct RowCount<'p> {
    done: usize,
    total: usize,
    progress: &'p dyn Fn(usize, usize),
}

impl<'p> RowCount<'p> {
    fn of(
        tables: &[Table],
        connection: &Connection,
        progress: &'p dyn Fn(usize, usize),
    ) -> database::Result<Self> {
        let counts = tables.iter().map(|table| table.count(connection));
        Ok(Self {
            done: 0,
            total: counts.sum::<database::Result<usize>>()?,
            progress,
        })
    }

    fn add(&mut self) {
        self.done += 1;
        if self.done.is_multiple_of(ROWS_PER_PROGRESS) {
            (self.progress)(self.done, self.total);
        }
    }
}

/// What a table has, in whatever order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct TableContent {
    rows: u64,
    /// The sum of the rows' hashes.
    sum: u128,
}

impl TableContent {
    fn add(&mut self, row: &Row) {
        let mut hash = Sha256::new();
        for value in row {
            match value {
                Value::Null => hash.update([0]),
                Value::Integer(number) => {
                    hash.update([1]);
                    hash.update(number.to_be_bytes());
                }
                Value::Text(text) => {
                    hash.update([2]);
                    hash.update((text.len() as u64).to_be_bytes());
                    hash.update(text.as_bytes());
                }
                Value::Bytes(bytes) => {
                    hash.update([3]);
                    hash.update((bytes.len() as u64).to_be_bytes());
                    hash.update(bytes);
                }
            }
        }
        let mut half = [0; 16];
        half.copy_from_slice(&hash.finalize()[..16]);
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(half));
        self.rows += 1;
    }
}

/// What all tables have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Content(BTreeMap<String, TableContent>);

impl Content {
    /// The content of a store of the newest schema. On a server a transaction has to be open. `progress` gets the number of rows
    /// that were read, and that of all.
    pub(super) fn of(
        connection: &Connection,
        progress: &dyn Fn(usize, usize),
    ) -> database::Result<Self> {
        let tables = Table::all()?;
        let mut count = RowCount::of(&tables, connection, progress)?;
        let mut found = BTreeMap::new();
        for table in tables {
            let mut content = TableContent::default();
            table.each(connection, |row| {
                content.add(&row);
                count.add();
                Ok(())
            })?;
            found.insert(table.name, content);
        }
        Ok(Self(found))
    }

    /// # Errors
    /// The first table that was written with other rows.
    pub(super) fn expect(&self, written: &Self) -> Result<(), BackupError> {
        let mut tables = self.0.iter();
        let different = tables.find(|(name, content)| written.0.get(*name) != Some(content));
        different.map_or(Ok(()), |(name, _)| {
            Err(BackupError::Different {
                table: name.clone(),
            })
        })
    }
}

/// Copies all rows into tables of the newest schema, replacing what they have, and gives what was copied. On a server a
/// transaction has to be open. `progress` gets the number of rows that were copied, and that of all.
pub(super) fn copy(
    from: &Connection,
    to: &Connection,
    progress: &dyn Fn(usize, usize),
) -> database::Result<Content> {
    let tables = Table::all()?;
    let mut count = RowCount::of(&tables, from, progress)?;
    let mut copied = BTreeMap::new();
    // All else in it was made with the tables.
    to.run("DELETE FROM meta WHERE key <> 'schema'", ())?;
    for table in tables {
        let mut content = TableContent::default();
        let mut waiting: Vec<Row> = Vec::new();
        let insert = table.insert(ROWS_PER_STATEMENT);
        table.each(from, |row| {
            content.add(&row);
            waiting.push(row);
            count.add();
            if waiting.len() == ROWS_PER_STATEMENT {
                insert_all(to, &insert, &waiting)?;
                waiting.clear();
            }
            Ok(())
        })?;
        let insert = table.insert(1);
        for row in &waiting {
            insert_all(to, &insert, std::slice::from_ref(row))?;
        }
        copied.insert(table.name, content);
    }
    Ok(Content(copied))
}

fn insert_all(to: &Connection, sql: &str, rows: &[Row]) -> database::Result<()> {
    let values: Vec<&dyn ToSql> = rows.iter().flatten().map(|value| value as _).collect();
    to.run(sql, &*values)
}
