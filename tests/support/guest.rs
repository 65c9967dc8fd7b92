//! Guests written as text: a machine, and devices one after the other.

use std::fmt::Write as _;

/// A guest's definition on its way to a text, laid out as people and libvirt do it.
///
/// Devices are elements as libvirt spells them; those with an `address` take the whole `<address>`
/// element, or nothing.
#[derive(Clone)]
pub(crate) struct Guest {
    /// How it is run: `kvm`, or `qemu` without the help of the processor.
    kind: &'static str,
    name: String,
    arch: &'static str,
    machine: String,
    /// Elements before `<os>`: memory, processors.
    resources: String,
    features: String,
    /// Elements between `<features>` and `<devices>`: the processor's model.
    processor: String,
    devices: String,
}

/// Lines of the same indentation.
fn line(text: &mut String, indent: usize, element: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{:indent$}{element}", "");
}

impl Guest {
    /// An x86 guest without a device.
    pub(crate) fn new(machine: &str) -> Self {
        Self {
            kind: "kvm",
            name: "guest".to_owned(),
            arch: "x86_64",
            machine: machine.to_owned(),
            resources: String::new(),
            features: String::new(),
            processor: String::new(),
            devices: String::new(),
        }
    }

    /// Under this name.
    pub(crate) fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Of another architecture.
    pub(crate) fn of(mut self, arch: &'static str) -> Self {
        self.arch = arch;
        self
    }

    /// Run by QEMU without KVM; with the path of its program, `qemu-system-` and this.
    pub(crate) fn emulated(mut self, program: &str) -> Self {
        self.kind = "qemu";
        self.with(&format!("<emulator>/usr/bin/qemu-system-{program}</emulator>"))
    }

    /// With this element before `<os>`.
    pub(crate) fn resource(mut self, element: &str) -> Self {
        line(&mut self.resources, 2, element);
        self
    }

    /// With this element in `<features>`.
    pub(crate) fn feature(mut self, element: &str) -> Self {
        line(&mut self.features, 4, element);
        self
    }

    /// With this `<cpu>` element.
    pub(crate) fn processor(mut self, element: &str) -> Self {
        line(&mut self.processor, 2, element);
        self
    }

    /// With this device.
    pub(crate) fn with(mut self, element: &str) -> Self {
        self.put(element);
        self
    }

    /// With these devices, lines as they are to be written.
    pub(crate) fn with_lines(mut self, lines: &str) -> Self {
        self.devices.push_str(lines);
        self
    }

    /// Adds a device.
    pub(crate) fn put(&mut self, element: &str) {
        line(&mut self.devices, 4, element);
    }

    /// How often the devices have these words.
    pub(crate) fn count(&self, words: &str) -> usize {
        self.devices.matches(words).count()
    }

    /// Whether the devices have these words.
    pub(crate) fn has(&self, words: &str) -> bool {
        self.devices.contains(words)
    }

    /// The definition.
    pub(crate) fn text(&self) -> String {
        let Self { kind, name, arch, machine, resources, processor, devices, .. } = self;
        let features = match self.features.as_str() {
            "" => String::new(),
            features => format!("  <features>\n{features}  </features>\n"),
        };
        format!(
            "<domain type='{kind}'>\n  <name>{name}</name>\n{resources}  <os>\n    \
             <type arch='{arch}' machine='{machine}'>hvm</type>\n  </os>\n{features}{processor}  \
             <devices>\n{devices}  </devices>\n</domain>\n"
        )
    }
}

/// Elements that more than one kind of random guest has.
impl Guest {
    /// A NIC of a model, or of the default one.
    pub(crate) fn interface(&mut self, model: &str, address: &str) {
        let number = self.count("<interface") + 1;
        let model = if model.is_empty() { model } else { &format!("<model type='{model}'/>") };
        self.put(&format!(
            "<interface type='user'><mac address='52:54:00:00:00:{number:02x}'/>{model}{address}\
             </interface>"
        ));
    }

    /// A serial port of the paravirtual kind.
    pub(crate) fn channel(&mut self, address: &str) {
        let number = self.count("<channel");
        self.put(&format!(
            "<channel type='pty'><target type='virtio' name='c{number}'/>{address}</channel>"
        ));
    }

    /// A source of random numbers.
    pub(crate) fn rng(&mut self, model: &str, address: &str) {
        self.put(&format!(
            "<rng model='{model}'><backend model='random'>/dev/urandom</backend>{address}</rng>"
        ));
    }

    /// A folder of the host.
    pub(crate) fn filesystem(&mut self, address: &str) {
        let number = self.count("<filesystem");
        self.put(&format!(
            "<filesystem type='mount' accessmode='passthrough'><source dir='/tmp'/><target \
             dir='f{number}'/>{address}</filesystem>"
        ));
    }

    /// A socket between guest and host.
    pub(crate) fn vsock(&mut self, address: &str) {
        self.put(&format!("<vsock model='virtio'><cid auto='yes'/>{address}</vsock>"));
    }

    /// A device that encrypts.
    pub(crate) fn crypto(&mut self, address: &str) {
        self.put(&format!(
            "<crypto model='virtio' type='qemu'><backend model='builtin'/>{address}</crypto>"
        ));
    }

    /// Memory shared with other guests.
    pub(crate) fn shmem(&mut self, address: &str) {
        let number = self.count("<shmem");
        self.put(&format!(
            "<shmem name='s{number}'><model type='ivshmem-plain'/><size unit='M'>4</size>\
             {address}</shmem>"
        ));
    }

    /// A keyboard or pointer on a bus.
    pub(crate) fn input(&mut self, kind: &str, bus: &str, address: &str) {
        self.put(&format!("<input type='{kind}' bus='{bus}'>{address}</input>"));
    }

    /// A PCI device of the host.
    pub(crate) fn host_pci(&mut self, address: &str) {
        let number = self.count("<hostdev");
        self.put(&format!(
            "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x7fff' \
             bus='0xee' slot='{number:#x}' function='0'/></source>{address}</hostdev>"
        ));
    }

    /// A SCSI disk of the host.
    pub(crate) fn host_scsi(&mut self, address: &str) {
        let number = self.count("<hostdev");
        self.put(&format!(
            "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host0'/><address \
             bus='0' target='0' unit='{number}'/></source>{address}</hostdev>"
        ));
    }
}
