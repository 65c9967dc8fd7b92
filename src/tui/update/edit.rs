//! Changes: made, taken back, made again.

use super::renew::renew;
use crate::edit::command::{Pick, Scope};
use crate::edit::{Command, Options, Preview, Session, Step};
use crate::model::{Change, DeviceKey, Problem, Selector};
use crate::rows::Target;
use crate::tui::app::{App, ChangeLine, Level};
use crate::tui::keymap::Count;

/// Makes a change; its devices stay selected.
pub(super) fn make(app: &mut App, title: &str, change: Change) {
    let preview = app.session.preview(change);
    keep(app, title, preview);
}

/// Commits a previewed change, or reports why not.
fn keep(app: &mut App, title: &str, preview: Result<Preview, Box<Problem>>) {
    match preview.and_then(|preview| app.session_mut().commit(title, preview)) {
        Ok(()) => {
            renew(app);
            app.status.say(Level::Info, format!("Done: {title}"));
        }
        Err(error) => app.status.say(Level::Error, format!("{title}: {}", error.message)),
    }
}

/// Runs a command; returns whether it succeeded. Marked devices stay marked.
pub(super) fn run(app: &mut App, command: Command, options: Options) -> bool {
    let outcome = match command.dry_run(app.session.revision(), options) {
        Ok(outcome) => outcome,
        Err(refusal) => {
            app.status.say(Level::Error, refusal.message);
            return false;
        }
    };
    if outcome.is_empty() {
        app.status.say(Level::Info, "Nothing to change: already so");
        return true;
    }
    let title = outcome.title.clone();
    let others: Vec<&str> = outcome.others().map(|other| other.title.as_str()).collect();
    let also = match others.as_slice() {
        [] => String::new(),
        [other] => format!("; {other} also moves: it has no fixed address"),
        others => format!("; {} devices without a fixed address also move", others.len()),
    };
    let key_map = outcome.preview.key_map.clone();
    if let Err(refusal) = app.session_mut().run(command, options, outcome) {
        app.status.say(Level::Error, refusal.message);
        return false;
    }
    // After a removal the other devices have other numbers.
    let now = |key: DeviceKey| key_map.iter().find(|(_, old)| **old == key).map(|(new, _)| *new);
    app.selection.rename(now);
    renew(app);
    let level = if also.is_empty() { Level::Info } else { Level::Warning };
    app.status.say(level, format!("{title}{also}"));
    true
}

/// Marks the selected device, or takes its mark away, and goes on to the next row.
pub(super) fn mark(app: &mut App) {
    let Some(Target::Device(key)) = app.selected() else {
        app.status.say(Level::Info, "Only devices can be marked");
        return;
    };
    let marked = &mut app.selection.marked;
    if !marked.remove(&key) {
        marked.insert(key);
    }
    super::walk::walk(app, crate::tui::action::Action::Down, Count::default());
}

/// The devices of a command: all, the marked, or the selected one.
fn scope(app: &mut App, all: bool) -> Option<Scope> {
    if all {
        return Some(Scope::All);
    }
    let domain = app.guest().domain;
    let pick = |key: &DeviceKey| Pick::Device(Selector::of(domain, *key));
    let marked: Vec<Pick> = app.selection.marked.iter().map(pick).collect();
    if !marked.is_empty() {
        return Some(Scope::Some(marked));
    }
    let key = selected(app)?;
    Some(Selector::of(app.guest().domain, key).into())
}

/// The selected device; reports if there is none.
pub(super) fn selected(app: &mut App) -> Option<DeviceKey> {
    if let Some(Target::Device(key)) = app.selected() {
        return Some(key);
    }
    app.status.say(Level::Info, "Select a device first");
    None
}

/// Freezes the addresses of the scope.
pub(super) fn freeze(app: &mut App, all: bool) {
    if let Some(scope) = scope(app, all) {
        run(app, Command::Freeze(scope), Options::default());
    }
}

/// Lets libvirt choose again.
pub(super) fn thaw(app: &mut App, all: bool) {
    if let Some(scope) = scope(app, all) {
        run(app, Command::Thaw(scope), Options::default());
    }
}

/// Applies a fix of the problem that is looked at.
pub(super) fn fix(app: &mut App, nth: usize) {
    let (problem, offers) = (app.cursors.problem, app.offers());
    match app.problems().fix(&app.session, problem, offers.get(nth)) {
        Ok((title, preview)) => keep(app, &title, Ok(preview)),
        Err(why) => app.status.say(Level::Warning, why),
    }
}

/// Takes the last changes back.
pub(super) fn undo(app: &mut App, count: Count) {
    again(app, count, Session::undo, ("Undid", "Nothing to undo"));
}

/// Makes changes again that were taken back.
pub(super) fn redo(app: &mut App, count: Count) {
    again(app, count, Session::redo, ("Redid", "Nothing to redo"));
}

fn again(
    app: &mut App,
    count: Count,
    step: fn(&mut Session) -> Option<&Step>,
    (done, nothing): (&str, &str),
) {
    let mut last = None;
    for _ in 0..count.times() {
        let Some(step) = step(app.session_mut()) else { break };
        last = Some(step.title.clone());
    }
    match last {
        Some(title) => {
            renew(app);
            app.status.say(Level::Info, format!("{done}: {title}"));
        }
        None => app.status.say(Level::Info, nothing),
    }
}

/// Takes the change under the cursor back.
pub(super) fn discard(app: &mut App) {
    let lines = app.changes().iter().take(app.cursors.change + 1).rev();
    let step = lines.take_while(|line| line.is_of_step()).find_map(|line| match line {
        ChangeLine::Step(nth, title) => Some((*nth, title.clone())),
        _ => None,
    });
    let Some((nth, title)) = step else {
        app.status.say(Level::Info, "Select a change first; the cursor is in the diff");
        return;
    };
    match app.session_mut().discard(nth) {
        Ok(()) => {
            renew(app);
            app.status.say(Level::Info, format!("Discarded: {title}"));
        }
        Err(refusal) => app.status.say(Level::Error, refusal.message),
    }
}

/// Takes all changes back; they can be made again.
pub(super) fn discard_all(app: &mut App) {
    let count = app.session_mut().undo_all();
    renew(app);
    let text = if count == 0 { "Nothing to discard" } else { "Discarded all changes" };
    app.status.say(Level::Info, text);
}
