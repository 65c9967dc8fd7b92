//! USB controllers with their ports and hubs.

use super::{Fold, Folds, Guest, GuestNames, Row, Target, topology};
use crate::topology::{BusId, LiveRole};

/// The rows of the tree that are USB controllers with the devices behind them, at the left margin.
pub fn usb(guest: Guest<'_>, names: &GuestNames, folds: &Folds) -> Vec<Row> {
    // Folds above a controller must not hide it here.
    let mut folds = folds.clone();
    folds.closed.retain(|target| is_usb(guest, *target));
    let mut rows = Vec::new();
    let mut base = None;
    for mut row in topology(guest, names, &folds) {
        match base {
            Some(depth) if row.depth > depth => {}
            _ => base = is_controller(guest, row.target).then_some(row.depth),
        }
        if let Some(depth) = base {
            row.depth -= depth;
            if row.depth == 0 {
                row.place = controller_place(guest, &row);
            }
            rows.push(row);
        }
    }
    rows
}

fn controller_place(guest: Guest<'_>, row: &Row) -> String {
    let index = match row.target {
        Target::Device(key) => guest
            .topology
            .node_of(key)
            .and_then(|no| guest.topology.device(guest.domain, no))
            .and_then(|device| device.controller())
            .map(crate::model::Controller::index_or_zero),
        _ => None,
    };
    match (index, row.fold) {
        (Some(index), Fold::Leaf | Fold::Open | Fold::Closed) => format!("usb{index}"),
        (None, _) => row.place.clone(),
    }
}

fn is_controller(guest: Guest<'_>, target: Target) -> bool {
    if let Target::Live(id) = target {
        let live = guest.topology.node_of_live(id).and_then(|no| guest.topology.live(no));
        return live.is_some_and(|live| live.role == LiveRole::UsbController);
    }
    let (Target::Device(key) | Target::Siblings(key)) = target else { return false };
    guest
        .topology
        .node_of(key)
        .and_then(|no| guest.topology.device(guest.domain, no))
        .and_then(|device| device.controller())
        .is_some_and(|controller| controller.kind == crate::model::ControllerKind::Usb)
}

fn is_usb(guest: Guest<'_>, target: Target) -> bool {
    match target {
        Target::Device(key) => guest
            .topology
            .node_of(key)
            .and_then(|no| guest.topology.bus(guest.topology.node(no)?.offers?))
            .is_some_and(|bus| matches!(bus.id, BusId::Usb(_) | BusId::Hub(..))),
        _ => false,
    }
}
