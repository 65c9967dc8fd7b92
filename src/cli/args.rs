//! What may be said on the command line.

use std::ffi::OsString;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::assign::AssignArgs;
use super::free::FreeArgs;

/// The device addresses of libvirt/QEMU guests: see them, free them, fix them, prove them.
#[derive(Debug, Parser)]
#[command(name = "virt-topo", version, about, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How it looks.
    #[command(flatten)]
    pub look: Look,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the topology of a guest
    Show(ShowArgs),
    /// Write missing controllers and addresses as libvirt would choose them
    Assign(AssignArgs),
    /// List the places a device may have, the best first
    Free(FreeArgs),
    /// List the embedded demo domains, or print one's XML
    Demo(DemoArgs),
    /// Compare two guests: what moved, and what the guest will notice
    Diff(super::diff::DiffArgs),
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Also into pipes and files
    Always,
    /// Not at all
    Never,
}

/// How output looks, for every command.
#[derive(Clone, Copy, Debug, Args)]
pub struct Look {
    /// When to colour
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: ColorChoice,
    /// Use no characters outside ASCII
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Words instead of signs, for screen readers
    #[arg(long, global = true)]
    pub plain: bool,
}

/// `show`
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Domain XML: a file, '-' for standard input, or demo:NAME
    #[arg(value_name = "FILE")]
    pub file: OsString,
    /// Which picture
    #[arg(long, value_enum, default_value_t)]
    pub view: View,
    /// In which form
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Show every place and every sibling in a row of its own
    #[arg(long)]
    pub all: bool,
}

/// The pictures `show` can print as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum View {
    /// The device tree
    #[default]
    Topology,
    /// PCI buses as grids of slots
    Slots,
    /// Drive controllers as a matrix of units
    Drives,
    /// USB controllers, hubs and ports
    Usb,
}

/// The forms `show` can print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people
    #[default]
    Text,
    /// JSON, described in docs/show-json.md
    Json,
    /// In the manner of `lspci -tv`, with the guest's bus numbers
    Lspci,
    /// A Markdown table to paste into an issue
    Md,
}

/// `demo`
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Which one; all are listed without
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}
