//! The arguments of the command line.

use std::ffi::OsString;
use std::sync::LazyLock;

use clap::{Parser, Subcommand};

use super::arrange::{AdoptArgs, GroupArgs, SwapArgs};
use super::assign::AssignArgs;
use super::check::CheckArgs;
use super::config::ConfigCommand;
use super::controller::{ControllerCommand, ReserveArgs};
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

/// Show, check and change the device addresses of libvirt/QEMU guests
///
/// With FILE and no command the guest is shown on the screen ('?' lists the keys, 'q' quits). With
/// '--monitor' the running guest is shown too, or alone.
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
    /// Find what libvirt or QEMU would refuse, and what is likely a mistake
    Check(CheckArgs),
    /// List the rules of `check`, or explain one
    Rules(RulesArgs),
    /// List the free places for a device, best first
    Free(FreeArgs),
    /// Move a device to another place; prints a diff, or saves with --write
    Move(MoveArgs),
    /// Swap the places of two devices
    Swap(SwapArgs),
    /// Put devices into one PCI slot, one function each
    Group(GroupArgs),
    /// Freeze: write the addresses of devices into the XML, so that they stay
    Freeze(FreezeArgs),
    /// Thaw: remove fixed addresses, so that libvirt chooses again
    Thaw(ThawArgs),
    /// Add, remove or change a controller
    #[command(subcommand)]
    Controller(ControllerCommand),
    /// Reserve ports: add controllers for devices to hot-plug later; nothing moves
    #[command(alias = "room")]
    Reserve(ReserveArgs),
    /// Rename a disk, put it on another bus, or give a NIC an ACPI index
    Set(SetArgs),
    /// Add implicit devices, which libvirt would add, to the XML
    Adopt(AdoptArgs),
    /// Compare two guests: moved devices, and changed names in the guest
    Diff(super::diff::DiffArgs),
    /// Write the addresses of a running guest into its XML, or draw a guest without XML
    Detect(super::detect::DetectArgs),
    /// Attach a device to a running guest
    Attach(super::attach::AttachArgs),
    /// Detach a device from a running guest, with its backend
    Detach(super::detach::DetachArgs),
    /// Show an embedded demo domain on the screen, or list them
    Demo(DemoArgs),
    /// List, check or print themes
    #[command(subcommand)]
    Theme(ThemeCommand),
    /// Show, check or create the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
}
