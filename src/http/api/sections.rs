//! `/sections`: what an article can be filed under.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use serde_json::{Value, json};

use crate::http::Site;
use crate::resource::{Format, Resource, Subject};

use super::asked::Asked;
use super::describe::{ReadProblems, SectionList};
use super::problem::Problem;
use super::writing::Reply;

/// List the sections
///
/// Where there is a `publication.toml` they are declared there.
#[utoipa::path(get, path = "/api/v1/sections", operation_id = "listSections", tag = "sections", security((), ("token" = [])),
    responses(
        (status = 200, description = "The sections in the paper's order", body = SectionList),
        ReadProblems,
    ))]
pub(super) async fn list(State(site): State<Arc<Site>>, _asked: Asked) -> Result<Reply, Problem> {
    let done = site.ask(|site| {
        let publication = site.store.publication()?;
        let section = |section: &crate::publication::Section| {
            let subject = Subject::Section(section.slug.clone());
            let feed = |format| site.base.url(&Resource::Feed(subject.clone(), format));
            json!({
                "slug": section.slug,
                "title": section.title,
                "url": site.base.url(&Resource::Page(subject.clone())),
                "feeds": {
                    "rss": feed(Format::Rss),
                    "atom": feed(Format::Atom),
                    "json": feed(Format::Json),
                },
            })
        };
        let sections: Vec<Value> = publication.sections.iter().map(section).collect();
        Ok(Reply {
            is_public: true,
            ..Reply::of(StatusCode::OK, json!({"sections": sections}))
        })
    });
    done.await
        .map_err(|failure| site.told("/api/v1/sections", failure))
}
