//! Addresses that are none of ours and lead to ours: those that articles had elsewhere, those of other systems' lists and
//! feeds, and our own with a slash too many.

use std::sync::Arc;

use http::{Response, StatusCode, request};

use crate::item::{FormerPath, Id};
use crate::publication::Selection;
use crate::resource::{Alias, Format, List, OEMBED, Resource, Subject};
use crate::store::{AddressTarget, NameStatus, TouchKey};

use crate::http::Site;
use crate::http::document::Answer;
use crate::http::document::rendered::RenderError;
use crate::http::request::accept;
use crate::http::response::{Body, CachePolicy, Coding, respond};

/// The path endings at which other systems have a feed of a story.
const FEEDS_OF_STORIES: [(&str, Format); 4] = [
    ("/feed", Format::Rss),
    ("/rss", Format::Rss),
    ("/feed/rss2", Format::Rss),
    ("/feed/atom", Format::Atom),
];

/// The destination of an address of another system, with the key that is touched when it changes.
enum Destination {
    To(Resource, TouchKey),
    /// The article that had the address was taken away, and its notice is the answer.
    Gone(Id, TouchKey),
    Nowhere,
}

impl Site {
    /// Leads on to a list.
    pub(crate) async fn alias(
        self: &Arc<Self>,
        alias: Alias,
        request: &request::Parts,
    ) -> Response<Body> {
        let whole = |format| Resource::Feed(Subject::Publication, format);
        let (list, format) = match alias {
            Alias::Negotiated => {
                let format = accept::preferred(&request.headers);
                return respond::redirect_found(&self.base.url(&whole(format)));
            }
            // The program's own, which never change.
            Alias::To(List::Whole, Some(format)) => {
                let cache_headers = self.front.cache_headers(CachePolicy::Lasting, &[]);
                return respond::moved(&self.base.url(&whole(format)), &cache_headers);
            }
            Alias::Nothing => {
                return self
                    .respond_destination(request, Ok(Destination::Nowhere))
                    .await;
            }
            Alias::To(list, format) => (list, format),
        };
        let site = Arc::clone(self);
        let led = self
            .render_threads
            .run(move || site.list(&list, format))
            .await;
        self.respond_destination(request, led).await
    }

    /// The resource here that a list of another system is, if there is one.
    fn list(&self, list: &List, format: Option<Format>) -> Result<Destination, RenderError> {
        let publication = self.store.publication()?;
        let is_there = |selection: &Selection| -> Result<bool, RenderError> {
            let found = self.store.name(selection)?;
            // A feed with only stubs informs those who follow it; it has no page.
            Ok(matches!(found, NameStatus::Told(_))
                || (found == NameStatus::Stubs && format.is_some()))
        };
        for subject in list.subjects() {
            let (subject, key) = match subject {
                Subject::Section(slug) => {
                    let section = publication.section(&slug);
                    let Some(section) = section.or_else(|| publication.section_formerly(&slug))
                    else {
                        continue;
                    };
                    (
                        Subject::Section(section.slug.clone()),
                        TouchKey::SectionsAndFeeds,
                    )
                }
                Subject::Tag(slug) => {
                    let selection = Selection::Tag(slug.clone());
                    if !is_there(&selection)? {
                        continue;
                    }
                    (Subject::Tag(slug), selection.into())
                }
                Subject::Author(slug) => {
                    let selection = Selection::Author(slug.clone());
                    if !is_there(&selection)? {
                        continue;
                    }
                    (Subject::Author(slug), selection.into())
                }
                _ => continue,
            };
            return Ok(Destination::To(List::resource(subject, format), key));
        }
        Ok(Destination::Nowhere)
    }

    /// Answers for a path that spells nothing of ours as it stands.
    pub(crate) async fn older(self: &Arc<Self>, request: &request::Parts) -> Response<Body> {
        let path = request.uri.path();
        let spelled = without_extra_slashes(path);
        if spelled != path
            && let Some(resource) = Resource::parse(&spelled)
        {
            return self.respelled(request, resource).await;
        }
        let Some(former) = FormerPath::of(path, request.uri.query()) else {
            return self
                .respond_destination(request, Ok(Destination::Nowhere))
                .await;
        };
        let site = Arc::clone(self);
        let led = self.render_threads.run(move || site.former(&former)).await;
        self.respond_destination(request, led).await
    }

    /// Leads on to the one spelling of an address, if anything stands there.
    async fn respelled(
        self: &Arc<Self>,
        request: &request::Parts,
        resource: Resource,
    ) -> Response<Body> {
        let address = self.base.url(&resource);
        if let Resource::Media { .. } = resource {
            let found = self.photograph(request, &resource, true).await;
            let is_there = [StatusCode::OK, StatusCode::NOT_MODIFIED].contains(&found.status());
            return match is_there {
                true => respond::moved(&address, &self.absent_cache_headers),
                false => {
                    self.respond_destination(request, Ok(Destination::Nowhere))
                        .await
                }
            };
        }
        match self.newest(resource, Coding::Identity).await {
            Ok(Answer::Found(found)) => respond::moved(&address, &found.head.front),
            other => self.respond_answer(request, other),
        }
    }

    /// The destination of an address that an article, or a feed of it, had in an earlier system.
    fn former(&self, path: &FormerPath) -> Result<Destination, RenderError> {
        let page = |slug| Resource::Page(Subject::Article(slug));
        match self.store.find_former(path)? {
            AddressTarget::Moved(slug) => {
                return Ok(Destination::To(page(slug), TouchKey::former_path(path)));
            }
            AddressTarget::Here(gone) => {
                return Ok(Destination::Gone(gone, TouchKey::former_path(path)));
            }
            AddressTarget::Nowhere => {}
        }
        for (end, format) in FEEDS_OF_STORIES {
            let story = path.as_str().strip_suffix(end);
            let Some(story) = story.and_then(FormerPath::parse) else {
                continue;
            };
            let feed = |slug| Resource::Feed(Subject::Article(slug), format);
            match self.store.find_former(&story)? {
                AddressTarget::Moved(slug) => {
                    return Ok(Destination::To(feed(slug), TouchKey::former_path(&story)));
                }
                AddressTarget::Here(gone) => {
                    return Ok(Destination::Gone(gone, TouchKey::former_path(&story)));
                }
                AddressTarget::Nowhere => {}
            }
        }
        Ok(Destination::Nowhere)
    }

    async fn respond_destination(
        self: &Arc<Self>,
        request: &request::Parts,
        led: Result<Destination, RenderError>,
    ) -> Response<Body> {
        let answer = match led {
            Ok(Destination::To(resource, key)) => Ok(Answer::Moved {
                address: self.base.url(&resource),
                cache_headers: self.front.cache_headers(CachePolicy::Lasting, &[&key]),
            }),
            Ok(Destination::Gone(id, key)) => {
                let answer = self.newest(Resource::Item(id), Coding::Identity).await;
                answer.map(|answer| self.marked_too(answer, id, &key))
            }
            Ok(Destination::Nowhere) => Ok(Answer::Nowhere),
            Err(error) => Err(error),
        };
        self.respond_answer(request, answer)
    }

    /// Adds `key`, the key of a former address, to the cache headers of the notice of an article that is gone. Caches in
    /// front keep the notice for that address, and have to purge it when another article gets the address.
    fn marked_too(&self, mut answer: Answer, id: Id, key: &TouchKey) -> Answer {
        if let Answer::Gone(notice) | Answer::Forbidden(notice) = &mut answer {
            let article = Selection::Article(id).into();
            let cache_headers = self
                .front
                .cache_headers(notice.policy.of_gone(), &[&article, key]);
            Arc::make_mut(notice).head.front = cache_headers;
        }
        answer
    }
}

/// The path with single slashes, and none at its end.
fn without_extra_slashes(path: &str) -> String {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    let spelled: String = segments.flat_map(|segment| ["/", segment]).collect();
    match spelled.as_str() {
        "" => "/".to_owned(),
        // No redirect here: it would lose the query, which has the address that is asked about.
        OEMBED => path.to_owned(),
        _ => spelled,
    }
}
