//! `/changes`: the log from a cursor, and a wait for what comes.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use crate::http::Site;
use crate::store::Scope;

use super::describe::{ChangeList, ReadProblems};
use super::permits::Full;
use super::problem::{HandlerError, Problem};
use super::reply::Reply;
use super::request::ApiRequest;
use super::shape;

const PAGE: usize = 100;
const MAX_IN_PAGE: usize = 1000;

/// Maximum number of seconds that a request waits for changes. Proxies give up after a minute.
const MAX_WAIT_SECONDS: u64 = 50;

/// Maximum number of requests that wait at once, of all tokens and of one: a program has one, and may lose some on the
/// way.
pub(in crate::http) const MAX_WAITING: usize = 256;
pub(in crate::http) const MAX_WAITING_OF_ONE: usize = 16;

/// The Retry-After where too many wait already.
const LATER_SECONDS: u64 = 10;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ChangesQuery {
    /// The sequence of the last entry that is known; 0 begins with the first
    #[serde(default)]
    #[param(minimum = 0)]
    after: u64,
    /// The maximum number of entries
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// The maximum number of seconds to wait for an entry, where there is none yet
    #[serde(default)]
    #[param(minimum = 0, maximum = 50)]
    wait: u64,
}

/// Read the change log
///
/// It has no entries about articles that are not public yet.
#[utoipa::path(get, path = "/api/v1/changes", operation_id = "listChanges", tag = "changes", params(ChangesQuery), security(("token" = [])),
    responses(
        (status = 200, description = "The entries behind `after`, oldest first", body = ChangeList),
        ReadProblems,
    ))]
pub(super) async fn list(
    State(site): State<Arc<Site>>,
    wish: Result<Query<ChangesQuery>, axum::extract::rejection::QueryRejection>,
    request: ApiRequest,
) -> Result<Reply, Problem> {
    let wish = match wish {
        Ok(Query(wish)) => wish,
        Err(error) => return Err(Problem::bad(error.body_text())),
    };
    let token = request.writer()?;
    if !matches!(token.scope, Scope::Desk | Scope::Changes) {
        let text = format!(
            "this token allows {}, and not to read the change log",
            token.scope
        );
        return Err(Problem::forbidden(text));
    }
    let limit = match wish.limit.unwrap_or(PAGE) {
        limit @ 1..=MAX_IN_PAGE => limit,
        found => {
            let text = format!("expected limit from 1 to {MAX_IN_PAGE}; found {found}");
            return Err(Problem::bad(text));
        }
    };
    if wish.wait > MAX_WAIT_SECONDS {
        let text = format!(
            "expected wait from 0 to {MAX_WAIT_SECONDS}; found {}",
            wish.wait
        );
        return Err(Problem::bad(text));
    }
    if i64::try_from(wish.after).is_err() {
        return Err(Problem::bad(
            "expected after to be the sequence of an entry; found more",
        ));
    }
    if wish.wait > 0 && site.store.position().seq <= wish.after {
        let place = site.change_permits.take_now(token).map_err(too_many)?;
        wait(&site, wish.after, Duration::from_secs(wish.wait)).await;
        drop(place);
    }
    let done = site.ask(move |site| {
        let entries = site.store.log_after(wish.after, limit)?;
        let next = entries.last().map_or(wish.after, |last| last.position.seq);
        let entries: Vec<Value> = entries.iter().map(shape::entry).collect();
        Ok::<_, HandlerError>(Reply::of(
            StatusCode::OK,
            json!({"changes": entries, "next": next}),
        ))
    });
    done.await.map_err(|failure| request.problem_of(failure))
}

fn too_many(full: Full) -> Problem {
    let (status, detail) = match full {
        Full::Own => (
            StatusCode::TOO_MANY_REQUESTS,
            "too many requests wait for changes with this token; one is enough for a program",
        ),
        Full::All => (
            StatusCode::SERVICE_UNAVAILABLE,
            "too many requests wait for changes; ask again",
        ),
    };
    Problem::later(status, detail, LATER_SECONDS)
}

/// Waits until there is an entry after `after`, the server is about to end, or the time `most` has passed.
async fn wait(site: &Site, after: u64, most: Duration) {
    let mut positions = site.store.watch();
    let come = async {
        // The sender lives as long as the store.
        let _ = positions.wait_for(|newest| *newest > after).await;
    };
    tokio::select! {
        () = come => {}
        () = site.until_ending() => {}
        () = tokio::time::sleep(most) => {}
    }
}
