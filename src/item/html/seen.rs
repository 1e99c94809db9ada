//! The text that people see of HTML: which elements stand apart from their neighbours, and which are not shown.

use dom_query::{Document, NodeRef};

use crate::item::raised::sign;

/// Elements that run on with the words beside them; all others stand apart, as blocks, cells and line breaks do.
fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr"
            | "acronym"
            | "b"
            | "bdi"
            | "bdo"
            | "big"
            | "cite"
            | "code"
            | "data"
            | "del"
            | "dfn"
            | "em"
            | "font"
            | "i"
            | "ins"
            | "kbd"
            | "label"
            | "mark"
            | "nobr"
            | "q"
            | "rb"
            | "rp"
            | "rt"
            | "rtc"
            | "ruby"
            | "s"
            | "samp"
            | "small"
            | "span"
            | "strike"
            | "strong"
            | "sub"
            | "sup"
            | "time"
            | "tt"
            | "u"
            | "var"
            | "wbr"
            | "mi"
            | "mn"
            | "mo"
            | "ms"
            | "mtext"
            | "mrow"
            | "mstyle"
            | "semantics"
            | "math"
            | "tspan"
    )
}

/// Elements of which nothing is shown.
pub(crate) fn is_never_seen(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "template"
            | "head"
            | "title"
            | "meta"
            | "link"
            | "base"
            | "noembed"
            | "noframes"
            | "datalist"
            | "param"
            | "track"
            | "source"
            | "area"
            | "annotation"
            | "annotation-xml"
            | "desc"
            | "defs"
            | "metadata"
            | "canvas"
            | "progress"
            | "meter"
            | "col"
            | "colgroup"
            | "frameset"
    )
}

/// Whether an element stands apart from the words beside it.
pub(crate) fn is_apart(name: &str) -> bool {
    !is_inline(name)
}

/// Whether an element is not shown, whatever is in it.
pub(crate) fn is_unseen(node: &NodeRef<'_>) -> bool {
    let Some(element) = node.element_ref() else {
        return false;
    };
    let name: &str = &element.name.local;
    let attribute = |name: &str| {
        let mut attributes = element.attrs.iter();
        attributes.find(|attribute| &*attribute.name.local == name)
    };
    if is_never_seen(name) || attribute("hidden").is_some() {
        return true;
    }
    if name == "dialog" && attribute("open").is_none() {
        return true;
    }
    let Some(style) = attribute("style") else {
        return false;
    };
    let style: String = style.value.chars().filter(|c| !c.is_whitespace()).collect();
    let style = style.to_ascii_lowercase();
    style.contains("display:none") || style.contains("visibility:hidden")
}

/// The visible text of `node`, its white space unchanged; blanks separate elements that stand apart.
pub(crate) fn text(node: &NodeRef<'_>) -> String {
    gathered(node, false)
}

/// The visible text of `node` on one line. Superscripts and subscripts do not become part of a number (`10²`, not
/// `102`), and struck-out text is left out.
pub(crate) fn line(node: &NodeRef<'_>) -> String {
    joined(&gathered(node, true))
}

/// The visible text of a fragment of HTML on one line, as [`line`] gives it.
pub(crate) fn line_of(html: &str) -> String {
    line(&Document::fragment(html).root())
}

/// The text with each run of ASCII white space as one blank, and none at its ends; no-break spaces stay.
pub(crate) fn joined(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_ascii_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

enum Step<'n> {
    Enter(NodeRef<'n>),
    Part,
}

fn gathered(node: &NodeRef<'_>, is_plain: bool) -> String {
    let mut text = String::new();
    let mut ahead = vec![Step::Enter(*node)];
    while let Some(step) = ahead.pop() {
        let Step::Enter(node) = step else {
            text.push(' ');
            continue;
        };
        if node.is_text() {
            text.push_str(&node.text());
            continue;
        }
        if is_unseen(&node) {
            continue;
        }
        let element = node.element_ref();
        let name = element.as_ref().map_or("", |element| &element.name.local);
        match (is_plain, name) {
            (true, "del" | "s" | "strike") => continue,
            (true, "sup" | "sub") => {
                text.push_str(&shifted(&joined(&node.text()), name == "sup"));
                continue;
            }
            _ => {}
        }
        if is_apart(name) {
            text.push(' ');
            ahead.push(Step::Part);
        }
        ahead.extend(node.children_it(true).map(Step::Enter));
    }
    text
}

/// A superscript or subscript as plain text: in the characters that Unicode has for it, else behind `^` or `_`. Letters
/// without digits stay as they are (`19th`).
fn shifted(text: &str, is_raised: bool) -> String {
    let has_digit = text.chars().any(|c| c.is_ascii_digit());
    if !has_digit && text.chars().all(char::is_alphabetic) {
        return text.to_owned();
    }
    if let Some(all) = text
        .chars()
        .map(|c| sign(c, is_raised))
        .collect::<Option<String>>()
    {
        return all;
    }
    let mark = if is_raised { '^' } else { '_' };
    match text.chars().count() {
        0 => String::new(),
        1 => format!("{mark}{text}"),
        _ => format!("{mark}({text})"),
    }
}

#[cfg(test)]
mod tests {
    use super::line_of;

    #[test]
    fn no_number_changes_where_text_is_plain() {
        for (html, seen) in [
            ("10<sup>6</sup> homes, CO<sub>2</sub>", "10⁶ homes, CO₂"),
            ("10<sup>−6</sup> and 10<sup>6.5</sup>", "10⁻⁶ and 10^(6.5)"),
            ("x<sup>n+1</sup>, the 19<sup>th</sup>", "xⁿ⁺¹, the 19th"),
            ("at <del>10</del> 12 euro", "at 12 euro"),
            ("<p>one</p><p>two<br>three</p>", "one two three"),
            ("<td>1</td><table><tr><td>2<td>3</table>", "1 2 3"),
            (
                "a<span hidden>b</span><b style='display: none'>c</b>d",
                "ad",
            ),
        ] {
            assert_eq!(line_of(html), seen, "{html}");
        }
    }
}
