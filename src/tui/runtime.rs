//! The loop: it waits for a message, updates the state, carries out the effects, and draws once. It
//! has no timer tick: without messages it sleeps.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossterm::Command as _;
use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::app::{App, Level, SaveOrder};
use super::effect::Effect;
use super::encode::Encoder;
use super::inbox::{Inbox, Outbox, inbox};
use super::journal_client::JournalClient;
use super::message::{Message, When};
use super::terminal::{self, Terminal};
use super::update::update;
use super::view::draw;
use crate::sources::dirs::Dirs;
use crate::sources::monitor::{Endpoint, Limits, Monitor};
use crate::sources::{Deadline, Happened, Source, Stamp, Watch, copy_by_tmux, wall_clock};

/// The way the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The user left it.
    Quit,
    /// This signal ended it.
    Signal(i32),
}

/// The program after its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The way it ended.
    pub end: End,
    /// The document, where it was saved to `-`.
    pub print: Option<Arc<str>>,
}

/// The inputs of the loop.
#[derive(Debug, Default)]
pub struct Start {
    /// The file to watch, as it was before it was read.
    pub watched: Option<(PathBuf, Stamp)>,
    /// The directories for unsaved changes.
    pub dirs: Option<Dirs>,
    /// The monitor to look after, and how long to wait for it.
    pub monitor: Option<(Endpoint, Limits)>,
    /// Keys pressed before the first picture.
    pub keys: Vec<KeyEvent>,
    /// Whether F12 panics, to test that case.
    pub panic_key: bool,
}

/// Messages within this time are drawn together.
const TOGETHER: Duration = Duration::from_millis(30);

struct Runtime {
    // The terminal is restored before anything else ends.
    terminal: Terminal,
    app: App,
    encoder: Encoder,
    outbox: Outbox,
    watch: Option<Watch>,
    monitor: Option<Monitor>,
    journal: JournalClient,
    /// Keys that are pressed before those of a person.
    keys: VecDeque<KeyEvent>,
    /// Whether a text is being saved: keys wait for that.
    is_saving: bool,
    begun: Instant,
    end: Option<End>,
}

/// Runs the screen until it is left.
///
/// # Errors
/// When the terminal cannot be used.
pub fn run(app: App, start: Start) -> io::Result<Left> {
    let (outbox, inbox) = inbox();
    let terminal = Terminal::new()?;
    let journal = JournalClient::new(start.dirs, outbox.clone());
    let mut runtime = Runtime {
        terminal,
        app,
        encoder: Encoder::new(Rect::default()),
        outbox,
        watch: None,
        monitor: None,
        journal,
        keys: start.keys.into(),
        is_saving: false,
        begun: Instant::now(),
        end: None,
    };
    terminal::leave_on_panic();
    terminal::heed_signals(runtime.outbox.clone())?;
    runtime.terminal.enter(runtime.app.settings.mouse)?;
    let (width, height) = runtime.terminal.size();
    runtime.handle(Message::Resize(width, height))?;
    runtime.follow()?;
    while let Some(message) = runtime.key() {
        runtime.handle(message)?;
    }
    runtime.draw()?;
    terminal::listen(runtime.outbox.clone())?;
    if let Some((path, stamp)) = start.watched {
        runtime.watch(path, stamp);
    }
    if let Some((endpoint, limits)) = start.monitor {
        runtime.look_after(endpoint, limits);
    }
    let end = runtime.turn(&inbox, start.panic_key);
    terminal::leave();
    // Senders that wait for space are released.
    drop(inbox);
    // A terminal that is gone is an end like any other.
    let end = match (runtime.end, end) {
        (Some(end), _) => end,
        (None, Err(error)) => return Err(error),
        (None, Ok(())) => End::Quit,
    };
    let is_printed = end == End::Quit && runtime.app.saving.print;
    let print = is_printed.then(|| Arc::clone(runtime.app.session.revision().document.text()));
    Ok(Left { end, print })
}

impl Runtime {
    fn turn(&mut self, inbox: &Inbox, panic_key: bool) -> io::Result<()> {
        while self.end.is_none() {
            let mut next = Some(self.next(inbox));
            let together = Deadline::after(TOGETHER);
            while let Some(message) = next {
                if panic_key {
                    panic_on_demand(&message);
                }
                self.handle(message)?;
                if self.end.is_some() {
                    return Ok(());
                }
                next = if together.is_over() { None } else { self.waiting(inbox) };
            }
            self.draw()?;
        }
        Ok(())
    }

    /// The next message. A picture that shows an age changes by itself.
    fn next(&mut self, inbox: &Inbox) -> Message {
        if let Some(key) = self.key() {
            return key;
        }
        let live = self.app.live.as_ref();
        let change = live.and_then(|live| live.next_change(self.begun.elapsed()));
        let deadline = change.map_or(Deadline::NEVER, Deadline::after);
        let message = inbox.next(deadline, !self.is_saving);
        message.unwrap_or_else(|| Message::Time(self.begun.elapsed()))
    }

    /// The next message, when one exists already.
    fn waiting(&mut self, inbox: &Inbox) -> Option<Message> {
        self.key().or_else(|| inbox.next(Deadline::now(), !self.is_saving))
    }

    /// The next key of those that are pressed first.
    fn key(&mut self) -> Option<Message> {
        if self.is_saving { None } else { self.keys.pop_front().map(Message::Key) }
    }

    fn handle(&mut self, message: Message) -> io::Result<()> {
        if let Message::Ended(signal) = message {
            self.end = Some(End::Signal(signal));
            return Ok(());
        }
        // The present state of the file: later changes by other programs are noticed.
        let saved = match &message {
            Message::Saved(order, done) => {
                self.is_saving = false;
                done.is_ok().then(|| (order.path.clone(), Stamp::of(&order.path)))
            }
            _ => None,
        };
        for effect in update(&mut self.app, message) {
            self.carry_out(effect)?;
        }
        if let Some((path, stamp)) = saved
            && self.app.opened.source == Source::File(path.clone())
        {
            self.watch(path, stamp);
        }
        Ok(())
    }

    fn carry_out(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Quit => self.end = Some(End::Quit),
            Effect::Suspend => {
                terminal::leave();
                if !terminal::stop() {
                    self.say(Level::Info, "Cannot suspend: there is no shell to return to");
                    self.redraw()?;
                }
                // Otherwise the screen comes back with the signal that continues the process.
            }
            Effect::Redraw => self.redraw()?,
            Effect::Mouse(on) => self.terminal.mouse(on)?,
            Effect::Copy(text) => self.copy(text)?,
            Effect::Read(source) => self.read(source),
            Effect::Ask(request) => {
                if let Some(monitor) = &self.monitor {
                    monitor.request(request);
                }
            }
            Effect::Save(order) => self.save(order),
            Effect::ReadTheirs(source, purpose) => {
                let outbox = self.outbox.clone();
                self.spawn("read", move || {
                    let read = source.read();
                    outbox.done(Message::Theirs(source, purpose, read));
                });
            }
            Effect::Keep { base, result, entries } => self.journal.keep(base, result, entries),
            Effect::Clear => self.journal.clear(),
            Effect::Forget(nth) => self.journal.forget(nth),
            Effect::Follow => {
                self.follow()?;
                self.watch = None;
                if let Source::File(path) = self.app.opened.source.clone() {
                    let stamp = Stamp::of(&path);
                    self.watch(path, stamp);
                }
            }
        }
        Ok(())
    }

    /// Takes the screen again and sends the next picture whole.
    fn redraw(&mut self) -> io::Result<()> {
        self.terminal.enter(self.app.settings.mouse)?;
        self.encoder.forget(Rect::default());
        let (width, height) = self.terminal.size();
        update(&mut self.app, Message::Resize(width, height));
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        if !terminal::is_entered() {
            // Suspended; everything is drawn again on return.
            return Ok(());
        }
        let size = self.app.size;
        let area = Rect::new(0, 0, size.width, size.height);
        let mut changes = String::new();
        if !self.encoder.fits(area) {
            self.encoder.forget(area);
            changes.push_str("\x1b[m\x1b[2J");
        }
        let mut picture = Buffer::empty(area);
        let cursor = draw(&mut picture, &self.app);
        self.encoder.encode(picture, cursor, &mut changes);
        self.terminal.show(&changes)
    }

    fn say(&mut self, level: Level, text: &str) {
        update(&mut self.app, Message::Said(level, text.to_owned()));
    }

    /// Inside tmux its own command is used: by default it accepts no OSC 52 from programs (tmux(1),
    /// set-clipboard).
    fn copy(&mut self, text: String) -> io::Result<()> {
        if std::env::var_os("TMUX").is_none() {
            let mut sequence = String::new();
            // Writing to a String cannot fail.
            let _ = CopyToClipboard::to_clipboard_from(text).write_ansi(&mut sequence);
            return self.terminal.send(&sequence);
        }
        let outbox = self.outbox.clone();
        self.spawn("copy", move || {
            if let Err(error) = copy_by_tmux(&text) {
                let text = format!("Not copied: {error}");
                // The loop may have ended meanwhile.
                outbox.done(Message::Said(Level::Error, text));
            }
        });
        Ok(())
    }

    fn read(&mut self, source: Source) {
        if !matches!(source, Source::File(_)) {
            self.watch = None;
        }
        let outbox = self.outbox.clone();
        self.spawn("read", move || {
            let read = source.read();
            outbox.done(Message::Read(source, read));
        });
    }

    fn save(&mut self, order: Box<SaveOrder>) {
        self.is_saving = true;
        let outbox = self.outbox.clone();
        self.spawn("save", move || {
            let done = order.how.to(&order.path, &order.text);
            outbox.done(Message::Saved(order, done));
        });
    }

    /// Opens the journal of the present source, and reports leftover records.
    fn follow(&mut self) -> io::Result<()> {
        let text = Arc::clone(self.app.session.revision().document.text());
        for message in self.journal.open(&self.app.opened.source, &text) {
            self.handle(message)?;
        }
        Ok(())
    }

    fn spawn(&mut self, name: &str, work: impl FnOnce() + Send + 'static) {
        let spawned = thread::Builder::new().name(name.to_owned()).spawn(work);
        if let Err(error) = spawned {
            self.say(Level::Error, &format!("Not done: no thread could be started: {error}"));
        }
    }

    fn look_after(&mut self, endpoint: Endpoint, limits: Limits) {
        let (outbox, begun) = (self.outbox.clone(), self.begun);
        let tell = move |event| {
            let when = When { clock: wall_clock(), elapsed: begun.elapsed() };
            // The loop may have ended meanwhile.
            outbox.told(Message::Live(when, Box::new(event)));
        };
        match Monitor::start(endpoint, limits, tell) {
            Ok(monitor) => self.monitor = Some(monitor),
            Err(error) => self
                .say(Level::Error, &format!("Not connected: no thread could be started: {error}")),
        }
    }

    fn watch(&mut self, path: PathBuf, stamp: Stamp) {
        let outbox = self.outbox.clone();
        let watch = Watch::start(path, stamp, move |happened| {
            let message = match happened {
                Happened::Changed => Message::Changed,
                Happened::Gone => Message::Gone,
            };
            outbox.done(message)
        });
        match watch {
            Ok(watch) => self.watch = Some(watch),
            Err(error) => {
                self.say(Level::Warning, &format!("Changes on disk cannot be watched: {error}"));
            }
        }
    }
}

/// Panics when F12 is pressed.
#[expect(clippy::panic, reason = "asked for, by the test of what a panic leaves behind")]
fn panic_on_demand(message: &Message) {
    if matches!(message, Message::Key(key) if key.code == KeyCode::F(12)) {
        panic!("asked for by F12 and VIRT_TOPO_PANIC_KEY");
    }
}
