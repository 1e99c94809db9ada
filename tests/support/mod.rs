//! The real program on a paper of its own, and a client that shows every byte of an answer.
#![allow(dead_code)]

pub mod desk;
pub mod everything;
pub mod papers;
pub mod pictures;
pub mod place;
pub mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use courant::store::Store;
use serde_json::Value;
use tempfile::TempDir;

/// Everything that is waited for comes within this, or the test fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// An answer takes as long as what it needs is made, on a machine that may do other things.
const ANSWERED: Duration = Duration::from_secs(60);

/// Between two looks at what is waited for.
const STEP: Duration = Duration::from_millis(10);

pub const COURANT: &str = env!("CARGO_BIN_EXE_courant");

/// Numbers that are the same at every run (xorshift).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// Polls until `found` gives something.
///
/// # Panics
/// If it does not come in time.
pub fn wait<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain: {what}");
        std::thread::sleep(STEP);
    }
}

/// Held while a process begins: until it has become its program it has all that is open in this one, the locks of stores too.
static BEGINNING: Mutex<()> = Mutex::new(());

fn begin(command: &mut Command) -> std::io::Result<Child> {
    let _held = BEGINNING.lock().unwrap_or_else(PoisonError::into_inner);
    command.spawn()
}

/// Closes a store that this process has open, so that whoever opens it next finds it free.
pub fn close(store: Store) {
    let _held = BEGINNING.lock().unwrap_or_else(PoisonError::into_inner);
    drop(store);
}

/// Runs another program to its end.
///
/// # Errors
/// Where there is no such program.
pub fn output_of(command: &mut Command) -> std::io::Result<Output> {
    let command = command.stdin(Stdio::null());
    let child = begin(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    child?.wait_with_output()
}

/// Runs a command of the program to its end.
pub fn courant(arguments: &[&str]) -> Output {
    let data = arguments.iter().position(|argument| *argument == "--data");
    let data = data.and_then(|place| arguments.get(place + 1));
    let store = data.map_or_else(Vec::new, |data| place::store_arguments(Path::new(data)));
    let mut command = Command::new(COURANT);
    output_of(command.args(arguments).args(store)).expect("the program starts")
}

pub fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A folder of items and a folder of data, gone with the test.
pub struct Paper {
    pub dir: TempDir,
}

impl Paper {
    /// A paper of the sections `city` and `harbour`.
    pub fn new() -> Self {
        let paper = Self::blank();
        paper.write(
            "publication.toml",
            "id = \"urn:uuid:01a05bfb-7000-7718-a56f-62f784e61c00\"\ntitle = \"The Courier\"\n\
             language = \"en\"\nmain_feed = [\"articles\", \"captions\"]\n\n\
             [[sections]]\nslug = \"city\"\ntitle = \"City\"\n\n\
             [[sections]]\nslug = \"harbour\"\ntitle = \"Harbour\"\n",
        );
        paper
    }

    fn blank() -> Self {
        let dir = TempDir::new().expect("a temporary folder");
        fs::create_dir(dir.path().join("items")).expect("a folder");
        Self { dir }
    }

    /// A copy of a folder of this repository.
    pub fn copy_of(folder: &str) -> Self {
        let paper = Self::blank();
        copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
            &paper.items(),
        );
        paper
    }

    pub fn items(&self) -> PathBuf {
        self.dir.path().join("items")
    }

    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.items().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect(name)
    }

    /// Writes as editors do: beside the file, then over it.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        let folder = path.parent().expect("a folder");
        fs::create_dir_all(folder).expect("a folder");
        let draft = folder.join(".draft");
        fs::write(&draft, bytes).expect("a draft");
        fs::rename(&draft, &path).expect("a file");
    }

    /// An article with the least that is asked of one.
    pub fn article(&self, at: &str, headline: &str, body: &str) {
        self.write(
            &format!("{at}/article.md"),
            format!(
                "+++\nheadline = \"{headline}\"\npublished = 2026-01-02T03:04:05Z\n+++\n{body}\n"
            ),
        );
    }

    /// Replaces a text that stands once in a file.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert_eq!(text.matches(from).count(), 1, "{from} in {name}");
        self.write(name, text.replace(from, to));
    }

    pub fn remove(&self, name: &str) {
        fs::remove_dir_all(self.path(name)).expect(name);
    }

    /// The change log as a command beside the server shows it.
    pub fn log(&self) -> Vec<Value> {
        log_of(&self.data())
    }

    pub fn log_after(&self, seq: u64) -> Vec<Value> {
        let entries = self.log();
        entries.into_iter().filter(|e| seq_of(e) > seq).collect()
    }

    pub fn last(&self) -> u64 {
        self.log().last().map_or(0, seq_of)
    }

    pub fn check(&self) -> Output {
        courant(&["check", "--items", text(&self.items())])
    }

    pub fn start(&self) -> Server {
        self.starting().serve()
    }

    /// Starts with what an operator's file says.
    pub fn configured(&self, settings: &str) -> Server {
        self.configuring(settings).serve()
    }

    pub fn configuring(&self, settings: &str) -> Start {
        let path = self.dir.path().join("courant.toml");
        fs::write(&path, settings).expect("a configuration");
        self.starting().with(&["--config", text(&path)])
    }

    pub fn starting(&self) -> Start {
        Start::new(&self.data()).items(&self.items())
    }
}

pub fn seq_of(entry: &Value) -> u64 {
    entry["seq"].as_u64().expect("a sequence number")
}

pub fn log_of(data: &Path) -> Vec<Value> {
    let output = courant(&["log", "--json", "--data", text(data)]);
    assert!(output.status.success(), "{}", said(&output));
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    let entries = lines.lines().map(|l| serde_json::from_str(l).expect(l));
    entries.collect()
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}

/// Photographs of the sample paper as small drawings. To make the sizes of the large ones takes a program that is built for
/// tests five seconds at each start.
const SMALL_PHOTOGRAPHS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/small");

/// Copies a folder; photographs of the sample paper become small.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder to copy") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            // Not fs::copy, which keeps nothing but says so: a checkout has times of its own.
            let small = Path::new(SMALL_PHOTOGRAPHS).join(entry.file_name());
            let bytes = fs::read(small).or_else(|_| fs::read(entry.path()));
            let bytes = bytes.expect("a file to copy");
            fs::write(target, bytes).expect("a copy");
        }
    }
}

/// A port that nobody has, for what has to be known before the program starts.
pub fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address")
}

/// How a server is started.
pub struct Start {
    arguments: Vec<String>,
    listen: String,
    folder: Option<PathBuf>,
    /// What the shell does before it becomes the program.
    shell: Option<String>,
    user: Option<u32>,
}

impl Start {
    pub fn new(data: &Path) -> Self {
        Self {
            arguments: [
                vec!["--data".into(), text(data).into()],
                place::store_arguments(data),
            ]
            .concat(),
            listen: "127.0.0.1:0".into(),
            folder: None,
            shell: None,
            user: None,
        }
    }

    /// With nothing said yet of where its store is.
    pub fn bare() -> Self {
        Self {
            arguments: Vec::new(),
            ..Self::new(Path::new(""))
        }
    }

    pub fn items(self, items: &Path) -> Self {
        self.with(&["--items", text(items)])
    }

    pub fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(ToString::to_string));
        self
    }

    /// On the address that another server had: the base URL, and with it every byte, stays.
    pub fn at(mut self, address: SocketAddr) -> Self {
        self.listen = address.to_string();
        self
    }

    pub fn within(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    pub fn after(mut self, shell: &str) -> Self {
        self.shell = Some(shell.to_owned());
        self
    }

    /// As another user, which only root may.
    pub fn run_by(mut self, id: &str) -> Self {
        self.user = Some(id.parse().expect("a number"));
        self
    }

    fn spawn(&self) -> Running {
        let mut command = match &self.shell {
            None => Command::new(COURANT),
            Some(before) => {
                let mut command = Command::new("sh");
                command.args(["-c", &format!("{before}; exec \"$0\" \"$@\""), COURANT]);
                command
            }
        };
        command
            .arg("serve")
            .args(["--listen", &self.listen, "--operations", "127.0.0.1:0"])
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        Running::of(command)
    }

    /// Starts and waits for the addresses.
    ///
    /// # Panics
    /// If the server ends instead.
    pub fn serve(self) -> Server {
        let mut running = self.spawn();
        let lines = running.out.clone();
        wait("the server's addresses", || {
            if let Some(status) = running.ended() {
                panic!("the server ended with {status}: {}", running.errors());
            }
            let lines = lines.lock().expect("lines");
            lines
                .iter()
                .any(|l| l.contains("operations "))
                .then_some(())
        });
        let address = |word: &str| -> SocketAddr {
            let lines = running.out.lock().expect("lines");
            let found = lines.iter().find(|l| l.trim_start().starts_with(word));
            let url = found.and_then(|l| l.split("http://").nth(1)).expect(word);
            url.split('/').next().expect(word).parse().expect(word)
        };
        // A paper that has another name for the public shows that one.
        let listen: SocketAddr = self.listen.parse().expect("an address");
        Server {
            address: match listen.port() {
                0 => address("page "),
                _ => listen,
            },
            operations: address("operations "),
            running,
        }
    }

    /// Starts what is expected to end by itself, and gives its exit code and what it said.
    pub fn fail(self) -> (Option<i32>, String) {
        let mut running = self.spawn();
        let status = wait("the end of a server that cannot serve", || running.ended());
        running.drain();
        (status.code(), running.errors())
    }
}

/// A child that is killed by its id when the test ends, with its lines as they come.
pub struct Running {
    child: Child,
    pub out: Arc<Mutex<Vec<String>>>,
    pub err: Arc<Mutex<Vec<String>>>,
    readers: Vec<std::thread::JoinHandle<()>>,
}

impl Running {
    pub fn of(mut command: Command) -> Self {
        let mut child = begin(&mut command).expect("a child starts");
        let (out, from_out) = gather(child.stdout.take().expect("its output"));
        let (err, from_err) = gather(child.stderr.take().expect("its errors"));
        Self {
            child,
            out,
            err,
            readers: vec![from_out, from_err],
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child to ask")
    }

    pub fn kill(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.drain();
    }

    /// Reads to the end what an ended child left in its pipes.
    pub fn drain(&mut self) {
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
    }

    pub fn errors(&self) -> String {
        self.err.lock().expect("lines").join("\n")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

type Lines = Arc<Mutex<Vec<String>>>;

fn gather(from: impl Read + Send + 'static) -> (Lines, std::thread::JoinHandle<()>) {
    let lines: Lines = Arc::default();
    let kept = Arc::clone(&lines);
    let reader = std::thread::spawn(move || {
        // A line that a killed child left half-written was never said.
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while from.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            if line.pop() == Some(b'\n') {
                let line = String::from_utf8_lossy(&line).into_owned();
                kept.lock().expect("lines").push(line);
            }
            line.clear();
        }
    });
    (lines, reader)
}

/// A server that runs.
pub struct Server {
    pub address: SocketAddr,
    pub operations: SocketAddr,
    pub running: Running,
}

impl Server {
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn get(&self, path: &str) -> Answer {
        request(self.address, "GET", path, &[])
    }

    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        request(self.address, "GET", path, headers)
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        request(self.address, method, path, headers)
    }

    pub fn operate(&self, path: &str) -> Answer {
        request(self.operations, "GET", path, &[])
    }

    pub fn metric(&self, name: &str) -> Option<f64> {
        let text = self.operate("/metrics").text();
        let line = text
            .lines()
            .find_map(|l| l.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse().ok())
    }

    /// Waits for a line on standard error that has all of `words`, and gives it.
    pub fn line(&self, words: &[&str]) -> String {
        wait(
            &format!("a line with {words:?} in: {}", self.running.errors()),
            || {
                let lines = self.running.err.lock().expect("lines");
                let found = lines.iter().find(|l| words.iter().all(|w| l.contains(w)));
                found.cloned()
            },
        )
    }

    pub fn has_said(&self, words: &[&str]) -> bool {
        let lines = self.running.err.lock().expect("lines");
        lines.iter().any(|l| words.iter().all(|w| l.contains(w)))
    }

    /// Waits until `path` answers as `found` wants, and gives the answer.
    pub fn until(&self, path: &str, found: impl Fn(&Answer) -> bool) -> Answer {
        wait(path, || Some(self.get(path)).filter(&found))
    }

    /// Waits until Last-Modified is told: it is not before its second has come.
    pub fn dated(&self, path: &str) -> Answer {
        self.until(path, |answer| answer.header("last-modified").is_some())
    }

    /// Every address that pages and feeds lead to, found by following them from the front page.
    pub fn addresses(&self) -> BTreeSet<String> {
        self.walk(|_| true)
    }

    /// Every address that is found from the front page by those that `is_followed` takes.
    fn walk(&self, is_followed: impl Fn(&str) -> bool) -> BTreeSet<String> {
        let base = self.base();
        let mut known = BTreeSet::from(["/".to_owned()]);
        let mut ahead = vec!["/".to_owned()];
        while let Some(path) = ahead.pop() {
            for found in links(&self.get(&path).text(), &base) {
                let is_picture = found.starts_with("/media/") || found.starts_with("/preview.png");
                if known.insert(found.clone()) && !is_picture && is_followed(&found) {
                    ahead.push(found);
                }
            }
        }
        known
    }

    /// Every feed with its bytes and validators. Pages of days and months lead to no other feed than those around them.
    pub fn feeds(&self) -> BTreeMap<String, Snapshot> {
        let is_date = |part: &str| {
            part.starts_with(|first: char| first.is_ascii_digit())
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'-')
        };
        let all = self.walk(|path| !path.split('/').any(is_date));
        let feeds = all.into_iter().filter(|path| is_feed(path));
        feeds
            .map(|path| (path.clone(), self.snapshot(&path)))
            .collect()
    }

    pub fn snapshot(&self, path: &str) -> Snapshot {
        let answer = self.dated(path);
        assert_eq!(answer.status, 200, "{path}");
        Snapshot {
            etag: answer.header("etag").expect("an ETag").to_owned(),
            last_modified: answer.header("last-modified").expect("a date").to_owned(),
            body: answer.text(),
        }
    }

    pub fn signal(&self, name: &str) {
        let id = self.running.id().to_string();
        let output = output_of(Command::new("kill").args([name, &id]));
        assert!(output.expect("kill").status.success());
    }

    /// Stops as an operator does, and gives the exit code.
    pub fn stop(mut self) -> Option<i32> {
        self.signal("-TERM");
        let status = wait("the end of a server that was told to stop", || {
            self.running.ended()
        });
        status.code()
    }
}

/// A feed at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub body: String,
    pub etag: String,
    pub last_modified: String,
}

/// A page without the markup that the program itself puts into every page: its scripts, what machines are told, and the code
/// for other sites.
pub fn without_own_markup(page: &str) -> String {
    let mut left = page.to_owned();
    for (begin, end) in [
        ("<script src=\"/page.js?", "</script>"),
        ("<script src=\"/card.js\" defer>", "</script>"),
        ("<script type=\"application/ld+json\">", "</script>"),
        ("<details class=\"embed\"", "</details>"),
    ] {
        while let Some((before, rest)) = left.split_once(begin) {
            let (_, after) = rest.split_once(end).expect(end);
            left = format!("{before}{after}");
        }
    }
    left
}

pub fn is_feed(path: &str) -> bool {
    [".rss", ".atom", ".json"]
        .iter()
        .any(|end| path.ends_with(end))
}

/// The feeds of `after` that are other than they were.
pub fn changed(
    before: &BTreeMap<String, Snapshot>,
    after: &BTreeMap<String, Snapshot>,
) -> BTreeSet<String> {
    let paths = before.keys().chain(after.keys());
    paths
        .filter(|path| before.get(*path) != after.get(*path))
        .cloned()
        .collect()
}

/// The feeds that hold `text`.
pub fn carriers(feeds: &BTreeMap<String, Snapshot>, text: &str) -> BTreeSet<String> {
    let holds = feeds.iter().filter(|(_, feed)| feed.body.contains(text));
    holds.map(|(path, _)| path.clone()).collect()
}

/// The paths of this server that a document leads to: everything quoted or tagged that begins with the base URL, and in
/// pages what stands in href and src.
pub fn links(document: &str, base: &str) -> BTreeSet<String> {
    let end = |c: char| "\"'<>&\\ \n".contains(c);
    let clean = |found: &str| {
        let path = found.split(end).next().unwrap_or_default();
        path.split('#').next().unwrap_or_default().to_owned()
    };
    let mut found = BTreeSet::new();
    for piece in document.split(base).skip(1).filter(|p| p.starts_with('/')) {
        found.insert(clean(piece));
    }
    for attribute in ["href=\"/", "src=\"/"] {
        for piece in document.split(attribute).skip(1) {
            found.insert(format!("/{}", clean(piece)));
        }
    }
    found
}

/// An answer as it came over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case, in the order they came.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.all(name).into_iter();
        let only = values.next();
        assert!(values.next().is_none(), "{name} stands twice");
        only
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        let fields = self.headers.iter().filter(|(known, _)| known == name);
        fields.map(|(_, value)| value.as_str()).collect()
    }

    pub fn etag(&self) -> &str {
        self.header("etag").expect("an ETag")
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn has(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    pub fn parse(bytes: &[u8]) -> Self {
        let split = bytes.windows(4).position(|w| w == b"\r\n\r\n");
        let split = split.unwrap_or_else(|| panic!("no head in {bytes:?}"));
        let head = std::str::from_utf8(&bytes[..split]).expect("a head of text");
        let mut lines = head.split("\r\n");
        let first = lines.next().expect("a status line");
        let status = first.strip_prefix("HTTP/1.1 ").and_then(|s| s.get(..3));
        let field = |line: &str| {
            let (name, value) = line.split_once(':').expect("a field");
            (name.to_ascii_lowercase(), value.trim().to_owned())
        };
        Self {
            status: status.and_then(|s| s.parse().ok()).expect(first),
            headers: lines.map(field).collect(),
            body: bytes[split + 4..].to_vec(),
        }
    }
}

pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(ANSWERED)).expect("a timeout");
    stream
}

/// One request with a body; the whole of what comes back until the server closes.
pub fn sending(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    let mut stream = connect(address);
    stream.write_all(head.as_bytes()).expect("a head is sent");
    // A server that has heard enough may have left.
    let _ = stream.write_all(body);
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    Answer::parse(&bytes)
}

/// One request on a connection of its own; the whole of what comes back until the server closes.
pub fn request(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut stream = connect(address);
    write!(stream, "{head}\r\n").expect("a request is sent");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("an answer");
    let answer = Answer::parse(&bytes);
    if let Some(length) = answer.header("content-length")
        && method != "HEAD"
    {
        assert_eq!(length, answer.body.len().to_string(), "{method} {path}");
    }
    answer
}

/// What a cache in front was told.
#[derive(Clone, Debug)]
pub struct Told {
    pub line: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Told {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The keys that a purge for Varnish names.
    pub fn keys(&self) -> BTreeSet<String> {
        let keys = self.header("xkey-purge").unwrap_or_default();
        keys.split_whitespace().map(str::to_owned).collect()
    }
}

/// The side of a cache that takes purges: it remembers what it was told and answers as it is set to.
pub struct Cache {
    address: SocketAddr,
    told: Arc<Mutex<Vec<Told>>>,
    status: Arc<AtomicU16>,
}

impl Cache {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let told: Arc<Mutex<Vec<Told>>> = Arc::default();
        let status = Arc::new(AtomicU16::new(200));
        let (heard, answers) = (Arc::clone(&told), Arc::clone(&status));
        // Ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let Some(line) = lines.next() else { continue };
                let fields = lines.take_while(|line| !line.is_empty());
                let headers = fields.filter_map(|line| {
                    let (name, value) = line.split_once(':')?;
                    Some((name.to_ascii_lowercase(), value.trim().to_owned()))
                });
                let headers = headers.collect();
                heard.lock().expect("purges").push(Told { line, headers });
                let status = answers.load(Ordering::Acquire);
                let head = "Content-Length: 0\r\nConnection: close\r\nLocation: /elsewhere";
                // A courant that was stopped does not wait for the answer.
                let _ = write!(&stream, "HTTP/1.1 {status} Said\r\n{head}\r\n\r\n");
            }
        });
        Self {
            address,
            told,
            status,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/purge", self.address)
    }

    /// How it answers from now on.
    pub fn answers(&self, status: u16) {
        self.status.store(status, Ordering::Release);
    }

    pub fn told(&self) -> Vec<Told> {
        self.told.lock().expect("purges").clone()
    }

    /// Waits until it was told `count` times.
    pub fn told_times(&self, count: usize) -> Vec<Told> {
        wait("purges", || {
            Some(self.told()).filter(|told| told.len() >= count)
        })
    }
}

/// The date of a header in whole seconds.
pub fn seconds(date: &str) -> u64 {
    let time = httpdate::parse_http_date(date).expect(date);
    let since = time.duration_since(std::time::UNIX_EPOCH);
    since.expect("a date after 1970").as_secs()
}

/// A small disk of its own, unmounted at the end.
pub struct Disk(PathBuf);

impl Disk {
    /// `None` where mounting is not allowed.
    pub fn mount(at: &Path, options: &str) -> Option<Self> {
        fs::create_dir_all(at).expect("a mount point");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs", text(at)]);
        let output = output_of(&mut mount);
        output
            .is_ok_and(|output| output.status.success())
            .then(|| Self(at.to_owned()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = output_of(Command::new("umount").args(["-l", text(&self.0)]));
    }
}
