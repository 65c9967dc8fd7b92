//! Saving: the review, the order, and its result.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tui_input::Input;

use super::count::count;
use super::question::ask;
use super::{input, leave, scroll};
use crate::model::Severity;
use crate::sources::{Over, Save, SaveError, Saved, Source};
use crate::text::{ContentMark, Printable};
use crate::tui::action::Action;
use crate::tui::app::{
    Answer, App, ChangeLine, Level, Mode, PageLine, Pager, Question, Review, SaveOrder,
};
use crate::tui::effect::Effect;
use crate::tui::keymap::{Count, KeyMode};

/// Opens the review before saving, or the field for the file's name.
pub(super) fn save(app: &mut App) {
    let is_gone = app.opened.is_gone;
    match &app.opened.source {
        Source::File(_) if !app.session.is_changed() && !is_gone => {
            app.saving.then_leave = false;
            app.status.say(Level::Info, "Nothing to save");
        }
        Source::File(path) => {
            let over = if is_gone { Over::Nothing } else { Over::Only(app.opened.base) };
            review(app, path.clone(), over);
        }
        Source::Stdin | Source::Demo(_) | Source::Monitor(_) => save_as(app),
    }
}

/// Opens a field for the name of another file. It begins with the own name, unless that cannot be
/// shown: it would be another file's then.
pub(super) fn save_as(app: &mut App) {
    let name = match &app.opened.source {
        Source::Demo(name) => format!("{name}.xml"),
        source => source.argument().into_string().unwrap_or_default(),
    };
    let is_shown = Printable::new(&name).as_str() == name;
    app.mode = Mode::Path(Input::new(if is_shown { name } else { String::new() }));
}

/// Executes an action in the field of a file's name.
pub(super) fn path_action(app: &mut App, action: Action) -> Vec<Effect> {
    let Mode::Path(field) = &mut app.mode else { return Vec::new() };
    match action {
        Action::Open => {
            let name = field.value().trim().to_owned();
            app.mode = Mode::Browse;
            return named(app, &name);
        }
        Action::Cancel => {
            app.mode = Mode::Browse;
            app.saving.then_leave = false;
        }
        _ => {
            input::edit(field, action);
        }
    }
    Vec::new()
}

fn named(app: &mut App, name: &str) -> Vec<Effect> {
    match name {
        "" => app.saving.then_leave = false,
        "-" => {
            app.saving.print = true;
            app.status.say(Level::Info, "Saved: the document is printed on quit");
            if std::mem::take(&mut app.saving.then_leave) {
                return leave::quit(app);
            }
        }
        name => {
            let path = PathBuf::from(name);
            let is_own = app.opened.source == Source::File(path.clone());
            let over = if is_own { Over::Only(app.opened.base) } else { Over::Nothing };
            review(app, path, over);
        }
    }
    Vec::new()
}

fn review(app: &mut App, path: PathBuf, over: Over) {
    let title = format!("save {}", shown(&path));
    let text = Arc::clone(app.session.revision().document.text());
    let how = Save { over, ..app.saving.how };
    let order = SaveOrder { path, text, how };
    let pager = Pager::new(title, lines(app));
    let errors = app.problems().errors;
    app.mode = Mode::Review(Box::new(Review { pager, order, errors }));
}

/// The problems, the changes, and the difference of the text.
fn lines(app: &App) -> Vec<PageLine> {
    /// More are in the view of problems.
    const MOST: usize = 6;
    let mut lines = Vec::new();
    let wrong = app.problems();
    let key = |action| app.keys.map.key(KeyMode::Review, action).unwrap_or_default();
    if wrong.errors > 0 {
        let count = count(wrong.errors, "error");
        let anyway = key(Action::SaveAnyway);
        lines.push(PageLine::Heading(format!("Not saved: {count}. Press {anyway} to save anyway")));
    }
    let worst = wrong.problems.iter().filter(|problem| problem.severity > Severity::Note);
    for problem in worst.clone().take(MOST) {
        lines.push(PageLine::Text(format!("{}: {}", problem.severity.as_str(), problem.message)));
    }
    let more = worst.count().saturating_sub(MOST);
    if more > 0 {
        lines.push(PageLine::Text(format!("and {more} more")));
    }
    let changes = app.changes().to_vec();
    if changes.is_empty() {
        lines.push(PageLine::Text("the document as it is now".to_owned()));
    }
    for line in changes {
        lines.push(match line {
            ChangeLine::Step(_, title) => PageLine::Heading(title),
            ChangeLine::Heading(text) => PageLine::Heading(text),
            ChangeLine::Old(text) => PageLine::Text(format!("- {text}")),
            ChangeLine::New(text) => PageLine::Text(format!("+ {text}")),
            ChangeLine::Notice(text) | ChangeLine::Same(text) => {
                PageLine::Text(format!("  {text}"))
            }
        });
    }
    lines
}

/// Executes an action in the review.
pub(super) fn review_action(app: &mut App, action: Action, count: Count) -> Vec<Effect> {
    match action {
        Action::Save | Action::SaveAnyway => {
            let Mode::Review(review) = &app.mode else { return Vec::new() };
            if review.errors > 0 && action == Action::Save {
                let key = app.keys.map.key(KeyMode::Review, Action::SaveAnyway);
                let key = key.unwrap_or_else(|| Action::SaveAnyway.name().to_owned());
                let text =
                    format!("Not saved: the document has errors. Press {key} to save anyway");
                app.status.say(Level::Error, text);
                return Vec::new();
            }
            let Mode::Review(review) = std::mem::take(&mut app.mode) else { return Vec::new() };
            order(app, review.order)
        }
        action => scroll::page_action(app, action, count),
    }
}

/// Has a text saved.
pub(super) fn order(app: &mut App, order: SaveOrder) -> Vec<Effect> {
    app.status.say(Level::Info, format!("Saving {}", shown(&order.path)));
    vec![Effect::Save(Box::new(order))]
}

/// A text was saved, or was not: then the changes are as they were.
pub(super) fn saved(
    app: &mut App,
    order: SaveOrder,
    done: Result<Saved, SaveError>,
) -> Vec<Effect> {
    let saved = match done {
        Ok(saved) => saved,
        Err(error) => {
            failed(app, order, &error);
            return Vec::new();
        }
    };
    if !Arc::ptr_eq(&order.text, app.session.revision().document.text()) {
        // Keys wait while a text is saved, so this does not happen; else the present text would
        // differ from the saved one.
        app.status
            .say(Level::Warning, "The document changed while it was being saved; save it again");
        return Vec::new();
    }
    app.session_mut().mark_saved();
    app.opened.base = ContentMark::of(&*order.text);
    app.opened.stale = None;
    app.opened.is_gone = false;
    let name = shown(&order.path);
    let backup = saved.backup.as_deref().map(|path| format!("; backup: {}", shown(path)));
    app.status.say(Level::Info, format!("Saved {name}{}", backup.unwrap_or_default()));
    for note in saved.notes {
        app.status.say(Level::Warning, format!("Saved {name}, but {note}"));
    }
    let source = Source::File(order.path);
    let mut effects = Vec::new();
    if app.opened.source != source {
        app.opened.source = source;
        effects.push(Effect::Follow);
    }
    if std::mem::take(&mut app.saving.then_leave) {
        effects.push(Effect::Quit);
    }
    effects
}

fn failed(app: &mut App, order: SaveOrder, error: &SaveError) {
    let report = error.report();
    let mut text = format!("Not saved: {} {}", report.name, report.what);
    if let Some(hint) = &report.hint {
        text = format!("{text}; {hint}");
    }
    app.status.say(Level::Error, text);
    let all_the_same = |order: SaveOrder, label| {
        let how = Save { over: Over::Anything, ..order.how };
        (Answer::Overwrite(SaveOrder { how, ..order }), label)
    };
    match error {
        SaveError::Changed(_) => theirs(app, Some(order)),
        SaveError::Gone(_) => {
            let again = all_the_same(order, "write the file again");
            ask(app, Question::Gone, vec![again, (Answer::Elsewhere, "save to another file")]);
        }
        SaveError::Exists(_) => {
            let other = (Answer::Elsewhere, "choose another name");
            let over = all_the_same(order, "overwrite");
            ask(app, Question::Exists, vec![other, over]);
        }
        SaveError::Failed(_) => app.saving.then_leave = false,
    }
}

/// Asks about a file that another program wrote; `order` is the text that was to be saved over it.
pub(super) fn theirs(app: &mut App, order: Option<SaveOrder>) {
    let mut answers = vec![
        (Answer::Reapply, "reload and re-apply my changes"),
        (Answer::TakeTheirs, "reload, discard my changes"),
    ];
    if let Some(order) = order {
        let how = Save { over: Over::Anything, ..order.how };
        let over = Answer::Overwrite(SaveOrder { how, ..order });
        answers.push((over, "overwrite, discard the changes on disk"));
    }
    answers.push((Answer::Elsewhere, "save my version to another file"));
    ask(app, Question::Theirs, answers);
}

/// A path as it may be shown.
pub(super) fn shown(path: &Path) -> String {
    Printable::new(&path.to_string_lossy()).to_string()
}
