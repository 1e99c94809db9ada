//! `courant init`: a folder of items to begin with, whose files explain themselves.

mod surroundings;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{SecondsFormat, Utc};
use chrono_tz::Tz;
use clap::Args;

use crate::folder::{ARTICLE_FILE, PUBLICATION_FILE};
use crate::item::{Id, Line, file};
use crate::publication;

use super::Failure;

/// The article's folder, `section/slug`.
const STORY: &str = "news/first-story";

const PUBLICATION: &str = include_str!("init/publication.toml");
const ARTICLE: &str = include_str!("init/article.md");

#[derive(Debug, Args)]
pub(super) struct Init {
    /// Folder to make; one that is there must be empty
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Name of the paper [default: the folder's name]
    #[arg(long, value_name = "TEXT", value_parser = title)]
    title: Option<Line>,
    /// Language of the paper, BCP 47, such as en or zh-Hans [default: what LANG says]
    #[arg(long, value_name = "TAG", value_parser = language)]
    language: Option<String>,
    /// Time zone of the paper, such as Europe/Dublin [default: what TZ or this machine says]
    #[arg(long, value_name = "ZONE", value_parser = timezone)]
    timezone: Option<Tz>,
}

fn title(text: &str) -> Result<Line, String> {
    Line::parse(text).ok_or_else(|| format!("expected the name of a paper; found {text:?}"))
}

fn language(text: &str) -> Result<String, String> {
    match file::is_language(text) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "expected a language tag (BCP 47), such as en or zh-Hans; found {text}"
        )),
    }
}

fn timezone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| {
        format!("expected a name of the IANA database, such as Europe/Dublin; found {text}")
    })
}

impl Init {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let folder = &self.folder;
        refuse_used(folder)?;
        let whole = std::path::absolute(folder)?;
        let title = match self.title {
            Some(title) => title.to_string(),
            None => title_of(&whole),
        };
        let language = self.language.unwrap_or_else(surroundings::language);
        let timezone = self.timezone.unwrap_or_else(surroundings::timezone);
        let settings = publication_file(&title, &language, timezone);
        let story = story_file(&language, timezone)?;
        let article = format!("{STORY}/{ARTICLE_FILE}");
        let put = |name: &str, text: &str| -> Result<(), Failure> {
            let path = folder.join(name);
            let written = match path.parent() {
                Some(parent) => fs::create_dir_all(parent),
                None => Ok(()),
            };
            written
                .and_then(|()| fs::write(&path, text))
                .map_err(|error| format!("{} cannot be written: {error}", path.display()).into())
        };
        put(&article, &story)?;
        // Last: with it the folder is one of items.
        put(PUBLICATION_FILE, &settings)?;
        anstream::println!(
            "made the paper {title} in {} ({language}, {timezone})",
            folder.display()
        );
        anstream::println!("  {PUBLICATION_FILE:<28} its name, language, time zone and sections");
        anstream::println!("  {article:<28} a story, whose comments explain the keys");
        let (program, items) = (program(), quoted(folder));
        anstream::println!("\nto serve it, and to follow what you change:");
        let data = quoted(&data_beside(folder, &whole));
        anstream::println!("  {program} serve --items {items} --data {data}");
        anstream::println!("to see whether a file is as it should be:");
        anstream::println!("  {program} check --items {items}");
        Ok(ExitCode::SUCCESS)
    }
}

/// Refuses a folder with anything in it, and whatever else has the name.
fn refuse_used(folder: &Path) -> Result<(), Failure> {
    let path = folder.display();
    let first = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().transpose()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(format!("expected a folder at {path}, or nothing yet: {error}").into());
        }
    };
    match first {
        None => Ok(()),
        Some(entry) => Err(format!(
            "expected an empty folder at {path}, or none yet; found {} in it; name another folder",
            entry.file_name().display()
        )
        .into()),
    }
}

/// The name of a folder as the name of a paper: `my-paper` is `My Paper`.
fn title_of(folder: &Path) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy());
    let name = name.unwrap_or_default();
    let words = name
        .split(['-', '_', ' ', '.'])
        .filter(|word| !word.is_empty());
    let words = words.map(|word| {
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).collect::<String>()
    });
    let title = words.collect::<Vec<_>>().join(" ");
    Line::parse(&title).map_or_else(|| "My Paper".to_owned(), |title| title.to_string())
}

fn publication_file(title: &str, language: &str, timezone: Tz) -> String {
    // JSON's strings are strings of TOML, too.
    let string = |text: &str| serde_json::Value::from(text).to_string();
    let source = PUBLICATION
        .replacen("TIMEZONE", &string(timezone.name()), 1)
        .replacen("LANGUAGE", &string(language), 1)
        .replacen("TITLE", &string(title), 1);
    publication::with_id(&source, Id::mint(Utc::now()))
}

/// The story, public at once. It is in English, which is said where the paper is not.
fn story_file(language: &str, timezone: Tz) -> Result<String, Failure> {
    let now = Utc::now();
    let published = now.with_timezone(&timezone);
    let is_english = language.split('-').next() == Some("en");
    let language_line = match is_english {
        true => "",
        false => "language = \"en\"           # of this story, where the paper's is another\n",
    };
    let text = ARTICLE
        .replacen("LANGUAGE_LINE", language_line, 1)
        .replacen(
            "PUBLISHED",
            &published.to_rfc3339_opts(SecondsFormat::Secs, false),
            1,
        );
    file::write_ids(&text, Some(Id::mint(now)), &[])
        .map_err(|complaint| complaint.to_string().into())
}

/// A folder beside that of the items, for their store.
fn data_beside(folder: &Path, whole: &Path) -> PathBuf {
    // Of `.` and `..` only the whole path has a name.
    let named = match folder.file_name() {
        Some(_) => folder.to_owned(),
        None => fs::canonicalize(whole).unwrap_or_else(|_| whole.to_owned()),
    };
    let mut name = named.file_name().unwrap_or_default().to_owned();
    name.push("-data");
    named.with_file_name(name)
}

/// The program as it was called.
fn program() -> String {
    let path = std::env::args_os().next().map(PathBuf::from);
    path.map_or_else(|| "courant".to_owned(), |path| quoted(&path))
}

/// A path as a shell takes it, and as an option takes it: one that begins with a dash would be taken for an option.
fn quoted(path: &Path) -> String {
    let mut text = path.to_string_lossy().into_owned();
    if text.starts_with('-') {
        text.insert_str(0, "./");
    }
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:@%".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}
