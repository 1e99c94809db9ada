//! Whatever a desk types: it comes through item files without loss, and every document made of it is well formed.

use std::fs;
use std::path::Path;

use courant::item::{Article, Caption, Image, Line, Markdown, NoteKind, file, read_photograph};
use courant::item::{Moment, PhotographError};
use courant::publication::NameKind;
use courant::resource::{Format, Resource, Subject};
use proptest::prelude::*;
use roxmltree::Document;

use crate::cases::cases;
use crate::strict;
use crate::support::papers::{self, Paper};

/// Pieces that have broken feeds before, and any character at all.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => any::<char>().prop_map(String::from),
        2 => "[a-z]{1,6} ",
        2 => "[长春新闻，。：“”]{1,6}",
        1 => "[\\u{0621}-\\u{064a}]{1,6} ",
        1 => "[\\u{0}-\\u{1f}\\u{7f}-\\u{9f}]",
        1 => "[\\u{200b}-\\u{200f}\\u{202a}-\\u{202e}\\u{2066}-\\u{2069}\\u{feff}\\u{fffd}-\\u{ffff}]",
        3 => prop::sample::select(vec![
            "]]>", "<![CDATA[", "&amp;", "&#0;", "&#1;", "&#11;", "&#x1F;", "&#xFFFE;", "&#128;", "&#xD800;", "&nbsp;", "<b>", "</p>", "<script>x</script>", "<!--", "-->",
            "<?xml", "\"", "'", "\"\"\"", "\\", "\\u0000", "+++", "+++\n", "\n+++\n", "\n\n", "\r\n", "\r", "\t",
            "# ", "- ", "> ", "| a | b |\n|---|---|\n", "```\n", "![x](y.jpg)", "[x](/y?a=1&b=2)", "[x](javascript:x)",
            "[x](&#2;y)", "<a href=\"&#3;\" title='", "<p lang=\"&#4;\">", "<table><p>", "<li>", "</figure>", "<svg><style>",
            "<math><mi>", "<template>", "<b/><br/>", "<a href=//x", "<textarea>", "<title>", "<plaintext>", "<noscript><p>",
            "**", "👩‍👩‍👧", "e\u{301}", "🇨🇳", "\u{2028}", "\u{85}",
        ]).prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

fn line() -> impl Strategy<Value = Option<Line>> {
    text().prop_map(|text| Line::parse(&text))
}

fn some_line() -> impl Strategy<Value = Line> {
    text().prop_map(|text| Line::parse(&format!("x{text}")).unwrap())
}

/// Names that differ: parsing takes one twice for a slip.
fn names() -> impl Strategy<Value = Vec<Line>> {
    prop::collection::vec(some_line(), 0..3).prop_map(|mut names| {
        names.dedup();
        names
    })
}

fn moment() -> impl Strategy<Value = Moment> {
    // Readers' calendars and TOML's offsets: whole minutes.
    (0_i64..4_000_000_000, -14_i32 * 60..14 * 60).prop_map(|(second, minutes)| {
        let zone = chrono::FixedOffset::east_opt(minutes * 60).unwrap();
        chrono::DateTime::from_timestamp(second, 0)
            .unwrap()
            .with_timezone(&zone)
    })
}

/// Some of the blanks of a headline as places where it is broken.
fn broken(headline: &Line) -> Vec<Line> {
    let (head, rest) = headline.split_at(headline.find(char::is_whitespace).unwrap_or(0));
    let lines = [head, rest].map(Line::parse);
    lines.into_iter().flatten().collect()
}

/// A kind for a note, where there is one.
fn kind_of(note: Option<&Line>) -> NoteKind {
    note.map_or_else(NoteKind::default, |note| NoteKind::ALL[note.len() % 4])
}

fn caption() -> impl Strategy<Value = Caption> {
    let role = prop::option::of(Just(Line::parse("illustrator").unwrap()));
    let ends = prop::option::of(moment());
    let terms = (line(), line(), ends, line());
    (some_line(), line(), line(), role, line(), terms).prop_map(
        |(text, alt, credit, role, source, (copyright, usage_terms, usage_ends, public_note))| {
            Caption {
                id: None,
                text,
                alt,
                image: None,
                credit,
                role,
                source,
                address: None,
                copyright,
                usage_terms,
                usage_ends,
                public_note_kind: kind_of(public_note.as_ref()),
                public_note,
            }
        },
    )
}

fn article() -> impl Strategy<Value = Article> {
    let words = (
        some_line(),
        line(),
        line(),
        line(),
        line(),
        line(),
        line(),
        line(),
    );
    let lists = (names(), names(), prop::collection::vec(caption(), 0..3));
    (words, lists, moment(), text(), prop::option::of(text())).prop_map(
        |(words, (authors, tags, captions), published, body, note)| Article {
            id: None,
            guid: words.1,
            former: Vec::new(),
            canonical: None,
            headline_lines: broken(&words.0),
            headline: words.0,
            kicker: words.2,
            deck: words.3,
            dateline: words.4,
            published,
            embargo_until: None,
            draft: false,
            lead: true,
            updated: None,
            authors,
            tags,
            language: None,
            source: words.5,
            rights: words.6,
            note: note
                .map(|note| Markdown::parse(&note))
                .filter(|note| !note.trim().is_empty()),
            public_note_kind: kind_of(words.7.as_ref()),
            public_note: words.7,
            body: Markdown::parse(&body),
            captions,
            attachments: Vec::new(),
        },
    )
}

fn no_photograph(name: &str) -> Result<courant::item::Photograph, PhotographError> {
    Err(PhotographError::Missing {
        name: name.to_owned(),
    })
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn an_item_prints_back_to_its_file(article in article()) {
        let printed = file::print(&article);
        let parsed = file::parse(printed.as_bytes(), &no_photograph);
        // A picture that is not there refuses the item; everything else must come back.
        if let Some(back) = parsed.article {
            prop_assert_eq!(&back, &article, "{}", printed);
        } else {
            prop_assert!(article.body.contains("]("), "{:#?}\n{}", parsed.complaints, printed);
        }
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in text()) {
        file::parse(&bytes, &no_photograph);
        file::parse(format!("+++\n{text}\n+++\n{text}").as_bytes(), &no_photograph);
        file::parse(format!("+++\nheadline = \"{text}\"\npublished = 2026-01-01T00:00:00Z\n+++\n").as_bytes(), &no_photograph);
    }
}

/// What the desk says of the paper itself.
#[derive(Clone, Debug)]
struct Setting {
    title: Line,
    description: Option<Line>,
    rights: Option<Line>,
    logo: Option<String>,
    language: &'static str,
    sections: Vec<Line>,
}

fn setting() -> impl Strategy<Value = Setting> {
    let languages = prop::sample::select(vec!["en", "zh-Hans", "ar", "he-IL"]);
    let logo = prop::option::of(text().prop_map(|text| format!("https://example.org/{text}")));
    let sections = prop::collection::vec(some_line(), 2);
    (some_line(), line(), line(), logo, languages, sections).prop_map(
        |(title, description, rights, logo, language, sections)| Setting {
            title,
            description,
            rights,
            logo,
            language,
            sections,
        },
    )
}

/// Names that files of photographs may have.
const PICTURES: [&str; 4] = ["p.png", "a b.png", "q\"&<'.png", "图.png"];

proptest! {
    // Each case is a paper of its own, with a store on disk.
    #![proptest_config(cases(24))]

    #[test]
    fn any_paper_makes_well_formed_documents(
        articles in prop::collection::vec(article(), 1..6),
        pictures in prop::collection::vec(0..PICTURES.len(), 6),
        setting in setting(),
    ) {
        let items = tempfile::tempdir().unwrap();
        write_paper(items.path(), &setting, &articles, &pictures);
        let paper = Paper::of(items.path());
        check_documents(&paper)?;
        // The headlines come out as they went in.
        let rss = paper.document(&Subject::Publication, Format::Rss);
        let rss = Document::parse(&rss).unwrap();
        let titles: Vec<&str> = rss
            .descendants()
            .filter(|node| node.has_tag_name("title") && node.parent().is_some_and(|parent| parent.has_tag_name("item")))
            .filter_map(|node| node.text())
            .collect();
        for filed in paper.filed() {
            prop_assert!(titles.contains(&&*filed.article.headline), "{:?} not in {:?}", filed.article.headline, titles);
        }
        // And what stands in place of a story that was taken back is as well formed.
        fs::remove_dir_all(items.path().join("section-0/story-0")).unwrap();
        paper.look(papers::noon() + chrono::TimeDelta::minutes(1));
        check_documents(&paper)?;
    }
}

/// Reads everything that the paper gives, as strictly as can be.
fn check_documents(paper: &Paper) -> Result<(), TestCaseError> {
    let mut resources = vec![
        Resource::Sections,
        Resource::Names(NameKind::Tag, 1),
        Resource::Names(NameKind::Author, 1),
        Resource::Days,
        Resource::Newest,
        Resource::Opml,
        Resource::FeedStyle,
        Resource::Sitemap,
        Resource::SitemapPages,
        Resource::SitemapNews,
        Resource::Robots,
    ];
    let (_, months) = paper.store.sitemap_parts().unwrap();
    resources.extend(
        months
            .iter()
            .map(|part| Resource::SitemapPart(part.month, 1)),
    );
    resources.extend(months.iter().map(|part| Resource::DaysOfMonth(part.month)));
    let mut subjects = paper.subjects();
    subjects.push(Subject::Named("chosen".to_owned()));
    for subject in subjects {
        resources.extend(Format::ALL.map(|format| Resource::Feed(subject.clone(), format)));
        for segment in 1..=2 {
            resources.extend(Format::ALL.map(|f| Resource::Archive(subject.clone(), segment, f)));
            resources.push(Resource::ArchivePage(subject.clone(), segment));
        }
        let months = months.iter().map(|part| part.month);
        resources.extend(months.map(|month| Resource::MonthPage(subject.clone(), month, 1)));
        resources.push(Resource::Page(subject));
    }
    let stories = paper.store.articles_after(None, 100).unwrap();
    resources.extend(
        stories
            .iter()
            .map(|story| Resource::Onward(story.slug.clone())),
    );
    for caption in stories.iter().flat_map(|story| &story.captions) {
        resources.push(Resource::CaptionPage(caption.state.id));
    }
    for resource in resources {
        let made = courant::http::rendered(&paper.store, paper.base(), &resource).unwrap();
        let Some(body) = made.body() else { continue };
        let again = courant::http::rendered(&paper.store, paper.base(), &resource).unwrap();
        prop_assert_eq!(Some(body), again.body());
        let checked = match &resource {
            Resource::Feed(_, format) | Resource::Archive(_, _, format) => {
                strict::feed(*format, body)
            }
            Resource::Opml
            | Resource::Sitemap
            | Resource::SitemapPages
            | Resource::SitemapPart(..)
            | Resource::SitemapNews => strict::xml(body),
            Resource::FeedStyle | Resource::Robots => strict::characters(body),
            _ => strict::html(body),
        };
        if let Err(fault) = checked {
            let text = String::from_utf8_lossy(body);
            return Err(TestCaseError::fail(format!("{resource}: {fault}\n{text}")));
        }
    }
    Ok(())
}

/// A value of TOML, which is JSON's but for one character.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap().replace('\u{7f}', "")
}

fn write_paper(items: &Path, setting: &Setting, articles: &[Article], pictures: &[usize]) {
    let mut publication = format!(
        "title = {}\nlanguage = \"{}\"\ntimezone = \"UTC\"\nmain_feed = [\"articles\", \"captions\"]\n",
        quoted(&setting.title),
        setting.language
    );
    let texts = [
        ("description", setting.description.as_deref()),
        ("rights", setting.rights.as_deref()),
        ("logo", setting.logo.as_deref()),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            publication.push_str(&format!("{key} = {}\n", quoted(text)));
        }
    }
    for (number, title) in setting.sections.iter().enumerate() {
        let title = quoted(title);
        publication.push_str(&format!(
            "[[sections]]\nslug = \"section-{number}\"\ntitle = {title}\n"
        ));
    }
    publication.push_str(&format!(
        "[[feeds]]\nname = \"chosen\"\ntitle = {}\nkinds = [\"articles\", \"captions\"]\n",
        quoted(&setting.sections[0])
    ));
    fs::write(items.join("publication.toml"), publication).unwrap();
    let picture = fs::read("items/logo.png").unwrap();
    for (number, article) in articles.iter().enumerate() {
        let folder = items.join(format!("section-{}/story-{number}", number % 2));
        fs::create_dir_all(&folder).unwrap();
        let mut article = article.clone();
        // Two stories may not have one guid, nor may a story come from the future or show a picture that is not there.
        article.guid = article
            .guid
            .and_then(|guid| Line::parse(&format!("{number} {guid}")));
        article.published = article.published.min(papers::noon().fixed_offset());
        article.body = Markdown::parse(&article.body.replace("![", "["));
        if let Some(caption) = article.captions.first_mut() {
            let name = PICTURES[pictures[number]];
            fs::write(folder.join(name), &picture).unwrap();
            caption.image = Some(Image {
                name: name.to_owned(),
                photograph: read_photograph(name, &picture).unwrap(),
            });
        }
        fs::write(folder.join("article.md"), file::print(&article)).unwrap();
    }
}
