//! `detach`: takes a device out of a running guest, and its backend with it.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::time::Duration;

use clap::Args;

use super::hotplug::{self, Ended};
use super::live::{self, MonitorArgs, RunningGuest};
use super::options::OutputOptions;
use super::output::ReportFormat;
use super::{Outcome, output};
use crate::hotplug::{Backends, Unplug};
use crate::live::{Facts, LiveNo};
use crate::model::Selector;
use crate::report::{Hotplug, Hotplugged};
use crate::sources::Deadline;
use crate::sources::monitor::{LeftoverBackends, Link, Qmp, Unplugged};
use crate::text::Printable;

/// `detach`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct DetachArgs {
    /// The guest's XML, if the device is given by it (alias, target, MAC, pci:00:04.0,
    /// interface:0); then the device, also by QEMU id, QOM path or guest address (00:04.0)
    #[arg(value_name = "[FILE] DEVICE", num_args = 1..=2, required = true)]
    pub words: Vec<OsString>,
    /// Options of the monitor.
    #[command(flatten)]
    pub monitor: MonitorArgs,
    /// Seconds to wait for the guest to release the device
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub wait: u64,
    /// Do not ask for confirmation
    #[arg(short, long)]
    pub yes: bool,
    /// Also try removals that QEMU accepts but never completes
    #[arg(long)]
    pub force: bool,
    /// Print what would be removed, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Refuse to change anything
    #[arg(long, conflicts_with = "dry_run")]
    pub read_only: bool,
    /// Output format of the result
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
}

/// Runs the command.
pub(super) fn run(args: &DetachArgs, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    let name = args.monitor.name();
    hotplug::tell("detach", &name, args.format, detach(args, &name, options))
}

fn detach(args: &DetachArgs, name: &str, options: &OutputOptions) -> Result<Ended, String> {
    if args.read_only {
        return Ok(Ended::refused("not detached: --read-only is given"));
    }
    let mut link = args.monitor.open()?;
    let complaint = |error| live::complaint(name, &error);
    let (file, device) = live::file_and(&args.words);
    let device = device.to_string_lossy();
    let facts = link.facts().map_err(complaint)?;
    let running = RunningGuest::new(file, name, facts, options)?;
    let Link::Qmp(qmp) = &mut link else {
        return Ok(Ended::refused(format!(
            "monitor {name} speaks HMP, which does not report when a device is removed; give \
             QEMU a '-qmp' socket"
        )));
    };
    let Some(no) = find(&running, &device) else {
        let left = qmp.left_of(&device).map_err(complaint)?;
        return leftover(args, qmp, &left, &running, &device);
    };
    let unplug = match running.facts.unplug(no, args.force) {
        Ok(unplug) => unplug,
        Err(why) => {
            let hint = if why.accepted { "\n  '--force' tries it anyway" } else { "" };
            return Ok(Ended::refused(format!("{}{hint}", Printable::new(&why.to_string()))));
        }
    };
    let story = story(&running.facts, &unplug);
    let title = Printable::new(&running.facts.called(no)).to_string();
    let (state, message, left) = if args.dry_run {
        (Hotplugged::Planned, story, Vec::new())
    } else if !args.yes && !confirmed(&story) {
        (Hotplugged::Refused, "not detached".to_owned(), Vec::new())
    } else {
        let deadline = Deadline::after(Duration::from_secs(args.wait));
        match qmp.unplug(&unplug, deadline).map_err(complaint)? {
            Unplugged::Gone { left } if left.is_empty() => {
                (Hotplugged::Done, format!("{title} was detached"), left)
            }
            Unplugged::Gone { left } => (Hotplugged::Left, still_left(&title, &left), left),
            Unplugged::Pending => {
                (Hotplugged::Pending, pending(&title, &unplug, args.wait), Vec::new())
            }
            Unplugged::Refused(words) => {
                (Hotplugged::Refused, Printable::new(&words).to_string(), Vec::new())
            }
            Unplugged::GuestRefused => {
                let message = format!("the guest refuses to release {title}");
                (Hotplugged::Refused, message, Vec::new())
            }
        }
    };
    let (live, commands, with) = (Some(no), unplug.commands(), unplug.with);
    let hotplug = Hotplug { live, with, commands, left, ..Hotplug::new(state, message) };
    Ok(Ended { hotplug, facts: running.facts })
}

/// The remaining steps for a guest that has not released the device.
fn pending(title: &str, unplug: &Unplug, wait: u64) -> String {
    let mut text = format!(
        "{title} is still there after {wait} s: the guest was asked to release it and has not \
         done so; it is removed when the guest ends or is reset"
    );
    let backends: Vec<&str> =
        unplug.nodes.iter().chain(&unplug.netdevs).map(|name| &**name).collect();
    if !backends.is_empty() {
        // Others gave theirs names of their own.
        let own = unplug.id.as_deref().map(Backends::of);
        let is_own =
            |name: &&str| own.as_ref().is_some_and(|own| *name == own.node || *name == own.host);
        let again = if backends.iter().all(is_own) { "; 'detach' again removes it" } else { "" };
        let backends = Printable::new(&backends.join(", ")).to_string();
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  then {backends} is left{again}");
    }
    text
}

fn still_left(title: &str, left: &[String]) -> String {
    format!("{title} was detached, but its backend remains: {}", Printable::new(&left.join("; ")))
}

/// A missing device may have been removed after the wait for it had ended, and have left its
/// backends.
fn leftover(
    args: &DetachArgs,
    qmp: &mut Qmp,
    backends: &LeftoverBackends,
    running: &RunningGuest,
    name: &str,
) -> Result<Ended, String> {
    let shown = Printable::new(name).to_string();
    let nodes = backends.nodes.iter().map(String::as_str);
    let names: Vec<&str> = nodes.chain(backends.netdevs.iter().map(|id| &**id)).collect();
    if names.is_empty() {
        let Ok(selector) = name.parse::<Selector>();
        let is_written = !running.made && selector.find(&running.revision.domain).is_ok();
        return Err(if is_written {
            format!("the XML has '{shown}', the running guest does not")
        } else {
            format!("the guest has no device '{shown}'; 'detect' without a file draws what it has")
        });
    }
    let names = Printable::new(&names.join(", ")).to_string();
    let (state, message, left) = if args.dry_run {
        (Hotplugged::Planned, format!("{shown} was removed and left {names} behind"), Vec::new())
    } else {
        let refused =
            qmp.clear(backends).map_err(|error| live::complaint(&running.name, &error))?;
        if refused.is_empty() {
            (Hotplugged::Done, format!("{shown} was removed, and now also {names}"), refused)
        } else {
            (Hotplugged::Left, still_left(&shown, &refused), refused)
        }
    };
    let hotplug = Hotplug { left, ..Hotplug::new(state, message) };
    Ok(Ended { hotplug, facts: Facts::default() })
}

/// The live device a name means: as the document names it, or as the monitor does.
fn find(running: &RunningGuest, name: &str) -> Option<LiveNo> {
    let Ok(selector) = name.parse::<Selector>();
    let configured = selector.find(&running.revision.domain).ok();
    let pair = configured.and_then(|device| running.matching.of_device(device.key()));
    let live = running.facts.named(name);
    // An id is nearer to the guest than a target that was made up for it.
    if running.made {
        live.or(pair.and_then(|pair| pair.live))
    } else {
        pair.and_then(|pair| pair.live).or(live)
    }
}

/// The devices and backends that are removed.
fn story(facts: &Facts, unplug: &Unplug) -> String {
    let lines = facts.story(unplug);
    lines.iter().map(|line| Printable::new(line).to_string()).collect::<Vec<_>>().join("\n")
}

/// Asks on the terminal; without one the answer is no.
fn confirmed(story: &str) -> bool {
    output::ask(&format!("{story}\nDetach it?")).unwrap_or_else(|| {
        output::note(&format!("{story}\nvirt-topo: add '--yes' to confirm\n"));
        false
    })
}
