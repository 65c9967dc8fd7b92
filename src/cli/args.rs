//! The arguments of the command line.

use std::ffi::OsString;
use std::sync::LazyLock;

use clap::{Parser, Subcommand};

use super::arrange::{AdoptArgs, GroupArgs, SwapArgs};
use super::assign::AssignArgs;
use super::check::CheckArgs;
use super::config::ConfigCommand;
use super::controller::{ControllerCommand, RoomArgs};
use super::demo::DemoArgs;
use super::free::FreeArgs;
use super::freeze::{FreezeArgs, ThawArgs};
use super::live::LiveArgs;
use super::options::OutputOptions;
use super::relocate::MoveArgs;
use super::rules::RulesArgs;
use super::screen::ScreenArgs;
use super::set::SetArgs;
use super::show::ShowArgs;
use super::theme::ThemeCommand;
use crate::report;

/// The device addresses of libvirt/QEMU guests: see them, free them, fix them, prove them.
///
/// With a FILE and no command the guest is shown on the screen; '?' lists the keys, 'q' leaves. With
/// '--monitor' the running guest is shown beside it, or alone.
#[derive(Debug, Parser)]
#[command(name = "virt-topo", version, about, max_term_width = 100)]
#[command(long_version = long_version())]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct Cli {
    /// The command to run.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Domain XML to show on the screen: a file, '-' for standard input, or demo:NAME
    #[arg(value_name = "FILE")]
    pub file: Option<OsString>,
    /// The running guest beside it.
    #[command(flatten)]
    pub live: LiveArgs,
    /// The screen's own arguments.
    #[command(flatten)]
    pub screen: ScreenArgs,
    /// Options of the output.
    #[command(flatten)]
    pub options: OutputOptions,
}

/// The version of the program, and the releases of libvirt that it knows.
fn long_version() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let own = env!("CARGO_PKG_VERSION");
        format!("{own}\n{}", report::known_libvirts())
    });
    &TEXT
}

/// The commands of the program; those that change a guest make a
/// [`command::Command`](crate::edit::command::Command) from their options.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the topology of a guest
    Show(ShowArgs),
    /// Write missing controllers and addresses as libvirt would choose them
    Assign(AssignArgs),
    /// Find everything that libvirt or QEMU would refuse, or that would surprise
    Check(CheckArgs),
    /// List the rules of `check`, or explain one
    Rules(RulesArgs),
    /// List the places a device may have, the best first
    Free(FreeArgs),
    /// Give a device another place; the difference is printed, or saved when asked
    Move(MoveArgs),
    /// Let two devices trade places
    Swap(SwapArgs),
    /// Make devices the functions of one PCI slot
    Group(GroupArgs),
    /// Write down where devices are, so that they stay there
    Freeze(FreezeArgs),
    /// Let libvirt choose the places of devices again
    Thaw(ThawArgs),
    /// Add, remove or change a controller
    #[command(subcommand)]
    Controller(ControllerCommand),
    /// Add what more devices need that may be plugged in while the guest runs; nobody moves
    Room(RoomArgs),
    /// Rename a disk, put it on another bus, or give a NIC an ACPI index
    Set(SetArgs),
    /// Write down devices that libvirt would add by itself
    Adopt(AdoptArgs),
    /// Compare two guests: what moved, and what the guest will notice
    Diff(super::diff::DiffArgs),
    /// Write where a running guest has its devices, or draw one that has no XML
    Detect(super::detect::DetectArgs),
    /// Put a device into a running guest
    Attach(super::attach::AttachArgs),
    /// Take a device out of a running guest, and its backend with it
    Detach(super::detach::DetachArgs),
    /// Show an embedded demo domain on the screen, or list them
    Demo(DemoArgs),
    /// List, check or print themes
    #[command(subcommand)]
    Theme(ThemeCommand),
    /// Where the configuration is, what is in force, what is wrong with it
    #[command(subcommand)]
    Config(ConfigCommand),
}
