//! A thread that works beside the program and is waited for when it is to end, for a while.

use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};

use super::Deadline;

/// A thread with a name.
#[derive(Debug)]
pub struct Companion {
    thread: JoinHandle<()>,
    /// Disconnected when the work is done.
    working: Receiver<()>,
}

impl Companion {
    /// Starts `work` on a thread of this name.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let (ended, working) = mpsc::channel::<()>();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            work();
            drop(ended);
        })?;
        Ok(Self { thread, working })
    }

    /// Waits for the end of the work; `false` when it goes on beyond `deadline`: then the thread is
    /// left behind, and ends with the process at the latest.
    pub fn join(self, deadline: Deadline) -> bool {
        let ended = match deadline.left() {
            Some(left) => self.working.recv_timeout(left) != Err(RecvTimeoutError::Timeout),
            None => self.working.recv().is_err(),
        };
        // A panic in it has been reported by the panic itself.
        ended && self.thread.join().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn work_that_does_not_end_is_left_behind() {
        let busy = Companion::start("busy", || thread::sleep(Duration::from_secs(60))).unwrap();
        let begun = Instant::now();
        assert!(!busy.join(Deadline::after(Duration::from_millis(20))));
        assert!(begun.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn work_that_is_done_is_not_waited_for() {
        let (sender, receiver) = mpsc::channel::<()>();
        let done = Companion::start("done", move || drop(sender)).unwrap();
        assert!(receiver.recv().is_err());
        assert!(done.join(Deadline::NEVER));
    }
}
