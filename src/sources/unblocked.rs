//! Opens a file that may be a pipe, whose other end may never be opened.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

/// Opens the file at `path` without waiting for the other end of a pipe; reading and writing wait as usual.
///
/// # Errors
/// As [`OpenOptions::open`]; `ENXIO` for writing to a pipe that nothing reads from. A pipe that nothing writes to is empty.
pub(super) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = options.custom_flags(flags.bits().cast_signed()).open(path)?;
    fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
    Ok(file)
}
