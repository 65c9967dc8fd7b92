//! Matches a running guest with its document: live devices with configured ones, and their places
//! in libvirt's terms.

mod ambiguity;
mod compare;
mod locate;
mod matcher;
mod matching;
mod place;
mod signature;

pub use locate::LiveLocation;
pub use matching::{AddressDiff, Ambiguity, Confidence, Match, MatchedBy, Matching};
pub use place::{bus_kind, live_address, live_place};
