//! `courant render`: one feed on standard output, without a server.

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::http::rendered;
use crate::resource::{BaseUrl, Format, Resource};

use super::{Failure, StoreArgs};

#[derive(Debug, Args)]
pub(super) struct Render {
    /// Feed to render: all, captions, sections/SLUG, tags/SLUG, authors/SLUG, articles/SLUG, feeds/NAME, or a segment of an
    /// archive, such as archive/1 or sections/SLUG/archive/1
    #[arg(value_name = "SELECTION")]
    selection: String,
    /// Format of the feed
    #[arg(long, value_name = "F", default_value = "atom")]
    format: FormatName,
    /// Scheme and host in the feed's addresses [default: those of the server's last run]
    #[arg(long, value_name = "URL", value_parser = BaseUrl::parse)]
    base_url: Option<BaseUrl>,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormatName {
    Rss,
    Atom,
    Json,
}

/// The path of a selection without its format; a kind is understood in the singular, too.
fn stem(selection: &str) -> String {
    if matches!(selection, "all" | "feed" | "") {
        return "feed".to_owned();
    }
    match selection.split_once('/') {
        Some((kind @ ("section" | "tag" | "author" | "article"), slug)) => {
            format!("{kind}s/{slug}")
        }
        Some(("named", name)) => format!("feeds/{name}"),
        _ => selection.to_owned(),
    }
}

impl Render {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let format = match self.format {
            FormatName::Rss => Format::Rss,
            FormatName::Atom => Format::Atom,
            FormatName::Json => Format::Json,
        };
        let stem = stem(self.selection.trim_matches('/'));
        let path = format!("/{stem}.{}", format.extension());
        let resource = Resource::parse(&path).ok_or_else(|| {
            format!(
                "expected all, captions, sections/SLUG, tags/SLUG, authors/SLUG, articles/SLUG, feeds/NAME, \
                 archive/NUMBER or sections/SLUG/archive/NUMBER; found {stem}"
            )
        })?;
        let store = self.store.open()?;
        let base = match self.base_url {
            Some(base) => base,
            None => {
                let settings = store.settings()?;
                let base_url = settings
                    .map(|settings| settings.base_url)
                    .unwrap_or_default();
                BaseUrl::parse(&base_url).map_err(|error| format!("{error}; say --base-url URL"))?
            }
        };
        let rendered = rendered(&store, &base, &resource)?;
        let body = rendered
            .body()
            .ok_or_else(|| format!("there is no {stem} in the store; courant log shows what is"))?;
        let mut out = std::io::stdout().lock();
        out.write_all(body)?;
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}
