//! Random guests of machines other than PCs.

use std::fmt::Write as _;

use crate::support::dice::Dice;
use crate::support::guest::Guest;

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

/// Every machine.
pub(crate) const MACHINES: &[Machine] = &[
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

/// One guest on its way to a text.
struct Draft {
    dice: Dice,
    guest: Guest,
    machine: &'static Machine,
    /// How many of a hundred devices get an explicit address.
    explicit: u64,
}

/// The guest of this number on one of the machines, under this name.
pub(crate) fn guest(machine: &'static Machine, seed: u64, name: &str) -> String {
    let mut dice = Dice::new(seed);
    let explicit = dice.pick(&[0, 0, 6, 20]);
    let guest = Guest::new(machine.name)
        .of(machine.arch)
        .named(name)
        .resource("<memory unit='KiB'>524288</memory>")
        .resource("<vcpu>1</vcpu>")
        .emulated(machine.emulator);
    let mut draft = Draft { dice, guest, machine, explicit };
    draft.fill();
    draft.guest.text()
}

impl Draft {
    fn fill(&mut self) {
        type Row = (u64, u64, fn(&mut Draft));
        const ROWS: &[Row] = &[
            (35, 3, Draft::bridge),
            (45, 1, Draft::usb_controller),
            (35, 3, Draft::controller),
            (90, 10, Draft::disk),
            (85, 6, Draft::interface),
            (25, 2, Draft::video),
            (35, 4, Draft::input),
            (25, 2, Draft::sound),
            (40, 4, Draft::channel),
            (25, 2, Draft::console),
            (35, 3, Draft::serial),
            (40, 2, Draft::rng),
            (30, 1, Draft::memballoon),
            (20, 2, Draft::filesystem),
            (15, 1, Draft::vsock),
            (15, 2, Draft::crypto),
            (25, 3, Draft::hostdev),
            (10, 1, Draft::shmem),
            (10, 1, Draft::nvram),
        ];
        // Where there is no PCI, libvirt since 12 refuses whatever wants it: most guests have little.
        // Up to libvirt 9.0 versatilepb has none either.
        let share = match self.machine.name {
            _ if self.machine.root.is_empty() => 70,
            "versatilepb" => 30,
            _ => 0,
        };
        let scarce = if share > 0 && self.dice.percent(share) { 12 } else { 1 };
        for (share, most, write) in ROWS {
            for _ in 0..self.dice.times(*share / scarce, *most) {
                write(self);
            }
        }
        if self.dice.percent(30) {
            self.guest.put("<graphics type='vnc'/>");
        }
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
        if self.dice.percent(20) && !self.guest.has("index='0' model='pci") {
            self.guest.put(&format!("<controller type='pci' index='0' model='{root}'/>"));
        }
        self.guest.put(&format!(
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
        self.guest.put(&format!("<controller type='usb'{index}{model}>{address}</controller>"));
    }

    fn controller(&mut self) {
        let index = self.dice.pick(&["", " index='0'", " index='1'", " index='2'"]);
        match self.dice.below(3) {
            0 => {
                let address = self.virtio();
                self.guest.put(&format!(
                    "<controller type='virtio-serial'{index}>{address}</controller>"
                ));
            }
            1 => {
                let address = self.virtio();
                self.guest.put(&format!(
                    "<controller type='scsi'{index} model='virtio-scsi'>{address}</controller>"
                ));
            }
            _ if self.machine.own == Own::Vio => {
                let address = self.vio();
                self.guest.put(&format!(
                    "<controller type='scsi'{index} model='ibmvscsi'>{address}</controller>"
                ));
            }
            _ => self.guest.put(&format!("<controller type='scsi'{index}/>")),
        }
    }

    fn disk(&mut self) {
        let bus = self.dice.pick(self.machine.buses);
        let prefix = if bus == "virtio" { "vd" } else { "sd" };
        let letter = char::from(b'a' + self.dice.below(16));
        let target = format!("{prefix}{letter}");
        if self.guest.has(&format!("dev='{target}'")) {
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
        self.guest.put(&format!(
            "<disk type='file'><source file='/none/{target}'/><target dev='{target}' \
             bus='{bus}'/>{address}</disk>"
        ));
    }

    fn interface(&mut self) {
        let model = if self.dice.percent(20) { "" } else { self.dice.pick(self.machine.nets) };
        let address = match model {
            "" | "virtio" => self.virtio(),
            "spapr-vlan" => self.vio(),
            _ => self.plain(),
        };
        self.guest.interface(model, &address);
    }

    fn video(&mut self) {
        let address = self.virtio();
        self.guest.put(&format!("<video><model type='virtio'/>{address}</video>"));
    }

    fn input(&mut self) {
        let kind = self.dice.pick(&["tablet", "mouse", "keyboard"]);
        if self.dice.percent(50) {
            let address = self.virtio();
            self.guest.input(kind, "virtio", &address);
        } else {
            let address = self.usb();
            self.guest.input(kind, "usb", &address);
        }
    }

    fn sound(&mut self) {
        let model = match self.machine.own {
            // QEMU for s390x has none of the others.
            Own::Ccw => "virtio",
            _ => self.dice.pick(&["ich6", "ich9", "ac97", "virtio"]),
        };
        let address = if model == "virtio" { self.virtio() } else { self.plain() };
        self.guest.put(&format!("<sound model='{model}'>{address}</sound>"));
    }

    fn channel(&mut self) {
        let address = if self.dice.percent(self.explicit) {
            let port = self.dice.below(4);
            format!("<address type='virtio-serial' controller='0' bus='0' port='{port}'/>")
        } else {
            String::new()
        };
        self.guest.channel(&address);
    }

    fn console(&mut self) {
        if self.guest.count("<console") == 0 && self.dice.percent(40) {
            self.guest.put("<console type='pty'/>");
        } else {
            self.guest.put("<console type='pty'><target type='virtio'/></console>");
        }
    }

    fn serial(&mut self) {
        if self.machine.own == Own::Vio {
            let address = self.vio();
            self.guest.put(&format!("<serial type='pty'>{address}</serial>"));
        } else if self.machine.own == Own::Ccw || self.dice.percent(40) {
            self.guest.put("<serial type='pty'/>");
        } else {
            let address = self.plain();
            self.guest
                .put(&format!("<serial type='pty'><target type='pci-serial'/>{address}</serial>"));
        }
    }

    fn rng(&mut self) {
        let address = self.virtio();
        self.guest.rng("virtio", &address);
    }

    fn memballoon(&mut self) {
        if self.dice.percent(50) {
            self.guest.put("<memballoon model='none'/>");
        } else {
            let address = self.virtio();
            self.guest.put(&format!("<memballoon model='virtio'>{address}</memballoon>"));
        }
    }

    fn filesystem(&mut self) {
        let address = self.virtio();
        self.guest.filesystem(&address);
    }

    fn vsock(&mut self) {
        let address = self.virtio();
        self.guest.vsock(&address);
    }

    fn crypto(&mut self) {
        let address = self.virtio();
        self.guest.crypto(&address);
    }

    fn hostdev(&mut self) {
        match self.dice.below(3) {
            // A host device of pSeries belongs to an IOMMU group, which only the host knows.
            0 if self.machine.own != Own::Vio => {
                let address = self.plain();
                self.guest.host_pci(&address);
            }
            1 if self.machine.own == Own::Ccw => {
                let number = self.guest.count("<hostdev");
                self.guest.put(&format!(
                    "<hostdev mode='subsystem' type='mdev' model='vfio-ccw'><source><address \
                     uuid='90c6c135-ad44-41d0-b1b7-bae47de4862{number:x}'/></source></hostdev>"
                ));
            }
            _ => self.guest.host_scsi(""),
        }
    }

    fn shmem(&mut self) {
        // QEMU has no ivshmem for these.
        if matches!(self.machine.arch, "s390x" | "alpha") {
            return;
        }
        let address = self.plain();
        self.guest.shmem(&address);
    }

    fn nvram(&mut self) {
        if self.machine.own == Own::Vio && self.guest.count("<nvram") == 0 {
            let address = self.vio();
            self.guest.put(&format!("<nvram>{address}</nvram>"));
        }
    }
}
