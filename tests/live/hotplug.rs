//! Real QEMU: devices put in and taken out, with and without a guest that co-operates.
//!
//! They run when `VIRT_TOPO_LIVE=1`.

use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::harness::qemu::{self, Guest};
use serde_json::{Map, Value, json};
use virt_topo::hotplug::{At, Backing, NewDevice, Unplug};
use virt_topo::live::{Facts, LiveBusNo, QdevAddress};
use virt_topo::sources::monitor::{
    Limits, Monitor, MonitorError, MonitorEvent, MonitorRequest, PlugResult, Qmp, Unplugged,
};

/// SCSI adapters of each kind, a USB controller, and room for more.
const ADAPTERS: &str = "-machine pc -nodefaults -S -device lsi53c895a,id=lsi -device virtio-scsi-pci,id=vs \
    -device megasas,id=mega -device qemu-xhci,id=xhci";

fn image(guest: &Guest, nth: u32) -> Backing {
    let file = guest.path(&format!("{nth}.img")).to_str().unwrap().to_owned();
    Backing { file, format: "raw".to_owned(), read_only: false }
}

fn bus(facts: &Facts, name: &str) -> LiveBusNo {
    let found = facts.numbered_buses().find(|(_, bus)| bus.name.as_deref() == Some(name));
    found.unwrap_or_else(|| panic!("no bus {name}")).0
}

fn scsi(target: u32, lun: u32) -> QdevAddress {
    QdevAddress::Scsi { channel: 0, target, lun }
}

fn user() -> Map<String, Value> {
    Map::from_iter([("type".to_owned(), "user".into())])
}

/// Everything of the block and network layers that could be left behind.
fn backends(qmp: &mut Qmp) -> (usize, usize, String) {
    let count = |value: Value| value.as_array().unwrap().len();
    let blocks = count(qmp.call("query-block", json!({})).unwrap());
    let nodes = count(qmp.call("query-named-block-nodes", json!({})).unwrap());
    (blocks, nodes, qmp.human("info network").unwrap())
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

fn plan(facts: &Facts, id: &str) -> Unplug {
    facts.unplug(facts.by_id(id).unwrap_or_else(|| panic!("no {id}")), false).unwrap()
}

#[test]
fn a_hundred_scsi_disks_come_and_go_and_leave_nothing() {
    let Some(_leave) = qemu::leave() else { return };
    let guest = Guest::typed(ADAPTERS);
    let mut qmp = guest.qmp();
    let first = qmp.facts().unwrap();
    let before = backends(&mut qmp);
    let places = [
        ("lsi.0", scsi(3, 0)),
        ("vs.0", scsi(1, 300)),
        ("mega.0", scsi(5, 0)),
        ("lsi.0", scsi(0, 0)),
    ];
    for round in 0..100 {
        let (name, address) = places[round % places.len()];
        let disk = NewDevice::ScsiDisk {
            backing: image(&guest, 0),
            cd: round % 7 == 3,
            serial: Some(format!("S{round}")),
        };
        let plug = first.plug(&disk, Some("disk"), At::Place(bus(&first, name), address)).unwrap();
        assert_eq!(qmp.plug(&plug).unwrap(), PlugResult::Done, "{round} {name}");
        let facts = qmp.facts().unwrap();
        let device = facts.device(facts.by_id("disk").unwrap()).unwrap();
        assert_eq!((device.bus, device.address), (Some(bus(&facts, name)), address));
        let ended = qmp.unplug(&plan(&facts, "disk"), soon()).unwrap();
        assert_eq!(ended, Unplugged::Gone { left: Vec::new() }, "{round} {name}");
    }
    assert_eq!(backends(&mut qmp), before);
    assert_eq!(qmp.facts().unwrap(), first);
}

#[test]
fn what_qemu_refuses_leaves_nothing_behind() {
    let Some(_leave) = qemu::leave() else { return };
    let guest = Guest::typed(ADAPTERS);
    let mut qmp = guest.qmp();
    let before = qmp.facts().unwrap();
    let clean = backends(&mut qmp);
    // The plan was made before another client took the place, the id, the port.
    let disk = NewDevice::ScsiDisk { backing: image(&guest, 0), cd: false, serial: None };
    let at = At::Place(bus(&before, "lsi.0"), scsi(2, 0));
    let late = before.plug(&disk, Some("late"), at).unwrap();
    let nic = |id| {
        let device = NewDevice::Nic { driver: "e1000".to_owned(), mac: None, netdev: user() };
        before.plug(&device, Some(id), At::Anywhere).unwrap()
    };
    let (early_nic, late_nic) = (nic("n1"), nic("n2"));
    let other = NewDevice::ScsiDisk { backing: image(&guest, 1), cd: false, serial: None };
    let early = before.plug(&other, Some("early"), at).unwrap();
    assert_eq!(qmp.plug(&early).unwrap(), PlugResult::Done);
    assert_eq!(qmp.plug(&early_nic).unwrap(), PlugResult::Done);
    let taken = backends(&mut qmp);
    for (plug, words) in [(&late, "lun"), (&late_nic, "slot")] {
        let ended = qmp.plug(plug).unwrap();
        let PlugResult::Refused { command, words: said, left } = ended else { panic!("{ended:?}") };
        assert_eq!((command.as_str(), left), ("device_add", Vec::new()));
        assert!(said.contains(words), "{said}");
        assert_eq!(backends(&mut qmp), taken);
    }
    let facts = qmp.facts().unwrap();
    // With the later plan nothing would have been sent at all.
    assert!(facts.plug(&disk, Some("late"), at).is_err());
    qmp.unplug(&plan(&facts, "early"), soon()).unwrap();
    let pending = qmp.unplug(&plan(&facts, "n1"), Instant::now() + Duration::from_millis(200));
    assert_eq!(pending.unwrap(), Unplugged::Pending);
    assert_eq!(backends(&mut qmp).0, clean.0);
}

fn next(events: &Receiver<MonitorEvent>, test: impl Fn(&MonitorEvent) -> bool) -> MonitorEvent {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let event = events.recv_timeout(left).unwrap_or_else(|_| panic!("no such event"));
        if test(&event) {
            return event;
        }
    }
}

fn watch(guest: &Guest) -> (Monitor, Receiver<MonitorEvent>) {
    let (sender, events) = channel();
    let tell = move |event| drop(sender.send(event));
    (Monitor::start(guest.endpoint(), Limits::default(), tell).unwrap(), events)
}

fn facts_in(events: &Receiver<MonitorEvent>, test: impl Fn(&Facts) -> bool) -> Facts {
    let event = next(events, |event| matches!(event, MonitorEvent::Facts(facts) if test(facts)));
    let MonitorEvent::Facts(facts) = event else { panic!() };
    (*facts).clone()
}

#[test]
fn an_unplug_without_a_guest_stays_pending_until_the_reset() {
    let Some(_leave) = qemu::leave() else { return };
    let guest = Guest::typed(
        "-machine pc -nodefaults -netdev user,id=h0 -device e1000,id=net0,netdev=h0 -device virtio-rng-pci,id=rng0",
    );
    let (monitor, events) = watch(&guest);
    let facts = facts_in(&events, |facts| facts.by_id("net0").is_some());
    let unplug = |id: &str| Box::new(plan(&facts, id));
    monitor.request(MonitorRequest::Unplug(1, unplug("net0"), Duration::from_millis(300)));
    monitor.request(MonitorRequest::Unplug(2, unplug("rng0"), Duration::from_millis(300)));
    for _ in 0..2 {
        let pending = next(&events, |event| matches!(event, MonitorEvent::Unplugged(..)));
        assert!(matches!(pending, MonitorEvent::Unplugged(_, Unplugged::Pending)), "{pending:?}");
    }
    let mut other = guest.qmp();
    assert!(other.facts().unwrap().by_id("net0").is_some());
    other.call("system_reset", json!({})).unwrap();
    for _ in 0..2 {
        let gone = next(&events, |event| matches!(event, MonitorEvent::Unplugged(..)));
        assert!(
            matches!(&gone, MonitorEvent::Unplugged(_, Unplugged::Gone { left }) if left.is_empty()),
            "{gone:?}"
        );
    }
    facts_in(&events, |facts| facts.by_id("net0").is_none() && facts.by_id("rng0").is_none());
    assert!(!other.human("info network").unwrap().contains("h0"));
}

#[test]
fn a_killed_qemu_is_lost_and_a_new_one_found() {
    let Some(_leave) = qemu::leave() else { return };
    let mut guest = Guest::typed("-machine pc -nodefaults -S -device virtio-rng-pci,id=rng0");
    let (monitor, events) = watch(&guest);
    let facts = facts_in(&events, |_| true);
    monitor.request(MonitorRequest::Unplug(
        1,
        Box::new(plan(&facts, "rng0")),
        Duration::from_secs(60),
    ));
    next(&events, |event| matches!(event, MonitorEvent::Wire(_)));
    let mut other = guest.qmp();
    guest.kill();
    let lost = next(&events, |event| matches!(event, MonitorEvent::Lost(..)));
    assert!(matches!(lost, MonitorEvent::Lost(MonitorError::Closed, _)), "{lost:?}");
    let error = other.unplug(&plan(&facts, "rng0"), soon()).unwrap_err();
    assert_eq!(error, MonitorError::Closed);
    let again = next(&events, |event| matches!(event, MonitorEvent::Lost(..)));
    assert!(matches!(again, MonitorEvent::Lost(MonitorError::Unreachable(..), _)), "{again:?}");
    let start = Instant::now();
    drop(monitor);
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[test]
fn two_clients_change_a_guest_at_the_same_time() {
    let Some(_leave) = qemu::leave() else { return };
    let guest = Guest::typed(ADAPTERS);
    let before = backends(&mut guest.qmp());
    std::thread::scope(|scope| {
        for (name, socket) in [("vs.0", "a.qmp"), ("mega.0", "b.qmp")] {
            let guest = &guest;
            scope.spawn(move || {
                let mut qmp = guest.qmp_at(socket);
                for round in 0..10 {
                    let facts = qmp.facts().unwrap();
                    let nth = u32::from(socket == "b.qmp");
                    let disk =
                        NewDevice::ScsiDisk { backing: image(guest, nth), cd: false, serial: None };
                    let id = format!("{}-{round}", socket.trim_end_matches(".qmp"));
                    let on = At::Bus(bus(&facts, name));
                    let plug = facts.plug(&disk, Some(&id), on).unwrap();
                    assert_eq!(qmp.plug(&plug).unwrap(), PlugResult::Done);
                    let facts = qmp.facts().unwrap();
                    let ended = qmp.unplug(&plan(&facts, &id), soon()).unwrap();
                    assert_eq!(ended, Unplugged::Gone { left: Vec::new() });
                }
            });
        }
    });
    assert_eq!(backends(&mut guest.qmp()), before);
}

#[test]
fn a_usb_device_and_an_adapter_with_disks_are_put_in_and_taken_out() {
    let Some(_leave) = qemu::leave() else { return };
    let guest = Guest::typed(ADAPTERS);
    let mut qmp = guest.qmp();
    let before = backends(&mut qmp);
    let facts = qmp.facts().unwrap();
    let stick =
        NewDevice::Usb { driver: "usb-storage".to_owned(), backing: Some(image(&guest, 2)) };
    let port = QdevAddress::Usb("2".parse().unwrap());
    let plug = facts.plug(&stick, Some("stick"), At::Place(bus(&facts, "xhci.0"), port)).unwrap();
    assert_eq!(qmp.plug(&plug).unwrap(), PlugResult::Done);
    let facts = qmp.facts().unwrap();
    assert_eq!(facts.device(facts.by_id("stick").unwrap()).unwrap().address, port);
    let ended = qmp.unplug(&plan(&facts, "stick"), soon()).unwrap();
    assert_eq!(ended, Unplugged::Gone { left: Vec::new() });
    assert_eq!(backends(&mut qmp), before);
    // A controller, a disk on it, and both out at once, which takes the guest or its reset.
    let adapter =
        NewDevice::Controller { driver: "virtio-scsi-pci".to_owned(), properties: Map::new() };
    let plug = facts.plug(&adapter, Some("hba"), At::Anywhere).unwrap();
    assert_eq!(qmp.plug(&plug).unwrap(), PlugResult::Done);
    let facts = qmp.facts().unwrap();
    let disk = NewDevice::ScsiDisk { backing: image(&guest, 3), cd: false, serial: None };
    let plug = facts.plug(&disk, Some("on-hba"), At::Bus(bus(&facts, "hba.0"))).unwrap();
    assert_eq!(qmp.plug(&plug).unwrap(), PlugResult::Done);
    let facts = qmp.facts().unwrap();
    let unplug = plan(&facts, "hba");
    assert_eq!(unplug.with, [facts.by_id("on-hba").unwrap()]);
    assert_eq!(unplug.nodes.len(), 1);
}

/// A guest with a Linux that releases devices on request.
fn cooperating(machine: &str) -> Option<Guest> {
    let (kernel, initrd) = qemu::linux()?;
    let line = format!(
        "-m 256 {machine} -nodefaults -serial unix:@DIR@/serial,server=on,wait=off -no-reboot \
         -kernel {} -initrd {} -append",
        kernel.display(),
        initrd.display()
    );
    let mut line: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    line.push("console=ttyS0 quiet".to_owned());
    let guest = Guest::start(&line);
    wait_for_linux(&guest);
    Some(guest)
}

fn wait_for_linux(guest: &Guest) {
    use std::io::{Read as _, Write as _};
    let end = Instant::now() + Duration::from_secs(180);
    let mut stream = loop {
        match std::os::unix::net::UnixStream::connect(guest.path("serial")) {
            Ok(stream) => break stream,
            Err(error) => assert!(Instant::now() < end, "no serial port: {error}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let mut said = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&said).contains("VT-END") {
        let text = String::from_utf8_lossy(&said);
        assert!(
            Instant::now() < end,
            "Linux does not start: ...{}",
            text.get(text.len().saturating_sub(2000)..).unwrap_or_default()
        );
        match stream.read(&mut buffer) {
            Ok(count) => said.extend(&buffer[..count]),
            // It answers once it runs; earlier input is lost.
            Err(_) => drop(stream.write_all(b"vt none\n")),
        }
    }
}

#[test]
fn a_cooperating_guest_lets_go_of_everything() {
    let Some(_leave) = qemu::leave() else { return };
    for machine in [
        "-machine pc -netdev user,id=h0 -device virtio-net-pci,id=boot0,netdev=h0",
        "-machine q35 -device pcie-root-port,id=rp1,chassis=1,addr=2.0,multifunction=on \
         -device pcie-root-port,id=rp2,chassis=2,addr=2.1 -device pcie-root-port,id=rp3,chassis=3,addr=2.2 \
         -netdev user,id=h0 -device virtio-net-pci,id=boot0,netdev=h0,bus=rp1",
    ] {
        let Some(guest) = cooperating(machine) else { return };
        let mut qmp = guest.qmp();
        let facts = qmp.facts().unwrap();
        let disk = NewDevice::VirtioDisk { backing: image(&guest, 0), serial: None };
        let plug = facts.plug(&disk, Some("disk"), At::Anywhere).unwrap();
        assert_eq!(qmp.plug(&plug).unwrap(), PlugResult::Done);
        let facts = qmp.facts().unwrap();
        let nic = NewDevice::Nic { driver: "virtio-net-pci".to_owned(), mac: None, netdev: user() };
        let plug = facts.plug(&nic, Some("nic"), At::Anywhere).unwrap();
        assert_eq!(qmp.plug(&plug).unwrap(), PlugResult::Done);
        // Linux binds its drivers.
        std::thread::sleep(Duration::from_secs(4));
        let facts = qmp.facts().unwrap();
        for id in ["disk", "nic", "boot0"] {
            let ended = qmp.unplug(&plan(&facts, id), Instant::now() + Duration::from_secs(60));
            assert_eq!(ended.unwrap(), Unplugged::Gone { left: Vec::new() }, "{machine} {id}");
        }
        let (blocks, nodes, network) = backends(&mut qmp);
        assert_eq!((blocks, nodes, network.as_str()), (0, 0, ""), "{machine}");
    }
}

#[test]
fn the_commands_attach_and_detach() {
    let Some(_leave) = qemu::leave() else { return };
    let guest = Guest::typed(ADAPTERS);
    let monitor = guest.path("a.qmp");
    let run = |line: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_virt-topo"))
            .args(line.split_whitespace())
            .args(["--monitor", monitor.to_str().unwrap()])
            .current_dir(guest.path(""))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.code(), text)
    };
    // QEMU, which was started elsewhere, would look for it there.
    let disk = "attach scsi-disk --file 0.img --id sda1";
    let (code, text) = run(&format!("{disk} --at lsi.0/0:4:0 --read-only"));
    assert_eq!(code, Some(1), "{text}");
    let (code, text) = run(&format!("{disk} --at lsi.0/0:4:0 --dry-run"));
    assert_eq!(code, Some(0));
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.contains(guest.path("0.img").to_str().unwrap()), "{text}");
    let (code, text) = run(&format!("{disk} --at drive:0:0:0:4"));
    assert_eq!((code, text.trim()), (Some(0), "sda1 (scsi-hd) attached at lsi.0/0:4:0"));
    let (code, text) = run("detach sda1");
    assert_eq!(code, Some(1));
    assert!(text.contains("--yes") && text.contains("it shows"), "{text}");
    let (code, text) = run("detach sda1 --read-only --yes");
    assert_eq!(code, Some(1), "{text}");
    let (code, text) = run("detach sda1 --yes");
    assert_eq!((code, text.trim()), (Some(0), "sda1 (scsi-hd) was detached"));
    let (code, text) =
        run("attach nic --model e1000 --mac 52:54:00:00:00:09 --at pci:00:1f.0 --id n9");
    assert_eq!((code, text.trim()), (Some(0), "n9 (e1000) attached at pci.0/1f.0"));
    let (code, text) = run("detach 52:54:00:00:00:09 --yes --wait 0");
    assert_eq!(code, Some(1));
    assert!(text.contains("still there") && text.contains("n9-host is left"), "{text}");
    // It is removed unobserved, and leaves its backend, which blocks the next.
    guest.qmp().call("system_reset", json!({})).unwrap();
    let gone = || !run("detect").1.contains("52:54:00:00:00:09");
    let end = soon();
    while !gone() {
        assert!(Instant::now() < end, "a reset does not complete it");
    }
    let (code, text) = run("attach nic --model e1000 --id n9");
    assert_eq!(code, Some(1));
    assert!(text.contains("'virt-topo detach n9' removes it"), "{text}");
    let (code, text) = run("detach n9 --yes");
    assert_eq!((code, text.trim()), (Some(0), "n9 was removed, and now also n9-host"));
    let (code, text) = run("attach nic --model e1000 --id n9");
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = run("attach controller --model virtio-rng-pci --at pci.0/1e.1 --id f1");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("when function 0 of its slot is attached"), "{text}");
    let (code, text) = run("detach lost --yes");
    assert_eq!(code, Some(2), "{text}");

    let json = |line: &str| {
        let (code, text) = run(&format!("{line} --format json"));
        (
            code,
            serde_json::from_str::<Value>(&text).unwrap_or_else(|error| panic!("{text}: {error}")),
        )
    };
    let (code, told) = json(&format!("{disk} --at lsi.0/0:5:0 --dry-run"));
    assert_eq!((code, &told["state"], &told["device"]), (Some(0), &json!("planned"), &Value::Null));
    assert_eq!(told["commands"][1]["execute"], "device_add");
    let (code, told) = json(&format!("{disk} --at lsi.0/0:5:0"));
    assert_eq!((code, &told["state"]), (Some(0), &json!("done")));
    assert_eq!(
        (&told["device"]["id"], &told["device"]["place"]),
        (&json!("sda1"), &json!("0:5:0"))
    );
    let (code, told) = json(&format!("{disk} --at lsi.0/0:5:0"));
    assert_eq!((code, &told["state"]), (Some(1), &json!("refused")));
    let (code, told) = json("detach sda1 --yes");
    assert_eq!((code, &told["state"]), (Some(0), &json!("done")));
    assert_eq!(told["device"]["driver"], "scsi-hd");
    let sent: Vec<&Value> =
        told["commands"].as_array().unwrap().iter().map(|command| &command["execute"]).collect();
    assert_eq!(sent, ["device_del", "blockdev-del"]);
}
