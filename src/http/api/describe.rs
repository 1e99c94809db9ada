//! The API's description (OpenAPI 3.1), made of the operations themselves, and the page that shows it to people.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{self, Request};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Method;
use maud::{DOCTYPE, PreEscaped, html};
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder, Server};
use utoipa::{IntoResponses, PartialSchema, ToResponse, ToSchema};

use crate::http::Site;
use crate::http::request::{Peer, PreconditionResult};
use crate::publication::Publication;

use super::{Problem, ROOT, examples, responses};

use super::public_cache::tag_of;

/// The response of every operation that fails: a problem document (RFC 9457).
#[derive(ToResponse)]
#[response(
    description = "What is wrong, and what to do",
    content_type = "application/problem+json"
)]
pub(super) struct ProblemResponse(#[allow(dead_code)] Problem);

/// The statuses with which an operation that writes can fail.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "the description alone is made of it")]
pub(super) enum WriteProblems {
    #[response(status = 400)]
    Broken(#[ref_response] ProblemResponse),
    #[response(status = 401)]
    Unknown(#[ref_response] ProblemResponse),
    #[response(status = 403)]
    Forbidden(#[ref_response] ProblemResponse),
    #[response(status = 404)]
    Nowhere(#[ref_response] ProblemResponse),
    #[response(status = 408)]
    Slow(#[ref_response] ProblemResponse),
    #[response(status = 409)]
    Conflict(#[ref_response] ProblemResponse),
    #[response(status = 410)]
    Gone(#[ref_response] ProblemResponse),
    #[response(status = 412)]
    Changed(#[ref_response] ProblemResponse),
    #[response(status = 413)]
    TooLarge(#[ref_response] ProblemResponse),
    #[response(status = 415)]
    OtherType(#[ref_response] ProblemResponse),
    #[response(status = 422)]
    Wrong(#[ref_response] ProblemResponse),
    #[response(status = 428)]
    Unconditional(#[ref_response] ProblemResponse),
    #[response(status = 429)]
    TooOften(#[ref_response] ProblemResponse),
    #[response(status = 503)]
    Busy(#[ref_response] ProblemResponse),
}

/// The statuses with which an operation that reads can fail.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "the description alone is made of it")]
pub(super) enum ReadProblems {
    #[response(status = 400)]
    Broken(#[ref_response] ProblemResponse),
    #[response(status = 401)]
    Unknown(#[ref_response] ProblemResponse),
    #[response(status = 403)]
    Forbidden(#[ref_response] ProblemResponse),
    #[response(status = 404)]
    Nowhere(#[ref_response] ProblemResponse),
    #[response(status = 410)]
    Gone(#[ref_response] ProblemResponse),
    #[response(status = 412)]
    Changed(#[ref_response] ProblemResponse),
    #[response(status = 429)]
    TooOften(#[ref_response] ProblemResponse),
    #[response(status = 451)]
    Barred(#[ref_response] ProblemResponse),
    #[response(status = 503)]
    Busy(#[ref_response] ProblemResponse),
}

/// A decision about an item: withhold it for now, release it again, retract it with a notice, or kill it for good.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum DecisionName {
    Withhold,
    Release,
    Retract,
    Kill,
}

/// The kind of a public note: a correction or clarification makes the change a correction, the others make it an update.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code, reason = "the description alone is made of it")]
pub(super) enum NoteKindName {
    Correction,
    Clarification,
    Update,
    EditorsNote,
}

/// An article as a client sends it: the keys of the item file, its section and slug, and its text.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ArticleIn {
    /// The id of the article; the server makes one where it is left out
    #[schema(pattern = "^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
    id: Option<String>,
    /// The id that this story had in an older feed, byte for byte
    guid: Option<String>,
    /// Former paths of the article on this site, such as /2024/03/old-story/ or /?p=123; they redirect to it for ever
    #[schema(max_items = 30)]
    former: Option<Vec<String>>,
    /// The address at which it was first published, if that was on another site
    #[schema(format = "uri")]
    canonical: Option<String>,
    /// The slug of a section that the publication declares
    section: String,
    /// The last part of its address; made of the day and the headline where it is left out
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]*$", max_length = 200)]
    slug: Option<String>,
    #[schema(min_length = 1)]
    headline: String,
    /// The headline split into the lines in which pages may show it; joined, with or without blanks, they are the headline
    #[schema(max_items = 20)]
    headline_lines: Option<Vec<String>>,
    kicker: Option<String>,
    deck: Option<String>,
    dateline: Option<String>,
    /// The moment at which it was, or will be, first public
    published: DateTime<Utc>,
    /// The moment before which it is not public, whatever `published` is
    embargo_until: Option<DateTime<Utc>>,
    /// Whether it is a draft, which is not public
    draft: Option<bool>,
    /// Whether it stands at the head of the front page; of several such articles, the newest does
    lead: Option<bool>,
    /// The moment of the last significant change
    updated: Option<DateTime<Utc>>,
    authors: Option<Vec<String>>,
    tags: Option<Vec<String>>,
    /// BCP 47, such as zh-Hans
    language: Option<String>,
    source: Option<String>,
    rights: Option<String>,
    /// A remark for the desk, never published
    note: Option<String>,
    /// A note to readers about a correction or another change
    public_note: Option<String>,
    /// The kind of that note; `correction` where it is left out
    public_note_kind: Option<NoteKindName>,
    /// Markdown
    body: Option<String>,
    captions: Option<Vec<CaptionIn>>,
    /// Sound and film
    attachments: Option<Vec<AttachmentIn>>,
    /// Set by the server; ignored in requests
    state: Option<Value>,
}

/// An article as ninjs, 1.x to 3.x where it is sent and 3.1 where it is given; its standard says which keys there are
#[derive(Serialize, ToSchema)]
pub(super) struct Ninjs {
    /// Which item it is
    uri: String,
    /// Of an article: text; of a list: composite
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Of 2.x and 3.x; 1.x has `headline`
    headlines: Option<Vec<Value>>,
    /// Of 2.x and 3.x; 1.x has `body_xhtml` or `body_text`
    bodies: Option<Vec<Value>>,
    /// Pictures become captions
    associations: Option<Value>,
}

/// A caption as it is sent.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CaptionIn {
    #[schema(pattern = "^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
    id: Option<String>,
    #[schema(min_length = 1)]
    text: String,
    /// A description of the picture for people who cannot see it
    alt: Option<String>,
    /// The `name` of an uploaded photograph, or the address of a picture on another site
    image: Option<String>,
    credit: Option<String>,
    /// The role of the credited person, from the EBU list of roles; `photographer` where it is left out
    role: Option<String>,
    source: Option<String>,
    /// The copyright notice, as it is to be printed
    copyright: Option<String>,
    /// The terms under which the photograph may be used
    usage_terms: Option<String>,
    /// The end of the right to use the photograph, which is not shown from then on
    usage_ends: Option<DateTime<Utc>>,
    /// A note to readers about a correction of this caption or its photograph
    public_note: Option<String>,
    /// The kind of that note; `correction` where it is left out
    public_note_kind: Option<NoteKindName>,
    /// Set by the server; ignored in requests
    state: Option<Value>,
    /// Set by the server; ignored in requests
    article: Option<String>,
}

/// Sound or film that belongs to an article.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AttachmentIn {
    /// The `file` of an uploaded recording; where it was not uploaded, give `url`
    file: Option<String>,
    /// The address of a file that was not uploaded
    #[schema(format = "uri")]
    url: Option<String>,
    /// Its media type; where it is left out, the one of the file name's extension
    #[serde(rename = "type")]
    media_type: Option<String>,
    bytes: Option<u64>,
    title: Option<String>,
    seconds: Option<u64>,
    credit: Option<String>,
    /// Set by the server; ignored in requests
    state: Option<Value>,
}

/// Keys of an article that are to change, these or any others that an article can have; null removes one (RFC 7396).
#[derive(Serialize, ToSchema)]
pub(super) struct ArticlePatch {
    headline: Option<String>,
    section: Option<String>,
    body: Option<String>,
    public_note: Option<String>,
    public_note_kind: Option<NoteKindName>,
}

/// Keys of a caption that are to change, these or any others that a caption can have; null removes one (RFC 7396).
#[derive(Serialize, ToSchema)]
pub(super) struct CaptionPatch {
    text: Option<String>,
    alt: Option<String>,
    credit: Option<String>,
    usage_ends: Option<DateTime<Utc>>,
    /// A note to readers; a new one makes the change a correction or an update, by its kind
    public_note: Option<String>,
    public_note_kind: Option<NoteKindName>,
}

/// The values that captions of a photograph have for keys that they leave out; in a patch, null removes one (RFC 7396).
#[derive(Serialize, ToSchema)]
pub(super) struct SaidPatch {
    text: Option<String>,
    alt: Option<String>,
    credit: Option<String>,
    /// The role of the credited person, from the EBU list of roles; `photographer` where it is left out
    role: Option<String>,
    source: Option<String>,
    /// The copyright notice, as it is to be printed
    copyright: Option<String>,
    /// The terms under which the photograph may be used
    usage_terms: Option<String>,
    /// The end of the right to use the photograph, which is not shown from then on
    usage_ends: Option<DateTime<Utc>>,
}

/// An agency's item for a picture whose photograph was not uploaded yet.
#[derive(Serialize, ToSchema)]
pub(super) struct PictureAwaited {
    uri: String,
    /// The names by which its photograph is recognized: the header field Slug of its upload has one of them
    names: Vec<String>,
    said: SaidPatch,
    state: Awaited,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Awaited {
    /// Always `awaited`
    status: String,
    /// Parts of the document that were not stored
    left_out: Option<Vec<String>>,
}

/// The body of a request for a decision about an item.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Decision {
    /// A note to readers about the decision
    #[schema(min_length = 1)]
    public_note: Option<String>,
    /// For a kill: whether the law orders it, so that the address of the item answers 451
    legal: Option<bool>,
}

/// An article as it is stored at present.
#[derive(Serialize, ToSchema)]
pub(super) struct ArticleOut {
    id: String,
    section: String,
    slug: String,
    headline: String,
    published: DateTime<Utc>,
    body: String,
    state: State,
}

/// A caption as it is stored at present.
#[derive(Serialize, ToSchema)]
pub(super) struct CaptionOut {
    id: String,
    text: String,
    article: String,
}

/// The state of an item, which only the server sets.
#[derive(Serialize, ToSchema)]
pub(super) struct State {
    /// draft, scheduled, or as IPTC names it: usable, withheld, canceled
    status: Option<String>,
    /// The kind of its removal, if it was removed: withdrawn, withheld, retracted, killed, forbidden
    removal: Option<String>,
    revision: Option<u64>,
    published: Option<DateTime<Utc>>,
    updated: Option<DateTime<Utc>>,
    url: Option<String>,
    etag: Option<String>,
    /// The moment at which it will be public, if that is scheduled
    due: Option<DateTime<Utc>>,
    notice: Option<String>,
    /// After a write as ninjs: the parts of the document that were not stored
    left_out: Option<Vec<String>>,
    /// After a write: complaints about parts that were not stored as they were sent, such as a text with a script
    mended: Option<Vec<Value>>,
    /// After a kill: the items that have the same photograph, so that its file stays, each with the reason
    kept: Option<Vec<Value>>,
}

/// A page of articles.
#[derive(Serialize, ToSchema)]
pub(super) struct ArticleList {
    articles: Vec<ArticleOut>,
    /// The cursor of the next page, if there is one
    #[schema(required)]
    next: Option<String>,
}

/// An uploaded photograph.
#[derive(Serialize, ToSchema)]
pub(super) struct PhotographOut {
    id: String,
    /// The name by which captions refer to it, and texts that show it as a picture
    name: String,
    /// Values for captions that leave these keys out: from the photograph's own metadata, or set since
    said: SaidPatch,
    state: Picture,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Picture {
    #[serde(rename = "type")]
    kind: String,
    /// In pixels
    width: u32,
    height: u32,
    bytes: u64,
    /// The address of the photograph, where it is public
    url: Option<String>,
}

/// An uploaded recording, with the media type that it was found to have.
#[derive(Serialize, ToSchema)]
pub(super) struct RecordingOut {
    /// The name by which attachments refer to it
    file: String,
    #[serde(rename = "type")]
    kind: String,
    bytes: u64,
}

/// The sections.
#[derive(Serialize, ToSchema)]
pub(super) struct SectionList {
    sections: Vec<SectionOut>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct SectionOut {
    slug: String,
    title: String,
    /// A short text about the subject of the section
    #[schema(required)]
    description: Option<String>,
    /// Former slugs, which redirect to it
    former: Vec<String>,
    /// When its feeds will end, if that is known
    #[schema(required)]
    sunset: Option<DateTime<Utc>>,
    url: String,
    /// Addresses by format: rss, atom, json
    feeds: BTreeMap<String, String>,
    state: SectionState,
}

/// The state of a section, which only the server sets.
#[derive(Serialize, ToSchema)]
pub(super) struct SectionState {
    etag: String,
    /// `file`: publication.toml declares it, and it is changed there; `api`
    by: String,
}

/// A section as a client sends it.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SectionIn {
    /// The last part of its address; made of the title where it is left out
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]*$", max_length = 200)]
    slug: Option<String>,
    #[schema(min_length = 1)]
    title: String,
    /// A short text about the subject of the section, which its page shows
    description: Option<String>,
    /// Slugs that it had before on another site; those that it had on this one are kept in any case
    former: Option<Vec<String>>,
    /// When its feeds will end (RFC 8594)
    sunset: Option<DateTime<Utc>>,
    /// Set by the server; ignored in requests
    state: Option<Value>,
}

/// Some keys of a section; null takes one away (RFC 7396).
#[derive(Serialize, ToSchema)]
pub(super) struct SectionPatch {
    slug: Option<String>,
    title: Option<String>,
    description: Option<String>,
    sunset: Option<DateTime<Utc>>,
}

/// The stories at the head of the front page.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LeadList {
    /// By id, by slug or as section/slug, in their order; those that are not public are passed over
    #[schema(max_items = 50)]
    leads: Vec<String>,
    /// Set by the server; ignored in requests
    state: Option<Value>,
}

/// A stretch of the change log.
#[derive(Serialize, ToSchema)]
pub(super) struct ChangeList {
    changes: Vec<Change>,
    /// The value of `after` for the next request
    next: u64,
}

/// An entry of the change log.
#[derive(Serialize, ToSchema)]
pub(super) struct Change {
    seq: u64,
    time: DateTime<Utc>,
    /// publish, minor, update, correct, move, withdraw, withhold, release, retract, kill, expire, settings, rendering;
    /// restore, after which whatever was read before may be otherwise
    kind: String,
    #[schema(required)]
    item: Option<String>,
    #[schema(required)]
    revision: Option<u64>,
    /// The place at which the item was filed before the change, as section/slug
    #[schema(required)]
    before: Option<String>,
    #[schema(required)]
    after: Option<String>,
    actor: String,
    #[schema(required)]
    public_note: Option<String>,
}

/// The revisions of an article and its captions.
#[derive(Serialize, ToSchema)]
pub(super) struct RevisionList {
    revisions: Vec<Revision>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Revision {
    time: DateTime<Utc>,
    kind: String,
    item: String,
    #[schema(required)]
    revision: Option<u64>,
    #[schema(required)]
    public_note: Option<String>,
    /// With a token: who made the change. There are also changes that no reader saw: draft, schedule, discard, miss, remark
    actor: Option<String>,
    /// With a token: the item as it was at this revision
    said: Option<Value>,
    /// For a change that no reader saw: the place at which the article was filed, as section/slug
    filed: Option<String>,
    /// For a change that no reader saw: the moment at which the article was to be public
    due: Option<DateTime<Utc>>,
    /// The reason for a change that the server itself made
    note: Option<String>,
}

/// The parts of the description that are not operations: title, version, servers and how a token is sent.
pub(super) fn frame() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Courant")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Articles, captions and photographs in; every feed and page follows at once. Published items are read without a \
             token. A change of what there is sends If-Match with the ETag that it is known by.",
        ));
    let mut frame = OpenApiBuilder::new().info(info.build()).build();
    frame.servers = Some(vec![Server::new("/")]);
    let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = frame.components.get_or_insert_default();
    components.add_security_scheme("token", token);
    frame
}

/// The API's description in its two forms: JSON for programs and a page for people.
pub(super) struct Description {
    json: StaticDocument,
    page: Page,
}

/// The page for people, in two halves: between them stand examples, which name the paper's own address and sections.
#[derive(Clone)]
struct Page {
    before: Arc<str>,
    after: Arc<str>,
}

impl Page {
    fn of(description: &Value) -> Self {
        let whole = page(description);
        let (before, after) = whole.split_once(EXAMPLES).unwrap_or((&whole, ""));
        Self {
            before: before.into(),
            after: after.into(),
        }
    }

    fn with(&self, examples: &str) -> StaticDocument {
        let whole = [&*self.before, examples, &*self.after].concat();
        StaticDocument::new(whole.into_bytes(), "text/html; charset=utf-8")
    }
}

/// Stands for the examples while the page is written.
const EXAMPLES: &str = "<!-- examples -->";

/// A document that is the same as long as the program is.
#[derive(Clone)]
struct StaticDocument {
    bytes: Bytes,
    etag: Arc<str>,
    content_type: &'static str,
}

impl StaticDocument {
    fn new(bytes: Vec<u8>, content_type: &'static str) -> Self {
        Self {
            etag: tag_of(&bytes).into(),
            bytes: bytes.into(),
            content_type,
        }
    }
}

/// The description as JSON.
pub fn document() -> Vec<u8> {
    let (_, description) = super::routes().split_for_parts();
    Description::of(description).json.bytes.to_vec()
}

impl Description {
    pub(super) fn of(mut description: OpenApi) -> Self {
        let components = description.components.get_or_insert_default();
        let (name, response) = ProblemResponse::response();
        components.responses.insert(name.to_owned(), response);
        // The schemas that the shared response refers to.
        let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
        Problem::schemas(&mut schemas);
        components.schemas.extend(schemas);
        let value = serde_json::to_value(&description).unwrap_or_default();
        let json = serde_json::to_vec_pretty(&value).unwrap_or_default();
        Self {
            json: StaticDocument::new(json, "application/json"),
            page: Page::of(&value),
        }
    }
}

pub(super) fn routes(description: &Description) -> Router<Arc<Site>> {
    let (json, page) = (description.json.clone(), description.page.clone());
    let json = get(
        move |site: extract::State<Arc<Site>>, request: Request| async move {
            document_of(&site.0, &request, &json)
        },
    );
    let page = get(
        move |site: extract::State<Arc<Site>>, request: Request| async move {
            // The page works even if the store fails.
            let publication = site.store.publication();
            let publication = publication.unwrap_or_else(|_| Arc::new(Publication::unnamed()));
            let address = examples::address(&site, request.headers());
            let shown = examples::examples(&address, &publication).into_string();
            document_of(&site.0, &request, &page.with(&shown))
        },
    );
    Router::new()
        .route("/api/v1/openapi.json", json)
        .route(ROOT, page)
}

fn document_of(
    site: &Site,
    request: &Request,
    written: &StaticDocument,
) -> Result<Response, Problem> {
    let headers = request.headers();
    let bytes = match site.evaluate_conditions(headers, &written.etag) {
        PreconditionResult::NotModified => None,
        PreconditionResult::Failed => return Err(Problem::changed(None)),
        PreconditionResult::Proceed => {
            if request.method() == Method::GET {
                let peer = request.extensions().get::<Peer>().copied();
                site.may_have_whole(peer, headers, request.uri().path())?;
            }
            Some(written.bytes.clone())
        }
    };
    let response = responses::document(bytes, (&written.etag, written.content_type));
    Ok(response.map(axum::body::Body::new))
}

/// The operations for people.
fn page(description: &Value) -> String {
    let empty = serde_json::Map::new();
    let paths = description["paths"].as_object().unwrap_or(&empty);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Courant: the write API" }
                link rel="stylesheet" href="/page.css";
            }
            body {
                main {
                    h1 { "The write API" }
                    (PreEscaped(EXAMPLES))
                    h2 { "Operations" }
                    p { (description["info"]["description"].as_str().unwrap_or_default()) }
                    p {
                        "Programs read its description: "
                        a href="/api/v1/openapi.json" { "openapi.json" }
                        " (OpenAPI 3.1). A token is sent as " code { "Authorization: Bearer …" }
                        "; " code { "courant token create NAME --scope desk" } " makes one."
                    }
                    @for (path, operations) in paths {
                        @for (method, operation) in operations.as_object().unwrap_or(&empty) {
                            section {
                                h2 { code { (method.to_uppercase()) " " (path) } }
                                p { (operation["summary"].as_str().unwrap_or_default()) }
                                @if let Some(more) = operation["description"].as_str() {
                                    p { (more) }
                                }
                                ul {
                                    @for parameter in operation["parameters"].as_array().into_iter().flatten() {
                                        li {
                                            code { (parameter["name"].as_str().unwrap_or_default()) }
                                            " in " (parameter["in"].as_str().unwrap_or_default()) ": "
                                            (parameter["description"].as_str().unwrap_or_default())
                                        }
                                    }
                                    @for (status, response) in operation["responses"].as_object().unwrap_or(&empty) {
                                        @if let Some(text) = response["description"].as_str() {
                                            li { code { (status) } ": " (text) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                    h2 { "Objects" }
                    @for (name, schema) in description["components"]["schemas"].as_object().unwrap_or(&empty) {
                        section {
                            h3 { (name) }
                            p { (schema["description"].as_str().unwrap_or_default()) }
                            ul {
                                @for (key, property) in schema["properties"].as_object().unwrap_or(&empty) {
                                    li {
                                        code { (key) }
                                        @if let Some(text) = property["description"].as_str() { ": " (text) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    page.into_string()
}
