//! Looking for another place for a device.

use crate::assign::{PlaceNote, Places, places};
use crate::edit::command::{Extent, Naming};
use crate::edit::{Command, Difference, DryRun, Move, Options, Revision};
use crate::model::{Address, DeviceKey, Problem, Selector};
use crate::rows::Target;
use crate::topology::{Asker, BusId, bus_and_place};

/// A place the device may have.
#[derive(Clone, Debug)]
pub struct Stop {
    /// The address of the place.
    pub address: Address,
    /// A note on the place.
    pub note: PlaceNote,
    /// The row or cell that shows it.
    pub target: Target,
}

impl Stop {
    /// The bus it is on.
    pub fn bus(&self) -> Option<BusId> {
        match self.target {
            Target::Free(bus, _) => Some(bus),
            _ => None,
        }
    }
}

/// The result of moving the device to a place.
#[derive(Clone, Debug)]
pub enum Forecast {
    /// The device is there already.
    Here,
    /// The device may be there.
    Legal {
        /// Notices about the device in the guest.
        notices: Vec<String>,
        /// Other devices that would move, because libvirt chooses again.
        others: Vec<String>,
        /// Further notes on the change.
        notes: Vec<String>,
    },
    /// The device may not be there.
    Refused(Box<Problem>),
    /// The typed text is no address yet.
    Unreadable(String),
    /// The place was not tried.
    Untried,
}

/// A device, the places it may have, and the one that is looked at.
#[derive(Clone, Debug)]
pub struct Moving {
    /// The device to move.
    pub device: DeviceKey,
    /// The title of the device.
    pub title: String,
    /// The present address.
    pub from: Option<Address>,
    /// The possible places, in the order of buses.
    pub stops: Vec<Stop>,
    /// The place that is looked at.
    pub to: Option<Address>,
    /// The part of an address typed so far.
    pub typed: String,
    /// Whether the other functions of its slot move too.
    pub extent: Extent,
    /// Whether a disk gets the name of its place.
    pub naming: Naming,
    /// Whether other devices are frozen where they are.
    pub hold: bool,
    /// Whether places beside other functions of a slot are offered too.
    pub functions: bool,
    /// The result at that place.
    pub forecast: Forecast,
}

impl Moving {
    /// A device that is still where it is; `None` when it has no place to be moved from or to.
    pub fn of(revision: &Revision, device: DeviceKey) -> Option<Self> {
        let domain = revision.guest().domain;
        let found = domain.device(device)?;
        let from = found.address().filter(|value| value.is_complete()).cloned();
        let Places { free, .. } = places(revision.guest(), device, Asker::Written);
        let mut stops: Vec<(_, Stop)> = free
            .into_iter()
            .filter_map(|place| {
                let (bus, at) = bus_and_place(found, &place.address).ok()?;
                let target = Target::Free(bus, at);
                Some(((bus, at), Stop { address: place.address, note: place.note, target }))
            })
            .collect();
        stops.sort_by_key(|(at, _)| *at);
        let stops: Vec<Stop> = stops.into_iter().map(|(_, stop)| stop).collect();
        let functions = stops.iter().all(|stop| stop.note == PlaceNote::Shared);
        let mut moving = Self {
            device,
            title: found.title(),
            to: from.clone(),
            from,
            stops,
            typed: String::new(),
            extent: Extent::Device,
            naming: Naming::Keep,
            hold: false,
            functions,
            forecast: Forecast::Here,
        };
        if moving.to.is_none() {
            let first = moving.seen().next().map(|stop| stop.address.clone());
            moving.to = first;
        }
        Some(moving)
    }

    /// The stops of the arrows.
    pub fn seen(&self) -> impl Iterator<Item = &Stop> {
        self.stops.iter().filter(|stop| self.functions || stop.note != PlaceNote::Shared)
    }

    /// The stop that is looked at.
    pub fn stop(&self) -> Option<&Stop> {
        self.stops.iter().find(|stop| Some(&stop.address) == self.to.as_ref())
    }

    /// The row or cell of the examined place; the device itself while it is there.
    pub fn target(&self, revision: &Revision) -> Target {
        let own = Target::Device(self.device);
        if self.to == self.from {
            return own;
        }
        let device = revision.guest().domain.device(self.device);
        let at =
            device.zip(self.to.as_ref()).and_then(|(device, to)| bus_and_place(device, to).ok());
        at.map_or(own, |(bus, place)| Target::Free(bus, place))
    }

    /// The command that moves it there.
    pub fn command(&self, revision: &Revision) -> Option<Command> {
        Some(Command::Move {
            device: Selector::of(revision.guest().domain, self.device),
            to: self.to.clone()?,
            extent: self.extent,
            naming: self.naming,
        })
    }

    /// The options of the change.
    pub fn options(&self) -> Options {
        Options { freeze_others: self.hold, force: false }
    }

    /// Looks at the place.
    pub fn look(&mut self, revision: &Revision) {
        let command = self.command(revision).filter(|_| self.to != self.from);
        self.forecast = match command {
            None => Forecast::Here,
            Some(_) if !revision.is_small() => Forecast::Untried,
            Some(command) => match command.dry_run(revision, self.options()) {
                Ok(outcome) => self.forecast(&outcome),
                Err(refusal) => Forecast::Refused(refusal),
            },
        };
    }

    fn forecast(&self, outcome: &DryRun) -> Forecast {
        let mut notices = Vec::new();
        for difference in &outcome.preview.differences {
            if difference.new == Some(self.device) {
                notices.extend(difference.notices.iter().cloned());
            }
        }
        let others = outcome.others().map(moved).collect();
        let mut notes = outcome.notes.clone();
        notes.extend(outcome.problems.iter().map(|problem| problem.message.clone()));
        Forecast::Legal { notices, others, notes }
    }
}

/// The device with its new place.
fn moved(difference: &Difference) -> String {
    let to = match &difference.what {
        Some(Move::Moved { to: Some(to), .. } | Move::Appeared(Some(to))) => format!(" → {to}"),
        Some(Move::Gone(_)) => " goes".to_owned(),
        _ => String::new(),
    };
    let mut parts = vec![format!("{}{to}", difference.title)];
    parts.extend(difference.notices.iter().cloned());
    parts.join("  ")
}
