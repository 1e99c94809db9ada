//! Photographs and recordings: files named by their hash, served only while something public has them.

use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Response, header};
use sha2::{Digest, Sha256};

use crate::item::MediaType;
use crate::resource::Resource;
use crate::store::{MediaStatus, StoreError, TouchKey};

use crate::http::Site;
use crate::http::document::RenderError;
use crate::http::request::{PreconditionResult, Validators, evaluate};
use crate::http::response::respond::{self, MediaResponse};
use crate::http::response::{Body, CachePolicy};

/// Bytes of a photograph that are in memory while its digest is made.
const DIGEST_PIECE_BYTES: usize = 64 * 1024;

impl Site {
    pub(crate) async fn photograph(
        self: &Arc<Self>,
        request: &http::request::Parts,
        resource: &Resource,
        is_head: bool,
    ) -> Response<Body> {
        let site = Arc::clone(self);
        let (headers, resource) = (request.headers.clone(), resource.clone());
        let now = (self.clock)();
        let work =
            tokio::task::spawn_blocking(move || site.open(&headers, &resource, now, is_head));
        match work.await {
            Ok(Ok(Some(response))) => response,
            Ok(Ok(None)) => respond::not_found(&self.absent_cache_headers, is_head),
            Ok(Err(error)) => self.respond_fault(request.uri.path(), &error, is_head),
            Err(error) => self.respond_fault(
                request.uri.path(),
                &RenderError::Broken(error.to_string()),
                is_head,
            ),
        }
    }

    fn open(
        &self,
        headers: &HeaderMap,
        resource: &Resource,
        now: DateTime<Utc>,
        is_head: bool,
    ) -> Result<Option<Response<Body>>, RenderError> {
        let Resource::Media { hash, kind } = resource else {
            return Ok(None);
        };
        let front = self
            .front
            .cache_headers(CachePolicy::Media, &[&TouchKey::Media(hash.clone())]);
        match self.store.media_status(hash, *kind)? {
            MediaStatus::As(shown) if shown == *kind => {}
            _ if self.is_of_paper(hash)? => {}
            MediaStatus::Killed => return Ok(Some(respond::picture_gone(&front, is_head))),
            MediaStatus::As(_) | MediaStatus::No => return Ok(None),
        }
        let unreadable = |error: std::io::Error| {
            RenderError::Broken(format!("the file of {resource} cannot be read: {error}"))
        };
        let path = self.store.photographs().copied(hash, kind.extension());
        let file = path.and_then(std::fs::File::open);
        let mut file = file.map_err(unreadable)?;
        let whole = file.metadata().map_err(unreadable)?.len();
        let mut picture = MediaResponse {
            content_type: kind.media_type(),
            etag: format!("\"{hash}\""),
            whole,
            range: None,
            digest: None,
            front,
        };
        let validators = Validators {
            etag: &picture.etag,
            last_modified: None,
        };
        match evaluate(headers, &validators, now) {
            PreconditionResult::NotModified => {
                return Ok(Some(respond::picture_not_modified(&picture)));
            }
            PreconditionResult::Failed => return Ok(Some(respond::precondition_failed())),
            PreconditionResult::Proceed => {}
        }
        // A range is asked for of a GET alone (RFC 9110 §14.2).
        let wanted = match is_head {
            true => Range::Whole,
            false => range(headers, &picture.etag, whole),
        };
        match wanted {
            Range::Whole => {}
            Range::Part(first, last) => picture.range = Some((first, last)),
            Range::Beyond => return Ok(Some(respond::range_not_satisfiable(&picture))),
        }
        // A recording is too long to be read whole before the first of its bytes is sent.
        if let MediaType::Photograph(_) = kind {
            let digest = self.digest(hash, &mut file).map_err(unreadable)?;
            picture.digest = Some(digest.to_string());
        }
        let (first, last) = picture.range.unwrap_or((0, whole.saturating_sub(1)));
        let length = if whole == 0 { 0 } else { last + 1 - first };
        let mut body = Body::new(Bytes::new());
        if !is_head {
            file.seek(SeekFrom::Start(first)).map_err(unreadable)?;
            body = Body::File {
                file: tokio::fs::File::from_std(file),
                left: length,
            };
        }
        Ok(Some(respond::picture(&picture, body, length)))
    }

    /// The whole SHA-256 of a photograph, read once; its name has only the first half.
    fn digest(&self, hash: &str, file: &mut std::fs::File) -> std::io::Result<Arc<str>> {
        if let Some(known) = self.digests.get(hash) {
            return Ok(known);
        }
        let mut sum = Sha256::new();
        let mut piece = vec![0; DIGEST_PIECE_BYTES];
        loop {
            match file.read(&mut piece)? {
                0 => break,
                read => sum.update(piece.get(..read).unwrap_or_default()),
            }
        }
        let digest: Arc<str> = STANDARD.encode(sum.finalize()).into();
        self.digests.insert(hash.to_owned(), Arc::clone(&digest));
        Ok(digest)
    }

    /// Whether the hash is that of a picture that the settings name.
    fn is_of_paper(&self, hash: &str) -> Result<bool, StoreError> {
        Ok(self.store.publication()?.has_picture(hash))
    }
}

enum Range {
    Whole,
    Part(u64, u64),
    Beyond,
}

/// One range of bytes (RFC 9110 §14.2); several at once get the whole, which the clause allows.
fn range(headers: &HeaderMap, etag: &str, whole: u64) -> Range {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::IF_RANGE).is_some_and(|condition| condition != etag) {
        return Range::Whole;
    }
    let range = text(header::RANGE).and_then(|range| range.split_once('='));
    let Some((_, range)) = range.filter(|(unit, _)| unit.eq_ignore_ascii_case("bytes")) else {
        return Range::Whole;
    };
    let Some((first, last)) = range
        .trim()
        .split_once('-')
        .filter(|_| !range.contains(','))
    else {
        return Range::Whole;
    };
    match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), _) if first >= whole => Range::Beyond,
        (Ok(first), Ok(last)) if last >= first => Range::Part(first, last.min(whole - 1)),
        (Ok(first), Err(_)) if last.is_empty() => Range::Part(first, whole - 1),
        (Err(_), Ok(0)) if first.is_empty() => Range::Beyond,
        (Err(_), Ok(tail)) if first.is_empty() && whole > 0 => {
            Range::Part(whole.saturating_sub(tail), whole - 1)
        }
        _ => Range::Whole,
    }
}
