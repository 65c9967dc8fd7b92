//! The PCI buses of a guest as a set of places: the taken ones, and the kinds that each bus
//! accepts.
//!
//! This is libvirt's allocator (`domain_addr.c: virDomainPCIAddressSet`), without any policy about
//! the order of devices. [`PciBuses::of`] fills it from a topology; a completion fills it itself.

use std::collections::HashMap;

use super::tree::NodeKind;
use super::verdict::{self, Asker, Objection};
use crate::machine::{BusRules, Connect, Feature, Need, libvirt};
use crate::model::address::{Function, PciAddress, Slot};
use crate::model::{Code, ControllerIndex, PciModel, Problem, Version};

/// A PCI bus with its taken places.
#[derive(Clone, Debug)]
pub struct PciBus {
    /// The model of its controller.
    pub model: PciModel,
    /// Kinds of connection that it accepts.
    pub accepts: Connect,
    /// Whether libvirt chooses it for endpoints.
    pub automatic: bool,
    /// The lowest slot.
    pub first: Slot,
    /// The highest slot.
    pub last: Slot,
    /// Whether devices can be plugged while the guest runs.
    pub hotplug: bool,
    /// The isolation group of its devices; all of one bus share it (pSeries).
    pub group: u32,
    /// Whether the group is fixed.
    pub locked: bool,
    /// A bit per function in use, for each slot.
    slots: [u8; 32],
    /// A bit per slot that devices which aggregate may share.
    shared: u32,
    /// The device or part in each function in use; `None` where the place is reserved.
    occupants: HashMap<(Slot, Function), Option<NodeKind>>,
}

impl PciBus {
    /// An empty bus behind a controller of this model.
    pub fn new(model: PciModel, hotplug: Option<bool>) -> Self {
        let rules = BusRules::of(model, hotplug);
        Self {
            model,
            accepts: rules.accepts,
            automatic: rules.automatic,
            first: rules.first,
            last: rules.last,
            hotplug: rules.hotplug,
            group: 0,
            locked: false,
            slots: [0; 32],
            shared: 0,
            occupants: HashMap::new(),
        }
    }

    /// Whether a function of a slot is in use.
    pub fn is_taken(&self, slot: Slot, function: Function) -> bool {
        self.functions(slot) & (1 << function.get()) != 0
    }

    /// Whether any function of a slot is in use.
    pub fn is_slot_taken(&self, slot: Slot) -> bool {
        self.functions(slot) != 0
    }

    /// The device or part in a function of a slot; `None` when it is free or only reserved.
    pub fn occupant(&self, slot: Slot, function: Function) -> Option<NodeKind> {
        self.occupants.get(&(slot, function)).copied().flatten()
    }

    /// Whether no place is taken.
    pub fn is_empty(&self) -> bool {
        self.occupants.is_empty()
    }

    /// Whether every slot is in use.
    pub fn is_full(&self) -> bool {
        self.slots().all(|slot| self.is_slot_taken(slot))
    }

    /// Its slots, lowest first.
    pub fn slots(&self) -> impl Iterator<Item = Slot> + use<> {
        let (first, last) = (self.first, self.last);
        Slot::all().filter(move |slot| (first..=last).contains(slot))
    }

    fn functions(&self, slot: Slot) -> u8 {
        self.slots.get(usize::from(slot.get())).copied().unwrap_or(0xff)
    }

    fn is_shared(&self, slot: Slot) -> bool {
        self.shared & (1 << slot.get()) != 0
    }

    /// The first place for a device that may be on this bus, from the lowest slot up.
    ///
    /// Source: `domain_addr.c: virDomainPCIAddressFindUnusedFunctionOnBus`.
    fn find(&self, need: Need, function: Option<Function>) -> Option<(Slot, Function)> {
        for slot in self.slots() {
            let used = self.functions(slot);
            if used == 0 {
                return Some((slot, function.unwrap_or_default()));
            }
            if !(need.aggregate && self.is_shared(slot)) {
                continue;
            }
            let free = |function: &Function| used & (1 << function.get()) == 0;
            let found = match function {
                Some(function) => Some(function).filter(free),
                None => Function::all().find(free),
            };
            if let Some(function) = found {
                return Some((slot, function));
            }
        }
        None
    }

    fn occupy(&mut self, slot: Slot, function: Function, need: Need, occupant: Option<NodeKind>) {
        // The first device of a slot decides whether others may join it.
        if self.functions(slot) == 0 && need.aggregate {
            self.shared |= 1 << slot.get();
        }
        if let Some(used) = self.slots.get_mut(usize::from(slot.get())) {
            *used |= 1 << function.get();
        }
        self.occupants.insert((slot, function), occupant);
    }
}

/// A request for a place: the device, its need, and on pSeries its isolation group.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// The device or part that will be there; `None` keeps the place free on purpose.
    pub occupant: Option<NodeKind>,
    /// Its need of the bus.
    pub need: Need,
    /// Its isolation group; 0 for all devices but those of the host.
    pub group: u32,
}

/// All PCI buses of a guest, by the index of their controller.
#[derive(Clone, Debug)]
pub struct PciBuses {
    buses: Vec<PciBus>,
    /// Whether missing buses are added on demand.
    growing: bool,
    /// Whether new buses are roots (pSeries).
    many_roots: bool,
    /// The libvirt that decides rules and messages.
    libvirt: Version,
    /// The first bus that may still have a place, for each kind of request. Places are never freed,
    /// so a search starts where the last one of its kind ended.
    hints: HashMap<(Need, Option<Function>, u32), usize>,
}

impl PciBuses {
    /// The most buses of a set. libvirt allows 256 (`qemu_validate.c:
    /// qemuValidateDomainDeviceDefControllerPCI`), but checks that last: it adds and places more
    /// before that, and may refuse on the way.
    pub const MOST: usize = 1024;

    /// A set of these buses.
    pub fn new(buses: Vec<PciBus>, many_roots: bool) -> Self {
        Self {
            buses,
            growing: false,
            many_roots,
            libvirt: Version::NEWEST_LIBVIRT,
            hints: HashMap::new(),
        }
    }

    /// The same set, adding buses on demand.
    #[must_use]
    pub fn growing(mut self) -> Self {
        self.growing = true;
        self
    }

    /// The same set, answering as this libvirt.
    #[must_use]
    pub fn for_libvirt(mut self, libvirt: Version) -> Self {
        self.libvirt = libvirt;
        self
    }

    /// The refusal of a controller with an index above 255.
    pub fn index_too_high(index: ControllerIndex) -> Problem {
        too_many_buses(usize::try_from(index.0).unwrap_or(usize::MAX))
    }

    /// The number of buses.
    pub fn len(&self) -> usize {
        self.buses.len()
    }

    /// Whether there is no bus.
    pub fn is_empty(&self) -> bool {
        self.buses.is_empty()
    }

    /// The bus behind the controller with this index.
    pub fn bus(&self, index: ControllerIndex) -> Option<&PciBus> {
        self.buses.get(usize::try_from(index.0).ok()?)
    }

    /// All buses with their index.
    pub fn buses(&self) -> impl Iterator<Item = (ControllerIndex, &PciBus)> {
        (0..).map(ControllerIndex).zip(&self.buses)
    }

    /// Whether any function of a slot is in use.
    pub fn is_slot_taken(&self, at: PciAddress) -> bool {
        self.bus(at.bus).is_some_and(|bus| bus.is_slot_taken(at.slot))
    }

    /// Reserves one place and returns it: a set that grows may have to move the device to another
    /// bus than the requested one.
    ///
    /// Source: `domain_addr.c: virDomainPCIAddressReserveAddrInternal`.
    ///
    /// # Errors
    /// The reason against the place.
    pub fn reserve(
        &mut self,
        request: Request,
        wanted: PciAddress,
        asker: Asker,
    ) -> Result<PciAddress, Box<Problem>> {
        let mut at = wanted;
        if self.growing {
            at.bus = self.grow(at.bus, request.need)?;
        }
        self.take(request, at, asker)
            .map(|()| at)
            .map_err(|objection| self.explain(objection, request.need, wanted, at, asker).into())
    }

    fn take(&mut self, request: Request, at: PciAddress, asker: Asker) -> Result<(), Objection> {
        self.judge(request.need, at, asker)?;
        self.vacant(at)?;
        let bus = usize::try_from(at.bus.0).ok().and_then(|index| self.buses.get_mut(index));
        let Some(bus) = bus else { return Ok(()) };
        let group = bus.group;
        if bus.is_empty() && !bus.locked {
            // The first device decides for the whole bus.
            bus.group = request.group;
        } else if bus.group != request.group && asker != Asker::Automatic {
            // The XML mixes groups: nothing is isolated there any more.
            bus.group = 0;
        }
        if bus.group != group {
            self.hints.clear();
        }
        bus.occupy(at.slot, at.function, request.need, request.occupant);
        Ok(())
    }

    /// Finds a place and reserves it.
    ///
    /// Source: `domain_addr.c: virDomainPCIAddressReserveNextAddr`, `virDomainPCIAddressGetNextAddr`.
    ///
    /// # Errors
    /// When there is none, and none can be added.
    pub fn reserve_next(
        &mut self,
        request: Request,
        function: Option<Function>,
    ) -> Result<PciAddress, Box<Problem>> {
        if self.is_empty() {
            return verdict::no_buses().refuse();
        }
        let Some(at) = self.search(request, function) else {
            if !self.growing {
                return no_slot(request.need).refuse();
            }
            let next = ControllerIndex(u32::try_from(self.len()).unwrap_or(u32::MAX));
            let bus = self.grow(next, request.need)?;
            let slot = self.bus(bus).map_or(Slot::default(), |bus| bus.first);
            let at = PciAddress { domain: 0, bus, slot, function: function.unwrap_or_default() };
            return self.reserve(request, at, Asker::Automatic);
        };
        self.reserve(request, at, Asker::Automatic)
    }

    /// The place that libvirt would choose next; `None` if no bus has a free one.
    pub fn next(&mut self, request: Request) -> Option<PciAddress> {
        self.search(request, None)
    }

    fn search(&mut self, request: Request, function: Option<Function>) -> Option<PciAddress> {
        let Request { need, group, .. } = request;
        let hint = (need, function, group);
        let start = self.hints.get(&hint).copied().unwrap_or_default();
        let place = |(index, bus): (usize, &PciBus)| {
            let index = ControllerIndex(u32::try_from(index).ok()?);
            verdict::fits(bus, need, index, Asker::Automatic).ok()?;
            let (slot, function) = bus.find(need, function)?;
            Some(PciAddress { domain: 0, bus: index, slot, function })
        };
        let alike = self.buses.iter().enumerate().skip(start);
        let mut found = alike.filter(|(_, bus)| bus.group == group).find_map(place);
        if let Some(at) = found {
            self.hints.insert(hint, usize::try_from(at.bus.0).unwrap_or_default());
        } else {
            self.hints.insert(hint, self.len());
            // An empty bus can still change its group.
            let other = self.buses.iter().enumerate();
            found = other
                .filter(|(_, bus)| bus.group != group && bus.is_empty() && !bus.locked)
                .find_map(place);
        }
        found
    }

    /// The kinds of devices that a root port is added for.
    fn grown_kinds(&self) -> Connect {
        let kinds = Connect::EXPRESS.or(Connect::UPSTREAM_PORT);
        if libvirt::has(self.libvirt, Feature::PortForBridge) {
            kinds.or(Connect::EXPRESS_BRIDGE)
        } else {
            kinds
        }
    }

    /// Adds buses until there is one with this index; returns the index the device gets, which is
    /// one higher when a bridge had to be put in between.
    ///
    /// Source: `domain_addr.c: virDomainPCIAddressSetGrow`.
    fn grow(
        &mut self,
        index: ControllerIndex,
        need: Need,
    ) -> Result<ControllerIndex, Box<Problem>> {
        let Some(missing) = usize::try_from(index.0)
            .ok()
            .and_then(|index| (index + 1).checked_sub(self.len()))
            .filter(|missing| *missing > 0)
        else {
            return Ok(index);
        };
        let mut added = Vec::new();
        let mut index = index;
        let model = if need.kind == Connect::PCI {
            if self.many_roots {
                PciModel::PciRoot
            } else {
                if !self.buses.iter().any(|bus| bus.accepts.meets(Connect::BRIDGE)) {
                    // Conventional PCI begins behind a port that is kept for the bridge to it.
                    let port = PciBus::new(PciModel::PcieRootPort, None);
                    added.push(PciBus { accepts: Connect::EXPRESS_BRIDGE, ..port });
                    added.push(PciBus::new(PciModel::PcieToPciBridge, None));
                    if missing == 1 {
                        index = ControllerIndex(index.0.saturating_add(1));
                    }
                }
                PciModel::PciBridge
            }
        } else if need.kind.meets(self.grown_kinds()) {
            PciModel::PcieRootPort
        } else {
            return no_controller(need, self.libvirt).refuse();
        };
        let count = missing.max(added.len());
        if self.len() + count > Self::MOST {
            return too_many_buses(self.len() + count - 1).refuse();
        }
        added.resize_with(count, || PciBus::new(model, None));
        self.buses.append(&mut added);
        Ok(index)
    }
}

/// The final search found nothing.
fn no_slot(need: Need) -> Problem {
    Problem::error(Code::PciNoSlot, format!("no slot is left for a {}", need.kind))
        .quoting("internal error: No more available PCI slots")
        .helping(verdict::parent_help(need.kind))
}

/// The refusal of a controller that no bus accepts, and for which libvirt adds none.
///
/// Source: `domain_addr.c: virDomainPCIAddressSetGrow`, `virDomainPCIControllerConnectTypeToModel`.
fn no_controller(need: Need, version: Version) -> Problem {
    let Need { kind, .. } = need;
    // The list of models that libvirt looks the kind up in lacks this one.
    if kind == Connect::EXPRESS_BRIDGE {
        return Problem::error(
            Code::PciNoPlace,
            "no pcie-root-port is free for a pcie-to-pci-bridge",
        )
        .quoting(format!(
            "internal error: Cannot automatically add a new PCI bus for a device with connect \
                 flags {:02x}",
            kind.bits()
        ))
        .helping("add a pcie-root-port");
    }
    let slot = if libvirt::has(version, Feature::PcieMessages) { "PCIe" } else { "PCI" };
    Problem::error(
        Code::PciNoPlace,
        format!("there is no slot for a {kind}, and libvirt adds no bus for one"),
    )
    .quoting(format!(
        "internal error: a {slot} slot is needed to connect a PCI controller model='{kind}', but \
         none is available, and it cannot be automatically added"
    ))
    .helping(verdict::parent_help(kind))
}

/// A controller beyond the 256th.
fn too_many_buses(index: usize) -> Problem {
    Problem::error(
        Code::PciTooManyBuses,
        format!("PCI controller {index} is too many: 255 is the last"),
    )
    .quoting(format!(
        "unsupported configuration: PCI controller index {index} too high, maximum is 255"
    ))
    .helping("a guest has at most 256 PCI buses; use multifunction slots or virtio-scsi")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> PciAddress {
        text.parse().unwrap()
    }

    fn set(models: &[PciModel]) -> PciBuses {
        PciBuses::new(models.iter().map(|model| PciBus::new(*model, None)).collect(), false)
    }

    fn request(need: Need) -> Request {
        Request { occupant: None, need, group: 0 }
    }

    fn port() -> Need {
        Need::of_controller(PciModel::PcieRootPort).unwrap()
    }

    fn words(result: Result<PciAddress, Box<Problem>>) -> String {
        result.unwrap_err().libvirt.unwrap()
    }

    #[test]
    fn endpoints_go_to_pcie_root_only_when_the_xml_says_so() {
        let buses = set(&[PciModel::PcieRoot]);
        for need in [Need::PCI, Need::EXPRESS] {
            assert!(buses.verdict(need, at("0:5.0"), Asker::Written).is_ok());
            let refusal = buses.verdict(need, at("0:5.0"), Asker::Automatic).unwrap_err();
            assert_eq!(refusal.code, Code::PciNotAutomatic);
            let refusal = buses.verdict(need, at("0:5.0"), Asker::HotPlug).unwrap_err();
            assert_eq!(refusal.code, Code::PciNoHotplug);
        }
    }

    #[test]
    fn every_objection_has_libvirts_words() {
        let mut buses = set(&[PciModel::PcieRoot, PciModel::PcieRootPort, PciModel::PciBridge]);
        buses.reserve(request(Need::PCI), at("0:5.0"), Asker::Written).unwrap();
        let cases = [
            ("1:1.0", "XML error: Invalid PCI address 0000:01:01.0. slot must be <= 0"),
            ("2:0.0", "XML error: Invalid PCI address 0000:02:00.0. slot must be >= 1"),
            (
                "3:1.0",
                "XML error: Invalid PCI address 0000:03:01.0. Only PCI buses up to 2 are available",
            ),
            ("0:5.0", "XML error: Attempted double use of PCI Address 0000:00:05.0"),
        ];
        for (place, want) in cases {
            let refusal = buses.verdict(Need::EXPRESS, at(place), Asker::Written).unwrap_err();
            assert_eq!(refusal.libvirt.as_deref(), Some(want), "{place}");
            assert!(refusal.help.is_some(), "{place}");
        }
        let refusal = buses.verdict(port(), at("2:1.0"), Asker::Written).unwrap_err();
        assert_eq!(
            refusal.libvirt.unwrap(),
            "XML error: The device at PCI address 0000:02:01.0 cannot be plugged into the PCI \
             controller with index='2'. It requires a controller that accepts a pcie-root-port."
        );
    }

    #[test]
    fn root_ports_share_a_slot_and_nobody_else_does() {
        let mut buses = set(&[PciModel::PcieRoot]);
        for nth in 0..9 {
            let place = buses.reserve_next(request(port()), None).unwrap();
            assert_eq!(place, PciAddress::new(0, 1 + nth / 8, nth % 8).unwrap());
        }
        let mut bridge = set(&[PciModel::PciRoot]);
        bridge.reserve_next(request(Need::PCI), None).unwrap();
        assert_eq!(bridge.reserve_next(request(Need::PCI), None).unwrap(), at("0:2.0"));
    }

    #[test]
    fn growing_for_conventional_pci_in_an_express_guest_adds_two_buses() {
        let mut buses = set(&[PciModel::PcieRoot]).growing();
        let place = buses.reserve(request(Need::PCI), at("1:3.0"), Asker::Written).unwrap();
        assert_eq!(place, at("2:3.0"), "a bridge had to be put in between");
        assert_eq!(buses.len(), 3);
        let mut buses = set(&[PciModel::PcieRoot]).growing();
        let place = buses.reserve(request(Need::PCI), at("2:3.0"), Asker::Written).unwrap();
        assert_eq!((place, buses.len()), (at("2:3.0"), 3));
        // The port in between is for no other device.
        assert_eq!(buses.reserve_next(request(Need::EXPRESS), None).unwrap(), at("3:0.0"));
    }

    #[test]
    fn no_bus_is_added_for_a_bridge() {
        let mut buses = set(&[PciModel::PcieRoot]).growing().for_libvirt(Version::new(11, 3));
        let bridge = Need::of_controller(PciModel::PciBridge).unwrap();
        assert_eq!(
            words(buses.reserve_next(request(bridge), None)),
            "internal error: a PCI slot is needed to connect a PCI controller \
             model='pci-bridge', but none is available, and it cannot be automatically added"
        );
        let bridge = Need::of_controller(PciModel::PcieToPciBridge).unwrap();
        assert_eq!(
            words(buses.reserve_next(request(bridge), None)),
            "internal error: Cannot automatically add a new PCI bus for a device with connect \
             flags 2000"
        );
    }

    #[test]
    fn a_bus_number_from_nowhere_adds_no_buses() {
        let mut buses = set(&[PciModel::PciRoot]).growing();
        let far = PciAddress { bus: ControllerIndex(u32::MAX), ..at("0:1.0") };
        let refusal = buses.reserve(request(Need::PCI), far, Asker::Written).unwrap_err();
        assert_eq!(refusal.code, Code::PciTooManyBuses);
        assert_eq!(buses.len(), 1);
        assert!(buses.reserve(request(Need::PCI), at("ff:1.0"), Asker::Written).is_ok());
        assert_eq!(buses.len(), 256);
    }

    #[test]
    fn an_isolation_group_has_buses_of_its_own() {
        let mut buses = PciBuses::new(vec![PciBus::new(PciModel::PciRoot, None)], true).growing();
        buses.buses[0].locked = true;
        let of = |group| Request { group, ..request(Need::PCI) };
        assert_eq!(buses.reserve_next(of(7), None).unwrap(), at("1:1.0"));
        assert_eq!(buses.reserve_next(of(0), None).unwrap(), at("0:1.0"));
        assert_eq!(buses.reserve_next(of(7), None).unwrap(), at("1:2.0"));
        assert_eq!(buses.reserve_next(of(8), None).unwrap(), at("2:1.0"));
    }
}
