//! The dateline, run into the first paragraph as newspapers set it.

use maud::{Markup, html};

use crate::content::direction;
use crate::item::html::RenderedPart;

/// Characters at the end of a dateline that separate it from the text.
const PARTING: &[char] = &['—', '–', '-', ':', '：', '　', ' '];

/// Puts the dateline into the first paragraph; gives it back as a paragraph of its own where the body begins with
/// something else.
pub(super) fn run_in(dateline: &str, parts: &mut [RenderedPart], language: &str) -> Option<Markup> {
    let alone = Some(html! { p.dateline { (dateline) } });
    let Some(first) = parts
        .first_mut()
        .filter(|part| part.heading_html.is_empty())
    else {
        return alone;
    };
    let Some(after_tag) = opening_paragraph(&first.html) else {
        return alone;
    };
    let bare = dateline.trim_end_matches(PARTING);
    if bare.is_empty() {
        return alone;
    }
    let text = first.html.get(after_tag..).unwrap_or_default();
    // The desk wrote it into the text as well.
    if text
        .trim_start()
        .starts_with(&*html! { (bare) }.into_string())
    {
        return None;
    }
    let parting = match language.split('-').next() {
        Some("zh" | "ja") => "　",
        _ if direction(language) == "rtl" => " – ",
        _ => " — ",
    };
    let markup = html! { span.dateline { (bare) } (parting) };
    first.html.insert_str(after_tag, &markup.into_string());
    None
}

/// Where the text of the first paragraph begins, if the body begins with one that is text.
fn opening_paragraph(html: &str) -> Option<usize> {
    let begin = html.len() - html.trim_start().len();
    let rest = html.get(begin..)?.strip_prefix("<p")?;
    let end = rest.find('>')?;
    let (attributes, text) = (rest.get(..end)?, rest.get(end + 1..)?);
    let is_paragraph = attributes.is_empty() || attributes.starts_with(' ');
    let first = text.split("</p>").next().unwrap_or_default();
    let first = first.trim();
    // A paragraph that is only a link stands for something embedded.
    let is_link = first.starts_with("<a") && first.ends_with("</a>");
    let is_blank = first.replace("&nbsp;", "").trim().is_empty();
    let is_text = !is_blank && !is_link && !first.contains("<img");
    (is_paragraph && is_text).then_some(begin + "<p".len() + end + 1)
}
