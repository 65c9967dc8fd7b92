//! The screen without a terminal: a script of keys goes in, the last picture comes out.
//!
//! For tests, for pictures in the documentation, and for bug reports.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::app::{App, Level};
use super::effect::Effect;
use super::keymap::Chord;
use super::message::Message;
use super::update::{settle, update};
use super::view::draw;
use crate::edit::Entry;
use crate::sources::monitor::MonitorRequest;

/// A screen that is driven by messages and looked at as a buffer.
#[derive(Debug)]
pub struct Headless {
    /// The state of the screen.
    pub app: App,
    /// The copied texts, the latest last.
    pub copied: Vec<String>,
    /// The requests to the monitor, the latest last.
    pub asked: Vec<MonitorRequest>,
    /// Whether the program was quit.
    pub has_quit: bool,
    /// Whether texts are saved; a picture writes nothing to disk.
    pub saves: bool,
    /// The changes that would outlive the program.
    pub kept: Vec<Entry>,
}

/// Names of keys between `<` and `>`, beside those of [`Chord`]: vi's.
const NAMES: [(&str, &str); 4] = [("cr", "enter"), ("bs", "backspace"), ("lt", "<"), ("gt", ">")];

/// Parses a script: letters as they are, other keys by name: `jj<right>:quit<enter><ctrl-l>`.
///
/// # Errors
/// The part that is no key, in half a sentence.
pub fn parse_keys(text: &str) -> Result<Vec<KeyEvent>, String> {
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        match named {
            Some((name, behind)) if !name.is_empty() => {
                let name = name.to_lowercase();
                let name =
                    name.strip_prefix("c-").map_or(name.clone(), |key| format!("ctrl-{key}"));
                let known = NAMES.iter().find(|(short, _)| *short == name);
                let spelt = known.map_or(name.as_str(), |(_, spelt)| spelt);
                let chord: Chord = spelt.parse().map_err(|error| format!("<{name}>: {error}"))?;
                keys.push(chord.event());
                rest = behind;
            }
            _ => {
                let code = if first == '\n' { KeyCode::Enter } else { KeyCode::Char(first) };
                keys.push(KeyEvent::new(code, KeyModifiers::NONE));
                rest = rest.strip_prefix(first).unwrap_or_default();
            }
        }
    }
    Ok(keys)
}

impl Headless {
    /// A screen of this size.
    pub fn new(app: App, width: u16, height: u16) -> Self {
        let mut screen = Self {
            app,
            copied: Vec::new(),
            asked: Vec::new(),
            has_quit: false,
            saves: false,
            kept: Vec::new(),
        };
        screen.send(Message::Resize(width, height));
        screen.app.status.clear();
        screen
    }

    /// Sends a message.
    pub fn send(&mut self, message: Message) {
        for effect in update(&mut self.app, message) {
            match effect {
                Effect::Quit => self.has_quit = true,
                Effect::Copy(text) => self.copied.push(text),
                Effect::Read(source) => {
                    let read = source.read();
                    self.send(Message::Read(source, read));
                }
                Effect::Ask(request) => self.asked.push(request),
                Effect::Save(order) if self.saves => {
                    let done = order.how.to(&order.path, &order.text);
                    self.send(Message::Saved(order, done));
                }
                Effect::Save(_) => {
                    self.say(Level::Warning, "nothing can be saved without a screen");
                }
                Effect::ReadTheirs(source, purpose) => {
                    let read = source.read();
                    self.send(Message::Theirs(source, purpose, read));
                }
                Effect::Keep { entries, .. } => self.kept = entries,
                Effect::Clear => self.kept.clear(),
                Effect::Suspend
                | Effect::Mouse(_)
                | Effect::Redraw
                | Effect::Forget(_)
                | Effect::Follow => {}
            }
        }
        settle(&mut self.app);
    }

    /// Keys are pressed, until one of them leaves the program.
    pub fn press(&mut self, keys: &[KeyEvent]) {
        for key in keys {
            if self.has_quit {
                return;
            }
            self.send(Message::Key(*key));
        }
    }

    /// Sends a message text.
    pub fn say(&mut self, level: Level, text: &str) {
        self.send(Message::Said(level, text.to_owned()));
    }

    /// The screen as it is now.
    pub fn picture(&self) -> Buffer {
        let size = self.app.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, size.width, size.height));
        draw(&mut buffer, &self.app);
        buffer
    }
}

/// A picture as text, without blanks at the ends of its lines.
pub fn text(picture: &Buffer) -> String {
    let area = picture.area;
    let mut out = String::new();
    for y in area.top()..area.bottom() {
        let line: String = (area.left()..area.right())
            .filter_map(|x| picture.cell((x, y)).map(ratatui::buffer::Cell::symbol))
            .collect();
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_name_keys_in_several_ways() {
        let spelt = |text: &str| -> Vec<String> {
            let keys = parse_keys(text).unwrap();
            keys.iter().map(|key| Chord::from_event(*key).unwrap().to_string()).collect()
        };
        assert_eq!(spelt("jG<right><enter>"), ["j", "G", "right", "enter"]);
        assert_eq!(spelt("<c-l><ctrl-p><cr><lt>"), ["ctrl-l", "ctrl-p", "enter", "<"]);
        assert_eq!(spelt("a<b"), ["a", "<", "b"]);
        assert!(parse_keys("<nokey>").is_err());
    }
}
