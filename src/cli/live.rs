//! A running guest for a command: its monitor or a saved listing, and the document that goes with
//! it, written by a person or made from the guest.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::input;
use super::options::OutputOptions;
use crate::detect::Matching;
use crate::edit::{LiveDocument, Revision, document_from_live};
use crate::live::{Answers, Facts};
use crate::sources::Source;
use crate::sources::monitor::{Endpoint, Limits, Link, MonitorError};
use crate::text::Printable;
use crate::topology::Topology;

/// Options of the monitor.
#[derive(Debug, Args)]
pub struct MonitorArgs {
    /// Monitor of QEMU (QMP or HMP): a unix socket, or host:port on this machine
    #[arg(long, value_name = "PATH|HOST:PORT")]
    pub monitor: Option<String>,
    /// Seconds to wait for an answer of the monitor
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub monitor_timeout: u64,
}

impl MonitorArgs {
    /// The name of the monitor.
    pub(super) fn name(&self) -> String {
        Printable::new(self.monitor.as_deref().unwrap_or_default()).to_string()
    }

    /// Connects; an error names the monitor and a remedy.
    pub(super) fn open(&self) -> Result<Link, String> {
        let Some(text) = &self.monitor else {
            return Err(
                "no guest is given: '--monitor PATH' names the socket of its monitor".to_owned()
            );
        };
        let link = Endpoint::parse(text).and_then(|endpoint| Link::open(&endpoint, self.limits()));
        link.map_err(|error| complaint(&self.name(), &error))
    }

    fn limits(&self) -> Limits {
        Limits { answer: Duration::from_secs(self.monitor_timeout), ..Limits::default() }
    }
}

/// The running guest that the screen shows beside the configured one.
#[derive(Debug, Args)]
pub struct LiveArgs {
    /// Options of the monitor.
    #[command(flatten)]
    pub monitor: MonitorArgs,
    /// A saved 'info pci', or the saved answer to 'query-pci', instead of a monitor
    #[arg(long, value_name = "FILE", conflicts_with = "monitor")]
    pub monitor_output: Option<OsString>,
    /// Change neither the document nor the running guest
    #[arg(long)]
    pub read_only: bool,
}

/// The data about a running guest before the screen begins.
#[derive(Debug)]
pub(super) enum Beside {
    /// A saved listing.
    Saved(Facts),
    /// A monitor, still to be connected to.
    Monitor(Endpoint, Limits),
}

impl LiveArgs {
    /// Whether there is a running guest at all.
    pub(super) fn is_given(&self) -> bool {
        self.monitor.monitor.is_some() || self.monitor_output.is_some()
    }

    /// The name of the guest's monitor or listing, with the data so far.
    pub(super) fn beside(&self) -> Result<Option<(String, Beside)>, String> {
        if let Some(path) = &self.monitor_output {
            let (name, facts) = capture(path)?;
            return Ok(Some((name, Beside::Saved(facts))));
        }
        let Some(text) = &self.monitor.monitor else { return Ok(None) };
        let name = Printable::new(text).to_string();
        let endpoint = Endpoint::parse(text).map_err(|error| complaint(&name, &error))?;
        Ok(Some((name, Beside::Monitor(endpoint, self.monitor.limits()))))
    }
}

/// Splits `[FILE] WORD`: the file if there are two words, and the other.
pub(super) fn file_and(words: &[OsString]) -> (Option<&OsStr>, &OsStr) {
    match words {
        [word] => (None, word),
        [file, word, ..] => (Some(file), word),
        [] => (None, OsStr::new("")),
    }
}

/// The message about a monitor's error, with a remedy.
pub(super) fn complaint(name: &str, error: &MonitorError) -> String {
    let hint = error.hint().map(|hint| format!("\n  {hint}")).unwrap_or_default();
    format!("monitor {name} {error}{hint}")
}

/// A running guest and its document.
pub(super) struct RunningGuest {
    /// The name of the document.
    pub name: String,
    /// The parsed document.
    pub revision: Revision,
    /// The guest as it is written, without what libvirt would add.
    pub topology: Topology,
    /// Whether it was generated from the guest.
    pub made: bool,
    /// Facts about the guest.
    pub facts: Facts,
    /// The matching of devices.
    pub matching: Matching,
    /// Devices without a libvirt element.
    pub left_out: Vec<String>,
}

impl RunningGuest {
    /// The guest `facts` describe, with the document `file` names, or one made from it.
    pub(super) fn new(
        file: Option<&OsStr>,
        source: &str,
        facts: Facts,
        options: &OutputOptions,
    ) -> Result<Self, String> {
        let Some(file) = file else { return Self::made(source, facts) };
        let opened = input::open(file, options)?;
        let revision = opened.revision;
        let topology = Topology::build(&revision.domain);
        let matching = Matching::of(&revision.domain, &topology, &facts);
        let (name, left_out) = (opened.name, Vec::new());
        Ok(Self { name, revision, topology, made: false, facts, matching, left_out })
    }

    /// A document with everything the guest has.
    fn made(source: &str, facts: Facts) -> Result<Self, String> {
        let made = document_from_live(&facts).map_err(|error| format!("{source}: {error}"))?;
        let LiveDocument { revision, left_out } = made;
        let topology = Topology::build(&revision.domain);
        let matching = Matching::of(&revision.domain, &topology, &facts);
        let name = source.to_owned();
        Ok(Self { name, revision, topology, made: true, facts, matching, left_out })
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
