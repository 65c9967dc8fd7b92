//! Another place for a device: from stop to stop, or by typing an address.

use super::go::go;
use super::{edit, fold, view_switch};
use crate::edit::Command;
use crate::edit::command::{Extent, Naming};
use crate::model::Selector;
use crate::rows::Target;
use crate::tui::action::Action;
use crate::tui::app::{App, Forecast, Level, Mode, Moving, Stop};
use crate::tui::effect::Effect;
use crate::tui::keymap::Count;
use crate::tui::views::View;

/// No address is longer.
const LONGEST: usize = 24;

/// Begins to move the selected device.
pub(super) fn open(app: &mut App) {
    let Some(Target::Device(key)) = app.selected() else {
        app.status.say(Level::Info, "Select a device to move first");
        return;
    };
    match Moving::of(app.session.revision(), key) {
        Some(moving) if !moving.stops.is_empty() => {
            if matches!(app.view, View::Problems | View::Changes | View::Xml) {
                view_switch::show(app, View::Topology);
            }
            app.mode = Mode::Move(Box::new(moving));
        }
        _ => app.status.say(Level::Info, "This device has no other free place"),
    }
}

/// Executes an action while a device is moved.
pub(super) fn action(app: &mut App, action: Action, count: Count) -> Vec<Effect> {
    let revision = app.session.revision();
    let Mode::Move(moving) = &mut app.mode else { return Vec::new() };
    match action {
        Action::Cancel if !moving.typed.is_empty() => {
            moving.typed.clear();
            moving.to.clone_from(&moving.from);
        }
        Action::Cancel => {
            app.mode = Mode::Browse;
            return Vec::new();
        }
        Action::Open => {
            place(app);
            return Vec::new();
        }
        Action::DeleteBefore => {
            moving.typed.pop();
            read_typed(app);
            return Vec::new();
        }
        Action::Swap => {
            swap(app);
            return Vec::new();
        }
        Action::Hold => moving.hold = !moving.hold,
        Action::Form => moving.functions = !moving.functions,
        Action::WholeSlot => {
            moving.extent = match moving.extent {
                Extent::Device => Extent::Slot,
                Extent::Slot => Extent::Device,
            };
        }
        Action::Rename => {
            moving.naming = match moving.naming {
                Naming::Keep => Naming::Follow,
                Naming::Follow => Naming::Keep,
            };
        }
        action => step(moving, action, count),
    }
    moving.look(revision);
    Vec::new()
}

/// To another stop.
fn step(moving: &mut Moving, action: Action, count: Count) {
    let stops: Vec<&Stop> = moving.seen().collect();
    // From a place that is no stop, from the first.
    let here = stops.iter().position(|stop| Some(&stop.address) == moving.to.as_ref());
    let here = here.unwrap_or_default();
    let last = stops.len().saturating_sub(1);
    let (up, down) = (here.saturating_sub(count.times()), here.saturating_add(count.times()));
    let there = match action {
        Action::Left => up,
        Action::Right => down.min(last),
        Action::Home => 0,
        Action::End => last,
        Action::Up | Action::Down => to_other_bus(&stops, here, action == Action::Down),
        _ => return,
    };
    if let Some(to) = stops.get(there).map(|stop| stop.address.clone()) {
        moving.to = Some(to);
        moving.typed.clear();
    }
}

/// The first stop of the next bus, or of the one before; where there is one bus only, the next stop.
fn to_other_bus(stops: &[&Stop], here: usize, down: bool) -> usize {
    let buses: Vec<&[&Stop]> = stops.chunk_by(|one, next| one.bus() == next.bus()).collect();
    if buses.len() < 2 {
        let last = stops.len().saturating_sub(1);
        return if down { (here + 1).min(last) } else { here.saturating_sub(1) };
    }
    let mut starts = Vec::new();
    let mut start = 0;
    for bus in buses {
        starts.push(start);
        start += bus.len();
    }
    let behind = starts.partition_point(|start| *start <= here);
    let there = if down { Some(behind) } else { behind.checked_sub(2) };
    there.and_then(|nth| starts.get(nth)).copied().unwrap_or(here)
}

/// A letter of an address.
pub(super) fn letter(app: &mut App, letter: char) {
    let Mode::Move(moving) = &mut app.mode else { return };
    if moving.typed.chars().count() < LONGEST {
        moving.typed.push(letter);
    }
    read_typed(app);
}

fn read_typed(app: &mut App) {
    let revision = app.session.revision();
    let Mode::Move(moving) = &mut app.mode else { return };
    if moving.typed.is_empty() {
        moving.to.clone_from(&moving.from);
        moving.look(revision);
        return;
    }
    let Some(device) = revision.guest().domain.device(moving.device) else { return };
    match device.typed_address(&moving.typed) {
        Ok(to) => {
            // A stop has the attributes of the address besides the place.
            let stop = moving.stops.iter().find(|stop| stop.address.place() == to.place());
            moving.to = Some(stop.map_or(to, |stop| stop.address.clone()));
            moving.look(revision);
        }
        Err(error) => moving.forecast = Forecast::Unreadable(error.to_string()),
    }
}

/// Looks at the place that was clicked.
pub(super) fn point(app: &mut App, target: Target) {
    let revision = app.session.revision();
    let Mode::Move(moving) = &mut app.mode else { return };
    let guest = revision.guest();
    let to = match target {
        Target::Free(..) => {
            moving.stops.iter().find(|stop| stop.target == target).map(|stop| stop.address.clone())
        }
        Target::Device(key) => {
            guest.domain.device(key).and_then(|device| device.address()).cloned()
        }
        _ => None,
    };
    let Some(to) = to else {
        app.status.say(Level::Info, "This device cannot be placed there");
        return;
    };
    moving.typed.clear();
    moving.to = Some(to);
    moving.look(revision);
}

/// Swaps places with the device at the examined place.
fn swap(app: &mut App) {
    let Mode::Move(moving) = &app.mode else { return };
    let device = moving.device;
    let domain = app.guest().domain;
    let at = moving.to.as_ref().map(|to| (to.kind(), to.place()));
    let other = domain.devices.iter().find(|other| {
        other.key() != device && other.address().map(|value| (value.kind(), value.place())) == at
    });
    let Some(other) = other else {
        app.status.say(Level::Info, "No device there to swap with");
        return;
    };
    let command = Command::Swap(Selector::of(domain, device), Selector::of(domain, other.key()));
    arrive(app, command);
}

/// Puts the device where it was looked at.
fn place(app: &mut App) {
    let Mode::Move(moving) = &app.mode else { return };
    match &moving.forecast {
        Forecast::Here => {
            app.mode = Mode::Browse;
            return;
        }
        Forecast::Unreadable(why) => {
            let why = why.clone();
            app.status.say(Level::Error, why);
            return;
        }
        _ => {}
    }
    let Some(command) = moving.command(app.session.revision()) else { return };
    arrive(app, command);
}

/// Does a command that moves the device, and leaves the mode with it selected.
fn arrive(app: &mut App, command: Command) {
    let Mode::Move(moving) = &app.mode else { return };
    let (device, options) = (moving.device, moving.options());
    if edit::run(app, command, options) {
        app.mode = Mode::Browse;
        go(app, Target::Device(device), true);
        fold::reveal(app);
    }
}
