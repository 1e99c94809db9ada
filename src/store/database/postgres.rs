//! A session with a PostgreSQL server. The thread that asks waits for the answer.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use quick_cache::unsync::Cache;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{self, FromSql, IsNull, Type, to_sql_checked};
use tokio_postgres::{
    AsyncMessage, Client, Config, NoTls, Row, SimpleQueryMessage, SimpleQueryRow, Statement,
};

use super::driver::{driver, wait_for};
use super::head::{CLOCK_MS, Head, number, select_head};
use super::tls::Tls;
use super::{Error, Fault, Result, ToSql, Value};

/// Maximum time to connect to a server.
const CONNECT: Duration = Duration::from_secs(10);

/// Maximum time for which the session of a process that ended is waited for, and the time between two looks.
const HOLDER_GOES: Duration = Duration::from_secs(3);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Has the server end a session whose client is gone without a word, and free what it holds.
const ENDS_WITH_CLIENT: &str = "-c idle_in_transaction_session_timeout=60000 -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=3 -c tcp_keepalives_count=3 -c tcp_user_timeout=10000";

/// Number of statements that a session keeps ready until it is set otherwise.
const STATEMENTS: usize = 64;

/// A process of the server, and how it holds a schema.
#[derive(Clone)]
struct Holder {
    process: i64,
    begun: String,
    hold: Hold,
}

/// How a session holds a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Hold {
    /// Beside others that do so.
    Shared,
    /// None besides.
    Alone,
}

/// Called when another session tells of a write, and when the connection ends.
pub(in crate::store) type Wake = Arc<dyn Fn() + Send + Sync>;

/// A connection to one schema of a database. One that breaks is made anew: with the next transaction
/// where it only reads, else by [`Session::mend`].
pub(super) struct Session {
    config: Config,
    schema: String,
    has_tls: bool,
    client: RefCell<Client>,
    longest_wait: Cell<Duration>,
    /// The server's process for this session, where it holds the schema.
    holder: RefCell<Option<Holder>>,
    /// Where the session listens to what others tell of their writes.
    wake: Option<Wake>,
    /// Whether the connection is of no use any more.
    is_broken: Cell<bool>,
    /// Whether it broke, and the outcome of the last transaction and the writes of others since then are still unknown.
    has_doubt: Cell<bool>,
    /// What the server has prepared, by the statement's text with `?1` for the first parameter.
    statements: RefCell<Cache<String, Statement>>,
    /// Whether a statement of the transaction failed, and was not undone with its savepoint.
    has_failed: Cell<bool>,
    /// The name under which the session keeps its receipts, and the number of the last one.
    receipts: RefCell<Option<String>>,
    last_receipt: Cell<i64>,
    /// Number of rows that the transaction changed.
    changed_rows: Cell<usize>,
    /// The beginning of a transaction that reads, which is sent with its first statement.
    unsent: RefCell<Option<String>>,
}

impl Session {
    /// Connects to the server, and finds all tables in that schema.
    ///
    /// # Errors
    /// Where the server cannot be reached, or refuses.
    pub(super) fn connect(
        config: &Config,
        schema: &str,
        has_tls: bool,
        wake: Option<Wake>,
    ) -> Result<Self> {
        let options = config.get_options().unwrap_or_default();
        let options = format!("{options} -c search_path={schema} {ENDS_WITH_CLIENT}");
        let mut config = config.clone();
        config.application_name("courant").options(options);
        let client = connected(&config, has_tls, wake.clone())?;
        let session = Self {
            config,
            schema: schema.to_owned(),
            has_tls,
            client: RefCell::new(client),
            longest_wait: Cell::default(),
            holder: RefCell::default(),
            is_broken: Cell::new(false),
            has_doubt: Cell::new(false),
            statements: RefCell::new(Cache::new(STATEMENTS)),
            has_failed: Cell::new(false),
            receipts: RefCell::default(),
            last_receipt: Cell::default(),
            changed_rows: Cell::default(),
            unsent: RefCell::default(),
            wake,
        };
        session.listen()?;
        Ok(session)
    }

    /// Has the server tell of what others write.
    fn listen(&self) -> Result<()> {
        match self.wake {
            Some(_) => self.run_all(&format!("LISTEN \"{}\"", self.schema)),
            None => Ok(()),
        }
    }

    /// The name under which the session keeps its receipts, which no other has.
    ///
    /// # Errors
    /// Where the system gives no random numbers.
    fn receipts(&self) -> Result<String> {
        if let Some(name) = &*self.receipts.borrow() {
            return Ok(name.clone());
        }
        let name = random_name()?;
        self.receipts.replace(Some(name.clone()));
        Ok(name)
    }

    pub(super) fn is_in_doubt(&self) -> bool {
        self.has_doubt.get()
    }

    /// Whether the transaction with the last receipt was committed: where the head's lock is had, it has ended either way.
    ///
    /// # Errors
    /// Where the server cannot be reached, or the schema is another process's alone by now.
    pub(super) fn has_kept_last(&self) -> Result<bool> {
        self.mend()?;
        let (head, receipts) = (select_head(true), self.receipts()?);
        let found = self.simple(&format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; {head}; SELECT number FROM receipt WHERE session = '{receipts}'; COMMIT"
        ));
        if found.is_err() {
            // The rest of it was not done.
            let _ = self.simple("ROLLBACK");
        }
        let found = found?;
        let last = match found.as_slice() {
            [_head, receipt] => number(receipt, 0)?,
            _ => 0,
        };
        Ok(last == self.last_receipt.get())
    }

    /// Connects once more, with all that the connection was set to.
    ///
    /// # Errors
    /// Where the server cannot be reached, or another process has the schema alone by now: then it stays broken.
    fn connect_anew(&self) -> Result<()> {
        let client = connected(&self.config, self.has_tls, self.wake.clone())?;
        let broken = self.client.replace(client);
        self.statements.borrow_mut().clear();
        self.has_failed.set(false);
        self.unsent.take();
        let settled = self
            .wait_for_locks(self.longest_wait.get())
            .and_then(|()| self.listen())
            .and_then(|()| self.hold_again());
        if settled.is_err() {
            // Else what must hold the schema would go on without.
            self.client.replace(broken);
        }
        self.is_broken.set(settled.is_err());
        settled
    }

    /// Takes the schema again where this session had it. The server may not know yet that the connection of then is gone.
    fn hold_again(&self) -> Result<()> {
        let Some(before) = self.holder.borrow().clone() else {
            return Ok(());
        };
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ?1 AND CAST(backend_start AS TEXT) = ?2";
        self.rows(sql, &[&before.process, &before.begun])?;
        match self.hold(before.hold)? {
            true => Ok(()),
            false => Err(Error::NotHeld),
        }
    }

    /// Makes a broken connection anew; whether it broke since [`Session::settle`].
    ///
    /// # Errors
    /// Where the server cannot be reached, or another process has the schema alone by now.
    pub(super) fn mend(&self) -> Result<bool> {
        if self.is_broken.get() || self.client.borrow().is_closed() {
            self.has_doubt.set(true);
            self.connect_anew()?;
        }
        Ok(self.has_doubt.get())
    }

    /// Notes that it is known what the last transaction before the break became, and what others wrote.
    pub(super) fn settle(&self) {
        self.has_doubt.set(false);
    }

    /// Holds the schema until the connection ends; false where another holds it and one of the two would be alone.
    pub(super) fn hold(&self, hold: Hold) -> Result<bool> {
        let sql = match hold {
            Hold::Shared => "SELECT pg_try_advisory_lock_shared(?1)",
            Hold::Alone => "SELECT pg_try_advisory_lock(?1)",
        };
        // Of a process that was killed the server may not know yet.
        let begin = Instant::now();
        loop {
            let rows = self.rows(sql, &[&lock_key(&self.schema)])?;
            if rows.first().ok_or(Error::NoRow)?.try_get(0)? {
                break;
            }
            if begin.elapsed() > HOLDER_GOES {
                return Ok(false);
            }
            std::thread::sleep(BETWEEN_LOOKS);
        }
        let sql = "SELECT CAST(pid AS BIGINT), CAST(backend_start AS TEXT) FROM pg_stat_activity WHERE pid = pg_backend_pid()";
        let rows = self.rows(sql, &[])?;
        let row = rows.first().ok_or(Error::NoRow)?;
        self.holder.replace(Some(Holder {
            process: row.try_get(0)?,
            begun: row.try_get(1)?,
            hold,
        }));
        Ok(true)
    }

    /// Holds the schema beside others again, where the session held it alone.
    pub(super) fn share(&self) -> Result<()> {
        let key = lock_key(&self.schema);
        // The shared one first, so that none comes between.
        self.rows("SELECT pg_try_advisory_lock_shared(?1)", &[&key])?;
        self.rows("SELECT pg_advisory_unlock(?1)", &[&key])?;
        if let Some(holder) = &mut *self.holder.borrow_mut() {
            holder.hold = Hold::Shared;
        }
        Ok(())
    }

    /// Waits until no other session is between this and the end of its transaction.
    pub(super) fn begin_alone(&self) -> Result<()> {
        let key = lock_key(&format!("{} is prepared", self.schema));
        self.control(&format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({key})"
        ))
        .map(|_| ())
    }

    /// Begins a transaction that writes, and gives what the head has.
    pub(super) fn begin_write(&self) -> Result<Head> {
        self.changed_rows.set(0);
        let head = select_head(true);
        // The clock is read once more when the lock is had: the row may have come from before the wait for it.
        let found = self.control(&format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; {head}; SELECT {CLOCK_MS}"
        ))?;
        let [row, clock] = found.as_slice() else {
            return Err(Error::NoRow);
        };
        Ok(Head {
            clock_ms: number(clock, 0)?,
            ..Head::of(row)?
        })
    }

    /// What the head has at present.
    pub(super) fn head(&self) -> Result<Head> {
        let found = self.simple(&select_head(false))?;
        Head::of(found.first().ok_or(Error::NoRow)?)
    }

    /// Promises that no entry is dated before the second behind the newest entry, if that is `seq` and the second is over. Gives
    /// what is promised then; `None` where another wrote, or promised, meanwhile.
    pub(super) fn promise(&self, seq: u64) -> Result<Option<i64>> {
        let found = self.simple(&format!(
            "UPDATE head SET promised = time / 1000 + 1 WHERE one = (SELECT one FROM head FOR UPDATE SKIP LOCKED) AND seq = {seq} AND promised < time / 1000 + 1
             AND {CLOCK_MS} >= (time / 1000 + 1) * 1000 RETURNING promised"
        ))?;
        found.first().map(|row| number(row, 0)).transpose()
    }

    /// Ends a transaction of [`Session::begin_write`] in which rows were changed, and after which the newest entry is that one.
    /// Others are told.
    pub(super) fn commit_write(&self, seq: u64, time_ms: i64) -> Result<()> {
        if self.changed_rows.get() == 0 {
            return self.control("COMMIT").map(|_| ());
        }
        let (receipts, number) = (self.receipts()?, self.last_receipt.get() + 1);
        self.last_receipt.set(number);
        let schema = &self.schema;
        self.control(&format!(
            "UPDATE head SET writes = writes + 1, seq = {seq}, time = {time_ms} WHERE one = 1;
             INSERT INTO receipt (session, number, time) VALUES ('{receipts}', {number}, {CLOCK_MS})
             ON CONFLICT (session) DO UPDATE SET number = excluded.number, time = excluded.time;
             NOTIFY \"{schema}\"; COMMIT"
        ))
        .map(|_| ())
    }

    /// Whether the transaction that writes has changed something.
    pub(super) fn has_changed(&self) -> bool {
        self.changed_rows.get() > 0
    }

    /// Sets the maximum time for which a statement waits for a lock.
    pub(super) fn wait_for_locks(&self, most: Duration) -> Result<()> {
        self.longest_wait.set(most);
        self.run_all(&format!("SET lock_timeout = {}", most.as_millis()))
    }

    /// Keeps about this many statements ready.
    pub(super) fn keep_statements(&self, count: usize) {
        *self.statements.borrow_mut() = Cache::new(count);
    }

    /// The answer of the server, for which the thread waits.
    fn wait<T>(
        &self,
        work: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        let answer = match self.unsent.take() {
            None => wait_for(work),
            Some(begin) => wait_for(both(self.client.borrow().batch_execute(&begin), work)),
        };
        if let Err(error) = &answer {
            self.has_failed.set(true);
            if is_of_connection(error) {
                self.is_broken.set(true);
                self.has_doubt.set(true);
            }
        }
        Ok(answer?)
    }

    fn prepared(&self, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.statements.borrow().get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.wait(self.client.borrow().prepare(&numbered(sql)))?;
        self.statements
            .borrow_mut()
            .insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Changes rows, and gives how many.
    pub(super) fn change(&self, sql: &str, values: &[&dyn ToSql]) -> Result<usize> {
        let statement = self.prepared(sql)?;
        let values = bound(values)?;
        let changed = self.wait(self.client.borrow().execute(&statement, &lent(&values)))?;
        if sql.starts_with("ROLLBACK TO ") {
            self.has_failed.set(false);
        }
        let changed = usize::try_from(changed);
        let changed = changed.map_err(|problem| Error::Value(problem.to_string()))?;
        self.changed_rows.set(self.changed_rows.get() + changed);
        Ok(changed)
    }

    /// All rows. What is asked while one of them is looked at is a request of its own, so that all are here before.
    pub(super) fn rows(&self, sql: &str, values: &[&dyn ToSql]) -> Result<Vec<Row>> {
        let unsent = self.unsent.borrow().clone();
        let rows = self.rows_once(sql, values);
        if rows.is_ok() || unsent.is_none() || !self.is_broken.get() {
            return rows;
        }
        // That the server went is known no sooner than it is asked, and who begins to read has lost nothing.
        self.connect_anew()?;
        self.unsent.replace(unsent);
        self.rows_once(sql, values)
    }

    fn rows_once(&self, sql: &str, values: &[&dyn ToSql]) -> Result<Vec<Row>> {
        let statement = self.prepared(sql)?;
        let values = bound(values)?;
        self.wait(self.client.borrow().query(&statement, &lent(&values)))
    }

    /// Does several statements without parameters, divided by semicolons.
    pub(super) fn run_all(&self, sql: &str) -> Result<()> {
        self.wait(self.client.borrow().batch_execute(sql))
    }

    /// Does what [`Session::run_all`] does, and gives the rows.
    fn simple(&self, sql: &str) -> Result<Vec<SimpleQueryRow>> {
        let answer = self.wait(self.client.borrow().simple_query(sql))?;
        let rows = answer.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        Ok(rows.collect())
    }

    /// Begins a transaction that reads. A session that only reads sends it with its first statement.
    pub(super) fn begin_read(&self) -> Result<()> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ";
        if self.holder.borrow().is_some() {
            return self.control(begin).map(|_| ());
        }
        self.has_failed.set(false);
        if self.client.borrow().is_closed() {
            self.connect_anew()?;
        }
        self.unsent.replace(Some(begin.to_owned()));
        Ok(())
    }

    /// Ends a transaction without keeping anything. A session that only reads does not wait for the answer.
    pub(super) fn roll_back(&self) {
        self.has_failed.set(false);
        if self.unsent.take().is_some() {
            return;
        }
        let client = self.client.borrow();
        let ending = client.batch_execute("ROLLBACK");
        if self.holder.borrow().is_some() {
            let _ = self.wait(ending);
            return;
        }
        // What is asked once is sent, in the order in which it was asked.
        let mut context = Context::from_waker(Waker::noop());
        let _ = pin!(ending).poll(&mut context);
    }

    /// Begins or ends a transaction.
    ///
    /// # Errors
    /// Where a transaction is to be kept of which a statement failed, too: the server would undo it, and tell of success.
    pub(super) fn control(&self, sql: &str) -> Result<Vec<SimpleQueryRow>> {
        let has_failed = self.has_failed.replace(false);
        if sql.ends_with("COMMIT") && has_failed {
            self.run_all("ROLLBACK")?;
            let problem = "a statement failed before, so that the transaction was undone";
            return Err(Error::Value(problem.to_owned()));
        }
        let is_begin = sql.starts_with("BEGIN");
        let is_holder = self.holder.borrow().is_some();
        // It would write beside what it does not know yet.
        if is_begin && is_holder && self.has_doubt.get() {
            return Err(Error::Unsettled);
        }
        let done = self.simple(sql);
        if !is_begin || done.is_ok() {
            return done;
        }
        // That the server went is known no sooner than it is asked, and who only reads has lost nothing.
        if !is_holder && self.is_broken.get() {
            self.connect_anew()?;
            return self.simple(sql);
        }
        if !self.is_broken.get() {
            // It may have begun before what failed.
            self.run_all("ROLLBACK")?;
            self.has_failed.set(false);
        }
        done
    }
}

/// Asks `first` and `work` one behind the other, without waiting for the answer to the first.
async fn both<T>(
    first: impl Future<Output = std::result::Result<(), tokio_postgres::Error>>,
    work: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
) -> std::result::Result<T, tokio_postgres::Error> {
    let (mut first, mut work) = (pin!(first), pin!(work));
    let (mut begun, mut answer) = (None, None);
    let answers = poll_fn(|context| {
        if begun.is_none()
            && let Poll::Ready(done) = first.as_mut().poll(context)
        {
            begun = Some(done);
        }
        if answer.is_none()
            && let Poll::Ready(done) = work.as_mut().poll(context)
        {
            answer = Some(done);
        }
        match (begun.take(), answer.take()) {
            (Some(done), Some(found)) => Poll::Ready((done, found)),
            (done, found) => {
                (begun, answer) = (done, found);
                Poll::Pending
            }
        }
    });
    let (begun, answer) = answers.await;
    begun.and(answer)
}

/// A name that nothing else has.
///
/// # Errors
/// Where the system gives no random numbers.
pub(in crate::store) fn random_name() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|problem| Error::Value(problem.to_string()))?;
    Ok(hex::encode(bytes))
}

/// Keeps a connection until it ends.
async fn keep<S, T>(mut connection: tokio_postgres::Connection<S, T>, wake: Option<Wake>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let wake = || wake.iter().for_each(|wake| wake());
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        if let AsyncMessage::Notification(_) = message {
            wake();
        }
    }
    wake();
}

/// Connects, and has the driver keep the connection.
fn connected(config: &Config, has_tls: bool, wake: Option<Wake>) -> Result<Client> {
    let driver = driver()?;
    let config = config.clone();
    let tls = has_tls.then(Tls::new).transpose()?;
    let keeper = driver.clone();
    let connecting = async move {
        tokio::time::timeout(CONNECT, async {
            match tls {
                Some(tls) => {
                    let (client, connection) = config.connect(tls).await?;
                    keeper.spawn(keep(connection, wake));
                    Ok::<_, tokio_postgres::Error>(client)
                }
                None => {
                    let (client, connection) = config.connect(NoTls).await?;
                    keeper.spawn(keep(connection, wake));
                    Ok(client)
                }
            }
        })
        .await
    };
    let connected = wait_for(driver.spawn(connecting));
    let broken = |problem: tokio::task::JoinError| Error::Value(problem.to_string());
    let seconds = CONNECT.as_secs();
    let connected = connected.map_err(broken)?;
    Ok(connected.map_err(|_| Error::Silent { seconds })??)
}

/// The number by which servers of one schema meet.
fn lock_key(schema: &str) -> i64 {
    let digest = Sha256::digest(format!("courant {schema}"));
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(bytes)
}

/// Whether the server cannot be reached, or has reached its maximum number of connections; both are temporary.
pub(super) fn is_unreachable(error: &tokio_postgres::Error) -> bool {
    is_of_connection(error) || error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS)
}

/// Whether the connection is of no use any more.
fn is_of_connection(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        // The server ended it (class 57P) or it broke (class 08).
        Some(code) => code.code().starts_with("57P") || code.code().starts_with("08"),
        None => {
            let cause = error.source();
            error.is_closed() || cause.is_some_and(|cause| cause.is::<std::io::Error>())
        }
    }
}

/// The error with its cause, which the library leaves out. Not with the detail that a server adds: it has the values of
/// rows, which may be killed text.
pub(super) fn words(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(cause) => format!("{} ({})", cause.message(), cause.code().code()),
        None => error
            .source()
            .map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")),
    }
}

/// The kind of fault that is behind an error of a session.
pub(super) fn fault(error: &tokio_postgres::Error) -> Fault {
    let Some(code) = error.code() else {
        // Either a value did not fit, or the server cannot be reached.
        let is_value = error
            .source()
            .is_some_and(|cause| !cause.is::<std::io::Error>());
        return match is_value && !error.is_closed() {
            true => Fault::Other,
            false => Fault::Unwritable,
        };
    };
    // The class of an error is the beginning of its code ("PostgreSQL Error Codes", appendix A of its documentation).
    if ["08", "28", "3D", "57"]
        .iter()
        .any(|class| code.code().starts_with(class))
    {
        return Fault::Unwritable;
    }
    match code {
        &SqlState::DISK_FULL => Fault::Full,
        &SqlState::LOCK_NOT_AVAILABLE
        | &SqlState::TOO_MANY_CONNECTIONS
        | &SqlState::T_R_SERIALIZATION_FAILURE
        | &SqlState::T_R_DEADLOCK_DETECTED => Fault::Busy,
        &SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED => Fault::Damaged,
        &SqlState::READ_ONLY_SQL_TRANSACTION | &SqlState::INSUFFICIENT_PRIVILEGE => {
            Fault::Unwritable
        }
        _ => Fault::Other,
    }
}

fn bound<'v>(values: &'v [&dyn ToSql]) -> Result<Vec<Value<'v>>> {
    values.iter().map(|value| value.to_sql()).collect()
}

fn lent<'v>(values: &'v [Value<'_>]) -> Vec<&'v (dyn types::ToSql + Sync)> {
    let lend = |value| value as &(dyn types::ToSql + Sync);
    values.iter().map(lend).collect()
}

/// The statement with `$1` for its first parameter, where SQLite's has `?1`.
fn numbered(sql: &str) -> String {
    let mut is_text = false;
    sql.chars()
        .map(|c| {
            is_text ^= c == '\'';
            if c == '?' && !is_text { '$' } else { c }
        })
        .collect()
}

impl types::ToSql for Value<'_> {
    fn to_sql(
        &self,
        wanted: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match (self, wanted) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Integer(number), &Type::INT8) => types::ToSql::to_sql(number, wanted, out),
            (Self::Integer(number), &Type::INT4) => {
                types::ToSql::to_sql(&i32::try_from(*number)?, wanted, out)
            }
            (Self::Integer(number), &Type::BOOL) => {
                types::ToSql::to_sql(&(*number != 0), wanted, out)
            }
            (Self::Text(text), &Type::TEXT | &Type::NAME) if text.contains('\0') => {
                Err("a text with U+0000, which PostgreSQL cannot keep".into())
            }
            (Self::Text(text), &Type::TEXT | &Type::NAME) => {
                types::ToSql::to_sql(&text.as_ref(), wanted, out)
            }
            (Self::Bytes(bytes), &Type::BYTEA) => types::ToSql::to_sql(bytes, wanted, out),
            _ => Err(format!("{} where {wanted} is expected", self.kind()).into()),
        }
    }

    // Which value fits which type is looked at with the value.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The value of a column.
///
/// # Errors
/// Where there is no such column, or its type is none of the store's.
pub(super) fn value(row: &Row, column: usize) -> Result<Value<'_>> {
    let kind = row.columns().get(column).map(tokio_postgres::Column::type_);
    Ok(match kind {
        Some(&Type::INT8) => got(row, column, Value::Integer)?,
        Some(&Type::INT4) => got(row, column, |number: i32| Value::Integer(number.into()))?,
        Some(&Type::BOOL) => got(row, column, |is: bool| Value::Integer(is.into()))?,
        Some(&Type::TEXT) => got(row, column, |text| Value::Text(Cow::Borrowed(text)))?,
        Some(&Type::BYTEA) => got(row, column, Value::Bytes)?,
        Some(other) => {
            let problem = format!("column {column} is of the type {other}, which is not read");
            return Err(Error::Value(problem));
        }
        None => return Err(Error::Value(format!("there is no column {column}"))),
    })
}

fn got<'r, T: FromSql<'r>>(
    row: &'r Row,
    column: usize,
    value: impl FnOnce(T) -> Value<'r>,
) -> Result<Value<'r>> {
    Ok(row
        .try_get::<_, Option<T>>(column)?
        .map_or(Value::Null, value))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_question_mark_within_a_text_is_no_parameter() {
        let sql = "SELECT '?1', 'it''s ?' FROM meta WHERE key = ?12";
        let expected = "SELECT '?1', 'it''s ?' FROM meta WHERE key = $12";
        assert_eq!(super::numbered(sql), expected);
    }
}
