//! Actions in a view.

use strum::VariantArray as _;

use super::view_switch::show;
use super::{
    adopt, arrange, copy, edit, fold, help, hotplug, input, live, moving, pick, problems, resume,
    save, source, theme, walk,
};
use crate::tui::action::Action;
use crate::tui::app::{App, Level, Mode};
use crate::tui::effect::Effect;
use crate::tui::keymap::Count;
use crate::tui::layout::shows_details;
use crate::tui::views::View;

/// Executes an action.
pub(super) fn action(app: &mut App, action: Action, count: Count) -> Vec<Effect> {
    if app.settings.read_only && action.is_change() {
        app.status.say(Level::Warning, "Read-only: start without --read-only to make changes");
        return Vec::new();
    }
    match action {
        Action::CopyAddress
        | Action::CopyXml
        | Action::CopyPath
        | Action::CopyDiff
        | Action::CopyCommands => {
            return copy::copy(app, action);
        }
        Action::Save => save::save(app),
        Action::SaveAs => save::save_as(app),
        Action::Resume => resume::offer(app),
        Action::Move => moving::open(app),
        Action::AddController => arrange::add(app),
        Action::Remove => arrange::remove(app),
        Action::Model => arrange::model(app),
        Action::Reserve => arrange::reserve(app),
        Action::Swap => arrange::swap(app),
        Action::Group => arrange::group(app),
        Action::Adopt if adopt::is_stranger(app) => adopt::action(app, Action::AdoptLive),
        Action::Adopt => arrange::adopt(app, false),
        Action::AdoptAll => arrange::adopt(app, true),
        Action::AcpiIndex => arrange::ask_index(app),
        Action::Target => arrange::ask_name(app),
        Action::Mark => edit::mark(app),
        Action::Freeze => edit::freeze(app, false),
        Action::FreezeAll => edit::freeze(app, true),
        Action::Thaw => edit::thaw(app, false),
        Action::ThawAll => edit::thaw(app, true),
        Action::Undo => edit::undo(app, count),
        Action::Redo => edit::redo(app, count),
        Action::FixA => edit::fix(app, 0),
        Action::FixB => edit::fix(app, 1),
        Action::FixC => edit::fix(app, 2),
        Action::FixD => edit::fix(app, 3),
        Action::Discard => edit::discard(app),
        Action::DiscardAll => edit::discard_all(app),
        Action::Severity => problems::next_severity(app),
        Action::Mouse => {
            app.settings.mouse = !app.settings.mouse;
            let text = if app.settings.mouse {
                "Mouse on; hold shift to select text"
            } else {
                "Mouse off; the terminal selects text"
            };
            app.status.say(Level::Info, text);
            return vec![Effect::Mouse(app.settings.mouse)];
        }
        Action::CopyLog => return copy::log(app),
        Action::Plug => hotplug::open_plug(app),
        Action::Unplug => hotplug::open_unplug(app),
        Action::LiveLog => live::open_log(app),
        Action::FreezeLive | Action::FreezeLiveAll | Action::AdoptLive | Action::AdoptLiveAll => {
            adopt::action(app, action);
        }
        Action::Reload => return source::reload(app),
        Action::ViewTopology
        | Action::ViewSlots
        | Action::ViewDrives
        | Action::ViewUsb
        | Action::ViewProblems
        | Action::ViewChanges
        | Action::ViewXml => {
            let chosen = View::VARIANTS.iter().find(|view| view.action() == action);
            if let Some(view) = chosen.copied() {
                show(app, view);
            }
        }
        Action::NextView => show(app, app.view.stepped(1)),
        Action::PreviousView => show(app, app.view.stepped(-1)),
        Action::Form => form(app),
        Action::Details => {
            app.settings.details = Some(!shows_details(app.size, app.settings.details));
        }
        Action::ToggleFold
        | Action::Fold
        | Action::Unfold
        | Action::FoldAll
        | Action::UnfoldAll => {
            fold::fold(app, action);
        }
        Action::Theme => theme::open(app),
        Action::Demos => pick::pick_demo(app),
        Action::Filter => input::open_filter(app),
        Action::NextMatch => walk::to_match(app, true, count),
        Action::PreviousMatch => walk::to_match(app, false, count),
        Action::Find => pick::open_find(app),
        Action::Palette => pick::open_palette(app),
        Action::Help => help::open(app),
        Action::Messages => help::open_messages(app),
        Action::Back => walk::history(app, false, count),
        Action::Forward => walk::history(app, true, count),
        Action::Open => open(app),
        Action::Cancel => cancel(app),
        other => walk::walk(app, other, count),
    }
    Vec::new()
}

/// Switches to the other form of this view.
fn form(app: &mut App) {
    match app.view {
        View::Slots => {
            app.variants.functions = !app.variants.functions;
            let text = if app.variants.functions {
                "Cursor moves over functions"
            } else {
                "Cursor moves over slots"
            };
            app.status.say(Level::Info, text);
        }
        View::Drives => app.variants.drive_tree = !app.variants.drive_tree,
        View::Topology | View::Usb | View::Problems | View::Changes | View::Xml => {
            app.status.say(Level::Info, "This view has no other form");
        }
    }
}

/// Folds or unfolds in the tree, or shows the selection; from other views goes to the tree.
fn open(app: &mut App) {
    match app.view {
        View::Topology => {
            if !fold::toggle(app) && !shows_details(app.size, app.settings.details) {
                app.settings.details = Some(true);
            }
        }
        View::Slots | View::Drives | View::Usb | View::Problems | View::Changes | View::Xml => {
            show(app, View::Topology);
        }
    }
}

/// One step back: out of the functions, out of the filter.
fn cancel(app: &mut App) {
    if app.variants.functions {
        app.variants.functions = false;
    } else if !app.filter.is_empty() {
        app.set_filter(String::new());
    } else if !app.selection.marked.is_empty() {
        app.selection.marked.clear();
        app.status.say(Level::Info, "All marks removed");
    } else if app.settings.details == Some(true) && app.size.width < crate::tui::layout::WIDE {
        app.settings.details = None;
    } else if !matches!(app.mode, Mode::Browse) {
        app.mode = Mode::Browse;
    } else {
        let quit = app.keys.map.key(app.mode.keys(app.view), Action::Quit);
        if let Some(key) = quit {
            app.status.say(Level::Info, format!("Press {key} to quit"));
        }
    }
}
