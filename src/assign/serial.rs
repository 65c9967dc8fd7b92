//! Ports of virtio-serial controllers.
//!
//! Source: `domain_conf.c: virDomainDefMaybeAddVirtioSerialController`, `domain_addr.c:
//! virDomainVirtioSerialAddrSet...`, `qemu_domain_address.c: qemuDomainAssignVirtioSerialAddresses`.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::lists::No;
use super::work::Work;
use crate::model::address::VirtioSerialAddress;
use crate::model::{Address, Controller, ControllerKind, DeviceClass, DeviceKey, Kind};
use crate::topology::Refusal;

/// Adds the controllers that virtio channels and consoles name; 0 for those that name none.
pub(super) fn add_controllers(work: &mut Work) {
    let mut known: HashSet<u32> = work
        .domain
        .controllers()
        .filter(|(_, controller)| controller.kind == ControllerKind::VirtioSerial)
        .filter_map(|(_, controller)| Some(controller.index?.0))
        .collect();
    for class in [DeviceClass::Channel, DeviceClass::Console] {
        for no in ports(work, class) {
            let index = written(work, no).map_or(0, |at| at.controller);
            if known.insert(index) {
                add_controller(work, index, "added: a virtio port names it");
            }
        }
    }
}

fn add_controller(work: &mut Work, index: u32, why: &str) {
    let controller = Controller::new(ControllerKind::VirtioSerial, Some(index));
    let no = work.add(DeviceClass::Controller, Kind::Controller(controller));
    work.explain(no, why);
}

/// The channels or consoles that are virtio ports.
fn ports(work: &Work, class: DeviceClass) -> Vec<No> {
    let is_port = |no: &No| {
        work.device(*no)
            .and_then(|device| device.chardev())
            .is_some_and(|chardev| chardev.target_type.as_deref() == Some("virtio"))
    };
    work.lists.of(class).iter().copied().filter(is_port).collect()
}

fn written(work: &Work, no: No) -> Option<VirtioSerialAddress> {
    match work.device(no)?.value()? {
        Address::VirtioSerial(at) => Some(*at),
        _ => None,
    }
}

/// The ports of one controller.
struct Ports {
    count: u32,
    used: HashMap<u32, DeviceKey>,
    /// No port from 1 to below this one is free.
    next: u32,
}

impl Ports {
    /// What libvirt and QEMU take without `ports=` (QEMU `hw/char/virtio-serial-bus.c`).
    const DEFAULT: u32 = 31;

    fn new(count: Option<u32>) -> Self {
        Self { count: count.unwrap_or(Self::DEFAULT), used: HashMap::new(), next: 1 }
    }

    fn is_free(&self, port: u32) -> bool {
        port < self.count && !self.used.contains_key(&port)
    }

    /// The lowest free port; port 0 is for consoles only.
    fn lowest(&mut self, allow_zero: bool) -> Option<u32> {
        if allow_zero && self.is_free(0) {
            return Some(0);
        }
        while self.next < self.count && self.used.contains_key(&self.next) {
            self.next += 1;
        }
        (self.next < self.count).then_some(self.next)
    }
}

/// Every controller by its index.
#[derive(Default)]
struct Set {
    controllers: BTreeMap<u32, Ports>,
    /// The first controller that may have a free port, without and with port 0.
    first_open: [u32; 2],
}

impl Set {
    /// The first free port of any controller.
    fn lowest(&mut self, allow_zero: bool) -> Option<(u32, u32)> {
        let hint = self.first_open.get_mut(usize::from(allow_zero))?;
        for (index, ports) in self.controllers.range_mut(*hint..) {
            if let Some(port) = ports.lowest(allow_zero) {
                *hint = *index;
                return Some((*index, port));
            }
        }
        None
    }

    fn take(&mut self, controller: u32, port: u32, key: DeviceKey) {
        if let Some(ports) = self.controllers.get_mut(&controller) {
            ports.used.insert(port, key);
        }
    }
}

/// Gives every virtio channel a port. A console gets one too, which is not written down.
pub(super) fn assign(work: &mut Work) {
    let mut set = Set::default();
    for (_, controller) in work.domain.controllers() {
        if controller.kind == ControllerKind::VirtioSerial {
            let index = controller.index_or_zero().0;
            set.controllers.entry(index).or_insert_with(|| Ports::new(controller.ports));
        }
    }
    for no in work.lists.iterate(&work.domain) {
        let Some(at) = written(work, no).filter(|at| at.port != 0) else { continue };
        let Some(key) = work.device(no).map(|device| device.key) else { continue };
        match check(&set, at) {
            Ok(()) => set.take(at.controller, at.port, key),
            Err(refusal) => work.refuse(Refusal {
                devices: std::iter::once(key).chain(refusal.devices).collect(),
                ..refusal
            }),
        }
    }
    for (class, allow_zero) in [(DeviceClass::Console, true), (DeviceClass::Channel, false)] {
        for no in ports(work, class) {
            let known = work.device(no).and_then(|device| device.value());
            if known.is_some_and(|value| match value {
                Address::VirtioSerial(at) => at.port != 0,
                _ => true,
            }) {
                continue;
            }
            choose(work, &mut set, no, allow_zero);
        }
    }
}

/// Whether a port that is written is there and free.
fn check(set: &Set, at: VirtioSerialAddress) -> Result<(), Refusal> {
    let VirtioSerialAddress { controller, port, .. } = at;
    let Some(ports) = set.controllers.get(&controller) else {
        let message = format!("there is no virtio-serial controller {controller}");
        return Err(Refusal::new("virtio-serial-no-controller", message)
            .quoting(format!("XML error: virtio serial controller {controller} is missing"))
            .helping("add the controller, or name one that is there"));
    };
    if port >= ports.count {
        let last = ports.count.saturating_sub(1);
        let message =
            format!("the highest port of virtio-serial controller {controller} is {last}");
        return Err(Refusal::new("virtio-serial-no-port", message)
            .quoting(format!(
                "XML error: virtio serial controller {controller} does not have port {port}"
            ))
            .helping("write more ports= on the controller, or choose a lower port"));
    }
    if let Some(other) = ports.used.get(&port) {
        let message =
            format!("port {port} of virtio-serial controller {controller} is taken by {other}");
        return Err(Refusal::new("virtio-serial-double-use", message)
            .quoting(format!(
                "XML error: virtio serial port {port} on controller {controller} is already \
                 occupied"
            ))
            .helping("choose another port, or remove the address")
            .on(*other));
    }
    Ok(())
}

fn choose(work: &mut Work, set: &mut Set, no: No, allow_zero: bool) {
    let Some(key) = work.device(no).map(|device| device.key) else { return };
    let found = match written(work, no) {
        // Only this controller, and never port 0.
        Some(at) => {
            let ports = set.controllers.get_mut(&at.controller);
            let Some(port) = ports.and_then(|ports| ports.lowest(false)) else {
                work.refuse(no_free_port(at.controller).on(key));
                return;
            };
            (at.controller, port)
        }
        None => match set.lowest(allow_zero) {
            Some(found) => found,
            None => {
                let index = (0..=u32::MAX).find(|index| !set.controllers.contains_key(index));
                let Some(index) = index else { return };
                set.controllers.insert(index, Ports::new(None));
                set.first_open = set.first_open.map(|hint| hint.min(index));
                add_controller(work, index, "added: all ports of the others are taken");
                (index, u32::from(!allow_zero))
            }
        },
    };
    let (controller, port) = found;
    set.take(controller, port, key);
    if allow_zero {
        work.explain(no, format!("port {port} of controller {controller}, which is not written"));
        return;
    }
    let bus = written(work, no).map_or(0, |at| at.bus);
    work.place(no, Address::VirtioSerial(VirtioSerialAddress { controller, bus, port }));
    work.explain(no, format!("port {port} of controller {controller}, the lowest free"));
}

fn no_free_port(controller: u32) -> Refusal {
    Refusal::new(
        "virtio-serial-full",
        format!("no port of virtio-serial controller {controller} is free"),
    )
    .quoting(format!(
        "XML error: Unable to find a free port on virtio-serial controller {controller}"
    ))
    .helping("leave the address out, and libvirt takes or adds another controller")
}
