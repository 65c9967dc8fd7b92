//! Folding.

use super::go::go;
use crate::rows::{Fold, Target};
use crate::tui::action::Action;
use crate::tui::app::App;

/// Folds or unfolds by an action.
pub(super) fn fold(app: &mut App, action: Action) {
    match action {
        Action::ToggleFold => {
            toggle(app);
        }
        Action::Fold => set(app, Fold::Closed),
        Action::Unfold => set(app, Fold::Open),
        Action::FoldAll => {
            let rows = app.tree().unwrap_or_else(|| app.device_tree()).rows.iter();
            let foldable = rows.filter(|row| row.fold != Fold::Leaf && row.depth > 0);
            let targets: Vec<Target> = foldable.map(|row| row.target).collect();
            let folds = app.folds_mut();
            folds.spread.clear();
            folds.all = false;
            folds.closed.extend(targets);
        }
        _ => {
            let folds = app.folds_mut();
            folds.all = !(folds.closed.is_empty() && folds.all);
            folds.closed.clear();
        }
    }
}

/// The selected row's target and whether it is open.
fn row(app: &App) -> Option<(Target, Fold)> {
    let tree = app.tree()?;
    let nth = tree.row_of(app.guest(), app.selected()?)?;
    tree.rows.get(nth).map(|row| (row.target, row.fold))
}

/// Folds or unfolds the selected row; returns whether it could be folded.
pub(super) fn toggle(app: &mut App) -> bool {
    match row(app) {
        Some((_, Fold::Open)) => set(app, Fold::Closed),
        Some((_, Fold::Closed)) => set(app, Fold::Open),
        Some((_, Fold::Leaf)) | None => {
            // A sibling that is shown separately can be folded into its run again.
            let spread = app.selected().and_then(|target| run_of(app, target));
            let Some(run) = spread else { return false };
            app.folds_mut().spread.remove(&run);
            app.selection.walk(run);
        }
    }
    true
}

/// The run of siblings, now shown one by one, that `target` belongs to.
fn run_of(app: &App, target: Target) -> Option<Target> {
    let Target::Device(key) = target else { return None };
    let topology = app.guest().topology;
    let no = topology.node_of(key)?;
    let bus = topology.bus(topology.node(no)?.bus?)?;
    let at = bus.nodes.iter().position(|other| *other == no)?;
    bus.nodes.iter().take(at + 1).rev().find_map(|no| {
        let device = topology.device(app.guest().domain, *no)?;
        let run = Target::Siblings(device.key());
        app.folds.spread.contains(&run).then_some(run)
    })
}

fn set(app: &mut App, wanted: Fold) {
    let Some((target, fold)) = row(app) else { return };
    if fold == Fold::Leaf || fold == wanted {
        return;
    }
    match (target, wanted) {
        (Target::Siblings(key), Fold::Open) => {
            app.folds_mut().spread.insert(target);
            app.selection.walk(Target::Device(key));
        }
        (_, Fold::Open) => {
            app.folds_mut().closed.remove(&target);
        }
        _ => {
            app.folds_mut().closed.insert(target);
            app.selection.walk(target);
        }
    }
}

/// Folds an open row; from any other goes to its parent.
pub(super) fn left(app: &mut App) {
    match row(app) {
        Some((_, Fold::Open)) => set(app, Fold::Closed),
        Some((target, _)) => {
            let steps = app.way(target);
            let parent = steps.iter().rev().nth(1).map(|step| step.target);
            if let Some(parent) = parent {
                go(app, parent, true);
            }
        }
        None => {}
    }
}

/// Unfolds a closed row; from an open one goes to its first child.
pub(super) fn right(app: &mut App) {
    match row(app) {
        Some((_, Fold::Closed)) => set(app, Fold::Open),
        Some((_, Fold::Open)) => {
            let Some(tree) = app.tree() else { return };
            let here = app.selected().and_then(|target| tree.row_of(app.guest(), target));
            let child = here.and_then(|nth| tree.rows.get(nth + 1)).map(|row| row.target);
            if let Some(child) = child {
                go(app, child, false);
            }
        }
        Some((_, Fold::Leaf)) | None => {}
    }
}

/// Unfolds whatever hides the selection.
pub(super) fn reveal(app: &mut App) {
    let Some(target) = app.selected() else { return };
    let steps = app.way(target);
    let above = steps.iter().rev().skip(1).map(|step| step.target);
    let hiding: Vec<Target> = above.filter(|target| app.folds.closed.contains(target)).collect();
    if !hiding.is_empty() {
        app.folds_mut().closed.retain(|target| !hiding.contains(target));
    }
}
