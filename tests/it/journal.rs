//! Unsaved edits outlive the process, however that ends.

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::harness::home::Home;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use virt_topo::edit::{Revision, Session};
use virt_topo::model::address::{Pci, PciAddress};
use virt_topo::model::{Address, Change, DeviceClass, DeviceKey};
use virt_topo::sources::dirs::Dirs;
use virt_topo::sources::{Journal, JournalMessage, JournalStart, Source};
use virt_topo::text::ContentMark;

const GUEST: &str = "<domain type='kvm'><os><type arch='x86_64' machine='pc'/></os>
<devices>
  <interface type='user'><mac address='52:54:00:00:00:01'/></interface>
  <graphics type='vnc' passwd='geheim'/>
</devices></domain>
";

/// The limit of every wait.
const LIMIT: Duration = Duration::from_secs(20);

/// A guest with so many steps: a NIC that walks from slot to slot.
fn session(steps: u32) -> Session {
    let mut session = Session::new(Revision::build(GUEST).unwrap());
    for step in 0..steps {
        let at = PciAddress::new(0, 3 + step % 20, 0).unwrap();
        let device = DeviceKey::new(DeviceClass::Interface, 0);
        let change = Change::Move { device, to: Address::Pci(Pci::at(at)) };
        session.make(format!("step {step}"), change).unwrap();
    }
    session
}

fn text(session: &Session) -> String {
    session.revision().document.text().to_string()
}

fn keep(journal: &Journal, session: &Session) {
    let result = ContentMark::of(text(session));
    journal.keep(ContentMark::of(GUEST), result, session.unsaved());
}

impl Home {
    fn dirs(&self) -> Dirs {
        Dirs::below(self.path())
    }

    fn open(&self) -> JournalStart {
        self.open_as(&self.guest(), |_| ())
    }

    fn open_as(&self, path: &Path, tell: impl Fn(JournalMessage) + Send + 'static) -> JournalStart {
        JournalStart::open(Some(&self.dirs()), &Source::File(path.to_owned()), GUEST, tell)
    }

    /// The names in the journal's directory, sorted.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dirs().journals()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn journal(start: JournalStart) -> Journal {
    assert!(start.trouble.is_empty(), "{:?}", start.trouble);
    start.journal.unwrap()
}

#[test]
fn what_was_kept_is_offered_and_makes_the_very_text() {
    let home = Home::with(GUEST);
    let first = journal(home.open());
    for steps in 1..5 {
        keep(&first, &session(steps));
    }
    drop(first);
    let mut start = home.open();
    assert!(start.others.is_empty());
    let left = start.left_over.pop().unwrap();
    assert_eq!(left.record.entries.len(), 4, "the last one wins");
    assert_eq!(left.record.replay(GUEST).unwrap(), text(&session(4)));
    assert!(left.record.writer.time > 1_700_000_000);
    // Looked at and not taken: it stays, and a journal of its own was begun beside it.
    let second = journal(start);
    keep(&second, &session(1));
    drop((left, second));
    let mut start = home.open();
    let counts: Vec<_> = start.left_over.iter().map(|left| left.record.entries.len()).collect();
    assert_eq!(counts.iter().sum::<usize>(), 5, "{counts:?}");
    let third = start.journal.take().unwrap();
    for left in start.left_over {
        third.forget(left);
    }
    drop(third);
    assert_eq!(home.names(), [""; 0]);
}

#[test]
fn nobody_else_may_read_it_and_it_tells_no_secret() {
    let home = Home::with(GUEST);
    let journals = home.dirs().journals();
    fs::create_dir_all(&journals).unwrap();
    fs::set_permissions(&journals, fs::Permissions::from_mode(0o755)).unwrap();
    let journal = journal(home.open());
    keep(&journal, &session(2));
    let start = Instant::now();
    while !journal.path().exists() {
        assert!(start.elapsed() < LIMIT, "nothing is written");
        std::thread::sleep(Duration::from_millis(2));
    }
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(journal.path()), 0o600);
    assert_eq!(mode(&journals), 0o700);
    for name in home.names() {
        assert_eq!(mode(&journals.join(&name)), 0o600, "{name}");
        let text = fs::read_to_string(journals.join(&name)).unwrap();
        assert!(!text.contains("geheim"), "{name}: {text}");
    }
}

#[test]
fn what_is_saved_or_unwanted_leaves_nothing() {
    let home = Home::with(GUEST);
    let first = journal(home.open());
    keep(&first, &session(2));
    first.clear();
    drop(first);
    assert_eq!(home.names(), [""; 0]);
    // Killed after the file was saved and before the record was removed.
    let second = journal(home.open());
    keep(&second, &session(2));
    drop(second);
    let source = Source::File(home.guest());
    let start = JournalStart::open(Some(&home.dirs()), &source, &text(&session(2)), |_| ());
    assert!(start.left_over.is_empty());
    drop(journal(start));
    assert_eq!(home.names(), [""; 0]);
}

#[test]
fn two_sessions_know_of_each_other_and_keep_their_own() {
    let home = Home::with(GUEST);
    let (sender, told) = mpsc::channel();
    let first = journal(home.open_as(&home.guest(), move |told| sender.send(told).unwrap()));
    keep(&first, &session(1));
    // By another name, and from another process: two of this one are the same holder.
    let link = home.path().join("link.xml");
    symlink("guest.xml", &link).unwrap();
    let start = home.open_as(&link, |_| ());
    assert_eq!(start.others.len(), 1);
    assert_eq!(start.others[0].pid, std::process::id());
    assert!(start.left_over.is_empty(), "it is not left over: its session runs");
    let second = start.journal.unwrap();
    keep(&second, &session(3));
    assert_ne!(first.path(), second.path());
    let mut other = child("journal::keeps_until_it_is_killed", &home);
    match told.recv_timeout(LIMIT).unwrap() {
        JournalMessage::Another(holder) => assert_eq!(holder.pid, other.id()),
        told => panic!("{told:?}"),
    }
    other.kill().unwrap();
    other.wait().unwrap();
    drop((first, second));
    let start = home.open();
    assert!(start.others.is_empty());
    assert_eq!(start.left_over.len(), 3);
}

#[test]
fn a_damaged_record_is_told_kept_aside_and_in_nobodys_way() {
    let home = Home::with(GUEST);
    for (number, text) in ["", "{\"version\":1}", "{\"version\":99}"].iter().enumerate() {
        let first = journal(home.open());
        let path = first.path().to_owned();
        keep(&first, &session(1));
        drop(first);
        fs::write(&path, text).unwrap();
        let start = home.open();
        assert!(start.left_over.is_empty());
        assert_eq!(start.trouble.len(), 1);
        let said = start.trouble[0].to_string();
        assert!(
            said.contains("has unsaved edits that cannot be read: ") && said.contains("is kept as"),
            "{said}"
        );
        let second = start.journal.unwrap();
        assert_eq!(second.path(), path);
        let aside = path.with_extension(format!("damaged-{}", number + 1));
        assert_eq!(fs::read_to_string(aside).unwrap(), *text);
        second.clear();
    }
    drop(journal(home.open()));
    assert_eq!(home.names().len(), 3);
}

/// Files in the place of the program's own: another file's second name, a link to it, a pipe
/// without a writer.
fn plant(what: &str, victim: &Path, at: &Path) {
    match what {
        "hard link" => fs::hard_link(victim, at).unwrap(),
        "symbolic link" => symlink(victim, at).unwrap(),
        _ => mknodat(CWD, at, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap(),
    }
}

const PLANTED: [&str; 3] = ["hard link", "symbolic link", "pipe"];

#[test]
fn what_is_planted_for_a_record_is_put_aside_unread() {
    for what in PLANTED {
        let home = Home::with(GUEST);
        let path = journal(home.open()).path().to_owned();
        let victim = home.path().join("victim");
        fs::write(&victim, "mine").unwrap();
        plant(what, &victim, &path);
        let start = home.open();
        let said = start.trouble.iter().map(ToString::to_string).collect::<String>();
        assert!(said.contains("cannot be read") && said.contains("is kept as"), "{what}: {said}");
        let journal = start.journal.unwrap();
        assert_eq!(journal.path(), path, "{what}");
        keep(&journal, &session(1));
        drop(journal);
        assert_eq!(fs::read_to_string(&victim).unwrap(), "mine", "{what}");
        assert_eq!(home.open().left_over.len(), 1, "{what}");
    }
}

#[test]
fn what_is_planted_for_a_lock_is_left_alone_and_told_once() {
    for what in PLANTED {
        let home = Home::with(GUEST);
        let first = journal(home.open()).path().to_owned();
        let victim = home.path().join("victim");
        fs::write(&victim, "mine").unwrap();
        for lock in ["0.lock", "2.lock"] {
            let name = first.file_name().unwrap().to_str().unwrap().replace("0.json", lock);
            plant(what, &victim, &first.with_file_name(name));
        }
        let start = home.open();
        let said: Vec<_> = start.trouble.iter().map(ToString::to_string).collect();
        assert!(said.len() == 1 && said[0].contains("cannot be locked"), "{what}: {said:?}");
        let journal = start.journal.unwrap();
        assert_ne!(journal.path(), first, "{what}");
        keep(&journal, &session(1));
        drop(journal);
        assert_eq!(fs::read_to_string(&victim).unwrap(), "mine", "{what}");
        assert_eq!(home.open().left_over.len(), 1, "{what}");
    }
}

#[test]
fn a_directory_of_another_user_is_not_used() {
    let home = Home::with(GUEST);
    drop(journal(home.open()));
    if chown(home.dirs().state(), Some(1234), Some(1234)).is_err() {
        eprintln!("skipped: only root can give a directory away");
        return;
    }
    let start = home.open();
    assert!(start.journal.is_none());
    let said: Vec<_> = start.trouble.iter().map(ToString::to_string).collect();
    assert!(said.len() == 1 && said[0].contains("belongs to user 1234"), "{said:?}");
    assert!(said[0].contains("XDG_STATE_HOME"), "{said:?}");
}

#[test]
fn a_record_of_any_time_is_offered() {
    for time in ["0", "9223372036854775807", "9223372036854775808", "18446744073709551615"] {
        let home = Home::with(GUEST);
        let first = journal(home.open());
        let path = first.path().to_owned();
        keep(&first, &session(1));
        drop(first);
        let text = fs::read_to_string(&path).unwrap();
        let (head, tail) = text.split_once("\"time\":").unwrap();
        let (_, tail) = tail.split_once('}').unwrap();
        fs::write(&path, format!("{head}\"time\":{time}}}{tail}")).unwrap();
        let start = home.open();
        let age = start.left_over[0].age();
        assert_eq!(age == Duration::ZERO, time != "0", "{time}: {age:?}");
    }
}

#[test]
fn without_a_place_for_it_that_is_told_and_nothing_else() {
    let home = Home::with(GUEST);
    let start = JournalStart::open(None, &Source::File(home.guest()), GUEST, |_| ());
    assert!(start.journal.is_none());
    assert!(start.trouble[0].to_string().contains("will be lost if the program is killed"));
    // A file where the directory should be.
    fs::write(home.path().join("state"), "").unwrap();
    let start = home.open();
    assert!(start.journal.is_none());
    assert!(start.trouble[0].what.contains("cannot be used"), "{:?}", start.trouble);
}

#[test]
fn what_cannot_be_written_is_told_once() {
    let home = Home::with(GUEST);
    let (sender, told) = mpsc::channel();
    let journal = journal(home.open_as(&home.guest(), move |told| sender.send(told).unwrap()));
    fs::remove_dir_all(home.dirs().journals()).unwrap();
    for steps in 1..4 {
        keep(&journal, &session(steps));
        // So that they are written one by one.
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(journal);
    let told: Vec<_> = told.try_iter().collect();
    match told.as_slice() {
        [JournalMessage::NotKept(error)] => {
            assert!(error.what.contains("cannot be written"), "{error}");
        }
        told => panic!("{told:?}"),
    }
}

#[test]
fn every_source_has_its_own() {
    let home = Home::with(GUEST);
    let sources = [
        Source::File(home.guest()),
        Source::File(home.path().join("other.xml")),
        Source::Demo("plain".to_owned()),
        Source::Stdin,
    ];
    for (nth, source) in sources.iter().enumerate() {
        let start = JournalStart::open(Some(&home.dirs()), source, GUEST, |_| ());
        assert!(start.left_over.is_empty(), "{source:?}");
        keep(&journal(start), &session(u32::try_from(nth).unwrap() + 1));
    }
    for (nth, source) in sources.iter().enumerate() {
        let start = JournalStart::open(Some(&home.dirs()), source, GUEST, |_| ());
        assert_eq!(start.left_over[0].record.entries.len(), nth + 1, "{source:?}");
    }
    let start = JournalStart::open(Some(&home.dirs()), &Source::Stdin, "<domain/>", |_| ());
    assert!(start.left_over.is_empty(), "another text on standard input");
}

/// Not a test: the process that is killed. It keeps more and more edits until then.
#[test]
#[ignore = "runs until it is killed"]
fn keeps_until_it_is_killed() {
    let home = std::env::current_dir().unwrap();
    let source = Source::File(home.join("guest.xml"));
    let start = JournalStart::open(Some(&Dirs::below(&home)), &source, GUEST, |_| ());
    let journal = start.journal.unwrap();
    for steps in (1..40).cycle() {
        keep(&journal, &session(steps));
    }
}

fn child(test: &str, home: &Home) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--ignored", "--quiet"])
        .current_dir(home.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn after_a_kill_in_any_moment_a_whole_record_is_left() {
    const ROUNDS: u64 = 100;
    let home = Home::with(GUEST);
    let mut counts = Vec::new();
    for round in 0..ROUNDS {
        let mut process = child("journal::keeps_until_it_is_killed", &home);
        let start = Instant::now();
        while !home.dirs().journals().exists()
            || !home.names().iter().any(|name| Path::new(name).extension() == Some("json".as_ref()))
        {
            assert!(start.elapsed() < LIMIT, "nothing is kept");
            std::thread::sleep(Duration::from_micros(500));
        }
        std::thread::sleep(Duration::from_micros(RandomState::new().hash_one(round) % 10_000));
        process.kill().unwrap();
        process.wait().unwrap();
        let mut start = home.open();
        assert!(start.trouble.is_empty(), "round {round}: {:?}", start.trouble);
        let left = start.left_over.pop().unwrap();
        let steps = u32::try_from(left.record.entries.len()).unwrap();
        assert_eq!(left.record.replay(GUEST).unwrap(), text(&session(steps)), "round {round}");
        counts.push(steps);
        let journal = start.journal.unwrap();
        journal.forget(left);
        drop(journal);
        assert_eq!(home.names(), [""; 0], "round {round}");
    }
    counts.sort_unstable();
    counts.dedup();
    eprintln!("{ROUNDS} sessions killed; {} different numbers of steps were left", counts.len());
    assert!(counts.len() > 3, "killed always in the same moment: {counts:?}");
}
