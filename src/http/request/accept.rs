//! Which format a request likes best (RFC 9110 §12.5.1); only the alias `/feed` and the write API ask.

use http::{HeaderMap, header};

use crate::resource::Format;

/// The media types by which clients ask for a format; browsers and old feed readers say only XML or JSON.
fn names(format: Format) -> [(&'static str, &'static str); 3] {
    match format {
        Format::Rss => [
            ("application", "rss+xml"),
            ("application", "xml"),
            ("text", "xml"),
        ],
        Format::Atom => [("application", "atom+xml"); 3],
        Format::Json => [
            ("application", "feed+json"),
            ("application", "json"),
            ("application", "json"),
        ],
    }
}

/// Whether the Accept header prefers ninjs to the API's own JSON.
pub(crate) fn likes_ninjs(headers: &HeaderMap) -> bool {
    let fields = fields(headers);
    let weight = |subtype| quality(&fields, ("application", subtype)).1;
    weight("vnd.iptc.ninjs+json") > weight("json")
}

fn fields(headers: &HeaderMap) -> Vec<&str> {
    let fields = headers.get_all(header::ACCEPT).iter();
    fields.filter_map(|field| field.to_str().ok()).collect()
}

/// The format that the Accept header prefers. Among equals, and where it accepts none, the order is rss, atom, json.
pub(crate) fn preferred(headers: &HeaderMap) -> Format {
    let fields = fields(headers);
    let liking = |format: Format| {
        let [own, ..] = names(format);
        // A range that names the format's own type decides, even where one for plain XML has a higher weight.
        match quality(&fields, own) {
            (EXACT.., weight) => weight,
            _ => names(format)
                .map(|name| quality(&fields, name).1)
                .into_iter()
                .max()
                .unwrap_or(0),
        }
    };
    Format::ALL
        .into_iter()
        .rev()
        .max_by_key(|format| liking(*format))
        .unwrap_or(Format::Rss)
}

/// The precedence of a media range that names type and subtype.
const EXACT: u8 = 2;

/// The precedence of a media range that names a parameter of the served type, too (RFC 9110 §12.5.1: the most specific
/// counts).
const WITH_PARAMETER: u8 = 3;

/// The precedence of a media range that names type and subtype, with regard to its parameters; `None` where one of them
/// is not a parameter of the served types, so that the range matches none of them.
fn by_parameters(member: &str) -> Option<u8> {
    let named: Vec<String> = member
        .split(';')
        .skip(1)
        .map(|parameter| parameter.replace([' ', '\t', '"'], "").to_ascii_lowercase())
        .filter(|parameter| !parameter.is_empty() && !parameter.starts_with("q="))
        .collect();
    let served = |parameter: &String| ["charset=utf-8", "type=feed"].contains(&parameter.as_str());
    match (named.is_empty(), named.iter().all(served)) {
        (true, _) => Some(EXACT),
        (false, true) => Some(WITH_PARAMETER),
        (false, false) => None,
    }
}

/// The precedence and the weight, in thousandths, of the most specific media range that matches the media type.
fn quality(fields: &[&str], (kind, subtype): (&str, &str)) -> (u8, u16) {
    let mut best: Option<(u8, u16)> = None;
    for member in fields.iter().flat_map(|field| field.split(',')) {
        let mut parts = member.split(';');
        let range = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let specific = match range.split_once('/') {
            Some(("*", "*")) => 0,
            Some((own, "*")) if own == kind => 1,
            Some((own, sub)) if own == kind && sub == subtype => match by_parameters(member) {
                Some(specific) => specific,
                None => continue,
            },
            _ => continue,
        };
        if best.is_none_or(|(known, _)| specific > known) {
            best = Some((specific, weight(parts)));
        }
    }
    best.unwrap_or((0, 0))
}

/// The weight among a member's parameters, in thousandths; a malformed one counts as a refusal.
pub(crate) fn weight<'a>(parameters: impl Iterator<Item = &'a str>) -> u16 {
    for parameter in parameters {
        let mut pair = parameter.splitn(2, '=');
        if pair
            .next()
            .is_some_and(|name| name.trim().eq_ignore_ascii_case("q"))
        {
            return thousandths(pair.next().unwrap_or_default().trim()).unwrap_or(0);
        }
    }
    1000
}

fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1000),
        _ => None,
    }
}
