//! Text fields: the filter's, and those above lists.

use tui_input::{Input, InputRequest};

use super::{fold, walk};
use crate::tui::action::Action;
use crate::tui::app::{App, Mode};
use crate::tui::effect::Effect;

/// The longest text of a field; a paste of a megabyte is a mistake.
pub(super) const LONGEST: usize = 1000;

/// The edit of a field's text by an action, if it is one.
pub(super) fn request(action: Action) -> Option<InputRequest> {
    Some(match action {
        Action::Left => InputRequest::GoToPrevChar,
        Action::Right => InputRequest::GoToNextChar,
        Action::Home => InputRequest::GoToStart,
        Action::End => InputRequest::GoToEnd,
        Action::WordLeft => InputRequest::GoToPrevWord,
        Action::WordRight => InputRequest::GoToNextWord,
        Action::DeleteBefore => InputRequest::DeletePrevChar,
        Action::DeleteAfter => InputRequest::DeleteNextChar,
        Action::DeleteWord => InputRequest::DeletePrevWord,
        Action::DeleteToEnd => InputRequest::DeleteTillEnd,
        _ => return None,
    })
}

/// Edits a field by an action; returns whether it was one for fields.
pub(super) fn edit(input: &mut Input, action: Action) -> bool {
    if action == Action::DeleteToStart {
        let kept: String = input.value().chars().skip(input.cursor()).collect();
        *input = Input::new(kept).with_cursor(0);
        return true;
    }
    let request = request(action);
    let is_one = request.is_some();
    if let Some(request) = request {
        input.handle(request);
    }
    is_one
}

/// Opens the field of the filter.
pub(super) fn open_filter(app: &mut App) {
    let text = app.filter.to_string();
    app.mode = Mode::Filter(Input::new(text.clone()), text);
}

/// Executes an action in the field of the filter.
pub(super) fn filter_action(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Open => {
            app.mode = Mode::Browse;
            let shown = app.tree().map(|tree| tree.rows.len());
            if shown == Some(0) {
                app.set_filter(String::new());
                app.status.say(crate::tui::app::Level::Warning, "No row contains this text");
            }
        }
        Action::Cancel => {
            if let Mode::Filter(_, before) = std::mem::take(&mut app.mode) {
                set_filter(app, before);
            }
        }
        Action::Up | Action::Down | Action::PageUp | Action::PageDown => {
            walk::walk(app, action, crate::tui::keymap::Count::default());
        }
        _ => {
            if let Mode::Filter(input, _) = &mut app.mode {
                edit(input, action);
            }
            follow_field(app);
        }
    }
    Vec::new()
}

/// A letter for the field of the filter.
pub(super) fn filter_letter(app: &mut App, letter: char) {
    if let Mode::Filter(input, _) = &mut app.mode {
        insert(input, letter);
        follow_field(app);
    }
}

/// Inserts a letter, unless the field is full.
pub(super) fn insert(input: &mut Input, letter: char) {
    if input.value().len() < LONGEST {
        input.handle(InputRequest::InsertChar(letter));
    }
}

fn follow_field(app: &mut App) {
    if let Mode::Filter(input, _) = &app.mode {
        let text = input.value().to_owned();
        set_filter(app, text);
    }
}

fn set_filter(app: &mut App, text: String) {
    if *app.filter == text {
        return;
    }
    app.set_filter(text);
    // The selection stays where it is while its row does, else goes to the first that matches.
    let Some(tree) = app.tree().filter(|_| !app.filter.is_empty()) else {
        fold::reveal(app);
        return;
    };
    let here = app.selected().and_then(|target| tree.row_of(app.guest(), target));
    if !here.is_some_and(|row| tree.matches(row, &app.filter)) {
        let found = tree.search(tree.rows.len().saturating_sub(1), true, &app.filter);
        let target = found.and_then(|row| tree.rows.get(row)).map(|row| row.target);
        if let Some(target) = target {
            app.selection.jump(target);
        }
    }
}
