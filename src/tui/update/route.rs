//! Which file of the update a happening belongs to.

use ratatui::layout::Size;

use super::{
    arrange, browse, help, hotplug, input, live, mouse, moving, pick, scroll, source, walk,
};
use crate::tui::action::Action;
use crate::tui::app::{App, Mode};
use crate::tui::effect::Effect;
use crate::tui::keymap::{Chord, Resolved};
use crate::tui::message::Message;

/// Changes the state as `message` asks, and says what is to be done outside.
pub fn update(app: &mut App, message: Message) -> Vec<Effect> {
    let effects = match message {
        Message::Key(event) => match Chord::from_event(event) {
            Some(chord) => key(app, chord),
            None => Vec::new(),
        },
        Message::Mouse(event) => mouse::mouse(app, event),
        Message::Paste(text) => {
            input::paste(app, &text);
            Vec::new()
        }
        Message::Resize(width, height) => {
            // Serial lines and some pseudo terminals say 0 by 0.
            app.size = match (width, height) {
                (0, _) | (_, 0) => Size::new(80, 24),
                _ => Size::new(width, height),
            };
            Vec::new()
        }
        Message::Read(source, read) => source::read(app, source, read),
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
    app.prepare();
    if app.view == crate::tui::views::View::Xml && app.scroll.line == 0 {
        walk::line_of_selection(app);
    }
    scroll::settle(app);
    effects
}

fn key(app: &mut App, chord: Chord) -> Vec<Effect> {
    let mode = app.mode.keys(app.view);
    app.status.clear();
    match app.keys.map.resolve(mode, &mut app.keys.pending, chord) {
        Resolved::Action(action, count) => match app.mode {
            Mode::Browse => browse::action(app, action, count),
            Mode::Filter(..) => input::filter_action(app, action),
            Mode::Pick(_) => pick::action(app, action, count),
            Mode::Read(_) => scroll::page_action(app, action, count),
            Mode::Move(_) => moving::action(app, action, count),
            Mode::Ask(_) => arrange::action(app, action),
            Mode::Live(_) => hotplug::action(app, action, count),
        },
        Resolved::Text(letter) => {
            input::letter(app, letter);
            Vec::new()
        }
        Resolved::Waiting => Vec::new(),
        Resolved::Unbound => {
            help::unbound(app, mode, chord);
            Vec::new()
        }
    }
}

/// What every mode does with these actions; none for the others.
pub(super) fn anywhere(action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::Quit => Some(vec![Effect::Quit]),
        Action::Suspend => Some(vec![Effect::Suspend]),
        Action::Redraw => Some(vec![Effect::Redraw]),
        _ => None,
    }
}
