//! What documents may load and who may frame them: Content-Security-Policy.

/// What XML and JSON documents may load when a browser shows them: nothing but our style and pictures.
pub(crate) const DOCUMENT_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self' https:";

/// What pages may load, and who may frame them. Sound and film lie where the article says; nothing of them is asked for
/// before they are played.
pub(crate) const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; manifest-src 'self'; frame-src 'self'; media-src https: http:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// The Content-Security-Policy of cards, which any site may frame.
pub(crate) const CARD_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors *";

/// What cards may load, and that only these sites may frame them.
pub(crate) fn card_policy(hosts: &str) -> String {
    // The paper's own pages show what a card looks like.
    let ancestors = format!("frame-ancestors 'self' {hosts}");
    CARD_POLICY.replace("frame-ancestors *", &ancestors)
}
