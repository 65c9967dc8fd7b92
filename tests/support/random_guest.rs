//! Random x86 guests: common definitions, and now and then wrong ones.
//!
//! The same number always gives the same guest.

use std::fmt::Write as _;

use crate::support::dice::Dice;
use crate::support::guest::Guest;

/// A guest while its text is being made.
struct Draft {
    dice: Dice,
    guest: Guest,
    is_q35: bool,
    /// The percentage of devices with an explicit address.
    explicit: u64,
    /// The highest bus number in random PCI addresses.
    buses: u64,
}

/// The guest of this number, under this name.
pub(crate) fn guest(seed: u64, name: &str) -> String {
    let mut dice = Dice::new(seed);
    let is_q35 = dice.percent(55);
    let explicit = dice.pick(&[0, 0, 0, 8, 25]);
    let buses = 1 + dice.below(4);
    let guest = Guest::new(if is_q35 { "q35" } else { "pc" }).named(name).emulated("x86_64");
    let mut draft = Draft { dice, guest, is_q35, explicit, buses };
    draft.fill();
    let Draft { mut dice, mut guest, .. } = draft;
    let has_modules = guest.has("<memory ");
    if has_modules {
        guest = guest.resource("<maxMemory slots='4' unit='MiB'>4096</maxMemory>");
    }
    guest = guest.resource("<memory unit='KiB'>262144</memory>").resource("<vcpu>1</vcpu>");
    guest = guest.feature("<acpi/>");
    if has_modules || dice.percent(10) {
        guest = guest.processor(
            "<cpu><numa><cell id='0' cpus='0' memory='262144' unit='KiB'/></numa></cpu>",
        );
    }
    if dice.percent(5) {
        guest = guest.feature("<ps2 state='off'/>");
    }
    guest.text()
}

impl Draft {
    fn fill(&mut self) {
        /// A kind of device: its frequency in a hundred guests, its highest count, and its writer.
        type Row = (u64, u64, fn(&mut Draft));
        const ROWS: &[Row] = &[
            (50, 3, Draft::pci_controller),
            (35, 2, Draft::usb_controller),
            (8, 1, Draft::ich9_usb),
            (30, 3, Draft::other_controller),
            (90, 10, Draft::disk),
            (15, 30, Draft::virtio_disk),
            (85, 6, Draft::interface),
            (40, 3, Draft::sound),
            (60, 3, Draft::video),
            (50, 4, Draft::input),
            (15, 2, Draft::hub),
            (12, 3, Draft::redirdev),
            (40, 4, Draft::channel),
            (20, 3, Draft::console),
            (35, 3, Draft::serial),
            (5, 1, Draft::smartcard),
            (40, 2, Draft::rng),
            (35, 1, Draft::memballoon),
            (20, 2, Draft::watchdog),
            (12, 2, Draft::shmem),
            (8, 3, Draft::memory),
            (15, 1, Draft::vsock),
            (12, 2, Draft::crypto),
            (15, 1, Draft::panic),
            (20, 4, Draft::hostdev),
            (12, 2, Draft::filesystem),
        ];
        for (share, most, write) in ROWS {
            for _ in 0..self.dice.times(*share, *most) {
                write(self);
            }
        }
        if self.dice.percent(40) {
            self.guest.put("<graphics type='vnc'/>");
        }
    }

    /// An attribute, or nothing in a third of the cases.
    fn maybe(&mut self, name: &str, words: &[&str]) -> String {
        if self.dice.percent(33) {
            return String::new();
        }
        format!(" {name}='{}'", self.dice.pick(words))
    }

    fn pci(&mut self) -> String {
        if !self.dice.percent(self.explicit) {
            return if self.dice.percent(4) {
                "<address type='pci'/>".into()
            } else {
                String::new()
            };
        }
        let (bus, slot) = (self.dice.below(self.buses + 1), self.dice.below(33));
        let mut text = format!("<address type='pci' bus='{bus:#x}' slot='{slot:#x}'");
        if self.dice.percent(25) {
            let _ = write!(text, " function='{}'", self.dice.below(9));
        }
        if self.dice.percent(15) {
            let _ = write!(text, " multifunction='{}'", self.dice.pick(&["on", "off"]));
        }
        text + "/>"
    }

    fn usb(&mut self) -> String {
        if !self.dice.percent(self.explicit) {
            return if self.dice.percent(4) {
                format!("<address type='usb' bus='{}'/>", self.dice.below(2))
            } else {
                String::new()
            };
        }
        let (bus, port) = (self.dice.below(2), 1 + self.dice.below(5));
        let below = if self.dice.percent(20) {
            format!(".{}", 1 + self.dice.below(9))
        } else {
            String::new()
        };
        format!("<address type='usb' bus='{bus}' port='{port}{below}'/>")
    }

    fn pci_controller(&mut self) {
        const PC: &[&str] = &["pci-bridge", "pci-bridge", "pci-bridge", "pci-expander-bus"];
        const Q35: &[&str] = &[
            "pcie-root-port",
            "pcie-root-port",
            "pcie-root-port",
            "pcie-to-pci-bridge",
            "dmi-to-pci-bridge",
            "pci-bridge",
            "pcie-switch-upstream-port",
            "pcie-switch-downstream-port",
            "pcie-expander-bus",
        ];
        let model = self.dice.pick(if self.is_q35 { Q35 } else { PC });
        let index = if self.dice.percent(60) {
            format!(" index='{}'", 1 + self.dice.below(6))
        } else {
            // The root is written, or the first of these would take its index.
            let root = if self.is_q35 { "pcie-root" } else { "pci-root" };
            if !self.guest.has(root) {
                self.guest.put(&format!("<controller type='pci' index='0' model='{root}'/>"));
            }
            String::new()
        };
        let address = self.pci();
        self.guest
            .put(&format!("<controller type='pci'{index} model='{model}'>{address}</controller>"));
    }

    fn usb_controller(&mut self) {
        let model = self.maybe(
            "model",
            &["piix3-uhci", "qemu-xhci", "nec-xhci", "ehci", "pci-ohci", "qemu-xhci", "none"],
        );
        let index = self.maybe("index", &["0", "0", "1", "2"]);
        let ports = if model.contains("xhci") && self.dice.percent(30) {
            format!(" ports='{}'", 1 + self.dice.below(17))
        } else {
            String::new()
        };
        let address = self.pci();
        self.guest
            .put(&format!("<controller type='usb'{index}{model}{ports}>{address}</controller>"));
    }

    fn ich9_usb(&mut self) {
        let index = self.maybe("index", &["0", "1"]);
        let masters = [
            ("ehci1", ""),
            ("uhci1", "<master startport='0'/>"),
            ("uhci2", "<master startport='2'/>"),
            ("uhci3", "<master startport='4'/>"),
        ];
        for (model, master) in masters {
            self.guest.put(&format!(
                "<controller type='usb'{index} model='ich9-{model}'>{master}</controller>"
            ));
        }
    }

    fn other_controller(&mut self) {
        let index = self.maybe("index", &["0", "1", "2"]);
        let address = self.pci();
        let (kind, model) = match self.dice.below(6) {
            0 | 1 => (
                "scsi",
                self.maybe("model", &["virtio-scsi", "lsilogic", "lsisas1068", "virtio-scsi"]),
            ),
            2 => ("sata", String::new()),
            3 => ("virtio-serial", self.maybe("ports", &["4", "8", "16"])),
            4 => ("virtio-serial", String::new()),
            _ if self.is_q35 && !self.dice.percent(5) => ("sata", String::new()),
            _ => ("ide", String::new()),
        };
        self.guest.put(&format!("<controller type='{kind}'{index}{model}>{address}</controller>"));
    }

    fn disk(&mut self) {
        const BUSES: &[(&str, &str)] = &[
            ("virtio", "vd"),
            ("virtio", "vd"),
            ("virtio", "vd"),
            ("scsi", "sd"),
            ("scsi", "sd"),
            ("sata", "sd"),
            ("ide", "hd"),
            ("usb", "sd"),
            ("fdc", "fd"),
        ];
        let (bus, prefix) = self.dice.pick(BUSES);
        // A q35 has no IDE; some guests use it nevertheless.
        let (bus, prefix) = if bus == "ide" && self.is_q35 && !self.dice.percent(5) {
            ("sata", "sd")
        } else {
            (bus, prefix)
        };
        // A machine has one IDE and one floppy controller; few guests use more.
        let end = match bus {
            _ if self.dice.percent(3) => 16,
            "ide" => 4,
            "fdc" => 2,
            _ => 16,
        };
        let letter = char::from(b'a' + self.dice.below(end));
        let target = format!("{prefix}{letter}");
        if self.guest.has(&format!("dev='{target}'")) {
            return;
        }
        let device = match bus {
            "fdc" => "floppy",
            "virtio" => "disk",
            _ if self.dice.percent(25) => "cdrom",
            _ => "disk",
        };
        let written = if self.dice.percent(85) { format!(" bus='{bus}'") } else { String::new() };
        let address = match bus {
            "virtio" => self.pci(),
            "usb" if written.is_empty() => String::new(),
            "usb" => self.usb(),
            _ if self.dice.percent(self.explicit) => {
                let controller = if matches!(bus, "ide" | "fdc") { 0 } else { self.dice.below(2) };
                let place = if bus == "ide" { self.dice.below(2) } else { 0 };
                let unit = self.dice.below(8);
                format!(
                    "<address type='drive' controller='{controller}' bus='{place}' unit='{unit}'/>"
                )
            }
            _ => String::new(),
        };
        let model = if bus == "virtio" && !written.is_empty() && self.dice.percent(10) {
            self.maybe("model", &["virtio", "virtio-transitional", "virtio-non-transitional"])
        } else {
            String::new()
        };
        self.guest.put(&format!(
            "<disk type='file' device='{device}'{model}><source file='/none/{target}'/>\
             <target dev='{target}'{written}/>{address}</disk>"
        ));
    }

    fn virtio_disk(&mut self) {
        let number = self.guest.count("bus='virtio'");
        let letters = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap());
        let target = format!("vd{}{}", letters(number / 26 + 1), letters(number));
        self.guest.put(&format!(
            "<disk type='file'><source file='/none/{target}'/><target dev='{target}' \
             bus='virtio'/></disk>"
        ));
    }

    fn interface(&mut self) {
        let model = if self.dice.percent(85) {
            self.dice.pick(&[
                "virtio",
                "virtio",
                "e1000",
                "e1000e",
                "rtl8139",
                "virtio-transitional",
                "virtio-non-transitional",
                "ne2k_pci",
                "usb-net",
                "vmxnet3",
            ])
        } else {
            ""
        };
        let address = if model == "usb-net" { self.usb() } else { self.pci() };
        self.guest.interface(model, &address);
    }

    fn sound(&mut self) {
        let model = self.dice.pick(&["ich6", "ich9", "ich9", "ac97", "es1370", "usb", "sb16"]);
        let address = match model {
            "usb" => self.usb(),
            "sb16" => String::new(),
            _ => self.pci(),
        };
        self.guest.put(&format!("<sound model='{model}'>{address}</sound>"));
    }

    fn video(&mut self) {
        let is_first = !self.guest.has("<video>");
        let model = if is_first {
            self.dice.pick(&["vga", "cirrus", "vga", "virtio", "bochs", "ramfb", "none"])
        } else if self.guest.has("<video><model type='none'/>") {
            return;
        } else {
            "virtio"
        };
        let plain = matches!(model, "ramfb" | "none");
        let address = if plain { String::new() } else { self.pci() };
        self.guest.put(&format!("<video><model type='{model}'/>{address}</video>"));
    }

    fn input(&mut self) {
        match self.dice.below(5) {
            0 => self.guest.put("<input type='tablet'/>"),
            1 => {
                let address = self.pci();
                self.guest.input("keyboard", "virtio", &address);
            }
            2 => self.guest.put("<input type='mouse' bus='ps2'/>"),
            _ => {
                let kind = self.dice.pick(&["tablet", "mouse", "keyboard"]);
                let address = self.usb();
                self.guest.input(kind, "usb", &address);
            }
        }
    }

    fn hub(&mut self) {
        let address = self.usb();
        self.guest.put(&format!("<hub type='usb'>{address}</hub>"));
    }

    fn redirdev(&mut self) {
        let address = self.usb();
        self.guest.put(&format!(
            "<redirdev bus='usb' type='tcp'><source mode='connect' host='localhost' \
             service='4000'/>{address}</redirdev>"
        ));
    }

    fn serial_place(&mut self) -> String {
        match self.dice.below(100) {
            0..15 => format!(
                "<address type='virtio-serial' controller='{}' bus='0' port='{}'/>",
                self.dice.below(2),
                self.dice.below(6)
            ),
            _ => String::new(),
        }
    }

    fn channel(&mut self) {
        let address = self.serial_place();
        self.guest.channel(&address);
    }

    fn console(&mut self) {
        let is_first = !self.guest.has("<console");
        if is_first && self.dice.percent(50) {
            self.guest.put("<console type='pty'/>");
            return;
        }
        let address = self.serial_place();
        self.guest.put(&format!("<console type='pty'><target type='virtio'/>{address}</console>"));
    }

    fn serial(&mut self) {
        let target = self.dice.pick(&["", "", "isa-serial", "pci-serial", "usb-serial"]);
        let address = match target {
            "pci-serial" => self.pci(),
            "usb-serial" => self.usb(),
            _ => String::new(),
        };
        let target =
            if target.is_empty() { String::new() } else { format!("<target type='{target}'/>") };
        self.guest.put(&format!("<serial type='pty'>{target}{address}</serial>"));
    }

    fn smartcard(&mut self) {
        self.guest.put("<smartcard mode='host'/>");
    }

    fn rng(&mut self) {
        let model = self.dice.pick(&["virtio", "virtio", "virtio-transitional"]);
        let address = self.pci();
        self.guest.rng(model, &address);
    }

    fn memballoon(&mut self) {
        let model = self.dice.pick(&["virtio", "none", "virtio-transitional"]);
        let address = if model == "none" { String::new() } else { self.pci() };
        self.guest.put(&format!("<memballoon model='{model}'>{address}</memballoon>"));
    }

    fn watchdog(&mut self) {
        let own = if self.is_q35 { "itco" } else { "ib700" };
        let model = self.dice.pick(&["i6300esb", own]);
        if self.guest.has(&format!("<watchdog model='{model}'")) {
            return;
        }
        let address = if model == "i6300esb" { self.pci() } else { String::new() };
        self.guest.put(&format!("<watchdog model='{model}' action='reset'>{address}</watchdog>"));
    }

    fn shmem(&mut self) {
        let address = self.pci();
        self.guest.shmem(&address);
    }

    fn memory(&mut self) {
        let address = if self.dice.percent(30) {
            format!("<address type='dimm' slot='{}'/>", self.dice.below(5))
        } else {
            String::new()
        };
        self.guest.put(&format!(
            "<memory model='dimm'><target><size unit='MiB'>128</size><node>0</node></target>\
             {address}</memory>"
        ));
    }

    fn vsock(&mut self) {
        let address = self.pci();
        self.guest.vsock(&address);
    }

    fn crypto(&mut self) {
        let address = self.pci();
        self.guest.crypto(&address);
    }

    fn panic(&mut self) {
        let model = self.dice.pick(&["isa", "pvpanic", "hyperv"]);
        let address = if model == "pvpanic" { self.pci() } else { String::new() };
        self.guest.put(&format!("<panic model='{model}'>{address}</panic>"));
    }

    fn hostdev(&mut self) {
        let number = self.guest.count("<hostdev");
        match self.dice.below(3) {
            0 => {
                let address = self.pci();
                self.guest.host_pci(&address);
            }
            1 => {
                let address = self.usb();
                self.guest.put(&format!(
                    "<hostdev mode='subsystem' type='usb'><source><vendor id='0x1234'/><product \
                     id='0x{number:04x}'/></source>{address}</hostdev>"
                ));
            }
            _ => {
                let address = if self.dice.percent(self.explicit) {
                    let unit = self.dice.below(8);
                    format!(
                        "<address type='drive' controller='{}' unit='{unit}'/>",
                        self.dice.below(3)
                    )
                } else {
                    String::new()
                };
                self.guest.host_scsi(&address);
            }
        }
    }

    fn filesystem(&mut self) {
        let address = self.pci();
        self.guest.filesystem(&address);
    }
}
