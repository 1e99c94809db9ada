//! The list of feeds as OPML 2.0, nested by section.

use chrono::{DateTime, Utc};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};

use crate::content::{Words, title};
use crate::publication::Publication;
use crate::resource::{BaseUrl, Format, Resource, Subject};

use super::extension::rfc822;
use super::text_element::text;

/// OPML has no registered media type; this is the one that validators list.
pub const OPML_TYPE: &str = "text/x-opml; charset=utf-8";

/// The feeds of a publication as they were at `touched`.
pub fn opml(publication: &Publication, base: &BaseUrl, touched: DateTime<Utc>) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    // Writing to memory cannot fail.
    let _ = write(&mut writer, publication, base, touched);
    writer.into_inner()
}

fn write(
    writer: &mut Writer<Vec<u8>>,
    publication: &Publication,
    base: &BaseUrl,
    touched: DateTime<Utc>,
) -> std::io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    let words = Words::of(&publication.language);
    writer
        .create_element("opml")
        .with_attribute(("version", "2.0"))
        .write_inner_content(|writer| {
            writer
                .create_element("head")
                .write_inner_content(|writer| {
                    text(writer, "title", &publication.title)?;
                    text(writer, "dateModified", &rfc822(touched))?;
                    text(writer, "ownerName", &publication.title)
                })?;
            writer
                .create_element("body")
                .write_inner_content(|writer| {
                    outline(writer, publication, base, &Subject::Publication)?;
                    outline(writer, publication, base, &Subject::Captions)?;
                    let sections = publication.sections.iter();
                    let sections = sections.map(|section| Subject::Section(section.slug.clone()));
                    group(
                        writer,
                        publication,
                        base,
                        words.sections,
                        sections.collect(),
                    )?;
                    let feeds = publication.feeds.iter();
                    let feeds = feeds.map(|query| Subject::Named(query.name.clone()));
                    group(writer, publication, base, words.more_feeds, feeds.collect())
                })?;
            Ok(())
        })?;
    Ok(())
}

/// Feeds under a heading, if there are any.
fn group(
    writer: &mut Writer<Vec<u8>>,
    publication: &Publication,
    base: &BaseUrl,
    heading: &str,
    subjects: Vec<Subject>,
) -> std::io::Result<()> {
    if subjects.is_empty() {
        return Ok(());
    }
    let group = writer
        .create_element("outline")
        .with_attribute(("text", heading));
    group.write_inner_content(|writer| {
        subjects
            .iter()
            .try_for_each(|subject| outline(writer, publication, base, subject))
    })?;
    Ok(())
}

/// One format stands for all, so that a reader who takes the whole list has each feed once.
fn outline(
    writer: &mut Writer<Vec<u8>>,
    publication: &Publication,
    base: &BaseUrl,
    subject: &Subject,
) -> std::io::Result<()> {
    let name = title(publication, subject, None);
    let format = subject.formats(publication).into_iter().min();
    let format = format.unwrap_or(Format::Rss);
    let feed = base.url(&Resource::Feed(subject.clone(), format));
    let page = base.url(&Resource::Page(subject.clone()));
    writer
        .create_element("outline")
        .with_attribute(("text", name.as_str()))
        .with_attribute(("title", name.as_str()))
        .with_attribute(("type", "rss"))
        .with_attribute(("xmlUrl", feed.as_str()))
        .with_attribute(("htmlUrl", page.as_str()))
        .with_attribute(("language", &*publication.language))
        .write_empty()?;
    Ok(())
}
