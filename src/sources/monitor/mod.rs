//! QEMU's monitor: a socket that speaks QMP (JSON) or HMP (text), distinguished by its greeting.
//!
//! A monitor serves one client at a time: while another uses it, `connect` succeeds and nothing is
//! ever sent. Every wait has a [`Deadline`](crate::sources::Deadline), every answer a limit of
//! bytes and of memory, and every failure is a [`MonitorError`] of its own. Stopping never blocks,
//! however busy the socket is.
//! [`Link`] is for a command that waits for its answers; [`Monitor`] has its own thread, reconnects
//! when it must, and reports events.

mod bell;
mod collect;
mod endpoint;
mod error;
mod execute;
mod frames;
mod hmp;
mod link;
mod log;
mod qmp;
mod wire;
mod worker;

pub use endpoint::Endpoint;
pub use error::{CallError, MonitorError};
pub use execute::{LeftoverBackends, PlugResult, Unplugged, Waiting};
pub use frames::{Frame, FrameError, Frames};
pub use hmp::Hmp;
pub use link::Link;
pub use log::Logged;
pub use qmp::{Event, Qmp};
pub use wire::Limits;
pub use worker::{Monitor, MonitorEvent, MonitorRequest};
