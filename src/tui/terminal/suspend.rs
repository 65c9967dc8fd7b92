//! Going to the background, where there is a shell that brings the program back.

use signal_hook::consts::SIGTSTP;

/// Stops the process until its shell continues it. `false` without a shell with job control, which
/// alone would continue it.
pub fn stop() -> bool {
    if !has_shell() {
        return false;
    }
    // SIGTSTP is caught, so it is the signal behind it that stops.
    signal_hook::low_level::emulate_default_handler(SIGTSTP).is_ok()
}

/// Whether an ancestor process of the session is in another process group: a shell that can
/// continue this one. The kernel calls a group without one orphaned and does not stop it (POSIX,
/// Definitions, 3.264).
fn has_shell() -> bool {
    let Some(own) = Kin::of("self") else {
        // Only a leader of a session is surely without a shell above it.
        return rustix::process::getsid(None).is_ok_and(|id| id != rustix::process::getpid());
    };
    let mut parent = own.parent;
    // A chain of wrappers (sudo, env) in our own group ends at the shell.
    for _ in 0..64 {
        let Some(kin) = Kin::of(&parent.to_string()) else { return false };
        if kin.session != own.session {
            return false;
        }
        if kin.group != own.group {
            return true;
        }
        parent = kin.parent;
    }
    false
}

/// The relations of a process, from `/proc`. The system calls for them return 0 outside of a
/// container's PID namespace, which `rustix` takes for a bug.
struct Kin {
    parent: u32,
    group: u32,
    session: u32,
}

impl Kin {
    /// `None` where there is no such process, or no `/proc`.
    fn of(pid: &str) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // Behind the name in brackets: state, parent, group, session (proc(5)).
        let mut numbers = stat.rsplit_once(')')?.1.split_whitespace().skip(1);
        let mut next = || numbers.next()?.parse().ok();
        Some(Self { parent: next()?, group: next()?, session: next()? })
    }
}
