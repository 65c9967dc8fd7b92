//! The commands `assign` and `free`: output, written files, and exit status.

use std::path::PathBuf;
use std::process::Output;

use assert_cmd::Command;

const GUEST: &str = "<domain type='kvm'>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <!-- the only one -->
    <sound model=\"ac97\"/>
    <memballoon model='none'/>
  </devices>
</domain>
";

/// A guest that libvirt refuses: two devices in one place.
const CLASH: &str = "<domain>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <sound model='ac97'><address type='pci' slot='4'/></sound>
    <sound model='ich6'><address type='pci' slot='4'/></sound>
  </devices>
</domain>
";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("guest.xml"), text).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs the program in the folder.
    fn run(&self, words: &str) -> Output {
        let mut command = Command::cargo_bin("virt-topo").unwrap();
        command.current_dir(self.0.path()).args(words.split(' ')).output().unwrap()
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn the_document_is_printed_with_nothing_but_additions() {
    let folder = Folder::new(GUEST);
    let done = folder.run("assign guest.xml");
    assert!(done.status.success());
    let out = text(&done.stdout);
    for line in GUEST.lines().filter(|line| !line.contains("<sound")) {
        assert!(out.contains(line), "{line}");
    }
    assert!(out.contains("<sound model=\"ac97\">\n"), "{out}");
    assert!(out.contains("<controller type='pci' index='0' model='pci-root'/>"), "{out}");
    assert_eq!(folder.read("guest.xml"), GUEST, "printing changes no file");
    // A completed document has nothing left to assign.
    std::fs::write(folder.path("again.xml"), out).unwrap();
    assert_eq!(text(&folder.run("assign again.xml").stdout), out);
    assert_eq!(text(&folder.run("assign again.xml --diff").stdout), "");
}

#[test]
fn it_is_written_where_the_options_say() {
    let folder = Folder::new(GUEST);
    let want = folder.run("assign guest.xml").stdout;
    let done = folder.run("assign guest.xml -o other.xml");
    assert!(done.status.success() && done.stdout.is_empty());
    assert_eq!(folder.read("other.xml").as_bytes(), want);
    assert_eq!(folder.run("assign guest.xml -o -").stdout, want);
    assert!(folder.run("assign guest.xml --write").stdout.is_empty());
    assert_eq!(folder.read("guest.xml").as_bytes(), want);
    let names = std::fs::read_dir(folder.0.path()).unwrap().count();
    assert_eq!(names, 2, "nothing is left behind");
    let done = folder.run("assign demo:bare --write");
    assert_eq!(done.status.code(), Some(2));
    assert!(text(&done.stderr).contains("demo:bare cannot be written to"));
}

#[test]
fn a_difference_is_shown_as_diff_u_shows_it() {
    let folder = Folder::new(GUEST);
    let done = folder.run("assign guest.xml --diff");
    let out = text(&done.stdout);
    assert!(out.starts_with("--- guest.xml\n+++ guest.xml\n@@ "), "{out}");
    let removed: Vec<_> = out.lines().skip(2).filter(|line| line.starts_with('-')).collect();
    assert_eq!(removed, ["-    <sound model=\"ac97\"/>"]);
}

#[test]
fn the_dialect_of_2009_says_what_is_dynamic() {
    let folder = Folder::new(GUEST);
    let done = folder.run("assign guest.xml --dialect 2009");
    let out = text(&done.stdout);
    let addresses = out.matches("<address ").count();
    assert!(addresses > 0);
    assert_eq!(
        out.matches(" mode=\"dynamic\"").count() + out.matches(" mode='dynamic'").count(),
        addresses
    );
}

#[test]
fn what_libvirt_refuses_is_told_with_its_place_and_nothing_is_written() {
    let folder = Folder::new(CLASH);
    let done = folder.run("assign guest.xml -o other.xml");
    assert_eq!(done.status.code(), Some(1));
    assert!(done.stdout.is_empty());
    assert!(!folder.path("other.xml").exists());
    let told = text(&done.stderr);
    assert!(told.starts_with("guest.xml:5:5: error: "), "{told}");
    for part in [
        "  device: sound:1 (sound ich6) at pci 0000:00:04.0\n",
        "  libvirt: XML error: Attempted double use of PCI Address 0000:00:04.0\n",
        "  help: ",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let done = folder.run("assign guest.xml --format json");
    assert_eq!(done.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(json["problems"][0]["line"], 5);
    assert_eq!(json["problems"][0]["code"], "pci-double-use");
}

#[test]
fn decisions_are_explained_with_their_rule() {
    let folder = Folder::new(GUEST);
    let done = folder.run("assign guest.xml --explain");
    let out = text(&done.stdout);
    let (_, steps) = out.split_once("sound:0 sound ac97: pci 0000:00:02.0\n").unwrap();
    let first = steps.lines().next().unwrap();
    assert!(first.contains("first free slot (step 4 of"), "{first}");
    assert!(text(&done.stderr).contains("note: addresses depend on the order of devices"));
}

#[test]
fn a_loaded_guest_keeps_its_usb_ports_open() {
    let folder = Folder::new(&GUEST.replace("<!--", "<input type='tablet' bus='usb'/><!--"));
    let ports = |words: &str| text(&folder.run(words).stdout).matches("type='usb' bus=").count();
    assert_eq!(ports("assign guest.xml"), 1);
    assert_eq!(ports("assign guest.xml --existing=new"), 1);
    assert_eq!(ports("assign guest.xml --existing"), 0);
}

#[test]
fn free_places_are_listed_the_best_first() {
    let folder = Folder::new(GUEST);
    let done = folder.run("free guest.xml sound:0");
    assert!(done.status.success());
    let out = text(&done.stdout);
    assert!(out.starts_with("sound:0 (sound ac97) is at pci 0000:00:02.0, assigned\n"), "{out}");
    let done = folder.run("free guest.xml vda");
    assert_eq!(done.status.code(), Some(2));
    assert!(text(&done.stderr).contains("no device called 'vda'"));
    let done = folder.run("free guest.xml controller:1");
    assert_eq!(done.status.code(), Some(1), "the root has no address: {}", text(&done.stdout));
}
