//! The domain XML files below a folder.

use std::fs;
use std::path::{Path, PathBuf};

use super::SourceError;
use crate::text::Printable;

/// The files found below a folder.
#[derive(Debug, Default)]
pub struct DomainFiles {
    /// Every file that ends in `.xml`, in the order of their names.
    pub files: Vec<PathBuf>,
    /// Folders that could not be read.
    pub failures: Vec<SourceError>,
}

/// Every `*.xml` below `folder`. Links to folders are not followed, so that none is met twice.
pub fn find_xml(folder: &Path) -> DomainFiles {
    let mut found = DomainFiles::default();
    let mut todo = vec![folder.to_owned()];
    while let Some(folder) = todo.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                let name = Printable::new(&folder.to_string_lossy()).to_string();
                found.failures.push(SourceError::io(&name, &error));
                continue;
            }
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let is_xml = path.extension().is_some_and(|extension| extension == "xml");
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => todo.push(path),
                Ok(kind) if is_xml && (kind.is_file() || kind.is_symlink() && path.is_file()) => {
                    found.files.push(path);
                }
                _ => {}
            }
        }
    }
    found.files.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_at_any_depth_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("b/c")).unwrap();
        for name in ["z.xml", "b/c/a.xml", "a.xml", "b/x.txt"] {
            fs::write(path(name), "").unwrap();
        }
        let found = find_xml(folder.path());
        assert_eq!(found.files, [path("a.xml"), path("b/c/a.xml"), path("z.xml")]);
        assert_eq!(find_xml(&path("none")).failures.len(), 1);
    }
}
