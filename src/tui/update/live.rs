//! Handles events of the monitor.

use std::sync::Arc;
use std::time::Duration;

use super::renew::{keep_selection, keeping_selection};
use crate::edit::{Revision, document_from_live};
use crate::live::Facts;
use crate::sources::monitor::{
    Event, Logged, MonitorError, MonitorEvent, MonitorRequest, PlugResult, Unplugged,
};
use crate::text::Printable;
use crate::tui::action::Action;
use crate::tui::app::{App, Asked, Level, LinkState, Live, LogLine, Mode, PageLine, Pager};
use crate::tui::effect::Effect;
use crate::tui::keymap::KeyMode;
use crate::tui::message::When;

/// Handles an event of the monitor.
pub(super) fn told(app: &mut App, when: &When, event: MonitorEvent) -> Vec<Effect> {
    let Some(live) = &mut app.live else { return Vec::new() };
    live.now = when.elapsed;
    match event {
        MonitorEvent::Connecting => live.link = LinkState::Connecting,
        MonitorEvent::Connected(language) => {
            live.language = Some(language);
            live.link = LinkState::Up(when.clock.clone());
            live.log.add(&when.clock, ' ', &format!("Connected: {language}"));
        }
        MonitorEvent::Facts(facts) => learn(app, &facts),
        MonitorEvent::Happened(event) => happened(app, &event),
        MonitorEvent::Plugged(number, ended) => plugged(app, number, &ended),
        MonitorEvent::Unplugged(number, ended) => unplugged(app, number, &ended),
        MonitorEvent::Unable(number) => {
            if let Some(asked) = ended(app, number) {
                let text = format!(
                    "{}: HMP does not report the result; give QEMU a '-qmp' socket",
                    asked.title
                );
                app.status.say(Level::Error, text);
            }
        }
        MonitorEvent::Dropped(number) => {
            if let Some(asked) = ended(app, number) {
                let text = format!("{}: connection lost, the result is unknown", asked.title);
                app.status.say(Level::Warning, text);
            }
        }
        MonitorEvent::Wire(logged) => {
            let (direction, text) = match logged {
                Logged::Sent(text) => ('>', text),
                Logged::Received(text) => ('<', text),
                Logged::Looked(questions) => (' ', format!("Read the guest: {questions} queries")),
            };
            live.log.add(&when.clock, direction, &text);
        }
        MonitorEvent::Lost(why, pause) => lost(live, when, why, pause)
            .into_iter()
            .for_each(|text| app.status.say(Level::Warning, text)),
    }
    Vec::new()
}

/// Time has passed while it is shown.
pub(super) fn time(app: &mut App, elapsed: Duration) {
    if let Some(live) = &mut app.live {
        live.now = elapsed;
    }
}

/// Handles new facts about the guest.
pub fn learn(app: &mut App, facts: &Arc<Facts>) {
    let is_made = app.is_made();
    if app.live.is_none() {
        return;
    }
    // A generated document with changes of the user stays.
    if !is_made || app.session.is_changed() {
        keeping_selection(app, |app| app.learn(Arc::clone(facts)));
        return;
    }
    app.learn(Arc::clone(facts));
    match document_from_live(facts) {
        Ok(made) => {
            let is_first = app.session.revision().domain.devices.is_empty();
            show(app, made.revision, is_first);
        }
        Err(error) => app.status.say(Level::Error, format!("The guest {error}")),
    }
}

fn show(app: &mut App, revision: Revision, is_first: bool) {
    app.open(app.opened.source.clone(), revision);
    if is_first {
        app.selection = crate::tui::app::Selection::default();
    }
    keep_selection(app);
}

/// The connection is gone; a message, when the reason is a new one.
fn lost(live: &mut Live, when: &When, why: MonitorError, pause: Duration) -> Option<String> {
    let text = format!("monitor {} {why}", live.name);
    let is_new = live
        .log
        .lines()
        .rev()
        .find(|line| line.direction == ' ')
        .is_none_or(|line| line.text != text);
    if is_new {
        live.log.add(&when.clock, ' ', &text);
    }
    let hint = why.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
    live.link = LinkState::Lost { why, at: when.elapsed, pause };
    is_new.then(|| format!("{text}{hint}"))
}

/// Removes and returns a request that has ended.
fn ended(app: &mut App, number: u64) -> Option<Asked> {
    keeping_selection(app, |app| app.end(number))
}

fn plugged(app: &mut App, number: u64, how: &PlugResult) {
    let Some(asked) = ended(app, number) else { return };
    let title = &asked.title;
    match how {
        PlugResult::Done => app.status.say(Level::Info, format!("Attached {title}")),
        PlugResult::Refused { command, words, .. } => {
            let words = Printable::new(words);
            let left = how.aftermath(asked.names.first().map_or("", String::as_str));
            app.status.say(Level::Error, format!("{title}: {command}: {words}; {left}"));
        }
    }
}

fn unplugged(app: &mut App, number: u64, how: &Unplugged) {
    if *how == Unplugged::Pending {
        let asked = app
            .live
            .as_ref()
            .and_then(|live| live.asked().iter().find(|asked| asked.number == number));
        if let Some(asked) = asked {
            let text = format!("{} is still attached: the guest has not released it", asked.title);
            app.status.say(Level::Warning, text);
        }
        return;
    }
    let Some(asked) = ended(app, number) else { return };
    let title = &asked.title;
    match how {
        Unplugged::Gone { left } if left.is_empty() => {
            app.status.say(Level::Info, format!("Detached {title}"));
        }
        Unplugged::Gone { left } => {
            let left = Printable::new(&left.join("; ")).to_string();
            app.status
                .say(Level::Warning, format!("Detached {title}, but its backend remains: {left}"));
        }
        Unplugged::Refused(words) => {
            app.status.say(Level::Error, format!("{title}: {}", Printable::new(words)));
        }
        Unplugged::GuestRefused => {
            app.status.say(Level::Error, format!("The guest refuses to release {title}"));
        }
        Unplugged::Pending => {}
    }
}

/// Events that are reported, with their text.
const EVENTS: &[(&str, &str)] = &[
    ("RESET", "The guest was reset"),
    ("STOP", "The guest is paused"),
    ("RESUME", "The guest is running again"),
    ("SHUTDOWN", "The guest is shutting down"),
];

fn happened(app: &mut App, event: &Event) {
    let word = EVENTS.iter().find(|row| row.0 == event.name).map(|row| row.1.to_owned());
    let gone = || {
        let id = event.data.get("device").and_then(serde_json::Value::as_str)?;
        let deleted = event.name == "DEVICE_DELETED";
        // The result of a request is reported when it ends, with its backend.
        let ours = app.live.as_ref().is_some_and(|live| {
            live.asked().iter().any(|asked| asked.names.iter().any(|name| name == id))
        });
        (deleted && !ours).then(|| format!("{} was removed", Printable::new(id)))
    };
    if let Some(text) = word.or_else(gone) {
        // The result of a user's request is more important.
        app.status.mention(Level::Info, text);
    }
}

/// Requests a new query of the guest.
pub(super) fn refresh(app: &App) -> Vec<Effect> {
    match &app.live {
        Some(live) if live.link != LinkState::Saved => vec![Effect::Ask(MonitorRequest::Refresh)],
        _ => Vec::new(),
    }
}

/// Everything that went over the wire, at its end.
pub(super) fn open_log(app: &mut App) {
    let Some(live) = &app.live else {
        app.status.say(Level::Info, "No monitor: start with '--monitor PATH'");
        return;
    };
    let entry = |line: &LogLine| {
        PageLine::Entry(format!("{} {}", line.clock, line.direction), line.text.clone())
    };
    let mut lines: Vec<PageLine> = live.log.lines().map(entry).collect();
    if lines.is_empty() {
        lines.push(PageLine::Text("nothing yet".to_owned()));
    }
    let key = app.keys.map.key(KeyMode::Pager, Action::CopyLog).unwrap_or_default();
    let mut pager = Pager::new(format!("monitor {}  ({key} copies)", live.name), lines);
    pager.offset = usize::MAX;
    app.mode = Mode::Read(pager);
}
