//! Waiting of a connection: for its socket, a bell that others ring, or a deadline.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::{Errno, read, write};

use crate::sources::Deadline;

/// Ends waits from other threads. Ringing it never blocks, however busy the socket is.
#[derive(Clone, Debug)]
pub(super) struct Bell(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    event: OwnedFd,
    stopped: AtomicBool,
}

/// Why a wait has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ready {
    /// [`Bell::stop`] was called: every wait from now on ends at once.
    Stopped,
    /// The deadline has passed.
    Over,
    /// [`Bell::ring`] was called.
    Rung,
    /// The socket can be read from or written to, or has failed.
    Socket,
}

impl Bell {
    /// A silent bell.
    ///
    /// # Errors
    /// When the process has no file descriptor left.
    pub(super) fn new() -> io::Result<Self> {
        let event = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self(Arc::new(Parts { event, stopped: AtomicBool::new(false) })))
    }

    /// Ends the current wait, or the next one.
    pub(super) fn ring(&self) {
        // The write fails only after 2^64 unheard rings: then it rings already.
        let _ = write(&self.0.event, &1_u64.to_ne_bytes());
    }

    /// Ends this and every later wait.
    pub(super) fn stop(&self) {
        self.0.stopped.store(true, Ordering::SeqCst);
        self.ring();
    }

    /// Whether [`Bell::stop`] was called.
    pub(super) fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::SeqCst)
    }

    /// Waits for the bell and, where there is one, for a socket. Stop flag and deadline are looked
    /// at first: a socket that is always ready does not hide them.
    ///
    /// # Errors
    /// When the system refuses to wait.
    pub(super) fn wait(
        &self,
        socket: Option<(BorrowedFd<'_>, PollFlags)>,
        deadline: Deadline,
    ) -> io::Result<Ready> {
        loop {
            if self.is_stopped() {
                return Ok(Ready::Stopped);
            }
            if deadline.is_over() {
                return Ok(Ready::Over);
            }
            let timeout = deadline.left().and_then(|left| Timespec::try_from(left).ok());
            let bell = PollFd::new(&self.0.event, PollFlags::IN);
            let polled = match socket {
                Some((socket, flags)) => {
                    let mut both = [bell, PollFd::from_borrowed_fd(socket, flags)];
                    poll(&mut both, timeout.as_ref())
                        .map(|_| both.map(|fd| !fd.revents().is_empty()))
                }
                None => {
                    let mut alone = [bell];
                    poll(&mut alone, timeout.as_ref())
                        .map(|_| [alone.iter().any(|fd| !fd.revents().is_empty()), false])
                }
            };
            match polled {
                Ok([true, _]) => {
                    let mut count = [0; 8];
                    // Another thread may have read it first.
                    let _ = read(&self.0.event, &mut count);
                    if !self.is_stopped() {
                        return Ok(Ready::Rung);
                    }
                }
                Ok([false, true]) => return Ok(Ready::Socket),
                Ok([false, false]) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd as _;
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_socket_that_is_always_ready_hides_neither_bell_nor_deadline() {
        let (socket, other) = UnixStream::pair().unwrap();
        let bell = Bell::new().unwrap();
        let ready = Some((socket.as_fd(), PollFlags::OUT));
        assert_eq!(bell.wait(ready, Deadline::NEVER).unwrap(), Ready::Socket);
        assert_eq!(bell.wait(ready, Deadline::now()).unwrap(), Ready::Over);
        bell.ring();
        assert_eq!(bell.wait(ready, Deadline::NEVER).unwrap(), Ready::Rung);
        assert_eq!(bell.wait(ready, Deadline::NEVER).unwrap(), Ready::Socket);
        bell.stop();
        assert_eq!(bell.wait(ready, Deadline::now()).unwrap(), Ready::Stopped);
        drop(other);
    }

    #[test]
    fn it_is_heard_on_another_thread_and_waits_no_longer_than_the_deadline() {
        let bell = Bell::new().unwrap();
        let soon = Deadline::after(Duration::from_millis(10));
        assert_eq!(bell.wait(None, soon).unwrap(), Ready::Over);
        let ringer = bell.clone();
        let thread = std::thread::spawn(move || ringer.stop());
        assert_eq!(bell.wait(None, Deadline::NEVER).unwrap(), Ready::Stopped);
        thread.join().unwrap();
    }
}
