//! Controllers come, go and change; devices trade places or share a slot; names a guest goes by.

use tui_input::Input;

use super::question::ask_many;
use super::{edit, input};
use crate::edit::command::{Scope, offers};
use crate::edit::{Command, DryRun, Move, Options};
use crate::model::{DeviceClass, DeviceKey, Selector};
use crate::rows::Target;
use crate::text::Printable;
use crate::tui::action::Action;
use crate::tui::app::{App, AskedFor, Choice, Item, Level, Mode, Picker, PickerKind, ValuePrompt};
use crate::tui::effect::Effect;

/// The columns of a reason, so that its command can be read beside it.
const REASON: usize = 44;

/// The numbers of places that can be reserved at once.
const ROOMS: [u32; 6] = [1, 2, 4, 8, 16, 32];

/// Offers a list of commands, each with its effect.
fn offer(app: &mut App, title: &'static str, commands: Vec<(String, Command)>) {
    if commands.is_empty() {
        app.status.say(Level::Info, format!("{title}: there is nothing to choose"));
        return;
    }
    let revision = app.session.revision();
    let is_tried = revision.is_small();
    let mut items: Vec<(bool, Item)> = Vec::new();
    for (label, command) in commands {
        let (can, hint) = match is_tried.then(|| command.dry_run(revision, Options::default())) {
            None => (true, String::new()),
            Some(Ok(outcome)) => (true, comes_to(&outcome)),
            Some(Err(refusal)) => {
                (false, Printable::new(&refusal.message).truncate(REASON, "…").to_string())
            }
        };
        let label = if can { label } else { format!("({label})") };
        items.push((can, Item { choice: Choice::Command(Box::new(command)), label, hint }));
    }
    // Refused commands come last, with the reason.
    items.sort_by_key(|(can, _)| !can);
    let items = items.into_iter().map(|(_, item)| item).collect();
    app.mode = Mode::Pick(Box::new(Picker::new(PickerKind::Command(title), items)));
}

/// A short summary of the devices that move.
fn comes_to(outcome: &DryRun) -> String {
    let added = outcome.preview.differences.iter();
    let added = added.filter(|it| matches!(it.what, Some(Move::Appeared(_)))).count();
    let others = outcome.others().filter(|it| matches!(it.what, Some(Move::Moved { .. }))).count();
    let added = if added > 0 { format!("adds {added}, ") } else { String::new() };
    match others {
        0 => format!("{added}nothing else moves"),
        1 => format!("{added}moves 1 more device"),
        others => format!("{added}moves {others} more devices"),
    }
}

/// A controller to add.
pub(super) fn add(app: &mut App) {
    offer(app, "add a controller", offers::additions().collect());
}

/// Another model for a controller, or another bus for a disk.
pub(super) fn model(app: &mut App) {
    let Some(key) = edit::selected(app) else { return };
    let domain = app.guest().domain;
    let models = domain.device(key).map(|device| offers::models(domain, device));
    offer(app, "model or bus", models.unwrap_or_default());
}

/// Removes the selected controller, alone or with everything on it.
pub(super) fn remove(app: &mut App) {
    let Some(key) = edit::selected(app) else { return };
    if key.class != DeviceClass::Controller {
        app.status.say(Level::Info, "Only controllers can be removed");
        return;
    }
    let device = Selector::of(app.guest().domain, key);
    let command = |cascade| Command::RemoveController { device: device.clone(), cascade };
    let choices = vec![
        ("remove it".to_owned(), command(false)),
        ("remove it and its devices".to_owned(), command(true)),
    ];
    offer(app, "remove", choices);
}

/// Offers to reserve places for devices that are plugged in while the guest runs.
pub(super) fn reserve(app: &mut App) {
    let choices = ROOMS.map(|count| {
        let what = if count == 1 { "device" } else { "devices" };
        (format!("for {count} more {what}"), Command::Reserve(count))
    });
    offer(app, "reserve ports for hot-plug", choices.into());
}

/// Lets the selected device trade places: with the other marked one, or with one to choose.
pub(super) fn swap(app: &mut App) {
    let marked: Vec<DeviceKey> = app.selection.marked.iter().copied().collect();
    if let [one, other] = marked.as_slice() {
        let domain = app.guest().domain;
        let command = Command::Swap(Selector::of(domain, *one), Selector::of(domain, *other));
        edit::run(app, command, Options::default());
        return;
    }
    let Some(key) = edit::selected(app) else { return };
    let partners = offers::partners(app.guest().domain, key);
    offer(app, "swap with", partners);
}

/// Makes the marked devices functions of one slot; the selected one, or the first, is function 0.
pub(super) fn group(app: &mut App) {
    let mut marked: Vec<DeviceKey> = app.selection.marked.iter().copied().collect();
    if marked.len() < 2 {
        app.status.say(
            Level::Info,
            "Mark at least two devices (space). The one under the cursor becomes function 0",
        );
        return;
    }
    if let Some(Target::Device(key)) = app.selected() {
        marked.sort_by_key(|other| *other != key);
    }
    let domain = app.guest().domain;
    let devices = marked.iter().map(|key| Selector::of(domain, *key)).collect();
    edit::run(app, Command::Group { devices, at: None }, Options::default());
}

/// Writes the devices that libvirt would add by itself: the selected one, or all.
pub(super) fn adopt(app: &mut App, all: bool) {
    if !all {
        let Some(key) = edit::selected(app) else { return };
        let scope = Selector::of(app.guest().domain, key).into();
        edit::run(app, Command::Adopt(scope), Options::default());
        return;
    }
    let tried = Command::Adopt(Scope::All).dry_run(app.session.revision(), Options::default());
    let count = tried.map_or(0, |run| run.elements_added());
    if !ask_many(app, count, Action::AdoptAll) {
        adopt_all(app);
    }
}

/// Writes all devices that libvirt would add by itself.
pub(super) fn adopt_all(app: &mut App) {
    edit::run(app, Command::Adopt(Scope::All), Options::default());
}

/// Opens a field for the `<acpi index=>` of the selected device.
pub(super) fn ask_index(app: &mut App) {
    let Some(key) = edit::selected(app) else { return };
    let Some(device) = app.guest().domain.device(key) else { return };
    let now = device.acpi_index.map(|index| index.to_string()).unwrap_or_default();
    let label = format!("ACPI index of {} (1 to 16383, empty: none)", device.title());
    app.mode =
        Mode::Ask(ValuePrompt { asked: AskedFor::AcpiIndex(key), label, input: Input::new(now) });
}

/// Opens a field for the target name of the selected disk.
pub(super) fn ask_name(app: &mut App) {
    let Some(key) = edit::selected(app) else { return };
    let Some(device) = app.guest().domain.device(key) else { return };
    if key.class != DeviceClass::Disk {
        app.status.say(Level::Info, "Only disks have a target name");
        return;
    }
    let label = format!("target name of {}", device.title());
    app.mode =
        Mode::Ask(ValuePrompt { asked: AskedFor::Target(key), label, input: Input::default() });
}

/// Executes an action in the field.
pub(super) fn action(app: &mut App, action: Action) -> Vec<Effect> {
    let Mode::Ask(ask) = &mut app.mode else { return Vec::new() };
    match action {
        Action::Cancel => app.mode = Mode::Browse,
        Action::Open => answer(app),
        other => {
            input::edit(&mut ask.input, other);
        }
    }
    Vec::new()
}

fn answer(app: &mut App) {
    let Mode::Ask(ask) = &app.mode else { return };
    let text = ask.input.value().trim().to_owned();
    let domain = app.guest().domain;
    let command = match ask.asked {
        AskedFor::AcpiIndex(key) => {
            let index = if text.is_empty() { None } else { text.parse().ok() };
            if index.is_none() && !text.is_empty() {
                app.status.say(Level::Error, format!("'{text}' is not a number"));
                return;
            }
            Command::SetAcpiIndex { device: Selector::of(domain, key), index }
        }
        AskedFor::Target(key) => {
            let naming = crate::edit::command::Naming::Keep;
            Command::Rename { disk: Selector::of(domain, key), name: text, naming }
        }
    };
    if edit::run(app, command, Options::default()) {
        app.mode = Mode::Browse;
    }
}
