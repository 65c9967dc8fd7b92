//! Common tasks of an admin: guests, and the commands that solve them.

use crate::support::guest::Guest;

/// A task with its guest and commands.
pub(crate) struct Story {
    /// The task in one sentence.
    pub(crate) about: &'static str,
    /// The guest's name.
    pub(crate) name: &'static str,
    /// The guest's machine.
    machine: &'static str,
    /// The guest's devices.
    devices: &'static str,
    /// The commands without the file, which is the second argument (the third of `controller`).
    pub(crate) commands: &'static [&'static str],
}

impl Story {
    /// The XML of the guest.
    pub(crate) fn guest(&self) -> String {
        let guest = Guest::new(self.machine).named(&format!("virt-topo-story-{}", self.name));
        let guest = guest.resource("<memory unit='MiB'>256</memory>").feature("<acpi/>");
        guest.emulated("x86_64").with_lines(self.devices).text()
    }

    /// The arguments of a command for the guest in `file`.
    pub(crate) fn arguments<'a>(command: &'a str, file: &'a str) -> Vec<&'a str> {
        let mut words: Vec<&str> = command.split(' ').collect();
        let at = if words.first() == Some(&"controller") { 2 } else { 1 };
        words.insert(at, file);
        words
    }
}

const CLASH: &str = "    <!-- two cards in one slot -->
    <interface type='user'>
      <mac address='52:54:00:00:00:01'/>
      <model type='virtio'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x04' function='0x0'/>
    </interface>
    <interface type='user'>
      <mac address='52:54:00:00:00:02'/>
      <model type='e1000'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x04' function='0x0'/>
    </interface>
";

const NIC: &str = "    <interface type='user'>
      <mac address='52:54:00:00:00:01'/>
      <model type='virtio'/>
    </interface>
    <memballoon model='none'/>
";

const BARE: &str = "    <disk type='file' device='disk'>
      <source file='/var/lib/libvirt/images/a.img'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='cdrom'>
      <target dev='sda' bus='sata'/>
    </disk>
    <interface type='user'>
      <mac address='52:54:00:00:00:01'/>
      <model type='virtio'/>
    </interface>
    <interface type='user'>
      <mac address='52:54:00:00:00:02'/>
      <model type='e1000'/>
    </interface>
    <channel type='pty'>
      <target type='virtio' name='org.qemu.guest_agent.0'/>
    </channel>
    <input type='tablet' bus='usb'/>
    <rng model='virtio'>
      <backend model='random'>/dev/urandom</backend>
    </rng>
";

const GPU: &str = "    <controller type='pci' index='0' model='pcie-root'/>
    <controller type='pci' index='1' model='pcie-root-port'>
      <target chassis='1' port='0x10'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0' multifunction='on'/>
    </controller>
    <controller type='pci' index='2' model='pcie-root-port'>
      <target chassis='2' port='0x11'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x1'/>
    </controller>
    <controller type='usb' index='0' model='none'/>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <source>
        <address domain='0x7fff' bus='0x21' slot='0x00' function='0x0'/>
      </source>
      <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
    </hostdev>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <source>
        <address domain='0x7fff' bus='0x21' slot='0x00' function='0x1'/>
      </source>
      <address type='pci' domain='0x0000' bus='0x02' slot='0x00' function='0x0'/>
    </hostdev>
    <memballoon model='none'/>
";

const FULL: &str = "    <controller type='pci' index='0' model='pcie-root'/>
    <controller type='pci' index='1' model='pcie-root-port'>
      <model name='pcie-root-port'/>
      <target chassis='1' port='0x10'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0' multifunction='on'/>
    </controller>
    <controller type='pci' index='2' model='pcie-root-port'>
      <model name='pcie-root-port'/>
      <target chassis='2' port='0x11'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x1'/>
    </controller>
    <controller type='usb' index='0' model='none'/>
    <interface type='user'>
      <mac address='52:54:00:00:00:01'/>
      <model type='virtio'/>
    </interface>
    <memballoon model='virtio'>
      <address type='pci' domain='0x0000' bus='0x02' slot='0x00' function='0x0'/>
    </memballoon>
";

const SCSI: &str = "    <disk type='file' device='disk'>
      <source file='/var/lib/libvirt/images/a.img'/>
      <target dev='sda' bus='scsi'/>
      <address type='drive' controller='0' bus='0' target='0' unit='0'/>
    </disk>
    <disk type='file' device='disk'>
      <source file='/var/lib/libvirt/images/b.img'/>
      <target dev='sdb' bus='scsi'/>
      <address type='drive' controller='0' bus='0' target='0' unit='1'/>
    </disk>
    <disk type='file' device='disk'>
      <source file='/var/lib/libvirt/images/c.img'/>
      <target dev='sdc' bus='scsi'/>
      <address type='drive' controller='0' bus='0' target='0' unit='2'/>
    </disk>
    <disk type='file' device='disk'>
      <source file='/var/lib/libvirt/images/d.img'/>
      <target dev='sdd' bus='scsi'/>
      <address type='drive' controller='0' bus='0' target='0' unit='4'/>
    </disk>
    <disk type='file' device='disk'>
      <source file='/var/lib/libvirt/images/e.img'/>
      <target dev='sde' bus='scsi'/>
      <address type='drive' controller='0' bus='0' target='0' unit='5'/>
    </disk>
    <disk type='file' device='disk'>
      <source file='/var/lib/libvirt/images/f.img'/>
      <target dev='sdf' bus='scsi'/>
      <address type='drive' controller='0' bus='0' target='0' unit='6'/>
    </disk>
    <controller type='scsi' index='0' model='lsilogic'>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0'/>
    </controller>
    <memballoon model='none'/>
";

pub(crate) const STORIES: &[Story] = &[
    Story {
        about: "mend an attempted double use of a PCI address",
        name: "clash",
        machine: "pc",
        devices: CLASH,
        commands: &["move 52:54:00:00:00:02 0:5"],
    },
    Story {
        about: "pin a NIC so that the guest calls it ens5",
        name: "pin",
        machine: "pc",
        devices: NIC,
        commands: &["move 52:54:00:00:00:01 0:5"],
    },
    Story {
        about: "a NIC with a name that no move changes",
        name: "acpi",
        machine: "pc",
        devices: NIC,
        commands: &["set 52:54:00:00:00:01 --acpi-index 7", "move 52:54:00:00:00:01 00:1e.0"],
    },
    Story {
        about: "freeze a guest without addresses",
        name: "bare",
        machine: "q35",
        devices: BARE,
        commands: &["freeze"],
    },
    Story {
        about: "one of them only, and nobody moves",
        name: "one",
        machine: "q35",
        devices: BARE,
        commands: &["freeze 52:54:00:00:00:02 --hold"],
    },
    Story {
        about: "a GPU and its audio function in one slot",
        name: "gpu",
        machine: "q35",
        devices: GPU,
        commands: &["group hostdev:0 hostdev:1"],
    },
    Story {
        about: "ports for four hot-plug devices where all ports are taken, and a NIC goes there",
        name: "full",
        machine: "q35",
        devices: FULL,
        commands: &["reserve 4", "move 52:54:00:00:00:01 4:0"],
    },
    Story {
        about: "the same on a PC",
        name: "full-pc",
        machine: "pc",
        devices: BARE,
        commands: &["reserve 4 --hold", "move 52:54:00:00:00:02 1:9 --hold"],
    },
    Story {
        about: "six SCSI disks from lsilogic to virtio-scsi, in their order",
        name: "scsi",
        machine: "pc",
        devices: SCSI,
        commands: &["controller set pci:00:05.0 --model virtio-scsi"],
    },
    Story {
        about: "a boot disk on another bus, another in its place",
        name: "bus",
        machine: "q35",
        devices: BARE,
        commands: &["freeze", "set vda --bus sata --target sdb", "swap sda sdb", "adopt input"],
    },
    Story {
        about: "bridges and expanders come and go",
        name: "bridges",
        machine: "q35",
        devices: BARE,
        commands: &[
            "freeze",
            "controller add pcie-expander-bus",
            "controller add pcie-switch-upstream-port",
            "controller add pcie-switch-downstream-port",
            "controller add pcie-to-pci-bridge",
            "controller remove controller:2 --cascade",
        ],
    },
];
