//! Dispatch by mode: actions, letters, chosen list items and answers.
//!
//! Keys, clicks and the palette all come here.

use super::{
    adopt, arrange, browse, edit, hotplug, input, leave, moving, pick, resume, save, scroll, theme,
};
use crate::edit::Options;
use crate::sources::Source;
use crate::tui::action::Action;
use crate::tui::app::{Answer, App, Choice, Level, Mode};
use crate::tui::effect::{Effect, Purpose};
use crate::tui::keymap::Count;

/// Does an action in the mode the screen is in.
pub(super) fn act(app: &mut App, action: Action, count: Count) -> Vec<Effect> {
    match (action, &app.mode) {
        (Action::Quit, _) => leave::quit(app),
        (Action::Suspend, _) => vec![Effect::Suspend],
        (Action::Redraw, _) => vec![Effect::Redraw],
        (_, Mode::Browse) => browse::action(app, action, count),
        (_, Mode::Filter(..)) => input::filter_action(app, action),
        (Action::Open, Mode::Pick(_)) => take(app),
        (_, Mode::Pick(_)) => pick::action(app, action, count),
        (_, Mode::Read(_)) => scroll::page_action(app, action, count),
        (_, Mode::Move(_)) => moving::action(app, action, count),
        (_, Mode::Path(_)) => save::path_action(app, action),
        (_, Mode::Review(_)) => save::review_action(app, action, count),
        (_, Mode::Ask(_)) => arrange::action(app, action),
        (_, Mode::Live(_)) => hotplug::action(app, action, count),
    }
}

/// A letter for the field that has the keyboard.
pub(super) fn letter(app: &mut App, letter: char) {
    match &mut app.mode {
        Mode::Filter(..) => input::filter_letter(app, letter),
        Mode::Pick(picker) if picker.has_field() => {
            input::insert(&mut picker.input, letter);
            picker.search();
        }
        Mode::Ask(ask) => input::insert(&mut ask.input, letter),
        Mode::Move(_) => moving::letter(app, letter),
        Mode::Path(field) => input::insert(field, letter),
        Mode::Live(_) => hotplug::letter(app, letter),
        Mode::Browse | Mode::Pick(_) | Mode::Read(_) | Mode::Review(_) => {}
    }
}

/// Pasted text goes into a field and nowhere else: it never is a command.
pub(super) fn paste(app: &mut App, text: &str) {
    for pasted in text.chars().filter(|letter| !letter.is_control()).take(input::LONGEST) {
        letter(app, pasted);
    }
}

/// Takes the selected item of the list.
pub(super) fn take(app: &mut App) -> Vec<Effect> {
    let Mode::Pick(picker) = std::mem::take(&mut app.mode) else { return Vec::new() };
    match picker.choice() {
        None => Vec::new(),
        Some(Choice::Target(target)) => {
            pick::go_to(app, *target);
            Vec::new()
        }
        Some(Choice::Action(action)) => act(app, *action, Count::default()),
        Some(Choice::Theme(name)) => {
            theme::take(app, name);
            Vec::new()
        }
        Some(Choice::Command(command)) => {
            edit::run(app, (**command).clone(), Options::default());
            Vec::new()
        }
        Some(Choice::Answer(chosen)) => answer(app, chosen.clone()),
        Some(Choice::Demo(_)) if app.session.is_changed() => {
            let text = "Save or discard your changes before opening another guest";
            app.status.say(Level::Warning, text);
            Vec::new()
        }
        Some(Choice::Demo(name)) => vec![Effect::Read(Source::Demo((*name).to_owned()))],
    }
}

/// Executes an answer.
fn answer(app: &mut App, answer: Answer) -> Vec<Effect> {
    let then_leave = std::mem::take(&mut app.saving.then_leave);
    match answer {
        Answer::Stay => Vec::new(),
        Answer::SaveAndLeave => {
            app.saving.then_leave = true;
            save::save(app);
            Vec::new()
        }
        Answer::Leave => vec![Effect::Quit],
        Answer::LeaveWithout => leave::without(),
        Answer::TakeTheirs => read(app, Purpose::Replace),
        Answer::Reapply => read(app, Purpose::Reapply),
        Answer::Overwrite(order) => {
            app.saving.then_leave = then_leave;
            save::order(app, order)
        }
        Answer::Elsewhere => {
            app.saving.then_leave = then_leave;
            save::save_as(app);
            Vec::new()
        }
        Answer::Resume(nth) => resume::resume(app, nth),
        Answer::Forget(nth) => resume::forget(app, nth),
        Answer::Adopt(Action::AdoptLiveAll) => {
            adopt::all_that_runs(app);
            Vec::new()
        }
        Answer::Adopt(_) => {
            arrange::adopt_all(app);
            Vec::new()
        }
        Answer::Copy(text) => {
            app.status.say(Level::Info, format!("Copied the XML, {} lines", text.lines().count()));
            vec![Effect::Copy(text)]
        }
    }
}

fn read(app: &App, purpose: Purpose) -> Vec<Effect> {
    vec![Effect::ReadTheirs(app.opened.source.clone(), purpose)]
}
