//! Reads the terminal: keys, the mouse, pastes, and that it is gone.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;
use std::thread;
use std::time::Duration;

use crossterm::event::Event;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read};
use signal_hook::consts::SIGHUP;

use super::decode::Decoder;
use crate::sources::Deadline;
use crate::tui::inbox::Outbox;
use crate::tui::message::Message;

/// While the screen is left, keys are for another program, and the terminal is not read for so
/// long.
const PAUSE: Duration = Duration::from_millis(50);

/// The end of reading: the receiver or the terminal is gone.
struct Gone;

/// Reads the terminal on a thread of its own until it or the loop is gone.
///
/// # Errors
/// When there is no terminal to read from.
pub(in crate::tui) fn listen(outbox: Outbox) -> io::Result<()> {
    // A document may have come through standard input.
    let tty = if io::stdin().is_terminal() {
        File::from(io::stdin().as_fd().try_clone_to_owned()?)
    } else {
        File::open("/dev/tty")?
    };
    thread::Builder::new().name("keys".to_owned()).spawn(move || {
        let Err(Gone) = read_terminal(&tty, &outbox);
        outbox.signal(Message::Ended(SIGHUP));
    })?;
    Ok(())
}

fn read_terminal(tty: &File, outbox: &Outbox) -> Result<std::convert::Infallible, Gone> {
    let mut decoder = Decoder::default();
    let mut bytes = [0; 4096];
    let mut quiet = Deadline::NEVER;
    loop {
        let mut polled = [PollFd::new(tty, PollFlags::IN)];
        let timeout = quiet.left().and_then(|left| Timespec::try_from(left).ok());
        let count = match poll(&mut polled, timeout.as_ref()) {
            Ok(count) => count,
            Err(Errno::INTR) => continue,
            Err(_) => return Err(Gone),
        };
        if count == 0 {
            quiet = Deadline::NEVER;
            decoder.give_up().map_or(Ok(()), |event| send(event, outbox))?;
            continue;
        }
        let [polled] = polled;
        if polled.revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            return Err(Gone);
        }
        if !super::is_entered() {
            thread::sleep(PAUSE);
            continue;
        }
        let received = match read(tty, &mut bytes) {
            Ok(0) => return Err(Gone),
            Ok(length) => bytes.get(..length).unwrap_or_default(),
            Err(Errno::INTR | Errno::AGAIN) => continue,
            Err(_) => return Err(Gone),
        };
        let mut sent = Ok(());
        decoder.feed(received, &mut |event| {
            if sent.is_ok() {
                sent = send(event, outbox);
            }
        });
        sent?;
        quiet = decoder.patience().map_or(Deadline::NEVER, Deadline::after);
    }
}

/// Waits while more is typed than can be done.
fn send(event: Event, outbox: &Outbox) -> Result<(), Gone> {
    let message = match event {
        Event::Key(key) => Message::Key(key),
        Event::Mouse(mouse) => Message::Mouse(mouse),
        Event::Paste(text) => Message::Paste(text),
        Event::Resize(..) | Event::FocusGained | Event::FocusLost => return Ok(()),
    };
    outbox.typed(message).map_err(|_| Gone)
}
