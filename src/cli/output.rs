//! Writing to standard output and error.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use thiserror::Error;

use super::Outcome;
use super::args::{ColorChoice, Look};
use crate::report::Style;
use crate::rows::GlyphSet;
use crate::sources::words;

/// A text that could not be printed, as on a full disk.
#[derive(Debug, Error)]
#[error("standard output cannot be written: {}", words(.0))]
pub(super) struct NotPrinted(io::Error);

/// Prints `text`; a reader that went away early (`| head`) is no error.
///
/// # Errors
/// [`NotPrinted`], which the program reports in one place.
pub(super) fn print(text: &str) -> color_eyre::Result<()> {
    let mut out = io::stdout().lock();
    printed(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// What became of a text that was printed.
///
/// # Errors
/// As [`print`].
pub(super) fn printed(done: io::Result<()>) -> color_eyre::Result<()> {
    match done {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(NotPrinted(error).into()),
        _ => Ok(()),
    }
}

/// Says why a command could not be run.
pub(super) fn fail(message: &str) -> Outcome {
    // Standard error may be closed; there is nobody left to tell.
    let _ = writeln!(io::stderr(), "virt-topo: {message}");
    Outcome::Failed
}

/// Asks a question on the terminal; `None` where there is none.
pub(super) fn ask(question: &str) -> Option<bool> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return None;
    }
    let mut err = io::stderr().lock();
    let _ = write!(err, "{question} [y/N] ");
    let _ = err.flush();
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    Some(read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The style that `look` and the environment ask for on standard output.
pub(super) fn style(look: &Look) -> Style {
    style_of(look, io::stdout().is_terminal())
}

/// The same for standard error.
pub(super) fn error_style(look: &Look) -> Style {
    style_of(look, io::stderr().is_terminal())
}

fn style_of(look: &Look, is_terminal: bool) -> Style {
    let color = match look.color {
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
    let ascii = look.ascii || (is_terminal && !can_unicode());
    Style {
        glyphs: if ascii { GlyphSet::Ascii } else { GlyphSet::Unicode },
        color: color && !look.plain,
        plain: look.plain,
    }
}

/// Whether the terminal can be expected to show more than ASCII: not the Linux console, and a
/// locale that says UTF-8.
fn can_unicode() -> bool {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
    let utf8 = locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    });
    utf8 && set("TERM").as_deref() != Some("linux")
}
