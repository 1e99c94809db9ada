//! The commands a person types.

mod act;
mod backup;
mod check;
mod export;
mod find;
mod import;
mod init;
mod log;
mod near;
mod render;
mod restore;
mod serve;
mod step_bars;
mod token;
mod waiting;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, DEFAULT_DATA, DEFAULT_ITEMS};
use crate::count;
use crate::item::visible;
use crate::store::{Action, DatabaseServer, Removal, Store, StorePlace};

/// The error with which a command fails: it exits with code 1 and a line on standard error.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A syndication server for newsrooms: articles and captions in, RSS, Atom and JSON Feed out.
#[derive(Debug, Parser)]
#[command(
    name = "courant",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(after_help = "A first try: courant init my-paper, and what it says to do next")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a folder of items to begin with
    Init(init::Init),
    /// Serve feeds and pages, and follow the folder of items
    Serve(serve::Serve),
    /// Bring in a page of plain text, a feed, or an export of WordPress
    Import(import::Import),
    /// Check a folder of items and report everything that is wrong with it
    Check(check::Check),
    /// Write one feed to standard output
    Render(render::Render),
    /// Write the store out as a folder of items
    Export(export::Export),
    /// Take an article or a caption away until it is released
    Withhold(act::Act),
    /// Make usable again what was withheld or retracted
    Release(act::Act),
    /// Withdraw an article or a caption, with a notice in its place
    Retract(act::Act),
    /// Take an article or a caption away for good, its text and photographs too
    Kill(act::Kill),
    /// Make, list, rotate and revoke tokens for the write API
    Token(token::Token),
    /// Show what no reader may see yet: drafts, schedules and embargoes
    Waiting(waiting::Waiting),
    /// Show the change log
    Log(log::Log),
    /// Write store and photographs into one file, also while the server runs
    Backup(backup::Backup),
    /// Bring a store back from a backup; what was taken down since then stays away
    Restore(restore::Restore),
}

/// Where the store is, for commands that read it beside the server.
#[derive(Debug, Args)]
struct StoreArgs {
    /// Folder of the store [default: ./data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// PostgreSQL database that has the store, postgres://user@host/database [default: none, a file in the folder]
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// Configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl StoreArgs {
    fn place(&self) -> Result<StorePlace, Failure> {
        let config = config(self.config.as_ref())?;
        let data = self.data.clone().or_else(|| config.data.clone());
        let data = data.unwrap_or_else(|| DEFAULT_DATA.into());
        place(&data, &config, self.store.as_deref())
    }

    /// Another place, named on the command line: a folder, or the address of a database.
    fn other_place(&self, named: &str) -> Result<StorePlace, Failure> {
        if !named.contains("://") {
            return Ok(StorePlace::in_folder(Path::new(named)));
        }
        let config = config(self.config.as_ref())?;
        place(self.place()?.folder(), &config, Some(named))
    }

    fn open(&self) -> Result<Store, Failure> {
        Ok(Store::open_beside_at(&self.place()?)?)
    }
}

/// The place of the store, by the configuration and the address of a database that the command line has.
fn place(data: &Path, config: &Config, address: Option<&str>) -> Result<StorePlace, Failure> {
    if address.is_some_and(DatabaseServer::has_password) {
        return Err(
            "expected no password in --store or --previous-store, where every user of this machine can see it; put it into the \
             environment as PGPASSWORD, or into url of [store] in the configuration"
                .into(),
        );
    }
    Ok(match config.store.server(address)? {
        Some(server) => StorePlace::on_server(data, server),
        None => StorePlace::in_folder(data),
    })
}

/// Asks the person at the terminal to confirm `what`; an error where standard input is no terminal.
fn is_wanted(what: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err("nobody is there to be asked; give --yes where it is meant".into());
    }
    let answer = answer(&format!("{what}? [y/N] "))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The line that is typed at the terminal as an answer.
fn answer(question: &str) -> Result<String, Failure> {
    anstream::print!("{question}");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer)
}

fn config(path: Option<&PathBuf>) -> Result<Config, Failure> {
    Ok(path
        .map(|path| Config::read(path))
        .transpose()?
        .unwrap_or_default())
}

fn items_folder(named: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let folder = named.unwrap_or_else(|| DEFAULT_ITEMS.into());
    if folder.is_dir() {
        return Ok(folder);
    }
    let path = folder.display();
    Err(format!("there is no folder {path}; name the folder of items with --items DIR").into())
}

/// Runs the command that was typed.
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Init(command) => command.run(),
        Command::Serve(command) => command.run(),
        Command::Import(command) => command.run(),
        Command::Check(command) => command.run(),
        Command::Render(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::Withhold(command) => command.run(Action::Remove(Removal::Withheld)),
        Command::Release(command) => command.run(Action::Release),
        Command::Retract(command) => command.run(Action::Remove(Removal::Retracted)),
        Command::Kill(command) => command.run(),
        Command::Token(command) => command.run(),
        Command::Waiting(command) => command.run(),
        Command::Log(command) => command.run(),
        Command::Backup(command) => command.run(),
        Command::Restore(command) => command.run(),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            if is_closed_pipe(&*error) {
                return ExitCode::SUCCESS;
            }
            let style = anstyle::Style::new()
                .bold()
                .fg_color(Some(anstyle::AnsiColor::Red.into()));
            let message = error.to_string();
            let lines: Vec<_> = message.lines().map(visible).collect();
            anstream::eprintln!("{style}error{style:#}: {}", lines.join("\n"));
            ExitCode::FAILURE
        }
    }
}

/// Whether the reader of the output closed it (`courant log | head`).
fn is_closed_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
