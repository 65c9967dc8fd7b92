//! Broken definitions that a schema, `virt-xml` and libvirt itself accept: each is reported at its
//! place, and all at once in one file.

use virt_topo::check::{Allowed, rule};
use virt_topo::edit::{Checked, Revision};
use virt_topo::model::{Code, Severity};

/// A defect: title, code, and the devices; `^` comes before the text at which the first span of the
/// problem begins.
type Defect = (&'static str, Code, &'static str);

const Q35: &[Defect] = &[
    (
        "two NICs on one PCI address",
        Code::PciDoubleUse,
        "<interface type='user'><address type='pci' slot='0x10'/></interface>\n\
         <interface type='user'>^<address type='pci' slot='0x10'/></interface>",
    ),
    (
        "slot 5 behind a root port",
        Code::PciSlotTooHigh,
        "<controller type='pci' index='1' model='pcie-root-port'/>\n\
         <interface type='user'>^<address type='pci' bus='0x01' slot='0x05'/></interface>",
    ),
    (
        "slot 0x20",
        Code::PciOutOfRange,
        "<sound model='ac97'><address type='pci' slot='^0x20'/></sound>",
    ),
    (
        "function 1 without function 0",
        Code::PciNoFunctionZero,
        "<sound model='ac97'>^<address type='pci' slot='0x11' function='0x1'/></sound>",
    ),
    (
        "functions 0 and 1, multifunction missing",
        Code::PciMultifunctionImplied,
        "<sound model='ac97'>^<address type='pci' slot='0x12' function='0x0'/></sound>\n\
         <sound model='ac97'><address type='pci' slot='0x12' function='0x1'/></sound>",
    ),
    (
        "bus 0x40 with no controller",
        Code::ManyControllers,
        "<interface type='user'><model type='virtio'/>^<address type='pci' bus='0x40' slot='0x00'/>\
         </interface>",
    ),
    (
        "switch ports forming a loop",
        Code::PciLoop,
        "<controller type='pci' index='16' model='pcie-switch-upstream-port'>\
         ^<address type='pci' bus='0x11' slot='0x00'/></controller>\n\
         <controller type='pci' index='17' model='pcie-switch-downstream-port'>\
         <address type='pci' bus='0x10' slot='0x00'/></controller>",
    ),
    (
        "a conventional NIC in a PCIe root port",
        Code::PciInExpressPort,
        "<controller type='pci' index='2' model='pcie-root-port'/>\n\
         <interface type='user'><model type='e1000'/>\
         ^<address type='pci' bus='0x02' slot='0x00'/></interface>",
    ),
    (
        "duplicate drive address",
        Code::DriveDoubleUse,
        "<disk><source file='/a'/><target dev='sda' bus='sata'/>\
         <address type='drive' unit='2'/></disk>\n\
         <disk><source file='/b'/><target dev='sdb' bus='sata'/>\
         ^<address type='drive' unit='2'/></disk>",
    ),
    (
        "duplicate target",
        Code::DiskTargetDoubleUse,
        "<disk><source file='/a'/><target dev='vdq' bus='virtio'/></disk>\n\
         <disk><source file='/b'/><target dev='^vdq' bus='virtio'/></disk>",
    ),
    (
        "SATA unit 7",
        Code::DriveNoPlace,
        "<disk><source file='/a'/><target dev='sdc' bus='sata'/>\
         ^<address type='drive' unit='7'/></disk>",
    ),
    (
        "lsilogic unit 7",
        Code::ScsiOwnUnit,
        "<controller type='scsi' index='0' model='lsilogic'/>\n\
         <disk><source file='/a'/><target dev='sdd' bus='scsi'/>\
         ^<address type='drive' unit='7'/></disk>",
    ),
    (
        "SCSI disk on controller 5 that does not exist",
        Code::ScsiControllersAdded,
        "<disk><source file='/a'/><target dev='sde' bus='scsi'/>\
         ^<address type='drive' controller='5' unit='0'/></disk>",
    ),
    (
        "virtio disk with a drive address",
        Code::VirtioDiskAddress,
        "<disk><source file='/a'/><target dev='vdr' bus='virtio'/>\
         ^<address type='drive' unit='0'/></disk>",
    ),
    (
        "SATA disk with a PCI address",
        Code::DiskAddressType,
        "<disk><source file='/a'/><target dev='sdf' bus='sata'/>\
         ^<address type='pci' slot='0x13'/></disk>",
    ),
    (
        "duplicate boot order",
        Code::BootOrderDoubleUse,
        "<disk><source file='/a'/><target dev='vds' bus='virtio'/><boot order='1'/></disk>\n\
         <interface type='user'><boot order='^1'/></interface>",
    ),
    (
        "duplicate USB port",
        Code::UsbDoubleUse,
        "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>\n\
         <input type='keyboard' bus='usb'>^<address type='usb' bus='0' port='1'/></input>",
    ),
    (
        "USB port 99",
        Code::UsbNoPort,
        "<input type='tablet' bus='usb'>^<address type='usb' bus='0' port='99'/></input>",
    ),
    (
        "USB hub missing",
        Code::UsbNoHub,
        "<input type='tablet' bus='usb'>^<address type='usb' bus='0' port='2.1'/></input>",
    ),
    (
        "duplicate virtio-serial port",
        Code::VirtioSerialDoubleUse,
        "<channel type='spicevmc'><target type='virtio' name='a'/>\
         <address type='virtio-serial' port='1'/></channel>\n\
         <channel type='spicevmc'><target type='virtio' name='b'/>\
         ^<address type='virtio-serial' port='1'/></channel>",
    ),
    (
        "duplicate controller index",
        Code::ControllerTwice,
        "<controller type='virtio-serial' index='3'/>\n\
         ^<controller type='virtio-serial' index='3'/>",
    ),
    (
        "duplicate MAC",
        Code::MacDoubleUse,
        "<interface type='user'><mac address='52:54:00:00:00:0a'/></interface>\n\
         <interface type='user'><mac address='^52:54:00:00:00:0A'/></interface>",
    ),
    (
        "same host device twice",
        Code::HostdevDoubleUse,
        "<hostdev type='pci'><source><address domain='0' bus='0x5e' slot='0' function='0'/>\
         </source></hostdev>\n\
         <hostdev type='pci'>^<source><address domain='0' bus='0x5e' slot='0' function='0'/>\
         </source></hostdev>",
    ),
    (
        "a device of the command line on a managed bus",
        Code::QemuDeviceClash,
        "<sound model='ac97'><address type='pci' slot='0x14'/></sound>\n</devices>\n\
         <qemu:commandline><qemu:arg value='-device'/>\
         ^<qemu:arg value='edu,bus=pcie.0,addr=0x14'/></qemu:commandline>\n<devices>",
    ),
    (
        "IDE disk on q35",
        Code::IdeMachine,
        "<disk><source file='/a'/><target dev='hda' bus='^ide'/></disk>",
    ),
    (
        "duplicate ISA serial port",
        Code::IsaSerialPort,
        "<serial type='pty'><target type='isa-serial' port='0'/></serial>\n\
         <serial type='pty'><target type='isa-serial' port='^0'/></serial>",
    ),
    (
        "misspelt address attribute",
        Code::AddressAttributeIgnored,
        "<sound model='ac97'><address type='pci' ^solt='0x15'/></sound>",
    ),
];

fn guest(devices: &str) -> String {
    format!(
        "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n\
         <name>broken</name>\n\
         <os><type arch='x86_64' machine='pc-q35-10.0'>hvm</type></os>\n\
         <devices>\n{devices}\n</devices>\n</domain>\n"
    )
}

fn checked(text: &str) -> Checked {
    let revision = Revision::build(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    Checked::of(&revision, &Allowed::default())
}

#[test]
fn each_of_27_defects_is_told_where_it_is() {
    assert_eq!(Q35.len(), 27);
    for (what, code, devices) in Q35 {
        let marked = guest(devices);
        let at = u32::try_from(marked.find('^').unwrap()).unwrap();
        let checked = checked(&marked.replacen('^', "", 1));
        let found = checked.problems.iter().find(|problem| problem.code == *code);
        let found = found.unwrap_or_else(|| panic!("{what}: {:#?}", checked.problems));
        assert_eq!(found.spans[0].start, at, "{what}: {found:?}");
        assert_eq!(found.severity, rule(*code).unwrap().severity, "{what}");
        assert!(!found.devices.is_empty(), "{what}");
    }
}

/// All defects but those that would hide another: an unreadable address has no place, and the
/// command line's own elements are outside of `<devices>`.
#[test]
fn all_of_them_in_one_file_are_told_at_once() {
    let devices: Vec<String> = Q35.iter().map(|row| row.2.replacen('^', "", 1)).collect();
    let text = guest(&devices.join("\n"));
    let checked = checked(&text);
    let missing: Vec<_> = Q35
        .iter()
        .filter(|(_, code, _)| checked.problems.iter().all(|problem| problem.code != *code))
        .map(|(what, ..)| *what)
        .collect();
    assert_eq!(missing, [""; 0], "{:#?}", checked.problems);
    let order: Vec<u32> = checked.problems.iter().map(|problem| problem.spans[0].start).collect();
    assert!(order.is_sorted(), "in the order of the text");
}

const VMXNET3: &str = "<interface type='user'><model type='vmxnet3'/>@</interface>";
const PVSCSI: &str = "<controller type='scsi' model='vmpvscsi'>@</controller>";
const CRYPTO: &str = "<crypto model='virtio' type='qemu'><backend model='builtin'/>@</crypto>";
const TRANSITIONAL: &str =
    "<interface type='user'><model type='virtio-transitional'/>@</interface>";

/// The device with its address in a port.
fn behind(port: u32, device: &str) -> String {
    device.replace('@', &format!("<address type='pci' bus='{port}' slot='0'/>"))
}

/// A problem of many devices is reported once, and intended or harmless settings are not reported.
#[test]
fn what_is_told_of_a_guest_is_no_more_than_an_admin_wants() {
    let nic =
        |more: &str| format!("<interface type='user'><model type='virtio'/>{more}</interface>");
    let mac = "<mac address='52:54:00:00:00:01'/>";
    let team = |more: &str| nic(&format!("{mac}{more}"));
    let persistent = "<teaming type='persistent'/><alias name='ua-a'/>";
    let port =
        |index: u32| format!("<controller type='pci' index='{index}' model='pcie-root-port'/>");
    let ac97 = |bus: u32| {
        format!("<sound model='ac97'><address type='pci' bus='{bus}' slot='0'/></sound>")
    };
    let at = |function: u32| nic(&format!("<address type='pci' slot='9' function='{function}'/>"));
    let disk_at = |target: &str, unit: u32, device: &str| {
        format!(
            "<disk type='file' device='{device}'><source file='/a'/><target dev='{target}' \
             bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='{unit}'/>\
             </disk>"
        )
    };
    let disk = "<disk><source file='/a'/><target dev='sda' bus='scsi'/></disk>";
    let cases = [
        (Code::MacDoubleUse, team(persistent) + &team(""), 1),
        (
            Code::MacDoubleUse,
            team(persistent) + &team("<teaming type='transient' persistent='ua-a'/>"),
            0,
        ),
        (Code::MacDoubleUse, team("") + &team("") + &team("") + &team(""), 1),
        (Code::TargetOrder, disk_at("sdb", 0, "disk") + &disk_at("sda", 1, "disk"), 1),
        (Code::TargetOrder, disk_at("vdb", 0, "disk") + &disk_at("sda", 1, "disk"), 0),
        (Code::TargetOrder, disk_at("sdb", 0, "cdrom") + &disk_at("sda", 1, "disk"), 0),
        (Code::PciInExpressPort, [port(1), port(2), ac97(1), ac97(2)].concat(), 1),
        // Express behind a port in QEMU, though libvirt looks for conventional places for them.
        (Code::PciInExpressPort, [port(1), behind(1, VMXNET3)].concat(), 0),
        (Code::PciInExpressPort, [port(1), behind(1, PVSCSI)].concat(), 0),
        (Code::PciInExpressPort, [port(1), behind(1, CRYPTO)].concat(), 0),
        (Code::PciInExpressPort, [port(1), behind(1, TRANSITIONAL)].concat(), 1),
        (Code::PciNoFunctionZero, at(3) + &at(4), 1),
        (Code::DiskWithoutSerial, disk.to_owned(), 0),
        (Code::NoSparePort, "<controller type='usb' model='none'/>".to_owned(), 0),
    ];
    for (code, devices, want) in cases {
        let checked = checked(&guest(&devices));
        let told = checked.problems.iter().filter(|problem| problem.code == code).count();
        assert_eq!(told, want, "{code}: {devices}");
    }
    let unaddressed = checked(&guest(&nic("")));
    assert!(!unaddressed.problems.iter().any(|p| p.code == Code::NicUnfrozen));
    let unknown = guest(&(ac97(3) + &at(3))).replace("pc-q35-10.0", "pc-q35");
    let told: Vec<_> = checked(&unknown).problems.iter().map(|p| p.code).collect();
    assert_eq!(told, [Code::MachineUnknown]);
    let foreign = guest(&(ac97(3) + &at(3))).replace("type='kvm'", "type='xen'");
    let told: Vec<_> = checked(&foreign).problems.iter().map(|p| p.code).collect();
    assert_eq!(told, [Code::NotQemu]);
    let machine = "arch='s390x' machine='s390-ccw-virtio'";
    let s390 = guest(&at(3)).replace("arch='x86_64' machine='pc-q35-10.0'", machine);
    assert!(!checked(&s390).problems.iter().any(|p| p.code == Code::PciNoFunctionZero));
}

#[test]
fn no_demo_but_the_broken_one_has_errors_or_warnings() {
    for name in virt_topo::sources::demos().iter().map(|demo| demo.name) {
        let source = virt_topo::sources::Source::Demo(name.to_owned());
        let checked = checked(&source.read().unwrap().text);
        let loud = checked.problems.iter().filter(|problem| problem.severity > Severity::Note);
        let told: Vec<String> = loud.map(|p| format!("{}: {}", p.code, p.message)).collect();
        assert_eq!(told.is_empty(), name != "conflicts", "{name}: {told:#?}");
    }
}
