//! The program with misbehaving monitors: it ends on request, or by itself within its limits, needs
//! little memory, prints nothing but its own text, and restores the terminal.
//! `VIRT_TOPO_HOSTILE=all` tries every misbehaviour with every command.

use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::harness::hostile::{Hostile, is_raw, modes};
use crate::support::pty::{Pty, peak};

/// The most memory of a process, in KiB.
const MEMORY: u64 = 200 << 10;
/// The longest time of a command. With answers of a second a query takes six at most, and `attach`
/// makes two; the rest is for a busy machine.
const LONGEST: Duration = Duration::from_secs(25);
/// The screen ends in less, on a busy machine as well.
const END: Duration = Duration::from_secs(2);

const GUEST: &str = "demo-domains/q35.xml";
const DETECT: &[&str] = &["detect", GUEST];
const EXPLAIN: &[&str] = &["detect", GUEST, "--explain"];
const ADOPT: &[&str] = &["detect", GUEST, "--adopt", "all", "--diff"];
const ATTACH: &[&str] = &["attach", "nic", "--id", "d1"];
const DETACH: &[&str] = &["detach", "net0", "--yes", "--wait", "1"];
const DUMP: &[&str] = &[GUEST, "--dump"];
const COMMANDS: &[&[&str]] = &[
    DETECT,
    EXPLAIN,
    ADOPT,
    ATTACH,
    DETACH,
    DUMP,
    &["detect"],
    &["detect", "--emit-xml"],
    &["detect", "--format", "json"],
];

/// The result of a command.
struct Ended {
    status: i32,
    took: Duration,
    /// The peak memory in KiB.
    most: u64,
    said: String,
}

/// Runs a command with a monitor of this kind, and checks that it ends well.
fn run(mode: &str, arguments: &[&str]) -> Ended {
    let server = Hostile::start(mode);
    let output = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_virt-topo"));
    command.args(arguments).args(["--monitor", server.name(), "--monitor-timeout", "1"]);
    command.env("XDG_CONFIG_HOME", "/nonexistent").current_dir(env!("CARGO_MANIFEST_DIR"));
    let append = || std::fs::OpenOptions::new().append(true).open(output.path()).unwrap();
    command.stdin(Stdio::null()).stdout(append()).stderr(append());
    let begun = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut most = 0;
    let status = loop {
        most = most.max(peak(child.id()));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > LONGEST {
            child.kill().unwrap();
            panic!("{mode}: {arguments:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let took = begun.elapsed();
    let said = String::from_utf8_lossy(&std::fs::read(output.path()).unwrap()).into_owned();
    let code = status.code().unwrap_or_else(|| panic!("{mode}: {arguments:?}: {status}"));
    assert!(code <= 2, "{mode}: {arguments:?}: {code}\n{said}");
    assert!(most <= MEMORY, "{mode}: {arguments:?}: {most} KiB");
    // A document goes as it is into a file.
    let is_document = arguments.contains(&"--emit-xml");
    assert!(is_document || !is_raw(&said), "{mode}: {arguments:?}: {said:?}");
    Ended { status: code, took, most, said }
}

#[test]
fn a_flood_of_events_makes_no_wait_longer() {
    for (mode, arguments) in [("evflood", DETECT), ("evgreetflood", DETECT), ("evafter", DETACH)] {
        let ended = run(mode, arguments);
        assert!(ended.took < Duration::from_secs(10), "{mode} {:?}", ended.took);
    }
}

#[test]
fn an_answer_in_drops_is_waited_for_as_long_as_any() {
    for mode in ["hmpdrip", "dripanswers"] {
        let ended = run(mode, DETECT);
        assert_eq!(ended.status, 2, "{}", ended.said);
        assert!(ended.said.contains("did not answer in full within"), "{}", ended.said);
    }
}

#[test]
fn an_answer_of_too_many_values_is_refused_before_they_are_made() {
    for mode in ["bomb", "bombkeys"] {
        let ended = run(mode, DETECT);
        assert_eq!(ended.status, 2, "{}", ended.said);
        assert!(ended.said.contains("64 MiB of memory"), "{}", ended.said);
    }
}

#[test]
fn the_words_of_a_monitor_are_made_safe_wherever_they_are_printed() {
    for (mode, arguments) in [
        ("capserr", DETECT),
        ("evil", DETECT),
        ("evil", EXPLAIN),
        ("evil", ADOPT),
        ("evilerr", DETECT),
        ("evil", &["detect", "--format", "json"]),
        ("evil", &["detect", GUEST, "--format", "json"]),
    ] {
        run(mode, arguments);
    }
}

#[test]
fn what_is_confirmed_and_not_done_is_told_as_not_done() {
    let ended = run("liedone", ATTACH);
    assert_eq!(ended.status, 1, "{}", ended.said);
    assert!(ended.said.contains("the guest has no device d1"), "{}", ended.said);
    let ended = run("liegone", DETACH);
    assert_eq!(ended.status, 1, "{}", ended.said);
    assert!(ended.said.contains("is still there"), "{}", ended.said);
}

/// How the screen is ended, by a key or a signal.
#[derive(Clone, Copy, Debug)]
enum End {
    Key,
    Signal(&'static str),
    Close,
}

/// Begins the screen with a monitor of this kind, and ends it when that has misbehaved for so long;
/// how long that took, and the most memory in KiB.
fn leave(mode: &str, end: End, after: Duration) -> (Duration, u64) {
    let server = Hostile::start(mode);
    let arguments = [GUEST, "--monitor", server.name()];
    let mut pty = match end {
        // The terminal goes with the leader of its session.
        End::Close => {
            let words = [env!("CARGO_BIN_EXE_virt-topo"), GUEST, "--monitor", server.name()];
            Pty::run("/bin/sh", &["-c", &format!("{}; :", words.join(" "))], &[])
        }
        End::Key | End::Signal(_) => Pty::start(&arguments, &[]),
    };
    pty.wait_for("host bridge");
    std::thread::sleep(after);
    let pid = match end {
        End::Close => pty.child_of_child(),
        End::Key | End::Signal(_) => pty.child.process_id().unwrap(),
    };
    let most = peak(pid);
    assert!(most <= MEMORY, "{mode} {end:?}: {most} KiB");
    let begun = Instant::now();
    match end {
        End::Key => pty.type_keys("q"),
        End::Signal(name) => pty.signal(name),
        End::Close => pty.child.kill().unwrap(),
    }
    Pty::wait_gone(pid);
    let took = begun.elapsed();
    assert!(took < END, "{mode} {end:?}: {took:?}");
    if matches!(end, End::Close) {
        return (took, most);
    }
    pty.wait_end();
    pty.assert_restored();
    let written = pty.written();
    let foreign = ["\u{1b}]52", "\u{7}", "\u{9b}", "\u{202e}", "\u{2066}", "\u{200b}", "\u{e0041}"];
    assert_eq!(foreign.iter().find(|text| written.contains(**text)), None, "{mode}");
    (took, most)
}

#[test]
fn a_monitor_that_floods_does_not_keep_the_screen() {
    for end in [End::Key, End::Signal("-TERM"), End::Close] {
        leave("evflood", end, Duration::from_millis(700));
    }
}

#[test]
fn every_monitor_is_left_by_every_command_and_by_the_screen() {
    let is_whole = std::env::var("VIRT_TOPO_HOSTILE").is_ok_and(|value| value == "all");
    if !is_whole {
        // Kinds without a case of their own above, once.
        for mode in ["silent", "garbage", "hmpecho", "wrongid"] {
            run(mode, DETECT);
        }
        return;
    }
    // Most of the time is spent waiting: some at a time.
    let left = Mutex::new(modes());
    let next = || left.lock().unwrap().next();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| std::iter::from_fn(next).for_each(every_command_and_end));
        }
    });
}

fn every_command_and_end(mode: &'static str) {
    for arguments in COMMANDS {
        let Ended { status, took, most, .. } = run(mode, arguments);
        eprintln!("{mode:16} {took:8.2?} {most:6} KiB, status {status}: {}", arguments.join(" "));
    }
    for end in [End::Key, End::Signal("-TERM"), End::Signal("-HUP"), End::Close] {
        let (took, most) = leave(mode, end, Duration::from_secs(3));
        eprintln!("{mode:16} {took:8.2?} {most:6} KiB, screen left by {end:?}");
    }
}
