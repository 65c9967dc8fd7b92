//! Copying: the address, XML or path of the selection.

use std::borrow::Cow;

use super::question;
use crate::rows::Target;
use crate::text::Printable;
use crate::topology::{BusId, Place};
use crate::tui::action::Action;
use crate::tui::app::{Answer, App, Level, Mode, PageLine, Pager, Question};
use crate::tui::effect::Effect;
use crate::xml::masked;

/// The longest text for a terminal's clipboard: xterm and others cut or drop more than 100,000
/// bytes after Base64.
const LONGEST: usize = 74_000;

/// Copies the text of an action; shows it if it cannot be copied.
pub(super) fn copy(app: &mut App, action: Action) -> Vec<Effect> {
    let found = match action {
        Action::CopyAddress => address(app),
        Action::CopyXml => xml(app),
        Action::CopyDiff => difference(app),
        Action::CopyCommands => commands(app),
        _ => way(app),
    };
    let Some((what, text)) = found else {
        app.status.say(Level::Info, "Nothing to copy here");
        return Vec::new();
    };
    // The difference has marks already, and the others have no secrets.
    match masked(&text) {
        Cow::Owned(masked) if action == Action::CopyXml && is_copied(app, &text).is_ok() => {
            let masked = (Answer::Copy(masked), "copy it with ***** for the secrets");
            let whole = (Answer::Copy(text), "copy it with the secrets");
            question::ask(app, Question::Secrets, vec![masked, whole]);
            Vec::new()
        }
        _ => take(app, what, text),
    }
}

/// Copies the log of messages, its latest part if it is too long.
pub(super) fn log(app: &mut App) -> Vec<Effect> {
    let Some(live) = &app.live else {
        app.status.say(Level::Info, "No monitor is connected");
        return Vec::new();
    };
    let mut lines = Vec::new();
    let mut length = 0;
    for logged in live.log.lines().rev() {
        let text = logged.to_string();
        length += text.len() + 1;
        if length > LONGEST {
            break;
        }
        lines.push(text);
    }
    lines.reverse();
    lines.push(String::new());
    take(app, "the log", lines.join("\n"))
}

/// Whether `text` can be copied; else why not.
fn is_copied(app: &App, text: &str) -> Result<(), &'static str> {
    if text.len() > LONGEST {
        return Err("Not copied: too long for the clipboard of a terminal");
    }
    if app.settings.clipboard { Ok(()) } else { Err("Not copied: this terminal has no clipboard") }
}

/// Copies `text`; what is drawn of it has marks for secrets.
fn take(app: &mut App, what: &str, text: String) -> Vec<Effect> {
    if let Err(reason) = is_copied(app, &text) {
        show(app, reason, &masked(&text));
        return Vec::new();
    }
    let seen = match text.lines().count() {
        0 | 1 => format!("Copied {}", masked(&text)),
        lines => format!("Copied {what}, {lines} lines"),
    };
    app.status.say(Level::Info, Printable::new(&seen).to_string());
    vec![Effect::Copy(text)]
}

fn show(app: &mut App, reason: &str, text: &str) {
    let lines = text.lines().map(|line| PageLine::Text(line.to_owned())).collect();
    app.mode = Mode::Read(Pager::new(reason, lines));
}

/// The address as the commands take it: `pci:0000:00:04.0`.
fn address(app: &App) -> Option<(&'static str, String)> {
    let guest = app.guest();
    let text = match app.selected()? {
        Target::Device(key) | Target::Siblings(key) => {
            let value = guest.domain.device(key)?.address()?;
            value.to_string().replacen(' ', ":", 1)
        }
        Target::Chipset(at) => format!("pci:{at}"),
        Target::Free(bus, place) => place_text(bus, place),
        Target::Live(id) => {
            let node = guest.topology.node(guest.topology.node_of_live(id)?)?;
            let bus = guest.topology.bus(node.bus?).filter(|bus| !bus.is_live())?;
            place_text(bus.id, node.place)
        }
        Target::Bus(bus) => bus.to_string(),
        Target::Unplaced => return None,
    };
    Some(("the address", text))
}

/// A place as the commands take it.
fn place_text(bus: BusId, place: Place) -> String {
    match bus {
        BusId::Pci(index) => format!("pci:0000:{:02x}:{place}", index.0),
        bus => format!("{bus}:{place}"),
    }
}

/// The element as it is written, with the indentation of its first line.
fn xml(app: &App) -> Option<(&'static str, String)> {
    let (Target::Device(key) | Target::Siblings(key)) = app.selected()? else { return None };
    let element = app.guest().domain.device(key)?.element()?;
    let document = &app.session.revision().document;
    let lines = document.lines();
    let indent = lines.indentation(lines.line_at(element.start));
    Some(("the XML", format!("{indent}{}\n", element.slice(document.text()))))
}

/// The changes as shell commands.
fn commands(app: &App) -> Option<(&'static str, String)> {
    let file = app.opened.source.argument();
    let steps = app.session.steps().iter();
    let lines = steps.map(|step| match &step.command {
        Some((command, manner)) => format!("{}\n", command.shell(&file, *manner)),
        // A fix that no command makes.
        None => format!("# {}\n", Printable::new(&step.title)),
    });
    let text: String = lines.collect();
    (!text.is_empty()).then_some(("commands", text))
}

/// The difference of the text in the form of `diff -u`.
fn difference(app: &App) -> Option<(&'static str, String)> {
    let session = &app.session;
    let name = app.opened.source.name();
    let after = session.revision().document.text();
    let diff = crate::report::unified(&session.first_text(), after, &name);
    (!diff.is_empty()).then_some(("the difference", diff))
}

fn way(app: &App) -> Option<(&'static str, String)> {
    let steps = app.way(app.selected()?);
    let labels: Vec<String> = steps.into_iter().map(|step| step.label).collect();
    Some(("the path", labels.join(" > ")))
}
