//! The examples with which the page of the API begins: they work as they stand at the address and with the sections of the paper.

use http::{HeaderMap, header};
use maud::{Markup, html};

use crate::http::Site;
use crate::publication::Publication;

use super::ROOT;

/// A section for a paper that has none yet.
const NEW_SECTION: &str = "city";

/// The address of the API as the client asked for it: it may have a listener of its own.
pub(super) fn address(site: &Site, headers: &HeaderMap) -> String {
    let base = site.base.as_str();
    let (scheme, known) = base.split_once("://").unwrap_or(("http", base));
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let is_host = |host: &&str| {
        let is_of_host = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
        !host.is_empty() && host.len() < 256 && host.chars().all(is_of_host)
    };
    match host.filter(is_host) {
        Some(host) if host != known => format!("http://{host}{ROOT}"),
        _ => format!("{scheme}://{known}{ROOT}"),
    }
}

/// Markup with commands that make a token, post an article and withhold it, and with the keys and header fields that are
/// required.
pub(super) fn examples(address: &str, publication: &Publication) -> Markup {
    let first = publication.sections.iter().next();
    let section = first.map_or(NEW_SECTION, |section| &section.slug);
    let token = "TOKEN=$(courant token create newsdesk --scope desk)";
    let headers = "-H \"Authorization: Bearer $TOKEN\" \\\n  -H \"Content-Type: application/json\"";
    let filing = format!(
        "curl -sS {headers} {address}/sections \\\n  -d '{{\"slug\": \"{NEW_SECTION}\", \"title\": \"City\"}}'"
    );
    let post = format!(
        "curl -sS {headers} {address}/articles \\\n  -d '{{\"section\": \"{section}\", \"headline\": \"First tram\", \"published\": \
         \"2026-11-19T06:30:00Z\", \"body\": \"It **came**.\"}}' \\\n  | tee answer.json"
    );
    let withhold = format!(
        "ID=$(grep -o '[0-9a-f]\\{{8\\}}-[0-9a-f-]\\{{27\\}}' answer.json | head -n 1)\n\
         curl {headers} {address}/articles/$ID/withhold \\\n  -d '{{\"public_note\": \"We are looking into it.\"}}'"
    );
    html! {
        h2 { "Three commands to begin with" }
        p {
            "Make a token, where the server runs, in the folder in which it was started (else name its store with "
            code { "--data DIR" } "):"
        }
        pre { code { (token) } }
        @if first.is_none() {
            p { "Make a section, since there is none yet:" }
            pre { code { (filing) } }
        }
        p { "Post an article. It is public at once, and the answer has its id:" }
        pre { code { (post) } }
        p { "Withhold it until it is released:" }
        pre { code { (withhold) } }
        p {
            "A token is required for whatever writes. An article is required to have " code { "section" } " (one that there is), "
            code { "headline" } " and " code { "published" } " (RFC 3339, with its zone); all else may be left out. A text is Markdown. "
            "Who changes an article (" code { "PUT" } ", " code { "PATCH" } ", " code { "DELETE" } ") names by "
            code { "If-Match" } " the ETag that it has; " code { "withhold" } " and " code { "kill" } " do without. "
            "What is wrong is answered with its field, what was expected and what to do."
        }
    }
}
