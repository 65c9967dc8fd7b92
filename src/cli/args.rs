//! What may be said on the command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::arrange::{AdoptArgs, GroupArgs, SwapArgs};
use super::assign::AssignArgs;
use super::check::CheckArgs;
use super::controller::{ControllerCommand, RoomArgs};
use super::free::FreeArgs;
use super::freeze::{FreezeArgs, ThawArgs};
use super::live::LiveArgs;
use super::relocate::MoveArgs;
use super::rules::RulesArgs;
use super::set::SetArgs;
use crate::machine::libvirt::{Libvirt, LibvirtChoice};
use crate::report;
use crate::tui::layout::LARGEST;
use crate::tui::theme;

/// The device addresses of libvirt/QEMU guests: see them, free them, fix them, prove them.
///
/// With a FILE and no command the guest is shown on the screen; '?' lists the keys, 'q' leaves. With
/// '--monitor' the running guest is shown beside it, or alone.
#[derive(Debug, Parser)]
#[command(name = "virt-topo", version, about, max_term_width = 100)]
#[command(long_version = long_version())]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
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
    /// How it looks.
    #[command(flatten)]
    pub look: Look,
}

/// The version of the program, and the releases of libvirt whose rules it knows.
fn long_version() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let own = env!("CARGO_PKG_VERSION");
        format!("{own}\n{}", report::known_libvirts())
    });
    &TEXT
}

/// The commands.
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

/// When to colour, and how many colours there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// As many as the terminal has; none when `NO_COLOR` is set
    #[default]
    Auto,
    /// Also into pipes and files
    Always,
    /// 24 bits per colour
    Truecolor,
    /// The 256 colours of xterm
    #[value(name = "256")]
    Ansi256,
    /// The terminal's own 16
    #[value(name = "16")]
    Ansi16,
    /// Not at all
    Never,
}

impl ColorChoice {
    /// What it means for the screen.
    pub fn for_screen(self) -> theme::ColorChoice {
        match self {
            Self::Auto | Self::Always => theme::ColorChoice::Auto,
            Self::Truecolor => theme::ColorChoice::TrueColor,
            Self::Ansi256 => theme::ColorChoice::Ansi256,
            Self::Ansi16 => theme::ColorChoice::Ansi16,
            Self::Never => theme::ColorChoice::Never,
        }
    }
}

/// How output looks, for every command.
#[derive(Clone, Debug, Default, Args)]
pub struct Look {
    /// When to colour, or with how many colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: ColorChoice,
    /// Use no characters outside ASCII
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Words instead of signs and no screen, for screen readers
    #[arg(long, global = true)]
    pub plain: bool,
    /// Read this configuration instead of the user's
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Draw with this theme
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// Answer as this libvirt would: a release such as 11.3, or 'newest'
    #[arg(long, global = true, value_name = "X.Y")]
    pub libvirt: Option<LibvirtChoice>,
}

impl Look {
    /// Takes from the configuration what no option says.
    pub(super) fn complete(&mut self) {
        if self.libvirt.is_none() {
            let configured = super::settings::find(self).config.libvirt;
            self.libvirt = Some(configured).filter(|choice| *choice != LibvirtChoice::Newest);
        }
    }

    /// The libvirt whose rules hold.
    pub fn libvirt(&self) -> Libvirt {
        self.libvirt.unwrap_or(LibvirtChoice::Newest).resolve()
    }
}

/// What the screen alone understands.
#[derive(Clone, Debug, Default, Args)]
pub struct ScreenArgs {
    /// Begin with this view
    #[arg(long, value_enum)]
    pub view: Option<View>,
    /// Press these keys first, such as "jj<right>:quit<enter>"
    #[arg(long, value_name = "KEYS", allow_hyphen_values = true)]
    pub keys: Option<String>,
    /// Print the screen as text after the keys and leave, without a terminal
    #[arg(long)]
    pub dump: bool,
    /// Columns and rows of what is dumped
    #[arg(long, value_name = "COLSxROWS", default_value = "80x24", requires = "dump")]
    pub size: Size,
}

/// Columns and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Default for Size {
    fn default() -> Self {
        Self { width: 80, height: 24 }
    }
}

impl std::str::FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let sides = text.split_once('x').and_then(|(width, height)| {
            Some(Self { width: width.parse().ok()?, height: height.parse().ok()? })
        });
        sides
            .filter(|size| (1..=LARGEST).contains(&size.width))
            .filter(|size| (1..=LARGEST).contains(&size.height))
            .ok_or_else(|| format!("expected columns and rows up to {LARGEST}, such as 80x24"))
    }
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
    /// With --format svg: columns and rows
    #[arg(long, value_name = "COLSxROWS", default_value = "100x30")]
    pub size: Size,
    /// With --format svg: press these keys first
    #[arg(long, value_name = "KEYS", allow_hyphen_values = true)]
    pub keys: Option<String>,
}

/// The views.
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
    /// What is wrong, and what would mend it
    Problems,
    /// What was done and is not saved
    Changes,
    /// The XML
    Xml,
}

impl From<View> for crate::tui::views::View {
    fn from(view: View) -> Self {
        match view {
            View::Topology => Self::Topology,
            View::Slots => Self::Slots,
            View::Drives => Self::Drives,
            View::Usb => Self::Usb,
            View::Problems => Self::Problems,
            View::Changes => Self::Changes,
            View::Xml => Self::Xml,
        }
    }
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
    /// The screen as a picture
    Svg,
}

/// `demo`
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Which one; a list to choose from without
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// List them
    #[arg(long, conflicts_with_all = ["name", "xml"])]
    pub list: bool,
    /// Print its XML
    #[arg(long, requires = "name")]
    pub xml: bool,
    /// The screen's own arguments.
    #[command(flatten)]
    pub screen: ScreenArgs,
}

/// `theme`
#[derive(Debug, Subcommand)]
pub enum ThemeCommand {
    /// Every theme and where it comes from
    List,
    /// What is wrong with a theme: one by name, a file, or all of the user's
    Check {
        /// A theme's name, or a file
        #[arg(value_name = "NAME|FILE")]
        names: Vec<String>,
    },
    /// Every role of a theme, in its own style
    Show {
        /// A theme's name, or a file
        #[arg(value_name = "NAME|FILE", default_value = "default")]
        name: String,
    },
}

/// `config`
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum ConfigCommand {
    /// The file that is read
    Path,
    /// What is in force, as a file
    Show,
    /// What is wrong with the file
    Check,
    /// A file that explains everything, to begin with
    Template,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_of_colours_is_named_as_in_the_configuration() {
        for choice in ColorChoice::value_variants() {
            let value = choice.to_possible_value().unwrap();
            let name = if *choice == ColorChoice::Always { "auto" } else { value.get_name() };
            assert_eq!(<&str>::from(choice.for_screen()), name);
        }
    }
}
