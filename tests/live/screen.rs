//! The real program on a real pseudo terminal, beside a real QEMU.
//!
//! Only with `VIRT_TOPO_LIVE=1`.

use crate::harness::qemu::{self, Guest};
use crate::support::pty::Pty;
use serde_json::json;
use virt_topo::sources::monitor::Qmp;

const ARGUMENTS: &str = "-name tiny -machine pc -nodefaults -vga std -device virtio-scsi-pci,id=scsi0,addr=5 \
    -drive file=@DIR@/0.img,format=raw,if=none,id=d0 \
    -device scsi-hd,id=scsi0-0-0-0,drive=d0,bus=scsi0.0,channel=0,scsi-id=0,lun=0 \
    -netdev user,id=hostnet0 -device e1000,id=net0,netdev=hostnet0,mac=52:54:00:00:00:01,addr=6";

/// The guest's XML, its NIC one slot further than it runs.
fn document(guest: &Guest) -> String {
    let path = guest.path("guest.xml").to_str().unwrap().to_owned();
    let text = "<domain type='qemu'>\n  <name>tiny</name>\n  <memory unit='MiB'>64</memory>\n  <os>\n    <type \
                arch='x86_64' machine='pc'>hvm</type>\n  </os>\n  <devices>\n    <controller type='pci' index='0' \
                model='pci-root'/>\n    <controller type='usb' model='none'/>\n    <controller type='scsi' \
                index='0' model='virtio-scsi'>\n      <alias name='scsi0'/>\n      <address type='pci' \
                slot='0x05'/>\n    </controller>\n    <interface type='user'>\n      <mac \
                address='52:54:00:00:00:01'/>\n      <model type='e1000'/>\n      <alias name='net0'/>\n      \
                <address type='pci' slot='0x07'/>\n    </interface>\n    <memballoon model='none'/>\n  \
                </devices>\n</domain>\n";
    std::fs::write(&path, text).unwrap();
    path
}

fn start(guest: &Guest, file: Option<&str>, socket: &str) -> Pty {
    let socket = guest.path(socket).to_str().unwrap().to_owned();
    let mut arguments: Vec<&str> = file.into_iter().collect();
    arguments.extend(["--monitor", &socket]);
    Pty::start(&arguments, &[])
}

/// Block nodes and backends that are left.
fn backends(qmp: &mut Qmp) -> (usize, String) {
    let nodes = qmp.call("query-named-block-nodes", json!({})).unwrap();
    (nodes.as_array().unwrap().len(), qmp.human("info network").unwrap())
}

#[test]
fn a_running_guest_is_shown_beside_its_document_and_followed() {
    let Some(_leave) = qemu::leave() else { return };
    let mut guest = Guest::typed(ARGUMENTS);
    let file = document(&guest);
    let mut screen = start(&guest, Some(&file), "a.qmp");
    screen.wait_for("live qmp since");
    // The NIC is elsewhere, the disk only runs, the rest is as configured.
    screen.wait_for("live 06.0");
    screen.wait_for("scsi-hd");
    screen.wait("marks", |screen| {
        let text = screen.contents();
        text.contains("●≠ net e1000")
            && text.contains("●= scsi 0")
            && text.contains("▓= host bridge")
    });
    // Another client stops the guest, which causes an event.
    let mut other = guest.qmp();
    other.call("stop", json!({})).unwrap();
    screen.wait_for(", paused");
    other.call("cont", json!({})).unwrap();
    screen.wait("running", |screen| !screen.contents().contains(", paused"));
    // Freeze from live makes the NIC be where it runs.
    screen.type_keys("'e1000\rrf");
    screen.wait_for("●= net e1000");
    screen.type_keys("u");
    screen.wait_for("●≠ net e1000");
    // Another client plugs a device, which causes no event.
    other.call("device_add", json!({ "driver": "virtio-rng-pci", "id": "late" })).unwrap();
    screen.wait_for("late");
    drop(other);
    // QEMU dies, and comes back at the same place.
    guest.kill();
    screen.wait(" lost or unreachable", |screen| {
        let text = screen.contents();
        text.contains("next try in") || text.contains("trying again")
    });
    screen.wait_for("host bridge");
    screen.type_keys("q");
    assert_eq!(screen.wait_end(), (0, None));
    screen.assert_restored();
}

#[test]
fn devices_are_put_in_and_taken_out_on_the_screen_and_leave_nothing() {
    let Some(_leave) = qemu::leave() else { return };
    let guest = Guest::typed(ARGUMENTS);
    let file = document(&guest);
    let image = guest.path("1.img").to_str().unwrap().to_owned();
    let before = backends(&mut guest.qmp());
    let mut screen = start(&guest, Some(&file), "a.qmp");
    screen.wait_for("live qmp since");
    screen.wait_for("●= scsi 0");
    // A disk on the selected adapter: at once.
    screen.type_keys("'scsi 0\rP");
    screen.wait_for("attach to the running guest");
    screen.type_keys(&format!("{image} serial=xyz"));
    screen.wait_for("vt-disk0 at scsi0.0 0:0:1");
    screen.type_keys("\r");
    screen.wait_for("Attached vt-disk0 (scsi-hd)");
    screen.wait_for("vt-disk0 1.img");
    screen.type_keys("'vt-disk0\r-");
    screen.wait_for("detach from the running guest");
    screen.wait_for("vt-disk0 (scsi-hd) goes");
    screen.type_keys("j\r");
    screen.wait_for("Detached vt-disk0 (scsi-hd)");
    // A PCI device: nothing in the guest releases it before a reset.
    screen.type_keys("P\x15nic netdev=user id=extra\r");
    screen.wait_for("Attached extra (virtio-net-pci)");
    screen.wait_for("+ virtio-net-pci");
    screen.type_keys("'extra\r-j\r");
    screen.wait_for("… virtio-net-pci");
    guest.qmp().call("system_reset", json!({})).unwrap();
    screen.wait("the NIC is gone", |screen| !screen.contents().contains("… virtio-net-pci"));
    // A refusal of QEMU is reported, and nothing of the device is left.
    screen.type_keys("P\x15controller model=nosuch\r");
    screen.wait_for("is not a valid device model");
    screen.type_keys("L");
    screen.wait_for("device_add");
    screen.type_keys("q");
    screen.type_keys("q");
    assert_eq!(screen.wait_end(), (0, None));
    assert_eq!(backends(&mut guest.qmp()), before);
}

#[test]
fn a_guest_without_a_document_is_drawn_in_both_languages() {
    let Some(_leave) = qemu::leave() else { return };
    let guest = Guest::typed(ARGUMENTS);
    for (socket, word) in [("a.qmp", "live qmp since"), ("hmp", "live hmp since")] {
        let mut screen = start(&guest, None, socket);
        screen.wait_for(word);
        screen.wait_for("●= net e1000");
        screen.wait_for("●= scsi 0 virtio-scsi");
        if socket == "hmp" {
            screen.type_keys("P");
            screen.wait_for("speaks HMP");
        } else {
            screen.type_keys("-");
            screen.wait_for("The running guest does not have this device");
        }
        // The guest may change meanwhile; only a poll, or the end of a plug, reports it.
        screen.type_keys("7");
        screen.wait_for("<domain type='qemu'>");
        screen.type_keys("q");
        assert_eq!(screen.wait_end(), (0, None));
    }
}

#[test]
fn a_second_client_is_told_that_the_monitor_is_busy_and_served_afterwards() {
    let Some(_leave) = qemu::leave() else { return };
    let guest = Guest::typed(ARGUMENTS);
    let first = guest.qmp_at("a.qmp");
    let mut screen = start(&guest, None, "a.qmp");
    screen.wait_for("connecting to monitor");
    screen.wait_for("is busy: connected, but no greeting");
    screen.wait_for("a monitor serves one client at a time");
    drop(first);
    screen.wait_for("live qmp since");
    screen.wait_for("●= net e1000");
    // A prompt, gone with the program.
    screen.signal("-TERM");
    assert_eq!(screen.wait_end().1.as_deref(), Some("Terminated"));
    screen.assert_restored();
    guest.qmp_at("a.qmp").call("query-status", json!({})).unwrap();
}
