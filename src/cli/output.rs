//! Standard output and standard error: everything that the commands write goes through this file.
//!
//! Names in a guest, words of a monitor, files and themes come from others, and a report may hold them anywhere. So the
//! finished text is made printable here, once for all commands; `tests/tidy` finds other ways out.

use std::borrow::Cow;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use clap::ValueEnum;
use thiserror::Error;

use super::Outcome;
use super::options::{ColorChoice, OutputOptions};
use crate::report::Style;
use crate::rows::GlyphSet;
use crate::sources::words;
use crate::text::{Printable, printable_lines};
use crate::xml::masked;

/// The forms of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Text for people
    #[default]
    Text,
    /// JSON for programs
    Json,
}

/// A text that could not be printed, as on a full disk.
#[derive(Debug, Error)]
#[error("standard output cannot be written: {}", words(.0))]
pub(super) struct OutputError(io::Error);

/// Prints `text`, which has no colours: a report for people, or JSON.
///
/// A reader that went away early (`| head`) is no error. Whatever the text holds, nothing in it is obeyed by a terminal.
///
/// # Errors
/// [`OutputError`], which the program reports in one place.
pub(super) fn print(text: &str) -> color_eyre::Result<()> {
    write(&printable_lines(text, false))
}

/// Prints a report in `style`; of its control sequences only colours reach a terminal.
///
/// # Errors
/// Like [`print`].
pub(super) fn print_styled(text: &str, style: Style) -> color_eyre::Result<()> {
    write(&printable_lines(text, style.color))
}

/// Prints a document: byte for byte into a pipe or a file; on a terminal it is made printable, and its secrets are
/// replaced by marks unless `options` show them.
///
/// # Errors
/// As [`print`].
pub(super) fn document(text: &str, options: &OutputOptions) -> color_eyre::Result<()> {
    if !is_terminal() {
        return write(text);
    }
    let shown = if options.show_secrets { Cow::Borrowed(text) } else { masked(text) };
    print(&shown)?;
    if shown != text {
        note("virt-topo: secrets are not shown on a terminal; '--show-secrets' shows them\n");
    }
    Ok(())
}

fn write(text: &str) -> color_eyre::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(OutputError(error).into()),
        _ => Ok(()),
    }
}

/// Reports on standard error why a command could not be run.
pub(super) fn fail(message: &str) -> Outcome {
    note(&format!("virt-topo: {message}\n"));
    Outcome::Failed
}

/// Prints lines on standard error.
pub(super) fn note(text: &str) {
    note_styled(text, Style::default());
}

/// Prints lines in `style` on standard error.
pub(super) fn note_styled(text: &str, style: Style) {
    // Standard error may be closed.
    let _ = io::stderr().lock().write_all(printable_lines(text, style.color).as_bytes());
}

/// Replaces the current line of the terminal on standard error.
pub(super) fn redraw(line: &str) {
    let mut err = io::stderr().lock();
    // Standard error may be closed.
    let _ = write!(err, "\r{}\x1b[K", Printable::new(line)).and_then(|()| err.flush());
}

/// Whether standard output is a terminal.
pub(super) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether standard error is a terminal.
pub(super) fn is_error_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Asks a question on the terminal; `None` without one.
pub(super) fn ask(question: &str) -> Option<bool> {
    if !io::stdin().is_terminal() || !is_error_terminal() {
        return None;
    }
    note(&format!("{question} [y/N] "));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    Some(read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The style that `options` and the environment ask for on standard output.
pub(super) fn style(options: &OutputOptions) -> Style {
    style_of(options, is_terminal())
}

/// The same for standard error.
pub(super) fn error_style(options: &OutputOptions) -> Style {
    style_of(options, is_error_terminal())
}

fn style_of(options: &OutputOptions, is_terminal: bool) -> Style {
    let color = match options.color {
        ColorChoice::Always
        | ColorChoice::Truecolor
        | ColorChoice::Ansi256
        | ColorChoice::Ansi16 => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
            is_terminal && !no_color && !dumb
        }
    };
    let ascii = options.ascii || (is_terminal && !can_unicode());
    Style {
        glyphs: if ascii { GlyphSet::Ascii } else { GlyphSet::Unicode },
        color: color && !options.plain,
        plain: options.plain,
    }
}

/// Whether the terminal is expected to show more than ASCII: not the Linux console, and a UTF-8
/// locale.
fn can_unicode() -> bool {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
    let utf8 = locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    });
    utf8 && set("TERM").as_deref() != Some("linux")
}
