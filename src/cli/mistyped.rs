//! Messages about mistyped commands. The argument parser takes a mistyped command for a file; the
//! message names the probable one.

use std::ffi::OsStr;
use std::path::Path;

use clap::CommandFactory as _;

use super::args::Cli;
use super::options::OutputOptions;
use super::{Outcome, output};
use crate::report::Style;
use crate::text::Printable;
use crate::tui::settings::nearest;

/// Explains arguments that are none; or prints the help or version that they ask for.
pub(super) fn report(error: &clap::Error) -> color_eyre::Result<Outcome> {
    let is_mistake = error.use_stderr();
    let first = std::env::args_os().nth(1).filter(|_| is_mistake);
    if let Some(message) = first.and_then(|word| explain(&word)) {
        return Ok(output::fail(&message));
    }
    let text = error.render();
    let stream_style = if is_mistake { output::error_style } else { output::style };
    let style = stream_style(&OutputOptions::default());
    // Arguments are quoted in the message: colours among them cannot be distinguished from the parser's own.
    let is_styled = style.color && std::env::args_os().all(|argument| is_printable(&argument));
    let style = Style { color: is_styled, ..style };
    let text = if is_styled { text.ansi().to_string() } else { text.to_string() };
    if is_mistake {
        output::note_styled(&text, style);
        return Ok(Outcome::Failed);
    }
    output::print_styled(&text, style).map(|()| Outcome::Fine)
}

fn is_printable(argument: &OsStr) -> bool {
    argument.to_str().is_some_and(|text| Printable::new(text).as_str() == text)
}

/// The message for `word`, the first argument, if it is no file but looks like a command.
pub(super) fn explain(word: &OsStr) -> Option<String> {
    let text = word.to_str()?;
    let looks_like_a_path = text.contains(['/', '.', ':']) || text == "-" || text.starts_with('-');
    if looks_like_a_path || Path::new(word).exists() {
        return None;
    }
    let command = Cli::command();
    let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    // The mistake is after the name of a command.
    if names.contains(&text) {
        return None;
    }
    let shown = Printable::new(text);
    let near = nearest(text, names.iter().copied());
    Some(match near {
        Some(near) => {
            format!("there is neither a command nor a file '{shown}'; did you mean '{near}'?")
        }
        None => format!(
            "there is neither a command nor a file '{shown}'; the commands are {}",
            names.join(", ")
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_command_is_named_and_files_are_left_alone() {
        let explained = |word: &str| explain(OsStr::new(word));
        assert!(explained("shwo").unwrap().contains("did you mean 'show'"));
        assert!(explained("xyzzy").unwrap().contains("show, "));
        for file in ["guest.xml", "./shwo", "-", "demo:plain", "Cargo.toml", "src", "detect"] {
            assert_eq!(explained(file), None, "{file}");
        }
    }
}
