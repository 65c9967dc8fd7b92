//! Saving, leaving, taking up again, and other people's edits, on the screen.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::harness::screen::{Script, app};
use virt_topo::edit::{Record, Revision, Writer};
use virt_topo::sources::{Source, SourceError};
use virt_topo::text::ContentMark;
use virt_topo::tui::app::{LeftEdits, Mode};
use virt_topo::tui::message::Message;
use virt_topo::tui::script::Headless;

const GUEST: &str = "<domain type='kvm'>
  <name>two</name>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <controller type='usb' model='none'/>
    <interface type='user'>
      <mac address='52:54:00:00:00:01'/>
      <model type='virtio'/>
      <address type='pci' slot='0x05'/>
    </interface>
    <interface type='user'>
      <mac address='52:54:00:00:00:02'/>
      <model type='virtio'/>
      <address type='pci' slot='0x06'/>
    </interface>
    <memballoon model='none'/>
  </devices>
</domain>
";

/// Keys that move the first NIC to slot 9.
const MOVE: &str = "'00:01<enter>m0:9<enter>";

/// A guest in a folder of its own.
struct Guest(tempfile::TempDir);

impl Guest {
    fn new(text: &str) -> Self {
        let guest = Self(tempfile::tempdir().unwrap());
        guest.write(text);
        guest
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("guest.xml")
    }

    fn write(&self, text: &str) {
        fs::write(self.path(), text).unwrap();
    }

    fn read(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }

    /// The screen of it, which saves.
    fn open(&self) -> Script {
        let app = app(Source::File(self.path()));
        let mut screen = Headless::new(app, 80, 24);
        screen.saves = true;
        Script { screen }
    }
}

fn text(script: &Script) -> String {
    script.screen.app.session.revision().document.text().to_string()
}

fn is_changed(script: &Script) -> bool {
    script.screen.app.session.is_changed()
}

fn sees(script: &Script, words: &str) {
    let screen = script.text();
    assert!(screen.contains(words), "{words:?} on\n{screen}");
}

/// The record of a session that was killed after these keys.
fn left(guest: &Guest, keys: &str) -> LeftEdits {
    let base = ContentMark::of(guest.read());
    let script = guest.open().keys(keys);
    let writer = Writer { pid: 1, host: String::new(), time: 0 };
    let result = ContentMark::of(text(&script));
    let record = Record::new(String::new(), base, result, writer, script.screen.kept);
    LeftEdits { record, age: Duration::from_secs(300) }
}

fn moved(text: &str) -> String {
    text.replace("slot='0x05'", "slot='0x09'")
}

/// The screen of this text, under a name that is the same every time.
fn named(text: &str) -> Script {
    let mut script = Script::open("plain");
    let source = Source::Demo("two".to_owned());
    script.screen.app.open(source, Revision::build(text).unwrap());
    script
}

#[test]
fn questions_stand_over_the_view() {
    let guest = Guest::new(GUEST);
    let kept = |mut script: Script, left| {
        script.screen.send(Message::Journal(true, left));
        script
    };
    kept(named(GUEST).keys(MOVE), Vec::new()).keys("q").shot("question__leave");
    named(GUEST).keys(MOVE).keys("<F5>").shot("question__theirs");
    named(GUEST).keys(MOVE).keys("S<ctrl-u>two.xml<enter>").shot("review__one");
    let conflicts = GUEST.replace("0x06", "0x05");
    named(&conflicts).keys("S<ctrl-u>two.xml<enter>").size(40, 20).shot("review__error");
    named(GUEST).keys("S").shot("save-as__field");
    let left = left(&guest, &format!("{MOVE}'00:02<enter>m0:a<enter>"));
    kept(named(GUEST), vec![left.clone()]).shot("question__left-over");
    let theirs = GUEST.replace("0x06", "0x0b");
    kept(named(&theirs), vec![left]).keys("<enter>").shot("resume__partly");
}

#[test]
fn saving_takes_a_last_look_and_one_key() {
    let guest = Guest::new(GUEST);
    let script = guest.open().keys("s");
    sees(&script, "Nothing to save");
    let script = script.keys(MOVE);
    assert_eq!(text(&script), moved(GUEST));
    assert_eq!(script.screen.kept.len(), 1, "it outlives the program from now on");
    let script = script.keys("s");
    assert!(matches!(script.screen.app.mode, Mode::Review(_)));
    for words in ["move net virtio", "NIC", "-       <address", "+       <address"] {
        sees(&script, words);
    }
    let script = script.keys("<esc>");
    assert_eq!(guest.read(), GUEST, "only looked at");
    assert!(is_changed(&script));
    let script = script.keys("ss");
    sees(&script, "Saved ");
    assert_eq!(guest.read(), moved(GUEST));
    assert!(!is_changed(&script) && script.screen.kept.is_empty());
    // Undo goes on behind a save.
    let script = script.keys("u");
    assert!(is_changed(&script));
    assert_eq!(script.screen.kept.len(), 1);
    let script = script.keys("s<enter>");
    assert_eq!(guest.read(), GUEST);
    assert!(!is_changed(&script));
}

#[test]
fn the_last_look_says_what_is_wrong_and_errors_must_be_forced() {
    let guest = Guest::new(&GUEST.replace("0x06", "0x05"));
    let before = guest.read();
    let script = guest.open().keys("'00:02<enter>f'00:02<enter>m0:9<enter>u");
    assert_eq!(text(&script), before);
    // One error stays: the moved device conflicts with no other.
    let guest = Guest::new(&GUEST.replace("0x06", "0x05").replace(
        "    <memballoon",
        "    <sound model='ac97'><address type='pci' slot='0x07'/></sound>\n    <memballoon",
    ));
    let before = guest.read();
    let script = guest.open().keys("'ac97<enter>m0:8<enter>s");
    sees(&script, "Not saved: 1 error. Press ! to save anyway");
    let script = script.keys("s");
    sees(&script, "Not saved: the document has errors. Press ! to save anyway");
    assert_eq!(guest.read(), before);
    let script = script.keys("!");
    assert_eq!(guest.read(), before.replace("0x07", "0x08"));
    assert!(!is_changed(&script));
}

#[test]
fn save_as_makes_another_file_and_goes_on_with_it() {
    let guest = Guest::new(GUEST);
    let other = guest.0.path().join("other.xml");
    let name = format!("<ctrl-u>{}<enter>", other.display());
    let script = guest.open().keys(MOVE).keys("S");
    sees(&script, "save as ");
    let script = script.keys(&name).keys("s");
    assert_eq!(fs::read_to_string(&other).unwrap(), moved(GUEST));
    assert_eq!(guest.read(), GUEST);
    assert_eq!(script.screen.app.opened.source, Source::File(other.clone()));
    assert!(!is_changed(&script));
    // An existing file is not overwritten without a question.
    let script = guest.open().keys(MOVE).keys("u'00:02<enter>m0:a<enter>S").keys(&name).keys("s");
    sees(&script, "The file exists already");
    assert_eq!(fs::read_to_string(&other).unwrap(), moved(GUEST));
    let script = script.keys("j<enter>");
    assert_eq!(fs::read_to_string(&other).unwrap(), text(&script));
}

#[test]
fn a_demo_is_saved_as_a_copy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.xml");
    let mut script = Script::open("plain").keys("s");
    sees(&script, "save as plain.xml");
    script.screen.saves = true;
    let script = script.keys(&format!("<ctrl-u>{}<enter>s", path.display()));
    assert_eq!(fs::read_to_string(&path).unwrap(), text(&script));
    assert_eq!(script.screen.app.opened.source, Source::File(path));
    let script = Script::open("plain").keys("s<ctrl-u>-<enter>");
    assert!(script.screen.app.saving.print);
    sees(&script, "the document is printed on quit");
}

#[test]
fn a_failed_save_keeps_the_screen_and_the_changes() {
    let guest = Guest::new(GUEST);
    let script = guest.open().keys(MOVE).keys("S<ctrl-u>/nonexistent/a.xml<enter>s");
    sees(&script, "Not saved: /nonexistent/a.xml");
    assert!(is_changed(&script));
    assert_eq!(script.screen.kept.len(), 1);
    assert_eq!(script.screen.app.opened.source, Source::File(guest.path()));
}

#[test]
fn leaving_with_unsaved_changes_asks() {
    let guest = Guest::new(GUEST);
    assert!(guest.open().keys("q").screen.has_quit);
    let open = || {
        let mut script = guest.open().keys(MOVE);
        script.screen.send(Message::Journal(true, Vec::new()));
        script.keys("q")
    };
    let script = open();
    assert!(!script.screen.has_quit);
    let script = script.keys("<esc>");
    assert!(!script.screen.has_quit && is_changed(&script));
    let script = open().keys("j<enter>");
    assert!(script.screen.has_quit);
    assert_eq!(script.screen.kept.len(), 1, "they are offered again");
    let script = open().keys("jj<enter>");
    assert!(script.screen.has_quit && script.screen.kept.is_empty());
    let script = open().keys("<ctrl-c>");
    assert!(script.screen.has_quit && script.screen.kept.len() == 1, "asked twice");
    assert_eq!(guest.read(), GUEST);
    // Without a journal nothing is promised.
    let script = guest.open().keys(MOVE).keys("q");
    assert!(!script.text().contains("offered"));
    assert!(!script.keys("<ctrl-c><ctrl-c>").screen.has_quit);
    let script = open().keys("<enter>s");
    assert!(script.screen.has_quit);
    assert_eq!(guest.read(), moved(GUEST));
    // A last look that is broken off is no wish to leave any more.
    guest.write(GUEST);
    let script = open().keys("<enter><esc>ss");
    assert!(!script.screen.has_quit);
}

#[test]
fn another_guest_is_not_opened_over_unsaved_changes() {
    let guest = Guest::new(GUEST);
    let script = guest.open().keys(MOVE).keys("gdj<enter>");
    sees(&script, "Save or discard your changes");
    assert!(is_changed(&script));
}

#[test]
fn what_was_left_over_is_taken_up_to_the_byte() {
    let guest = Guest::new(GUEST);
    let left = left(&guest, &format!("{MOVE}'00:02<enter>m0:a<enter>"));
    let mut script = guest.open();
    script.screen.send(Message::Journal(true, vec![left]));
    let script = script.keys("<enter>");
    sees(&script, "Restored 2 changes");
    let want = moved(GUEST).replace("0x06", "0x0a");
    assert_eq!(text(&script), want);
    assert_eq!(script.screen.kept.len(), 2, "kept again at once");
    assert_eq!(script.screen.app.session.steps().len(), 2);
    let script = script.keys("ss");
    assert_eq!(guest.read(), want);
    assert!(!is_changed(&script));
    let script = script.keys("2u");
    assert_ne!(text(&script), want);
}

#[test]
fn what_was_left_over_may_wait_or_be_forgotten() {
    let guest = Guest::new(GUEST);
    let left = left(&guest, MOVE);
    let mut script = guest.open();
    script.screen.send(Message::Journal(true, vec![left]));
    let script = script.keys("<esc>");
    assert!(!is_changed(&script));
    // `resume` offers it again, also after other changes.
    let script = script.keys("'00:02<enter>m0:a<enter>gu<enter>");
    assert_eq!(text(&script), moved(GUEST).replace("0x06", "0x0a"));
    sees(&guest.open().keys("gu"), "No unsaved changes from an earlier session");
    let mut script = guest.open();
    script.screen.send(Message::Journal(true, vec![self::left(&guest, MOVE)]));
    let script = script.keys("j<enter>");
    sees(&script, "Deleted the changes");
    assert!(!is_changed(&script));
    sees(&script.keys("gu"), "No unsaved changes from an earlier session");
}

#[test]
fn what_was_left_over_is_done_again_on_another_text_as_far_as_it_fits() {
    let guest = Guest::new(GUEST);
    let left = left(&guest, &format!("{MOVE}'00:02<enter>m0:a<enter>"));
    // Another user moved the second NIC meanwhile, and wrote a comment.
    let theirs = GUEST.replace("0x06", "0x0b").replace("<devices>", "<devices> <!-- new -->");
    guest.write(&theirs);
    let mut script = guest.open();
    script.screen.send(Message::Journal(true, vec![left]));
    sees(&script, "the file changed; re-apply");
    let script = script.keys("<enter>");
    assert_eq!(text(&script), moved(&theirs));
    sees(&script, "the file has another value for the address of net");
    let script = script.keys("<esc>");
    assert_eq!(script.screen.app.session.steps().len(), 1);
}

#[test]
fn somebody_else_wrote_the_file_and_both_edits_are_kept() {
    let guest = Guest::new(GUEST);
    let theirs = GUEST.replace("0x06", "0x0b").replace("<devices>", "<devices> <!-- new -->");
    let script = guest.open().keys(MOVE);
    guest.write(&theirs);
    let script = script.keys("ss");
    sees(&script, "File on disk and your changes");
    assert_eq!(guest.read(), theirs, "nothing was written over it");
    let script = script.keys("<enter>");
    sees(&script, "Re-applied: 1 change");
    assert!(is_changed(&script));
    let script = script.keys("ss");
    assert_eq!(guest.read(), moved(&theirs));
    assert!(!is_changed(&script));
    // The other user's text is the first text now.
    assert_eq!(text(&script.keys("u")), theirs);
}

#[test]
fn what_somebody_else_wrote_may_be_taken_or_written_over() {
    let guest = Guest::new(GUEST);
    let theirs = GUEST.replace("0x06", "0x0b");
    let open = || {
        guest.write(GUEST);
        let script = guest.open().keys(MOVE);
        guest.write(&theirs);
        script
    };
    let script = open().keys("ssj<enter>");
    assert_eq!((text(&script), is_changed(&script)), (theirs.clone(), false));
    assert!(script.screen.kept.is_empty());
    let script = open().keys("ssjj<enter>");
    assert_eq!((guest.read(), is_changed(&script)), (moved(GUEST), false));
    let script = open().keys("ss<esc>");
    assert_eq!((guest.read(), text(&script)), (theirs.clone(), moved(GUEST)));
    // Noticed while the screen is open: reported, and one key shows the choices.
    let mut script = open();
    script.screen.send(Message::Changed);
    sees(&script, "Your changes are kept. F5: choose what to do");
    let script = script.keys("<F5><enter>");
    assert_eq!(text(&script), moved(&theirs));
    // Only its date is another.
    let mut script = open();
    guest.write(GUEST);
    script.screen.send(Message::Changed);
    assert!(script.screen.app.opened.stale.is_none() && is_changed(&script));
}

#[test]
fn a_file_that_is_gone_or_no_guest_takes_nothing_with_it() {
    let guest = Guest::new(GUEST);
    let script = guest.open().keys(MOVE);
    fs::remove_file(guest.path()).unwrap();
    let script = script.keys("ss");
    sees(&script, "The file was removed");
    let script = script.keys("<enter>");
    assert_eq!((guest.read(), is_changed(&script)), (moved(GUEST), false));
    let script = guest.open().keys("'00:02<enter>m0:a<enter>");
    let mine = text(&script);
    guest.write("<domain>");
    let script = script.keys("ss<enter>");
    assert!(is_changed(&script));
    assert_eq!(text(&script), mine);
    let mut script = guest.open_text(&mine);
    let lost = SourceError::new("guest.xml", "cannot be read: no");
    let message = Message::Theirs(
        script.screen.app.opened.source.clone(),
        virt_topo::tui::effect::Purpose::Reapply,
        Err(lost),
    );
    script.screen.send(message);
    assert_eq!(text(&script), mine);
}

impl Guest {
    /// The screen of this text.
    fn open_text(&self, text: &str) -> Script {
        self.write(text);
        self.open()
    }
}

#[test]
fn saving_needs_no_screen_and_pictures_do_not_save() {
    let guest = Guest::new(GUEST);
    let mut script = guest.open();
    script.screen.saves = false;
    let script = script.keys(MOVE).keys("ss");
    sees(&script, "nothing can be saved without a screen");
    assert_eq!(guest.read(), GUEST);
}

/// File names with everything that a shell or a terminal would obey, and one that is not UTF-8.
const NAMES: &[&[u8]] = &[
    b"guest.xml",
    b"-w",
    b"demo:plain",
    b"a b'c\"d`id`$(id);&|<>*?[x]{y}!#~.xml",
    b"\x1b]52;c;aWQ=\x07\x1b[201~\r.xml",
    b"two\nlines\ttab\\x41.xml",
    "ä\u{9b}31m\u{202e}\u{200b}x.xml".as_bytes(),
    b"latin-\xe4\xff.xml",
];

#[test]
fn copied_commands_change_the_very_file_and_hold_no_control_character() {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_virt-topo"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).collect::<Vec<_>>();
    let folders = program.parent().map(Path::to_owned).into_iter().chain(folders);
    let path = std::env::join_paths(folders).unwrap();
    for name in NAMES {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(OsStr::from_bytes(name));
        fs::write(&file, GUEST).unwrap();
        let mut app = app(Source::File(file.clone()));
        app.opened.source = Source::File(OsStr::from_bytes(name).into());
        let script = Script { screen: Headless::new(app, 80, 24) }.keys(&format!("{MOVE}6yc"));
        let copied = &script.screen.copied[0];
        assert!(!copied.trim_end().contains(char::is_control), "{copied:?}");
        let shell = Command::new("bash")
            .args(["-c", copied])
            .current_dir(folder.path())
            .envs([("PATH", path.as_os_str()), ("XDG_CONFIG_HOME", OsStr::new("/nonexistent"))])
            .output()
            .unwrap();
        assert!(shell.status.success(), "{copied:?}: {shell:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), text(&script), "{copied:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{copied:?}");
    }
}
