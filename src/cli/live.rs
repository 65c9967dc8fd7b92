//! A running guest for a command: its monitor or a saved listing, and the document that goes with
//! it, written by a person or made from the guest.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::input;
use crate::detect::{self, Answers, Facts, GuestText, Pairing, Write};
use crate::edit::Revision;
use crate::sources::Source;
use crate::sources::monitor::{Endpoint, Limits, Link, MonitorError};
use crate::text::Printable;

/// How a monitor is reached.
#[derive(Debug, Args)]
pub struct MonitorArgs {
    /// QEMU's monitor: a unix socket, or host:port on this machine; QMP or HMP
    #[arg(long, value_name = "PATH|HOST:PORT")]
    pub monitor: Option<String>,
    /// Seconds to wait for an answer of the monitor
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub monitor_timeout: u64,
}

impl MonitorArgs {
    /// Connects; the message names the monitor and says what to try.
    pub(super) fn open(&self) -> Result<(String, Link), String> {
        let Some(text) = &self.monitor else {
            return Err("which guest? '--monitor PATH' names the socket of its monitor".to_owned());
        };
        let limits =
            Limits { answer: Duration::from_secs(self.monitor_timeout), ..Limits::default() };
        let name = Printable::new(text).to_string();
        let link = Endpoint::parse(text).and_then(|endpoint| Link::open(&endpoint, limits));
        link.map(|link| (name.clone(), link)).map_err(|error| complaint(&name, &error))
    }
}

/// `[FILE] WORD`: the file when there are two words, and the other.
pub(super) fn file_and(words: &[OsString]) -> (Option<&OsStr>, &OsStr) {
    match words {
        [word] => (None, word),
        [file, word, ..] => (Some(file), word),
        [] => (None, OsStr::new("")),
    }
}

/// What went wrong with a monitor, and what to try.
pub(super) fn complaint(name: &str, error: &MonitorError) -> String {
    let hint = error.hint().map(|hint| format!("\n  {hint}")).unwrap_or_default();
    format!("monitor {name} {error}{hint}")
}

/// A running guest and its document.
pub(super) struct Running {
    /// What to call the document.
    pub name: String,
    /// The document.
    pub revision: Revision,
    /// Whether it was made from the guest.
    pub made: bool,
    /// The guest.
    pub facts: Facts,
    /// Who is who.
    pub pairing: Pairing,
    /// What libvirt has no element for.
    pub left_out: Vec<String>,
}

impl Running {
    /// The guest `facts` describe, with the document `file` names, or one made from it.
    pub(super) fn new(file: Option<&OsStr>, source: &str, facts: Facts) -> Result<Self, String> {
        let Some(file) = file else { return Self::made(source, facts) };
        let opened = input::open(file)?;
        let revision = opened.revision;
        let pairing = Pairing::of(&revision.domain, &revision.topology, &facts);
        Ok(Self { name: opened.name, revision, made: false, facts, pairing, left_out: Vec::new() })
    }

    /// A document with everything the guest has.
    fn made(source: &str, facts: Facts) -> Result<Self, String> {
        let build = |text: String| {
            Revision::build(text).map_err(|error| format!("{source}: cannot be described: {error}"))
        };
        let empty = build(detect::skeleton(&facts))?;
        let pairing = Pairing::of(&empty.domain, &empty.topology, &facts);
        let guest = guest_text(&empty);
        let write = Write { adopt: pairing.strangers.clone(), ..Write::default() };
        let written = pairing
            .write(guest, &facts, &write)
            .map_err(|error| format!("{source}: cannot be described: {error}"))?;
        let text = written
            .edit
            .apply(empty.document.text())
            .map_err(|error| format!("{source}: cannot be described: {error}"))?;
        let revision = build(detect::without_empty_arguments(&text))?;
        let left_out = written
            .refused
            .iter()
            .map(|(no, why)| {
                let title = facts.device(*no).map(detect::LiveDevice::title).unwrap_or_default();
                Printable::new(&format!("{title}: {why}")).to_string()
            })
            .collect();
        let pairing = Pairing::of(&revision.domain, &revision.topology, &facts);
        Ok(Self { name: source.to_owned(), revision, made: true, facts, pairing, left_out })
    }
}

/// A revision as matching wants it.
pub(super) fn guest_text(revision: &Revision) -> GuestText<'_> {
    GuestText {
        document: &revision.document,
        domain: &revision.domain,
        topology: &revision.topology,
    }
}

/// The facts in a saved listing.
pub(super) fn capture(path: &OsString) -> Result<(String, Facts), String> {
    let source = match Source::from_argument(path) {
        // `demo:` is no listing.
        Source::Demo(_) => Source::File(PathBuf::from(path)),
        source => source,
    };
    let read = source.read().map_err(|error| error.to_string())?;
    let answers =
        Answers::from_capture(&read.text).map_err(|error| format!("{}: {error}", read.name))?;
    Ok((read.name, answers.facts()))
}
