//! The user's configuration and themes, as found on disk.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::options::{ConfigFile, OutputOptions};
use crate::machine::libvirt::LibvirtChoice;
use crate::sources::dirs::{Dirs, read_directory, read_settings};
use crate::text::Printable;
use crate::tui::config::Config;
use crate::tui::settings::Mistake;
use crate::tui::theme::{Library, ThemeFile, ThemeOrigin};

/// The configuration with its mistakes.
#[derive(Debug)]
pub(super) struct Found {
    /// The configuration in force.
    pub config: Config,
    /// The path of the file, existing or not.
    pub path: Option<PathBuf>,
    /// Whether the file exists.
    pub exists: bool,
    /// All available themes.
    pub themes: Library,
    /// The mistakes in the configuration.
    pub mistakes: Vec<Mistake>,
    /// Messages about unreadable files.
    pub unread: Vec<String>,
}

/// Reads the configuration file that `options` or the environment names, unless that was done.
fn file(options: &OutputOptions, dirs: Option<&Dirs>) -> Arc<ConfigFile> {
    if let Some(file) = &options.file {
        return Arc::clone(file);
    }
    let path = options.config.clone().or_else(|| dirs.map(Dirs::config_file));
    let (mut text, mut exists, mut unread) = (String::new(), false, None);
    match path.as_deref().map(read_settings) {
        Some(Ok(read)) => (text, exists) = (read, true),
        Some(Err(error)) if options.config.is_some() || error.kind() != io::ErrorKind::NotFound => {
            let name = path.as_deref().map(shown).unwrap_or_default();
            unread = Some(format!("{name}: cannot be read: {error}"));
        }
        Some(Err(_)) | None => {}
    }
    Arc::new(ConfigFile { path, text, exists, unread })
}

/// Reads the configuration file, and takes from it what no option says.
pub(super) fn complete(options: &mut OutputOptions) {
    let file = file(options, Dirs::from_env().as_ref());
    if options.libvirt.is_none() && !file.text.is_empty() {
        // Only themes are unknown here, and they do not matter.
        let (config, _) = Config::parse("", &file.text, &Library::default());
        options.libvirt = Some(config.libvirt).filter(|choice| *choice != LibvirtChoice::Newest);
    }
    options.file = Some(file);
}

/// The configuration that `options` or the environment names, and the user's themes. Nothing of it
/// is needed: a setting that is not there is as built in.
pub(super) fn find(options: &OutputOptions) -> Found {
    let dirs = Dirs::from_env();
    let mut unread = Vec::new();
    let themes = dirs.as_ref().map(|dirs| user_themes(&dirs.themes(), &mut unread));
    let themes = themes.unwrap_or_default();
    let file = file(options, dirs.as_ref());
    unread.extend(file.unread.clone());
    let (config, mistakes) = if file.text.is_empty() {
        (Config::default(), Vec::new())
    } else {
        let name = file.path.as_deref().map(shown).unwrap_or_default();
        Config::parse(&name, &file.text, &themes)
    };
    let (path, exists) = (file.path.clone(), file.exists);
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
