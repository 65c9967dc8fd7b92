//! The PCI buses in the manner of `lspci -tv`: the guest's bus numbers, one tree for each root.

use std::fmt::Write as _;

use crate::rows::{Guest, title_of};
use crate::text::Printable;
use crate::topology::{Bus, BusId, BusNo, NodeId, Place};

/// The tree of PCI buses as a guest's `lspci -tv` would draw it.
pub fn lspci(guest: Guest<'_>) -> String {
    let mut out = String::new();
    let roots = guest.topology.roots().iter();
    for (domain, no) in roots.filter(|no| is_pci(guest, **no)).enumerate() {
        bus_tree(guest, *no, domain, &mut out);
    }
    if out.is_empty() {
        out.push_str("no PCI buses\n");
    }
    out
}

fn is_pci(guest: Guest<'_>, no: BusNo) -> bool {
    guest.topology.bus(no).is_some_and(Bus::is_pci)
}

/// A bus to draw: its nodes, where it starts on the line, the lines drawn down beside it.
struct BusFrame {
    nodes: std::vec::IntoIter<NodeId>,
    prefix: String,
    first: bool,
}

fn bus_tree(guest: Guest<'_>, root: BusNo, domain: usize, out: &mut String) {
    let head = format!("-[{domain:04x}:{}]-", number(guest, root));
    out.push_str(&head);
    let mut stack = vec![frame(guest, root, " ".repeat(head.len()))];
    while let Some(top) = stack.last_mut() {
        let Some(no) = top.nodes.next() else {
            if top.first {
                out.push('\n');
            }
            stack.pop();
            continue;
        };
        let is_last = top.nodes.len() == 0;
        let corner = match (std::mem::take(&mut top.first), is_last) {
            (true, true) => "---",
            (true, false) => "+--",
            (false, false) => "+-",
            (false, true) => "\\-",
        };
        let corner = corner.strip_suffix('-').filter(|_| corner.len() == 3).unwrap_or(corner);
        if out.ends_with('\n') {
            out.push_str(&top.prefix);
        }
        let below = format!("{}{} ", top.prefix, if is_last { ' ' } else { '|' });
        out.push_str(corner);
        one(guest, no, &below, out, &mut stack);
    }
}

fn one(guest: Guest<'_>, no: NodeId, below: &str, out: &mut String, stack: &mut Vec<BusFrame>) {
    let Some(node) = guest.topology.node(no) else { return };
    let place = node.place.to_string();
    match node.offers.filter(|no| is_pci(guest, *no)) {
        Some(bus) => {
            let head = format!("{place}-[{}]-", number(guest, bus));
            out.push_str(&head);
            let prefix = format!("{below}{}", " ".repeat(head.len()));
            stack.push(frame(guest, bus, prefix));
        }
        None => {
            let id = node.id.map(|id| format!(" [{id}]")).unwrap_or_default();
            let what = title_of(guest, no);
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{place}  {}{id}", Printable::new(&what));
        }
    }
}

fn frame(guest: Guest<'_>, no: BusNo, prefix: String) -> BusFrame {
    let nodes: Vec<NodeId> = guest
        .topology
        .bus(no)
        .into_iter()
        .flat_map(|bus| &bus.nodes)
        .filter(|no| guest.topology.node(**no).is_some_and(|r| matches!(r.place, Place::Pci(..))))
        .copied()
        .collect();
    BusFrame { nodes: nodes.into_iter(), prefix, first: true }
}

/// The guest's number of a bus; its index in libvirt if the guest's number is unknown.
fn number(guest: Guest<'_>, no: BusNo) -> String {
    match guest.topology.bus(no).map(|bus| (bus.guest, bus.id)) {
        Some((Some(number), _)) => format!("{:02x}", number.0),
        Some((None, BusId::Pci(index))) => format!("pci.{index}"),
        _ => "??".to_owned(),
    }
}
