//! Files that are no articles and look like stories: each is reported with the place to which it belongs.

use std::path::Path;

use crate::item::{Complaint, slug};
use crate::publication::Publication;

use super::ARTICLE_FILE;

/// Extensions of files in which people write; files of other kinds are not reported.
const WRITTEN: [&str; 16] = [
    "adoc", "asciidoc", "doc", "docx", "htm", "html", "markdown", "mdown", "mdx", "mkd", "odt",
    "org", "pages", "rst", "rtf", "txt",
];

/// Those of them that are Markdown under another name.
const MARKDOWN: [&str; 4] = ["markdown", "mdown", "mdx", "mkd"];

/// Names of files that describe the folder in which they lie; they are not reported.
const ABOUT: [&str; 8] = [
    "authors",
    "changelog",
    "contributing",
    "copying",
    "licence",
    "license",
    "notice",
    "readme",
];

/// The place of a file that is no article.
#[derive(Clone, Copy, Debug)]
pub(super) enum StrayPlace<'a> {
    /// Beside `publication.toml`.
    Top,
    /// A file in a section's folder, beside the articles' folders.
    Section(&'a str),
    /// A file in an article's folder that has no `article.md`.
    Article(&'a str),
    /// A file in an article's folder, beside `article.md`.
    Beside(&'a str),
}

/// Whether a file is Markdown by its name: beside an article, notes of other kinds are not reported.
pub(super) fn is_markdown(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| {
        let extension = extension.to_ascii_lowercase();
        extension == "md" || MARKDOWN.contains(&&*extension)
    })
}

/// The section of an article's folder.
fn section_of(folder: &str) -> &str {
    folder.split('/').next().unwrap_or(folder)
}

/// The complaint about a file's place or kind; `None` if it does not look like a story.
pub(super) fn complaint(
    place: StrayPlace<'_>,
    name: &str,
    publication: &Publication,
) -> Option<Complaint> {
    let (stem, extension) = name.rsplit_once('.')?;
    let extension = extension.to_ascii_lowercase();
    let is_about = ABOUT.contains(&&*stem.to_ascii_lowercase());
    if is_about || (extension != "md" && !WRITTEN.contains(&&*extension)) {
        return None;
    }
    let slug = match stem {
        "article" => "my-story".to_owned(),
        stem => slug::slug(stem),
    };
    let (path, to, others) = match place {
        StrayPlace::Top => {
            let sections = sections(publication);
            let to = format!("{}/{slug}/{ARTICLE_FILE}", first_section(publication));
            (name.to_owned(), to, sections)
        }
        StrayPlace::Section(section) => (
            format!("{section}/{name}"),
            format!("{section}/{slug}/{ARTICLE_FILE}"),
            String::new(),
        ),
        StrayPlace::Article(folder) => (
            format!("{folder}/{name}"),
            format!("{folder}/{ARTICLE_FILE}"),
            String::new(),
        ),
        StrayPlace::Beside(folder) => (
            format!("{folder}/{name}"),
            format!("{}/{slug}/{ARTICLE_FILE}", section_of(folder)),
            String::new(),
        ),
    };
    let expected = format!("stories in files section/slug/{ARTICLE_FILE}");
    if extension == "md" {
        let found = match place {
            StrayPlace::Top => "no section",
            StrayPlace::Section(_) => "a file without a folder of its own",
            StrayPlace::Article(_) => "another name",
            StrayPlace::Beside(_) => "a second one in its folder",
        };
        let complaint =
            Complaint::refused(None, expected, found, format!("move it to {to}{others}"));
        return Some(complaint.at(&path));
    }
    let advice = match &*extension {
        kind if MARKDOWN.contains(&kind) => format!("rename it to {to}{others}"),
        "txt" => format!(
            "courant import {path} --section {} makes a story of it",
            match place {
                StrayPlace::Section(section) => section,
                StrayPlace::Article(folder) | StrayPlace::Beside(folder) => section_of(folder),
                StrayPlace::Top => first_section(publication),
            }
        ),
        _ => format!("save its text as Markdown in {to}{others}"),
    };
    let found = format!("a file of a kind that is not read (.{extension})");
    Some(Complaint::unread(expected, found, advice).at(&path))
}

/// The complaint about an article's folder that lies where the folder of a section should.
pub(super) fn article_without_section(folder: &str, publication: &Publication) -> Complaint {
    let to = format!("{}/{}", first_section(publication), slug::slug(folder));
    Complaint::refused(
        None,
        format!("stories in files section/slug/{ARTICLE_FILE}"),
        "no section",
        format!("move the folder to {to}{}", sections(publication)),
    )
    .at(&format!("{folder}/{ARTICLE_FILE}"))
}

/// The complaint about an article that lies deeper than articles are looked for.
pub(super) fn too_deep(section: &str, path: &Path) -> Complaint {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let to = format!("{section}/{}", slug::slug(&name));
    Complaint::refused(
        None,
        format!("stories in files section/slug/{ARTICLE_FILE}"),
        "a folder that lies deeper, where nothing is looked for",
        format!("move the folder to {to}"),
    )
    .at(&format!("{}/{ARTICLE_FILE}", path.display()))
}

/// The complaint about the files that are not named one by one, with their number.
pub(super) fn others(count: usize) -> Complaint {
    Complaint::unread(
        format!("stories in files section/slug/{ARTICLE_FILE}"),
        match count {
            1 => "1 more file that is not read".to_owned(),
            count => format!("{count} more files that are not read"),
        },
        "move those that are named; the others are told then",
    )
    .at(".")
}

fn first_section(publication: &Publication) -> &str {
    let first = publication.sections.iter().next();
    first.map_or("section", |section| &section.slug)
}

/// The sections that there are, for advice.
fn sections(publication: &Publication) -> String {
    let slugs: Vec<&str> = publication
        .sections
        .iter()
        .map(|section| section.slug.as_str())
        .collect();
    match slugs.is_empty() {
        true => "; publication.toml declares no section yet: [[sections]] with a slug and a title"
            .to_owned(),
        false => format!(" (sections: {})", slugs.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{StrayPlace, complaint};
    use crate::publication::Publication;

    #[test]
    fn what_is_no_story_by_its_name_is_let_be() {
        let publication = Publication::unnamed();
        for name in [
            "logo.png",
            "README.md",
            "license.txt",
            "Makefile",
            "x.jpg",
            "x.toml",
        ] {
            assert_eq!(
                complaint(StrayPlace::Top, name, &publication),
                None,
                "{name}"
            );
        }
        for name in ["a.md", "a.MD", "b.docx", "c.markdown"] {
            assert!(
                complaint(StrayPlace::Top, name, &publication).is_some(),
                "{name}"
            );
        }
    }
}
