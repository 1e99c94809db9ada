//! Bytes that must not change by accident: a feed's and a page's, because every reader would fetch it anew without a log
//! entry that says why, and the encoders', because a strong tag promises them on every node and in every version.

use std::fmt::Write as _;
use std::{env, fs, path::Path};

use chrono::NaiveDate;
use courant::feed::RENDERING;
use courant::http::Coding;
use courant::item::Id;
use courant::publication::NameKind;
use courant::resource::{Format, Resource, Subject};
use courant::store::Month;
use sha2::{Digest, Sha256};

use crate::support::papers;

/// Set to `write`, it makes the documents of a new generation; set to `sample`, those of another sample.
const UPDATE: &str = "COURANT_GOLDEN";

#[test]
fn documents_of_the_sample_have_the_bytes_that_their_generation_has() {
    let paper = papers::sample();
    let article = Subject::Article("north-quay-crane-stays".to_owned());
    let section = Subject::Section("harbour".to_owned());
    let id = |bare: &str| Id::parse(bare).unwrap();
    let (story, caption) = (
        id("01a1e835-f9e0-7486-ae16-6d8456364be9"),
        id("01a1e836-5f8a-7060-82f7-c7fdfe2fbd72"),
    );
    let day = NaiveDate::from_ymd_opt(2026, 11, 17).unwrap();
    let mut documents = vec![
        (
            "front.html".to_owned(),
            Resource::Page(Subject::Publication),
        ),
        ("section.html".to_owned(), Resource::Page(section)),
        ("article.html".to_owned(), Resource::Page(article.clone())),
        ("caption.html".to_owned(), Resource::CaptionPage(caption)),
        ("subscribe.html".to_owned(), Resource::Subscribe),
        (
            "captions.html".to_owned(),
            Resource::Page(Subject::Captions),
        ),
        ("day.html".to_owned(), Resource::Day(day)),
        (
            "month.html".to_owned(),
            Resource::DaysOfMonth(Month::of_day(day)),
        ),
        ("days.html".to_owned(), Resource::Days),
        ("newest.html".to_owned(), Resource::Newest),
        (
            "more.html".to_owned(),
            Resource::Onward("north-quay-crane-stays".to_owned()),
        ),
        ("sections.html".to_owned(), Resource::Sections),
        ("tags.html".to_owned(), Resource::Names(NameKind::Tag, 1)),
        (
            "tag.html".to_owned(),
            Resource::Page(Subject::Tag("cranes".to_owned())),
        ),
        (
            "author.html".to_owned(),
            Resource::Page(Subject::Author("daniel-osei".to_owned())),
        ),
        ("article-card.html".to_owned(), Resource::ArticleCard(story)),
        (
            "caption-card.html".to_owned(),
            Resource::CaptionCard(caption),
        ),
        (
            "section-card.html".to_owned(),
            Resource::SectionCard("harbour".to_owned()),
        ),
    ];
    for (name, subject) in [
        ("feed", Subject::Publication),
        ("captions", Subject::Captions),
        ("article", article),
    ] {
        documents.extend(Format::ALL.into_iter().map(|format| {
            let name = format!("{name}.{}", format.extension());
            (name, Resource::Feed(subject.clone(), format))
        }));
    }
    let folder = Path::new("tests/data/golden");
    let asked = env::var(UPDATE).unwrap_or_default();
    let number = folder.join("generation");
    let known = fs::read_to_string(&number).unwrap_or_default();
    let mut wrong = String::new();
    for (name, resource) in documents {
        let path = folder.join(name);
        let made = paper.rendered(&resource);
        let golden = fs::read_to_string(&path).unwrap_or_default();
        if made == golden {
            continue;
        }
        let is_raised = asked == "write" && known.trim() != RENDERING.to_string();
        if is_raised || asked == "sample" {
            fs::write(&path, &made).unwrap();
            continue;
        }
        let place = difference(&golden, &made);
        writeln!(wrong, "{}: {place}", path.display()).unwrap();
    }
    assert!(
        wrong.is_empty(),
        "documents have other bytes than before:\n{wrong}\
         If rendering changed on purpose, raise feed::RENDERING (now {RENDERING}), so that a log entry moves every validator, \
         and write the documents anew: {UPDATE}=write cargo test --test feeds golden. If only tests/data/sample changed, it stays: \
         {UPDATE}=sample cargo test --test feeds golden"
    );
    if asked == "write" {
        fs::write(&number, format!("{RENDERING}\n")).unwrap();
    }
    let known = fs::read_to_string(&number).unwrap_or_default();
    assert_eq!(
        known.trim(),
        RENDERING.to_string(),
        "the documents are of another generation: {UPDATE}=write cargo test --test feeds golden"
    );
}

fn difference(golden: &str, made: &str) -> String {
    let same = golden
        .chars()
        .zip(made.chars())
        .take_while(|(one, other)| one == other)
        .count();
    let from = same.saturating_sub(30);
    let around = |text: &str| text.chars().skip(from).take(80).collect::<String>();
    format!(
        "at character {same}\n  was {:?}\n  is  {:?}",
        around(golden),
        around(made)
    )
}

/// Some 60 KB that no change of the paper touches, as repetitive as a feed.
fn document() -> Vec<u8> {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed>");
    let mut state = 20_250_228_u32;
    for number in 0..400 {
        write!(text, "<entry><id>urn:uuid:{number:08x}</id><title>长春要闻 {number}</title><content type=\"html\">").unwrap();
        for _ in 0..12 {
            // Numerical Recipes' generator: anything fixed would do.
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            write!(text, "&lt;p&gt;{:x} ", state >> 16).unwrap();
        }
        text.push_str("</content></entry>");
    }
    text.push_str("</feed>\n");
    text.into_bytes()
}

#[test]
fn encoders_write_the_bytes_that_their_tag_suffix_stands_for() {
    let known = [
        (
            Coding::Gzip,
            ".gz1",
            "4b2bc60b3b64b5d49d86724074d400baa1b11f31aa6b05c7f457c192e7ebc264",
        ),
        (
            Coding::Brotli,
            ".br1",
            "c99a5027f208f1f6df6e5cd15f457af4425c880b92d1b72a78a9cd1d523e27be",
        ),
        (
            Coding::Zstd,
            ".zst1",
            "51b4e82cf0bf3c1f190d27095b83303791432170c7967f3a81cbc3232d606dda",
        ),
    ];
    let document = document();
    for (coding, suffix, hash) in known {
        assert_eq!(
            coding.tag_suffix(),
            suffix,
            "{coding:?} has a new generation: give its new hash here"
        );
        let coded = coding.encode(&document).unwrap();
        let made: String = Sha256::digest(&coded)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            made,
            hash,
            "{} writes other bytes than generation {suffix} does: raise the number in Coding::tag_suffix and give both here",
            coding.name()
        );
    }
}
