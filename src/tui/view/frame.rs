//! The lines above every view, and between its parts.

use ratatui::layout::Rect;
use strum::VariantArray as _;

use super::canvas::Canvas;
use super::columns::columns;
use crate::tui::app::App;
use crate::tui::keymap::KeyMode;
use crate::tui::layout::NARROW;
use crate::tui::theme::{Glyph, Role};
use crate::tui::views::View;

/// Draws the name of the guest, its machine and source, the libvirt, and the number of problems. A
/// part that does not fit is left out.
pub(super) fn header(canvas: &mut Canvas<'_>, app: &App, area: Rect) {
    canvas.fill(area, Role::Header);
    let domain = app.guest().domain;
    let counts = counts(canvas, app);
    let right: u16 = counts.iter().map(|(text, _)| columns(text) + 2).sum();
    let name = if domain.name.is_empty() { "unnamed" } else { &domain.name };
    let source = app.opened.source.name();
    // A blank before, and one between both parts.
    let room = area.width.saturating_sub(1 + right + u16::from(right > 0));
    let mut line = canvas.line(area, Role::Header);
    line.skip(1).cell(name, Role::Header, room);
    let mut left = room.saturating_sub(columns(name));
    if app.unknown().is_some() {
        line.skip(2).cell(&source, Role::Dim, left.saturating_sub(2));
        left = 0;
    }
    let machine = domain.machine.as_deref().unwrap_or_default();
    let libvirt = format!("libvirt {}", domain.libvirt);
    for text in [machine, &*domain.arch_name, &source, &libvirt] {
        let wanted = columns(text) + 2;
        if !text.is_empty() && wanted <= left {
            line.skip(2).put(text, Role::Dim);
            left -= wanted;
        }
    }
    line.go_right(right);
    for (text, role) in counts {
        line.put(&text, role).skip(2);
    }
}

fn counts(canvas: &Canvas<'_>, app: &App) -> Vec<(String, Role)> {
    let wrong = app.problems();
    let mut counts = Vec::new();
    counts.extend(super::live::link(app));
    let steps = app.session.unsaved_count();
    if steps > 0 {
        counts.push((format!("{} {steps}", canvas.glyph(Glyph::Pending)), Role::Pending));
    }
    if let Some(why) = &app.opened.stale {
        counts.push((why.clone(), Role::Pending));
    }
    if wrong.errors > 0 {
        let text = format!("{} {}", canvas.glyph(Glyph::Error), wrong.errors);
        counts.push((text, Role::ProblemError));
    }
    if wrong.warnings > 0 {
        let text = format!("{} {}", canvas.glyph(Glyph::Warning), wrong.warnings);
        counts.push((text, Role::ProblemWarning));
    }
    counts
}

/// The names of the views with their keys; in a narrow terminal the path of the selection.
pub(super) fn tabs(canvas: &mut Canvas<'_>, app: &App, area: Rect) {
    if area.width < NARROW {
        let inside = format!(" {} ", canvas.glyph(Glyph::Path));
        let room = area.width.saturating_sub(columns(app.view.title()) + columns(&inside) + 2);
        let text = format!("{}{inside}{}", app.view.title(), way(app, canvas, room));
        canvas.line(area, Role::Text).skip(1).put(&text, Role::Dim);
        return;
    }
    for tab in labels(app) {
        let role = if tab.view == app.view { Role::TabActive } else { Role::Tab };
        let place = Rect { x: area.x + tab.x, width: columns(&tab.text), ..area };
        if place.right() > area.right() {
            return;
        }
        if tab.view == app.view {
            canvas.fill(place, Role::TabActive);
            canvas.line(place, Role::TabActive).put(&tab.text, Role::TabActive);
        } else {
            canvas.line(place, Role::Text).put(&tab.text, role);
        }
    }
    // The rest of the line shows the path of the selection.
    let used = labels(app).last().map_or(0, |tab| tab.x + columns(&tab.text)) + 2;
    let room = area.width.saturating_sub(used + 1);
    let text = way(app, canvas, room);
    let x = area.right().saturating_sub(columns(&text) + 1).max(area.x + used);
    let place = Rect { x, width: area.right().saturating_sub(x), ..area };
    canvas.line(place, Role::Text).put(&text, Role::Dim);
}

/// The path of the selection in at most `room` columns: `pci.0 › 0a.0 › 0:0:3`. Steps that do not
/// fit are left out at the front.
fn way(app: &App, canvas: &Canvas<'_>, room: u16) -> String {
    let inside = format!(" {} ", canvas.glyph(Glyph::Path));
    let steps = app.selected().map(|target| app.way(target)).unwrap_or_default();
    let mut text = String::new();
    for step in steps.iter().rev() {
        let longer = if text.is_empty() {
            step.label.clone()
        } else {
            [&step.label, inside.as_str(), &text].concat()
        };
        if columns(&longer) > room && !text.is_empty() {
            let cut = format!("{}{inside}{text}", canvas.glyph(Glyph::Ellipsis));
            return if columns(&cut) <= room { cut } else { text };
        }
        text = longer;
    }
    text
}

/// A view's name in the line of views.
struct Label {
    view: View,
    x: u16,
    text: String,
}

fn labels(app: &App) -> Vec<Label> {
    let mut x = 0;
    let mut labels = Vec::new();
    for view in View::VARIANTS.iter().copied() {
        let key = app.keys.map.key(KeyMode::Browse, view.action()).unwrap_or_default();
        let text = format!(" {key} {} ", view.title());
        let width = columns(&text);
        labels.push(Label { view, x, text });
        x += width;
    }
    labels
}

/// The view with its name in this column.
pub fn tab_at(app: &App, column: u16) -> Option<View> {
    if app.size.width < NARROW {
        return None;
    }
    let mut labels = labels(app).into_iter();
    let found = labels.find(|tab| (tab.x..tab.x + columns(&tab.text)).contains(&column));
    found.map(|tab| tab.view)
}

/// A line between two parts.
pub(super) fn rule(canvas: &mut Canvas<'_>, area: Rect) {
    if area.width == 1 && area.height > 1 {
        let bar = canvas.glyph(Glyph::Bar);
        for nth in 0..usize::from(area.height) {
            canvas.row(area, nth, Role::Text).put(bar, Role::Rule);
        }
        return;
    }
    let rule = canvas.glyph(Glyph::Rule).repeat(usize::from(area.width));
    canvas.line(area, Role::Text).put(&rule, Role::Rule);
}
