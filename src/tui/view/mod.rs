//! Drawing: the state as cells. Nothing here changes the state, and only visible parts are painted.

mod canvas;
mod changes;
mod columns;
mod details;
mod dialog;
mod drives;
mod footer;
mod frame;
mod live;
mod moving;
mod pager;
mod picker;
pub mod problems;
mod slots;
mod tree;
mod xml;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Size};

pub use footer::hint_at;
pub use frame::tab_at;
pub use pager::pager_extent;
pub use picker::pick_line_at;
pub use tree::fold_column;

use self::canvas::Canvas;
use super::app::{App, Mode};
use super::layout::{self, Layout};
use super::theme::Role;
use super::views::View;

/// Draws the state into a buffer of its size; where the text cursor is, if there is one.
pub fn draw(buffer: &mut Buffer, app: &App) -> Option<Position> {
    let area = buffer.area;
    let size = Size::new(area.width, area.height);
    let mut canvas = Canvas::new(buffer, &app.appearance);
    canvas.fill(area, Role::Text);
    if layout::is_tiny(size) {
        let text = format!("{}x{} is too small", size.width, size.height);
        canvas.line(area, Role::Text).put(&text, Role::Text);
        return None;
    }
    let layout = app.layout();
    frame::header(&mut canvas, app, layout.header);
    frame::tabs(&mut canvas, app, layout.tabs);
    match app.unknown() {
        Some(live) => live::waiting(&mut canvas, live, layout.main),
        None => view(&mut canvas, app, &layout),
    }
    let cursor = footer::status(&mut canvas, app, layout.status);
    footer::hints(&mut canvas, app, layout.footer);
    if let Some(pager) = app.mode.pager() {
        pager::draw(&mut canvas, app, pager);
    }
    match &app.mode {
        Mode::Browse | Mode::Filter(..) | Mode::Path(_) | Mode::Ask(_) | Mode::Move(_) => cursor,
        Mode::Live(dialog) => dialog::draw(&mut canvas, app, dialog),
        Mode::Pick(picker) => picker::draw(&mut canvas, app, picker),
        Mode::Read(_) | Mode::Review(_) => None,
    }
}

/// Draws the view and the details of its selection.
fn view(canvas: &mut Canvas<'_>, app: &App, layout: &Layout) {
    match app.view {
        View::Slots => slots::draw(canvas, app, layout.main),
        View::Drives if !app.variants.drive_tree => {
            drives::draw(canvas, app, layout.heading, layout.main);
        }
        View::Problems => problems::draw(canvas, app, layout.main),
        View::Changes => changes::draw(canvas, app, layout.main),
        View::Xml => xml::draw(canvas, app, layout.main),
        View::Topology | View::Usb | View::Drives => {
            tree::draw(canvas, app, layout.heading, layout.main);
        }
    }
    frame::rule(canvas, layout.rule);
    match &app.mode {
        Mode::Move(moving) => moving::draw(canvas, moving, layout.details),
        _ => details::draw(canvas, app, layout.details),
    }
}
