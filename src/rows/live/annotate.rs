//! Second marks of the rows of a tree.

use super::{LiveGuest, LiveMark, Note};
use crate::model::Device;
use crate::rows::{Guest, Row, Target};

impl LiveGuest {
    /// Gives every row its second mark, the address in the running guest, and the place where it
    /// runs if that is another one.
    pub fn annotate(&self, guest: Guest<'_>, rows: &mut [Row]) {
        for row in rows {
            let note = match row.target {
                Target::Siblings(_) => self.worst(guest, row),
                target => self.note(target).cloned(),
            };
            let Some(note) = note else { continue };
            row.live = Some(note.mark);
            if let Some(no) = note.live {
                row.guest = self.guest_address(no).or(row.guest);
            }
            if let Some(elsewhere) = &note.elsewhere {
                let at = format!("live {elsewhere}");
                row.detail =
                    if row.detail.is_empty() { at } else { format!("{at}, {}", row.detail) };
                // The name predicted for the configured place is not valid for this one.
                row.name = None;
            }
        }
    }

    /// The mark of a run of identical siblings.
    fn worst(&self, guest: Guest<'_>, row: &Row) -> Option<Note> {
        let Target::Siblings(first) = row.target else { return None };
        let topology = guest.topology;
        let no = topology.node_of(first)?;
        let bus = topology.bus(topology.node(no)?.bus?)?;
        let run = bus.nodes.iter().skip_while(|other| **other != no);
        let run = run.take(usize::try_from(row.span).unwrap_or(usize::MAX));
        let keys = run.filter_map(|no| topology.device(guest.domain, *no)).map(Device::key);
        let notes = keys.filter_map(|key| self.note(Target::Device(key)));
        let mark = notes.map(|note| note.mark).min()?;
        Some(Note { mark, live: None, elsewhere: None })
    }
}

impl LiveMark {
    /// Whether the mark shows a difference.
    pub fn differs(self) -> bool {
        self != Self::Same
    }
}
