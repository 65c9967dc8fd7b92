//! Signals: those that end the program leave the terminal first, whatever the loop is doing.

use std::io;
use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use signal_hook::consts::{
    SIGABRT, SIGALRM, SIGBUS, SIGCONT, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGSYS, SIGTERM,
    SIGTRAP, SIGTSTP, SIGUSR1, SIGUSR2, SIGVTALRM, SIGWINCH, SIGXCPU, SIGXFSZ,
};
use signal_hook::iterator::Signals;

use super::screen::leave_within;
use crate::tui::inbox::Outbox;
use crate::tui::message::Message;

/// Signals that end a process that does not heed them (signal(7)), without those that cannot be
/// caught and those by which the processor reports that the program itself went wrong (SIGSEGV,
/// SIGILL, SIGFPE). SIGPIPE is ignored by every Rust program.
const ENDING: [i32; 17] = [
    SIGHUP,
    SIGINT,
    SIGQUIT,
    SIGTERM,
    SIGABRT,
    SIGUSR1,
    SIGUSR2,
    SIGALRM,
    SIGVTALRM,
    SIGPROF,
    SIGXCPU,
    SIGIO,
    SIGBUS,
    SIGSYS,
    SIGTRAP,
    Signal::STKFLT.as_raw(),
    Signal::POWER.as_raw(),
];

/// Signals without names of their own, which end a process too; some C libraries keep the first ones
/// for themselves (signal(7), "Real-time signals").
const NUMBERED: std::ops::RangeInclusive<i32> = 34..=64;

/// How long the loop may take to end by itself: it may be drawing, or writing to a blocked
/// terminal.
const PATIENCE: Duration = Duration::from_millis(700);
/// How long to wait for such a terminal.
const STALLED: Duration = Duration::from_millis(200);

/// Turns signals into messages, on a thread of its own. One that ends the program does so even when
/// the loop does not listen.
///
/// # Errors
/// When the system does not let them be caught.
pub(in crate::tui) fn heed(outbox: Outbox) -> io::Result<()> {
    let mut signals = Signals::new(ENDING)?;
    // A file that may not grow is reported by the write that fails.
    for signal in [SIGTSTP, SIGCONT, SIGWINCH, SIGXFSZ] {
        signals.add_signal(signal)?;
    }
    for signal in NUMBERED {
        // Signals that the C library reserves fail.
        let _ = signals.add_signal(signal);
    }
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            match signal {
                SIGXFSZ => {}
                SIGTSTP => drop(outbox.signal(Message::Stopped)),
                SIGCONT => drop(outbox.signal(Message::Resumed)),
                SIGWINCH => {
                    let size = rustix::termios::tcgetwinsize(io::stdout());
                    let (width, height) = size.map_or((0, 0), |size| (size.ws_col, size.ws_row));
                    outbox.signal(Message::Resize(width, height));
                }
                signal => {
                    if outbox.signal(Message::Ended(signal)) {
                        thread::sleep(PATIENCE);
                    }
                    leave_within(STALLED);
                    end_by(signal);
                }
            }
        }
    })?;
    Ok(())
}

/// Ends the process as `signal` would have ended it, had it not been caught.
pub fn end_by(signal: i32) -> ! {
    // It handles most signals; the others end with the shell's number for them.
    let _ = signal_hook::low_level::emulate_default_handler(signal);
    std::process::exit(128 + signal)
}
