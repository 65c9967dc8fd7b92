//! The monitor client with misbehaving servers: each kind gives its own error, and none hangs.

use std::io::{Read as _, Write as _};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::harness::captures::{self, read};
use crate::harness::fake::{Fake, GREETING, hold, speak};
use crate::harness::snapshots::snapshot;
use serde_json::{Map, Value, json};
use virt_topo::hotplug::{At, NewDevice};
use virt_topo::live::{Answers, QdevAddress};
use virt_topo::sources::monitor::{
    CallError, Endpoint, Limits, Link, Monitor, MonitorError, MonitorEvent, MonitorRequest,
    PlugResult, Qmp, Unplugged,
};

const SHORT: Limits = Limits {
    connect: Duration::from_millis(500),
    greeting: Duration::from_millis(300),
    answer: Duration::from_millis(500),
    bytes: 64 << 20,
};

fn open(server: &Fake) -> Result<Link, MonitorError> {
    Link::open(&Endpoint::Unix(server.path.clone()), SHORT)
}

fn qmp(server: &Fake) -> Box<Qmp> {
    match open(server) {
        Ok(Link::Qmp(qmp)) => qmp,
        other => panic!("{other:?}"),
    }
}

/// The error for a server that sends `bytes` and then waits.
fn says(bytes: &'static [u8]) -> MonitorError {
    let server = Fake::start(move |_, mut stream| {
        let _ = stream.write_all(bytes);
        hold(stream, Duration::from_secs(2));
    });
    let start = Instant::now();
    let error = open(&server).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(2), "{error}");
    error
}

#[test]
fn every_bad_greeting_is_told_apart() {
    assert!(matches!(says(b""), MonitorError::Busy(_)));
    assert!(matches!(says(b"SSH-2.0-OpenSSH_9\r\n"), MonitorError::Garbage(_)));
    assert!(matches!(says(b"\xfe\xfe\x00\x01"), MonitorError::Garbage(_)));
    assert!(matches!(says(b"{\"QMP\": {\"vers"), MonitorError::Silent(_)));
    assert!(matches!(says(b"{\"hello\": 1}"), MonitorError::Garbage(_)));
    assert!(matches!(says(b"{]"), MonitorError::Garbage(_)));
    assert!(matches!(says(b"QEMU 10.0.2 monitor - type"), MonitorError::Silent(_)));
    assert!(matches!(says(b"QE"), MonitorError::Garbage(_)));
}

#[test]
fn nobody_at_the_socket_is_told_with_what_to_try() {
    let error = Link::open(&Endpoint::Unix("/nonexistent/x.sock".into()), SHORT).unwrap_err();
    assert!(matches!(error, MonitorError::Unreachable(..)));
    assert!(error.hint().unwrap().contains("-qmp"));
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| Endpoint::Unix(directory.path().join(name));
    assert_eq!(Link::open(&at(""), SHORT).unwrap_err(), MonitorError::NoSocket("a folder"));
    std::fs::write(directory.path().join("file"), "").unwrap();
    assert_eq!(Link::open(&at("file"), SHORT).unwrap_err(), MonitorError::NoSocket("a file"));
    // The socket of a QEMU that was killed.
    drop(std::os::unix::net::UnixListener::bind(directory.path().join("left")).unwrap());
    let error = Link::open(&at("left"), SHORT).unwrap_err();
    assert!(error.hint().unwrap().contains("no program listens"), "{error}");
    let error = Link::open(&at(&"x".repeat(200)), SHORT).unwrap_err();
    assert!(error.hint().unwrap().contains("107 bytes"), "{error}");
    let server = Fake::start(|_, stream| drop(stream));
    assert_eq!(open(&server).unwrap_err(), MonitorError::Closed);
}

#[test]
fn a_second_client_is_told_that_the_monitor_is_busy_and_served_afterwards() {
    let server = Fake::qmp(|_, _| (String::new(), Ok(json!({}))));
    let first = qmp(&server);
    let error = open(&server).unwrap_err();
    assert!(matches!(error, MonitorError::Busy(_)), "{error}");
    drop(first);
    // The client that gave up is served first, and gone.
    let end = Instant::now() + Duration::from_secs(5);
    while open(&server).is_err() {
        assert!(Instant::now() < end, "never served");
    }
}

#[test]
fn an_answer_that_comes_in_pieces_with_events_between_is_whole() {
    let server = Fake::start(|_, mut stream| {
        for byte in GREETING.bytes() {
            stream.write_all(&[byte]).unwrap();
        }
        let mut buffer = [0; 4096];
        let _ = stream.read(&mut buffer);
        stream.write_all(b"{\"return\": {}, \"id\": 1}").unwrap();
        let _ = stream.read(&mut buffer);
        for piece in [
            "{\"timestamp\": {}, \"event\": \"RESUME\"}{\"ret",
            "urn\": {\n \"a\": \"}{\"",
            "}, \"id\": 2}",
        ] {
            stream.write_all(piece.as_bytes()).unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
        hold(stream, Duration::from_secs(1));
    });
    let mut qmp = qmp(&server);
    assert_eq!(qmp.call("x", json!({})).unwrap(), json!({ "a": "}{" }));
    assert_eq!(qmp.event(Some(Instant::now())).unwrap().unwrap().name, "RESUME");
}

#[test]
fn an_answer_of_ten_megabytes_is_read() {
    let entry = json!({ "qdev": "x", "inserted": { "file": "/i".repeat(40) } });
    let answer: Value = vec![entry; 110_000].into();
    let server = Fake::qmp(move |_, _| (String::new(), Ok(answer.clone())));
    let limits = Limits { answer: Duration::from_secs(20), ..SHORT };
    let Ok(Link::Qmp(mut qmp)) = Link::open(&Endpoint::Unix(server.path.clone()), limits) else {
        panic!()
    };
    let answer = qmp.call("query-block", json!({})).unwrap();
    assert!(answer.to_string().len() > 10_000_000);
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let server = Fake::start(|_, mut stream| {
        let _ = stream.write_all(GREETING.as_bytes());
        let mut buffer = [0; 4096];
        let _ = stream.read(&mut buffer);
        let _ = stream.write_all(b"{\"return\": {}, \"id\": 1}");
        let _ = stream.read(&mut buffer);
        let _ = stream.write_all(b"{\"return\": \"");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let limits = Limits { bytes: 1 << 20, ..SHORT };
    let Ok(Link::Qmp(mut qmp)) = Link::open(&Endpoint::Unix(server.path.clone()), limits) else {
        panic!()
    };
    let error = qmp.call("x", json!({})).unwrap_err();
    assert_eq!(error, CallError::Link(MonitorError::TooLong(1 << 20)));
}

#[test]
fn a_monitor_that_stops_speaking_is_left_after_a_while() {
    let server = Fake::start(|_, mut stream| {
        let _ = stream.write_all(GREETING.as_bytes());
        let mut buffer = [0; 4096];
        let _ = stream.read(&mut buffer);
        let _ = stream.write_all(b"{\"return\": {}, \"id\": 1}");
        let _ = stream.read(&mut buffer);
        let _ = stream.write_all(b"{\"return\": {\"half\": ");
        hold(stream, Duration::from_secs(2));
    });
    let error = qmp(&server).call("x", json!({})).unwrap_err();
    assert!(matches!(error, CallError::Link(MonitorError::Silent(_))), "{error}");
}

#[test]
fn bytes_that_are_no_utf8_do_not_cost_the_answer() {
    let server = Fake::start(|_, mut stream| {
        let _ = stream.write_all(GREETING.as_bytes());
        let mut buffer = [0; 4096];
        let _ = stream.read(&mut buffer);
        let _ = stream.write_all(b"{\"return\": {}, \"id\": 1}");
        let _ = stream.read(&mut buffer);
        let _ = stream.write_all(b"{\"return\": \"/x/\xe4\xff.img\", \"id\": 2}");
        hold(stream, Duration::from_secs(1));
    });
    let answer = qmp(&server).call("x", json!({})).unwrap();
    assert_eq!(answer, json!("/x/\u{fffd}\u{fffd}.img"));
}

/// A human monitor with a line editor that echoes.
fn human() -> Fake {
    Fake::start(|_, mut stream| {
        let prompt = "\r\n(qemu) ";
        let banner = "QEMU 10.0.2 monitor - type 'help' for more information";
        let _ = stream.write_all(b"\xff\xfb\x01\xff\xfb\x03");
        let _ = stream.write_all(format!("{banner}{prompt}").as_bytes());
        let mut line = Vec::new();
        let mut byte = [0];
        while stream.read(&mut byte).unwrap_or(0) == 1 {
            if byte[0] != b'\n' {
                line.push(byte[0]);
                let echo = [b"\x1b[K\x1b[D".as_slice(), &line].concat();
                let _ = stream.write_all(&echo);
                continue;
            }
            let command = String::from_utf8(std::mem::take(&mut line)).unwrap();
            let file = format!("info-{}.txt", command.trim_start_matches("info "));
            let known = ["pci", "qtree", "usb", "block", "network", "status", "version"];
            let text = if known.iter().any(|name| file == format!("info-{name}.txt")) {
                read("bare-pc", &file).trim_end().replace('\n', "\r\n")
            } else {
                format!("unknown command: '{command}'")
            };
            let _ = stream.write_all(format!("\r\n{text}{prompt}").as_bytes());
        }
    })
}

#[test]
fn a_human_monitor_tells_the_same_facts() {
    let server = human();
    let mut link = open(&server).unwrap();
    assert_eq!(link.language(), "HMP");
    assert_eq!(link.facts().unwrap(), captures::answers_hmp("bare-pc").facts());
}

#[test]
fn a_guest_with_little_to_say_still_has_facts() {
    let server = Fake::qmp(|command, _| {
        let result = match command {
            "query-pci" => Ok(serde_json::from_str(&read("pc-bridges", "query-pci.json")).unwrap()),
            _ => Err("The command has not been found".to_owned()),
        };
        (String::new(), result)
    });
    let facts = qmp(&server).facts().unwrap();
    let saved = Answers::from_capture(&read("pc-bridges", "query-pci.json")).unwrap().facts();
    assert_eq!(facts.devices, saved.devices);
    assert_eq!(facts.version.as_deref(), Some("10.0.2"));
}

/// A virtio disk that is planned for the captured guest.
fn disk() -> virt_topo::hotplug::Plug {
    let facts = captures::answers_qmp("coop-q35").facts();
    let device = NewDevice::Nic {
        driver: "virtio-net-pci".to_owned(),
        mac: None,
        netdev: Map::from_iter([("type".to_owned(), "user".into())]),
    };
    facts.plug(&device, Some("x"), At::Anywhere).unwrap()
}

#[test]
fn a_refused_device_takes_its_backend_back() {
    let (sender, commands) = channel();
    let server = Fake::qmp(move |command, arguments| {
        let _ = sender.send(format!("{command} {arguments}"));
        let result = if command == "device_add" { Err("no".to_owned()) } else { Ok(json!({})) };
        (String::new(), result)
    });
    let ended = qmp(&server).plug(&disk()).unwrap();
    let refused = PlugResult::Refused {
        command: "device_add".to_owned(),
        words: "no".to_owned(),
        left: Vec::new(),
    };
    assert_eq!(ended, refused);
    let commands: Vec<String> = commands.try_iter().collect();
    let words: Vec<&str> = commands.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(words, ["netdev_add", "device_add", "netdev_del"]);
    assert!(commands[2].contains("x-host"));
}

fn unplug_net0() -> virt_topo::hotplug::Unplug {
    let facts = captures::answers_qmp("coop-q35").facts();
    facts.unplug(facts.by_id("net0").unwrap(), false).unwrap()
}

fn event(name: &str, data: &Value) -> String {
    format!("{}\r\n", json!({ "event": name, "data": data, "timestamp": {} }))
}

#[test]
fn an_unplug_ends_with_the_event_of_its_own_device() {
    for (name, data, want) in [
        (
            "DEVICE_DELETED",
            json!({ "device": "net0", "path": "/machine/peripheral/net0" }),
            Unplugged::Gone { left: Vec::new() },
        ),
        (
            "DEVICE_DELETED",
            json!({ "path": "/machine/peripheral/net0/virtio-backend" }),
            Unplugged::Pending,
        ),
        (
            "DEVICE_UNPLUG_GUEST_ERROR",
            json!({ "device": "net0", "path": "/machine/peripheral/net0" }),
            Unplugged::GuestRefused,
        ),
        (
            "ACPI_DEVICE_OST",
            json!({ "info": { "device": "net0", "source": 3, "status": 130, "slot": "0", "slot-type": "DIMM" } }),
            Unplugged::GuestRefused,
        ),
        (
            "DEVICE_DELETED",
            json!({ "device": "net1", "path": "/machine/peripheral/net1" }),
            Unplugged::Pending,
        ),
    ] {
        let text = event(name, &data);
        let server = Fake::qmp(move |command, _| {
            let before = if command == "device_del" { text.clone() } else { String::new() };
            (before, Ok(json!({})))
        });
        let end = Instant::now() + Duration::from_millis(300);
        let ended = qmp(&server).unplug(&unplug_net0(), end).unwrap();
        assert_eq!(ended, want, "{name} {data}");
    }
}

#[test]
fn a_backend_that_somebody_else_has_removed_is_not_left() {
    // libvirt gets the same event; QEMU's messages about missing backends, and about present ones.
    for (words, left) in [
        ("Device 'hostnet0' not found", Vec::new()),
        ("Failed to find node with node-name='libvirt-1-storage'", Vec::new()),
        ("Node 'a' is a child", vec!["Node 'a' is a child".to_owned()]),
    ] {
        let data = json!({ "device": "net0", "path": "/machine/peripheral/net0" });
        let text = event("DEVICE_DELETED", &data);
        let server = Fake::qmp(move |command, _| match command {
            "device_del" => (text.clone(), Ok(json!({}))),
            "netdev_del" => (String::new(), Err(words.to_owned())),
            _ => (String::new(), Ok(json!({}))),
        });
        let end = Instant::now() + Duration::from_secs(5);
        let ended = qmp(&server).unplug(&unplug_net0(), end).unwrap();
        assert_eq!(ended, Unplugged::Gone { left }, "{words}");
    }
}

#[test]
fn a_monitor_that_dies_during_an_unplug_is_told() {
    let server = Fake::start(|_, mut stream| {
        let _ = stream.write_all(GREETING.as_bytes());
        let mut buffer = [0; 4096];
        let _ = stream.read(&mut buffer);
        let _ = stream.write_all(b"{\"return\": {}, \"id\": 1}");
        let _ = stream.read(&mut buffer);
    });
    let end = Instant::now() + Duration::from_secs(2);
    let error = qmp(&server).unplug(&unplug_net0(), end).unwrap_err();
    assert_eq!(error, MonitorError::Closed);
}

fn next(events: &Receiver<MonitorEvent>, test: impl Fn(&MonitorEvent) -> bool) -> MonitorEvent {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let event = events.recv_timeout(left).unwrap_or_else(|_| panic!("no such event"));
        if test(&event) {
            return event;
        }
    }
}

#[test]
fn a_worker_connects_again_with_growing_pauses_and_ends_at_once() {
    let server = Fake::start(|nth, stream| {
        if nth >= 2 {
            speak(stream, &mut |_, _| (String::new(), Ok(json!({}))));
        }
    });
    let (sender, events) = channel();
    let endpoint = Endpoint::Unix(server.path.clone());
    let monitor = Monitor::start(endpoint, SHORT, move |event| drop(sender.send(event))).unwrap();
    let lost = |event: &MonitorEvent| matches!(event, MonitorEvent::Lost(..));
    let MonitorEvent::Lost(MonitorError::Closed, first) = next(&events, lost) else { panic!() };
    let MonitorEvent::Lost(_, second) = next(&events, lost) else { panic!() };
    assert_eq!(second, first * 2);
    next(&events, |event| matches!(event, MonitorEvent::Facts(_)));
    assert_eq!(server.connections(), 3);
    let start = Instant::now();
    drop(monitor);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[test]
fn a_worker_says_nothing_while_nothing_happens_and_looks_again_after_an_event() {
    let (asked, asks) = channel();
    let server = Fake::qmp(move |command, _| {
        let _ = asked.send(command.to_owned());
        let before =
            if command == "netdev_add" { event("RESUME", &json!({})) } else { String::new() };
        (before, Ok(json!({})))
    });
    let (sender, events) = channel();
    let endpoint = Endpoint::Unix(server.path.clone());
    let monitor = Monitor::start(endpoint, SHORT, move |event| drop(sender.send(event))).unwrap();
    next(&events, |event| matches!(event, MonitorEvent::Facts(_)));
    std::thread::sleep(Duration::from_millis(300));
    while asks.try_recv().is_ok() {}
    std::thread::sleep(Duration::from_millis(500));
    assert!(asks.try_recv().is_err(), "an idle worker asks nothing");
    monitor.request(MonitorRequest::Plug(7, Box::new(disk())));
    let done = next(&events, |event| matches!(event, MonitorEvent::Plugged(..)));
    assert!(matches!(done, MonitorEvent::Plugged(7, PlugResult::Done)));
    next(&events, |event| matches!(event, MonitorEvent::Happened(event) if event.name == "RESUME"));
    let end = Instant::now() + Duration::from_secs(5);
    while !asks.try_iter().any(|command| command == "query-pci") {
        assert!(Instant::now() < end, "nobody looked");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn two_unplugs_wait_at_the_same_time_and_pending_ones_are_still_watched() {
    let server = Fake::qmp(move |command, arguments| {
        let id = arguments["id"].as_str().unwrap_or_default().to_owned();
        // The second request lets both go.
        let before = match (command, id.as_str()) {
            ("device_del", "rng0") => ["rng0", "net0"]
                .map(|id| {
                    event(
                        "DEVICE_DELETED",
                        &json!({ "device": id, "path": format!("/machine/peripheral/{id}") }),
                    )
                })
                .concat(),
            _ => String::new(),
        };
        (before, Ok(json!({})))
    });
    let facts = captures::answers_qmp("q35-rich").facts();
    let unplug = |id: &str| Box::new(facts.unplug(facts.by_id(id).unwrap(), false).unwrap());
    let (sender, events) = channel();
    let endpoint = Endpoint::Unix(server.path.clone());
    let monitor = Monitor::start(endpoint, SHORT, move |event| drop(sender.send(event))).unwrap();
    monitor.request(MonitorRequest::Unplug(1, unplug("net0"), Duration::from_millis(100)));
    let pending = next(&events, |event| matches!(event, MonitorEvent::Unplugged(..)));
    assert!(matches!(pending, MonitorEvent::Unplugged(1, Unplugged::Pending)));
    monitor.request(MonitorRequest::Unplug(2, unplug("rng0"), Duration::from_secs(5)));
    let mut gone = Vec::new();
    // The event is reported before the result, so that its cause is known.
    let first = next(&events, |event| {
        matches!(event, MonitorEvent::Unplugged(..) | MonitorEvent::Happened(_))
    });
    assert!(matches!(first, MonitorEvent::Happened(_)), "{first:?}");
    for _ in 0..2 {
        let event = next(&events, |event| matches!(event, MonitorEvent::Unplugged(..)));
        let MonitorEvent::Unplugged(number, Unplugged::Gone { .. }) = event else {
            panic!("{event:?}")
        };
        gone.push(number);
    }
    gone.sort_unstable();
    assert_eq!(gone, [1, 2]);
}

#[test]
fn what_cannot_be_plugged_is_refused_before_anything_is_sent() {
    let facts = captures::answers_qmp("q35-rich").facts();
    let bus = |name: &str| {
        let bus = facts.numbered_buses().find(|(_, bus)| bus.name.as_deref() == Some(name));
        bus.unwrap_or_else(|| panic!("{name}")).0
    };
    let pci = |slot, function| {
        let slot = virt_topo::model::address::Slot::new(slot).unwrap();
        QdevAddress::Pci(slot, virt_topo::model::address::Function::new(function).unwrap())
    };
    let scsi = |target, lun| QdevAddress::Scsi { channel: 0, target, lun };
    let disk = NewDevice::ScsiDisk {
        backing: virt_topo::hotplug::Backing::default(),
        cd: false,
        serial: None,
    };
    let rng = NewDevice::Controller { driver: "virtio-rng-pci".to_owned(), properties: Map::new() };
    let vga = NewDevice::Controller { driver: "VGA".to_owned(), properties: Map::new() };
    let mut story = String::new();
    for (device, id, wanted) in [
        (&rng, None, At::Place(bus("pcie.0"), pci(9, 0))),
        (&rng, None, At::Place(bus("pci.4"), pci(0, 0))),
        (&rng, None, At::Place(bus("pci.20"), pci(1, 0))),
        (&rng, None, At::Place(bus("pci.20"), pci(0, 0))),
        (&rng, None, At::Place(bus("pci.7"), pci(2, 0))),
        (&rng, None, At::Place(bus("pci.11"), pci(2, 0))),
        (&rng, None, At::Place(bus("pci.6"), pci(0, 0))),
        (&rng, None, At::Place(bus("scsi0.0"), pci(1, 0))),
        (&rng, Some("net0"), At::Anywhere),
        (&rng, Some("1 2"), At::Anywhere),
        (&rng, None, At::Anywhere),
        (&vga, None, At::Anywhere),
        (&disk, None, At::Place(bus("scsi0.0"), scsi(0, 1))),
        (&disk, None, At::Place(bus("scsi0.0"), scsi(256, 0))),
        (&disk, None, At::Place(bus("scsi1.0"), scsi(7, 0))),
        (&disk, None, At::Place(bus("usb-disk6.0"), scsi(1, 0))),
        (&disk, None, At::Place(bus("ide.0"), QdevAddress::Unit(0))),
        (&disk, None, At::Anywhere),
    ] {
        use std::fmt::Write as _;
        let told = match facts.plug(device, id, wanted) {
            Ok(plug) => {
                let bus = facts.bus(plug.bus).unwrap().name.clone().unwrap();
                format!("{} goes to {bus} {}", plug.id, plug.address)
            }
            Err(why) => why.to_string(),
        };
        let _ = writeln!(story, "{told}");
    }
    for id in
        ["sata0-0-5", "nvme0", "video0", "pci.1", "pci.6", "serial0", "net4", "scsi0", "balloon0"]
    {
        use std::fmt::Write as _;
        let told = match facts.unplug(facts.by_id(id).unwrap(), false) {
            Ok(unplug) => format!(
                "{id} goes with {} others, {} nodes, {} netdevs: {:?}",
                unplug.with.len(),
                unplug.nodes.len(),
                unplug.netdevs.len(),
                unplug.warnings
            ),
            Err(why) => why.to_string(),
        };
        let _ = writeln!(story, "{told}");
    }
    snapshot("detect__plug__refusals", &story);
}
