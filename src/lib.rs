//! The device addresses of libvirt/QEMU guests: show them, check them, change them.
//!
//! The architecture is described in `docs/architecture.md`: modules, data flow, invariants, where a
//! change belongs, and the words used here.
//!
//! | layer | module | contents |
//! | --- | --- | --- |
//! | 11 | [`cli`] | arguments, exit status, one file for each command |
//! | 10 | [`tui`] | the screen: keys, state, update, drawing |
//! | 9 | [`sources`] | all input and output: files, the journal, the monitor's socket |
//! | 9 | [`report`] | output of commands: text, JSON, SARIF, Markdown |
//! | 8 | [`rows`] | rows of the views, without widths and colours |
//! | 7 | [`edit`] | a text with all that follows from it, changes of it, undo, commands |
//! | 7 | [`hotplug`] | plans to attach a device to a running guest, and to detach one |
//! | 6 | [`detect`] | matching of live devices with those of the XML |
//! | 5 | [`live`] | facts about a running guest, parsed from the answers of its monitor |
//! | 5 | [`check`] | the rules, their problems and fixes |
//! | 5 | [`assign`] | the addresses and controllers that libvirt would choose |
//! | 4 | [`topology`] | buses and places, what is on them, what the guest sees |
//! | 3 | [`xml`] | the lossless document: parsing, decoding, encoding, patches |
//! | 2 | [`machine`] | the catalogue of hardware: models, controllers, chipsets, machines |
//! | 1 | [`model`] | the types of a guest: addresses, devices, controllers, domains |
//! | 0 | [`text`] | spans, edits, lines, text that is safe to print |
//!
//! A module uses modules of lower layers only; modules of one layer do not use each other. Layers 0
//! to 8 have no input or output, no clock and no threads. `tests/tidy` reads this table and checks
//! the sources against it.
//!
//! To begin: read [`model::Device`] and [`model::Address`], then [`topology::Topology::build`], then
//! [`edit::Revision`], [`edit::Command`] and [`edit::Session`], then one file of [`rows`] and of
//! [`report`].

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
