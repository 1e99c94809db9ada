//! `/recordings`: sound and film that are uploaded, written to the disk as they come.

use std::sync::Arc;

use axum::extract::{Request, State};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::json;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, channel};

use crate::http::Site;
use crate::http::document::RenderError;
use crate::item::RecordingError;
use crate::store::{Photographs, ReceiveError, ReceivedRecording, Scope, recording_name};

use super::Problem;
use super::admission::content_type;
use super::describe::{RecordingOut, WriteProblems};
use super::problem::{HandlerError, busy};
use super::reply::Reply;
use super::request::{judge, pass_on};

/// Maximum number of concurrent uploads by tokens of the desk, and the same for all others. Each takes a thread and little
/// memory.
pub(in crate::http) const MAX_RECEIVED: usize = 64;

/// Maximum number of concurrent uploads of one token.
pub(in crate::http) const MAX_RECEIVED_OF_ONE: usize = 4;

/// Capacity of the channel between the connection and the disk.
const PIECES: usize = 4;

/// The name of the uploaded file in complaints about it.
const RECORDING: &str = "the recording";

/// Why an upload of a recording failed.
enum UploadError {
    Refused(ReceiveError),
    /// The sender went away or was too slow; the receiving side tells it why.
    Ended,
}

impl From<ReceiveError> for UploadError {
    fn from(error: ReceiveError) -> Self {
        Self::Refused(error)
    }
}

/// Upload sound or film
///
/// Attachments then name it by its `file`, with its `type`. One that no article names within a week is removed. A request that
/// comes again gets the same name, and nothing is kept twice. `Content-Digest` (RFC 9530) is compared where it
/// is sent with sha-256.
#[utoipa::path(post, path = "/api/v1/recordings", operation_id = "uploadRecording", tag = "recordings",
    request_body(content(("audio/mpeg"), ("audio/mp4"), ("audio/aac"), ("audio/ogg"), ("audio/wav"), ("audio/flac"),
        ("video/mp4"), ("video/webm"), ("video/quicktime"))),
    params(
        ("Content-Digest" = Option<String>, Header, description = "sha-256 of the bytes (RFC 9530)"),
    ),
    security(("token" = [])),
    responses(
        (status = 201, description = "What it was found to be", body = RecordingOut),
        WriteProblems,
    ))]
pub(super) async fn create(
    State(site): State<Arc<Site>>,
    request: Request,
) -> Result<Reply, Problem> {
    let done = receive(&site, request).await;
    done.map_err(|failure| site.problem_of("/api/v1/recordings", failure))
}

async fn receive(site: &Arc<Site>, request: Request) -> Result<Reply, HandlerError> {
    let (parts, body) = request.into_parts();
    let (token, admitted) = judge(site, &parts).await?;
    let token = token.ok_or_else(super::admission::no_token)?;
    if token.scope == Scope::Changes {
        return Err(Problem::forbidden(
            "this token allows to read the change log, and nothing else",
        )
        .into());
    }
    let place = site.recording_permits.take_now(&token);
    let _place = place.map_err(|_| busy("too many recordings come at once; send it again"))?;
    let (sender, pieces) = channel::<Option<Bytes>>(PIECES);
    let mut files = Files::of(site);
    let (of_disk, media_type) = (files.files.clone(), content_type(&parts.headers));
    let kind = media_type.clone();
    let stored = tokio::task::spawn_blocking(move || keep(&of_disk, kind.as_deref(), pieces));
    let passed = pass_on(body, admitted, site.body_pause, &sender).await;
    drop(sender);
    let stored = stored
        .await
        .map_err(|error| RenderError::Broken(error.to_string()))?;
    let received = match (stored, passed) {
        (Ok(received), Ok(())) => received,
        (Err(UploadError::Refused(error)), _) => return Err(refused(error)),
        (_, Err(problem)) => return Err(problem.into()),
        (Err(UploadError::Ended), Ok(())) => {
            return Err(RenderError::Broken("a recording was not taken".to_owned()).into());
        }
    };
    files.unnamed = Some(received.recording.hash.clone());
    check_digest(&parts.headers, &received)?;
    let (hash, now) = (received.recording.hash.clone(), (site.clock)());
    site.ask(move |site| Ok(site.store.note_uploaded(&hash, now)?))
        .await?;
    files.unnamed = None;
    let recording = &received.recording;
    // One container format has sound or film; the sender's type decides.
    let media_type = media_type
        .as_deref()
        .filter(|media_type| recording.kind.may_be(media_type));
    let answer = json!({
        "file": recording_name(recording),
        "type": media_type.unwrap_or(recording.kind.media_type()),
        "bytes": recording.bytes,
    });
    Ok(Reply::of(StatusCode::CREATED, answer))
}

/// The files of an upload, held until it is known whether something names them.
struct Files {
    site: Arc<Site>,
    files: Photographs,
    /// The hash of a file that was kept and that nothing names; when this is dropped it is noted as left over.
    unnamed: Option<String>,
}

impl Files {
    fn of(site: &Arc<Site>) -> Self {
        Self {
            site: Arc::clone(site),
            files: site.store.photographs().for_one(),
            unnamed: None,
        }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.files.release();
        let runtime = Handle::try_current().ok();
        if let (Some(runtime), Some(hash)) = (runtime, self.unnamed.take()) {
            let site = Arc::clone(&self.site);
            runtime.spawn_blocking(move || site.store.note_files_left_over(&[&hash]));
        }
    }
}

/// Writes the pieces to a file until the channel ends.
fn keep(
    files: &Photographs,
    media_type: Option<&str>,
    mut pieces: Receiver<Option<Bytes>>,
) -> Result<ReceivedRecording, UploadError> {
    files.receive(RECORDING, media_type, |take| {
        loop {
            match pieces.blocking_recv() {
                Some(Some(piece)) => take(&piece)?,
                Some(None) => return Ok(()),
                None => return Err(UploadError::Ended),
            }
        }
    })
}

fn refused(error: ReceiveError) -> HandlerError {
    match error {
        ReceiveError::Recording(error @ RecordingError::TooLarge { .. }) => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("{error}; {}", error.advice()),
        )
        .into(),
        ReceiveError::Recording(error) => {
            let advice = error.advice();
            let expected = "sound or film that can be published";
            Problem::of_field("", expected, error.to_string(), advice).into()
        }
        ReceiveError::Disk(error) => {
            RenderError::Broken(format!("a recording could not be kept: {error}")).into()
        }
    }
}

/// The digest that was sent is that of what came (RFC 9530).
fn check_digest(headers: &HeaderMap, received: &ReceivedRecording) -> Result<(), Problem> {
    let all = headers.get_all("content-digest").iter();
    let values: Vec<&str> = all.filter_map(|value| value.to_str().ok()).collect();
    let computed = STANDARD.encode(received.sha256);
    let members = values.iter().flat_map(|value| value.split(','));
    // A member may have parameters behind its value (RFC 9651 §3.2).
    let members = members.filter_map(|member| member.split(';').next()?.trim().split_once('='));
    let digests = members.filter(|(kind, _)| *kind == "sha-256");
    let digests: Vec<&str> = digests
        .map(|(_, digest)| digest.trim_matches(':'))
        .collect();
    match digests.iter().find(|digest| **digest != computed) {
        Some(_) => Err(Problem::bad(format!(
            "the Content-Digest that was sent is not that of what came, which is sha-256=:{computed}:; send it again"
        ))),
        None if digests.is_empty() && !values.is_empty() => Err(Problem::bad(
            "expected Content-Digest with sha-256; found none; send it so",
        )),
        None => Ok(()),
    }
}
