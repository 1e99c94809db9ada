//! A server in this process, with the constructor of the program, and a writer's connection to it.

use std::error::Error;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;

use chrono::Utc;
use courant::config::{Cdn, Limits};
use courant::resource::BaseUrl;
use courant::server::{Journal, Options as Running, Server};
use courant::store::{Scope, StorePlace, Tokens};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const PUBLICATION: &str = "title = \"The Courier\"\nlanguage = \"en\"\n\n\
    [[sections]]\nslug = \"city\"\ntitle = \"City\"\n";

/// The server, and who may write to it.
pub struct Desk {
    pub address: SocketAddr,
    pub token: String,
    runtime: Runtime,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::result::Result<(), courant::server::ServerError>>,
}

/// A paper with one section, as the folder of items makes it.
pub fn prepare(folder: &Path) -> Result<Running> {
    let items = folder.join("items");
    fs::create_dir_all(&items)?;
    fs::write(items.join("publication.toml"), PUBLICATION)?;
    Ok(Running {
        items: Some(items),
        store: StorePlace::in_folder(&folder.join("data")),
        base: BaseUrl::parse("https://courier.example.org")?,
        allow_mass_removal: false,
        cdn: Cdn::default(),
        rate_limit: None,
        limits: Limits::default(),
    })
}

impl Desk {
    pub fn start(folder: &Path) -> Result<Self> {
        let running = prepare(folder)?;
        let mut tokens = Tokens::open(&running.store, Utc::now())?;
        let token = tokens.create("bench", &Scope::Desk, None, Utc::now())?;
        drop(tokens);
        let runtime = Runtime::new()?;
        let server = Server::open(&running, Arc::new(Utc::now), Arc::new(Journal::silent()))?;
        let (stop, stopped) = oneshot::channel::<()>();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let (public, operations) = runtime.block_on(async {
            Ok::<_, std::io::Error>((TcpListener::bind(any).await?, TcpListener::bind(any).await?))
        })?;
        let address = public.local_addr()?;
        let served = runtime.spawn(server.run(public, operations, async {
            let _ = stopped.await;
        }));
        Ok(Self {
            address,
            token,
            runtime,
            stop,
            served,
        })
    }

    pub fn stop(self) -> Result<()> {
        let _ = self.stop.send(());
        Ok(self.runtime.block_on(self.served)??)
    }
}

/// Posts `body`, and wants a 201; gives what was answered.
pub fn post(
    stream: &mut TcpStream,
    to: (&str, &str),
    content_type: &str,
    body: &[u8],
) -> Result<Vec<u8>> {
    match send(stream, "POST", to, content_type, body)? {
        (201, answer) => Ok(answer),
        (status, answer) => Err(format!("{status} {}", String::from_utf8_lossy(&answer)).into()),
    }
}

/// Sends `body`, and gives the status and what was answered.
pub fn send(
    stream: &mut TcpStream,
    method: &str,
    (path, token): (&str, &str),
    content_type: &str,
    body: &[u8],
) -> Result<(u16, Vec<u8>)> {
    // What is there is to be changed, whatever it is by now.
    let matching = match path.strip_prefix("/api/v1/articles/") {
        Some(_) => "If-Match: *\r\n",
        None => "",
    };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n{matching}\
         Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat())?;
    let mut bytes = Vec::new();
    let mut piece = [0; 16 * 1024];
    loop {
        let read = stream.read(&mut piece)?;
        if read == 0 {
            return Err("the server left".into());
        }
        bytes.extend_from_slice(piece.get(..read).unwrap_or_default());
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).to_lowercase();
        let status = head.get(9..12).unwrap_or_default().parse()?;
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.unwrap_or("0").trim().parse()?;
        if bytes.len() >= end + 4 + length {
            return Ok((status, bytes.split_off(end + 4)));
        }
    }
}
