//! Runs of free places: as rows, and one by one.

use super::Mark;
use super::row::{Fold, Row, Target};
use crate::topology::{BusId, Place, Run};

/// The row of a run of free places.
pub(super) fn free_row(bus: BusId, run: Run, depth: u16) -> Row {
    let what = match (run.first, run.count) {
        (Place::Pci(..), 1) => "1 free slot".to_owned(),
        (Place::Pci(..), count) => format!("{count} free slots"),
        (Place::Port(_), 1) => "1 free port".to_owned(),
        (Place::Port(_), count) => format!("{count} free ports"),
        (_, count) => format!("{count} free"),
    };
    Row {
        depth,
        target: Target::Free(bus, run.first),
        mark: Mark::Free,
        live: None,
        place: run_label(run),
        title: what,
        detail: String::new(),
        guest: None,
        id: None,
        name: None,
        fold: Fold::Leaf,
        span: run.count,
        devices: 0,
    }
}

/// The label of a free run; of its end only the part that differs.
fn run_label(run: Run) -> String {
    let (Place::Drive { bus, target, .. }, Place::Drive { bus: b, target: t, unit }) =
        (run.first, run.last)
    else {
        return run.to_string();
    };
    match (b == bus, t == target) {
        _ if run.first == run.last => run.to_string(),
        (true, true) => format!("{}–{unit}", run.first),
        (true, false) => format!("{}–{t}:{unit}", run.first),
        (false, _) => run.to_string(),
    }
}

/// A run as runs of one place each.
pub(super) fn single(run: Run) -> Vec<Run> {
    let one = |place| Run { first: place, last: place, count: 1 };
    match (run.first, run.last) {
        (Place::Pci(first, function), Place::Pci(last, _)) => crate::model::address::Slot::all()
            .filter(|slot| (first..=last).contains(slot))
            .map(|slot| one(Place::Pci(slot, function)))
            .collect(),
        (Place::Port(first), Place::Port(last)) => {
            (first..=last).map(|port| one(Place::Port(port))).collect()
        }
        (Place::Drive { bus, target, unit }, Place::Drive { unit: last, target: end, .. }) => {
            if target == end {
                (unit..=last).map(|unit| one(Place::Drive { bus, target, unit })).collect()
            } else {
                (target..=end).map(|target| one(Place::Drive { bus, target, unit })).collect()
            }
        }
        _ => vec![run],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_end_of_a_run_stands_what_differs() {
        let at = |bus, target, unit| Place::Drive { bus, target, unit };
        let label = |last| run_label(Run { first: at(0, 2, 0), last, count: 9 });
        assert_eq!(label(at(0, 2, 8)), "0:2:0–8");
        assert_eq!(label(at(0, 127, 0)), "0:2:0–127:0");
        assert_eq!(label(at(1, 2, 0)), "0:2:0–1:2:0");
    }
}
