//! Options that several commands share: how output looks, sizes, views and forms.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use crate::machine::libvirt::{Libvirt, LibvirtChoice};
use crate::tui::layout::LARGEST;
use crate::tui::theme;

/// The use of colours, and their number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// As many colours as the terminal has; none if `NO_COLOR` is set
    #[default]
    Auto,
    /// Colours also in pipes and files
    Always,
    /// 24 bits per colour
    Truecolor,
    /// The 256 colours of xterm
    #[value(name = "256")]
    Ansi256,
    /// The 16 colours of the terminal
    #[value(name = "16")]
    Ansi16,
    /// No colours
    Never,
}

impl ColorChoice {
    /// The choice for the screen.
    pub fn for_screen(self) -> theme::ColorSetting {
        match self {
            Self::Auto | Self::Always => theme::ColorSetting::Auto,
            Self::Truecolor => theme::ColorSetting::TrueColor,
            Self::Ansi256 => theme::ColorSetting::Ansi256,
            Self::Ansi16 => theme::ColorSetting::Ansi16,
            Self::Never => theme::ColorSetting::Never,
        }
    }
}

/// Options of the output, for every command.
#[derive(Clone, Debug, Default, Args)]
pub struct OutputOptions {
    /// When to use colours, and how many
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: ColorChoice,
    /// Use no characters outside ASCII
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Plain words instead of signs, and no full screen: for screen readers
    #[arg(long, global = true)]
    pub plain: bool,
    /// Read this configuration file instead of the default one
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Use this theme
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// Use the rules of this libvirt: a release such as 11.3, or 'newest'
    #[arg(long, global = true, value_name = "X.Y")]
    pub libvirt: Option<LibvirtChoice>,
    /// Show passwords, keys and cookies of a document that is printed on a terminal
    #[arg(long, global = true)]
    pub show_secrets: bool,
    /// The configuration file, once it was read
    #[arg(skip)]
    pub(super) file: Option<Arc<ConfigFile>>,
}

/// The configuration file as it was read, once for all that looks into it.
#[derive(Clone, Debug, Default)]
pub(super) struct ConfigFile {
    /// The path of the file, existing or not.
    pub(super) path: Option<PathBuf>,
    /// Its text; empty when there is no file.
    pub(super) text: String,
    /// Whether the file exists.
    pub(super) exists: bool,
    /// The reason why it could not be read.
    pub(super) unread: Option<String>,
}

impl OutputOptions {
    /// The answering libvirt.
    pub fn libvirt(&self) -> Libvirt {
        self.libvirt.unwrap_or(LibvirtChoice::Newest).resolve()
    }
}

/// Columns and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// The number of columns.
    pub width: u16,
    /// The number of rows.
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

/// The views of the guest, as values of an option; the screen has a
/// [`View`](crate::tui::views::View) without an option parser.
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
    /// Problems and their fixes
    Problems,
    /// Unsaved changes
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
