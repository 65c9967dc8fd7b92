//! The plan to unplug a device from a running guest, the devices that go with it, and the reason of
//! a refusal.

use thiserror::Error;

use super::plug::QmpCommand;
use crate::live::{Facts, LiveDevice, LiveNo, QdevAddress};
use crate::machine::Model;
use crate::model::Text;
use crate::text::masked_words;

/// The plan to unplug a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unplug {
    /// The device to remove.
    pub live: LiveNo,
    /// The argument of `device_del`: the id, else the path.
    pub handle: Text,
    /// Its id, as events name it.
    pub id: Option<Text>,
    /// Its path, as events name it.
    pub path: Option<Text>,
    /// Devices that are removed with it: devices on it, and the other functions of its slot.
    pub with: Vec<LiveNo>,
    /// Network backends that are left behind.
    pub netdevs: Vec<Text>,
    /// Block nodes that are left behind.
    pub nodes: Vec<Text>,
    /// Warnings for the user.
    pub warnings: Vec<&'static str>,
}

impl Unplug {
    /// The commands to send: the request, and those that remove the backends once the guest has
    /// released the device.
    pub fn commands(&self) -> Vec<QmpCommand> {
        let netdevs = self.netdevs.iter().map(|id| QmpCommand::netdev_del(id));
        let nodes = self.nodes.iter().map(|node| QmpCommand::blockdev_del(node));
        let request = QmpCommand::device_del(&self.handle);
        std::iter::once(request).chain(netdevs).chain(nodes).collect()
    }
}

/// Why a device cannot be taken out.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{what} cannot be unplugged: {why}")]
pub struct UnplugError {
    /// The device by name.
    pub what: String,
    /// The reason of the refusal.
    pub why: &'static str,
    /// Whether QEMU would accept the request nevertheless, and never finish it.
    pub accepted: bool,
}

/// The reason of a device that stays, and whether QEMU takes the request although it never
/// completes.
type UnplugRule = (fn(&Facts, LiveNo, &LiveDevice) -> Option<&'static str>, bool);

/// Why a device stays; the first that fits. Measured with QEMU 10.0.2: where `hotpluggable` is
/// false `device_del` is refused, and bridges that were there at the start take it and never go.
const RULES: &[UnplugRule] = &[
    (|_, _, device| device.handle().is_none().then_some("QEMU has no id or path for it"), false),
    (|facts, no, _| facts.bus_kind(no).cold(), false),
    (|facts, no, device| stays(device).then(|| why_it_stays(facts, no, device)), false),
    (
        |_, _, device| {
            let was_there = is_bridge(device) && device.hotplugged != Some(true);
            was_there
                .then_some("QEMU accepts it but never completes it for a bridge present at start")
        },
        true,
    ),
];

fn stays(device: &LiveDevice) -> bool {
    device.hotpluggable == Some(false)
}

/// Why QEMU refuses to take a device out.
fn why_it_stays(facts: &Facts, no: LiveNo, device: &LiveDevice) -> &'static str {
    let is_part = matches!(device.address, QdevAddress::Pci(..))
        && device.path.as_deref().is_some_and(is_built_in);
    if is_part {
        return "it is built into the machine";
    }
    let by_model = device.qemu_driver().and_then(Model::why_cold);
    // A port stays because of the bus it is on.
    if let Some(why) = by_model.filter(|_| !has_bridge_class(device)) {
        return why;
    }
    if on_express_root(facts, no) {
        return "a device on a PCI Express root bus stays until the guest ends";
    }
    by_model.unwrap_or("its bus or model does not support hotplugging")
}

fn has_bridge_class(device: &LiveDevice) -> bool {
    device.pci.as_ref().and_then(|pci| pci.class) == Some(0x0604)
}

fn is_built_in(path: &str) -> bool {
    path.starts_with("/machine/unattached/")
        || path.starts_with("/machine/q35/")
        || path.starts_with("/machine/i440fx/")
}

fn is_bridge(device: &LiveDevice) -> bool {
    let port = device.driver.as_deref().is_some_and(|d| d.ends_with("-root-port"));
    has_bridge_class(device) && !port
}

fn on_express_root(facts: &Facts, no: LiveNo) -> bool {
    let bus = facts.device(no).and_then(|device| device.bus);
    let name = bus.and_then(|bus| facts.bus(bus)).and_then(|bus| bus.name.as_deref());
    bus.is_some() && bus == facts.main_root() && name.is_some_and(|name| name.starts_with("pcie."))
}

impl Facts {
    /// The plan to unplug a device, with its backends.
    ///
    /// # Errors
    /// The reason of the refusal, before anything is sent. With `force` only requests that QEMU
    /// would refuse anyway are refused here.
    pub fn unplug(&self, no: LiveNo, force: bool) -> Result<Unplug, UnplugError> {
        let Some(device) = self.device(no) else {
            let what = "the device".to_owned();
            return Err(UnplugError { what, why: "it is not there", accepted: false });
        };
        let rules = RULES.iter().filter(|(_, accepted)| !(force && *accepted));
        let mut found =
            rules.filter_map(|(rule, accepted)| Some((rule(self, no, device)?, *accepted)));
        if let Some((why, accepted)) = found.next() {
            return Err(UnplugError { what: device.title(), why, accepted });
        }
        let with = self.goes_with(no);
        let mut unplug = Unplug {
            live: no,
            handle: device.handle().unwrap_or_default().into(),
            id: device.id.clone(),
            path: device.path.clone(),
            with,
            netdevs: Vec::new(),
            nodes: Vec::new(),
            warnings: Vec::new(),
        };
        for no in std::iter::once(no).chain(unplug.with.clone()) {
            let Some(device) = self.device(no) else { continue };
            unplug.netdevs.extend(device.netdev.clone());
            // QEMU removes the node of a `-drive` with its device (QEMU `blockdev.c:
            // blockdev_auto_del`).
            let medium = self.medium(no).filter(|drive| drive.name.is_empty());
            unplug.nodes.extend(medium.and_then(|drive| drive.node.clone()));
        }
        unplug.nodes.dedup();
        unplug.netdevs.dedup();
        if !unplug.with.is_empty() {
            unplug.warnings.push("other devices are removed with it");
        }
        if device.driver.as_deref().is_some_and(|driver| driver.starts_with("virtio-balloon")) {
            unplug.warnings.push("do not reset the guest while this is pending: QEMU 10.0 aborts");
        }
        Ok(unplug)
    }

    /// The name of a device, with its model: `net0 (virtio-net-pci)`.
    pub fn called(&self, no: LiveNo) -> String {
        let Some(device) = self.device(no) else { return String::new() };
        match &device.driver {
            Some(driver) => format!("{} ({driver})", device.title()),
            None => device.title(),
        }
    }

    /// The devices that are removed, and the backends after them: a line each, for the
    /// confirmation.
    pub fn story(&self, unplug: &Unplug) -> Vec<String> {
        let mut lines = vec![format!("{} goes", self.called(unplug.live))];
        lines.extend(unplug.warnings.iter().map(|warning| format!("  note: {warning}")));
        lines.extend(unplug.with.iter().map(|no| format!("  with it {}", self.called(*no))));
        let media = std::iter::once(&unplug.live).chain(&unplug.with);
        let files = media.filter_map(|no| self.medium(*no)?.file.as_deref());
        lines.extend(files.map(|file| format!("  it shows {}", masked_words(file))));
        let backends = unplug.nodes.iter().chain(&unplug.netdevs);
        lines.extend(backends.map(|name| format!("  and then its backend {name}")));
        lines
    }

    /// The devices on a device, at any depth, and the other functions of its slot with the devices
    /// on them.
    fn goes_with(&self, no: LiveNo) -> Vec<LiveNo> {
        let mut found = vec![no];
        // Fixed parts stay: a USB controller in the PIIX3's slot is removed alone (measured with
        // QEMU 10.0.2).
        let mates = self.numbered().filter(|(other, device)| {
            let own = self.device(no);
            *other != no
                && device.hotpluggable != Some(false)
                && own.is_some_and(|own| match (own.address, device.address) {
                    (QdevAddress::Pci(a, _), QdevAddress::Pci(b, _)) => {
                        a == b && own.bus == device.bus
                    }
                    _ => false,
                })
        });
        found.extend(mates.map(|(other, _)| other));
        let mut looked = 0;
        while let Some(above) = found.get(looked).copied() {
            looked += 1;
            let below = self.numbered().filter(|(other, device)| {
                let holder = device.bus.and_then(|bus| self.holder(bus));
                holder == Some(above)
                    && !found.contains(other)
                    && device.address != QdevAddress::None
            });
            let below: Vec<LiveNo> = below.map(|(other, _)| other).collect();
            found.extend(below);
        }
        found.retain(|other| *other != no && self.has_address(*other));
        found
    }
}
