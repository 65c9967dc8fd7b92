//! Copying by way of tmux, for programs that run inside of it.

use std::io::{self, Write as _};
use std::process::{Command, Stdio};

/// Gives `text` to tmux as its newest buffer, and through it to the clipboard of the terminal around
/// it (tmux(1), load-buffer -w).
///
/// # Errors
/// When tmux cannot be run or refuses.
pub fn copy_by_tmux(text: &str) -> io::Result<()> {
    let mut tmux = Command::new("tmux")
        .args(["load-buffer", "-w", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut stdin) = tmux.stdin.take() {
        stdin.write_all(text.as_bytes())?;
    }
    let status = tmux.wait()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("tmux: {status}"))) }
}
