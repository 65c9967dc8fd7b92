//! Questions that only the user can answer.

use crate::edit::MANY_ELEMENTS;
use crate::tui::action::Action;
use crate::tui::app::{Answer, App, Choice, Item, Mode, Picker, PickerKind, Question};

/// Asks a question; going back is always an answer.
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

/// Asks before `action` adds `count` elements to the document, if they are many; returns whether it has asked.
pub(super) fn ask_many(app: &mut App, count: usize, action: Action) -> bool {
    let is_many = count > MANY_ELEMENTS;
    if is_many {
        let label = format!("add {count} elements to the document");
        ask(app, Question::ManyElements, vec![(Answer::Adopt(action), label)]);
    }
    is_many
}

fn stay(question: Question) -> &'static str {
    match question {
        Question::Leave => "keep editing",
        Question::Theirs | Question::Gone | Question::Exists => "decide later",
        Question::LeftOver => "not now",
        Question::Secrets => "do not copy it",
        Question::ManyElements => "leave the document as it is",
    }
}
