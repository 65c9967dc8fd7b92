//! Changes: made, taken back, made again.

use super::{fold, source};
use crate::edit::{Session, Step};
use crate::model::Change;
use crate::rows::Target;
use crate::tui::app::{App, ChangeLine, Level};
use crate::tui::keymap::Count;

/// Makes a change; what it names stays selected.
pub(super) fn make(app: &mut App, title: &str, change: Change) {
    match app.opened.session.make(title, change) {
        Ok(()) => {
            renew(app);
            app.status.say(Level::Info, format!("done: {title}"));
        }
        Err(error) => app.status.say(Level::Error, format!("{title}: {}", error.message)),
    }
}

/// Applies a fix of the problem that is looked at.
pub(super) fn fix(app: &mut App, nth: usize) {
    let offers = app.pictures.problems.opened().map(|opened| opened.offers.as_slice());
    let Some(offer) = offers.unwrap_or_default().get(nth).cloned() else {
        app.status.say(Level::Info, "there is no such fix here");
        return;
    };
    make(app, &offer.title, offer.change);
}

/// Takes the last changes back.
pub(super) fn undo(app: &mut App, count: Count) {
    again(app, count, Session::undo, ("undone", "nothing to undo"));
}

/// Makes changes again that were taken back.
pub(super) fn redo(app: &mut App, count: Count) {
    again(app, count, Session::redo, ("done again", "nothing to redo"));
}

fn again(
    app: &mut App,
    count: Count,
    step: fn(&mut Session) -> Option<&Step>,
    (done, nothing): (&str, &str),
) {
    let mut last = None;
    for _ in 0..count.times() {
        let Some(step) = step(&mut app.opened.session) else { break };
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
    let lines = app.pictures.changes.lines().iter().take(app.lists.change + 1).rev();
    let step = lines.take_while(|line| line.is_of_step()).find_map(|line| match line {
        ChangeLine::Step(nth, title) => Some((*nth, title.clone())),
        _ => None,
    });
    let Some((nth, title)) = step else {
        app.status.say(Level::Info, "go to a change first; this is the text");
        return;
    };
    match app.opened.session.discard(nth) {
        Ok(()) => {
            renew(app);
            app.status.say(Level::Info, format!("discarded: {title}"));
        }
        Err(refusal) => app.status.say(Level::Error, refusal.message),
    }
}

/// Takes all changes back; they can be made again.
pub(super) fn discard_all(app: &mut App) {
    let mut count = 0;
    while app.opened.session.undo().is_some() {
        count += 1;
    }
    renew(app);
    let text = if count == 0 { "nothing to discard" } else { "all changes are taken back" };
    app.status.say(Level::Info, text);
}

/// Everything that follows from the text, after it changed.
pub(super) fn renew(app: &mut App) {
    app.renew();
    source::keep_selection(app);
    let last = app.pictures.changes.lines().len().saturating_sub(1);
    app.lists.change = app.lists.change.min(last);
    if let Some(Target::Device(_)) = app.selected() {
        fold::reveal(app);
    }
}
