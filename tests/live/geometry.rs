//! The last places of SCSI adapters, tried with QEMU.

use std::process::{Command, Stdio};

use virt_topo::machine::{ControllerModel, Drives, Form, QemuBus};
use virt_topo::model::ControllerKind;
use virt_topo::model::address::DriveAddress;

use crate::harness::qemu;

/// Starts QEMU with a drive there; returns its message if it refuses.
fn started(driver: &str, id: u32, lun: u32) -> Result<(), String> {
    let mut child = Command::new("qemu-system-x86_64")
        .args(["-M", "pc", "-accel", "tcg", "-m", "16", "-nodefaults", "-display", "none", "-S"])
        .args(["-qmp", "stdio", "-blockdev", "driver=null-co,node-name=d", "-device"])
        .args([&format!("{driver},id=s"), "-device"])
        .arg(format!("scsi-hd,drive=d,bus=s.0,channel=0,scsi-id={id},lun={lun}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let quit = b"{\"execute\":\"qmp_capabilities\"}{\"execute\":\"quit\"}";
    // A QEMU that refuses has closed its input already.
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), quit);
    let done = child.wait_with_output().unwrap();
    let error = String::from_utf8_lossy(&done.stderr).into_owned();
    if done.status.success() { Ok(()) } else { Err(error) }
}

/// Every model of a SCSI adapter, with its QEMU device on x86.
fn adapters() -> impl Iterator<Item = (&'static str, String)> {
    let scsi = ControllerModel::all().filter(|row| row.kind == ControllerKind::Scsi);
    scsi.flat_map(|row| {
        let driver = row.model.drivers_on(QemuBus::Pci).next();
        let words = row.model.words.model.iter();
        words.filter_map(move |model| {
            Some((*model, format!("{}{}", driver?.name, Form::split(model).1.suffix())))
        })
    })
}

#[test]
fn qemu_takes_drives_as_far_as_its_limits_say() {
    let Some(_leave) = qemu::leave() else { return };
    let mut broken = Vec::new();
    for (model, driver) in adapters() {
        let drives = Drives::of(ControllerKind::Scsi, Some(model)).unwrap();
        assert_eq!(Drives::of_driver(&driver), Some(drives), "{driver}");
        let (most_target, most_unit) = (drives.qemu.target, drives.qemu.unit);
        let most_target = if most_target == u32::MAX { 0 } else { most_target };
        let places = [(0, 0), (most_target, most_unit), (0, most_unit + 1), (most_target + 1, 0)];
        for (target, unit) in places {
            let at = DriveAddress { target, unit, ..DriveAddress::default() };
            let (id, lun) = drives.scsi_id(target, unit);
            let answer = started(&driver, id, lun);
            if answer.is_ok() != drives.refused_by_qemu(at).is_none() {
                broken.push(format!("{model} {at}: {answer:?}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
