//! A server of PostgreSQL that holds the store: one schema of a database.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use url::Url;

use super::StoreError;
use super::database::{self, CLOCK_MS, Connection, Error, Hold, Wake};

/// The schema of the store where none is named.
pub const DEFAULT_SCHEMA: &str = "courant";

/// Maximum number of connections that read at once, where the configuration has none: with the writer they are 16.
const DEFAULT_READERS: usize = 15;

/// The oldest version of PostgreSQL that is supported, as it gives its number.
const OLDEST_VERSION: i64 = 140_000;

/// The options of an address, besides `sslmode` and `schema`, that are given on.
const OPTIONS: [&str; 5] = [
    "host",
    "port",
    "connect_timeout",
    "target_session_attrs",
    "options",
];

/// Maximum number of bytes of a name that PostgreSQL keeps whole.
const MAX_NAME_BYTES: usize = 63;

/// Stands between the name of a schema and the time when a restore put it aside, such as `20261130t201501480z`.
const ASIDE_INFIX: &str = "_before_";
const TIME_BYTES: usize = 19;

/// After so long without an answer of the network, a connection counts as broken.
const SILENCE: Duration = Duration::from_secs(10);

/// Why an address, or the name of a schema, cannot be used; never with a password.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected {expected}; found {found}")]
pub struct AddressError {
    pub expected: String,
    pub found: String,
}

impl AddressError {
    fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            expected: expected.into(),
            found: found.into(),
        }
    }
}

/// The form of an address.
const AN_ADDRESS: &str = "postgres://user@host:5432/database";

/// Where the database of a store is on a server.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseServer {
    config: Config,
    schema: String,
    has_tls: bool,
    max_readers: usize,
    /// Whether its clock dates the entries of the log, and not that of the node that writes them.
    dates_entries: bool,
}

/// Without the password.
impl fmt::Display for DatabaseServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = self.config.get_dbname().unwrap_or_default();
        write!(
            f,
            "schema {} of the PostgreSQL database {database}",
            self.schema
        )?;
        match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => write!(f, " at {host}"),
            Some(Host::Unix(folder)) => write!(f, " at {}", folder.display()),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for DatabaseServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl DatabaseServer {
    /// The server at that address, `postgres://user:password@host:port/database`. A connection to another machine is
    /// encrypted and the server's certificate verified, unless `sslmode=disable` stands in the address. A password that it
    /// lacks is that of the environment's `PGPASSWORD`; `schema` is used where it names none with `?schema=`.
    ///
    /// # Errors
    /// Where it is no such address, or that is no name for a schema.
    pub fn parse(address: &str, schema: &str) -> Result<Self, AddressError> {
        let wrong = |found: String| AddressError::new(AN_ADDRESS, found);
        let mut url = Url::parse(address).map_err(|problem| wrong(problem.to_string()))?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(wrong(format!("the scheme {}", url.scheme())));
        }
        let (mut mode, mut named_schema, mut others) = (None, None, Vec::new());
        for (name, value) in url.query_pairs().into_owned() {
            match &*name {
                "sslmode" => mode = Some(value),
                "schema" => named_schema = Some(value),
                name if OPTIONS.contains(&name) => others.push((name.to_owned(), value)),
                // It is not shown: a password with a sign that addresses use for other things ends here.
                _ => {
                    let options = OPTIONS.join(", ");
                    return Err(AddressError::new(
                        format!(
                            "no options but sslmode, schema, {options} (signs of a password are %-encoded)"
                        ),
                        "another",
                    ));
                }
            }
        }
        url.set_query(None);
        if !others.is_empty() {
            url.query_pairs_mut().extend_pairs(others);
        }
        let parsed: Result<Config, _> = url.as_str().parse();
        let mut config = parsed.map_err(|problem| {
            let cause = std::error::Error::source(&problem).map(ToString::to_string);
            wrong(cause.unwrap_or(problem.to_string()))
        })?;
        let named = [
            (config.get_hosts().is_empty(), "host"),
            (config.get_user().is_none(), "user"),
            (config.get_dbname().is_none_or(str::is_empty), "database"),
        ];
        if let Some((_, part)) = named.iter().find(|(lacks, _)| *lacks) {
            return Err(wrong(format!("no {part}")));
        }
        let is_near = config.get_hosts().iter().all(is_on_this_machine);
        let has_tls = match mode.as_deref() {
            None => !is_near,
            Some("disable") => false,
            Some("verify-full") => true,
            Some(other) => {
                let expected = "sslmode to be verify-full, which is the default for another machine, or disable";
                return Err(AddressError::new(expected, format!("{other:?}")));
            }
        };
        if config.get_password().is_none()
            && let Ok(password) = std::env::var("PGPASSWORD")
        {
            config.password(password);
        }
        config
            .ssl_mode(if has_tls {
                SslMode::Require
            } else {
                SslMode::Disable
            })
            .keepalives_idle(SILENCE)
            .keepalives_interval(SILENCE / 4)
            .keepalives_retries(3)
            .tcp_user_timeout(SILENCE);
        Ok(Self {
            config,
            schema: schema_name(named_schema.as_deref().unwrap_or(schema))?,
            has_tls,
            max_readers: DEFAULT_READERS,
            dates_entries: true,
        })
    }

    /// With that many connections at once, of which one writes.
    #[must_use]
    pub fn with_connections(self, count: usize) -> Self {
        Self {
            max_readers: count.saturating_sub(1).max(1),
            ..self
        }
    }

    /// With entries dated by the clocks of those who write them; for tests that have clocks of their own.
    #[must_use]
    pub fn dated_by_writers(self) -> Self {
        Self {
            dates_entries: false,
            ..self
        }
    }

    pub(super) fn dates_entries(&self) -> bool {
        self.dates_entries
    }

    pub(super) fn max_readers(&self) -> usize {
        self.max_readers
    }

    /// Whether the address itself has a password, or may have one.
    pub fn has_password(address: &str) -> bool {
        let user = address.split_once("://").map_or("", |(_, rest)| rest);
        let user = user.rsplit_once('@').map_or("", |(user, _)| user);
        user.contains(':') || address.contains("password=")
    }

    /// The server that COURANT_POSTGRES names for unit tests, with a schema for each folder.
    #[cfg(test)]
    pub(super) fn of_test(folder: &std::path::Path) -> Option<Self> {
        use sha2::{Digest, Sha256};

        let address = std::env::var("COURANT_POSTGRES").ok()?;
        let digest = Sha256::digest(folder.as_os_str().as_encoded_bytes());
        let schema = format!("test_{}", &hex::encode(digest)[..16]);
        let server = Self::parse(&address, &schema);
        Some(
            server
                .expect("COURANT_POSTGRES is the address of a server")
                .dated_by_writers(),
        )
    }

    /// # Errors
    /// Where it cannot be reached, or refuses.
    pub(super) fn connect(&self) -> database::Result<Connection> {
        Connection::to_postgres(&self.config, &self.schema, self.has_tls, None)
    }

    /// Connects, and has `wake` called when another connection tells of a write, and when this one ends.
    ///
    /// # Errors
    /// Where it cannot be reached, or refuses.
    pub(super) fn listen(&self, wake: Wake) -> database::Result<Connection> {
        Connection::to_postgres(&self.config, &self.schema, self.has_tls, Some(wake))
    }

    /// The error for what keeps the store on this server from being used, with what can be done.
    pub(super) fn refused(&self, error: &Error) -> StoreError {
        let reason = match advice(error) {
            Some(advice) => format!("{error}; {advice}"),
            None => error.to_string(),
        };
        self.unusable(reason)
    }

    pub(super) fn unusable(&self, reason: String) -> StoreError {
        StoreError::Server {
            server: self.to_string(),
            reason,
        }
    }

    /// Refuses a server that cannot have a store, and a schema of another program.
    ///
    /// # Errors
    /// Why.
    pub(super) fn check(&self, connection: &Connection) -> Result<(), StoreError> {
        let refused = |error: Error| self.refused(&error);
        let sql = "SELECT CAST(current_setting('server_version_num') AS BIGINT), current_setting('server_encoding')";
        let (version, encoding) = connection
            .one(sql, (), |row| {
                Ok((row.get::<i64>(0)?, row.get::<String>(1)?))
            })
            .map_err(refused)?;
        if version < OLDEST_VERSION {
            let (found, oldest) = (version / 10_000, OLDEST_VERSION / 10_000);
            let reason =
                format!("the server is PostgreSQL {found}; expected {oldest} or newer: upgrade it");
            return Err(self.unusable(reason));
        }
        if encoding != "UTF8" {
            let reason = format!(
                "the database has the encoding {encoding}; expected UTF8: make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
            );
            return Err(self.unusable(reason));
        }
        let sql = "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = ?1 AND NOT EXISTS (SELECT 1 FROM pg_tables a, pg_tables b WHERE \
                   a.schemaname = ?1 AND b.schemaname = ?1 AND a.tablename = 'meta' AND b.tablename = 'touch') ORDER BY tablename LIMIT 1";
        let foreign: Option<String> = connection
            .row(sql, [&*self.schema], |row| row.get(0))
            .map_err(refused)?;
        match foreign {
            None => Ok(()),
            Some(table) => Err(self.unusable(format!(
                "it has tables of another program ({table}); name a schema that is not there yet, with [store] schema"
            ))),
        }
    }

    /// Holds the store as long as the connection stands.
    ///
    /// # Errors
    /// If another process has it and one of the two would be alone, or the database may not be written.
    pub(super) fn hold(&self, connection: &Connection, hold: Hold) -> Result<(), StoreError> {
        let refused = |error: Error| self.refused(&error);
        let sql = "SELECT pg_is_in_recovery() OR CAST(current_setting('default_transaction_read_only') AS BOOLEAN)";
        if connection.one(sql, (), |row| row.get(0)).map_err(refused)? {
            let reason = "the server only reads (a standby, or default_transaction_read_only); name the one that writes";
            return Err(self.unusable(reason.to_owned()));
        }
        let server = self.to_string();
        match (connection.hold(hold).map_err(refused)?, hold) {
            (true, _) => Ok(()),
            (false, Hold::Alone) => Err(StoreError::InUse {
                path: server.into(),
            }),
            (false, Hold::Shared) => Err(StoreError::HeldAlone { server }),
        }
    }

    /// The beginning of names of schemas that a restore put aside.
    fn aside_prefix(&self) -> String {
        let most = MAX_NAME_BYTES - ASIDE_INFIX.len() - TIME_BYTES;
        format!(
            "{}{ASIDE_INFIX}",
            self.schema.get(..most).unwrap_or(&self.schema)
        )
    }

    /// The schemas that restores put aside.
    pub(super) fn schemas_aside(&self, connection: &Connection) -> database::Result<Vec<String>> {
        let prefix = self.aside_prefix();
        let sql = "SELECT CAST(nspname AS TEXT) FROM pg_namespace WHERE left(CAST(nspname AS TEXT), ?2) = ?1 ORDER BY nspname";
        let length = i32::try_from(prefix.len()).unwrap_or(i32::MAX);
        connection.rows(sql, (prefix, length), |row| row.get(0))
    }

    /// Gives the schema with all that is in it another name, which ends with `time`, and makes an empty one. Gives that name.
    pub(super) fn put_schema_aside(
        &self,
        connection: &Connection,
        time: &str,
    ) -> database::Result<String> {
        let sql = "SELECT CAST(c.relname AS TEXT) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'v', 'm', 'p', 'f') ORDER BY c.relname";
        let relations: Vec<String> = connection.rows(sql, (), |row| row.get(0))?;
        let is_own = |name: &&String| {
            TABLES.contains(&format!("CREATE TABLE {name} ("))
                || NODE_TABLES.contains(&format!("CREATE TABLE IF NOT EXISTS {name} ("))
        };
        let schema = &self.schema;
        let foreign = relations.iter().find(|name| !is_own(name));
        let foreign = foreign.map(|name| format!("it has {name}, which is not the store's"));
        let public = || (schema == "public").then(|| "public is every program's".to_owned());
        if let Some(reason) = foreign.or_else(public) {
            return Err(Error::Value(format!(
                "the schema {schema} cannot be put aside: {reason}; name another with [store] schema, and this one with \
                 --previous-store"
            )));
        }
        let aside = format!("{}{time}", self.aside_prefix());
        connection.run_all(&format!(
            "ALTER SCHEMA \"{schema}\" RENAME TO \"{aside}\"; CREATE SCHEMA \"{schema}\""
        ))?;
        Ok(aside)
    }

    /// Makes the schema where there is none.
    pub(super) fn make_schema(&self, connection: &Connection) -> database::Result<()> {
        // Only who may make schemas may ask for one that is there.
        let sql = "SELECT 1 FROM pg_namespace WHERE nspname = ?1";
        if connection.exists(sql, [&*self.schema])? {
            return Ok(());
        }
        connection.run_all(&format!("CREATE SCHEMA \"{}\"", self.schema))
    }
}

/// Whether what is sent there leaves this machine.
fn is_on_this_machine(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(host) => {
            host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
    }
}

/// The name of a schema, which needs no quotes in a statement.
fn schema_name(schema: &str) -> Result<String, AddressError> {
    let is_of_names = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let is_name = schema.bytes().all(is_of_names)
        && schema.starts_with(|c: char| c.is_ascii_lowercase())
        && schema.len() <= MAX_NAME_BYTES
        && !schema.starts_with("pg_");
    match is_name {
        true => Ok(schema.to_owned()),
        false => Err(AddressError::new(
            format!("a name for the schema of a to z, 0 to 9 and _, such as {DEFAULT_SCHEMA}"),
            format!("{schema:?}"),
        )),
    }
}

/// What to do about an error of a server, by the class of its code ("PostgreSQL Error Codes", appendix A of its
/// documentation).
fn advice(error: &Error) -> Option<&'static str> {
    let Error::Postgres(error) = error else {
        return None;
    };
    let cause = std::error::Error::source(error).map(ToString::to_string);
    match cause.as_deref() {
        Some("password missing") => {
            return Some(
                "put it into url of [store] in the configuration, or into the environment as PGPASSWORD",
            );
        }
        Some(cause) if cause.contains("certificate") || cause.contains("TLS") => {
            return Some(
                "have the server use a certificate that this system trusts (or name those to trust in SSL_CERT_FILE), or say \
                 ?sslmode=disable in [store] url",
            );
        }
        _ => {}
    }
    let Some(code) = error.code() else {
        return Some("check that the server runs, and that [store] url names it");
    };
    match code.code() {
        code if code.starts_with("28") => Some(
            "check the user, and the password in [store] url or in the environment's PGPASSWORD",
        ),
        "3D000" => Some("make it with createdb, or correct [store] url"),
        "42501" => Some(
            "give the user the right: GRANT CREATE ON DATABASE … TO …, or make the schema for it (ALTER SCHEMA … OWNER TO …, where a \
             restore puts it aside)",
        ),
        "53300" => Some("raise max_connections of the server, or lower [store] connections"),
        _ => None,
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

/// The tables and indexes of the newest schema.
const TABLES: &str = include_str!("schema_postgres.sql");

/// The tables by which nodes agree.
const NODE_TABLES: &str = include_str!("schema_nodes.sql");

/// Receipts of sessions that wrote nothing for longer than this many milliseconds are forgotten: a commit without an answer is asked
/// about for seconds.
const RECEIPTS_STAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Makes the tables by which nodes agree, where they are not there, and the head of the log where it has none: the dates of
/// Last-Modified that were sent before are at most the second after the newest entry. The caller has the transaction in which tables
/// are made.
pub(super) fn make_node_tables(connection: &Connection) -> database::Result<()> {
    connection.run_all(NODE_TABLES)?;
    let epoch = i64::from_str_radix(&database::random_name()?[..15], 16);
    let epoch = epoch.map_err(|problem| Error::Value(problem.to_string()))?;
    let sql = "INSERT INTO head (one, epoch, writes, seq, time, promised) SELECT 1, CAST(?1 AS BIGINT), 0, coalesce(max(seq), 0), coalesce(max(time), 0), coalesce(max(time) / 1000 + 1, 0) FROM log
               ON CONFLICT (one) DO NOTHING";
    connection.run(sql, [epoch])?;
    // Of versions before nodes.
    connection.run("DELETE FROM meta WHERE key = 'receipt'", ())?;
    let sql = format!("DELETE FROM receipt WHERE time < {CLOCK_MS} - ?1");
    connection.run(&sql, [RECEIPTS_STAY_MS])
}

/// The statement that makes an index of that name, which stands on one line.
pub(super) fn index_definition(name: &str) -> database::Result<String> {
    let makes = |line: &&str| {
        let mut words = line.split(' ').skip_while(|word| *word != "INDEX");
        line.starts_with("CREATE ") && words.nth(1) == Some(name)
    };
    let found = TABLES.lines().find(makes);
    found.map(str::to_owned).ok_or(Error::NoRow)
}

/// Makes all tables of the newest schema, which has that number.
pub(super) fn make_tables(connection: &Connection, schema: u32) -> database::Result<()> {
    connection.run_all(TABLES)?;
    // Of a store that begins, every change is known.
    let sql = "INSERT INTO meta (key, value) VALUES ('schema', ?1), ('changes_known_from', '0')";
    connection.run(sql, [schema.to_string()])
}

/// What tables need that were filled with rows: columns that are numbered by themselves go on behind the numbers that are there,
/// and statements are planned by what the tables have.
pub(super) fn reset_sequences_and_analyze(connection: &Connection) -> database::Result<()> {
    let sql =
        "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns
               WHERE table_schema = current_schema() AND is_identity = 'YES'";
    let columns = connection.rows(sql, (), |row| {
        Ok((row.get::<String>(0)?, row.get::<String>(1)?))
    })?;
    for (table, column) in columns {
        connection.run_all(&format!(
            "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), coalesce(max({column}), 0) + 1, false) FROM {table}"
        ))?;
    }
    let sql = "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema()";
    let tables: Vec<String> = connection.rows(sql, (), |row| row.get(0))?;
    connection.run_all(&format!("ANALYZE {}", tables.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT_SCHEMA, DatabaseServer};

    fn refusal(address: &str) -> String {
        let error = DatabaseServer::parse(address, DEFAULT_SCHEMA);
        error.expect_err(address).to_string()
    }

    #[test]
    fn an_address_says_what_it_lacks_and_no_password_is_ever_shown() {
        for (address, part) in [
            ("postgres://desk:s3cret@db.example.org", "no database"),
            ("postgres://db.example.org/paper", "no user"),
            ("mysql://desk:s3cret@db.example.org/paper", "scheme mysql"),
            ("db.example.org", "postgres://user@host"),
            ("postgres://desk:s3cret@db.example.org:port/paper", "port"),
            (
                "postgres://desk:s3cret@db/paper?sslmode=require",
                "found \"require\"",
            ),
            (
                "postgres://desk:s3cret@db/paper?speed=high",
                "found another",
            ),
            ("postgres://desk:5?s3cret@db/paper", "expected"),
            (
                "postgres://desk@localhost/paper?hostaddr=203.0.113.5",
                "found another",
            ),
        ] {
            let said = refusal(address);
            assert!(said.contains(part), "{address}: {said}");
            assert!(!said.contains("s3cret"), "{address}: {said}");
        }
        let server = DatabaseServer::parse("postgres://desk:s3cret@db.example.org/paper", "city");
        let shown = format!("{0} {0:?}", server.expect("a server"));
        let meant = "schema city of the PostgreSQL database paper at db.example.org";
        assert_eq!(shown, format!("{meant} {meant}"));
    }

    #[test]
    fn a_password_of_the_command_line_is_found() {
        for address in [
            "postgres://desk:s3cret@db/paper",
            "postgres://desk:5/s3cret@db/paper",
            "postgres://desk@db/paper?password=s3cret",
        ] {
            assert!(DatabaseServer::has_password(address), "{address}");
        }
        assert!(!DatabaseServer::has_password(
            "postgres://desk@db.example.org:5432/paper"
        ));
    }

    #[test]
    fn what_leaves_the_machine_is_encrypted() {
        let has_tls = |address| {
            let server = DatabaseServer::parse(address, DEFAULT_SCHEMA);
            server.expect(address).has_tls
        };
        assert!(has_tls("postgres://desk@db.example.org/paper"));
        assert!(has_tls("postgres://desk@10.0.0.7/paper"));
        assert!(has_tls(
            "postgres://desk@localhost/paper?sslmode=verify-full"
        ));
        assert!(!has_tls(
            "postgres://desk@db.example.org/paper?sslmode=disable"
        ));
        assert!(!has_tls("postgres://desk@localhost/paper"));
        assert!(!has_tls("postgres://desk@[::1]/paper"));
        assert!(!has_tls("postgresql://desk@%2Frun%2Fpostgresql/paper"));
    }

    #[test]
    fn a_schema_needs_no_quotes() {
        for schema in [
            "",
            "1a",
            "pg_paper",
            "a-b",
            "Paper",
            "a b",
            "a\"b",
            &"a".repeat(64),
        ] {
            let address = "postgres://desk@localhost/paper";
            assert!(DatabaseServer::parse(address, schema).is_err(), "{schema}");
        }
    }
}
