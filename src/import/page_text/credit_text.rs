//! Reads a text that is nothing but a picture credit. One grammar for every script and every place: the end of a caption, a
//! closing bracket, a line alone, a note on the page.

use super::{
    agency,
    credit::{Credit, FILE_PICTURES},
    credit_name, glyph, spaced_credit, word,
};

/// Reads a text that is nothing but a credit.
pub(super) fn read(tail: &str) -> Option<Credit> {
    read_behind(tail, false)
}

/// Behind a sentence a name needs fewer signs than on a line alone.
pub(super) fn read_behind(tail: &str, sentence: bool) -> Option<Credit> {
    let whole = glyph::unbracketed(tail);
    let bracketed = whole.len() < tail.trim().len();
    if word::is_any(whole, FILE_PICTURES) {
        return Some(Credit::of_source(whole));
    }
    issued_by_agency(whole)
        .or_else(|| credit_name::labelled(whole))
        .or_else(|| credit_name::suffixed(whole))
        .or_else(|| credit_name::provided(whole))
        .or_else(|| sentence.then(|| agency_behind_slash(whole))?)
        .or_else(|| spaced_credit::read(whole, bracketed || sentence))
        .or_else(|| credit_name::name_and_agency(whole, bracketed))
        .or_else(|| {
            bracketed.then(|| {
                clauses(whole)
                    .or_else(|| lone_agency(whole))
                    .or_else(|| credit_name::pictures_of(whole))
            })?
        })
}

/// Within a sentence in a script with spaces a name with an agency is not enough.
pub(super) fn read_labelled(tail: &str) -> Option<Credit> {
    let named = credit_name::name_and_agency(tail, false).is_some();
    read(tail).filter(|_| glyph::has_cjk(tail) || !named)
}

/// Behind a comma or `＝` only what cannot be part of the sentence: `＝共同`, `、山田太郎撮影`.
pub(super) fn read_within(tail: &str) -> Option<Credit> {
    match word::strip(tail, "=") {
        Some(named) => agency::of_picture(named)
            .map(Credit::of_source)
            .or_else(|| credit_name::suffixed(named))
            .or_else(|| credit_name::provided(named)),
        None => credit_name::suffixed(tail).filter(|c| c.photographer.is_some()),
    }
}

/// `…現場。／中新社`, `…冰雕。新华社/美联`
fn agency_behind_slash(text: &str) -> Option<Credit> {
    if let Some(named) = word::strip(text, "/") {
        return agency::of_picture(named).map(Credit::of_source);
    }
    let named = agency::whole(text).filter(|_| glyph::has_cjk(text))?;
    Some(Credit {
        lone_agency: true,
        ..Credit::of_source(named)
    })
}

/// `新华社发`, `新华社发（张三摄）`.
fn issued_by_agency(text: &str) -> Option<Credit> {
    let (name, rest) = agency::at_start(text)?;
    let rest = word::strip(rest.trim_start(), "发")?.trim();
    let rest = word::strip(rest, ",").unwrap_or(rest);
    let mut found = if rest.is_empty() {
        Credit::default()
    } else {
        read(rest)?
    };
    let source = found.source.get_or_insert_with(|| name.to_owned());
    // Two sources are more than a caption holds; the line stays as it is.
    (source.as_str() == name).then_some(found)
}

/// A credit of two parts, one of which is the source: `資料照，記者王小明攝`, `陳大文攝／資料圖片`.
fn clauses(text: &str) -> Option<Credit> {
    let marks = text
        .char_indices()
        .filter(|(_, c)| matches!(word::simplified(*c), ',' | '、' | '/' | ';' | ' '));
    let mut halves = marks.map(|(at, c)| (text[..at].trim(), text[at + c.len_utf8()..].trim()));
    halves.find_map(|(left, right)| {
        let one =
            |source: &str, named: &str| Some(joined(source_clause(source)?, named_clause(named)?));
        one(left, right).or_else(|| one(right, left))
    })
}

fn source_clause(text: &str) -> Option<&str> {
    (word::is_any(text, FILE_PICTURES) || agency::of_picture(text).is_some()).then_some(text)
}

fn named_clause(text: &str) -> Option<Credit> {
    credit_name::suffixed(text)
        .or_else(|| credit_name::labelled(text))
        .or_else(|| credit_name::provided(text))
}

fn joined(source: &str, mut credit: Credit) -> Credit {
    match &credit.source {
        Some(other) => credit.source = Some(format!("{other}、{source}")),
        None => credit.source = Some(source.to_owned()),
    }
    credit
}

/// `（法新社）`, `（美聯社圖片）`, `（中央社檔案照片）`.
fn lone_agency(text: &str) -> Option<Credit> {
    let name = agency::of_picture(text)?;
    let archived = word::contains(text, "档案") || word::contains(text, "资料");
    Some(Credit {
        lone_agency: name.len() == text.trim().len(),
        ..Credit::of_source(if archived { text } else { name })
    })
}
