//! A running guest taken into its document as changes: frozen where it runs, adopted.

use std::sync::Arc;

use crate::harness::captures::{self, answers_qmp, read};
use crate::harness::screen::{Script, app_of};
use virt_topo::detect::{AddressDiff, Matching};
use virt_topo::edit::{Revision, Session, adopt_live, document_from_live, freeze_live, rebase};
use virt_topo::live::{Answers, Facts};
use virt_topo::model::{Address, Change, Device, DeviceClass, Kind, Placement};
use virt_topo::rows::LiveMark;
use virt_topo::sources::Source;
use virt_topo::sources::monitor::MonitorEvent;
use virt_topo::topology::Topology;
use virt_topo::tui::app::{LinkState, Live};
use virt_topo::tui::message::{Message, When};
use virt_topo::tui::script::Headless;

fn matching(revision: &Revision, facts: &Facts) -> Matching {
    let written = Topology::build(&revision.domain);
    let guest = revision.guest();
    Matching::of(&revision.domain, &written, facts).completed(guest.domain, guest.topology, facts)
}

fn frozen(session: &mut Session, facts: &Facts) -> usize {
    let revision = session.revision();
    let frozen = freeze_live(revision.guest(), &matching(revision, facts), facts, None);
    assert!(frozen.left_out.is_empty(), "{:?}", frozen.left_out);
    let count = frozen.changes.len();
    session.make("freeze", Change::Batch(frozen.changes)).unwrap();
    count
}

/// The text without the addresses of devices.
fn without_addresses(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("<address type="));
    lines.fold(String::new(), |out, line| out + line + "\n")
}

#[test]
fn a_guest_is_frozen_where_it_runs_and_the_way_back_is_exact() {
    for guest in ["plain-modern", "pc-bridges", "coop-q35", "q35-rich"] {
        let (text, facts) = (read(guest, "domain-live.xml"), answers_qmp(guest).facts());
        let before = Revision::build(text.as_str()).unwrap();
        let bare = without_addresses(&text);
        let mut session = Session::new(Revision::build(bare.as_str()).unwrap());
        assert!(frozen(&mut session, &facts) > 5, "{guest}");
        for device in &session.revision().domain.devices {
            let old = before.domain.device(device.key()).and_then(Device::address);
            let (new, title) = (device.address(), device.title());
            // A monitor reports no place of these: a sound card's codec, a console.
            if let (Some(old), Some(new)) = (old, new) {
                assert_eq!(old.place(), new.place(), "{guest}: {title}");
            }
            let has_pci = matches!(old, Some(Address::Pci(_)));
            assert!(!has_pci || new.is_some(), "{guest}: {title} has no address");
        }
        // Nothing is left to write.
        let after = matching(session.revision(), &facts);
        let left = freeze_live(session.revision().guest(), &after, &facts, None);
        assert_eq!(left.changes, [], "{guest}");
        session.undo().unwrap();
        assert_eq!(&**session.revision().document.text(), bare, "{guest}");
    }
}

#[test]
fn in_the_dialect_of_2009_what_is_frozen_is_static() {
    let text = Source::Demo("plain".to_owned()).read().unwrap().text;
    let text = text.replace("slot='0x08'", "slot='0x18'").replace("slot='0x0b'", "slot='0x08'");
    let listing = read("bare-pc", "info-pci.txt");
    let facts = Answers::from_capture(&listing).unwrap().facts();
    let mut session = Session::new(Revision::build(text.as_str()).unwrap());
    assert!(text.contains("mode='dynamic'"));
    frozen(&mut session, &facts);
    let revision = session.revision();
    let again = matching(revision, &facts);
    for pair in again.matches.iter().filter(|pair| pair.address.is_some()) {
        let device = revision.guest().domain.device(pair.device).unwrap();
        assert_eq!(pair.diff, AddressDiff::Same, "{}", device.title());
        if !device.is_implied() {
            assert_eq!(device.placement(), Placement::Static, "{}", device.title());
        }
    }
    // The listing has no drives: they stay as they are.
    let disks = revision.domain.of_class(DeviceClass::Disk);
    assert!({ disks }.any(|disk| disk.placement() == Placement::Dynamic));
}

#[test]
fn what_only_runs_is_adopted_and_then_as_configured() {
    let (text, facts) = (read("pc-drift", "domain-live.xml"), answers_qmp("pc-drift").facts());
    let mut session = Session::new(Revision::build(text.as_str()).unwrap());
    let before = matching(session.revision(), &facts);
    assert_eq!(before.unconfigured.len(), 3);
    let guest = session.revision().guest();
    let (changes, refused) = adopt_live(guest, &before, &facts, &before.unconfigured);
    assert_eq!((changes.len(), refused.len()), (3, 0));
    session.make("adopt", Change::Batch(changes)).unwrap();
    let after = matching(session.revision(), &facts);
    assert_eq!(after.unconfigured, []);
    assert!(after.matches.iter().all(|pair| pair.diff == AddressDiff::Same));
    // The steps are repeated on a text that was changed meanwhile, each once.
    let theirs = text.replacen("<name>", "<!-- theirs --><name>", 1);
    let entries = session.unsaved();
    let rebased = rebase(Revision::build(theirs.as_str()).unwrap(), &entries, &[]);
    assert_eq!((rebased.made.len(), rebased.dropped.len()), (1, 0), "{:?}", rebased.dropped);
    assert_eq!(matching(&rebased.revision, &facts).unconfigured, []);
    let again = rebase(rebased.revision, &entries, &[]);
    assert_eq!((again.made.len(), again.done.len(), again.dropped.len()), (0, 1, 0));
    // Whoever was there is still called the same.
    assert_eq!(session.revision().domain.device(before.absent[0]).map(Device::title).unwrap(), {
        Revision::build(text.as_str()).unwrap().domain.device(before.absent[0]).unwrap().title()
    });
    session.undo().unwrap();
    assert_eq!(&**session.revision().document.text(), text);
}

#[test]
fn a_guest_of_which_nothing_is_written_can_be_adopted_whole() {
    let text = "<domain type='kvm'><name>x</name><memory>1</memory><os><type arch='x86_64' \
                machine='q35'>hvm</type></os><devices>\n  <controller type='pci' index='0' \
                model='pcie-root'/>\n  <controller type='usb' model='none'/>\n  <memballoon \
                model='none'/>\n</devices></domain>";
    let facts = answers_qmp("q35-rich").facts();
    let mut session = Session::new(Revision::build(text).unwrap());
    let all = matching(session.revision(), &facts);
    let guest = session.revision().guest();
    let (changes, refused) = adopt_live(guest, &all, &facts, &all.unconfigured);
    session.make("adopt", Change::Batch(changes)).unwrap();
    let after = matching(session.revision(), &facts);
    assert_eq!(after.unconfigured.len(), refused.len(), "{:?}", after.unconfigured);
    assert!(after.matches.len() > 50 && after.matches.iter().all(|p| p.diff == AddressDiff::Same));
}

#[test]
fn both_languages_end_in_the_same_document() {
    for guest in captures::GUESTS {
        let qmp = answers_qmp(guest).facts();
        let mut hmp = captures::answers_hmp(guest).facts();
        // Not captured of the human monitor.
        let (name, machine, arch) = (qmp.name.clone(), qmp.machine.clone(), qmp.arch.clone());
        (hmp.name, hmp.machine, hmp.arch) = (name, machine, arch);
        (hmp.memory, hmp.processors) = (qmp.memory, qmp.processors);
        let text = |facts| document_from_live(facts).unwrap().revision.document.text().to_string();
        let (hmp, qmp) = (text(&hmp), text(&qmp));
        let first = hmp.lines().zip(qmp.lines()).find(|(hmp, qmp)| hmp != qmp);
        assert_eq!((first, hmp.len()), (None, qmp.len()), "{guest}");
    }
}

#[test]
fn a_disk_is_called_what_its_place_stands_for() {
    let revision = document_from_live(&answers_qmp("bare-pc").facts()).unwrap().revision;
    assert!(revision.topology.unplaced().is_empty(), "{}", &**revision.document.text());
    let disks = revision.domain.devices.iter().filter_map(|device| match &device.kind {
        Kind::Disk(disk) => {
            let at = device.address().and_then(Address::drive).map(|at| at.to_string());
            Some(format!("{} {}", disk.target.as_deref()?, at.unwrap_or_default()))
        }
        _ => None,
    });
    let disks: Vec<String> = disks.collect();
    let want = ["vda ", "hdc 0:1:0:0", "sda 0:0:0:0", "sdd 0:0:0:3", "sdf 0:0:0:5", "fda 0:0:0:0"];
    assert_eq!(disks, want);
}

#[test]
fn a_disk_keeps_its_format_and_what_libvirt_has_no_element_for_starts() {
    let revision = document_from_live(&answers_qmp("q35-rich").facts()).unwrap().revision;
    let text = revision.document.text();
    let disk = "<driver name='qemu' type='qcow2'/>\n      <source file='/var/lib/libvirt/images/vda.qcow2'/>";
    assert!(text.contains(disk), "{}", &**text);
    // As JSON: QEMU creates other devices before their bus.
    assert!(
        text.contains("'{\"addr\":\"0x10.0\",\"bus\":\"pcie.0\",\"driver\":\"nvme\""),
        "{}",
        &**text
    );
    assert!(revision.domain.devices.iter().any(|device| device.class() == DeviceClass::Qemu));
}

/// The screen of a document beside a guest.
fn screen(text: &str, facts: Facts) -> Script {
    let mut app = app_of(Source::Stdin, Revision::build(text).unwrap());
    app.live = Some(Box::new(Live::new("guest.qmp".to_owned(), LinkState::Connecting, true)));
    let mut script = Script { screen: Headless::new(app, 80, 24) };
    let facts = MonitorEvent::Facts(Arc::new(facts));
    for event in [MonitorEvent::Connected("QMP"), facts] {
        let when = When { clock: "12:04".to_owned(), ..When::default() };
        script.screen.send(Message::Live(when, Box::new(event)));
    }
    script
}

#[test]
fn the_screen_stages_it_like_any_other_change() {
    let text = Source::Demo("plain".to_owned()).read().unwrap().text;
    let text = text.replace("slot='0x08'", "slot='0x18'");
    let listing = read("bare-pc", "info-pci.txt");
    let facts = || Answers::from_capture(&listing).unwrap().facts();
    let mark = |script: &Script, title: &str| {
        let rows = &script.screen.app.device_tree().rows;
        rows.iter().find(|row| row.title.contains(title)).unwrap().live.unwrap()
    };
    let script = screen(&text, facts());
    assert_eq!(mark(&script, "sound ac97"), LiveMark::Moved);
    // Drawn as one device, although nothing may be changed in the guest.
    let script = script.keys("'ac97<enter>rf");
    assert_eq!(mark(&script, "sound ac97"), LiveMark::Same);
    assert_eq!(mark(&script, "watchdog"), LiveMark::Moved);
    assert_eq!(script.screen.app.session.steps().len(), 1);
    let script = script.keys("rF").shot("from-live__frozen");
    assert_eq!(mark(&script, "watchdog"), LiveMark::Same);
    let script = script.keys("rF");
    assert!(
        script.text().contains("Nothing to change: the document already has the live addresses"),
        "{}",
        script.text()
    );
    let script = script.keys("uu");
    assert_eq!(mark(&script, "sound ac97"), LiveMark::Moved);
    assert_eq!(&**script.screen.app.session.revision().document.text(), text);
}

#[test]
fn the_screen_adopts_what_is_selected_or_all() {
    let (text, facts) = (read("pc-drift", "domain-live.xml"), answers_qmp("pc-drift").facts());
    let script = screen(&text, facts).keys("'foreign<enter>ra");
    let title = &script.screen.app.session.steps()[0].title;
    assert_eq!(title, "adopt virtio-rng-pci foreign");
    let strangers =
        |script: &Script| script.screen.app.running().unwrap().matching.unconfigured.len();
    assert_eq!(strangers(&script), 2);
    let script = script.keys("rA");
    assert_eq!(strangers(&script), 0);
    let script = script.keys("rA");
    assert!(script.text().contains("There are no live-only devices"), "{}", script.text());
    let script = script.keys("gg").keys("ra");
    assert!(script.text().contains("Select a live-only device first"), "{}", script.text());
}
