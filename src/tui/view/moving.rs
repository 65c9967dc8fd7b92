//! The new place of a device, and the notices in the guest.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::columns::wrap;
use crate::edit::command::{Extent, Naming};
use crate::model::{Address, AddressKind};
use crate::tui::app::{Forecast, Moving};
use crate::tui::theme::{Glyph, Role};

/// Draws as many lines as fit.
pub(super) fn draw(canvas: &mut Canvas<'_>, moving: &Moving, area: Rect) {
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
    let mut line = canvas.line(area, Role::Text);
    line.put("moving ", Role::Key).put(&moving.title, Role::Heading);
    let from = moving.from.as_ref().map_or("nowhere".to_owned(), short);
    line.put("  from ", Role::Dim).put(&from, Role::Text);
    let (arrow, refused) = (canvas.glyph(Glyph::Arrow), canvas.glyph(Glyph::Error));
    let (sign, role) = match moving.forecast {
        Forecast::Refused(_) | Forecast::Unreadable(_) => (refused, Role::ProblemError),
        _ => (arrow, Role::Key),
    };
    let to = match (&moving.forecast, &moving.to) {
        (Forecast::Unreadable(_), _) => moving.typed.clone(),
        (_, Some(to)) if moving.typed.is_empty() => short(to),
        (_, Some(to)) => format!("{}  {}", moving.typed, short(to)),
        (_, None) => "nowhere".to_owned(),
    };
    let mut line = canvas.row(area, 1, Role::Text);
    line.put(sign, role).skip(1).put(&to, Role::Device).skip(2);
    let stop = moving.stop().filter(|_| !matches!(moving.forecast, Forecast::Refused(_)));
    let note = match (&moving.forecast, stop) {
        (Forecast::Here, _) => "current place",
        (_, Some(stop)) => stop.note.words(),
        (_, None) => "",
    };
    line.put(note, Role::Dim);
    let count = moving.seen().count();
    let nth = moving.seen().position(|stop| Some(&stop.address) == moving.to.as_ref());
    if let Some(nth) = nth {
        let text = format!("{} of {count}", nth + 1);
        line.go_right(super::columns::columns(&text) + 1).put(&text, Role::Dim);
    }
    let width = usize::from(area.width.saturating_sub(4)).max(8);
    let mut row = 2;
    for (label, role, text) in told(moving) {
        for (nth, part) in wrap(&text, width.saturating_sub(label.len())).iter().enumerate() {
            let mut line = canvas.row(area, row, Role::Text);
            let shown = if nth == 0 { label } else { "" };
            line.skip(2).column(shown, Role::Dim, super::columns::columns(label)).put(part, role);
            row += 1;
        }
    }
}

fn told(moving: &Moving) -> Vec<(&'static str, Role, String)> {
    let mut told = Vec::new();
    match &moving.forecast {
        Forecast::Here => {
            told.push(("", Role::Dim, "type an address or use the arrow keys".to_owned()));
        }
        Forecast::Untried => told.push(("", Role::Dim, "Enter tries it".to_owned())),
        Forecast::Unreadable(why) => told.push(("", Role::ProblemError, why.clone())),
        Forecast::Refused(refusal) => {
            told.push(("", Role::ProblemError, refusal.message.clone()));
            told.extend(refusal.help.iter().map(|help| ("", Role::Detail, help.to_string())));
        }
        Forecast::Legal { notices, others, notes } => {
            if notices.is_empty() {
                told.push(("guest: ", Role::Dim, "no change in the guest".to_owned()));
            }
            for (nth, notice) in notices.iter().enumerate() {
                let label = if nth == 0 { "guest: " } else { "       " };
                let notice = notice.strip_prefix("guest ").unwrap_or(notice);
                told.push((label, Role::GuestName, notice.to_owned()));
            }
            for (nth, other) in others.iter().enumerate() {
                let label = if nth == 0 { "also: " } else { "      " };
                told.push((label, Role::Pending, other.clone()));
            }
            if !others.is_empty() && !moving.hold {
                let text = "F freezes these at their addresses".to_owned();
                told.push(("", Role::ProblemWarning, text));
            }
            told.extend(notes.iter().map(|note| ("note: ", Role::Detail, note.clone())));
        }
    }
    let manners = [
        (moving.hold, "other devices are frozen at their addresses"),
        (moving.extent == Extent::Slot, "the whole slot moves"),
        (moving.naming == Naming::Follow, "the disk is renamed after its unit"),
        (moving.functions, "functions of used slots are offered too"),
    ];
    let on = manners.into_iter().filter(|(on, _)| *on);
    told.extend(on.map(|(_, text)| ("", Role::Dim, text.to_owned())));
    told
}

/// An address with its kind, without the PCI domain that every guest has.
fn short(address: &Address) -> String {
    let text = match address.kind() {
        AddressKind::Pci => address.place(),
        _ => address.to_string(),
    };
    text.strip_prefix("0000:").map(str::to_owned).unwrap_or(text)
}
