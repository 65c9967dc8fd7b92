//! Writes the running guest into the document: addresses where devices run, elements for live-only
//! devices. Each is a change like any other: staged, and undone with the others.

use super::edit;
use super::question::ask_many;
use crate::edit::{adopt_live, elements_added, freeze_live};
use crate::live::LiveNo;
use crate::model::{Change, DeviceKey};
use crate::rows::{LiveGuest, Target};
use crate::sources::Source;
use crate::text::Printable;
use crate::tui::action::Action;
use crate::tui::app::{App, Level};

/// The running guest, when there is a document to write into; else why not.
fn comparable(app: &App) -> Result<&LiveGuest, &'static str> {
    if app.live.is_none() {
        return Err("No running guest: start with '--monitor PATH'");
    }
    if matches!(app.opened.source, Source::Monitor(_)) {
        return Err("The document was made from the guest and already contains this");
    }
    app.running().ok_or("The monitor has not answered yet")
}

/// Executes an action; many elements are asked about first.
pub(super) fn action(app: &mut App, action: Action) {
    execute(app, action, false);
}

/// Writes every device that only runs into the document.
pub(super) fn all_that_runs(app: &mut App) {
    execute(app, Action::AdoptLiveAll, true);
}

fn execute(app: &mut App, action: Action, is_confirmed: bool) {
    let wanted = match action {
        Action::FreezeLive => selected_device(app).and_then(|key| freeze(app, Some(key))),
        Action::FreezeLiveAll => freeze(app, None),
        Action::AdoptLive => selected_stranger(app).and_then(|no| adopt(app, &[no])),
        _ => {
            let all = comparable(app).map(|running| running.matching.unconfigured.clone());
            all.map_err(str::to_owned).and_then(|all| adopt(app, &all))
        }
    };
    match wanted {
        Ok(plan)
            if !is_confirmed
                && action == Action::AdoptLiveAll
                && ask_many(app, elements_added(&plan.change), action) => {}
        Ok(AdoptPlan { title, change, note }) => {
            edit::make(app, &title, change);
            if let Some(note) = note {
                app.status.say(Level::Warning, note);
            }
        }
        Err(why) => app.status.say(Level::Info, why),
    }
}

/// A change with its title, and the devices that it leaves out.
struct AdoptPlan {
    title: String,
    change: Change,
    note: Option<String>,
}

fn selected_device(app: &App) -> Result<DeviceKey, String> {
    match app.selected() {
        Some(Target::Device(key)) => Ok(key),
        _ => Err("Select a device of the document first".to_owned()),
    }
}

/// Whether the selected device is live only.
pub(super) fn is_stranger(app: &App) -> bool {
    selected_stranger(app).is_ok()
}

fn selected_stranger(app: &App) -> Result<LiveNo, String> {
    let running = comparable(app)?;
    let no = app.selected().and_then(|target| running.live_of(target));
    let no = no.filter(|no| running.matching.unconfigured.contains(no));
    no.ok_or_else(|| "Select a live-only device first".to_owned())
}

fn freeze(app: &App, only: Option<DeviceKey>) -> Result<AdoptPlan, String> {
    let running = comparable(app)?;
    let guest = app.guest();
    let frozen = freeze_live(guest, &running.matching, &running.facts, only);
    let left_out = frozen.left_out.len();
    let note = (left_out > 0).then(|| {
        format!(
            "{left_out} devices are on buses that the document does not have; add their \
             controllers first"
        )
    });
    if frozen.changes.is_empty() {
        let why = match only.and_then(|key| running.note(Target::Device(key))) {
            Some(note) if note.live.is_none() => "The live address is unknown".to_owned(),
            _ => note.unwrap_or_else(|| {
                "Nothing to change: the document already has the live addresses".to_owned()
            }),
        };
        return Err(why);
    }
    let title = match only.and_then(|key| guest.domain.device(key)) {
        Some(device) => format!("freeze {} at its live address", device.title()),
        None => format!("freeze {} devices at their live addresses", frozen.changes.len()),
    };
    Ok(AdoptPlan {
        title: Printable::new(&title).to_string(),
        change: Change::Batch(frozen.changes),
        note,
    })
}

fn adopt(app: &App, wanted: &[LiveNo]) -> Result<AdoptPlan, String> {
    let running = comparable(app)?;
    let (changes, refused) = adopt_live(app.guest(), &running.matching, &running.facts, wanted);
    let note = refused.first().map(|(no, why)| {
        let more = refused.len() - 1;
        let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        let text = format!("{} was not added: {why}{more}", running.called(*no));
        Printable::new(&text).to_string()
    });
    let title = match (changes.as_slice(), wanted) {
        ([], _) => {
            return Err(note.unwrap_or_else(|| "There are no live-only devices".to_owned()));
        }
        ([_], [no]) => format!("adopt {}", running.called(*no)),
        (changes, _) => format!("add {} live devices", changes.len()),
    };
    Ok(AdoptPlan {
        title: Printable::new(&title).to_string(),
        change: Change::Batch(changes),
        note,
    })
}
