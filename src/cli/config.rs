//! `config`: the path, the settings in force, and the mistakes of the configuration.

use clap::Subcommand;

use super::options::OutputOptions;
use super::settings::{find, shown};
use super::{Outcome, output};
use crate::tui::config::TEMPLATE;

/// `config`
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the path of the configuration file
    Path,
    /// Print the settings in effect, as a configuration file
    Show,
    /// Check the configuration file
    Check,
    /// Print a commented example configuration
    Template,
}

/// Runs the command.
pub(super) fn run(command: ConfigCommand, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    if let ConfigCommand::Template = command {
        output::print(TEMPLATE)?;
        return Ok(Outcome::Fine);
    }
    let found = find(options);
    let Some(path) = &found.path else {
        return Ok(output::fail("there is no home directory and no XDG_CONFIG_HOME"));
    };
    match command {
        ConfigCommand::Template => {}
        ConfigCommand::Path => {
            output::print(&format!("{}\n", shown(path)))?;
        }
        ConfigCommand::Show => {
            let note = if found.exists { "" } else { " (not there: built-in settings are used)" };
            output::print(&format!("# {}{note}\n{}", shown(path), found.config.to_toml()))?;
        }
        ConfigCommand::Check => {
            let mistakes = found.mistakes.iter().map(ToString::to_string);
            let lines: Vec<String> = found.unread.iter().cloned().chain(mistakes).collect();
            for line in &lines {
                output::print(&format!("{line}\n"))?;
            }
            if !lines.is_empty() {
                return Ok(Outcome::Found);
            }
            let state =
                if found.exists { "no mistakes" } else { "not there; built-in settings are used" };
            output::print(&format!("{}: {state}\n", shown(path)))?;
        }
    }
    Ok(Outcome::Fine)
}
