//! Another place for a device: from stop to stop, or by typing an address.

use super::{anywhere, edit, walk};
use crate::edit::Command;
use crate::edit::command::{Extent, Naming};
use crate::model::Selector;
use crate::rows::Target;
use crate::tui::action::Action;
use crate::tui::app::{App, Forecast, Level, Mode, Moving};
use crate::tui::effect::Effect;
use crate::tui::keymap::Count;
use crate::tui::views::View;

/// No address is longer.
const LONGEST: usize = 24;

/// Begins to move the selected device.
pub(super) fn open(app: &mut App) {
    let Some(Target::Device(key)) = app.selected() else {
        app.status.say(Level::Info, "select a device to move first");
        return;
    };
    match Moving::of(app.opened.revision(), key) {
        Some(moving) if !moving.stops.is_empty() => {
            if matches!(app.view, View::Problems | View::Changes | View::Xml) {
                super::browse::show(app, View::Topology);
            }
            app.mode = Mode::Move(Box::new(moving));
        }
        _ => app.status.say(Level::Info, "there is no other place for this device"),
    }
}

/// Does what was asked for while a device is moved.
pub(super) fn action(app: &mut App, action: Action, count: Count) -> Vec<Effect> {
    if let Some(effects) = anywhere(app, action) {
        return effects;
    }
    let revision = app.opened.session.revision();
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
    let stops: Vec<_> = moving.seen().collect();
    let bus = |target| match target {
        Target::Free(bus, place) => Some((bus, place)),
        _ => None,
    };
    let here = stops.iter().position(|stop| Some(&stop.address) == moving.to.as_ref());
    // From a place that is no stop, the nearest behind it.
    let here = here.unwrap_or_default();
    let last = stops.len().saturating_sub(1);
    let times = count.times();
    let there = match action {
        Action::Left => here.saturating_sub(times),
        Action::Right => here.saturating_add(times).min(last),
        Action::Home => 0,
        Action::End => last,
        Action::Up | Action::Down => {
            let own = stops.get(here).and_then(|stop| bus(stop.target));
            let others = |nth: &usize| {
                let other = stops.get(*nth).and_then(|stop| bus(stop.target));
                other.map(|(bus, _)| bus) != own.map(|(bus, _)| bus)
            };
            let found = if action == Action::Down {
                (here + 1..stops.len()).find(others)
            } else {
                // To the first stop of the bus above.
                let end = (0..here).rev().find(others);
                let above = end.and_then(|end| bus(stops.get(end)?.target));
                end.map(|end| {
                    let is_same = |nth: &usize| {
                        let other = stops.get(*nth).and_then(|stop| bus(stop.target));
                        other.map(|(bus, _)| bus) == above.map(|(bus, _)| bus)
                    };
                    (0..=end).rev().take_while(is_same).last().unwrap_or(end)
                })
            };
            // Where there is one bus only, from place to place.
            let along =
                if action == Action::Down { (here + 1).min(last) } else { here.saturating_sub(1) };
            let is_one_bus = stops.iter().enumerate().all(|(nth, _)| !others(&nth));
            found.unwrap_or(if is_one_bus { along } else { here })
        }
        _ => return,
    };
    let to = stops.get(there).map(|stop| stop.address.clone());
    if to.is_some() {
        moving.to = to;
        moving.typed.clear();
    }
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
    let revision = app.opened.session.revision();
    let Mode::Move(moving) = &mut app.mode else { return };
    if moving.typed.is_empty() {
        moving.to.clone_from(&moving.from);
        moving.look(revision);
        return;
    }
    let Some(device) = revision.guest().domain.device(moving.device) else { return };
    match device.typed_address(&moving.typed) {
        Ok(to) => {
            // A stop has what belongs to the address besides the place.
            let stop = moving.stops.iter().find(|stop| stop.address.place() == to.place());
            moving.to = Some(stop.map_or(to, |stop| stop.address.clone()));
            moving.look(revision);
        }
        Err(error) => moving.forecast = Forecast::Unreadable(error.to_string()),
    }
}

/// Looks at the place that was clicked.
pub(super) fn point(app: &mut App, target: Target) {
    let revision = app.opened.session.revision();
    let Mode::Move(moving) = &mut app.mode else { return };
    let guest = revision.guest();
    let to = match target {
        Target::Free(..) => {
            moving.stops.iter().find(|stop| stop.target == target).map(|stop| stop.address.clone())
        }
        Target::Device(key) => guest.domain.device(key).and_then(|device| device.value()).cloned(),
        _ => None,
    };
    let Some(to) = to else {
        app.status.say(Level::Info, "this device may not go there");
        return;
    };
    moving.typed.clear();
    moving.to = Some(to);
    moving.look(revision);
}

/// Trades places with who is at the place that is looked at.
fn swap(app: &mut App) {
    let Mode::Move(moving) = &app.mode else { return };
    let (device, manner) = (moving.device, moving.manner());
    let domain = app.guest().domain;
    let at = moving.to.as_ref().map(|to| (to.kind(), to.place()));
    let other = domain.devices.iter().find(|other| {
        other.key != device && other.value().map(|value| (value.kind(), value.place())) == at
    });
    let Some(other) = other else {
        app.status.say(Level::Info, "nobody is there to trade places with");
        return;
    };
    let command = Command::Swap(Selector::of(domain, device), Selector::of(domain, other.key));
    if edit::run(app, command, manner) {
        app.mode = Mode::Browse;
        walk::go(app, Target::Device(device), true);
        super::fold::reveal(app);
    }
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
    let (device, manner) = (moving.device, moving.manner());
    let Some(command) = moving.command(app.opened.revision()) else { return };
    if edit::run(app, command, manner) {
        app.mode = Mode::Browse;
        walk::go(app, Target::Device(device), true);
        super::fold::reveal(app);
    }
}
