//! The directories for settings and state of the user, and reading the settings from there.
//!
//! Settings (`config.toml`, `themes/`) and state are kept apart, as the XDG base directories
//! require. The content of the files is parsed elsewhere.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::unblocked;

/// The directories of this program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dirs {
    config: PathBuf,
    state: PathBuf,
}

/// The largest size of a settings file; a larger file is something else.
const MAX_BYTES: u64 = 1 << 20;

impl Dirs {
    /// The directories of the environment: `XDG_CONFIG_HOME` and `XDG_STATE_HOME` if they are
    /// absolute, else below the home directory. `None` if there is no home directory either.
    pub fn from_env() -> Option<Self> {
        let base = etcetera::base_strategy::Xdg::new().ok()?;
        let state = base.state_dir()?.join("virt-topo");
        Some(Self { config: base.config_dir().join("virt-topo"), state })
    }

    /// Directories below `root`, for tests.
    pub fn below(root: &Path) -> Self {
        Self { config: root.join("config"), state: root.join("state") }
    }

    /// The configuration file, whether or not it exists.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The directory of the user's themes, whether or not it exists.
    pub fn themes(&self) -> PathBuf {
        self.config.join("themes")
    }

    /// The directory for the program's state, whether or not it exists.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// The directory of unsaved edits, whether or not it exists.
    pub fn journals(&self) -> PathBuf {
        self.state.join("journal")
    }
}

/// Reads a settings file of at most 1 MiB. A pipe is read as well (`--config <(...)`), and is empty without a writer.
///
/// # Errors
/// As reading a file; [`io::ErrorKind::InvalidData`] for a larger one or one that is not UTF-8.
pub fn read_settings(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let file = unblocked::open(File::options().read(true), path)?;
    let read = file.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if u64::try_from(read).is_ok_and(|read| read <= MAX_BYTES) {
        Ok(text)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, "larger than 1 MiB"))
    }
}

/// The files `*.toml` of a directory with their texts, sorted by name. A directory that does not
/// exist has none.
///
/// # Errors
/// When the directory exists and cannot be listed. A file that cannot be read is an error of its
/// own.
pub fn read_directory(directory: &Path) -> io::Result<Vec<(PathBuf, io::Result<String>)>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .filter(|path| {
            path.as_ref().map_or(true, |path| path.extension().is_some_and(|e| e == "toml"))
        })
        .collect::<io::Result<Vec<PathBuf>>>()?;
    paths.sort();
    Ok(paths.into_iter().map(|path| (read_settings(&path), path)).map(|(t, p)| (p, t)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_and_state_are_kept_apart() {
        let dirs = Dirs::below(Path::new("/r"));
        assert!(!dirs.config_file().starts_with(dirs.state()));
        assert!(!dirs.state().starts_with(dirs.config_file().parent().unwrap()));
    }

    #[test]
    fn only_toml_files_are_read_and_each_may_fail_alone() {
        let root = tempfile::tempdir().unwrap();
        for (name, bytes) in [("b.toml", &b"b"[..]), ("a.toml", b"\xff"), ("c.txt", b"c")] {
            fs::write(root.path().join(name), bytes).unwrap();
        }
        let files = read_directory(root.path()).unwrap();
        let names: Vec<_> = files.iter().map(|(path, _)| path.file_name().unwrap()).collect();
        assert_eq!(names, ["a.toml", "b.toml"]);
        assert_eq!(files[0].1.as_ref().unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(files[1].1.as_ref().unwrap(), "b");
        assert_eq!(read_directory(&root.path().join("none")).unwrap().len(), 0);
    }

    #[test]
    fn a_file_that_is_too_large_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("config.toml");
        fs::write(&path, vec![b'#'; (1 << 20) + 1]).unwrap();
        assert_eq!(read_settings(&path).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
