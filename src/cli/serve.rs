//! `courant serve`: the server as its arguments and its configuration file say, until it is told to stop.

mod listeners;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use chrono::Utc;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::{
    Config, DEFAULT_DATA, DEFAULT_ITEMS, DEFAULT_LISTEN, DEFAULT_OPERATIONS, LogFormat, address,
};
use crate::publication::Publication;
use crate::resource::{BaseUrl, Format, Resource, Subject};
use crate::server::{Event, Journal, Options, Server};
use crate::store::StorePlace;

use super::{Failure, config, place};
use listeners::{Bound, ListenAddress, Setting, refuse_twice};

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Configuration file; what is given here outranks it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of items [default: ./items, if it is there]
    #[arg(long, value_name = "DIR")]
    items: Option<PathBuf>,
    /// Folder of the store; made if it is not there [default: ./data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// PostgreSQL database that has the store, postgres://user@host/database [default: none, a file in the folder]
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// Where readers are served [default: 127.0.0.1:8080]
    #[arg(long, value_name = "HOST:PORT", value_parser = address)]
    listen: Option<SocketAddr>,
    /// Where desk and operators look: a page of all that goes on, /healthz, /readyz, /metrics [default: 127.0.0.1:8081]
    #[arg(long, value_name = "HOST:PORT", value_parser = address)]
    operations: Option<SocketAddr>,
    /// Where the write API is, if not where readers are served
    #[arg(long, value_name = "HOST:PORT", value_parser = address)]
    api: Option<SocketAddr>,
    /// Scheme and host that the public knows the server by [default: http:// and what --listen says]
    #[arg(long, value_name = "URL", value_parser = BaseUrl::parse)]
    base_url: Option<BaseUrl>,
    /// Format of the lines on standard error [default: text]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
    /// Believe it when more than half of the items vanish at once
    #[arg(long)]
    allow_mass_removal: bool,
}

impl Serve {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let config = config(self.config.as_ref())?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(self.serve(config))
    }

    /// Takes the addresses for readers, for operators and, if it has its own, for the write API.
    fn bind(&self, config: &Config) -> Result<(Bound, Bound, Option<Bound>), Failure> {
        let public = Setting::of("listen", self.listen, config.listen).or(DEFAULT_LISTEN);
        let operators = Setting::of("operations", self.operations, config.operations);
        let operators = operators.or(DEFAULT_OPERATIONS);
        let api = Setting::of("api", self.api, config.api);
        let named = [Some(public), Some(operators), api.named()];
        refuse_twice(&named.into_iter().flatten().collect::<Vec<_>>())?;
        let api = api.named().map(ListenAddress::bind).transpose()?;
        Ok((public.bind()?, operators.bind()?, api))
    }

    async fn serve(self, config: Config) -> Result<ExitCode, Failure> {
        let format = self.log_format.or(config.log_format).unwrap_or_default();
        let journal = Arc::new(Journal::new(format));
        // Taken now, so that an address in use is known before the work; opened when there is something to serve.
        let (public, operators, api) = self.bind(&config)?;
        let items = items(self.items.or_else(|| config.items.clone()))?;
        let data = self
            .data
            .or_else(|| config.data.clone())
            .unwrap_or_else(|| DEFAULT_DATA.into());
        let store = place(&data, &config, self.store.as_deref())?;
        // Signals are heard from here on, so that a stop during the first bringing in ends the program, too.
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let here = public.address()?;
        let base = match self.base_url.or(config.base_url) {
            Some(base) => base,
            None => base_of(here)?,
        };
        if base.is_loopback() && !here.ip().is_loopback() {
            let text = format!(
                "feeds name {}, which only this machine can follow; say --base-url https://…",
                base.as_str()
            );
            journal.say(&Event::Warning { text });
        }
        if items.is_none() {
            let text = format!("there is no folder {DEFAULT_ITEMS}; what the store has is served");
            journal.say(&Event::Note { text });
        }
        let folders = Folders::of(items.as_deref(), &store)?;
        let options = Options {
            items,
            store,
            base: base.clone(),
            allow_mass_removal: self.allow_mass_removal,
            cdn: config.cdn,
            rate_limit: config.rate_limit,
            limits: config.limits,
        };
        let clock = Arc::new(Utc::now);
        let open_journal = Arc::clone(&journal);
        let opening =
            tokio::task::spawn_blocking(move || Server::open(&options, clock, open_journal));
        let server = tokio::select! {
            server = opening => server??,
            // All articles that were read so far are in the store; the next start goes on from there.
            _ = terminate.recv() => std::process::exit(1),
            _ = interrupt.recv() => std::process::exit(130),
        };
        let public = public.listen()?;
        let operators = operators.listen()?;
        let api = api.map(Bound::listen).transpose()?;
        let writers = match &api {
            Some(listener) => format!("http://{}/api/v1", listener.local_addr()?),
            None => base.at("/api/v1"),
        };
        announce(
            &*server.site().store().publication()?,
            &folders,
            &base,
            &writers,
            operators.local_addr()?,
        )?;
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        let server = server.writing_on(api).operated_as(config.operations_names);
        server.run(public, operators, stop).await?;
        Ok(ExitCode::SUCCESS)
    }
}

fn items(named: Option<PathBuf>) -> Result<Option<PathBuf>, Failure> {
    match named {
        Some(folder) if folder.is_dir() => Ok(Some(folder)),
        Some(folder) => {
            let path = folder.display();
            Err(format!("there is no folder {path}; correct --items, or mount the disk").into())
        }
        None => {
            let folder = PathBuf::from(DEFAULT_ITEMS);
            Ok(folder.is_dir().then_some(folder))
        }
    }
}

/// The folders of a run as absolute paths.
struct Folders {
    items: Option<PathBuf>,
    data: PathBuf,
    /// The server of the store's database, where that is no file in `data`.
    server: Option<String>,
}

impl Folders {
    fn of(items: Option<&Path>, store: &StorePlace) -> std::io::Result<Self> {
        Ok(Self {
            items: items.map(std::path::absolute).transpose()?,
            data: std::path::absolute(store.folder())?,
            server: store.server().map(ToString::to_string),
        })
    }
}

fn base_of(address: SocketAddr) -> Result<BaseUrl, Failure> {
    let host = match address.ip() {
        ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
        std::net::IpAddr::V4(ip) => ip.to_string(),
        std::net::IpAddr::V6(ip) => format!("[{ip}]"),
    };
    Ok(BaseUrl::parse(&format!(
        "http://{host}:{}",
        address.port()
    ))?)
}

/// Says which folders are used and what one can open.
fn announce(
    publication: &Publication,
    folders: &Folders,
    base: &BaseUrl,
    writers: &str,
    operators: SocketAddr,
) -> Result<(), std::io::Error> {
    use std::io::Write;
    let mut out = anstream::stdout().lock();
    let bold = anstyle::Style::new().bold();
    writeln!(out, "{bold}{}{bold:#}", &*publication.title)?;
    let mut line = |what: &str, address: String| writeln!(out, "  {what:12} {address}");
    let items = folders.items.as_ref();
    line(
        "items",
        items.map_or("none".to_owned(), |items| items.display().to_string()),
    )?;
    line("data", folders.data.display().to_string())?;
    if let Some(server) = &folders.server {
        line("store", server.clone())?;
    }
    line("page", base.url(&Resource::Page(Subject::Publication)))?;
    for format in Format::ALL {
        line(
            "feed",
            base.url(&Resource::Feed(Subject::Publication, format)),
        )?;
    }
    for section in &publication.sections {
        let subject = Subject::Section(section.slug.clone());
        line(
            &section.title,
            base.url(&Resource::Feed(subject, Format::Atom)),
        )?;
    }
    for query in &publication.feeds {
        let format = query.formats.first().copied().unwrap_or(Format::Atom);
        let subject = Subject::Named(query.name.clone());
        line(&query.title, base.url(&Resource::Feed(subject, format)))?;
    }
    line(
        "captions",
        base.url(&Resource::Feed(Subject::Captions, Format::Rss)),
    )?;
    line("write API", writers.to_owned())?;
    line("operations", format!("http://{operators}/"))?;
    out.flush()
}
