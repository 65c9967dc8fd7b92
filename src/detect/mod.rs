//! Matching of a running guest with its document: which live device is which configured one, and
//! where a live device is in libvirt's words.

mod ambiguity;
mod locate;
mod matching;
mod signature;
mod spot;

pub use locate::Site;
pub use matching::{Ambiguity, Basis, Change, Confidence, Pair, Pairing};
pub use spot::{Spot, bus_kind};
