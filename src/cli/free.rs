//! `free`: the places a device may have.

use std::ffi::OsString;

use clap::Args;

use super::options::OutputOptions;
use super::output::ReportFormat;
use super::{Outcome, input, output};
use crate::assign::places;
use crate::model::Selector;
use crate::report;
use crate::topology::Asker;

/// `free`
#[derive(Debug, Args)]
pub struct FreeArgs {
    /// Domain XML: a file, '-' for standard input, or demo:NAME
    #[arg(value_name = "FILE")]
    pub file: OsString,
    /// The device: its alias, target, MAC, address (pci:00:04.0) or class:number (interface:0)
    #[arg(value_name = "DEVICE")]
    pub device: String,
    /// Also list refused places, with the reason
    #[arg(long)]
    pub all: bool,
    /// Only places that accept hot-plug
    #[arg(long)]
    pub hotplug: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
}

/// Runs the command.
pub(super) fn run(args: &FreeArgs, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    let opened = match input::open(&args.file, options) {
        Ok(opened) => opened,
        Err(message) => return Ok(output::fail(&message)),
    };
    // All devices get a place first: places that are free after that stay free.
    let guest = opened.revision.guest();
    let domain = guest.domain;
    // Parsing cannot fail: text without another form is a name.
    let Ok(selector) = args.device.parse::<Selector>();
    let device = match selector.find(domain) {
        Ok(device) => device,
        Err(error) => return Ok(output::fail(&format!("{}: {error}", opened.name))),
    };
    let asker = if args.hotplug { Asker::HotPlug } else { Asker::Written };
    let places = places(guest, device.key(), asker);
    let text = match args.format {
        ReportFormat::Text => report::free(device, &places, args.all),
        ReportFormat::Json => report::free_json(device, &places, &opened.name, domain.libvirt)?,
    };
    output::print(&text)?;
    Ok(if places.free.is_empty() { Outcome::Found } else { Outcome::Fine })
}
