//! Hot-plugging on the screen: commands to the monitor, refusals before anything is sent, and
//! messages about the result.

use std::sync::Arc;
use std::time::Duration;

use crate::harness::captures;
use crate::harness::screen::{Script, app_of};
use virt_topo::edit::Revision;
use virt_topo::live::{Facts, LiveNo};
use virt_topo::rows::LiveMark;
use virt_topo::sources::Source;
use virt_topo::sources::monitor::{
    Event, MonitorError, MonitorEvent, MonitorRequest, PlugResult, Unplugged,
};
use virt_topo::tui::app::{Level, LinkState, Live};
use virt_topo::tui::message::{Message, When};
use virt_topo::tui::script::Headless;

fn event(event: MonitorEvent) -> Message {
    let when = When { clock: "12:04".to_owned(), elapsed: Duration::from_secs(1) };
    Message::Live(when, Box::new(event))
}

struct Connection {
    language: &'static str,
    read_only: bool,
}

const QMP: Connection = Connection { language: "QMP", read_only: false };

/// A captured guest beside its XML.
fn guest(name: &str, connection: &Connection) -> Script {
    let text = captures::read(name, "domain-live.xml");
    let mut app = app_of(Source::Stdin, Revision::build(text).unwrap());
    app.live = Some(Box::new(Live::new(
        "guest.qmp".to_owned(),
        LinkState::Connecting,
        connection.read_only,
    )));
    let mut script = Script { screen: Headless::new(app, 80, 24) };
    script.screen.send(event(MonitorEvent::Connected(connection.language)));
    let facts = captures::answers_qmp(name).facts();
    script.screen.send(event(MonitorEvent::Facts(Arc::new(facts))));
    script
}

fn said(script: &Script) -> (Level, String) {
    let (level, text) = script.screen.app.status.all().last().unwrap();
    (level, text.to_owned())
}

fn mark(script: &Script, title: &str) -> LiveMark {
    let rows = &script.screen.app.device_tree().rows;
    rows.iter().find(|row| row.title.contains(title)).unwrap().live.unwrap()
}

#[test]
fn an_unplug_is_confirmed_then_pending_then_gone() {
    let script = guest("coop-q35", &QMP).keys("'net virtio<enter>-").shot("hotplug__question");
    // The default choice is no.
    let script = script.keys("<enter>");
    assert!(script.screen.asked.is_empty());
    assert_eq!(said(&script).1, "Nothing was changed");
    let mut script = script.keys("-j<enter>");
    let MonitorRequest::Unplug(number, unplug, _) = &script.screen.asked[0] else {
        panic!("{:?}", script.screen.asked)
    };
    assert_eq!(&*unplug.handle, "net0");
    assert!(!unplug.netdevs.is_empty());
    let number = *number;
    assert_eq!(mark(&script, "net virtio"), LiveMark::Waiting);
    script.screen.send(event(MonitorEvent::Unplugged(number, Unplugged::Pending)));
    assert_eq!(mark(&script, "net virtio"), LiveMark::Waiting);
    assert!(said(&script).1.contains("is still attached"), "{:?}", said(&script));
    let script = script.shot("hotplug__pending");
    // A second request is not sent.
    let mut script = script.keys("-");
    assert!(said(&script).1.contains("is being removed already"), "{:?}", said(&script));
    assert_eq!(script.screen.asked.len(), 1);
    let gone = Unplugged::Gone { left: Vec::new() };
    script.screen.send(event(MonitorEvent::Unplugged(number, gone)));
    assert_eq!(said(&script), (Level::Info, "Detached net0 (virtio-net-pci)".to_owned()));
    // A reset that made it go is not worth more than that it went.
    let reset = Event { name: "RESET".to_owned(), data: serde_json::Value::Null };
    script.screen.send(event(MonitorEvent::Happened(reset)));
    assert!(script.text().contains("Detached net0 (virtio-net-pci)"), "{}", script.text());
    let facts = without("coop-q35", "net0");
    script.screen.send(event(MonitorEvent::Facts(Arc::new(facts))));
    assert_eq!(mark(&script, "net virtio"), LiveMark::Absent);
}

/// A captured guest without one of its devices.
fn without(name: &str, id: &str) -> Facts {
    let mut facts = captures::answers_qmp(name).facts();
    let LiveNo(no) = facts.by_id(id).unwrap();
    let device = &mut facts.devices[no];
    device.id = None;
    device.address = virt_topo::live::QdevAddress::None;
    device.bus = None;
    device.mac = None;
    facts
}

#[test]
fn every_end_of_an_unplug_is_told() {
    let ends = [
        (
            Unplugged::Gone { left: vec!["node is in use".to_owned()] },
            "but its backend remains: node",
        ),
        (Unplugged::Refused("Bus 'pcie.0' does not".to_owned()), "Bus 'pcie.0' does not"),
        (Unplugged::GuestRefused, "The guest refuses to release net0"),
    ];
    for (end, want) in ends {
        let mut script = guest("coop-q35", &QMP).keys("'net virtio<enter>-j<enter>");
        script.screen.send(event(MonitorEvent::Unplugged(1, end)));
        assert!(said(&script).1.contains(want), "{:?}", said(&script));
        assert_eq!(mark(&script, "net virtio"), LiveMark::Same);
    }
    // The connection goes while it waits.
    let mut script = guest("coop-q35", &QMP).keys("'net virtio<enter>-j<enter>");
    script.screen.send(event(MonitorEvent::Dropped(1)));
    assert!(said(&script).1.contains("the result is unknown"), "{:?}", said(&script));
    let lost = MonitorEvent::Lost(MonitorError::Closed, Duration::from_secs(1));
    script.screen.send(event(lost));
    let script = script.keys("-");
    assert!(said(&script).1.contains("Not connected to the monitor"), "{:?}", said(&script));
}

#[test]
fn what_cannot_be_taken_out_is_refused_with_the_reason() {
    for (name, keys, want) in [
        ("q35-rich", "'host bridge<enter>-", "built into the machine"),
        ("q35-rich", "'root-port<enter>-", "PCI Express root"),
        ("plain-modern", "'cdrom<enter>-", "IDE and SATA have no hot-plugging"),
        ("pc-drift", "'sound<enter>-", "The running guest does not have this device"),
    ] {
        let script = guest(name, &QMP).keys(keys);
        let (level, text) = said(&script);
        assert!(level == Level::Warning && text.contains(want), "{keys}: {text}");
        assert!(script.screen.asked.is_empty());
    }
    let refused = |connection: &Connection, keys: &str| {
        let script = guest("coop-q35", connection).keys(keys);
        assert!(script.screen.asked.is_empty());
        said(&script).1
    };
    let read_only = Connection { read_only: true, ..QMP };
    let hmp = Connection { language: "HMP", ..QMP };
    for keys in ["'net virtio<enter>-", "P"] {
        assert!(refused(&read_only, keys).contains("--read-only"));
        assert!(refused(&hmp, keys).contains("speaks HMP"));
        assert!(said(&Script::open("plain").keys(keys)).1.contains("No running guest"));
    }
}

#[test]
fn a_device_goes_where_the_selection_is() {
    for (name, keys, want) in [
        // A free slot on bus 0, a free unit, a free USB port, an empty root port.
        ("plain-modern", "/18 free slots<enter>P", "nic at=pci:00:0e.0 netdev=user"),
        ("plain-modern", "'scsi 0<enter>jjP", "scsi-disk at=drive:0:0:0:1 file="),
        ("plain-modern", "/2 free ports<enter>P", "usb at=usb:0:1 model=usb-tablet"),
        ("plain-modern", "'scsi 0<enter>P", "scsi-disk at=scsi0.0 file="),
        ("q35-rich", "'hub<enter>P", "scsi-disk file="),
    ] {
        let script = guest(name, &QMP).keys(keys);
        let text = script.text();
        assert!(text.contains(want), "{keys}: {want}\n{text}");
    }
}

#[test]
fn a_line_is_planned_while_it_is_typed_and_sent_when_it_is_taken() {
    let script = guest("plain-modern", &QMP).keys("'scsi 0<enter>P").shot("hotplug__prompt-empty");
    let script = script.keys("/tmp/x.img serial=a").shot("hotplug__prompt");
    script.size(40, 20).shot("hotplug__prompt");
    let mut script = guest("plain-modern", &QMP).keys("'scsi 0<enter>P/tmp/x.img<enter>");
    let MonitorRequest::Plug(number, plan) = &script.screen.asked[0] else {
        panic!("{:?}", script.screen.asked)
    };
    // 0, 3 and 5 are taken.
    let place = &plan.steps[1].command.arguments;
    assert_eq!((place["scsi-id"].as_u64(), place["bus"].as_str()), (Some(1), Some("scsi0.0")));
    let number = *number;
    script.screen.send(event(MonitorEvent::Plugged(number, PlugResult::Done)));
    assert_eq!(said(&script).1, "Attached vt-disk0 (scsi-hd)");
    let refused = PlugResult::Refused {
        command: "device_add".to_owned(),
        words: "no free lun".to_owned(),
        left: Vec::new(),
    };
    let mut script = script.keys("P/tmp/y.img<enter>");
    script.screen.send(event(MonitorEvent::Plugged(number + 1, refused)));
    assert!(said(&script).1.contains("no free lun; nothing is left behind"), "{:?}", said(&script));
    let refused = PlugResult::Refused {
        command: "blockdev-add".to_owned(),
        words: "Duplicate nodes with node-name='vt-disk0-node'".to_owned(),
        left: Vec::new(),
    };
    let mut script = script.keys("P/tmp/y.img<enter>");
    script.screen.send(event(MonitorEvent::Plugged(number + 2, refused)));
    assert!(said(&script).1.contains("'virt-topo detach vt-disk0' removes it"));
}

#[test]
fn a_line_that_cannot_be_done_says_why_and_stays() {
    for (line, want) in [
        ("scsi-disk file=/x at=pci:00:03.0", "does not take this device"),
        ("nic at=pci:00:03.0", "is taken by net0"),
        ("nic at=pci:07:03.0", "has no place 'pci:07:03.0'"),
        ("controller model=pcie-root-port", "root ports are part of the root bus"),
        ("nic id=net0", "exists already"),
        ("virtio-disk file=x.img", "write an absolute path"),
        ("disk", "give the kind of device to attach: scsi-disk"),
    ] {
        let script = guest("plain-modern", &QMP).keys(&format!("P<ctrl-u>{line}<enter>"));
        assert!(script.screen.asked.is_empty(), "{line}");
        assert!(said(&script).1.contains(want), "{line}: {:?}", said(&script));
        assert!(script.text().contains("attach to the running guest"), "{}", script.text());
        // Down begins with another kind, escape leaves.
        let script = script.keys("<down><esc>");
        assert!(!script.text().contains("attach to the running guest"));
    }
}

#[test]
fn the_kinds_go_round_in_both_directions() {
    for (keys, want) in [("<up>", "controller "), ("<up><down>", "scsi-disk ")] {
        let script = guest("plain-modern", &QMP).keys(&format!("'scsi 0<enter>P{keys}"));
        assert!(script.text().contains(&format!("│{want}")), "{keys}\n{}", script.text());
    }
}

#[test]
fn a_paste_goes_into_the_line_and_letters_are_no_commands() {
    let mut script = guest("plain-modern", &QMP).keys("P<ctrl-u>");
    script.screen.send(Message::Paste("nic id=q\n".to_owned()));
    let script = script.keys("q");
    assert!(!script.screen.has_quit);
    assert!(script.text().contains("nic id=qq"), "{}", script.text());
}

#[test]
fn a_long_story_keeps_its_question_in_sight() {
    let script = guest("q35-rich", &QMP).size(40, 20).keys("'qemu-xhci<enter>-");
    let script = script.shot("hotplug__long-question");
    let script = script.size(80, 24).shot("hotplug__long-question");
    assert!(script.text().contains("detach it"));
}

#[test]
fn what_others_do_to_the_guest_is_told() {
    let mut script = guest("plain-modern", &QMP);
    for (name, data, want) in [
        ("DEVICE_DELETED", serde_json::json!({"device": "x\u{1b}"}), "x␛ was removed"),
        ("RESET", serde_json::json!({}), "The guest was reset"),
        ("STOP", serde_json::Value::Null, "The guest is paused"),
    ] {
        let happened = Event { name: name.to_owned(), data };
        script.screen.app.status.clear();
        script.screen.send(event(MonitorEvent::Happened(happened)));
        assert_eq!(said(&script).1, want);
    }
}
