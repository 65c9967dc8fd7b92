//! Errors of a monitor, each with a remedy.

use std::io;
use std::time::Duration;

use thiserror::Error;

use crate::text::Printable;

/// Why a monitor cannot be spoken to: a sentence without the name of its socket.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MonitorError {
    /// The argument names nothing.
    #[error("has no name")]
    Nameless,
    /// The part after the host is not a port.
    #[error("has no port '{}'", Printable::new(.0))]
    NoPort(String),
    /// The host is not this machine.
    #[error("is on '{}', which is not this machine", Printable::new(.0))]
    NotHere(String),
    /// The path is that of something else: a file, a folder.
    #[error("is {0}, not a socket")]
    NoSocket(&'static str),
    /// The socket cannot be opened; the system's message.
    #[error("cannot be opened: {0}")]
    Unreachable(String, io::ErrorKind),
    /// The socket connects and sends nothing: another client uses it, or QEMU hangs.
    #[error("is busy: connected, but no greeting within {:.1} s", .0.as_secs_f64())]
    Busy(Duration),
    /// A greeting or an answer was not whole after so long, whether or not something came.
    #[error("did not answer in full within {:.1} s", .0.as_secs_f64())]
    Silent(Duration),
    /// The input is neither QMP nor HMP; its beginning.
    #[error("speaks neither QMP nor HMP: '{}'", Printable::new(.0))]
    Garbage(String),
    /// An answer is longer than any guest needs; so many bytes.
    #[error("sent an answer of more than {0} bytes")]
    TooLong(usize),
    /// Answers that are held together need more than so many bytes of memory.
    #[error("sent answers that need more than {} MiB of memory", .0 >> 20)]
    TooMuch(usize),
    /// The monitor closed the connection.
    #[error("closed the connection")]
    Closed,
    /// Reading or writing failed, with the system's message; or QMP was refused, with the
    /// monitor's.
    #[error("failed: {}", Printable::new(.0))]
    Failed(String),
}

impl MonitorError {
    pub(super) fn unreachable(error: &io::Error) -> Self {
        Self::Unreachable(error.to_string(), error.kind())
    }

    pub(super) fn failed(error: &io::Error) -> Self {
        Self::Failed(error.to_string())
    }

    /// The error for input of an unknown language.
    pub(super) fn garbage(bytes: &[u8]) -> Self {
        let start = bytes.get(..bytes.len().min(60)).unwrap_or_default();
        Self::Garbage(String::from_utf8_lossy(start).into_owned())
    }

    /// The remedy, if there is one.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Nameless => Some("name the socket's path, or localhost:PORT of an SSH forward"),
            Self::NoPort(_) => Some("ports are 1 to 65535; a path with a colon begins with './'"),
            Self::NoSocket(_) => {
                Some("give the path after `unix:` in QEMU's `-qmp unix:PATH,server=on,wait=off`")
            }
            Self::NotHere(_) => Some(
                "a monitor has neither password nor encryption; forward it with `ssh -L \
                 4444:/path/to/monitor.sock HOST` and name localhost:4444",
            ),
            Self::Unreachable(_, io::ErrorKind::NotFound) => Some(
                "check that the guest runs: QEMU creates it for `-qmp \
                 unix:PATH,server=on,wait=off`",
            ),
            Self::Unreachable(_, io::ErrorKind::PermissionDenied) => {
                Some("run as root or as QEMU's user; sockets of libvirt guests belong to libvirtd")
            }
            Self::Unreachable(_, io::ErrorKind::ConnectionRefused) => {
                Some("no program listens there: the guest or the SSH forward has ended")
            }
            Self::Unreachable(_, io::ErrorKind::InvalidInput) => {
                Some("a socket path has at most 107 bytes; use a relative path or a symbolic link")
            }
            Self::Silent(_) => {
                Some("QEMU is stopped or busy; wait longer with `--monitor-timeout`")
            }
            Self::Busy(_) => Some(
                "a monitor serves one client at a time, and libvirt holds those of its guests; \
                 give QEMU a second `-qmp` socket",
            ),
            Self::Garbage(_) => Some("check that the socket is a monitor, not a serial port"),
            Self::TooLong(_) | Self::TooMuch(_) => {
                Some("no guest has that many devices: check that the socket belongs to QEMU")
            }
            _ => None,
        }
    }
}

/// Why a command has no result.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CallError {
    /// The monitor refused the command, with its own message.
    #[error("{}", Printable::new(.words))]
    Refused {
        /// `GenericError`, `DeviceNotFound`, `CommandNotFound`, ...
        class: String,
        /// The monitor's message.
        words: String,
    },
    /// The connection failed.
    #[error("the monitor {0}")]
    Link(#[from] MonitorError),
}
