//! Tasks of an admin, as sequences of keys: from the guest as it is to the text that would be
//! saved.

use crate::harness::screen::Script;
use crate::support::guest::Guest;
use virt_topo::edit::Revision;
use virt_topo::model::{DeviceClass, DeviceKey};
use virt_topo::sources::{Source, SourceText};
use virt_topo::tui::message::Message;

fn text(script: &Script) -> String {
    script.screen.app.session.revision().document.text().to_string()
}

/// The screen of a guest of this machine with these devices.
fn guest(machine: &str, devices: &str) -> Script {
    let guest = Guest::new(machine).named("story").feature("<acpi/>").with_lines(devices);
    let mut script = Script::open("plain");
    let read = SourceText { name: "story".to_owned(), text: guest.text() };
    script.screen.send(Message::Read(Source::Stdin, Ok(read)));
    script
}

/// Lines of `after` that `before` has not.
fn new_lines(before: &str, after: &str) -> Vec<String> {
    let known: Vec<&str> = before.lines().collect();
    after.lines().filter(|line| !known.contains(line)).map(|line| line.trim().to_owned()).collect()
}

fn errors(script: &Script) -> usize {
    script.screen.app.problems().errors
}

fn address(revision: &Revision, class: DeviceClass, nth: u32) -> String {
    let guest = revision.guest();
    let device = guest.domain.device(DeviceKey::new(class, nth)).unwrap();
    device.address().map(ToString::to_string).unwrap_or_default()
}

const TWO_IN_ONE_SLOT: &str = "    <interface type='user'>
      <mac address='52:54:00:1c:dc:98'/>
      <model type='virtio'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x04' function='0x0'/>
    </interface>
    <interface type='user'>
      <mac address='52:54:00:f7:c5:0e'/>
      <model type='e1000'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x04' function='0x0'/>
    </interface>
";

#[test]
fn attempted_double_use_is_mended_and_the_difference_is_one_address() {
    let script = guest("pc-i440fx-10.0", TWO_IN_ONE_SLOT);
    let first = text(&script);
    let script = script.keys("5").shot("fix__double-use");
    assert!(script.text().contains("Attempted double use of PCI Address"), "{}", script.text());
    let script = script.keys("a").shot("fix__double-use-applied");
    assert_eq!(errors(&script), 0);
    let new = new_lines(&first, &text(&script));
    assert!(matches!(new.as_slice(), [line] if line.starts_with("<address ")), "{new:?}");
}

#[test]
fn a_nic_is_pinned_where_the_guest_calls_it_ens5() {
    let devices = TWO_IN_ONE_SLOT.split("    <interface").nth(1).unwrap();
    let script = guest("pc-i440fx-10.0", &format!("    <interface{devices}"));
    let script = script.keys("'1c:dc<enter>m0:5").shot("move__guest-name-forecast");
    assert!(script.text().contains("NIC ens4 → ens5"), "{}", script.text());
    let script = script.keys("<enter>");
    assert!(text(&script).contains("slot='0x05'"));
}

#[test]
fn a_guest_without_addresses_is_frozen_and_nothing_is_left_to_choose() {
    let script = Script::open("bare");
    let before = Revision::build(text(&script)).unwrap();
    let script = script.keys("F").shot("freeze__without-addresses");
    let after = script.screen.app.session.revision();
    let places = |revision: &Revision| {
        let devices = revision.guest().domain.devices.iter();
        let placed = devices.filter_map(|it| Some(format!("{} {}", it.title(), it.address()?)));
        let mut placed: Vec<String> = placed.collect();
        placed.sort();
        placed
    };
    assert_eq!(places(&before), places(after));
    let loose = after.domain.devices.iter().filter(|device| device.address().is_none());
    let needing = |device: &&virt_topo::model::Device| {
        after.guest().domain.device(device.key()).is_some_and(|device| device.address().is_some())
    };
    assert_eq!(
        loose.filter(needing).map(|device| device.key().to_string()).collect::<Vec<_>>(),
        [""; 0]
    );
}

#[test]
fn a_card_and_its_sound_become_functions_of_one_slot() {
    let hostdev = |function: u8| {
        format!(
            "    <hostdev mode='subsystem' type='pci' managed='yes'>\n      <source>\n        \
             <address domain='0x0000' bus='0x21' slot='0x00' function='0x{function}'/>\n      \
             </source>\n    </hostdev>\n"
        )
    };
    let script = guest("pc-q35-10.0", &(hostdev(0) + &hostdev(1))).keys("F");
    let script = script.keys("'21:00.0<enter><space>'21:00.1<enter><space>'21:00.0<enter>&");
    let script = script.shot("group__functions-of-one-slot");
    let revision = script.screen.app.session.revision();
    let (card, sound) =
        (address(revision, DeviceClass::Hostdev, 0), address(revision, DeviceClass::Hostdev, 1));
    assert!(card.ends_with(".0") && sound.ends_with(".1"), "{card} {sound}");
    assert_eq!(card.strip_suffix(".0"), sound.strip_suffix(".1"));
    assert!(text(&script).contains("multifunction='on'"));
}

#[test]
fn a_full_guest_gets_room_for_four_and_nobody_moves() {
    let script = Script::open("crowded");
    let first = text(&script);
    let before = Revision::build(first.clone()).unwrap();
    let script = script.keys("R").shot("reserve__amounts").keys("for 4<enter>");
    let after = script.screen.app.session.revision();
    for device in before.domain.devices.iter().filter(|device| device.address().is_some()) {
        let now = after.domain.device(device.key()).unwrap();
        assert_eq!(now.address(), device.address(), "{}", device.key());
    }
    let ports = |text: &str| text.matches("model='pcie-root-port'").count();
    assert_eq!(ports(&text(&script)), ports(&first) + 4);
    // The NIC goes to one of them.
    let script =
        script.keys("'52:54<enter>m<right>").shot("reserve__move-to-new-port").keys("<enter>");
    let nic = address(script.screen.app.session.revision(), DeviceClass::Interface, 0);
    assert_ne!(nic, address(&before, DeviceClass::Interface, 0));
    assert_eq!(errors(&script), 0);
    let script = script.keys("6").shot("reserve__changes").keys("yc");
    let copied = script.screen.copied.concat();
    assert!(copied.starts_with("virt-topo reserve demo:crowded 4 --write\n"), "{copied}");
    assert!(copied.contains("virt-topo move demo:crowded "), "{copied}");
    // All of it can be undone.
    let script = script.keys("uu");
    assert_eq!(text(&script), first);
    assert!(!script.screen.app.session.is_changed());
}

#[test]
fn disks_go_from_lsilogic_to_virtio_scsi_in_their_order() {
    let disks = ["sda", "sdb", "sdc", "sdd", "sde", "sdf"]
        .map(|name| {
            format!(
                "    <disk type='file' device='disk'>\n      <source file='/{name}.img'/>\n      \
                 <target dev='{name}' bus='scsi'/>\n    </disk>\n"
            )
        })
        .concat();
    let controller = "    <controller type='scsi' index='0' model='lsilogic'/>\n";
    let script = guest("pc-i440fx-10.0", &format!("{disks}{controller}"));
    let first = text(&script);
    let before = Revision::build(first.clone()).unwrap();
    let script =
        script.keys("'lsilogic<enter>M").shot("controller__models").keys("virtio-scsi<enter>");
    let after = script.screen.app.session.revision();
    assert!(text(&script).contains("model='virtio-scsi'"), "{}", script.text());
    for nth in 0..6 {
        let disk = |revision| address(revision, DeviceClass::Disk, nth);
        assert_eq!(disk(&before), disk(after), "the order is that of the units");
    }
    assert_eq!(text(&script.keys("u")), first);
}

#[test]
fn many_conflicts_are_mended_in_one_sitting() {
    let mut script = Script::open("conflicts").keys("5");
    let first = text(&script);
    let mut steps = 0;
    while errors(&script) > 0 && steps < 40 {
        script = script.keys("gg");
        let offers = |script: &Script| script.screen.app.offers().len();
        let mut down = 0;
        while offers(&script) == 0 && down < errors(&script) {
            script = script.keys("j");
            down += 1;
        }
        let before = errors(&script);
        script = script.keys("a");
        assert!(errors(&script) < before, "{}", script.text());
        steps += 1;
    }
    assert_eq!(errors(&script), 0, "{}", script.text());
    let script = script.shot("fix__all-conflicts-applied");
    let script = script.keys("6D");
    assert_eq!(text(&script), first);
}

#[test]
fn two_devices_trade_places_while_one_is_moved() {
    let devices = TWO_IN_ONE_SLOT.replacen("slot='0x04'", "slot='0x07'", 1);
    let script = guest("pc-i440fx-10.0", &devices).keys("'1c:dc<enter>m0:4");
    assert!(script.text().contains("00:04.0 is already used by"), "{}", script.text());
    let script = script.keys("x");
    let revision = script.screen.app.session.revision();
    assert_eq!(address(revision, DeviceClass::Interface, 0), "pci 0000:00:04.0");
    assert_eq!(address(revision, DeviceClass::Interface, 1), "pci 0000:00:07.0");
}

#[test]
fn a_nic_gets_an_index_and_a_disk_another_name() {
    let devices = TWO_IN_ONE_SLOT.replacen("slot='0x04'", "slot='0x07'", 1);
    let script = guest("pc-i440fx-10.0", &devices).keys("'1c:dc<enter>i").shot("ask__acpi-index");
    let script = script.keys("abc<enter>");
    assert!(script.text().contains("'abc' is not a number"), "{}", script.text());
    let script = script.keys("<ctrl-u>7<enter>");
    assert!(text(&script).contains("<acpi index='7'/>"), "{}", text(&script));
    let script = script.keys("i<ctrl-u><enter>");
    assert!(!text(&script).contains("<acpi index"), "{}", script.text());
    let script = Script::open("scsi").keys("'sdb<enter>e").keys("sdz<enter>");
    assert!(text(&script).contains("dev='sdz'"), "{}", script.text());
}

#[test]
fn a_controller_comes_and_goes() {
    let script = Script::open("scsi");
    let first = text(&script);
    let narrow = Script::open("scsi").size(40, 20).keys("+").shot("controller__add").text();
    assert!(narrow.contains("scsi virtio-scsi") && narrow.contains("(pcie-root-port)"), "{narrow}");
    let script = script.keys("+").shot("controller__add").keys("virtio-serial<enter>");
    assert_ne!(text(&script), first, "{}", script.text());
    let script = script.keys("'virtio-serial<enter>X").shot("controller__remove").keys("<enter>");
    assert_eq!(
        text(&script).matches("virtio-serial").count(),
        first.matches("virtio-serial").count()
    );
}
