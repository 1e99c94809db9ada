//! The credit of a picture, and the source of a text or a picture, as pages show them.

use maud::{Markup, html};

use crate::item::Caption;

use super::{Words, gap};

/// Endings of names of organisations. Of an organisation one does not say in Chinese that it took the photograph.
const ORGANISATIONS: &[&str] = &[
    "社", "网", "網", "报", "報", "台", "馆", "館", "部", "局", "厅", "廳", "院", "司", "团", "團",
    "中心", "资料", "資料",
];

/// Words in a credit that already say what the person did.
const SAID: &[&str] = &[
    "photo", "picture", "摄", "攝", "图", "圖", "绘", "繪", ":", "：",
];

/// Credit and source of a picture. `person` is a class for the name of who is credited.
pub fn credited(caption: &Caption, words: &'static Words, person: Option<&str>) -> Option<Markup> {
    let credit = caption.credit.as_ref().map(|name| {
        let (before, after) = words_around(name, caption.role(), words);
        html! {
            @if !before.is_empty() { (words.told(before)) (gap(before)) }
            span class=[person] { (&**name) }
            @if !after.is_empty() { " " (words.told(after)) }
        }
    });
    match (credit, &caption.source) {
        (Some(credit), Some(source)) => Some(html! { (credit) " / " (&**source) }),
        (Some(credit), None) => Some(credit),
        (None, Some(source)) => Some(sourced(source, words)),
        (None, None) => None,
    }
}

/// The source with the word "Source" before it, unless the text has such a word itself.
pub fn sourced(source: &str, words: &'static Words) -> Markup {
    let word = words.source.trim_end_matches([':', '：']);
    let says_so = source.to_lowercase().contains(&word.to_lowercase()) || source.contains("来源");
    html! {
        @if !says_so { (words.told(words.source)) (gap(words.source)) }
        (source)
    }
}

/// The words before and behind the name of the person who made a picture.
fn words_around(name: &str, role: &str, words: &'static Words) -> (&'static str, &'static str) {
    let lower = name.to_lowercase();
    if SAID.iter().any(|word| lower.contains(word)) {
        return ("", "");
    }
    let (before, after) = match role {
        "photographer" => (words.photograph_by, words.photographed),
        "illustrator" | "artist" => (words.drawing_by, words.drawn),
        _ => return ("", ""),
    };
    let is_person = !ORGANISATIONS.iter().any(|end| name.ends_with(end));
    match is_person && !after.is_empty() {
        true => ("", after),
        false => (before, ""),
    }
}

#[cfg(test)]
mod tests {
    use crate::content::Words;
    use crate::item::{Caption, Line};

    use super::{credited, sourced};

    fn credit_text(
        credit: Option<&str>,
        role: Option<&str>,
        source: Option<&str>,
        language: &str,
    ) -> String {
        let line = |text: &str| Line::parse(text).unwrap();
        let caption = Caption {
            text: line("A bridge."),
            credit: credit.map(line),
            role: role.map(line),
            source: source.map(line),
            ..serde_json::from_str("{\"text\": \"A bridge.\"}").unwrap()
        };
        let markup = credited(&caption, Words::of(language), None).unwrap();
        let text = markup.into_string().replace("</span>", "");
        let pieces = text.split('<').map(|piece| piece.split('>').next_back());
        pieces.map(Option::unwrap_or_default).collect()
    }

    #[test]
    fn a_credit_says_what_was_done_unless_it_does_so_itself() {
        assert_eq!(credit_text(Some("孙杰"), None, None, "zh"), "孙杰 摄");
        assert_eq!(credit_text(Some("孫杰"), None, None, "zh-TW"), "孫杰 攝");
        assert_eq!(credit_text(Some("孙杰 摄"), None, None, "zh"), "孙杰 摄");
        assert_eq!(
            credit_text(Some("新华社"), None, None, "zh"),
            "图片：新华社"
        );
        assert_eq!(
            credit_text(Some("孙杰"), Some("illustrator"), None, "zh"),
            "孙杰 绘"
        );
        assert_eq!(
            credit_text(Some("Ines Duarte"), None, None, "en"),
            "Photograph: Ines Duarte"
        );
        assert_eq!(
            credit_text(Some("Photo: AP"), None, None, "en"),
            "Photo: AP"
        );
        assert_eq!(
            credit_text(Some("Ines Duarte"), Some("curator"), None, "en"),
            "Ines Duarte"
        );
        assert_eq!(
            credit_text(Some("Ines Duarte"), None, Some("AP"), "en"),
            "Photograph: Ines Duarte / AP"
        );
        assert_eq!(credit_text(None, None, Some("AP"), "en"), "Source: AP");
        assert_eq!(
            credit_text(None, None, Some("本版图片均资料来源"), "zh"),
            "本版图片均资料来源"
        );
    }

    #[test]
    fn a_source_is_called_so_once() {
        let text = |source, language| sourced(source, Words::of(language)).into_string();
        assert!(text("新华社", "zh").contains("来源</span>：新华社"));
        assert_eq!(text("Source: Reuters", "en"), "Source: Reuters");
        assert_eq!(text("来源：新华社", "zh"), "来源：新华社");
    }
}
