//! The source was read again, changed, or went away.

use crate::sources::{Source, SourceError, SourceText};
use crate::tui::app::{App, Level};
use crate::tui::effect::{Effect, Purpose};
use crate::tui::update::renew::keep_selection;
use crate::tui::update::{live, save};

/// Requests to read the source again.
pub(super) fn reload(app: &mut App) -> Vec<Effect> {
    let mut effects = live::refresh(app);
    let is_changed = app.session.is_changed();
    match &app.opened.source {
        Source::Stdin if effects.is_empty() => {
            app.status.say(Level::Info, "Standard input cannot be reloaded");
        }
        // A document generated from the monitor follows its events.
        Source::Stdin | Source::Monitor(_) => {}
        _ if is_changed => save::theirs(app, None),
        source => effects.push(Effect::Read(source.clone())),
    }
    effects
}

/// Handles a changed source. Without unsaved changes it is read again.
pub(super) fn changed(app: &mut App) -> Vec<Effect> {
    app.opened.is_gone = false;
    if app.session.is_changed() {
        return vec![Effect::ReadTheirs(app.opened.source.clone(), Purpose::Look)];
    }
    app.opened.stale = Some("changed on disk".to_owned());
    reload(app)
}

/// Handles a missing source; the text stays.
pub(super) fn gone(app: &mut App) -> Vec<Effect> {
    app.opened.stale = Some("gone".to_owned());
    app.opened.is_gone = true;
    let name = app.opened.source.name();
    app.status.say(Level::Warning, format!("{name} was removed; its last version is shown"));
    Vec::new()
}

/// Shows the text that was read, with selection and folds as they were.
pub(super) fn read(
    app: &mut App,
    source: Source,
    read: Result<SourceText, SourceError>,
) -> Vec<Effect> {
    let text = match read {
        Ok(read) => read.text,
        Err(error) => return failed(app, &source, &error.to_string()),
    };
    if source == app.opened.source && *text == **app.session.revision().document.text() {
        if app.opened.stale.take().is_none() {
            app.status.say(Level::Info, "Reloaded: nothing changed");
        }
        return Vec::new();
    }
    let revision = match app.session.revision().rebuild(text) {
        Ok(revision) => revision,
        Err(error) => return failed(app, &source, &format!("{}: {error}", source.name())),
    };
    let is_same = source == app.opened.source;
    let was_stale = app.opened.stale.is_some();
    let name = source.name();
    app.open(source, revision);
    if is_same {
        let text = if was_stale { "File changed on disk, reloaded" } else { "reloaded" };
        app.status.say(Level::Info, format!("{name}: {text}"));
    } else {
        *app.folds_mut() = crate::rows::Folds::default();
        app.set_filter(String::new());
        app.scroll = crate::tui::app::Scroll::default();
        app.selection = crate::tui::app::Selection::default();
        app.cursors = crate::tui::app::ListCursors::default();
    }
    keep_selection(app);
    if is_same { Vec::new() } else { vec![Effect::Follow] }
}

pub(super) fn failed(app: &mut App, source: &Source, message: &str) -> Vec<Effect> {
    if *source == app.opened.source {
        app.opened.stale = Some("cannot be read".to_owned());
    }
    let first = message.lines().next().unwrap_or_default();
    app.status.say(Level::Error, first);
    Vec::new()
}
