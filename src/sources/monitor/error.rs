//! What goes wrong with a monitor, each in words that say what to try.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::text::Printable;

/// Why a monitor cannot be spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MonitorError {
    /// The argument names nothing.
    Nameless,
    /// What stands behind the host is no port.
    NoPort(String),
    /// The host is not this machine.
    NotHere(String),
    /// The path is that of something else: a file, a folder.
    NoSocket(&'static str),
    /// The socket cannot be opened; the system's words.
    Unreachable(String, io::ErrorKind),
    /// It connects and says nothing: another client is on it, or QEMU hangs.
    Busy(Duration),
    /// A greeting or an answer was not whole after so long, whether or not something came.
    Silent(Duration),
    /// What it says is neither QMP nor HMP; the beginning of it.
    Garbage(String),
    /// An answer is longer than anything a guest has to say; so many bytes.
    TooLong(usize),
    /// Answers that are held together need more than so many bytes of memory.
    TooMuch(usize),
    /// It closed the connection.
    Closed,
    /// Reading or writing failed, in the system's words; or QMP was refused, in the monitor's.
    Failed(String),
}

impl MonitorError {
    pub(super) fn unreachable(error: &io::Error) -> Self {
        Self::Unreachable(error.to_string(), error.kind())
    }

    pub(super) fn failed(error: &io::Error) -> Self {
        Self::Failed(error.to_string())
    }

    /// The beginning of what was said.
    pub(super) fn garbage(bytes: &[u8]) -> Self {
        let start = bytes.get(..bytes.len().min(60)).unwrap_or_default();
        Self::Garbage(String::from_utf8_lossy(start).into_owned())
    }

    /// What to try.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Nameless => Some("name the socket's path, or localhost:PORT of an SSH forward"),
            Self::NoPort(_) => Some("ports are 1 to 65535; a path with a colon begins with './'"),
            Self::NoSocket(_) => Some(
                "name what stands behind `unix:` in QEMU's `-qmp unix:PATH,server=on,wait=off`",
            ),
            Self::NotHere(_) => Some(
                "a monitor has neither password nor encryption; forward it with `ssh -L \
                 4444:/path/to/monitor.sock HOST` and name localhost:4444",
            ),
            Self::Unreachable(_, io::ErrorKind::NotFound) => {
                Some("is the guest running? QEMU makes it for `-qmp unix:PATH,server=on,wait=off`")
            }
            Self::Unreachable(_, io::ErrorKind::PermissionDenied) => Some(
                "be root, or who QEMU runs as; a socket of a libvirt guest is libvirtd's alone",
            ),
            Self::Unreachable(_, io::ErrorKind::ConnectionRefused) => {
                Some("nobody listens there: the guest, or the SSH forward, has ended")
            }
            Self::Unreachable(_, io::ErrorKind::InvalidInput) => Some(
                "a socket's path has at most 107 bytes; name it from nearby, or make a symbolic link",
            ),
            Self::Silent(_) => {
                Some("QEMU is stopped or has much to do; `--monitor-timeout` waits longer")
            }
            Self::Busy(_) => Some(
                "a monitor serves one client at a time; libvirt keeps those of its guests for \
                 itself. Give QEMU a second `-qmp` socket",
            ),
            Self::Garbage(_) => Some("is this the socket of a monitor, and not of a serial port?"),
            Self::TooLong(_) | Self::TooMuch(_) => {
                Some("no guest has so much to describe; is this the socket of QEMU?")
            }
            _ => None,
        }
    }
}

/// A sentence without the socket's name.
impl fmt::Display for MonitorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nameless => f.write_str("has no name"),
            Self::NoPort(port) => write!(f, "has no port '{}'", Printable::new(port)),
            Self::NoSocket(what) => write!(f, "is {what}, no socket"),
            Self::NotHere(host) => {
                write!(f, "is on '{}', which is not this machine", Printable::new(host))
            }
            Self::Unreachable(words, _) => write!(f, "cannot be opened: {words}"),
            Self::Busy(limit) => {
                write!(f, "is busy: it connects and says nothing for {:.1} s", limit.as_secs_f64())
            }
            Self::Silent(limit) => {
                write!(f, "did not answer in full within {:.1} s", limit.as_secs_f64())
            }
            Self::Garbage(start) => {
                write!(f, "speaks neither QMP nor HMP: '{}'", Printable::new(start))
            }
            Self::TooLong(bytes) => write!(f, "sent an answer of more than {bytes} bytes"),
            Self::TooMuch(bytes) => {
                write!(f, "sent answers that need more than {} MiB of memory", bytes >> 20)
            }
            Self::Closed => f.write_str("closed the connection"),
            Self::Failed(words) => write!(f, "failed: {}", Printable::new(words)),
        }
    }
}

impl std::error::Error for MonitorError {}

/// Why a command has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// The monitor refused it, in its own words.
    Refused {
        /// `GenericError`, `DeviceNotFound`, `CommandNotFound`, ...
        class: String,
        /// What is wrong.
        words: String,
    },
    /// The connection failed.
    Link(MonitorError),
}

impl From<MonitorError> for CallError {
    fn from(error: MonitorError) -> Self {
        Self::Link(error)
    }
}

/// QEMU's words, safe to print.
impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { words, .. } => Printable::new(words).fmt(f),
            Self::Link(error) => write!(f, "the monitor {error}"),
        }
    }
}

impl std::error::Error for CallError {}
