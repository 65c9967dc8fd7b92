//! Nothing is lost: the real program on a real pseudo terminal, ended in every possible way.

use std::fs;

use crate::harness::home::Home;
use crate::support::pty::Pty;

const GUEST: &str = include_str!("../../demo-domains/plain.xml");

impl Home {
    fn read(&self) -> String {
        fs::read_to_string(self.guest()).unwrap()
    }

    /// The program with the guest, and these other settings of the environment.
    fn start_with(&self, environment: &[(&str, &str)]) -> Pty {
        let state = self.path().join("state");
        let mut all = vec![("XDG_STATE_HOME", state.to_str().unwrap())];
        all.extend(environment);
        Pty::start(&[self.guest().to_str().unwrap()], &all)
    }

    fn start(&self) -> Pty {
        self.start_with(&[])
    }

    /// The files of the journal.
    fn journal(&self) -> Vec<String> {
        let folder = self.path().join("state/virt-topo/journal");
        let entries = fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn has_record(&self) -> bool {
        self.journal().iter().any(|name| name.contains(".json"))
    }

    /// Waits until the changes are on disk.
    fn wait_kept(&self, pty: &Pty) {
        pty.wait("the record of the changes", |_| self.has_record());
    }
}

/// Freezes everything, which only turns `mode` over in this guest.
fn freeze(pty: &mut Pty) {
    pty.wait_for("host bridge");
    pty.type_keys("F");
    // The header counts unsaved changes.
    pty.wait_for("* 1");
}

/// The guest after freezing. The comment at its beginning has the same attribute text.
fn frozen(text: &str) -> String {
    text.replace("' mode='dynamic'", "' mode='static'")
}

/// Restores the unsaved changes, saves, and quits.
fn resume_and_save(home: &Home) {
    let mut pty = home.start();
    pty.wait_for("Unsaved changes from an earlier session");
    pty.type_keys("\r");
    pty.wait_for("Restored 1 change");
    pty.type_keys("s");
    pty.wait_for("save /");
    pty.type_keys("s");
    pty.wait_for("Saved /");
    pty.type_keys("q");
    assert_eq!(pty.wait_end(), (0, None));
    assert!(home.read() == frozen(GUEST), "{}", home.read());
    assert_eq!(home.journal(), [""; 0], "all is saved");
}

#[test]
fn a_hang_up_or_a_signal_loses_nothing() {
    for signal in ["-HUP", "-TERM", "-KILL"] {
        let home = Home::with(GUEST);
        let mut pty = home.start();
        freeze(&mut pty);
        if signal == "-KILL" {
            // The others end in good order, and wait for the journal themselves.
            home.wait_kept(&pty);
        }
        pty.signal(signal);
        pty.wait_end();
        assert_eq!(home.read(), GUEST, "{signal}");
        resume_and_save(&home);
    }
}

#[test]
fn a_lost_terminal_loses_nothing() {
    let home = Home::with(GUEST);
    let mut pty = home.start();
    freeze(&mut pty);
    let pid = pty.child.process_id().unwrap();
    // Whoever drops it is not patient for long.
    home.wait_kept(&pty);
    drop(pty);
    Pty::wait_gone(pid);
    resume_and_save(&home);
}

#[test]
fn a_panic_loses_nothing() {
    let home = Home::with(GUEST);
    let mut pty = home.start_with(&[("VIRT_TOPO_PANIC_KEY", "1")]);
    freeze(&mut pty);
    pty.type_keys("\x1b[24~");
    assert_eq!(pty.wait_end().0, 101);
    resume_and_save(&home);
}

#[test]
fn leaving_asks_and_keys_typed_meanwhile_are_not_lost() {
    let home = Home::with(GUEST);
    let mut pty = home.start();
    freeze(&mut pty);
    pty.type_keys("q");
    pty.wait_for("Unsaved changes");
    pty.type_keys("j\r");
    assert_eq!(pty.wait_end(), (0, None));
    assert!(home.has_record());
    let mut pty = home.start();
    pty.wait_for("Unsaved changes from an earlier session");
    // Restore, save and quit in one go.
    pty.type_keys("\rssq");
    assert_eq!(pty.wait_end(), (0, None));
    assert!(home.read() == frozen(GUEST), "{}", home.read());
    assert_eq!(home.journal(), [""; 0]);
    // And without them.
    fs::write(home.guest(), GUEST).unwrap();
    let mut pty = home.start();
    freeze(&mut pty);
    pty.type_keys("qjj\r");
    assert_eq!(pty.wait_end(), (0, None));
    assert_eq!(home.journal(), [""; 0]);
    assert_eq!(home.read(), GUEST);
}

#[test]
fn somebody_elses_edit_is_kept_beside_mine() {
    let home = Home::with(GUEST);
    let mut pty = home.start();
    freeze(&mut pty);
    let theirs = GUEST.replace("<name>plain</name>", "<name>theirs</name>");
    fs::write(home.guest(), &theirs).unwrap();
    pty.wait_for("Your changes are kept. F5: choose what to do");
    pty.type_keys("ss");
    pty.wait_for("File on disk and your changes");
    pty.type_keys("\r");
    pty.wait_for("Re-applied: 1 change");
    pty.type_keys("ss");
    pty.wait_for("Saved /");
    // The program's own save is not reported as a change.
    pty.type_keys("u");
    pty.wait_for("Undid: ");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert!(!pty.look(vt100::Screen::contents).contains("changed on disk"));
    pty.type_keys("U");
    pty.wait_for("Redid: ");
    pty.type_keys("q");
    assert_eq!(pty.wait_end(), (0, None));
    assert_eq!(home.read(), frozen(&theirs));
}

#[test]
fn two_sessions_warn_each_other() {
    let home = Home::with(GUEST);
    let mut first = home.start();
    first.wait_for("host bridge");
    let mut second = home.start();
    let other = format!("process {}", first.child.process_id().unwrap());
    second.wait("the other session", |screen| {
        let contents = screen.contents();
        contents.contains("also open in another session") || contents.contains(&other)
    });
    first.wait_for("is also open in another");
    for pty in [&mut first, &mut second] {
        pty.type_keys("q");
        assert_eq!(pty.wait_end(), (0, None));
    }
    assert_eq!(home.journal(), [""; 0]);
}

#[test]
fn without_a_place_for_changes_that_is_said_and_the_program_works() {
    let home = Home::with(GUEST);
    let mut pty = home.start_with(&[("XDG_STATE_HOME", "/proc/nowhere")]);
    pty.wait_for("cannot be used");
    freeze(&mut pty);
    pty.type_keys("q");
    pty.wait_for("Unsaved changes");
    assert!(!pty.look(vt100::Screen::contents).contains("offered"));
    pty.type_keys("\rs");
    assert_eq!(pty.wait_end(), (0, None));
    assert!(home.read() == frozen(GUEST), "{}", home.read());
}

#[test]
fn a_document_saved_to_standard_output_is_printed_when_the_screen_is_left() {
    let program = env!("CARGO_BIN_EXE_virt-topo");
    let command = format!("{program} - < demo-domains/bare.xml; echo status=$?");
    let mut pty = Pty::run("/bin/sh", &["-c", &command], &[]);
    pty.wait_for("host bridge");
    pty.type_keys("s");
    pty.wait_for("save as -");
    pty.type_keys("\r");
    pty.wait_for("the document is printed on quit");
    pty.type_keys("q");
    pty.wait_for("status=0");
    let written = pty.written();
    let (_, after) = written.rsplit_once("\x1b[?1049l").unwrap();
    let text = include_str!("../../demo-domains/bare.xml").replace('\n', "\r\n");
    assert!(after.contains(&text), "{after}");
}
