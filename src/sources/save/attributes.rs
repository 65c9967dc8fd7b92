//! Carries the attributes of a file over to the one that replaces it.

use std::ffi::{CStr, CString};
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::Path;

use rustix::fs::{XattrFlags, fgetxattr, fremovexattr, fsetxattr, getxattr, listxattr};
use rustix::io::Errno;

use super::error::words;

/// Attributes that the kernel makes from a file's bytes, or that are about the bytes: they would
/// be wrong on others.
///
/// Source: `include/uapi/linux/xattr.h`.
const OF_THE_BYTES: &[&CStr] = &[c"security.ima", c"security.evm", c"security.capability"];

/// Set-user-ID and set-group-ID: whoever runs the file acts as its owner or group. They are given to a text that was looked
/// at, not to the next one; the kernel takes them off too when a file is written (`fs/attr.c: setattr_should_drop_suidgid`).
const PRIVILEGES: u32 = 0o6000;

/// The rights of users and groups beyond owner, group and others.
const ACL: &CStr = c"system.posix_acl_access";

/// The longest list of names, and the longest value, that Linux has (`XATTR_LIST_MAX`,
/// `XATTR_SIZE_MAX`).
const LONGEST: usize = 65536;

/// Gives `new` the owner, group, mode and extended attributes of the file at `old`. Returns a
/// sentence about each that could not be kept.
///
/// # Errors
/// When the metadata of `new` cannot be read.
pub(super) fn carry_over(old: &Path, known: &Metadata, new: &File) -> io::Result<Vec<String>> {
    let mut notes = Vec::new();
    let mode = owner(known, new, &mut notes)? & !PRIVILEGES;
    if known.mode() & PRIVILEGES != 0 {
        notes.push("its set-user-ID and set-group-ID bits were removed".to_owned());
    }
    // A directory may give new files an ACL of its own.
    match fremovexattr(new, ACL) {
        Ok(()) | Err(Errno::NODATA | Errno::OPNOTSUPP) => {}
        Err(error) => notes.push(format!(
            "the default ACL of the directory was not removed: {}",
            error_words(error)
        )),
    }
    // After the owner: changing that takes special bits away.
    if let Err(error) = new.set_permissions(Permissions::from_mode(mode)) {
        notes.push(format!("the mode {mode:04o} could not be kept: {}", words(&error)));
    }
    extended(old, new, &mut notes);
    Ok(notes)
}

/// Carries the owner over, and returns the mode that the file may have then: rights of another
/// group are not given to this one.
fn owner(known: &Metadata, new: &File, notes: &mut Vec<String>) -> io::Result<u32> {
    let mode = known.mode() & 0o7777;
    let own = new.metadata()?;
    if (own.uid(), own.gid()) == (known.uid(), known.gid()) {
        return Ok(mode);
    }
    let Err(error) = fchown(new, Some(known.uid()), Some(known.gid())) else { return Ok(mode) };
    let has_group = own.gid() == known.gid() || fchown(new, None, Some(known.gid())).is_ok();
    let (what, mode) = if has_group {
        ("owner", mode & 0o777)
    } else {
        let others = mode & 0o007;
        ("owner and group", mode & 0o707 | mode & (others << 3))
    };
    let (uid, gid) = (known.uid(), known.gid());
    notes.push(format!("{what} ({uid}:{gid}) could not be kept: {}", words(&error)));
    Ok(mode)
}

fn extended(old: &Path, new: &File, notes: &mut Vec<String>) {
    for name in names(old) {
        if OF_THE_BYTES.contains(&name.as_c_str()) {
            continue;
        }
        let Some(value) = value(|buffer| getxattr(old, &name, buffer)) else { continue };
        if self::value(|buffer| fgetxattr(new, &name, buffer)).as_ref() == Some(&value) {
            continue;
        }
        if let Err(error) = fsetxattr(new, &name, &value, XattrFlags::empty()) {
            let what = match name.to_str() {
                Ok("security.selinux") => "the SELinux label".to_owned(),
                Ok("system.posix_acl_access") => "the ACL".to_owned(),
                _ => format!("the attribute {}", name.to_string_lossy()),
            };
            notes.push(format!("{what} could not be kept: {}", error_words(error)));
        }
    }
}

/// The names of a file's extended attributes; none where they do not exist.
fn names(path: &Path) -> Vec<CString> {
    let list = value(|buffer| listxattr(path, buffer)).unwrap_or_default();
    list.split_inclusive(|byte| *byte == 0)
        .filter_map(|name| CStr::from_bytes_with_nul(name).ok().map(CStr::to_owned))
        .collect()
}

fn value(read: impl FnOnce(&mut [u8]) -> Result<usize, Errno>) -> Option<Vec<u8>> {
    let mut buffer = vec![0; LONGEST];
    let length = read(&mut buffer).ok()?;
    buffer.truncate(length);
    Some(buffer)
}

fn error_words(error: Errno) -> String {
    words(&error.into())
}
