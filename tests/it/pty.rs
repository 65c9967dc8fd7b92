//! The real program on a real pseudo terminal: how it begins, and that it leaves the terminal as it
//! was, whatever ends it.

use std::time::{Duration, Instant};

use crate::support::pty::Pty;

fn plain() -> Pty {
    let pty = Pty::start(&["demo", "plain"], &[]);
    pty.wait_for("host bridge");
    pty
}

#[test]
fn walking_and_quitting_leaves_the_terminal_as_it_was() {
    let mut pty = plain();
    assert!(pty.look(vt100::Screen::alternate_screen));
    pty.type_keys("jj");
    pty.wait_for("part of the chipset");
    pty.wait("the selection in reverse", |screen| {
        (0..24).any(|row| screen.cell(row, 10).is_some_and(vt100::Cell::inverse))
    });
    pty.type_keys("\x1b[B2");
    pty.wait_for("functions of");
    pty.type_keys("q");
    assert_eq!(pty.wait_end(), (0, None));
    pty.assert_restored();
}

#[test]
fn a_resize_is_followed_down_to_one_line_and_back() {
    let mut pty = plain();
    pty.resize(120, 40);
    pty.wait_for("20 devices");
    pty.resize(20, 5);
    pty.wait_for("20x5 is too small");
    pty.resize(80, 24);
    pty.wait_for("guest sees");
    pty.type_keys("q");
    pty.wait_end();
    pty.assert_restored();
}

#[test]
fn a_paste_is_text_in_a_field_and_no_command_elsewhere() {
    let mut pty = plain();
    pty.type_keys("\x1b[200~qqq\x1b[201~/\x1b[200~vda\x1b[201~");
    pty.wait_for("filter vda");
    pty.type_keys("\r");
    pty.wait_for("disk vda");
    pty.type_keys("q");
    assert_eq!(pty.wait_end(), (0, None));
}

#[test]
fn signals_leave_the_terminal_and_are_seen_by_the_parent() {
    // The signal's name for kill(1), and the expected end: that signal, or status 128 and its
    // number.
    for (signal, status, name) in [
        ("TERM", 1, Some("Terminated")),
        ("HUP", 1, Some("Hangup")),
        ("INT", 1, Some("Interrupt")),
        ("QUIT", 1, Some("Quit")),
        ("ABRT", 1, Some("Aborted")),
        ("USR1", 1, Some("User defined signal 1")),
        ("USR2", 1, Some("User defined signal 2")),
        ("ALRM", 1, Some("Alarm clock")),
        ("VTALRM", 1, Some("Virtual timer expired")),
        ("PROF", 1, Some("Profiling timer expired")),
        ("XCPU", 1, Some("CPU time limit exceeded")),
        ("BUS", 1, Some("Bus error")),
        ("SYS", 1, Some("Bad system call")),
        ("TRAP", 1, Some("Trace/breakpoint trap")),
        ("IO", 128 + 29, None),
        ("PWR", 128 + 30, None),
        ("STKFLT", 128 + 16, None),
        ("34", 128 + 34, None),
        ("64", 128 + 64, None),
    ] {
        let mut pty = plain();
        pty.signal(&format!("-{signal}"));
        let ended = pty.wait_end();
        assert_eq!((ended.0, ended.1.as_deref()), (status, name), "{signal}");
        pty.assert_restored();
    }
}

#[test]
fn a_file_that_may_not_grow_does_not_end_the_program() {
    let mut pty = plain();
    pty.signal("-XFSZ");
    pty.type_keys("?");
    pty.wait_for("in Topology");
    pty.type_keys("qq");
    assert_eq!(pty.wait_end(), (0, None));
}

#[test]
fn half_of_a_sequence_does_not_cost_the_keyboard() {
    for half in ["\x1b[<", "\x1b[<0;1", "\x1b[20", "\x1b[M", "\x1bO"] {
        let mut pty = plain();
        pty.type_keys(half);
        std::thread::sleep(Duration::from_millis(300));
        pty.type_keys("q");
        assert_eq!(pty.wait_end(), (0, None), "{half:?}");
        pty.assert_restored();
    }
    // Without a pause the sequence takes one key, and ctrl-c none.
    let mut pty = plain();
    pty.type_keys("\x1b[<0;\x03");
    assert_eq!(pty.wait_end(), (0, None));
    // A paste may come slowly; given up, it is no more than a text.
    let mut pty = plain();
    pty.type_keys("/\x1b[200~vd");
    std::thread::sleep(Duration::from_millis(500));
    pty.type_keys("a");
    pty.wait_for("filter vda");
    pty.type_keys("\x1b");
    pty.wait("no filter", |screen| !screen.contents().contains("filter vda"));
    pty.type_keys("q");
    assert_eq!(pty.wait_end(), (0, None));
}

#[test]
fn a_terminal_may_claim_any_size() {
    for (columns, rows) in [(65535, 65535), (65535, 1), (1, 65535), (10000, 10000), (0, 0)] {
        let mut pty = plain();
        pty.claim_size(columns, rows);
        std::thread::sleep(Duration::from_millis(500));
        pty.type_keys("1234567890q");
        let mut most = 0;
        let begun = Instant::now();
        while pty.child.try_wait().unwrap().is_none() {
            most = most.max(pty.peak());
            assert!(begun.elapsed() < Duration::from_secs(20), "{columns}x{rows}");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(pty.wait_end(), (0, None), "{columns}x{rows}");
        assert!(most < 200 << 10, "{columns}x{rows}: {most} KiB");
        pty.assert_restored();
    }
}

#[test]
fn a_signal_does_not_wait_behind_keys() {
    let mut pty = plain();
    // Fewer than the terminal keeps for a program that does not read.
    pty.type_keys(&"123456".repeat(600));
    std::thread::sleep(Duration::from_millis(50));
    let begun = Instant::now();
    pty.signal("-TERM");
    assert_eq!(pty.wait_end().1.as_deref(), Some("Terminated"));
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    pty.assert_restored();
}

#[test]
fn a_signal_does_not_wait_for_a_terminal_that_takes_nothing() {
    let mut pty = plain();
    pty.stall(true);
    // Continuing after a stop draws everything again, until a write blocks.
    for _ in 0..60 {
        pty.signal("-CONT");
        std::thread::sleep(Duration::from_millis(35));
    }
    let begun = Instant::now();
    pty.signal("-TERM");
    assert_eq!(pty.wait_end().1.as_deref(), Some("Terminated"));
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    pty.assert_modes();
    pty.stall(false);
}

#[test]
fn a_terminal_that_goes_away_ends_the_program() {
    // The terminal goes with the leader of its session; the trap keeps the signal from being all
    // that ends the program.
    let program = env!("CARGO_BIN_EXE_virt-topo");
    for command in [format!("{program} demo plain; :"), format!("trap '' HUP; {program} demo; :")] {
        let mut pty = Pty::run("/bin/sh", &["-c", &command], &[]);
        pty.wait_for("pci.0");
        let program = pty.child_of_child();
        pty.child.kill().unwrap();
        Pty::wait_gone(program);
    }
}

#[test]
fn a_panic_leaves_the_terminal_before_it_is_reported() {
    let mut pty = Pty::start(&["demo", "plain"], &[("VIRT_TOPO_PANIC_KEY", "1")]);
    pty.wait_for("host bridge");
    pty.type_keys("\x1b[24~");
    pty.wait_for("asked for by F12");
    let (status, _) = pty.wait_end();
    assert_eq!(status, 101);
    pty.assert_restored();
    let written = pty.written();
    let (left, said) = (written.find("\x1b[?1049l"), written.find("asked for by F12"));
    assert!(left < said, "the report comes after the screen was left");
}

#[test]
fn suspending_gives_the_terminal_back_until_fg() {
    // A shell with job control, because without one there is nothing to go back to.
    let program = env!("CARGO_BIN_EXE_virt-topo");
    let mut pty = Pty::run("/bin/bash", &["--norc", "--noediting", "-i"], &[("PS1", "shell> ")]);
    pty.wait_for("shell>");
    pty.type_keys(&format!("{program} demo plain\n"));
    pty.wait_for("host bridge");
    for _ in 0..2 {
        pty.type_keys("\x1a");
        pty.wait("the shell", |screen| !screen.alternate_screen());
        pty.wait_for("Stopped");
        pty.type_keys("fg\n");
        pty.wait("the screen again", |screen| {
            screen.alternate_screen() && screen.contents().contains("host bridge")
        });
        pty.type_keys("j");
    }
    pty.type_keys("q");
    pty.wait("the shell", |screen| !screen.alternate_screen());
    pty.type_keys("echo status=$?\n");
    pty.wait_for("status=0");
    pty.assert_restored();
}

#[test]
fn without_a_shell_there_is_nothing_to_go_back_to() {
    let mut pty = plain();
    pty.type_keys("\x1a");
    pty.wait_for("Cannot suspend: there is no shell to return to");
    pty.type_keys("q");
    assert_eq!(pty.wait_end(), (0, None));
    pty.assert_restored();
}

/// Every `ESC [ ... m` in the output.
fn styles(written: &str) -> Vec<String> {
    let ends = written.split("\x1b[").skip(1);
    ends.filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
        (rest.as_bytes()[end] == b'm').then(|| rest.get(..end).unwrap().to_owned())
    })
    .collect()
}

#[test]
fn no_color_means_no_colour_codes_at_all_and_the_selection_is_still_seen() {
    let mut pty = Pty::start(&["demo", "conflicts"], &[("NO_COLOR", "1")]);
    pty.wait_for("host bridge");
    pty.type_keys("jj27");
    pty.wait_for("<video");
    pty.type_keys("1");
    pty.wait_for("guest sees");
    pty.wait("the selection in reverse", |screen| {
        (0..24).any(|row| screen.cell(row, 10).is_some_and(vt100::Cell::inverse))
    });
    pty.type_keys("q");
    pty.wait_end();
    for style in styles(&pty.written()) {
        let is_colour = |code: &str| code.parse::<u8>().is_ok_and(|code| code >= 30);
        assert!(!style.split(';').any(is_colour), "ESC[{style}m names a colour");
    }
    // An empty one does not count.
    let mut pty = Pty::start(&["demo", "conflicts"], &[("NO_COLOR", "")]);
    pty.wait_for("host bridge");
    pty.type_keys("q");
    pty.wait_end();
    assert!(styles(&pty.written()).iter().any(|style| style.contains("32")));
}

#[test]
fn a_poor_terminal_gets_ascii_and_sixteen_colours() {
    let mut pty = Pty::start(&["demo", "plain", "--theme", "nord"], &[("TERM", "linux")]);
    pty.wait_for("host bridge");
    pty.type_keys("jj?");
    pty.wait_for("in Topology");
    pty.type_keys("qq");
    pty.wait_end();
    let written = pty.written();
    assert!(written.is_ascii());
    assert!(!styles(&written).iter().any(|style| style.contains("38;")), "{:?}", styles(&written));
}

#[test]
fn the_mouse_is_taken_when_asked_for_and_given_back() {
    let mut pty = plain();
    pty.type_keys("%");
    pty.wait("the mouse", |screen| screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None);
    // A click on the tab of the third view, in SGR coordinates.
    pty.type_keys("\x1b[<0;25;2M\x1b[<0;25;2m");
    pty.wait_for("controller");
    pty.type_keys("q");
    pty.wait_end();
    pty.assert_restored();
}

#[test]
fn a_file_changed_outside_is_read_again() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("guest.xml");
    let text = include_str!("../../demo-domains/plain.xml");
    std::fs::write(&path, text).unwrap();
    let mut pty = Pty::start(&[path.to_str().unwrap()], &[]);
    pty.wait_for("host bridge");
    std::fs::write(&path, text.replace("<name>plain</name>", "<name>changed</name>")).unwrap();
    pty.wait_for("File changed on disk, reloaded");
    pty.wait("the new name", |screen| screen.contents().starts_with(" changed"));
    std::fs::remove_file(&path).unwrap();
    pty.wait_for("was removed");
    pty.type_keys("q");
    assert_eq!(pty.wait_end(), (0, None));
}

#[test]
fn a_document_may_come_through_standard_input() {
    let program = env!("CARGO_BIN_EXE_virt-topo");
    let command = format!("{program} - < demo-domains/plain.xml; echo status=$?");
    let mut pty = Pty::run("/bin/sh", &["-c", &command], &[]);
    pty.wait_for("host bridge");
    pty.type_keys("jq");
    pty.wait_for("status=0");
    pty.assert_restored();
}

#[test]
fn what_is_no_terminal_gets_text() {
    let run = |arguments: &[&str]| {
        assert_cmd::Command::new(env!("CARGO_BIN_EXE_virt-topo"))
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap()
    };
    let output = run(&["demo-domains/plain.xml"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.contains("20 devices"), "{text}");
    assert!(!text.contains('\x1b'));
    let plain = run(&["--plain", "demo-domains/plain.xml"]);
    let plain = String::from_utf8(plain.stdout).unwrap();
    assert!(plain.contains("dynamic") && !plain.contains(['○', '▾', '│', '─', '\x1b']), "{plain}");
    let dump = run(&["demo", "plain", "--keys", "jj<right>", "--dump", "--size", "60x12"]);
    let dump = String::from_utf8(dump.stdout).unwrap();
    assert_eq!(dump.lines().count(), 12);
    let mistyped = run(&["shwo", "demo-domains/plain.xml"]);
    assert_eq!(mistyped.status.code(), Some(2));
    let said = String::from_utf8(mistyped.stderr).unwrap();
    assert!(said.contains("did you mean 'show'"), "{said}");
}

#[test]
fn many_elements_are_asked_about_on_a_terminal() {
    let guest = "<domain type='kvm'><os><type arch='x86_64' machine='pc'>hvm</type></os><devices>\n\
                 <disk type='file'><source file='/a'/><target dev='sda' bus='scsi'/>\
                 <address type='drive' controller='100' bus='0' target='0' unit='0'/></disk>\n\
                 </devices></domain>\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guest.xml");
    for (answer, status) in [("n\r", 1), ("\r", 1), ("y\r", 0)] {
        std::fs::write(&file, guest).unwrap();
        let mut pty = Pty::start(&["adopt", file.to_str().unwrap(), "--all", "--write"], &[]);
        pty.wait_for("elements to the document. Continue? [y/N]");
        pty.type_keys(answer);
        assert_eq!(pty.wait_end(), (status, None), "{answer:?}");
        assert_eq!(std::fs::read_to_string(&file).unwrap() == guest, status == 1, "{answer:?}");
    }
}
