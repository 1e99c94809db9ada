//! A server of PostgreSQL that holds the store: one schema of a database, which several nodes share.

use std::fmt;
use std::path::Path;

use sha2::{Digest, Sha256};
use tokio_postgres::Config;

use super::database::{self, Connection};

/// Where the store is on a server.
#[derive(Clone)]
pub struct Server {
    config: Config,
    schema: String,
}

/// Without the password.
impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = self.config.get_dbname().unwrap_or("postgres");
        write!(
            f,
            "schema {} of the PostgreSQL database {database}",
            self.schema
        )
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Server {
    /// The server that has the store of this folder, where it is not in a file there: for unit tests the one that
    /// COURANT_POSTGRES names, with a schema for each folder. No setting names one yet.
    pub(super) fn of(folder: &Path) -> Option<Self> {
        if !cfg!(test) {
            return None;
        }
        let address = std::env::var("COURANT_POSTGRES").ok()?;
        let digest = Sha256::digest(folder.as_os_str().as_encoded_bytes());
        Some(Self {
            config: address
                .parse()
                .expect("COURANT_POSTGRES is the address of a server"),
            schema: format!("test_{}", &hex::encode(digest)[..16]),
        })
    }

    pub(super) fn connect(&self) -> database::Result<Connection> {
        Connection::to_postgres(&self.config, &self.schema)
    }

    /// Makes the schema where there is none.
    pub(super) fn make_schema(&self, connection: &Connection) -> database::Result<()> {
        connection.run_all(&format!("CREATE SCHEMA IF NOT EXISTS {}", self.schema))
    }
}

/// The number of the schema that the connection finds; 0 where there are no tables.
pub(super) fn schema_of(connection: &Connection) -> database::Result<u32> {
    let sql = "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'meta'";
    if !connection.exists(sql, ())? {
        return Ok(0);
    }
    let sql = "SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'schema'";
    Ok(connection.row(sql, (), |row| row.get(0))?.unwrap_or(0))
}

/// Makes all tables of the newest schema, which has that number.
pub(super) fn make_tables(connection: &Connection, schema: u32) -> database::Result<()> {
    connection.run_all(include_str!("schema_postgres.sql"))?;
    // Of a store that begins, every change is known.
    let sql = "INSERT INTO meta (key, value) VALUES ('schema', ?1), ('changes_known_from', '0')";
    connection.run(sql, [schema.to_string()])
}
