//! The release of libvirt's client library on this host.

use std::fs;
use std::path::Path;

use crate::model::Version;

/// Folders in which distributions put libraries; those of an architecture lie one level below.
const FOLDERS: [&str; 3] = ["/usr/lib", "/usr/lib64", "/lib"];

/// The release of `libvirt.so.0`, read from the name of the file behind the link:
/// `libvirt.so.0.11003.0` is 11.3. `None` where there is no such library.
pub fn client_library() -> Option<Version> {
    FOLDERS.iter().find_map(|folder| library_in(Path::new(folder)))
}

fn library_in(folder: &Path) -> Option<Version> {
    let link = |folder: &Path| {
        let target = fs::read_link(folder.join("libvirt.so.0")).ok()?;
        release(target.file_name()?.to_str()?)
    };
    link(folder).or_else(|| {
        let entries = fs::read_dir(folder).ok()?.flatten();
        let mut folders = entries.map(|entry| entry.path()).filter(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().ends_with("-linux-gnu"))
        });
        folders.find_map(|folder| link(&folder))
    })
}

/// libvirt counts major * 1000 + minor in its file name (`meson.build: lt_revision`).
fn release(file: &str) -> Option<Version> {
    let number: u32 = file.strip_prefix("libvirt.so.0.")?.split('.').next()?.parse().ok()?;
    let (major, minor) = (u16::try_from(number / 1000).ok()?, u16::try_from(number % 1000).ok()?);
    (major > 0).then_some(Version::new(major, minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_is_in_the_name_of_the_file() {
        assert_eq!(release("libvirt.so.0.11003.0"), Some(Version::new(11, 3)));
        assert_eq!(release("libvirt.so.0.9000.0"), Some(Version::new(9, 0)));
        assert_eq!(release("libvirt.so.0.12010.1"), Some(Version::new(12, 10)));
        assert_eq!(release("libvirt.so"), None);
        assert_eq!(release("libvirt-qemu.so.0.11003.0"), None);
    }

    #[test]
    #[cfg(unix)]
    fn the_folder_of_the_architecture_is_looked_into() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(library_in(folder.path()), None);
        let inner = folder.path().join("x86_64-linux-gnu");
        fs::create_dir(&inner).unwrap();
        std::os::unix::fs::symlink("libvirt.so.0.10000.0", inner.join("libvirt.so.0")).unwrap();
        assert_eq!(library_in(folder.path()), Some(Version::new(10, 0)));
    }
}
