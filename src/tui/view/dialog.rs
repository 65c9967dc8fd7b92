//! Questions about the running guest, over the view.

use ratatui::layout::{Position, Rect};

use super::canvas::Canvas;
use super::columns::wrap;
use super::footer::field;
use super::picker::frame;
use crate::hotplug::Plug;
use crate::text::pad;
use crate::tui::app::{App, Dialog, Plugging, Unplugging};
use crate::tui::layout::popup;
use crate::tui::theme::Role;

/// The largest width of a dialog.
const WIDEST: u16 = 76;
/// The arguments of the line, shown under it.
const HELP: [&str; 3] = [
    "down: another kind.  at=PLACE  id=ID  model=MODEL",
    "file=IMAGE format=qcow2 readonly cdrom serial=TEXT",
    "mac=MAC netdev=user  (PLACE: pci:00:10.0, drive:0:0:0:3, BUS/PLACE)",
];

/// The question; where the text cursor is.
pub(super) fn draw(canvas: &mut Canvas<'_>, app: &App, dialog: &Dialog) -> Option<Position> {
    match dialog {
        Dialog::Unplug(question) => {
            unplug(canvas, app, question);
            None
        }
        Dialog::Plug(prompt) => Some(plug(canvas, app, prompt)),
    }
}

fn inside(app: &App) -> u16 {
    WIDEST.min(app.size.width.saturating_sub(4)).max(1)
}

fn unplug(canvas: &mut Canvas<'_>, app: &App, question: &Unplugging) {
    let width = inside(app);
    let lines = question.lines.iter().flat_map(|line| {
        let words = line.trim_start();
        let indent = line.len() - words.len();
        let room = usize::from(width).saturating_sub(indent + 1).max(1);
        wrap(words, room).into_iter().map(move |piece| pad("", indent) + &piece)
    });
    let lines: Vec<String> = lines.collect();
    let height = u16::try_from(lines.len() + 5).unwrap_or(u16::MAX);
    let area = popup(app.size, width + 2, height.min(app.size.height.saturating_sub(2)));
    let inner = frame(canvas, area, "detach from the running guest", "");
    // The answers are always seen; of a long story, its beginning.
    let room = usize::from(inner.height.saturating_sub(3));
    for (nth, line) in lines.iter().take(room).enumerate() {
        let hidden = nth + 1 == room && lines.len() > room;
        let more = format!("and {} more lines", lines.len() - room + 1);
        let text = if hidden { &more } else { line };
        canvas.row(inner, nth, Role::Popup).skip(1).put(text, Role::Popup);
    }
    let answers = [("keep it", false), ("detach it", true)];
    for (nth, (text, meaning)) in answers.into_iter().enumerate() {
        let below = inner.height.saturating_sub(2) + u16::try_from(nth).unwrap_or_default();
        let place = Rect { y: inner.y + below, height: 1, ..inner }.intersection(inner);
        let is_selected = question.is_meant == meaning;
        let ground = if is_selected { Role::Selection } else { Role::Popup };
        if is_selected {
            canvas.fill(place, Role::Selection);
        }
        canvas.line(place, ground).skip(1).put(text, ground);
    }
}

/// The device and its place: `scsi-hd vt-disk0 at scsi0.0 0:1:0`.
fn summary(app: &App, plan: &Plug) -> String {
    let bus = app.running().and_then(|running| running.facts.bus(plan.bus)?.name.as_deref());
    let text =
        format!("{} {} at {} {}", plan.driver, plan.id, bus.unwrap_or_default(), plan.address);
    text.trim_end().to_owned()
}

fn plug(canvas: &mut Canvas<'_>, app: &App, prompt: &Plugging) -> Position {
    let width = inside(app);
    let mut lines: Vec<(String, Role)> = vec![(String::new(), Role::Popup)];
    match &prompt.plan {
        Ok(plan) => {
            lines.push((summary(app, plan), Role::Popup));
            let commands = plan.steps.iter().map(|step| step.command.to_string());
            lines.extend(commands.map(|command| (command, Role::Detail)));
        }
        Err(why) => lines.push((why.clone(), Role::ProblemWarning)),
    }
    lines.push((String::new(), Role::Popup));
    lines.extend(HELP.map(|line| (line.to_owned(), Role::Dim)));
    let room = usize::from(width.saturating_sub(1)).max(1);
    let lines: Vec<(String, Role)> = lines
        .iter()
        .flat_map(|(line, role)| wrap(line, room).into_iter().map(move |piece| (piece, *role)))
        .collect();
    let height = u16::try_from(lines.len() + 3).unwrap_or(u16::MAX);
    let area = popup(app.size, width + 2, height.min(app.size.height.saturating_sub(2)));
    let inner = frame(canvas, area, "attach to the running guest", "");
    for (nth, (text, role)) in lines.iter().enumerate() {
        canvas.row(inner, nth + 1, Role::Popup).skip(1).put(text, *role);
    }
    let line = Rect { height: inner.height.min(1), ..inner };
    field(canvas, line, &prompt.input)
}
