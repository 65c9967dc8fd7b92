//! Tasks of an admin, as commands on files.

use std::process::Output;

use crate::harness::screen::{Script, app_of};
use crate::support::stories::{STORIES, Story};
use assert_cmd::Command;
use virt_topo::edit::{Revision, compare};
use virt_topo::sources::Source;
use virt_topo::tui::script::Headless;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("guest.xml"), text).unwrap();
        Self(folder)
    }

    fn read(&self) -> String {
        std::fs::read_to_string(self.0.path().join("guest.xml")).unwrap()
    }

    /// Runs a command on the guest.
    fn run(&self, command: &str) -> Output {
        let mut program = Command::cargo_bin("virt-topo").unwrap();
        let arguments = Story::arguments(command, "guest.xml");
        program.current_dir(self.0.path()).args(arguments).output().unwrap()
    }

    /// Runs a command that must succeed; returns its messages beside the difference.
    fn done(&self, command: &str) -> String {
        let done = self.run(&format!("{command} --write"));
        let told = String::from_utf8(done.stderr).unwrap();
        assert!(done.status.success(), "{command}: {told}");
        assert!(done.stdout.is_empty(), "{command}");
        told
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Lines that went and came.
fn changed(before: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let diff = similar::TextDiff::from_lines(before, after);
    let of = |tag| {
        let changes = diff.iter_all_changes().filter(|change| change.tag() == tag);
        changes.map(|change| change.value().trim().to_owned()).collect()
    };
    (of(similar::ChangeTag::Delete), of(similar::ChangeTag::Insert))
}

fn story(name: &str) -> &'static Story {
    STORIES.iter().find(|story| story.name == name).unwrap()
}

/// Runs a story to its end; returns the guest before, after, and the messages.
fn play(name: &str) -> (String, String, Vec<String>) {
    let story = story(name);
    let folder = Folder::new(&story.guest());
    let told = story.commands.iter().map(|command| folder.done(command)).collect();
    (story.guest(), folder.read(), told)
}

#[test]
fn a_double_use_is_mended_by_one_address() {
    let folder = Folder::new(&story("clash").guest());
    let checked = folder.run("check");
    assert_eq!(checked.status.code(), Some(1));
    assert!(text(&checked.stdout).contains("Attempted double use of PCI Address 0000:00:04.0"));
    // Its own place is refused with the same message.
    let refused = folder.run("move 52:54:00:00:00:02 0:2");
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("Attempted double use of PCI Address 0000:00:02.0"));
    let (before, after, _) = play("clash");
    let address = |slot| {
        format!("<address type='pci' domain='0x0000' bus='0x00' slot='{slot}' function='0x0'/>")
    };
    assert_eq!(changed(&before, &after), (vec![address("0x04")], vec![address("0x05")]));
    let folder = Folder::new(&after);
    assert!(folder.run("check").status.success());
}

#[test]
fn a_nic_is_pinned_by_its_slot_or_by_a_number() {
    let (_, after, told) = play("pin");
    assert!(told[0].contains("NIC ens2 → ens5"), "{}", told[0]);
    assert!(after.contains("slot='0x05' function='0x0'/>"));
    let (_, after, told) = play("acpi");
    assert!(told[0].contains("NIC ens2 → eno7"), "{}", told[0]);
    assert!(!told[1].contains("NIC "), "{}", told[1]);
    assert!(after.contains("<acpi index='7'/>"));
}

#[test]
fn in_the_dialect_of_2009_only_the_mode_changes() {
    let text = std::fs::read_to_string("demo-domains/plain.xml").unwrap();
    let in_addresses = |from: &str, to: &str| {
        let kinds = ["pci", "drive"].map(|kind| format!("type='{kind}' mode="));
        kinds.iter().fold(text.clone(), |text, kind| {
            text.replace(&format!("{kind}'{from}'"), &format!("{kind}'{to}'"))
        })
    };
    assert_ne!(in_addresses("dynamic", "static"), text);
    let folder = Folder::new(&text);
    folder.done("freeze");
    // Not compared as strings, which would fill a screen.
    assert!(folder.read() == in_addresses("dynamic", "static"), "{}", folder.read());
    folder.done("thaw --all");
    assert!(folder.read() == text, "{}", folder.read());
    // The other way to stable addresses: all of them the first time.
    let folder = Folder::new(&story("bare").guest());
    folder.done("assign --dialect 2009");
    assert!(!folder.read().contains("mode='static'"));
    folder.done("freeze");
    assert!(!folder.read().contains("mode='dynamic'") && folder.read().contains("mode='static'"));
}

#[test]
fn a_guest_without_addresses_is_frozen_as_it_would_be() {
    let (before, after, told) = play("bare");
    let (old, new) = (Revision::build(before).unwrap(), Revision::build(after.as_str()).unwrap());
    let moved = compare(old.guest(), new.guest())
        .into_iter()
        .filter(|difference| !matches!(difference.what, Some(virt_topo::edit::Move::Kept { .. })));
    assert_eq!(moved.count(), 0);
    assert!(!told[0].contains("warning"), "{}", told[0]);
    let folder = Folder::new(&after);
    let assigned = folder.run("assign --diff");
    let new = text(&assigned.stdout).lines().filter(|line| line.starts_with("+ "));
    assert_eq!(
        new.collect::<Vec<_>>(),
        ["+    <controller type='pci' index='0' model='pcie-root'/>"]
    );
    assert!(folder.done("freeze").contains("already so"));
    // One device alone moves others, which are named, and held on request.
    let folder = Folder::new(&story("one").guest());
    let told = text(&folder.run("freeze 52:54:00:00:00:02").stderr).to_owned();
    assert!(
        told.contains("warning: this also moves devices without a fixed address; --hold"),
        "{told}"
    );
    let (_, _, told) = play("one");
    assert!(!told[0].contains("~ "), "{}", told[0]);
}

#[test]
fn a_gpu_and_its_audio_function_share_a_slot() {
    let (before, after, _) = play("gpu");
    let (gone, new) = changed(&before, &after);
    assert_eq!((gone.len(), new.len()), (2, 2));
    assert!(
        new[0].ends_with("bus='0x01' slot='0x00' function='0x0' multifunction='on'/>"),
        "{new:?}"
    );
    assert!(new[1].ends_with("bus='0x01' slot='0x00' function='0x1'/>"), "{new:?}");
}

#[test]
fn room_is_made_and_nobody_moves_until_somebody_goes_there() {
    let folder = Folder::new(&story("full").guest());
    let told = folder.done("reserve 4");
    assert!(told.starts_with("reserve ports: add 4 of pcie-root-port, 3 to 6\n"), "{told}");
    assert!(!told.contains('~'), "nobody moves: {told}");
    let told = folder.done("move 52:54:00:00:00:01 4:0");
    assert!(
        told.contains("~ net virtio 52:54:00:00:00:01 user  pci 0000:01:00.0 → pci 0000:04:00.0"),
        "{told}"
    );
    assert!(Folder::new(&folder.read()).run("check").status.success());
    let (_, after, told) = play("full-pc");
    assert!(after.contains("<controller type='pci' index='1' model='pci-bridge'>"));
    assert!(!told[0].contains("~ "), "{}", told[0]);
}

#[test]
fn six_disks_change_their_controller_and_keep_their_order() {
    let (before, after, told) = play("scsi");
    let (gone, new) = changed(&before, &after);
    assert_eq!(gone, ["<controller type='scsi' index='0' model='lsilogic'>"]);
    assert_eq!(new, ["<controller type='scsi' index='0' model='virtio-scsi'>"]);
    assert!(!told[0].contains("disk sda →"), "the order stays: {}", told[0]);
    let folder = Folder::new(&after);
    let refused = folder.run("controller set pci:00:05.0 --model lsisas1068");
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("4 devices no longer fit: disk sdc at drive 0:0:0:2"));
}

#[test]
fn all_of_it_can_be_taken_back_to_the_byte() {
    for story in STORIES {
        let mut revision = Revision::build(story.guest()).unwrap();
        let folder = Folder::new(&story.guest());
        let mut undo = Vec::new();
        for command in story.commands {
            folder.done(command);
            let after = Revision::build(folder.read()).unwrap();
            // The same command from its JSON arguments.
            let json = Folder::new(revision.document.text());
            let done = json.run(&format!("{command} --format json"));
            let report: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
            let words = report["command"].as_str().unwrap();
            let hold = if command.contains("--hold") { " --hold" } else { "" };
            json.done(&format!("{words}{hold}"));
            assert_eq!(json.read(), folder.read(), "{command} and {words}");
            undo.push(revision.document.text().to_string());
            revision = after;
        }
        // The printed differences, applied backwards, lead to the first byte.
        let mut now = folder.read();
        for before in undo.iter().rev() {
            let diff = similar::TextDiff::from_lines(now.as_str(), before.as_str());
            let back: String = diff
                .iter_all_changes()
                .filter(|change| change.tag() != similar::ChangeTag::Delete)
                .map(|change| change.value().to_owned())
                .collect();
            now = back;
        }
        assert_eq!(now, story.guest(), "{}", story.about);
    }
}

/// A guest with one disk that makes libvirt add SCSI controllers 0 to `last`, and bridges for them.
fn high(last: u32) -> String {
    format!(
        "<domain type='kvm'><os><type arch='x86_64' machine='pc'>hvm</type></os>\n<devices>\n\
         <disk type='file'><source file='/a'/><target dev='sda' bus='scsi'/>\
         <address type='drive' controller='{last}' bus='0' target='0' unit='0'/></disk>\n\
         </devices></domain>\n"
    )
}

#[test]
fn many_elements_are_added_only_when_that_is_meant_and_once() {
    let folder = Folder::new(&high(200));
    let before = folder.read();
    let shown = folder.run("adopt --all");
    assert!(shown.status.success() && text(&shown.stdout).contains("+<controller"));
    for end in ["--write", "-o new.xml", "-o -", "--write --format json"] {
        let refused = folder.run(&format!("adopt --all {end}"));
        assert_eq!(refused.status.code(), Some(1), "{end}");
        let said = [text(&refused.stdout), text(&refused.stderr)].concat();
        assert!(said.contains("elements would be added") && said.contains("--force"), "{said}");
        assert!(said.contains("many-elements") && !said.contains("<domain"), "{said}");
        assert_eq!(folder.read(), before, "{end}");
    }
    let told = folder.done("adopt --all --force");
    let after = folder.read();
    let count = after.matches("<controller").count() + after.matches("<memballoon").count();
    let others = after.matches("<input").count() + after.matches("<video").count();
    assert!(told.contains(&format!("note: {} elements are added", count + others)), "{told}");
    assert!(!folder.done("adopt --all --force").contains("elements are added"));
    assert_eq!(folder.read(), after, "a second time");
}

#[test]
fn on_the_screen_many_elements_are_asked_about() {
    let source = Source::File("g.xml".into());
    let script = || {
        let app = app_of(source.clone(), Revision::build(high(200)).unwrap());
        Script { screen: Headless::new(app, 80, 24) }.keys(":adopt-all<enter>")
    };
    let text = |script: &Script| script.screen.app.session.revision().document.text().to_string();
    let asked = script();
    assert!(asked.text().contains("elements to the document"), "{}", asked.text());
    assert_eq!(text(&asked), high(200));
    assert_eq!(text(&asked.keys("j<enter>")), high(200));
    let done = text(&script().keys("<enter>"));
    assert!(done.matches("<controller").count() > 200);
    let few = app_of(source.clone(), Revision::build(high(2)).unwrap());
    let few = Script { screen: Headless::new(few, 80, 24) }.keys(":adopt-all<enter>");
    assert!(text(&few).contains("<controller"), "{}", few.text());
}

#[test]
fn what_libvirt_refuses_is_not_adopted_by_force() {
    let folder = Folder::new(&high(2695));
    let before = folder.read();
    let refused = folder.run("adopt --all --force --write");
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("there is no slot for a pci-bridge"), "{refused:?}");
    assert_eq!(folder.read(), before);
}
