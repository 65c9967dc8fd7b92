//! The terminal: entering the screen, leaving it again exactly once whatever happens, and what the
//! terminal says by itself (keys, the mouse, its size, signals).

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use crossterm::event::{self, Event};
use rustix::event::{PollFd, PollFlags};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH};

use super::message::Message;

/// Whether the screen is ours. There is one terminal, so there is one of these.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// Alternate screen, no cursor, pastes told apart from keys.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[2J";
/// The reverse of everything that may have been turned on.
const LEAVE: &str = "\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[m\x1b[2J\x1b[?25h\x1b[?1049l";
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";
/// Between these the terminal shows nothing half done, where it knows of it.
const FRAME: (&str, &str) = ("\x1b[?2026h", "\x1b[?2026l");

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

    /// Whether the screen is ours.
    pub fn is_entered(&self) -> bool {
        ENTERED.load(Ordering::SeqCst)
    }

    /// Shows one picture, told as what changed.
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

    /// Columns and rows; 0 by 0 where the terminal does not say.
    pub fn size(&self) -> (u16, u16) {
        rustix::termios::tcgetwinsize(&self.out).map_or((0, 0), |size| (size.ws_col, size.ws_row))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        leave();
    }
}

/// Leaves the screen, if it is ours: once, from whichever thread comes first.
pub fn leave() {
    if ENTERED.swap(false, Ordering::SeqCst) {
        // A terminal that is gone needs no restoring, and there is nobody to tell.
        let mut out = io::stdout().lock();
        let _ = out.write_all(LEAVE.as_bytes()).and_then(|()| out.flush());
        let _ = crossterm::terminal::disable_raw_mode();
    }
}

/// Makes a panic leave the screen before anything is printed about it. A panic in a thread beside
/// the main one ends the program: half of it is no program.
pub fn leave_on_panic() {
    let print = std::panic::take_hook();
    let main = thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        let was_on_screen = ENTERED.load(Ordering::SeqCst);
        leave();
        print(panic);
        if was_on_screen && thread::current().id() != main {
            std::process::exit(101);
        }
    }));
}

/// Reads the terminal on a thread of its own until it or the receiver is gone.
///
/// # Errors
/// When there is no terminal to read from.
pub fn listen(messages: Sender<Message>) -> io::Result<()> {
    // As crossterm does: a document may have come through standard input.
    let tty = if io::stdin().is_terminal() {
        File::from(io::stdin().as_fd().try_clone_to_owned()?)
    } else {
        File::open("/dev/tty")?
    };
    thread::Builder::new().name("keys".to_owned()).spawn(move || {
        if read_terminal(&tty, &messages).is_err() {
            // The receiver may be gone too.
            let _ = messages.send(Message::Ended(SIGHUP));
        }
    })?;
    Ok(())
}

/// Waits for the terminal itself: crossterm turns round and round on one that is gone
/// (crossterm issue 793).
fn read_terminal(tty: &File, messages: &Sender<Message>) -> Result<(), ()> {
    loop {
        let mut polled = [PollFd::new(tty, PollFlags::IN)];
        match rustix::event::poll(&mut polled, None) {
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => return Err(()),
            Ok(_) => {}
        }
        let [polled] = polled;
        if polled.revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            return Err(());
        }
        while event::poll(Duration::ZERO).map_err(drop)? {
            let message = match event::read().map_err(drop)? {
                Event::Key(key) => Message::Key(key),
                Event::Mouse(mouse) => Message::Mouse(mouse),
                Event::Paste(text) => Message::Paste(text),
                Event::Resize(width, height) => Message::Resize(width, height),
                Event::FocusGained | Event::FocusLost => continue,
            };
            messages.send(message).map_err(drop)?;
        }
    }
}

/// Turns signals into messages, on a thread of its own.
///
/// # Errors
/// When the system does not let them be caught.
pub fn heed_signals(messages: Sender<Message>) -> io::Result<()> {
    let caught = [SIGHUP, SIGTERM, SIGINT, SIGTSTP, SIGCONT, SIGWINCH];
    let mut signals = signal_hook::iterator::Signals::new(caught)?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            let message = match signal {
                SIGTSTP => Message::Stopped,
                SIGCONT => Message::Resumed,
                SIGWINCH => {
                    let size = rustix::termios::tcgetwinsize(io::stdout());
                    size.map_or(Message::Resize(0, 0), |s| Message::Resize(s.ws_col, s.ws_row))
                }
                signal => Message::Ended(signal),
            };
            if messages.send(message).is_err() {
                return;
            }
        }
    })?;
    Ok(())
}

/// Stops the process until its shell continues it. `false` where nobody would ever do that: the
/// program was started by something that is no shell with job control.
pub fn stop() -> bool {
    if !has_shell() {
        return false;
    }
    // SIGTSTP is caught, so it is the signal behind it that stops.
    signal_hook::low_level::emulate_default_handler(SIGTSTP).is_ok()
}

/// Whether some process of our session, outside of our process group, is a forefather: a shell that
/// will say `fg`. The kernel calls a group without one orphaned and does not stop it (POSIX,
/// Definitions, 3.264).
fn has_shell() -> bool {
    let Some(own) = Kin::of("self") else {
        // Only a leader of a session is surely without a shell above it.
        return rustix::process::getsid(None).is_ok_and(|id| id != rustix::process::getpid());
    };
    let mut parent = own.parent;
    // A chain of wrappers (sudo, env) in our own group ends at the shell.
    for _ in 0..64 {
        let Some(kin) = Kin::of(&parent.to_string()) else { return false };
        if kin.session != own.session {
            return false;
        }
        if kin.group != own.group {
            return true;
        }
        parent = kin.parent;
    }
    false
}

/// How a process is related to others, by what `/proc` tells. The system calls that tell the same
/// answer 0 for what is outside of a container's PID namespace, which `rustix` takes for a bug.
struct Kin {
    parent: u32,
    group: u32,
    session: u32,
}

impl Kin {
    /// `None` where there is no such process, or no `/proc`.
    fn of(pid: &str) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // Behind the name in brackets: state, parent, group, session (proc(5)).
        let mut numbers = stat.rsplit_once(')')?.1.split_whitespace().skip(1);
        let mut next = || numbers.next()?.parse().ok();
        Some(Self { parent: next()?, group: next()?, session: next()? })
    }
}
