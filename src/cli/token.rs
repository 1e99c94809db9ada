//! `courant token`: tokens of the write API made, listed, rotated and revoked.

use std::process::ExitCode;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use clap::{Args, Subcommand};

use crate::store::{Scope, Token as Known, Tokens};

use super::{Failure, StoreArgs};

#[derive(Debug, Args)]
pub(super) struct Token {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a token and print it; it is shown once
    Create {
        /// Name of its owner; the log shows it beside each change that is written with the token
        name: String,
        /// Scope of the token: desk (everything), section:SLUG,SLUG (to write in these sections), changes (to read the log)
        #[arg(long, value_name = "SCOPE", value_parser = scope)]
        scope: Scope,
        /// Ends by itself at this moment, RFC 3339 such as 2027-01-01T00:00:00Z
        #[arg(long, value_name = "MOMENT", value_parser = moment)]
        ends: Option<DateTime<Utc>>,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Show whose tokens there are; never the tokens themselves
    List {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Make another token of the same name and scope, and let the one before end a little later
    Rotate {
        name: String,
        /// Hours until the one before ends
        #[arg(long, value_name = "HOURS", default_value_t = 24)]
        overlap: u32,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// End all tokens of a name at once
    Revoke {
        name: String,
        #[command(flatten)]
        store: StoreArgs,
    },
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text)
        .ok_or_else(|| format!("expected desk, changes or section:SLUG,SLUG; found {text}"))
}

fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|moment| moment.to_utc())
        .map_err(|_| format!("expected a moment such as 2027-01-01T00:00:00Z; found {text}"))
}

fn open(store: &StoreArgs) -> Result<Tokens, Failure> {
    Ok(Tokens::open(&store.place()?, Utc::now())?)
}

/// Refuses names that the log has for others: the server itself, and the operator at its terminal.
fn refuse_name(name: &str) -> Result<(), Failure> {
    let is_reserved = name == "courant" || name == "operator" || name.starts_with("operator ");
    match name.trim().is_empty() || name.chars().any(char::is_control) || is_reserved {
        true => Err(format!(
            "expected a name for the token, such as newsdesk, and none of courant's own; found {name:?}"
        )
        .into()),
        false => Ok(()),
    }
}

impl Token {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let now = Utc::now();
        match self.command {
            Command::Create {
                name,
                scope,
                ends,
                store,
            } => {
                refuse_name(&name)?;
                let token = open(&store)?.create(&name, &scope, ends, now)?;
                anstream::println!("{token}");
            }
            Command::List { store } => {
                for token in open(&store)?.list()? {
                    anstream::println!("{}", line(&token, now));
                }
            }
            Command::Rotate {
                name,
                overlap,
                store,
            } => {
                let overlap = TimeDelta::hours(i64::from(overlap));
                let token = open(&store)?.rotate(&name, overlap, now)?;
                anstream::println!("{token}");
            }
            Command::Revoke { name, store } => {
                open(&store)?.revoke(&name)?;
                anstream::eprintln!("{name} has no token any more");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn line(token: &Known, now: DateTime<Utc>) -> String {
    let spelled = |moment: DateTime<Utc>| moment.to_rfc3339_opts(SecondsFormat::Secs, true);
    let end = match token.ends_at {
        None => "for good".to_owned(),
        Some(end) if end <= now => format!("ended {}", spelled(end)),
        Some(end) => format!("until {}", spelled(end)),
    };
    format!(
        "{:<20} {:<24} {}  made {}  {end}",
        token.name,
        token.scope.to_string(),
        token.id,
        spelled(token.created_at)
    )
}
