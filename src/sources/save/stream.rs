//! Writing to what cannot be replaced by a new file: a pipe, a device, an open descriptor
//! (`/dev/stdout`, `/dev/fd/63`).

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;

use super::error::SaveFailure;
use crate::sources::unblocked;

/// How long to wait for the reader of a pipe, which may have been started in the same moment.
const PATIENCE: Duration = Duration::from_secs(1);

/// Pause between two attempts to open a pipe.
const PAUSE: Duration = Duration::from_millis(20);

/// Writes `text` to the file at `path`, from the position of its descriptor.
pub(super) fn write(path: &Path, text: &str) -> Result<(), SaveFailure> {
    Ok(open(path)?.write_all(text.as_bytes())?)
}

/// Whether a link in `folder` is an open descriptor: its target, such as `pipe:[4242]`, is no path.
///
/// Source: `proc_pid_fd(5)`.
pub(super) fn has_descriptors(folder: &Path) -> bool {
    let real = fs::canonicalize(folder);
    real.is_ok_and(|real| real.starts_with("/proc") && real.ends_with("fd"))
}

fn open(path: &Path) -> Result<File, SaveFailure> {
    if let Some(own) = standard_stream(path) {
        return Ok(own?);
    }
    let start = Instant::now();
    // Earlier output of a descriptor is kept, as after `3>>log`.
    let mut options = File::options();
    options.append(true);
    loop {
        match unblocked::open(&mut options, path) {
            Err(error) if is_unread(path, &error) => {}
            file => return Ok(file?),
        }
        if start.elapsed() > PATIENCE {
            return Err(SaveFailure::NoReader);
        }
        thread::sleep(PAUSE);
    }
}

/// Whether opening failed because nothing reads from the pipe at `path` (`fifo(7)`).
fn is_unread(path: &Path, error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::NXIO)
        && fs::metadata(path).is_ok_and(|there| there.file_type().is_fifo())
}

/// Standard output or error of this process. Opened by its path, a regular file would be written
/// from its beginning, and later output of others would overwrite that.
fn standard_stream(path: &Path) -> Option<io::Result<File>> {
    let own = PathBuf::from(format!("/proc/{}/fd", std::process::id()));
    if fs::canonicalize(path.parent()?).ok()? != own {
        return None;
    }
    let stream = match path.file_name().and_then(OsStr::to_str)? {
        "1" => io::stdout().as_fd().try_clone_to_owned(),
        "2" => io::stderr().as_fd().try_clone_to_owned(),
        _ => return None,
    };
    Some(stream.map(File::from))
}
