//! Asking what only the user can decide, and doing what was answered.

use super::{leave, resume, save};
use crate::tui::app::{Answer, App, Choice, Item, Mode, Picker, PickerKind, Question};
use crate::tui::effect::{Effect, Purpose};

/// Asks; going back is always an answer.
pub(super) fn ask<L: Into<String>>(app: &mut App, question: Question, answers: Vec<(Answer, L)>) {
    let answers = answers.into_iter().map(|(answer, label)| (answer, label.into()));
    let stay = (Answer::Stay, stay(question).to_owned());
    let items = answers.chain([stay]).map(|(answer, label)| Item {
        choice: Choice::Answer(answer),
        label,
        hint: String::new(),
    });
    let picker = Picker::new(PickerKind::Ask(question), items.collect());
    app.mode = Mode::Pick(Box::new(picker));
}

fn stay(question: Question) -> &'static str {
    match question {
        Question::Leave => "stay here",
        Question::Theirs | Question::Gone | Question::Exists => "decide later",
        Question::LeftOver => "not now",
    }
}

/// Does what was answered.
pub(super) fn answer(app: &mut App, answer: Answer) -> Vec<Effect> {
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
    }
}

fn read(app: &App, purpose: Purpose) -> Vec<Effect> {
    vec![Effect::ReadTheirs(app.opened.source.clone(), purpose)]
}
