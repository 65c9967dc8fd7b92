//! Leaving the program without losing anything.

use super::count::count;
use super::question::ask;
use crate::tui::app::{Answer, App, Mode, PickerKind, Question};
use crate::tui::effect::Effect;

/// Quits; asks first if there are unsaved changes.
pub(super) fn quit(app: &mut App) -> Vec<Effect> {
    if app.saving.print {
        // The unsaved text is about to be printed.
        return without();
    }
    let is_asked =
        matches!(&app.mode, Mode::Pick(picker) if picker.kind == PickerKind::Ask(Question::Leave));
    // A second request quits; kept changes are not lost.
    if !app.session.is_changed() || (is_asked && app.saving.kept) {
        return vec![Effect::Quit];
    }
    let changes = count(app.session.unsaved_count(), "change");
    let mut answers = vec![(Answer::SaveAndLeave, format!("save {changes} and quit"))];
    if app.saving.kept {
        let text = "quit and keep them for next time".to_owned();
        answers.push((Answer::Leave, text));
    }
    answers.push((Answer::LeaveWithout, "quit and discard changes".to_owned()));
    ask(app, Question::Leave, answers);
    Vec::new()
}

/// Leaves, and keeps nothing.
pub(super) fn without() -> Vec<Effect> {
    vec![Effect::Clear, Effect::Quit]
}
