//! Texts that are made of other texts: summaries, titles, slugs.

use courant::item::slug::{is_slug, slug};
use courant::item::summary::{summary, title};
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

#[test]
fn a_summary_of_han_text_ends_with_a_sentence() {
    let sentence = "长春市召开加力推进高质量发展暨三年攻坚行动决胜之年动员部署大会,吹响冲锋号角。";
    let text = sentence.repeat(10);
    let cut = summary(&text);
    assert!(cut.ends_with('。'), "{cut}");
    assert!(
        cut.chars().count() <= 140,
        "{} characters",
        cut.chars().count()
    );
    assert!(text.starts_with(&cut));
}

#[test]
fn a_closing_quotation_mark_stays_with_its_sentence() {
    let text = format!("他说：“{}。”后来的话。", "好".repeat(132));
    assert!(summary(&text).ends_with("。”"), "{}", summary(&text));
}

#[test]
fn a_short_text_is_its_own_summary() {
    assert_eq!(
        summary("春雷激荡处,战鼓催征时。\n"),
        "春雷激荡处,战鼓催征时。"
    );
    assert_eq!(
        summary("One line.\nAnother line.\n"),
        "One line. Another line."
    );
}

#[test]
fn a_decimal_point_ends_no_sentence() {
    let text = format!("The harbour rose by 1.5 metres {}.", "and more ".repeat(60));
    assert!(summary(&text).ends_with('…'));
}

#[test]
fn one_endless_sentence_is_cut_at_a_word() {
    let text = "harbour ".repeat(80);
    let cut = title(&text);
    assert!(cut.ends_with("harbour…"), "{cut}");
}

#[test]
fn slugs_are_pinyin_for_han_and_ascii_for_others() {
    assert_eq!(slug("孙杰"), "sun-jie");
    assert_eq!(slug("孙洁"), "sun-jie");
    assert_eq!(slug("长春"), "chang-chun");
    assert_eq!(slug("Tomás Breen"), "tomas-breen");
    assert_eq!(slug("Maeve O'Hara"), "maeve-ohara");
    assert_eq!(slug("2025 年"), "2025-nian");
    assert_eq!(slug("🏮"), slug("🏮"));
    assert!(is_slug(&slug("ليلى حداد")), "{}", slug("ليلى حداد"));
}

proptest! {
    #[test]
    fn a_summary_is_never_cut_within_a_character_or_mark(text in "[^\\s\\p{C}]{0,600}") {
        let cut = summary(&text);
        let kept = if cut == text { &text } else { cut.strip_suffix('…').unwrap_or(&cut) };
        prop_assert!(text.starts_with(kept));
        let borders: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
        // What trails before the ellipsis is trimmed mark by mark, each a character of its own.
        prop_assert!(borders.contains(&kept.len()) || cut.ends_with('…'));
    }

    #[test]
    fn every_made_slug_can_stand_in_an_address(name in "\\PC{0,80}") {
        prop_assert!(is_slug(&slug(&name)), "{}", slug(&name));
    }
}
