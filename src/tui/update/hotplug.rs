//! Hot-plugging on the screen: the dialogs, and the requests to the monitor. Impossible requests
//! are refused before anything is sent.

use std::time::Duration;

use tui_input::{Input, InputRequest};

use super::input;
use super::renew::keeping_selection;
use crate::hotplug::{At, DeviceRequest, Plug, RequestKind};
use crate::live::{LiveBusKind, LiveNo};
use crate::model::ControllerKind;
use crate::rows::{LiveGuest, Target};
use crate::sources::monitor::MonitorRequest;
use crate::text::Printable;
use crate::topology::{BusId, Place};
use crate::tui::action::Action;
use crate::tui::app::{
    App, Asked, Dialog, HotplugKind, Level, LinkState, Mode, Plugging, Unplugging,
};
use crate::tui::effect::Effect;
use crate::tui::keymap::Count;

/// The time after which a device that the guest has not released is reported; the wait goes on.
const PATIENCE: Duration = Duration::from_secs(20);

/// Initial lines, one for each kind: its name, and the text after the place.
const BEGINNINGS: [(RequestKind, &str, &str); 5] = [
    (RequestKind::ScsiDisk, "scsi-disk", "file="),
    (RequestKind::VirtioDisk, "virtio-disk", "file="),
    (RequestKind::Nic, "nic", "netdev=user"),
    (RequestKind::Usb, "usb", "model=usb-tablet"),
    (RequestKind::Controller, "controller", "model=virtio-scsi-pci"),
];

/// The running guest, if it accepts requests; else the reason.
fn changeable(app: &App) -> Result<&LiveGuest, String> {
    let Some(live) = &app.live else {
        return Err("No running guest: start with '--monitor PATH'".to_owned());
    };
    if live.read_only {
        return Err("Read-only: start without --read-only to make changes".to_owned());
    }
    if live.link == LinkState::Saved {
        return Err("A saved listing cannot be changed".to_owned());
    }
    if !live.is_up() {
        return Err("Not connected to the monitor".to_owned());
    }
    if live.language != Some("QMP") {
        let text =
            "This monitor speaks HMP, which does not report results; give QEMU a '-qmp' socket";
        return Err(text.to_owned());
    }
    app.running().ok_or_else(|| "The monitor has not answered yet".to_owned())
}

/// Opens the confirmation of an unplug of the selected device.
pub(super) fn open_unplug(app: &mut App) {
    match unplugging(app) {
        Ok(question) => app.mode = Mode::Live(Box::new(Dialog::Unplug(question))),
        Err(why) => app.status.say(Level::Warning, why),
    }
}

fn unplugging(app: &App) -> Result<Unplugging, String> {
    let running = changeable(app)?;
    let target = app.selected().ok_or("Select a device first")?;
    let no = running.live_of(target).ok_or("The running guest does not have this device")?;
    let facts = &running.facts;
    let unplug =
        facts.unplug(no, false).map_err(|why| Printable::new(&why.to_string()).to_string())?;
    if let Some(asked) = asked(app, running, no) {
        return Err(format!(
            "{} is being removed already; the guest has not released it yet",
            asked.title
        ));
    }
    let title = Printable::new(&facts.called(no)).to_string();
    let lines = facts.story(&unplug);
    Ok(Unplugging { title, lines, unplug, is_meant: false })
}

/// The open request about a device.
fn asked<'a>(app: &'a App, running: &LiveGuest, no: LiveNo) -> Option<&'a Asked> {
    let device = running.facts.device(no)?;
    let names = [device.path.as_deref(), device.id.as_deref()];
    let is_same = |name: &String| names.into_iter().flatten().any(|own| own == name);
    app.live.as_ref()?.asked().iter().find(|asked| asked.names.iter().any(is_same))
}

/// Opens the line of a plug, with the selected place if there is one.
pub(super) fn open_plug(app: &mut App) {
    let running = match changeable(app) {
        Ok(running) => running,
        Err(why) => return app.status.say(Level::Warning, why),
    };
    let (kind, at) = app.selected().and_then(|target| place(app, running, target)).unzip();
    let text = beginning(kind.unwrap_or(RequestKind::ScsiDisk), at.flatten().as_deref());
    let plan = planned(running, &text);
    let input = Input::new(text);
    app.mode = Mode::Live(Box::new(Dialog::Plug(Plugging { input, plan })));
}

/// The kind of device for the selected row, and the place.
fn place(app: &App, running: &LiveGuest, target: Target) -> Option<(RequestKind, Option<String>)> {
    let topology = app.guest().topology;
    let free = |bus: BusId, place: Place| {
        Some(match (bus, place) {
            (BusId::Pci(index), Place::Pci(slot, function)) => {
                let at = format!("pci:{:02x}:{:02x}.{:x}", index.0, slot.get(), function.get());
                (RequestKind::Nic, at)
            }
            (BusId::Drive(ControllerKind::Scsi, index), Place::Drive { bus, target, unit }) => {
                (RequestKind::ScsiDisk, format!("drive:{index}:{bus}:{target}:{unit}"))
            }
            (BusId::Usb(index), Place::Port(port)) => {
                (RequestKind::Usb, format!("usb:{index}:{port}"))
            }
            (BusId::Hub(index, hub), Place::Port(port)) => {
                (RequestKind::Usb, format!("usb:{index}:{}", hub.below(port)?))
            }
            _ => return None,
        })
    };
    if let Target::Free(bus, at) = target {
        return free(bus, at).map(|(kind, at)| (kind, Some(at)));
    }
    // A controller: anywhere on its bus. An empty port has one place.
    let offered = match target {
        Target::Bus(id) => topology.bus_no(id),
        Target::Device(key) => topology.node(topology.node_of(key)?)?.offers,
        _ => None,
    };
    if let Some(bus) = offered.and_then(|no| topology.bus(no)) {
        let kind = match bus.id {
            BusId::Pci(_) => RequestKind::Nic,
            BusId::Drive(ControllerKind::Scsi, _) => RequestKind::ScsiDisk,
            BusId::Usb(_) => RequestKind::Usb,
            _ => return None,
        };
        let live = running.matching.buses.iter().find(|(id, _)| *id == bus.id);
        let name = live.and_then(|(_, no)| running.facts.bus(*no)?.name.as_deref());
        return Some((kind, name.map(quoted)));
    }
    let Target::Live(_) = target else { return None };
    let no = running.live_of(target)?;
    let (_, bus) =
        running.facts.numbered_buses().find(|(bus, _)| running.facts.holder(*bus) == Some(no))?;
    let kind = match bus.kind {
        LiveBusKind::Pci => RequestKind::Nic,
        LiveBusKind::Scsi => RequestKind::ScsiDisk,
        LiveBusKind::Usb => RequestKind::Usb,
        _ => return None,
    };
    Some((kind, bus.name.as_deref().map(quoted)))
}

/// An argument of the line; in quotation marks if it contains blanks.
fn quoted(text: &str) -> String {
    if text.contains(char::is_whitespace) { format!("'{text}'") } else { text.to_owned() }
}

fn beginning(kind: RequestKind, at: Option<&str>) -> String {
    let row = BEGINNINGS.iter().find(|row| row.0 == kind);
    let (word, rest) = row.map_or(("", ""), |row| (row.1, row.2));
    let at = at.map(|at| format!("at={at} ")).unwrap_or_default();
    format!("{word} {at}{rest}")
}

/// The plan of a line; else the error in it.
fn planned(running: &LiveGuest, line: &str) -> Result<Plug, String> {
    let request = DeviceRequest::parse(line).map_err(|why| why.to_string())?;
    let device = request.device().map_err(|why| why.to_string())?;
    let facts = &running.facts;
    let wanted = match &request.at {
        Some(at) => running
            .matching
            .requested_place(facts, at, device.bus_kind())
            .ok_or_else(|| facts.no_place(at))?,
        None => At::Anywhere,
    };
    facts.plug(&device, request.id.as_deref(), wanted).map_err(|why| why.to_string())
}

/// Executes an action in a dialog.
pub(super) fn action(app: &mut App, action: Action, count: Count) -> Vec<Effect> {
    match action {
        Action::Cancel => {
            app.mode = Mode::Browse;
            return Vec::new();
        }
        Action::Open => return take(app),
        _ => {}
    }
    let Mode::Live(dialog) = &mut app.mode else { return Vec::new() };
    match (&mut **dialog, action) {
        (Dialog::Unplug(question), Action::Up | Action::Home) => question.is_meant = false,
        (Dialog::Unplug(question), Action::Down | Action::End) => question.is_meant = true,
        (Dialog::Plug(prompt), Action::Up | Action::Down) => {
            let step = if action == Action::Up { -1 } else { 1 };
            let times = isize::try_from(count.times()).unwrap_or(1);
            prompt.input = Input::new(other_beginning(prompt.input.value(), step * times));
        }
        (Dialog::Plug(prompt), action) => {
            input::edit(&mut prompt.input, action);
        }
        (Dialog::Unplug(_), _) => {}
    }
    plan_again(app);
    Vec::new()
}

/// The line to begin with for another kind, with the place that was named.
fn other_beginning(line: &str, by: isize) -> String {
    let kind = line.split_whitespace().next().and_then(RequestKind::from_name);
    let here = kind.and_then(|kind| BEGINNINGS.iter().position(|row| row.0 == kind));
    let count = BEGINNINGS.len();
    let there = match here {
        // Round and round, in both directions.
        Some(here) => (here + count).saturating_add_signed(by % count.cast_signed()) % count,
        None => 0,
    };
    let at = DeviceRequest::parse(line).ok().and_then(|request| request.at);
    let kind = BEGINNINGS.get(there).map_or(RequestKind::ScsiDisk, |row| row.0);
    beginning(kind, at.as_deref())
}

/// A letter typed into the line.
pub(super) fn letter(app: &mut App, letter: char) {
    if let Mode::Live(dialog) = &mut app.mode
        && let Dialog::Plug(prompt) = &mut **dialog
        && prompt.input.value().len() < input::LONGEST
    {
        prompt.input.handle(InputRequest::InsertChar(letter));
    }
    plan_again(app);
}

/// Plans the line again.
fn plan_again(app: &mut App) {
    let Mode::Live(dialog) = &app.mode else { return };
    let Dialog::Plug(prompt) = &**dialog else { return };
    let plan = match changeable(app) {
        Ok(running) => planned(running, prompt.input.value()),
        Err(why) => Err(why),
    };
    if let Mode::Live(dialog) = &mut app.mode
        && let Dialog::Plug(prompt) = &mut **dialog
    {
        prompt.plan = plan;
    }
}

fn take(app: &mut App) -> Vec<Effect> {
    // The guest may have changed since the question was opened.
    plan_again(app);
    match std::mem::take(&mut app.mode) {
        Mode::Live(dialog) => match *dialog {
            Dialog::Unplug(question) if question.is_meant => unplug(app, question),
            Dialog::Unplug(_) => {
                app.status.say(Level::Info, "Nothing was changed");
                Vec::new()
            }
            Dialog::Plug(Plugging { plan: Ok(plan), .. }) => plug(app, plan),
            Dialog::Plug(prompt) => {
                if let Err(why) = &prompt.plan {
                    app.status.say(Level::Error, Printable::new(why).to_string());
                }
                app.mode = Mode::Live(Box::new(Dialog::Plug(prompt)));
                Vec::new()
            }
        },
        other => {
            app.mode = other;
            Vec::new()
        }
    }
}

fn unplug(app: &mut App, question: Unplugging) -> Vec<Effect> {
    let still = changeable(app).and_then(|running| {
        // Devices are numbered anew whenever the guest is looked at.
        let facts = &running.facts;
        let names = |no: &LiveNo| {
            facts.device(*no).and_then(|device| device.handle()) == Some(&*question.unplug.handle)
        };
        let no = facts.numbered().map(|(no, _)| no).find(names);
        let no = no.ok_or_else(|| format!("{} was removed already", question.title))?;
        facts.unplug(no, false).map_err(|why| Printable::new(&why.to_string()).to_string())
    });
    let unplug = match still {
        Ok(unplug) => unplug,
        Err(why) => {
            app.status.say(Level::Warning, why);
            return Vec::new();
        }
    };
    let names = [unplug.path.as_deref(), unplug.id.as_deref()];
    let names = names.into_iter().flatten().map(str::to_owned).collect();
    let Some(live) = &mut app.live else { return Vec::new() };
    let number = live.number();
    let title = question.title;
    app.status.say(Level::Info, format!("Asked the guest to release {title}"));
    let asked = Asked { number, kind: HotplugKind::Unplug, title, names };
    keeping_selection(app, |app| app.ask(asked));
    vec![Effect::Ask(MonitorRequest::Unplug(number, Box::new(unplug), PATIENCE))]
}

fn plug(app: &mut App, plan: Plug) -> Vec<Effect> {
    let Some(live) = &mut app.live else { return Vec::new() };
    let number = live.number();
    let title = Printable::new(&format!("{} ({})", plan.id, plan.driver)).to_string();
    let names = vec![plan.id.to_string()];
    app.status.say(Level::Info, format!("Attaching {title}"));
    app.ask(Asked { number, kind: HotplugKind::Plug, title, names });
    vec![Effect::Ask(MonitorRequest::Plug(number, Box::new(plan)))]
}
