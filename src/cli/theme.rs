//! `theme`: list, check and print themes.

use std::fmt::Write as _;
use std::path::Path;

use anstyle::{Ansi256Color, AnsiColor, Effects, RgbColor, Style as Ansi};
use clap::Subcommand;
use ratatui::style::{Color, Modifier, Style};
use termprofile::TermProfile;

use super::options::{ColorChoice, OutputOptions};
use super::settings::{find, theme_file};
use super::{Outcome, output};
use crate::sources::dirs::read_settings;
use crate::text::Printable;
use crate::tui::theme::{BUILTIN, Library, Loaded, Role, ThemeFile, ThemeOrigin};

/// `theme`
#[derive(Debug, Subcommand)]
pub enum ThemeCommand {
    /// List the themes and their files
    List,
    /// Check a theme (by name or file), or all of your own themes
    Check {
        /// A theme's name, or a file
        #[arg(value_name = "NAME|FILE")]
        names: Vec<String>,
    },
    /// Print every role of a theme in its own style
    Show {
        /// A theme's name, or a file
        #[arg(value_name = "NAME|FILE", default_value = "default")]
        name: String,
    },
}

/// Runs the command.
pub(super) fn run(command: &ThemeCommand, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    let found = find(options);
    match command {
        ThemeCommand::List => list(&found.themes, &found.config.theme),
        ThemeCommand::Check { names } => check(&found.themes, names, &found.unread),
        ThemeCommand::Show { name } => match named(&found.themes, name) {
            Ok(file) => show(&found.themes.read(file), options),
            Err(message) => Ok(output::fail(&message)),
        },
    }
}

fn list(themes: &Library, chosen: &str) -> color_eyre::Result<Outcome> {
    let mut text = String::new();
    for (name, origin) in themes.names() {
        let mark = if name == chosen { '*' } else { ' ' };
        let origin = match origin {
            ThemeOrigin::BuiltIn => "built in".to_owned(),
            ThemeOrigin::User => themes.file(name).map(|file| file.file).unwrap_or_default(),
        };
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(text, "{mark} {name:<16} {origin}");
    }
    output::print(&text)?;
    Ok(Outcome::Fine)
}

/// A theme by name, or else a file.
fn named(themes: &Library, name: &str) -> Result<ThemeFile, String> {
    if let Some(file) = themes.file(name) {
        return Ok(file);
    }
    let path = Path::new(name);
    match read_settings(path) {
        Ok(text) => Ok(theme_file(path, text)),
        Err(error) => {
            let shown = Printable::new(name);
            let mut message = format!("there is no theme '{shown}', and as a file: {error}");
            if let Some(near) = themes.nearest(name) {
                let _ = write!(message, "\n  did you mean '{near}'?");
            }
            Err(message)
        }
    }
}

fn check(themes: &Library, names: &[String], unread: &[String]) -> color_eyre::Result<Outcome> {
    let mut files = Vec::new();
    if names.is_empty() {
        let mine = themes.names().into_iter().filter(|(_, origin)| *origin == ThemeOrigin::User);
        files.extend(mine.filter_map(|(name, _)| themes.file(name)));
    }
    for name in names {
        match named(themes, name) {
            Ok(file) => files.push(file),
            Err(message) => return Ok(output::fail(&message)),
        }
    }
    let mut text = String::new();
    let mut is_fine = unread.is_empty();
    for line in unread {
        let _ = writeln!(text, "{line}");
    }
    for file in &files {
        let loaded = themes.read(file.clone());
        for mistake in &loaded.mistakes {
            let _ = writeln!(text, "{mistake}");
        }
        is_fine &= loaded.mistakes.is_empty();
        let unstyled: Vec<&str> = loaded.unstyled.iter().map(|role| role.name()).collect();
        if !unstyled.is_empty() {
            let names = unstyled.join(", ");
            let _ = writeln!(text, "{}: looks like text: {names}", file.file);
        }
        if loaded.mistakes.is_empty() {
            let _ = writeln!(text, "{}: no mistakes", file.file);
        }
    }
    if files.is_empty() && is_fine {
        let _ = writeln!(text, "no themes of your own; {} built-in themes", BUILTIN.len());
    }
    output::print(&text)?;
    Ok(if is_fine { Outcome::Fine } else { Outcome::Found })
}

/// Prints every role in its own style, on a terminal or when colours are requested.
fn show(loaded: &Loaded, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    let style = output::style(options);
    let is_colored = style.color;
    let depth = match options.color {
        ColorChoice::Always => TermProfile::TrueColor,
        other => other.for_screen().depth(),
    };
    let theme = loaded.theme.clone().reduced_to(depth);
    let text = theme.style(Role::Text);
    let mut out = String::new();
    for role in Role::ALL {
        let style = theme.style(role);
        let words = words(loaded.theme.style(role));
        let name = format!(" {:<20}", role.name());
        if is_colored {
            let ansi = ansi(text.patch(style));
            let _ = write!(out, "{ansi}{name}{ansi:#}");
        } else {
            out.push_str(&name);
        }
        let _ = writeln!(out, " {words:<32} {}", role.doc());
    }
    output::print_styled(&out, style)?;
    Ok(Outcome::Fine)
}

/// A style as a theme file spells it, more or less.
fn words(style: Style) -> String {
    let mut words = Vec::new();
    words.extend(style.fg.map(|color| color.to_string().to_lowercase()));
    words.extend(style.bg.map(|color| format!("on {}", color.to_string().to_lowercase())));
    for (name, _) in style.add_modifier.iter_names() {
        words.push(name.to_lowercase());
    }
    words.join(" ")
}

fn ansi(style: Style) -> Ansi {
    let effects = [
        (Modifier::BOLD, Effects::BOLD),
        (Modifier::DIM, Effects::DIMMED),
        (Modifier::ITALIC, Effects::ITALIC),
        (Modifier::UNDERLINED, Effects::UNDERLINE),
        (Modifier::REVERSED, Effects::INVERT),
    ];
    let wanted = effects.iter().filter(|(modifier, _)| style.add_modifier.contains(*modifier));
    let effects = wanted.fold(Effects::new(), |all, (_, effect)| all | *effect);
    let color = |color: Option<Color>| color.and_then(ansi_color);
    Ansi::new().fg_color(color(style.fg)).bg_color(color(style.bg)).effects(effects)
}

fn ansi_color(color: Color) -> Option<anstyle::Color> {
    Some(match color {
        Color::Reset => return None,
        Color::Black => AnsiColor::Black.into(),
        Color::Red => AnsiColor::Red.into(),
        Color::Green => AnsiColor::Green.into(),
        Color::Yellow => AnsiColor::Yellow.into(),
        Color::Blue => AnsiColor::Blue.into(),
        Color::Magenta => AnsiColor::Magenta.into(),
        Color::Cyan => AnsiColor::Cyan.into(),
        Color::Gray => AnsiColor::White.into(),
        Color::DarkGray => AnsiColor::BrightBlack.into(),
        Color::LightRed => AnsiColor::BrightRed.into(),
        Color::LightGreen => AnsiColor::BrightGreen.into(),
        Color::LightYellow => AnsiColor::BrightYellow.into(),
        Color::LightBlue => AnsiColor::BrightBlue.into(),
        Color::LightMagenta => AnsiColor::BrightMagenta.into(),
        Color::LightCyan => AnsiColor::BrightCyan.into(),
        Color::White => AnsiColor::BrightWhite.into(),
        Color::Rgb(red, green, blue) => RgbColor(red, green, blue).into(),
        Color::Indexed(number) => Ansi256Color(number).into(),
    })
}
