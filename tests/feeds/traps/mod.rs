//! The complaints that publishers' feeds have really drawn, each a test that bears the trap's name.
//!
//! The traps have numbers, 1 to 30; each test says its own and the public threads that tell of it.
//!
//! Left out, because what they would trap is not built yet:
//!
//! - 25, feed tokens that cannot be revoked or are shared (mozilla/addons#1104, wallabag#3643): there are no tokens;
//! - 26, WebSub pings that are accepted while nobody is told (huginn#1083, w3c/websub#119): there is no push;
//! - of 10 and 16 what SmartNews wants otherwise: there are no profiles of partners;
//! - of 23 the paywall: everything that is public is public to all.

mod dates;
mod delivery;
mod identity;
mod text;
mod validators;
mod window;
