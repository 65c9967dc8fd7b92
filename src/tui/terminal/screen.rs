//! The screen: taken, written to, and left again exactly once, whatever happens.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::sources::{Companion, Deadline};

/// Whether the screen is entered. There is one terminal, so this is a static.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// Alternate screen, no cursor, pastes distinguished from keys.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[2J";
/// The reverse of everything that may have been turned on.
const LEAVE: &str = "\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[m\x1b[2J\x1b[?25h\x1b[?1049l";
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";
/// Between these the terminal shows nothing half done, where it knows of it.
const FRAME: (&str, &str) = ("\x1b[?2026h", "\x1b[?2026l");

/// How long leaving waits for a blocked terminal: the slowest serial lines need this time for
/// earlier output.
const SLOWEST: Duration = Duration::from_secs(5);

/// Shorter changes arrive in one piece anyway: a packet of Ethernet holds 1460 bytes of TCP.
const SMALL: usize = 1024;

/// The screen of this process. Dropping it leaves the screen.
#[derive(Debug)]
pub struct Terminal {
    out: File,
}

impl Terminal {
    /// The terminal on standard output, as it is.
    ///
    /// # Errors
    /// When standard output is closed.
    pub fn new() -> io::Result<Self> {
        // Written to without the buffer of `io::stdout`: a picture is one write.
        let out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        Ok(Self { out })
    }

    /// Takes the screen, unless it is taken.
    ///
    /// # Errors
    /// When the terminal cannot be set or written to.
    pub fn enter(&mut self, mouse: bool) -> io::Result<()> {
        if ENTERED.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        crossterm::terminal::enable_raw_mode()?;
        self.send(ENTER)?;
        if mouse { self.mouse(true) } else { Ok(()) }
    }

    /// Shows a picture, given as changes.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn show(&mut self, changes: &str) -> io::Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        if changes.len() < SMALL {
            return self.send(changes);
        }
        self.send(&[FRAME.0, changes, FRAME.1].concat())
    }

    /// Takes the mouse, or leaves it to the terminal.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.send(if on { MOUSE_ON } else { MOUSE_OFF })
    }

    /// Sends a text as it is.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn send(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    /// Columns and rows; 0 by 0 if the terminal does not report them.
    pub fn size(&self) -> (u16, u16) {
        rustix::termios::tcgetwinsize(&self.out).map_or((0, 0), |size| (size.ws_col, size.ws_row))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        leave();
    }
}

/// Whether the screen is entered.
pub fn is_entered() -> bool {
    ENTERED.load(Ordering::SeqCst)
}

/// Leaves the screen, if it is ours: once, from whichever thread comes first.
pub fn leave() {
    leave_within(SLOWEST);
}

/// The same; a terminal that takes nothing for so long gets its modes back and no more.
pub(super) fn leave_within(limit: Duration) {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    // A terminal that is gone needs no restoring. Modes come first: they can be set while the
    // terminal is blocked.
    let _ = crossterm::terminal::disable_raw_mode();
    let send = || {
        let mut out = io::stdout().lock();
        let _ = out.write_all(LEAVE.as_bytes()).and_then(|()| out.flush());
    };
    match Companion::start("leave", send) {
        Ok(sending) => drop(sending.join(Deadline::after(limit))),
        Err(_) => send(),
    }
}

/// Makes a panic leave the screen before anything is printed about it. A panic in a thread beside
/// the main one ends the program: half of it is no program.
pub fn leave_on_panic() {
    let print = std::panic::take_hook();
    let main = thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        let was_on_screen = is_entered();
        leave();
        print(panic);
        if was_on_screen && thread::current().id() != main {
            std::process::exit(101);
        }
    }));
}
