//! The user's configuration and themes, as found on disk.

use std::io;
use std::path::{Path, PathBuf};

use super::args::Look;
use crate::sources::dirs::{Dirs, read_directory, read_settings};
use crate::text::Printable;
use crate::tui::config::Config;
use crate::tui::settings::Mistake;
use crate::tui::theme::{Library, ThemeFile, ThemeOrigin};

/// What was found.
#[derive(Debug)]
pub(super) struct Found {
    /// The configuration in force.
    pub config: Config,
    /// Where it is, or would be.
    pub path: Option<PathBuf>,
    /// Whether there is such a file.
    pub exists: bool,
    /// All themes.
    pub themes: Library,
    /// What is wrong in the configuration.
    pub mistakes: Vec<Mistake>,
    /// What could not be read.
    pub unread: Vec<String>,
}

/// Reads the configuration that `look` or the environment names. Nothing of it is needed: what is
/// not there is as built in.
pub(super) fn find(look: &Look) -> Found {
    let dirs = Dirs::from_env();
    let mut unread = Vec::new();
    let themes = dirs.as_ref().map(|dirs| user_themes(&dirs.themes(), &mut unread));
    let themes = themes.unwrap_or_default();
    let path = look.config.clone().or_else(|| dirs.as_ref().map(Dirs::config_file));
    let text = path.as_deref().map(read_settings);
    let (text, exists) = match text {
        Some(Ok(text)) => (text, true),
        Some(Err(error)) if look.config.is_some() || error.kind() != io::ErrorKind::NotFound => {
            let name = path.as_deref().map(shown).unwrap_or_default();
            unread.push(format!("{name}: cannot be read: {error}"));
            (String::new(), false)
        }
        Some(Err(_)) | None => (String::new(), false),
    };
    let name = path.as_deref().map(shown).unwrap_or_default();
    let (config, mistakes) = if text.is_empty() {
        (Config::default(), Vec::new())
    } else {
        Config::parse(&name, &text, &themes)
    };
    Found { config, path, exists, themes, mistakes, unread }
}

/// A path as it may be printed.
pub(super) fn shown(path: &Path) -> String {
    Printable::new(&path.to_string_lossy()).to_string()
}

fn user_themes(directory: &Path, unread: &mut Vec<String>) -> Library {
    let files = match read_directory(directory) {
        Ok(files) => files,
        Err(error) => {
            unread.push(format!("{}: cannot be read: {error}", shown(directory)));
            return Library::default();
        }
    };
    let themes = files.into_iter().filter_map(|(path, text)| match text {
        Ok(text) => Some(theme_file(&path, text)),
        Err(error) => {
            unread.push(format!("{}: cannot be read: {error}", shown(&path)));
            None
        }
    });
    Library::new(themes.collect())
}

/// A theme file of the user's.
pub(super) fn theme_file(path: &Path, text: String) -> ThemeFile {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = Printable::new(&name).to_string();
    ThemeFile { name, file: shown(path), text, origin: ThemeOrigin::User }
}
