//! Items that are pictures: what they say is known of a photograph that was uploaded before, or waits for it.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::http::Site;
use crate::item::ninjs;
use crate::store::{Change, Expected, PictureItem, PictureItemChange, PictureState};

use super::agency_item::{VersionOrder, judge};
use super::photographs::{caption_defaults, upload_reply, writer, writer_of_all};
use super::problem::{HandlerError, Problem};
use super::reply::Reply;
use super::request::ApiRequest;
use super::writing::order;
use super::{ROOT, conditions, shape};

/// Maximum number of tries, since the photograph may come or change meanwhile.
const MAX_TRIES: usize = 8;

/// Maximum size of a picture item that waits for its photograph. Up to a thousand of them wait.
const MAX_ITEM_BYTES: usize = 64 * 1024;

/// Receives an item that is a picture by itself.
pub(super) async fn receive(
    request: &ApiRequest,
    object: &Map<String, Value>,
) -> Result<Reply, HandlerError> {
    writer(request)?;
    let precondition = conditions::expected_of(&request.headers)?;
    let (item, left_out) = item_of(object)?;
    let mut tries = 0;
    loop {
        tries += 1;
        let asks = item.clone();
        let found = request
            .site
            .ask(move |site| Ok(site.store.picture_state(&asks)?));
        let found = found.await?;
        if is_known(&item, &found, precondition)? {
            return answer(request, item, left_out).await;
        }
        let photograph = match &found {
            PictureState::Here(upload, _) => {
                writer_of_all(request, upload).await?;
                Some((upload.id, upload.version))
            }
            PictureState::Awaited(_) | PictureState::Unknown => None,
        };
        let described = PictureItemChange {
            item: item.clone(),
            photograph,
        };
        let change = Change::Describe(Box::new(described));
        match order(request, writer(request)?, change, None).await {
            Err(HandlerError::Told(problem))
                if problem.status() == StatusCode::PRECONDITION_FAILED && tries < MAX_TRIES => {}
            Err(failure) => return Err(failure),
            Ok(_) => return answer(request, item, left_out).await,
        }
    }
}

fn item_of(object: &Map<String, Value>) -> Result<(PictureItem, Vec<String>), HandlerError> {
    let mut read = ninjs::picture(object);
    let mut left_out = std::mem::take(&mut read.left_out);
    let kind = read.object.remove("public_note_kind");
    if let Some(note) = read
        .object
        .remove("public_note")
        .as_ref()
        .and_then(Value::as_str)
    {
        let kind = kind.as_ref().and_then(Value::as_str);
        left_out.push(format!("the {}: {note}", kind.unwrap_or("correction")));
    }
    let (defaults, complaints) = caption_defaults(&read.object);
    let at_top = complaints
        .into_iter()
        .map(|(_, complaint)| (String::new(), complaint));
    read.complaints.extend(at_top);
    if !read.complaints.is_empty() {
        return Err(Problem::unprocessable(read.complaints).into());
    }
    let item = PictureItem {
        uri: read.uri,
        addresses: read.addresses,
        caption_defaults: defaults,
        version: read.version,
    };
    let bytes = serde_json::to_vec(&item).map_or(usize::MAX, |bytes| bytes.len());
    if bytes > MAX_ITEM_BYTES {
        let expected =
            format!("at most {MAX_ITEM_BYTES} bytes of words and addresses of a picture");
        let found = format!("{bytes}");
        return Err(Problem::of_field("", expected, found, "shorten the caption").into());
    }
    Ok((item, left_out))
}

/// Whether this version is known already; what may not follow the known one is refused.
fn is_known(
    item: &PictureItem,
    found: &PictureState,
    precondition: Option<Expected>,
) -> Result<bool, Problem> {
    let is_forced = precondition.is_some();
    let of = (is_forced, item.uri.as_str());
    match (found, precondition) {
        (PictureState::Here(upload, _), Some(Expected::Version(version)))
            if upload.version != version =>
        {
            Err(Problem::changed(Some(upload.version)))
        }
        (PictureState::Here(..) | PictureState::Awaited(_), Some(Expected::Absent))
        | (PictureState::Unknown | PictureState::Awaited(_), Some(Expected::Version(_)))
        | (PictureState::Unknown, Some(Expected::Present)) => Err(Problem::changed(None)),
        (PictureState::Here(_, Some(last)), _) => {
            let judged = judge(&item.version, Some(&last.received.version), of)?;
            if judged == VersionOrder::Newer && !last.is_untouched && !is_forced {
                return Err(Problem::conflict(
                    "the desk has changed what is said of the photograph since an item said it, and that would be lost; \
                     fetch it, put both together, and send the item again with If-Match and the photograph's ETag",
                ));
            }
            Ok(judged == VersionOrder::Same)
        }
        (PictureState::Awaited(version), _) => {
            Ok(judge(&item.version, Some(version), of)? == VersionOrder::Same)
        }
        (PictureState::Here(_, None) | PictureState::Unknown, _) => Ok(false),
    }
}

/// The photograph as it is known now, or what waits for it.
async fn answer(
    request: &ApiRequest,
    item: PictureItem,
    left_out: Vec<String>,
) -> Result<Reply, HandlerError> {
    let asks = item.clone();
    let find = move |site: &Site| Ok(site.store.picture_state(&asks)?);
    let mut reply = match request.site.ask(find).await? {
        PictureState::Here(upload, _) => {
            let path = format!("{ROOT}/photographs/{}", upload.id.bare());
            Reply {
                location: Some(request.site.base.at(&path)),
                ..upload_reply(&request.site, upload.id, StatusCode::OK).await?
            }
        }
        PictureState::Awaited(_) | PictureState::Unknown => Reply::of(
            StatusCode::ACCEPTED,
            json!({
                "uri": item.uri,
                "names": item.names(),
                "said": item.caption_defaults,
                shape::STATE: { "status": "awaited" },
            }),
        ),
    };
    if let Some(Value::Object(state)) = reply.body.get_mut(shape::STATE)
        && !left_out.is_empty()
    {
        state.insert("left_out".to_owned(), json!(left_out));
    }
    Ok(reply)
}
