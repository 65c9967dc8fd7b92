//! `detach`: takes a device out of a running guest, and its backend with it.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use clap::Args;

use super::args::Look;
use super::live::{self, MonitorArgs, Running};
use super::{Outcome, output};
use crate::detect::{Backends, Facts, LiveNo, Unplug};
use crate::model::Selector;
use crate::sources::monitor::{Link, MonitorError, Qmp, Unplugged};
use crate::text::Printable;

/// `detach`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct DetachArgs {
    /// The guest's XML, when the device is to be named by it (alias, target, MAC, pci:00:04.0,
    /// interface:0); then the device, also by QEMU's id or path, or guest address (00:04.0)
    #[arg(value_name = "[FILE] DEVICE", num_args = 1..=2, required = true)]
    pub words: Vec<OsString>,
    /// How the guest is reached.
    #[command(flatten)]
    pub monitor: MonitorArgs,
    /// Seconds to wait for the guest to let go of it
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub wait: u64,
    /// Do not ask whether
    #[arg(short, long)]
    pub yes: bool,
    /// Also ask for what QEMU accepts and never completes
    #[arg(long)]
    pub force: bool,
    /// Print what would go, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Change nothing; refuse
    #[arg(long, conflicts_with = "dry_run")]
    pub read_only: bool,
}

/// Runs it.
pub(super) fn run(args: &DetachArgs, _look: &Look) -> color_eyre::Result<Outcome> {
    if args.read_only {
        return Ok(refuse("nothing is detached: --read-only"));
    }
    let (name, mut link) = match args.monitor.open() {
        Ok(open) => open,
        Err(message) => return Ok(output::fail(&message)),
    };
    let (file, device) = live::file_and(&args.words);
    let device = device.to_string_lossy();
    let running = link
        .facts()
        .map_err(|error| live::complaint(&name, &error))
        .and_then(|facts| Running::new(file, &name, facts));
    let running = match running {
        Ok(running) => running,
        Err(message) => return Ok(output::fail(&message)),
    };
    let Link::Qmp(qmp) = &mut link else {
        return Ok(refuse(&format!(
            "monitor {name} speaks HMP, which does not tell when a device is gone; give QEMU a \
             '-qmp' socket"
        )));
    };
    let Some(no) = find(&running, &device) else {
        return match leftover(args, qmp, &running, &device) {
            Ok(outcome) => Ok(outcome),
            Err(error) => Ok(output::fail(&live::complaint(&name, &error))),
        };
    };
    let unplug = match running.facts.unplug(no, args.force) {
        Ok(unplug) => unplug,
        Err(why) => {
            let hint = if why.accepted { "\n  '--force' asks all the same" } else { "" };
            return Ok(refuse(&format!("{}{hint}", Printable::new(&why.to_string()))));
        }
    };
    let story = story(&running.facts, &unplug);
    if args.dry_run {
        output::print(&story)?;
        return Ok(Outcome::Fine);
    }
    if !args.yes && !confirmed(&story)? {
        return Ok(refuse("nothing is detached"));
    }
    let end = Instant::now() + Duration::from_secs(args.wait);
    let title = title(&running.facts, no);
    match qmp.unplug(&unplug, end) {
        Err(error) => Ok(output::fail(&live::complaint(&name, &error))),
        Ok(Unplugged::Gone { left }) if left.is_empty() => {
            output::print(&format!("{title} is gone\n"))?;
            Ok(Outcome::Fine)
        }
        Ok(Unplugged::Gone { left }) => {
            let left = Printable::new(&left.join("; ")).to_string();
            Ok(refuse(&format!("{title} is gone, its backend is not: {left}")))
        }
        Ok(Unplugged::Pending) => {
            let mut text = format!(
                "{title} is still there after {} s: the guest has been asked and has not let go \
                 of it; it goes when the guest does, or is reset",
                args.wait
            );
            let backends: Vec<&str> =
                unplug.nodes.iter().chain(&unplug.netdevs).map(|name| &**name).collect();
            if !backends.is_empty() {
                // Others gave theirs names of their own.
                let own = unplug.id.as_deref().map(Backends::of);
                let is_own = |name: &&str| {
                    own.as_ref().is_some_and(|own| *name == own.node || *name == own.host)
                };
                let again =
                    if backends.iter().all(is_own) { "; 'detach' again removes it" } else { "" };
                let backends = Printable::new(&backends.join(", ")).to_string();
                let _ = write!(text, "\n  then {backends} is left{again}");
            }
            Ok(refuse(&text))
        }
        Ok(Unplugged::Refused(words)) => Ok(refuse(Printable::new(&words).as_ref())),
        Ok(Unplugged::GuestRefused) => {
            Ok(refuse(&format!("the guest refuses to let go of {title}")))
        }
    }
}

/// A device that is not there may have gone after nobody waited for it any more, and have left its
/// backends.
fn leftover(
    args: &DetachArgs,
    qmp: &mut Qmp,
    running: &Running,
    name: &str,
) -> Result<Outcome, MonitorError> {
    let left = qmp.left_of(name)?;
    let shown = Printable::new(name).to_string();
    let names: Vec<&str> =
        left.nodes.iter().map(String::as_str).chain(left.netdevs.iter().map(|id| &**id)).collect();
    let Ok(selector) = name.parse::<Selector>();
    if names.is_empty() {
        let is_written = !running.made && selector.find(&running.revision.domain).is_ok();
        let why = if is_written {
            format!("the XML has '{shown}', the running guest does not")
        } else {
            format!("the guest has no device '{shown}'; 'detect' without a file draws what it has")
        };
        return Ok(output::fail(&why));
    }
    let names = Printable::new(&names.join(", ")).to_string();
    if args.dry_run {
        // Nobody to tell when it cannot be printed.
        let _ = output::print(&format!("{shown} is gone and has left {names}\n"));
        return Ok(Outcome::Fine);
    }
    let refused = qmp.clear(&left)?;
    if refused.is_empty() {
        let _ = output::print(&format!("{shown} is gone, and now {names} too\n"));
        return Ok(Outcome::Fine);
    }
    let refused = Printable::new(&refused.join("; ")).to_string();
    Ok(refuse(&format!("{shown} is gone, its backend is not: {refused}")))
}

fn refuse(message: &str) -> Outcome {
    // Standard error may be closed; there is nobody left to tell.
    let _ = writeln!(io::stderr(), "virt-topo: {message}");
    Outcome::Found
}

/// The live device a name means: as the document names it, or as the monitor does.
fn find(running: &Running, name: &str) -> Option<LiveNo> {
    let Ok(selector) = name.parse::<Selector>();
    let configured = selector.find(&running.revision.domain).ok();
    let pair = configured.and_then(|device| running.pairing.of_device(device.key));
    let live = running.pairing.named(&running.facts, name);
    // An id is nearer to the guest than a target that was made up for it.
    if running.made {
        live.or(pair.and_then(|pair| pair.live))
    } else {
        pair.and_then(|pair| pair.live).or(live)
    }
}

fn title(facts: &Facts, no: LiveNo) -> String {
    Printable::new(&facts.called(no)).to_string()
}

/// What goes, what is on it, what is left to be removed.
fn story(facts: &Facts, unplug: &Unplug) -> String {
    let mut lines = facts.story(unplug);
    lines.push(String::new());
    lines.iter().map(|line| Printable::new(line).to_string()).collect::<Vec<_>>().join("\n")
}

/// Asks on the terminal; without one the answer is no.
fn confirmed(story: &str) -> color_eyre::Result<bool> {
    if !io::stdin().is_terminal() {
        let _ = writeln!(io::stderr(), "{story}virt-topo: '--yes' says that this is meant");
        return Ok(false);
    }
    let mut err = io::stderr().lock();
    let _ = write!(err, "{story}Take it out? [y/N] ");
    let _ = err.flush();
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
