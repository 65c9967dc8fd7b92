//! Lists to choose from: devices, commands, themes, demo domains.

use super::go::go;
use super::{fold, input, theme};
use crate::model::Device;
use crate::rows::{Folds, Target, topology};
use crate::sources::{Source, demos};
use crate::text::pad;
use crate::tui::action::{Action, Group};
use crate::tui::app::{App, Choice, Item, Mode, Picker, PickerKind};
use crate::tui::effect::Effect;
use crate::tui::keymap::Count;

/// Everything in the guest that can be gone to.
pub(super) fn open_find(app: &mut App) {
    let guest = app.guest();
    let all = Folds { all: true, ..Folds::default() };
    let rows = topology(guest, app.names(), &all);
    let rows =
        rows.into_iter().filter(|row| !matches!(row.target, Target::Free(..) | Target::Unplaced));
    let items = rows.map(|row| {
        let device = match row.target {
            Target::Device(key) => guest.domain.device(key),
            _ => None,
        };
        let alias = device.and_then(|device: &Device| device.alias.as_deref()).unwrap_or_default();
        // The id on the monitor, if there is no other name.
        let id = app
            .running()
            .and_then(|running| running.facts.device(running.live_of(row.target)?)?.id.as_deref());
        let id = id.filter(|id| *id != alias && !row.detail.contains(id)).unwrap_or_default();
        let words = [row.title.as_str(), &row.detail, alias, id];
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        Item { choice: Choice::Target(row.target), label: words.join("  "), hint: row.place }
    });
    let picker = Picker::new(PickerKind::Find, items.collect());
    app.mode = Mode::Pick(Box::new(picker));
}

/// Every action of the views, with its key.
pub(super) fn open_palette(app: &mut App) {
    let mode = app.mode.keys(app.view);
    let actions = Action::ALL.into_iter().filter(|action| action.is_for(mode));
    let mut actions: Vec<Action> = actions.collect();
    // Actions of moving come last: they are used by key.
    actions.sort_by_key(|action| action.group() == Group::Walk);
    let width = actions.iter().map(|action| action.name().len()).max().unwrap_or_default();
    let items = actions.into_iter().map(|action| {
        let key = app.keys.map.key(mode, action).unwrap_or_default();
        let label = format!("{}  {}", pad(action.name(), width), action.doc());
        Item { choice: Choice::Action(action), label, hint: key }
    });
    app.mode = Mode::Pick(Box::new(Picker::new(PickerKind::Palette, items.collect())));
}

/// The demo domains.
pub fn pick_demo(app: &mut App) {
    let width = demos().iter().map(|demo| demo.name.len()).max().unwrap_or_default();
    let items = demos().iter().map(|demo| Item {
        choice: Choice::Demo(demo.name),
        label: format!("{}  {}", pad(demo.name, width), demo.about()),
        hint: String::new(),
    });
    let mut picker = Picker::new(PickerKind::Demo, items.collect());
    if let Source::Demo(name) = &app.opened.source
        && let Some(demo) = demos().iter().find(|demo| demo.name == name)
    {
        picker.select(&Choice::Demo(demo.name));
    }
    app.mode = Mode::Pick(Box::new(picker));
}

/// Executes an action in a list.
pub(super) fn action(app: &mut App, action: Action, count: Count) -> Vec<Effect> {
    if action == Action::Cancel {
        app.mode = Mode::Browse;
        app.saving.then_leave = false;
        theme::restore(app);
        return Vec::new();
    }
    let Mode::Pick(picker) = &mut app.mode else { return Vec::new() };
    let times = isize::try_from(count.times()).unwrap_or(1);
    let far = isize::MAX / 2;
    match action {
        Action::Up => picker.step(-times),
        Action::Down => picker.step(times),
        Action::PageUp => picker.step(-10 * times),
        Action::PageDown => picker.step(10 * times),
        Action::Home if !picker.has_field() => picker.step(-far),
        Action::End if !picker.has_field() => picker.step(far),
        other => {
            let before = picker.input.value().to_owned();
            if input::edit(&mut picker.input, other) && picker.input.value() != before {
                picker.search();
            }
        }
    }
    theme::preview(app);
    Vec::new()
}

/// Goes to a row that was found, whatever hides it.
pub(super) fn go_to(app: &mut App, target: Target) {
    go(app, target, true);
    fold::reveal(app);
    hide_filter(app, target);
}

/// Clears a filter that hides the selected row.
fn hide_filter(app: &mut App, target: Target) {
    if app.filter.is_empty() {
        return;
    }
    let tree = app.device_tree();
    let row = tree.row_of(app.guest(), target).and_then(|row| tree.rows.get(row));
    if row.is_none_or(|row| row.target != target) {
        app.set_filter(String::new());
    }
}
