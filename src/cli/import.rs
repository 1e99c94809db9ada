//! `courant import`: a page of plain text, a feed or an export of another system, brought into a folder of items.

mod feed;
mod page;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::folder::{Folder, PUBLICATION_FILE};
use crate::import::feed_file::FeedFile;
use crate::import::page_text;
use crate::publication::Publication;

use super::{Failure, items_folder};

/// Photographs given with `--photo`, by the caption's number.
type Photos = Vec<(usize, PathBuf)>;

#[derive(Debug, Args)]
pub(super) struct Import {
    /// A page of plain text (UTF-8, GB18030 or UTF-16), a feed (RSS, Atom, JSON Feed) or an export of WordPress (WXR; all of its
    /// files, where it has several)
    #[arg(value_name = "FILE", required_unless_present = "rules")]
    files: Vec<PathBuf>,
    /// Section that the article belongs to; of a feed, the section of items whose categories name none
    #[arg(long, value_name = "SLUG", required_unless_present = "rules")]
    section: Option<String>,
    /// When a page was published: a day (2025-02-28 or as newspapers print it, in the publication's time zone) or RFC 3339
    #[arg(long, value_name = "DATE")]
    published: Option<String>,
    /// Slug of a page's article [default: the day and the headline in pinyin]
    #[arg(long, value_name = "SLUG")]
    slug: Option<String>,
    /// Photograph of the caption with that number on a page; may be repeated
    #[arg(long = "photo", value_name = "N=FILE", value_parser = photo)]
    photos: Vec<(usize, PathBuf)>,
    /// Folder with the photographs of a feed or export, such as a copy of wp-content/uploads
    #[arg(long, value_name = "DIR")]
    media: Option<PathBuf>,
    /// Folder of items [default: ./items]
    #[arg(long, value_name = "DIR")]
    items: Option<PathBuf>,
    /// Bring in drafts, private posts and posts that wait for their time, as drafts (those whose time is to come wait for it);
    /// without it they are left out and named
    #[arg(long)]
    drafts: bool,
    /// Only show what would be written
    #[arg(long)]
    dry_run: bool,
    /// Write over what is there already, and keep its ids
    #[arg(long)]
    replace: bool,
    /// Show the rules by which a page is read
    #[arg(long)]
    rules: bool,
}

fn photo(text: &str) -> Result<(usize, PathBuf), String> {
    let error = || {
        format!("expected the number of a caption and a file, such as 1=maglev.jpg; found {text}")
    };
    let (number, path) = text.split_once('=').ok_or_else(error)?;
    let number: usize = number.parse().map_err(|_| error())?;
    if number == 0 || path.is_empty() {
        return Err(error());
    }
    Ok((number, PathBuf::from(path)))
}

impl Import {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let (Some(section), false) = (&self.section, self.rules) else {
            anstream::print!("{}", page_text::RULES);
            return Ok(ExitCode::SUCCESS);
        };
        let root = items_folder(self.items.clone())?;
        let publication = publication(&root)?;
        if publication.section(section).is_none() {
            let known: Vec<&str> = publication
                .sections
                .iter()
                .map(|section| section.slug.as_str())
                .collect();
            return Err(format!(
                "the section {section} is not declared in {PUBLICATION_FILE}; there are: {}",
                known.join(", ")
            )
            .into());
        }
        let mut feeds = Vec::new();
        for file in &self.files {
            match FeedFile::recognise(file)? {
                Some(feed) => feeds.push(feed),
                None if self.files.len() == 1 => {
                    return self.page(file, section, &root, &publication);
                }
                None => {
                    let page = file.display();
                    return Err(format!(
                        "{page} is no feed; pages of text are imported one by one"
                    )
                    .into());
                }
            }
        }
        self.feeds(feeds, section, &root, &publication)
    }
}

fn publication(root: &Path) -> Result<Publication, Failure> {
    let (parsed, _) = Folder::new(root.to_owned()).publication()?;
    let complaints: Vec<String> = parsed.complaints.iter().map(ToString::to_string).collect();
    parsed
        .publication
        .ok_or_else(|| complaints.join("\n").into())
}
