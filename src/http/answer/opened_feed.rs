//! The response to a person whose browser opens the address of a feed: a redirect to the page that explains the feed.
//!
//! Browsers show RSS and Atom as plain text or store them as files, whatever style they name, and give up XSLT. So
//! their window is led to a page (303), and the address keeps one representation for readers and hubs (WebSub §4.1). A
//! page in the feed's place would be easier for people, but a cache that is told to keep answers whatever they say would
//! give HTML to readers; of a 303 most keep nothing. Readers' answers get no Vary for it: a cache that has the feed
//! gives it to a browser, too, which does no harm.

use crate::http::Site;
use crate::page::Frame;
use crate::resource::{Resource, Subject};
use crate::store::StoreError;

impl Site {
    /// The address of the page for people about a feed; none where the resource is no feed. The page of what was taken away is its
    /// notice, or 404.
    pub(crate) fn page_about_feed(
        &self,
        resource: &Resource,
    ) -> Result<Option<String>, StoreError> {
        let (page, place) = match resource {
            Resource::Feed(subject, format) => {
                let publication = self.store.publication()?;
                let frame = Frame {
                    publication: &publication,
                    base: &self.base,
                    openings: None,
                };
                if let Some(place) = frame.place_of_feed(subject, *format) {
                    return Ok(Some(self.base.at(&place)));
                }
                let place = match subject {
                    Subject::Article(_) => "",
                    _ => "#feeds",
                };
                (Resource::Page(subject.clone()), place)
            }
            Resource::Archive(subject, segment, _) => {
                (Resource::ArchivePage(subject.clone(), *segment), "")
            }
            _ => return Ok(None),
        };
        Ok(Some(self.base.url(&page) + place))
    }
}
