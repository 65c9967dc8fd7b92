//! Switching to another view.

use super::go::line_of_selection;
use super::problems;
use crate::tui::app::App;
use crate::tui::views::View;

/// Shows a view.
pub(super) fn show(app: &mut App, view: View) {
    if app.view != view {
        app.variants.functions = false;
    }
    app.view = view;
    match view {
        View::Xml => line_of_selection(app),
        View::Problems => problems::of_selection(app),
        _ => {}
    }
}
