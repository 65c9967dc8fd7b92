//! A connected socket. It never blocks: every wait has a deadline and ends when the bell rings.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::time::Duration;

use rustix::event::PollFlags;
use rustix::io::{Errno, read, write};
use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with, sockopt,
};

use super::bell::{Bell, Ready};
use super::{Endpoint, MonitorError};
use crate::sources::Deadline;

/// Limits of waiting time and answer size.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The time for the connection.
    pub connect: Duration,
    /// The time for the whole greeting.
    pub greeting: Duration,
    /// The time for a whole answer.
    pub answer: Duration,
    /// Bytes of one answer.
    pub bytes: usize,
}

impl Limits {
    /// The time for querying the guest, which takes many commands: six times as long as for one
    /// answer.
    pub fn look(&self) -> Duration {
        self.answer.saturating_mul(6)
    }

    /// Bytes of memory for answers that are held at the same time, see [`super::Frames`]: an answer
    /// takes more than its bytes, up to some hundred times where it is nothing but brackets.
    pub fn memory(&self) -> usize {
        self.bytes.saturating_mul(4)
    }
}

impl Default for Limits {
    /// Times that a user accepts; 16 MiB is twenty times a large guest's device tree.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            greeting: Duration::from_secs(3),
            answer: Duration::from_secs(10),
            bytes: 16 << 20,
        }
    }
}

/// The result of a read.
pub(super) enum Incoming {
    /// So many bytes.
    Bytes(Vec<u8>),
    /// The time is over.
    Nothing,
    /// [`Bell::ring`] was called.
    Woken,
}

/// Bytes that are read at once.
const PIECE: usize = 64 << 10;
/// The pause before the next attempt on a unix socket with a full backlog, which refuses at once.
const AGAIN: Duration = Duration::from_millis(20);

/// A connected socket.
pub(super) struct Wire {
    socket: OwnedFd,
    bell: Bell,
    /// The bell rang while something was sent: the next wait for something to come ends at once.
    was_rung: bool,
    piece: Vec<u8>,
}

impl Wire {
    /// Connects; [`Bell::stop`] ends that too.
    pub(super) fn open(
        endpoint: &Endpoint,
        limits: &Limits,
        bell: Bell,
    ) -> Result<Self, MonitorError> {
        let deadline = Deadline::after(limits.connect);
        let connected = match endpoint {
            Endpoint::Unix(path) => connect_unix(path, &bell, deadline),
            Endpoint::Tcp(address) => connect_tcp(address, &bell, deadline),
        };
        let socket = connected.map_err(|error| match (error.kind(), endpoint) {
            (io::ErrorKind::TimedOut, Endpoint::Unix(_)) => MonitorError::Busy(limits.connect),
            (_, Endpoint::Unix(path)) => match no_socket(path) {
                Some(what) => MonitorError::NoSocket(what),
                None => MonitorError::unreachable(&error),
            },
            _ => MonitorError::unreachable(&error),
        })?;
        Ok(Self { socket, bell, was_rung: false, piece: vec![0; PIECE] })
    }

    /// Sends all of `bytes` until `deadline`; `false` when the other side does not take them.
    pub(super) fn send(
        &mut self,
        mut bytes: &[u8],
        deadline: Deadline,
    ) -> Result<bool, MonitorError> {
        while !bytes.is_empty() {
            match self.wait(PollFlags::OUT, deadline)? {
                Ready::Stopped => return Err(MonitorError::Closed),
                Ready::Over => return Ok(false),
                Ready::Rung => self.was_rung = true,
                Ready::Socket => match write(&self.socket, bytes) {
                    Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
                    Err(Errno::INTR | Errno::AGAIN) => {}
                    Err(error) => return Err(failed(error)),
                },
            }
        }
        Ok(true)
    }

    /// The next input, until `deadline`.
    pub(super) fn next(&mut self, deadline: Deadline) -> Result<Incoming, MonitorError> {
        if std::mem::take(&mut self.was_rung) {
            return Ok(Incoming::Woken);
        }
        loop {
            match self.wait(PollFlags::IN, deadline)? {
                Ready::Stopped => return Err(MonitorError::Closed),
                Ready::Over => return Ok(Incoming::Nothing),
                Ready::Rung => return Ok(Incoming::Woken),
                Ready::Socket => match read(&self.socket, &mut self.piece) {
                    Ok(0) => return Err(MonitorError::Closed),
                    Ok(count) => {
                        let piece = self.piece.get(..count).unwrap_or_default();
                        return Ok(Incoming::Bytes(piece.to_vec()));
                    }
                    Err(Errno::INTR | Errno::AGAIN) => {}
                    Err(error) => return Err(failed(error)),
                },
            }
        }
    }

    /// Leaves the socket alone until `deadline`; `true` when the bell rang before that.
    pub(super) fn rest(&self, deadline: Deadline) -> Result<bool, MonitorError> {
        match self.bell.wait(None, deadline).map_err(|error| MonitorError::failed(&error))? {
            Ready::Stopped => Err(MonitorError::Closed),
            ready => Ok(ready == Ready::Rung),
        }
    }

    fn wait(&self, flags: PollFlags, deadline: Deadline) -> Result<Ready, MonitorError> {
        let ready = self.bell.wait(Some((self.socket.as_fd(), flags)), deadline);
        ready.map_err(|error| MonitorError::failed(&error))
    }
}

fn failed(error: Errno) -> MonitorError {
    match error {
        Errno::PIPE | Errno::CONNRESET => MonitorError::Closed,
        error => MonitorError::failed(&error.into()),
    }
}

/// Fails with [`io::ErrorKind::TimedOut`] when the backlog stays full: `connect` of a blocking
/// socket would wait without end.
fn connect_unix(path: &Path, bell: &Bell, deadline: Deadline) -> io::Result<OwnedFd> {
    let address = SocketAddrUnix::new(path).map_err(|error| match error {
        Errno::NAMETOOLONG => io::Error::new(io::ErrorKind::InvalidInput, "its path is too long"),
        error => error.into(),
    })?;
    let socket = new_socket(AddressFamily::UNIX)?;
    loop {
        match connect(&socket, &address) {
            Ok(()) => return Ok(socket),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let pause = deadline.or(Deadline::after(AGAIN));
                if bell.wait(None, pause)? == Ready::Stopped || deadline.is_over() {
                    return Err(io::ErrorKind::TimedOut.into());
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn connect_tcp(address: &SocketAddr, bell: &Bell, deadline: Deadline) -> io::Result<OwnedFd> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = new_socket(family)?;
    match connect(&socket, address) {
        Ok(()) => return Ok(socket),
        Err(Errno::INPROGRESS | Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    loop {
        match bell.wait(Some((socket.as_fd(), PollFlags::OUT)), deadline)? {
            Ready::Socket => break,
            Ready::Rung => {}
            Ready::Stopped | Ready::Over => return Err(io::ErrorKind::TimedOut.into()),
        }
    }
    sockopt::socket_error(&socket)??;
    Ok(socket)
}

fn new_socket(family: AddressFamily) -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(socket_with(family, SocketType::STREAM, flags, None)?)
}

/// The kind of file at a path that is no socket's. The system only reports that nothing listens
/// there.
fn no_socket(path: &Path) -> Option<&'static str> {
    let kind = std::fs::metadata(path).ok()?.file_type();
    if kind.is_socket() {
        return None;
    }
    Some(if kind.is_dir() {
        "a folder"
    } else if kind.is_file() {
        "a file"
    } else {
        "something else"
    })
}
