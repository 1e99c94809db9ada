//! `/leads`: the stories at the head of the front page, in the desk's order. A list of `publication.toml` is changed there.

use http::StatusCode;
use serde_json::json;

use crate::http::Site;
use crate::item::json as item_json;
use crate::publication::{Lead, leads_of};
use crate::store::{Change, Expected, LeadsChange, Scope, Token};

use super::describe::{LeadList, ReadProblems, WriteProblems};
use super::problem::{HandlerError, Problem};
use super::reply::Reply;
use super::request::ApiRequest;
use super::writing::order;
use super::{shape, tags};

/// Fetch the list of stories that lead
///
/// It may name stories that are not public, and is the desk's.
#[utoipa::path(get, path = "/api/v1/leads", operation_id = "fetchLeads", tag = "sections", security(("token" = [])),
    responses(
        (status = 200, description = "The list", body = LeadList, headers(("ETag" = String))),
        ReadProblems,
    ))]
pub(super) async fn fetch(request: ApiRequest) -> Result<Reply, Problem> {
    let done = async {
        desk(&request)?;
        standing(&request).await
    };
    done.await.map_err(|failure| request.problem_of(failure))
}

/// Replace the list of stories that lead
///
/// The first of them that is public leads the front page, however old it is; the following ones come next in their order.
/// `state.unknown` has those that no story has, not even one that waits. An empty list leaves it to `lead` of the articles.
#[utoipa::path(put, path = "/api/v1/leads", operation_id = "replaceLeads", tag = "sections", request_body = LeadList,
    params(("If-Match" = Option<String>, Header, description = "The ETag that the list is known by")),
    security(("token" = [])),
    responses(
        (status = 200, description = "The list as it now stands", body = LeadList, headers(("ETag" = String))),
        WriteProblems,
    ))]
pub(super) async fn replace(request: ApiRequest) -> Result<Reply, Problem> {
    let done = async {
        let token = desk(&request)?;
        let expected = request.required()?;
        write(&request, token, leads(&request)?, expected).await?;
        standing(&request).await
    };
    done.await
        .map_err(|failure: HandlerError| request.problem_of(failure))
}

/// The token of the request, which has to be one of the desk.
fn desk(request: &ApiRequest) -> Result<&Token, Problem> {
    let token = request.writer()?;
    match token.scope {
        Scope::Desk => Ok(token),
        _ => Err(Problem::forbidden(format!(
            "this token allows {}, and the front page is made by the desk",
            token.scope
        ))),
    }
}

/// Reads the names of the stories from the body, by the rules of `publication.toml`.
fn leads(request: &ApiRequest) -> Result<Vec<Lead>, Problem> {
    let mut object = request.object()?;
    object.remove(shape::STATE);
    let (leads, complaints) = item_json::read(&object, leads_of);
    match complaints.is_empty() {
        true => Ok(leads),
        false => Err(Problem::unprocessable(complaints)),
    }
}

async fn write(
    request: &ApiRequest,
    token: &Token,
    leads: Vec<Lead>,
    expected: Expected,
) -> Result<(), HandlerError> {
    let change = Change::Leads(Box::new(LeadsChange {
        leads,
        expected,
        base_url: request.site.base.as_str().to_owned(),
    }));
    order(request, token, change, None).await?;
    Ok(())
}

/// The reply with the list as it stands now.
async fn standing(request: &ApiRequest) -> Result<Reply, HandlerError> {
    let shown = move |site: &Site| {
        let publication = site.store.publication()?;
        let version = publication.leads_version();
        let by = match publication.leads.is_empty() {
            true => "api",
            false => "file",
        };
        let unknown = site.store.unknown_leads(publication.leading())?;
        let state = json!({"etag": tags::tag(version), "by": by, "unknown": unknown});
        let body = json!({"leads": publication.leading(), shape::STATE: state});
        Ok(Reply::of(StatusCode::OK, body).at(version))
    };
    request.site.ask(shown).await
}
