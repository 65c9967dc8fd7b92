//! Nesting of PCI controllers: a controller must not be behind itself, nor a pci-bridge behind a
//! bus with a higher index.

use std::collections::{HashMap, HashSet};

use crate::model::{
    Code, Controller, ControllerIndex, ControllerKind, Device, DeviceKey, Domain, PciModel, Problem,
};

/// Buses on which one device must not be, whatever is free there.
#[derive(Clone, Debug)]
pub struct BridgeNesting {
    device: DeviceKey,
    /// The bus it offers and all buses behind that; empty if it is no PCI controller.
    own: HashSet<u32>,
    /// Its index, when it is a pci-bridge.
    bridge: Option<u32>,
}

impl BridgeNesting {
    /// Finds the buses behind `device` in a guest with complete addresses.
    pub fn new(domain: &Domain, device: &Device) -> Self {
        let mut on: HashMap<u32, Vec<u32>> = HashMap::new();
        for other in &domain.devices {
            if let (Some(index), Some(at)) = (offers(other), other.pci()) {
                on.entry(at.bus.0).or_default().push(index);
            }
        }
        let mut own = HashSet::new();
        let mut todo: Vec<u32> = offers(device).into_iter().collect();
        while let Some(bus) = todo.pop() {
            if own.insert(bus) {
                todo.extend(on.get(&bus).into_iter().flatten());
            }
        }
        let is_bridge =
            device.controller().and_then(Controller::pci_model) == Some(PciModel::PciBridge);
        Self { device: device.key(), own, bridge: offers(device).filter(|_| is_bridge) }
    }

    /// Checks that the device may be on this bus.
    ///
    /// # Errors
    /// If the bus is behind the device itself, or libvirt requires a lower one.
    pub fn verdict(&self, bus: ControllerIndex) -> Result<(), Box<Problem>> {
        if self.own.contains(&bus.0) {
            return Problem::error(Code::PciLoop, "the device would be on its own bus")
                .helping("choose a bus that is not behind the device")
                .refuse();
        }
        match self.bridge {
            Some(index) => bridge_order(self.device, index, bus),
            None => Ok(()),
        }
    }
}

/// The bus a device offers.
fn offers(device: &Device) -> Option<u32> {
    let controller = device.controller().filter(|known| known.kind == ControllerKind::Pci)?;
    Some(controller.index?.0)
}

/// Checks that a pci-bridge of this index may be on this bus: firmware numbers the bus behind a
/// bridge higher than the bus it is on.
///
/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefControllerPCI`.
///
/// # Errors
/// If the bus has the same index or a higher one.
pub fn bridge_order(key: DeviceKey, index: u32, bus: ControllerIndex) -> Result<(), Box<Problem>> {
    if bus.0 < index {
        return Ok(());
    }
    Problem::error(
        Code::BridgeIndex,
        format!("pci-bridge {index} sits on bus {bus}, which must be lower"),
    )
    .quoting(format!(
        "unsupported configuration: PCI controller at index {index} (0x{index:02x}) has \
             bus='0x{:02x}', but index must be larger than bus",
        bus.0
    ))
    .helping("give the bridge a higher index, or put it on a lower bus")
    .on(key)
    .refuse()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::{Document, decode::decode};

    /// The refusals for buses 0, 1, 2, 3 and 4; bus 2 is behind bus 1, bus 3 behind bus 0, bus 4
    /// behind bus 2.
    const LOOP: Option<Code> = Some(Code::PciLoop);
    const ORDER: Option<Code> = Some(Code::BridgeIndex);

    fn codes(nth: usize) -> Vec<Option<Code>> {
        let bridge = |index: u32, bus: u32| {
            format!(
                "<controller type='pci' index='{index}' model='pci-bridge'>\
                 <address type='pci' bus='{bus}' slot='1'/></controller>"
            )
        };
        let bridges = [(1, 0), (2, 1), (3, 0), (4, 2)].map(|(index, bus)| bridge(index, bus));
        let text = format!("<domain><devices>{}<rng/></devices></domain>", bridges.concat());
        let domain = decode(&Document::parse(text).unwrap()).unwrap().domain;
        let nesting = BridgeNesting::new(&domain, &domain.devices[nth]);
        let verdicts = (0..=4).map(|bus| nesting.verdict(ControllerIndex(bus)));
        verdicts.map(|verdict| verdict.err().map(|refusal| refusal.code)).collect()
    }

    #[test]
    fn a_bridge_hangs_on_a_lower_bus_that_does_not_hang_on_it() {
        assert_eq!(codes(0), [None, LOOP, LOOP, ORDER, LOOP]);
        assert_eq!(codes(2), [None, None, None, LOOP, ORDER]);
        assert_eq!(codes(4), [None; 5], "no bridge hangs on a device");
    }
}
