//! The real program as a child, and a client of one connection that asks it.
#![allow(dead_code)]

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The base URL under which all runs serve, so that tags are the same whatever the port is.
pub const BASE: &str = "https://paper.example";

/// A server that does not stop in so long is killed.
const STOP: Duration = Duration::from_secs(30);

pub struct Server {
    child: Child,
    pub public: SocketAddr,
    pub operations: SocketAddr,
    pub started: Instant,
}

impl Server {
    pub fn start(program: &Path, folder: &Path) -> io::Result<Self> {
        Self::launch(Command::new(program), folder)
    }

    /// Starts it on one processor.
    pub fn start_on(core: usize, program: &Path, folder: &Path) -> io::Result<Self> {
        Self::launch(pinned(core, program), folder)
    }

    /// Starts it with a configuration, which lies beside paper and store.
    pub fn start_with(configuration: &str, program: &Path, folder: &Path) -> io::Result<Self> {
        let file = folder.join("courant.toml");
        fs::write(&file, configuration)?;
        let mut command = Command::new(program);
        command.arg("serve").arg("--config").arg(file);
        Self::launch_as(command, folder)
    }

    fn launch(mut command: Command, folder: &Path) -> io::Result<Self> {
        command.arg("serve");
        Self::launch_as(command, folder)
    }

    fn launch_as(mut command: Command, folder: &Path) -> io::Result<Self> {
        let (public, operations) = (free_port()?, free_port()?);
        let log = File::options()
            .create(true)
            .append(true)
            .open(folder.join("courant.log"))?;
        let started = Instant::now();
        let child = command
            .args(["--base-url", BASE, "--listen", &public.to_string()])
            .args(["--operations", &operations.to_string()])
            .arg("--items")
            .arg(folder.join("items"))
            .arg("--data")
            .arg(folder.join("data"))
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        Ok(Self {
            child,
            public,
            operations,
            started,
        })
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What the system says of the process's memory, in bytes: `VmRSS`, `VmHWM`.
    pub fn memory(&self, field: &str) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let number = line.and_then(|line| line.trim_matches([':', '\t', ' ']).split(' ').next());
        let kib: Option<u64> = number.and_then(|number| number.parse().ok());
        Ok(kib.unwrap_or(0) * 1024)
    }

    /// Processor time so far.
    pub fn processor(&self) -> io::Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields = stat.rsplit(')').next().unwrap_or_default().split(' ');
        // utime and stime are the 14th and 15th field; Linux counts them in hundredths of a second.
        let ticks: u64 = fields
            .skip(12)
            .take(2)
            .filter_map(|n| n.parse::<u64>().ok())
            .sum();
        Ok(Duration::from_millis(ticks * 10))
    }

    fn is_running(&mut self) -> io::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Asks until the port is open, however long that takes, and then once more until there is an answer.
    pub fn first_answer(&mut self, path: &str, etag: Option<&str>) -> io::Result<Answer> {
        while TcpStream::connect(self.public).is_err() {
            if !self.is_running()? {
                return Err(io::Error::other("the server ended; courant.log says why"));
            }
            sleep(Duration::from_millis(1));
        }
        Client::new(self.public).ask(path, etag)
    }

    /// What it tells operators of one of its measures.
    pub fn metric(&self, name: &str) -> io::Result<u64> {
        let answer = Client::new(self.operations).ask("/metrics", None)?;
        let text = answer.text();
        let mut values = text.lines().filter_map(|line| line.strip_prefix(name));
        let value = values.find_map(|rest| rest.strip_prefix(' ')?.parse().ok());
        value.ok_or_else(|| io::Error::other(format!("no {name}")))
    }

    /// Waits until the first look at the folder behind the open port has ended.
    pub fn await_look(&self) -> io::Result<()> {
        loop {
            let answer = Client::new(self.operations).ask("/metrics", None)?;
            let text = answer.text();
            let seconds = text
                .lines()
                .find_map(|line| line.strip_prefix("courant_last_scan_seconds "));
            if seconds.is_some_and(|seconds| seconds != "0") {
                return Ok(());
            }
            sleep(Duration::from_millis(20));
        }
    }

    pub fn stop(mut self) -> io::Result<()> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status()?;
        let asked = Instant::now();
        while self.is_running()? && asked.elapsed() < STOP {
            sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Stopped already, or about to be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program that has one processor to itself; `taskset` becomes the program, so the child's id is its own.
pub fn pinned(core: usize, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string()]).arg(program);
    command
}

pub fn free_port() -> io::Result<SocketAddr> {
    TcpListener::bind(("127.0.0.1", 0))?.local_addr()
}

pub struct Answer {
    pub status: u16,
    pub etag: Option<String>,
    /// As it came, to the empty line.
    pub head: String,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// One connection, kept as long as the server keeps it.
pub struct Client {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
        }
    }

    /// Asks until somebody answers, as a reader would that tries again.
    pub fn ask(&mut self, path: &str, etag: Option<&str>) -> io::Result<Answer> {
        let condition = etag.map_or_else(String::new, |etag| format!("If-None-Match: {etag}\r\n"));
        self.ask_with(path, &condition)
    }

    /// The same with these lines of a head, each with its end.
    pub fn ask_with(&mut self, path: &str, lines: &str) -> io::Result<Answer> {
        let tried = Instant::now();
        loop {
            match self.try_ask(path, lines) {
                Ok(answer) => return Ok(answer),
                Err(error) if tried.elapsed() > Duration::from_secs(60) => return Err(error),
                Err(_) => {
                    self.stream = None;
                    sleep(Duration::from_millis(1));
                }
            }
        }
    }

    fn try_ask(&mut self, path: &str, lines: &str) -> io::Result<Answer> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            empty => {
                let stream = TcpStream::connect(self.address)?;
                stream.set_nodelay(true)?;
                empty.insert(BufReader::new(stream))
            }
        };
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n");
        stream.get_mut().write_all(request.as_bytes())?;
        let mut answer = Answer {
            status: 0,
            etag: None,
            head: String::new(),
            bytes: Vec::new(),
        };
        let mut length = 0;
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            answer.head.push_str(&line);
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            match line.split_once(": ") {
                None => {
                    let status = line
                        .split(' ')
                        .nth(1)
                        .and_then(|status| status.parse().ok());
                    answer.status = status.unwrap_or(0);
                }
                Some((name, value)) if name.eq_ignore_ascii_case("etag") => {
                    answer.etag = Some(value.to_owned());
                }
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().unwrap_or(0);
                }
                Some(_) => {}
            }
        }
        if answer.status != 304 {
            answer.bytes = vec![0; length];
            stream.read_exact(&mut answer.bytes)?;
        }
        Ok(answer)
    }
}
