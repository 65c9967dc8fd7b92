//! Random guests of machines other than PCs.

use std::fmt::Write as _;

use crate::harness::libvirt::root;
use crate::support::random_guest::Dice;

/// Devices for the guests of one machine.
pub(crate) struct Machine {
    pub(crate) arch: &'static str,
    pub(crate) name: &'static str,
    /// The suffix of `qemu-system-` for it.
    pub(crate) emulator: &'static str,
    root: &'static str,
    bridges: &'static [&'static str],
    buses: &'static [&'static str],
    nets: &'static [&'static str],
    /// Kinds of explicit address besides PCI.
    own: Own,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Own {
    Nothing,
    Mmio,
    Ccw,
    Vio,
}

const PORTS: &[&str] =
    &["pcie-root-port", "pcie-root-port", "pcie-to-pci-bridge", "pci-bridge", "pcie-expander-bus"];
const NETS: &[&str] = &["virtio", "virtio", "e1000", "e1000e", "virtio-transitional", "rtl8139"];

const BRIDGE: &[&str] = &["pci-bridge"];

/// The machines with an installed emulator, with their names; prints the others.
pub(crate) fn at_hand() -> impl Iterator<Item = (&'static Machine, String)> {
    let machines = MACHINES.iter().filter(|machine| {
        let emulator = format!("{}/usr/bin/qemu-system-{}", root(), machine.emulator);
        let is_there = std::path::Path::new(&emulator).exists();
        if !is_there {
            println!("skipped: no {emulator}");
        }
        is_there
    });
    machines.map(|machine| (machine, format!("{}-{}", machine.arch, machine.name)))
}

const MACHINES: &[Machine] = &[
    Machine {
        arch: "aarch64",
        name: "virt",
        emulator: "aarch64",
        root: "pcie-root",
        bridges: PORTS,
        buses: &["virtio", "virtio", "scsi", "usb", "sata"],
        nets: NETS,
        own: Own::Mmio,
    },
    Machine {
        arch: "armv7l",
        name: "virt",
        emulator: "arm",
        root: "pcie-root",
        bridges: PORTS,
        buses: &["virtio", "scsi"],
        nets: NETS,
        own: Own::Mmio,
    },
    Machine {
        arch: "aarch64",
        name: "versatilepb",
        emulator: "aarch64",
        root: "pci-root",
        bridges: BRIDGE,
        buses: &["scsi", "sd"],
        nets: &["virtio", "e1000", "rtl8139"],
        own: Own::Nothing,
    },
    Machine {
        arch: "armv7l",
        name: "vexpress-a9",
        emulator: "arm",
        root: "",
        bridges: &[],
        buses: &["virtio", "sd"],
        nets: &["virtio"],
        own: Own::Mmio,
    },
    Machine {
        arch: "riscv64",
        name: "virt",
        emulator: "riscv64",
        root: "pcie-root",
        bridges: PORTS,
        buses: &["virtio", "virtio", "scsi", "usb", "sata"],
        nets: NETS,
        own: Own::Mmio,
    },
    Machine {
        arch: "riscv64",
        name: "sifive_u",
        emulator: "riscv64",
        root: "",
        bridges: &[],
        buses: &["sd"],
        nets: &["virtio"],
        own: Own::Nothing,
    },
    Machine {
        arch: "loongarch64",
        name: "virt",
        emulator: "loongarch64",
        root: "pcie-root",
        bridges: PORTS,
        buses: &["virtio", "virtio", "scsi", "usb"],
        nets: NETS,
        own: Own::Nothing,
    },
    Machine {
        arch: "ppc64",
        name: "pseries",
        emulator: "ppc64",
        root: "pci-root",
        bridges: &["pci-root", "pci-bridge", "pci-bridge"],
        buses: &["virtio", "virtio", "scsi", "scsi", "usb"],
        nets: &["virtio", "e1000", "spapr-vlan", "spapr-vlan", "rtl8139"],
        own: Own::Vio,
    },
    Machine {
        arch: "ppc64",
        name: "powernv9",
        emulator: "ppc64",
        root: "pci-root",
        bridges: BRIDGE,
        buses: &["virtio", "scsi", "usb"],
        nets: &["virtio", "e1000"],
        own: Own::Nothing,
    },
    Machine {
        arch: "alpha",
        name: "clipper",
        emulator: "alpha",
        root: "pci-root",
        bridges: BRIDGE,
        buses: &["virtio", "scsi"],
        nets: &["virtio", "e1000"],
        own: Own::Nothing,
    },
    Machine {
        arch: "s390x",
        name: "s390-ccw-virtio",
        emulator: "s390x",
        root: "pci-root",
        bridges: BRIDGE,
        buses: &["virtio", "virtio", "scsi"],
        nets: &["virtio"],
        own: Own::Ccw,
    },
];

struct Guest {
    dice: Dice,
    machine: &'static Machine,
    explicit: u64,
    devices: String,
}

/// The guest of this number on one of the machines, under this name.
pub(crate) fn guest(machine: &'static Machine, seed: u64, name: &str) -> String {
    let mut dice = Dice::new(seed);
    let explicit = [0, 0, 6, 20][usize::try_from(dice.below(4)).unwrap()];
    let mut guest = Guest { dice, machine, explicit, devices: String::new() };
    guest.fill();
    let Machine { arch, name: kind, emulator, .. } = machine;
    format!(
        "<domain type='qemu'><name>{name}</name><memory unit='KiB'>524288</memory><vcpu>1</vcpu>\
         <os><type arch='{arch}' machine='{kind}'>hvm</type></os><devices>\
         <emulator>/usr/bin/qemu-system-{emulator}</emulator>\n{}</devices></domain>\n",
        guest.devices
    )
}

impl Guest {
    fn fill(&mut self) {
        type Row = (u64, u64, fn(&mut Guest));
        const ROWS: &[Row] = &[
            (35, 3, Guest::bridge),
            (45, 1, Guest::usb_controller),
            (35, 3, Guest::controller),
            (90, 10, Guest::disk),
            (85, 6, Guest::interface),
            (25, 2, Guest::video),
            (35, 4, Guest::input),
            (25, 2, Guest::sound),
            (40, 4, Guest::channel),
            (25, 2, Guest::console),
            (35, 3, Guest::serial),
            (40, 2, Guest::rng),
            (30, 1, Guest::memballoon),
            (20, 2, Guest::filesystem),
            (15, 1, Guest::vsock),
            (15, 2, Guest::crypto),
            (25, 3, Guest::hostdev),
            (10, 1, Guest::shmem),
            (10, 1, Guest::nvram),
        ];
        // Where there is no PCI, libvirt since 12 refuses whatever wants it: most guests have little.
        let scarce = if self.machine.root.is_empty() && self.dice.percent(70) { 12 } else { 1 };
        for (share, most, write) in ROWS {
            if self.dice.percent(*share / scarce) {
                for _ in 0..=self.dice.below(*most) {
                    write(self);
                }
            }
        }
        if self.dice.percent(30) {
            self.put("<graphics type='vnc'/>");
        }
    }

    fn put(&mut self, text: &str) {
        self.devices.push_str(text);
        self.devices.push('\n');
    }

    fn number(&self, start: &str) -> usize {
        self.devices.matches(start).count()
    }

    fn pci(&mut self) -> String {
        let zpci = if self.machine.own == Own::Ccw && self.dice.percent(40) {
            let uid = 1 + self.dice.below(6);
            let fid = self.dice.below(6);
            match self.dice.below(3) {
                0 => format!("<zpci uid='{uid:#x}'/>"),
                1 => format!("<zpci fid='{fid:#x}'/>"),
                _ => format!("<zpci uid='{uid:#x}' fid='{fid:#x}'/>"),
            }
        } else {
            String::new()
        };
        if self.dice.percent(40) {
            return format!("<address type='pci'>{zpci}</address>");
        }
        let (bus, slot) = (self.dice.below(4), self.dice.below(33));
        let mut text = format!("<address type='pci' bus='{bus:#x}' slot='{slot:#x}'");
        if self.dice.percent(20) {
            let _ = write!(text, " function='{}'", self.dice.below(8));
        }
        format!("{text}>{zpci}</address>")
    }

    /// The address of a virtio device.
    fn virtio(&mut self) -> String {
        if !self.dice.percent(self.explicit) {
            return String::new();
        }
        match self.machine.own {
            Own::Mmio if self.dice.percent(30) => "<address type='virtio-mmio'/>".into(),
            Own::Ccw if self.dice.percent(60) => {
                if self.dice.percent(20) {
                    return "<address type='ccw'/>".into();
                }
                let devno = self.dice.below(12);
                format!("<address type='ccw' cssid='0xfe' ssid='0x0' devno='{devno:#06x}'/>")
            }
            _ => self.pci(),
        }
    }

    /// The address of a PCI device that is not virtio.
    fn plain(&mut self) -> String {
        if self.dice.percent(self.explicit) { self.pci() } else { String::new() }
    }

    fn vio(&mut self) -> String {
        if !self.dice.percent(self.explicit * 2) {
            return String::new();
        }
        if self.dice.percent(30) {
            return "<address type='spapr-vio'/>".into();
        }
        let reg = self.dice.pick(&["0x1000", "0x2000", "0x3000", "0x71000000", "0x30000000"]);
        format!("<address type='spapr-vio' reg='{reg}'/>")
    }

    fn usb(&mut self) -> String {
        if !self.dice.percent(self.explicit) {
            return String::new();
        }
        let (bus, port) = (self.dice.below(2), 1 + self.dice.below(4));
        format!("<address type='usb' bus='{bus}' port='{port}'/>")
    }

    fn bridge(&mut self) {
        if self.machine.bridges.is_empty() {
            return;
        }
        let model = self.dice.pick(self.machine.bridges);
        let index = 1 + self.dice.below(5);
        let address = if model == "pci-root" { String::new() } else { self.plain() };
        let root = self.machine.root;
        if self.dice.percent(20) && !self.devices.contains("index='0' model='pci") {
            self.put(&format!("<controller type='pci' index='0' model='{root}'/>"));
        }
        self.put(&format!(
            "<controller type='pci' index='{index}' model='{model}'>{address}</controller>"
        ));
    }

    fn usb_controller(&mut self) {
        let model = if self.dice.percent(30) {
            String::new()
        } else {
            let model = self.dice.pick(&["qemu-xhci", "nec-xhci", "ehci", "pci-ohci", "none"]);
            format!(" model='{model}'")
        };
        let index = self.dice.pick(&["", " index='0'", " index='1'"]);
        let address = if model.contains("none") { String::new() } else { self.plain() };
        self.put(&format!("<controller type='usb'{index}{model}>{address}</controller>"));
    }

    fn controller(&mut self) {
        let index = self.dice.pick(&["", " index='0'", " index='1'", " index='2'"]);
        match self.dice.below(3) {
            0 => {
                let address = self.virtio();
                self.put(&format!(
                    "<controller type='virtio-serial'{index}>{address}</controller>"
                ));
            }
            1 => {
                let address = self.virtio();
                self.put(&format!(
                    "<controller type='scsi'{index} model='virtio-scsi'>{address}</controller>"
                ));
            }
            _ if self.machine.own == Own::Vio => {
                let address = self.vio();
                self.put(&format!(
                    "<controller type='scsi'{index} model='ibmvscsi'>{address}</controller>"
                ));
            }
            _ => self.put(&format!("<controller type='scsi'{index}/>")),
        }
    }

    fn disk(&mut self) {
        let bus = self.dice.pick(self.machine.buses);
        let prefix = if bus == "virtio" { "vd" } else { "sd" };
        let letter = char::from(b'a' + u8::try_from(self.dice.below(16)).unwrap());
        let target = format!("{prefix}{letter}");
        if self.devices.contains(&format!("dev='{target}'")) {
            return;
        }
        let address = match bus {
            "virtio" => self.virtio(),
            "usb" => self.usb(),
            _ if self.dice.percent(self.explicit) => {
                let (controller, unit) = (self.dice.below(2), self.dice.below(7));
                format!("<address type='drive' controller='{controller}' unit='{unit}'/>")
            }
            _ => String::new(),
        };
        self.put(&format!(
            "<disk type='file'><source file='/none/{target}'/><target dev='{target}' \
             bus='{bus}'/>{address}</disk>"
        ));
    }

    fn interface(&mut self) {
        let mac = format!("52:54:00:00:01:{:02x}", self.number("<interface"));
        let model = if self.dice.percent(20) { "" } else { self.dice.pick(self.machine.nets) };
        let address = match model {
            "" | "virtio" => self.virtio(),
            "spapr-vlan" => self.vio(),
            _ => self.plain(),
        };
        let model =
            if model.is_empty() { String::new() } else { format!("<model type='{model}'/>") };
        self.put(&format!(
            "<interface type='user'><mac address='{mac}'/>{model}{address}</interface>"
        ));
    }

    fn video(&mut self) {
        let address = self.virtio();
        self.put(&format!("<video><model type='virtio'/>{address}</video>"));
    }

    fn input(&mut self) {
        let kind = self.dice.pick(&["tablet", "mouse", "keyboard"]);
        if self.dice.percent(50) {
            let address = self.virtio();
            self.put(&format!("<input type='{kind}' bus='virtio'>{address}</input>"));
        } else {
            let address = self.usb();
            self.put(&format!("<input type='{kind}' bus='usb'>{address}</input>"));
        }
    }

    fn sound(&mut self) {
        let model = match self.machine.own {
            // QEMU for s390x has none of the others.
            Own::Ccw => "virtio",
            _ => self.dice.pick(&["ich6", "ich9", "ac97", "virtio"]),
        };
        let address = if model == "virtio" { self.virtio() } else { self.plain() };
        self.put(&format!("<sound model='{model}'>{address}</sound>"));
    }

    fn channel(&mut self) {
        let number = self.number("<channel");
        let address = if self.dice.percent(self.explicit) {
            let port = self.dice.below(4);
            format!("<address type='virtio-serial' controller='0' bus='0' port='{port}'/>")
        } else {
            String::new()
        };
        self.put(&format!(
            "<channel type='pty'><target type='virtio' name='c{number}'/>{address}</channel>"
        ));
    }

    fn console(&mut self) {
        if self.number("<console") == 0 && self.dice.percent(40) {
            self.put("<console type='pty'/>");
        } else {
            self.put("<console type='pty'><target type='virtio'/></console>");
        }
    }

    fn serial(&mut self) {
        if self.machine.own == Own::Vio {
            let address = self.vio();
            self.put(&format!("<serial type='pty'>{address}</serial>"));
        } else if self.machine.own == Own::Ccw || self.dice.percent(40) {
            self.put("<serial type='pty'/>");
        } else {
            let address = self.plain();
            self.put(&format!("<serial type='pty'><target type='pci-serial'/>{address}</serial>"));
        }
    }

    fn rng(&mut self) {
        let address = self.virtio();
        self.put(&format!(
            "<rng model='virtio'><backend model='random'>/dev/urandom</backend>{address}</rng>"
        ));
    }

    fn memballoon(&mut self) {
        if self.dice.percent(50) {
            self.put("<memballoon model='none'/>");
        } else {
            let address = self.virtio();
            self.put(&format!("<memballoon model='virtio'>{address}</memballoon>"));
        }
    }

    fn filesystem(&mut self) {
        let (number, address) = (self.number("<filesystem"), self.virtio());
        self.put(&format!(
            "<filesystem type='mount' accessmode='passthrough'><source dir='/tmp'/><target \
             dir='f{number}'/>{address}</filesystem>"
        ));
    }

    fn vsock(&mut self) {
        let address = self.virtio();
        self.put(&format!("<vsock model='virtio'><cid auto='yes'/>{address}</vsock>"));
    }

    fn crypto(&mut self) {
        let address = self.virtio();
        self.put(&format!(
            "<crypto model='virtio' type='qemu'><backend model='builtin'/>{address}</crypto>"
        ));
    }

    fn hostdev(&mut self) {
        let number = self.number("<hostdev");
        match self.dice.below(3) {
            // A host device of pSeries belongs to an IOMMU group, which only the host knows.
            0 if self.machine.own != Own::Vio => {
                let address = self.plain();
                self.put(&format!(
                    "<hostdev mode='subsystem' type='pci' managed='yes'><source><address \
                     domain='0x7fff' bus='0xee' slot='{number:#x}' function='0'/></source>\
                     {address}</hostdev>"
                ));
            }
            1 if self.machine.own == Own::Ccw => {
                self.put(&format!(
                    "<hostdev mode='subsystem' type='mdev' model='vfio-ccw'><source><address \
                     uuid='90c6c135-ad44-41d0-b1b7-bae47de4862{number:x}'/></source></hostdev>"
                ));
            }
            _ => self.put(&format!(
                "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host0'/>\
                 <address bus='0' target='0' unit='{number}'/></source></hostdev>"
            )),
        }
    }

    fn shmem(&mut self) {
        // QEMU has no ivshmem for these.
        if matches!(self.machine.arch, "s390x" | "alpha") {
            return;
        }
        let (number, address) = (self.number("<shmem"), self.plain());
        self.put(&format!(
            "<shmem name='s{number}'><model type='ivshmem-plain'/><size unit='M'>4</size>\
             {address}</shmem>"
        ));
    }

    fn nvram(&mut self) {
        if self.machine.own == Own::Vio && self.number("<nvram") == 0 {
            let address = self.vio();
            self.put(&format!("<nvram>{address}</nvram>"));
        }
    }
}
