//! The device addresses of libvirt/QEMU guests: see them, free them, fix them, prove them.
//!
//! # The code map
//!
//! A guest goes through the rooms of this crate from left to right, and every step is a pure
//! function of the one before it:
//!
//! ```text
//!  bytes ─▶ text ─▶ Document ─▶ Domain ─▶ Topology ─▶ rows ─▶ report (text, JSON)
//!           text     xml         model     topology    rows    tui    (cells)
//! ```
//!
//! | floor | room | answers |
//! | --- | --- | --- |
//! | 11 | [`cli`] | arguments, exit status, one file for each command |
//! | 10 | [`tui`] | keys to actions, state to pictures |
//! | 9 | [`sources`] | where text comes from and goes to: all input and output |
//! | 9 | [`report`] | a guest as text, JSON, Markdown |
//! | 8 | [`rows`] | what is drawn, before it has widths and colours |
//! | 7 | [`edit`] | a text and all that follows from it; commands, and what was done so far |
//! | 7 | [`hotplug`] | plans to attach a device to a running guest, and to detach one |
//! | 6 | [`detect`] | which live device is which configured one |
//! | 5 | [`live`] | facts about a running guest, read from what its monitor answers |
//! | 5 | [`check`] | what is wrong, where, and what would mend it |
//! | 5 | [`assign`] | which addresses and controllers libvirt would choose |
//! | 4 | [`topology`] | buses, places, who is there, what the guest will see |
//! | 3 | [`xml`] | a lossless document, its devices, edits of its text |
//! | 2 | [`machine`] | the catalogue of hardware: models, controllers, chipsets |
//! | 1 | [`model`] | the nouns: addresses, devices, controllers, domains |
//! | 0 | [`text`] | spans, edits, lines, text that is safe to print |
//!
//! A room uses lower floors only, and rooms on one floor do not know each other; floors 0 to 8
//! have no input or output, no clock and no threads. `tests/tidy` reads the sources and holds
//! the house to that.
//!
//! To find your way: read [`model::Device`] and [`model::Address`], then
//! [`topology::Topology::build`], then [`edit::Revision`], [`edit::Command`] and [`edit::Session`],
//! then one file of [`rows`] and of [`report`].

pub mod assign;
pub mod check;
pub mod cli;
pub mod detect;
pub mod edit;
pub mod hotplug;
pub mod live;
pub mod machine;
pub mod model;
pub mod report;
pub mod rows;
pub mod sources;
pub mod text;
pub mod topology;
pub mod tui;
pub mod xml;
