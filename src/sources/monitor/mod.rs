//! QEMU's monitor: a socket that speaks QMP (JSON) or HMP (text), told apart by its greeting.
//!
//! A monitor serves one client at a time: while another is on it, `connect` succeeds and nothing is
//! ever said. Every wait has a [`Deadline`](crate::sources::Deadline), every answer a limit of bytes
//! and of memory, and every way of failing is a [`MonitorError`] of its own. Stopping blocks nobody,
//! however busy the socket is.
//! [`Link`] is for a command that waits for its answers; [`Monitor`] has a thread of its own,
//! connects again when it must, and tells what happens.

mod bell;
mod collect;
mod endpoint;
mod error;
mod execute;
mod frames;
mod hmp;
mod link;
mod qmp;
mod wire;
mod worker;

pub use endpoint::Endpoint;
pub use error::{CallError, MonitorError};
pub use execute::{LeftoverBackends, PlugResult, Unplugged, Waiting};
pub use frames::{Frame, Frames, NoFrame};
pub use hmp::Hmp;
pub use link::{Link, Logged};
pub use qmp::{Event, Qmp};
pub use wire::Limits;
pub use worker::{Monitor, MonitorEvent, Request};
