//! Going to a target: the selection, and with it the cursor of the document.

use crate::rows::Target;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::keymap::Count;
use crate::tui::views::View;

/// Selects `target`; a jump is remembered.
pub(super) fn go(app: &mut App, target: Target, is_jump: bool) {
    if is_jump {
        app.selection.jump(target);
    } else {
        app.selection.walk(target);
    }
    if app.view == View::Xml {
        line_of_selection(app);
    }
}

/// Puts the document's cursor on the selected device.
pub(super) fn line_of_selection(app: &mut App) {
    let lines = app.session.revision().document.lines();
    let line = selected_line(app).unwrap_or(app.scroll.line).clamp(1, lines.count());
    app.scroll.line = line;
    // A device that comes into view shows its surroundings too.
    let height = usize::from(app.layout().main.height);
    let (row, offset) = (line as usize - 1, app.scroll.of_mut(View::Xml));
    if row < *offset || *offset + height.saturating_sub(3) <= row {
        *offset = row.saturating_sub(height / 3);
    }
}

fn selected_line(app: &App) -> Option<u32> {
    let (Target::Device(key) | Target::Siblings(key)) = app.selected()? else { return None };
    let element = app.guest().domain.device(key)?.element()?;
    Some(app.session.revision().document.lines().line_at(element.start))
}

/// The distance of an action in lines, in a window of `height` lines.
pub(super) fn lines(action: Action, count: Count, height: u16) -> Option<isize> {
    let page = isize::try_from(height.saturating_sub(1).max(1)).unwrap_or(1);
    let times = isize::try_from(count.times()).unwrap_or(1);
    Some(match action {
        Action::Up => -times,
        Action::Down => times,
        Action::PageUp => -page * times,
        Action::PageDown => page * times,
        Action::HalfPageUp => -(page / 2).max(1) * times,
        Action::HalfPageDown => (page / 2).max(1) * times,
        _ => return None,
    })
}
