//! USB buses as trees of ports: which are taken, and which is the next free one.
//!
//! Source: `domain_addr.c: virDomainUSBAddressFindPort`, `virDomainUSBAddressFindFreePort`.

use std::collections::{BTreeMap, HashMap};

use crate::model::address::PortPath;
use crate::model::{Code, ControllerIndex, DeviceKey, Problem};

/// Number of a hub in [`UsbPorts::hubs`]; controllers count as hubs.
type HubNo = usize;

/// A controller or hub with its ports.
struct Hub {
    /// The port it is on; `None` for a controller.
    path: Option<PortPath>,
    above: Option<HubNo>,
    count: u32,
    taken: HashMap<u32, DeviceKey>,
    hubs: BTreeMap<u32, HubNo>,
    /// The ports below this one are taken.
    next: u32,
    /// Neither here nor below is a port free.
    full: bool,
}

impl Hub {
    fn new(path: Option<PortPath>, above: Option<HubNo>, count: u32) -> Self {
        let (taken, hubs) = (HashMap::new(), BTreeMap::new());
        Self { path, above, count, taken, hubs, next: 1, full: false }
    }

    fn lowest(&mut self) -> Option<PortPath> {
        while self.next <= self.count && self.taken.contains_key(&self.next) {
            self.next += 1;
        }
        if self.next > self.count {
            return None;
        }
        match self.path {
            None => PortPath::new(&[self.next]),
            Some(path) => path.below(self.next),
        }
    }
}

/// The USB buses of a guest.
#[derive(Default)]
pub(super) struct UsbPorts {
    hubs: Vec<Hub>,
    buses: BTreeMap<ControllerIndex, HubNo>,
    /// The buses below this one are full.
    first_open: ControllerIndex,
}

impl UsbPorts {
    /// Adds a controller; `false` when there is one with this index.
    pub(super) fn add_bus(&mut self, index: ControllerIndex, count: u32) -> bool {
        if self.buses.contains_key(&index) {
            return false;
        }
        self.buses.insert(index, self.hubs.len());
        self.hubs.push(Hub::new(None, None, count));
        true
    }

    /// Whether there is a controller with this index.
    pub(super) fn has_bus(&self, index: ControllerIndex) -> bool {
        self.buses.contains_key(&index)
    }

    /// The controller or hub that has the last port of a path.
    fn parent(&self, bus: ControllerIndex, path: PortPath) -> Result<HubNo, Box<Problem>> {
        let Some(mut no) = self.buses.get(&bus).copied() else {
            return Problem::error(Code::UsbNoBus, format!("there is no USB bus {bus}"))
                .quoting(format!("XML error: Missing USB bus {bus}"))
                .helping("add a USB controller with this index, or name one that is there")
                .refuse();
        };
        let parts = path.parts();
        let above = parts.split_last().map_or(parts, |(_, above)| above);
        for port in above {
            let hub = self.hubs.get(no);
            if hub.is_none_or(|hub| *port > hub.count) {
                return out_of_range(*port, bus, path).refuse();
            }
            match hub.and_then(|hub| hub.hubs.get(port)) {
                Some(below) => no = *below,
                None => return no_hub(*port, bus, path).refuse(),
            }
        }
        if self.hubs.get(no).is_none_or(|hub| path.last() > hub.count) {
            return not_present(bus, path).refuse();
        }
        Ok(no)
    }

    /// Takes a port for a device.
    pub(super) fn reserve(
        &mut self,
        bus: ControllerIndex,
        path: PortPath,
        key: DeviceKey,
    ) -> Result<(), Box<Problem>> {
        let no = self.parent(bus, path)?;
        let Some(hub) = self.hubs.get_mut(no) else { return Ok(()) };
        if let Some(other) = hub.taken.get(&path.last()) {
            return double_use(bus, path, *other).refuse();
        }
        hub.taken.insert(path.last(), key);
        Ok(())
    }

    /// Takes a port for a hub, which offers ports of its own from then on.
    pub(super) fn add_hub(
        &mut self,
        bus: ControllerIndex,
        path: PortPath,
        count: u32,
        key: DeviceKey,
    ) -> Result<(), Box<Problem>> {
        let no = self.parent(bus, path)?;
        let below = self.hubs.len();
        let Some(hub) = self.hubs.get_mut(no) else { return Ok(()) };
        if hub.hubs.contains_key(&path.last()) {
            let other = hub.taken.get(&path.last()).copied();
            return hub_twice(bus, path, other).refuse();
        }
        hub.taken.insert(path.last(), key);
        hub.hubs.insert(path.last(), below);
        self.hubs.push(Hub::new(Some(path), Some(no), count));
        self.first_open = ControllerIndex(0);
        let mut above = Some(no);
        while let Some(hub) = above.and_then(|no| self.hubs.get_mut(no)) {
            hub.full = false;
            above = hub.above;
        }
        Ok(())
    }

    /// The lowest free port of any bus.
    pub(super) fn lowest(&mut self) -> Option<(ControllerIndex, PortPath)> {
        // Each step passes a bus that is full and stays so.
        while let Some((index, no)) = self.next_bus() {
            self.first_open = index;
            if let Some(path) = self.search(no) {
                return Some((index, path));
            }
            if index.next() == index {
                break;
            }
            self.first_open = index.next();
        }
        None
    }

    fn next_bus(&self) -> Option<(ControllerIndex, HubNo)> {
        self.buses.range(self.first_open..).next().map(|(index, no)| (*index, *no))
    }

    /// The lowest free port of one bus.
    pub(super) fn lowest_on(&mut self, bus: ControllerIndex) -> Option<PortPath> {
        let no = self.buses.get(&bus).copied()?;
        self.search(no)
    }

    /// The first free port from here on down: its own first, then those of its hubs in the order of
    /// their ports.
    fn search(&mut self, root: HubNo) -> Option<PortPath> {
        let mut stack = vec![(root, 0)];
        while let Some((no, after)) = stack.pop() {
            let hub = self.hubs.get_mut(no)?;
            if after == 0
                && !hub.full
                && let Some(path) = hub.lowest()
            {
                return Some(path);
            }
            let below = if hub.full { None } else { hub.hubs.range(after + 1..).next() };
            match below {
                Some((port, below)) => {
                    stack.push((no, *port));
                    stack.push((*below, 0));
                }
                None => hub.full = true,
            }
        }
        None
    }
}

/// The refusal of a missing bus.
pub(super) fn no_bus(bus: ControllerIndex) -> Problem {
    Problem::error(Code::UsbNoBus, format!("there is no USB bus {bus}"))
        .quoting(format!(
            "XML error: USB bus {bus} requested but no controller with that index is present"
        ))
        .helping("add a USB controller with this index, or leave bus= out")
}

fn out_of_range(port: u32, bus: ControllerIndex, path: PortPath) -> Problem {
    Problem::error(Code::UsbNoPort, format!("bus {bus} has no port {port} on the way to {path}"))
        .quoting(format!(
            "XML error: port {port} out of range in USB address bus: {bus} port: {path}"
        ))
        .helping("choose a lower port; a hub has eight")
}

fn no_hub(port: u32, bus: ControllerIndex, path: PortPath) -> Problem {
    Problem::error(
        Code::UsbNoHub,
        format!("bus {bus}, port {path}: there is no hub at port {port}"),
    )
    .quoting(format!(
        "XML error: there is no hub at port {port} in USB address bus: {bus} port: {path}"
    ))
    .helping("add <hub type='usb'/> with an address at that port")
}

fn not_present(bus: ControllerIndex, path: PortPath) -> Problem {
    Problem::error(Code::UsbNoPort, format!("bus {bus} has no port {path}"))
        .quoting(format!("XML error: requested USB port {path} not present on USB bus {bus}"))
        .helping("choose a lower port, or a controller with more of them")
}

fn double_use(bus: ControllerIndex, path: PortPath, other: DeviceKey) -> Problem {
    Problem::error(
        Code::UsbDoubleUse,
        format!("bus {bus}, port {path} is not free: {other} has it"),
    )
    .quoting(format!("XML error: Duplicate USB address bus {bus} port {path}"))
    .helping("choose another port, or remove the address")
    .on(other)
}

fn hub_twice(bus: ControllerIndex, path: PortPath, other: Option<DeviceKey>) -> Problem {
    Problem {
        devices: other.into_iter().collect(),
        ..Problem::error(Code::UsbDoubleUse, format!("bus {bus}, port {path} has two hubs"))
            .quoting(format!("XML error: Duplicate USB hub on bus {bus} port {path}"))
            .helping("choose another port for one of them")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DeviceClass;

    fn key() -> DeviceKey {
        DeviceKey::new(DeviceClass::Input, 0)
    }

    fn fill(ports: &mut UsbPorts, count: usize) -> Vec<String> {
        let mut found = Vec::new();
        for _ in 0..count {
            let Some((bus, path)) = ports.lowest() else { break };
            ports.reserve(bus, path, key()).unwrap();
            found.push(format!("{bus}:{path}"));
        }
        found
    }

    #[test]
    fn hubs_are_filled_when_the_controller_is_full() {
        let mut ports = UsbPorts::default();
        ports.add_bus(ControllerIndex(0), 2);
        ports.add_hub(ControllerIndex(0), PortPath::new(&[1]).unwrap(), 8, key()).unwrap();
        assert_eq!(fill(&mut ports, 3), ["0:2", "0:1.1", "0:1.2"]);
    }

    #[test]
    fn buses_are_filled_in_order_and_four_levels_deep() {
        let mut ports = UsbPorts::default();
        ports.add_bus(ControllerIndex(0), 1);
        ports.add_bus(ControllerIndex(3), 1);
        for depth in 1..=3 {
            ports
                .add_hub(ControllerIndex(0), PortPath::new(&vec![1; depth]).unwrap(), 2, key())
                .unwrap();
        }
        assert_eq!(fill(&mut ports, 9), ["0:1.2", "0:1.1.2", "0:1.1.1.1", "0:1.1.1.2", "3:1"]);
    }

    #[test]
    fn a_hub_that_comes_later_opens_a_full_bus_again() {
        let mut ports = UsbPorts::default();
        ports.add_bus(ControllerIndex(0), 1);
        ports.add_bus(ControllerIndex(1), 1);
        assert_eq!(fill(&mut ports, 1), ["0:1"]);
        ports.add_hub(ControllerIndex(0), PortPath::new(&[1]).unwrap(), 8, key()).unwrap();
        assert_eq!(fill(&mut ports, 1), ["0:1.1"]);
    }

    #[test]
    fn every_refusal_quotes_libvirt() {
        let mut ports = UsbPorts::default();
        ports.add_bus(ControllerIndex(0), 2);
        ports.reserve(ControllerIndex(0), PortPath::new(&[1]).unwrap(), key()).unwrap();
        let cases = [
            (1, "1", "XML error: Missing USB bus 1"),
            (0, "1", "XML error: Duplicate USB address bus 0 port 1"),
            (0, "3", "XML error: requested USB port 3 not present on USB bus 0"),
            (0, "3.1", "XML error: port 3 out of range in USB address bus: 0 port: 3.1"),
            (0, "1.1", "XML error: there is no hub at port 1 in USB address bus: 0 port: 1.1"),
        ];
        for (bus, path, want) in cases {
            let refusal =
                ports.reserve(ControllerIndex(bus), path.parse().unwrap(), key()).unwrap_err();
            assert_eq!(refusal.libvirt.unwrap(), want);
        }
    }
}
