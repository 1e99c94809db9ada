//! The values of Content-Security-Policy: what a document may load, and which sites may frame it.

/// The Content-Security-Policy of XML and JSON documents: where a browser shows one, it may load style sheets of this site
/// alone, pictures of any site, and nothing else.
pub(crate) const DOCUMENT_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self' https:";

/// The Content-Security-Policy of pages. Audio and video may be on any site, at the address that the article gives;
/// browsers request nothing of them before they are played.
pub(crate) const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; manifest-src 'self'; frame-src 'self'; media-src https: http:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// The Content-Security-Policy of cards, which any site may frame.
pub(crate) const CARD_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors *";

/// The Content-Security-Policy of cards that only these sites, and the paper itself, may frame.
pub(crate) fn card_policy(hosts: &str) -> String {
    // The paper's own pages show what a card looks like.
    let ancestors = format!("frame-ancestors 'self' {hosts}");
    CARD_POLICY.replace("frame-ancestors *", &ancestors)
}
