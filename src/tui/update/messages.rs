//! Messages: each belongs to one file of the update.

use std::sync::Arc;

use ratatui::layout::Size;

use super::go::line_of_selection;
use super::{help, live, mouse, problems, resume, route, save, scroll, source};
use crate::text::ContentMark;
use crate::tui::app::App;
use crate::tui::effect::Effect;
use crate::tui::keymap::{Chord, Resolved};
use crate::tui::layout::LARGEST;
use crate::tui::message::Message;
use crate::tui::views::View;

/// Updates the state by `message`, and returns the effects.
pub fn update(app: &mut App, message: Message) -> Vec<Effect> {
    let before = (Arc::clone(app.session.revision().document.text()), is_changed(app));
    let mut effects = match message {
        Message::Key(event) => match Chord::from_event(event) {
            Some(chord) => key(app, chord),
            None => Vec::new(),
        },
        Message::Mouse(event) => mouse::mouse(app, event),
        Message::Paste(text) => {
            route::paste(app, &text);
            Vec::new()
        }
        Message::Resize(width, height) => {
            // Serial lines and some pseudo terminals report 0 by 0.
            app.size = match (width, height) {
                (0, _) | (_, 0) => Size::new(80, 24),
                _ => Size::new(width.min(LARGEST), height.min(LARGEST)),
            };
            Vec::new()
        }
        Message::Read(source, read) => source::read(app, source, read),
        Message::Saved(order, done) => save::saved(app, *order, done),
        Message::Theirs(source, purpose, read) => resume::theirs(app, &source, purpose, read),
        Message::Journal(kept, left_over) => {
            resume::opened(app, kept, left_over);
            Vec::new()
        }
        Message::Changed => source::changed(app),
        Message::Gone => source::gone(app),
        Message::Live(when, event) => live::told(app, &when, *event),
        Message::Time(elapsed) => {
            live::time(app, elapsed);
            Vec::new()
        }
        Message::Said(level, text) => {
            app.status.say(level, text);
            Vec::new()
        }
        Message::Stopped => vec![Effect::Suspend],
        Message::Resumed => vec![Effect::Redraw],
        Message::Ended(_) => vec![Effect::Quit],
    };
    if app.view == View::Problems {
        problems::keep_cursor(app);
    }
    if app.view == View::Xml && app.scroll.line == 0 {
        line_of_selection(app);
    }
    scroll::settle(app);
    if !Arc::ptr_eq(&before.0, app.session.revision().document.text())
        || before.1 != is_changed(app)
    {
        // First: a leftover record is removed only after its changes are kept again.
        effects.insert(0, keep(app));
    }
    effects
}

fn is_changed(app: &App) -> bool {
    app.session.is_changed()
}

/// Has the unsaved changes kept as they are now.
fn keep(app: &App) -> Effect {
    if !is_changed(app) {
        return Effect::Clear;
    }
    let result = ContentMark::of(&**app.session.revision().document.text());
    Effect::Keep { base: app.opened.base, result, entries: app.session.unsaved() }
}

fn key(app: &mut App, chord: Chord) -> Vec<Effect> {
    let mode = app.mode.keys(app.view);
    app.status.clear();
    match app.keys.map.resolve(mode, &mut app.keys.pending, chord) {
        Resolved::Action(action, count) => route::act(app, action, count),
        Resolved::Text(letter) => {
            route::letter(app, letter);
            Vec::new()
        }
        Resolved::Waiting => Vec::new(),
        Resolved::Unbound => {
            help::unbound(app, mode, chord);
            Vec::new()
        }
    }
}
