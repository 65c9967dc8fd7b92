//! PCI buses as a grid of slots.

use std::fmt::Write as _;

use super::Style;
use crate::rows::{FunctionCell, Guest, Mark, SlotsView, functions, title_of};
use crate::text::pad;

/// Every bus as a row of 32 cells, then the ports, then the slots with several functions.
pub fn slots(guest: Guest<'_>, view: &SlotsView, style: Style) -> String {
    let mut out = String::new();
    let name = view.buses.iter().map(|bus| bus.name.len()).max().unwrap_or_default().max(7);
    if view.buses.is_empty() && view.ports.is_empty() {
        return "no PCI buses\n".to_owned();
    }
    let model = view.buses.iter().map(|bus| bus.model.as_str().len()).max().unwrap_or_default();
    let left = name + 2 + model + 2;
    // Writing to a String cannot fail, here and below.
    let left = pad("", left);
    let _ = writeln!(out, "{left}{:<32}1", "0");
    let _ = writeln!(out, "{left}{}", "0 1 2 3 4 5 6 7 8 9 a b c d e f ".repeat(2).trim_end());
    for bus in &view.buses {
        let cells: Vec<String> = bus.cells.iter().map(|cell| sign(cell.mark, style)).collect();
        let _ = writeln!(
            out,
            "{}  {}  {}  {} free",
            pad(&bus.name, name),
            pad(bus.model.as_str(), model),
            cells.join(" "),
            bus.free
        );
    }
    if !view.ports.is_empty() {
        let free = view.free_ports;
        let _ = writeln!(out, "\nports, one place each: {free} of {} free", view.ports.len());
        for chunk in view.ports.chunks(8) {
            let ports: Vec<String> = chunk
                .iter()
                .map(|port| format!("{} {}", pad(&port.name, name), sign(port.cell.mark, style)))
                .collect();
            let _ = writeln!(out, "  {}", ports.join("   "));
        }
    }
    let mut first = true;
    for bus in &view.buses {
        for cell in bus.cells.iter().filter(|cell| cell.nodes.len() > 1) {
            if std::mem::take(&mut first) {
                out.push_str("\nslots with several functions or devices\n");
            }
            let _ = write!(out, "  {} {:02x} ", pad(&bus.name, name), cell.slot.get());
            let taken = functions(guest, cell).into_iter().filter(|f| !f.nodes.is_empty());
            for function in taken {
                let _ = write!(out, "  {}", one_function(guest, &function, style));
            }
            out.push('\n');
        }
    }
    out
}

fn one_function(guest: Guest<'_>, function: &FunctionCell, style: Style) -> String {
    let names: Vec<String> = function.nodes.iter().map(|no| title_of(guest, *no)).collect();
    let text = style.safe(&names.join(" + "));
    format!(".{}{}{text}", function.function.get(), sign(function.mark, style))
}

fn sign(mark: Mark, style: Style) -> String {
    style.mark(mark, &mark.glyph(style.glyphs).to_string())
}
