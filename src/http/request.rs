//! The parts of a request that the server reads: its head, its header fields, its conditions, and its sender.

pub(crate) mod accept;
mod fields;
mod head;
mod navigation;
mod position;
mod precondition;
pub(crate) mod rate;
mod readers;

pub use fields::{Fields, write_field};
pub use head::{
    Framing, MAX_FIELDS, OtherRequest, ParsedHead, Refusal, SimpleRequest, Slots, read,
};
pub(crate) use navigation::{is_navigation, may_be_feed};
pub(crate) use position::{POSITION, WantedPosition};
pub use precondition::{PreconditionResult, Validators, evaluate};
pub use rate::{AddressHeader, Peer, RateLimit};
pub(crate) use readers::FeedRequest;
pub use readers::{Reader, Readers};
