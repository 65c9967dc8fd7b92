//! A mistyped command is taken for a file by the argument parser; here it is told what was meant.

use std::ffi::OsStr;
use std::path::Path;

use clap::CommandFactory as _;

use super::args::Cli;
use crate::text::Printable;
use crate::tui::settings::nearest;

/// What to say when `word`, the first argument, is no file but looks like a command.
pub(super) fn explain(word: &OsStr) -> Option<String> {
    let text = word.to_str()?;
    let looks_like_a_path = text.contains(['/', '.', ':']) || text == "-" || text.starts_with('-');
    if looks_like_a_path || Path::new(word).exists() {
        return None;
    }
    let command = Cli::command();
    let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    // What is wrong is behind a word that is a command.
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
