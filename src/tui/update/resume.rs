//! Repeats changes on another text than they were made for: those left over by a killed session,
//! and one's own after another program wrote the file.

use std::sync::Arc;
use std::time::Duration;

use super::count::count;
use super::question::ask;
use super::renew::renew;
use super::source;
use crate::edit::{Entry, Rebased, rebase};
use crate::model::Problem;
use crate::sources::{Source, SourceError, SourceText};
use crate::text::ContentMark;
use crate::tui::action::Action;
use crate::tui::app::{Answer, App, LeftEdits, Level, Mode, PageLine, Pager, Question};
use crate::tui::effect::{Effect, Purpose};
use crate::tui::keymap::KeyMode;

/// Handles the opened journal: whether changes are kept from now on, and leftover changes.
pub(super) fn opened(app: &mut App, kept: bool, left_over: Vec<LeftEdits>) {
    app.saving.kept = kept;
    app.saving.left_over = left_over.into_iter().map(Some).collect();
    if app.saving.left_over.is_empty() || app.settings.read_only {
        return;
    }
    if matches!(app.mode, Mode::Browse) {
        offer(app);
    } else {
        // Another question is open.
        let key = app.keys.map.key(KeyMode::Browse, Action::Resume).unwrap_or_default();
        let text = format!("Unsaved changes from an earlier session; {key} restores them");
        app.status.say(Level::Warning, text);
    }
}

/// Offers the leftover changes.
pub(super) fn offer(app: &mut App) {
    let mut answers = Vec::new();
    let left = app.saving.left_over.iter().enumerate();
    for (nth, left) in left.filter_map(|(nth, left)| Some((nth, left.as_ref()?))) {
        let changes = count(left.record.entries.len(), "change");
        let last = left.record.entries.last().map(|entry| entry.title.as_str());
        let last = last.unwrap_or_default();
        let age = ago(left.age);
        let is_same = left.record.base == app.opened.base;
        let take = if is_same { "restore" } else { "the file changed; re-apply" };
        answers.push((Answer::Resume(nth), format!("{take} {changes} ({age}): {last}")));
        answers.push((Answer::Forget(nth), format!("delete {changes} ({age})")));
    }
    if answers.is_empty() {
        app.status.say(Level::Info, "No unsaved changes from an earlier session");
        return;
    }
    ask(app, Question::LeftOver, answers);
}

/// Removes leftover changes.
pub(super) fn forget(app: &mut App, nth: usize) -> Vec<Effect> {
    match app.saving.left_over.get_mut(nth).and_then(Option::take) {
        Some(_) => {
            app.status.say(Level::Info, "Deleted the changes");
            vec![Effect::Forget(nth)]
        }
        None => Vec::new(),
    }
}

/// Restores leftover changes: byte for byte on the text they were made for, else as far as they
/// fit.
pub(super) fn resume(app: &mut App, nth: usize) -> Vec<Effect> {
    let Some(left) = app.saving.left_over.get(nth).and_then(Option::as_ref) else {
        return Vec::new();
    };
    let record = left.record.clone();
    let session = &app.session;
    if record.base == app.opened.base && !session.is_changed() {
        let text = session.revision().document.text();
        let fits = record.replay(text).map_err(|error| error.to_string());
        let count = count(record.entries.len(), "change");
        let done = fits.and_then(|_| {
            app.session_mut().replay(record.entries).map_err(|refusal| refusal.message)
        });
        if let Err(why) = done {
            app.status.say(Level::Error, format!("Not restored: {why}"));
            return Vec::new();
        }
        renew(app);
        app.status.say(Level::Info, format!("Restored {count} (still unsaved)"));
    } else {
        let text = Arc::clone(session.revision().document.text());
        let known = app.problems().problems.clone();
        if !again(app, &record.entries, text, &known) {
            return Vec::new();
        }
    }
    forgotten(app, nth)
}

fn forgotten(app: &mut App, nth: usize) -> Vec<Effect> {
    if let Some(left) = app.saving.left_over.get_mut(nth) {
        *left = None;
    }
    vec![Effect::Forget(nth)]
}

/// Repeats entries on `text`, which the session has now; reports the result. `known` are the
/// problems of the text they were made on.
fn again(app: &mut App, entries: &[Entry], text: Arc<str>, known: &[Problem]) -> bool {
    let Ok(revision) = app.session.revision().rebuild(text) else { return false };
    let Rebased { made, done, dropped, .. } = rebase(revision, entries, known);
    let mut lines = Vec::new();
    let mut count_made = 0;
    for (title, change) in made {
        match app.session_mut().make(title.clone(), change) {
            Ok(()) => count_made += 1,
            Err(refusal) => lines.push(PageLine::Entry(title, refusal.message)),
        }
    }
    lines.extend(dropped.into_iter().map(|(title, why)| PageLine::Entry(title, why.to_string())));
    renew(app);
    let mut text = format!("Re-applied: {}", count(count_made, "change"));
    if !done.is_empty() {
        text = format!("{text}; {} already in the file", count(done.len(), "change"));
    }
    if lines.is_empty() {
        app.status.say(Level::Info, text);
        return true;
    }
    let left_out = count(lines.len(), "change");
    app.status.say(Level::Warning, format!("{text}; {left_out} not applied"));
    lines.insert(0, PageLine::Heading("Not applied, with the reason".to_owned()));
    lines.insert(0, PageLine::Text(text));
    app.mode = Mode::Read(Pager::new("your changes on the new text", lines));
    true
}

/// The file was read again while there are unsaved changes.
pub(super) fn theirs(
    app: &mut App,
    from: &Source,
    purpose: Purpose,
    read: Result<SourceText, SourceError>,
) -> Vec<Effect> {
    if *from != app.opened.source {
        return Vec::new();
    }
    let text = match read {
        Ok(read) => read.text,
        Err(error) => return source::failed(app, from, &error.to_string()),
    };
    if purpose == Purpose::Look {
        look(app, &text);
        return Vec::new();
    }
    let revision = match app.session.revision().rebuild(text) {
        Ok(revision) => revision,
        // Theirs is no guest; mine is kept.
        Err(error) => return source::failed(app, from, &format!("{}: {error}", from.name())),
    };
    let entries = app.session.unsaved();
    let text = Arc::clone(revision.document.text());
    let known = app.problems().problems.clone();
    app.open(from.clone(), revision);
    match purpose {
        Purpose::Reapply => {
            again(app, &entries, text, &known);
        }
        Purpose::Replace | Purpose::Look => {
            renew(app);
            app.status.say(Level::Info, format!("{}: read again", from.name()));
        }
    }
    Vec::new()
}

/// Checks whether the file is as it was read; its date may differ.
fn look(app: &mut App, text: &str) {
    if ContentMark::of(text) == app.opened.base {
        app.opened.stale = None;
        return;
    }
    app.opened.stale = Some("changed on disk".to_owned());
    let key = app.keys.map.key(KeyMode::Browse, Action::Reload).unwrap_or_default();
    let text = format!("File changed on disk. Your changes are kept. {key}: choose what to do");
    app.status.say(Level::Warning, text);
}

/// Formats the age of changes.
fn ago(age: Duration) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let seconds = age.as_secs();
    match seconds {
        0..MINUTE => "just now".to_owned(),
        MINUTE..HOUR => format!("{} ago", count_of(seconds / MINUTE, "minute")),
        HOUR..DAY => format!("{} ago", count_of(seconds / HOUR, "hour")),
        _ => format!("{} ago", count_of(seconds / DAY, "day")),
    }
}

fn count_of(number: u64, what: &str) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_unit_that_says_most() {
        for (seconds, want) in [
            (0, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (3599, "59 minutes ago"),
            (7200, "2 hours ago"),
            (86_400, "1 day ago"),
            (864_000, "10 days ago"),
        ] {
            assert_eq!(ago(Duration::from_secs(seconds)), want);
        }
    }
}
