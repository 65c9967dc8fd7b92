//! Matching of a running guest with its document: which live device is which configured one, and
//! where a live device is in libvirt's words.

mod ambiguity;
mod compare;
mod locate;
mod matcher;
mod matching;
mod place;
mod signature;

pub use locate::LiveLocation;
pub use matching::{AddressDiff, Ambiguity, Confidence, Match, MatchedBy, Matching};
pub use place::{bus_kind, live_address};
