//! Channels of messages to the loop: signals overtake everything else, and fast senders have to
//! wait.

use crossbeam_channel::{
    Receiver, SendError, Sender, after, bounded, never, select_biased, unbounded,
};

use super::message::Message;
use crate::sources::Deadline;

/// The most waiting keys: more than a user types ahead, fewer than a large paste.
const TYPED: usize = 1024;
/// The most waiting messages of the monitor.
const TOLD: usize = 64;

/// The sending ends.
#[derive(Clone)]
pub(super) struct Outbox {
    signals: Sender<Message>,
    typed: Sender<Message>,
    told: Sender<Message>,
    done: Sender<Message>,
}

/// The receiving ends.
pub(super) struct Inbox {
    signals: Receiver<Message>,
    typed: Receiver<Message>,
    told: Receiver<Message>,
    done: Receiver<Message>,
}

/// The two ends.
pub(super) fn inbox() -> (Outbox, Inbox) {
    let (signals, signals_out) = unbounded();
    let (typed, typed_out) = bounded(TYPED);
    let (told, told_out) = bounded(TOLD);
    let (done, done_out) = unbounded();
    let outbox = Outbox { signals, typed, told, done };
    (outbox, Inbox { signals: signals_out, typed: typed_out, told: told_out, done: done_out })
}

impl Outbox {
    /// A signal, or the end of the terminal: it comes out before all else. `false` when the loop is
    /// gone.
    pub(super) fn signal(&self, message: Message) -> bool {
        self.signals.send(message).is_ok()
    }

    /// Sends a key; waits while too many are waiting.
    ///
    /// # Errors
    /// When the loop is gone.
    pub(super) fn typed(&self, message: Message) -> Result<(), SendError<Message>> {
        self.typed.send(message)
    }

    /// Sends a message of the monitor; waits while too many are waiting. `false` when the loop is
    /// gone.
    pub(super) fn told(&self, message: Message) -> bool {
        self.told.send(message).is_ok()
    }

    /// Sends the result of a task of the loop; never waits. `false` when the loop is gone.
    pub(super) fn done(&self, message: Message) -> bool {
        self.done.send(message).is_ok()
    }
}

impl Inbox {
    /// The next message; `None` if none came until `deadline`. Keys stay in the channel unless
    /// `is_wanted`.
    pub(super) fn next(&self, deadline: Deadline, is_wanted: bool) -> Option<Message> {
        let nobody = never();
        let typed = if is_wanted { &self.typed } else { &nobody };
        let end = deadline.left().map_or_else(never, after);
        select_biased! {
            recv(self.signals) -> message => message.ok(),
            recv(typed) -> message => message.ok(),
            recv(self.done) -> message => message.ok(),
            recv(self.told) -> message => message.ok(),
            recv(end) -> _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::tui::app::Level;

    fn said(text: &str) -> Message {
        Message::Said(Level::Info, text.to_owned())
    }

    fn next(inbox: &Inbox, is_wanted: bool) -> String {
        match inbox.next(Deadline::after(Duration::from_millis(1)), is_wanted) {
            Some(Message::Said(_, text) | Message::Paste(text)) => text,
            Some(Message::Ended(signal)) => signal.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_signal_overtakes_all_that_was_typed_and_told() {
        let (outbox, inbox) = inbox();
        for nth in 0..TYPED {
            outbox.typed(Message::Paste(nth.to_string())).unwrap();
        }
        for _ in 0..TOLD {
            assert!(outbox.told(said("told")));
        }
        assert!(outbox.done(said("done")));
        assert!(outbox.signal(Message::Ended(15)));
        assert_eq!(next(&inbox, true), "15");
        assert_eq!(next(&inbox, true), "0");
        assert_eq!(next(&inbox, false), "done");
        assert_eq!(next(&inbox, false), "told");
        assert_eq!(next(&inbox, true), "1");
    }

    #[test]
    fn what_is_typed_waits_for_room_and_ends_with_the_loop() {
        let (outbox, inbox) = inbox();
        let typing = std::thread::spawn(move || {
            let mut count = 0;
            while outbox.typed(said("key")).is_ok() {
                count += 1;
            }
            count
        });
        std::thread::sleep(Duration::from_millis(50));
        assert!(!typing.is_finished());
        drop(inbox);
        assert_eq!(typing.join().unwrap(), TYPED);
    }

    #[test]
    fn nothing_is_waited_for_beyond_the_deadline() {
        let (outbox, inbox) = inbox();
        assert!(inbox.next(Deadline::now(), true).is_none());
        assert!(outbox.typed(said("key")).is_ok());
        assert!(inbox.next(Deadline::after(Duration::from_millis(1)), false).is_none());
    }
}
