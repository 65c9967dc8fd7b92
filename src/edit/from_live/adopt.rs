//! Live devices that the XML does not mention become elements of it, and a guest without any XML
//! a document of its own.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde_json::{Map, Value};

use super::elements::{LiveElement, element_of};
use crate::detect::{Matching, bus_kind, live_address};
use crate::edit::plan::{PlanError, Planner};
use crate::live::{Facts, LiveBusKind, LiveBusNo, LiveDevice, LiveNo, QdevAddress};
use crate::machine::{ControllerModel, DiskBus, UsbPart, Where, disk_name};
use crate::model::{Address, Change, ControllerIndex, ControllerKind, DeviceClass, target_letters};
use crate::topology::{BusId, Guest};
use crate::xml::NewElement;

/// Why a live device does not become an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdoptError {
    /// libvirt has no element for this model.
    NoElement(String),
    /// It is on a controller that is neither in the XML nor adopted with it.
    NoParent(String),
}

impl fmt::Display for AdoptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoElement(model) => write!(f, "libvirt has no element for '{model}'"),
            Self::NoParent(parent) => {
                write!(f, "its bus is on {parent}, which is not in the XML; add that first")
            }
        }
    }
}

/// The controllers of a guest while elements are added.
struct Adopter<'a> {
    guest: Guest<'a>,
    facts: &'a Facts,
    /// Index of every live controller that is, or becomes, one of the XML; with the kind of bus.
    indexes: HashMap<(LiveNo, LiveBusKind), ControllerIndex>,
    /// Index of every live PCI bus.
    buses: HashMap<LiveBusNo, ControllerIndex>,
    used: HashSet<(ControllerKind, ControllerIndex)>,
    targets: HashSet<String>,
}

/// The element and address of a live device.
type Adopted = Result<(NewElement, Option<Address>), AdoptError>;

/// Elements for live devices that the document does not mention, as changes of it, and the reason
/// of each device that gets none. `guest` is the guest that `matching` was made for.
pub fn adopt_live(
    guest: Guest<'_>,
    matching: &Matching,
    facts: &Facts,
    devices: &[LiveNo],
) -> (Vec<Change>, Vec<(LiveNo, AdoptError)>) {
    let (mut changes, mut refused) = (Vec::new(), Vec::new());
    for (no, element) in Adopter::new(guest, facts, matching).all(devices) {
        match element {
            Ok((element, address)) => {
                changes.push(Change::AddDevice { element: element.to_string(), address });
            }
            Err(why) => refused.push((no, why)),
        }
    }
    (changes, refused)
}

/// Adds elements for live devices to an edit. A PCI device that libvirt has no element for becomes
/// an argument of QEMU where the document has a place for those.
pub(super) fn adopt_into(
    planner: &mut Planner<'_>,
    guest: Guest<'_>,
    matching: &Matching,
    facts: &Facts,
    devices: &[LiveNo],
) -> Result<Vec<(LiveNo, AdoptError)>, PlanError> {
    let mut adopter = Adopter::new(guest, facts, matching);
    let mut refused = Vec::new();
    for (no, element) in adopter.all(devices) {
        match (element, adopter.argument(no)) {
            (Ok((element, address)), _) => planner.insert_device(element, address.as_ref())?,
            (Err(AdoptError::NoElement(_)), Some(argument))
                if planner.append_arguments(&["-device", &argument])? => {}
            (Err(why), _) => refused.push((no, why)),
        }
    }
    Ok(refused)
}

impl<'a> Adopter<'a> {
    fn new(guest: Guest<'a>, facts: &'a Facts, matching: &Matching) -> Self {
        let mut adopter = Self {
            guest,
            facts,
            indexes: HashMap::new(),
            buses: HashMap::new(),
            used: HashSet::new(),
            targets: HashSet::new(),
        };
        for device in &guest.domain.devices {
            if let Some(controller) = device.controller() {
                adopter.used.insert((controller.kind, controller.index_or_zero()));
                let pair = matching.of_device(device.key()).and_then(|pair| pair.live);
                if let (Some(no), Some(kind)) = (pair, bus_kind(controller.kind)) {
                    adopter.indexes.insert((no, kind), controller.index_or_zero());
                }
            }
            if let crate::model::Kind::Disk(disk) = &device.kind {
                adopter.targets.extend(disk.target.as_deref().map(str::to_owned));
            }
        }
        for (id, bus) in &matching.buses {
            if let BusId::Pci(index) = id {
                adopter.buses.insert(*bus, *index);
            }
        }
        for (no, part) in &matching.parts {
            if let crate::machine::Offers::Controller(kind) = part.offers
                && let Some(kind) = bus_kind(kind)
            {
                adopter.indexes.entry((*no, kind)).or_insert(ControllerIndex(0));
            }
        }
        adopter
    }

    /// The elements of all these devices, controllers first.
    fn all(&mut self, wanted: &[LiveNo]) -> Vec<(LiveNo, Adopted)> {
        let mut wanted = wanted.to_vec();
        wanted.sort_by_cached_key(|no| self.rank(*no));
        wanted.dedup();
        for no in &wanted {
            self.number(*no);
        }
        wanted.into_iter().map(|no| (no, self.element(no))).collect()
    }

    /// The sort key: controllers before devices, parents before children, in the order of places;
    /// independent of the order in a monitor's output.
    fn rank(&self, no: LiveNo) -> (bool, bool, usize, Vec<QdevAddress>, Option<&str>, usize) {
        let address = |no| self.facts.device(no).map(|device| device.address).unwrap_or_default();
        let mut way = vec![address(no)];
        let mut at = no;
        // Bridges on bridges: at most as many as there are buses.
        while way.len() < 256 {
            let above = self.facts.device(at).and_then(|device| self.facts.holder(device.bus?));
            let Some(above) = above else { break };
            way.push(address(above));
            at = above;
        }
        way.reverse();
        // A companion has the index of its master.
        let device = self.facts.device(no);
        let companion = device.is_some_and(is_companion);
        (
            !self.is_controller(no),
            companion,
            way.len(),
            way,
            device.and_then(LiveDevice::qemu_driver),
            no.0,
        )
    }

    fn is_controller(&self, no: LiveNo) -> bool {
        let element = self.facts.device(no).and_then(element_of);
        element.is_some_and(|element| element.class == DeviceClass::Controller)
    }

    /// Gives a controller the index it will have.
    fn number(&mut self, no: LiveNo) {
        let Some(device) = self.facts.device(no) else { return };
        let Some(controller) = element_of(device).and_then(|element| element.controller) else {
            return;
        };
        let kind = controller.kind;
        let Some(bus_kind) = bus_kind(kind) else { return };
        if self.indexes.contains_key(&(no, bus_kind)) {
            return;
        }
        let index = if is_companion(device) { self.master(no) } else { None };
        let index = index.unwrap_or_else(|| {
            // libvirt names bus N `pci.N`: the guest's own names stay where they are free.
            let own = device.id.as_deref().and_then(|id| id.strip_prefix("pci.")?.parse().ok());
            let own = own.filter(|own| kind == ControllerKind::Pci && (1..256).contains(own));
            let free = |index: &ControllerIndex| !self.used.contains(&(kind, *index));
            let first = u32::from(kind == ControllerKind::Pci);
            own.map(ControllerIndex)
                .filter(free)
                .or_else(|| (first..=u32::from(u16::MAX)).map(ControllerIndex).find(free))
                .unwrap_or_default()
        });
        self.used.insert((kind, index));
        self.indexes.insert((no, bus_kind), index);
        if kind == ControllerKind::Pci
            && let Some(bus) = self.facts.offered(no, Some(LiveBusKind::Pci))
        {
            self.buses.insert(bus, index);
        }
    }

    /// The index of the master in the slot of a UHCI companion.
    fn master(&self, no: LiveNo) -> Option<ControllerIndex> {
        let own = self.facts.device(no)?;
        let QdevAddress::Pci(slot, _) = own.address else { return None };
        let master = self.facts.numbered().find(|(_, other)| {
            matches!(other.address, QdevAddress::Pci(s, _) if s == slot)
                && other.bus == own.bus
                && part_of(other).is_some_and(|part| part.start_port.is_none())
        })?;
        self.indexes.get(&(master.0, LiveBusKind::Usb)).copied()
    }

    /// The index of the controller a device is on.
    fn parent(&self, no: LiveNo) -> Option<ControllerIndex> {
        let device = self.facts.device(no)?;
        let Some(bus) = device.bus else { return Some(ControllerIndex(0)) };
        if matches!(device.address, QdevAddress::Host(_)) {
            return Some(ControllerIndex(0));
        }
        match self.facts.bus(bus)?.kind {
            LiveBusKind::Pci => self.buses.get(&bus).copied(),
            LiveBusKind::Floppy | LiveBusKind::Ccw | LiveBusKind::Vio | LiveBusKind::Isa => {
                Some(ControllerIndex(0))
            }
            kind => self.indexes.get(&(self.facts.holder(bus)?, kind)).copied(),
        }
    }

    fn element(&mut self, no: LiveNo) -> Adopted {
        let Some(device) = self.facts.device(no) else {
            return Err(AdoptError::NoElement(String::new()));
        };
        let Some(element) = element_of(device) else {
            return Err(AdoptError::NoElement(
                device.qemu_driver().map_or_else(|| device.title(), Into::into),
            ));
        };
        let parent = self.parent(no).ok_or_else(|| {
            let above = device.bus.and_then(|bus| self.facts.holder(bus));
            let above = above.and_then(|no| self.facts.device(no));
            AdoptError::NoParent(above.map_or_else(|| "a root bus".to_owned(), LiveDevice::title))
        })?;
        // A listing does not have it; with more functions in the slot it must be on.
        let many = device.multifunction.unwrap_or_else(|| self.has_mates(no));
        let address = live_address(self.facts, no, parent, None, many);
        let class = element.class;
        let element = self.words(no, &element, address.as_ref());
        Ok((element, address.filter(|_| class != DeviceClass::Console)))
    }

    /// Whether the slot of a PCI function has others.
    fn has_mates(&self, no: LiveNo) -> bool {
        let Some(own) = self.facts.device(no) else { return false };
        let QdevAddress::Pci(slot, _) = own.address else { return false };
        self.facts.numbered().any(|(other, device)| {
            other != no
                && device.bus == own.bus
                && matches!(device.address, QdevAddress::Pci(other, _) if other == slot)
        })
    }

    /// The element with the attributes of this device.
    fn words(&mut self, no: LiveNo, live: &LiveElement, at: Option<&Address>) -> NewElement {
        let index = self.indexes.iter().find(|((own, _), _)| *own == no).map(|(_, index)| *index);
        let mut element = NewElement::new(live.class.as_str());
        for (nth, (place, word)) in live.words.iter().enumerate() {
            element = element.with_word(*place, word);
            if nth == 0 && live.class == DeviceClass::Controller {
                element = element.with_some("index", index.map(|index| index.to_string()));
            }
        }
        let Some(device) = self.facts.device(no) else { return element };
        let with = |element: NewElement, child, attribute, word: Option<String>| match word {
            Some(word) => element.with_word(Where::Child(child, attribute), &word),
            None => element,
        };
        match live.class {
            DeviceClass::Controller => {
                let host = match device.address {
                    QdevAddress::Host(index) => Some(index.to_string()),
                    _ => None,
                };
                let number = self.expander_number(no).map(|number| number.to_string());
                with(with(element, "target", "index", host), "target", "busNr", number)
            }
            DeviceClass::Interface => {
                with(element, "mac", "address", device.mac.as_deref().map(str::to_owned))
            }
            DeviceClass::Disk => self.medium(no, live, at, element),
            // libvirt counts them, and passes the count on (`qemu_command.c:
            // qemuBuildSerialChrDeviceProps`).
            DeviceClass::Serial | DeviceClass::Parallel => {
                let nth = match device.address {
                    QdevAddress::Isa { nth, .. } => nth.map(|nth| nth.to_string()),
                    _ => None,
                };
                with(element, "target", "port", nth)
            }
            DeviceClass::Channel => {
                with(element, "target", "name", device.name.as_deref().map(str::to_owned))
            }
            _ => element,
        }
    }

    /// The element of a disk, with its medium and target.
    fn medium(
        &mut self,
        no: LiveNo,
        live: &LiveElement,
        at: Option<&Address>,
        mut element: NewElement,
    ) -> NewElement {
        let bus = self.disk_bus(no);
        let target = self.target(bus, at);
        let drive = self.facts.medium(no);
        let file = drive.and_then(|drive| drive.file.as_deref());
        // QEMU describes anything but a plain file in JSON.
        let file = file.filter(|file| !file.starts_with("json:"));
        // libvirt takes no disk without an image; a drive may be empty.
        let device = live.words.iter().find(|(at, _)| *at == Where::Own("device"));
        let needed = device.is_some_and(|(_, device)| device == "disk");
        let unknown = needed.then(|| format!("/unknown/{target}.img"));
        // Without its format libvirt takes an image for raw, and a guest spoils it.
        let format = drive.and_then(|drive| drive.format.as_deref());
        let format = format.filter(|format| file.is_some() && FORMATS.contains(format));
        if let Some(format) = format {
            let driver = NewElement::new("driver").with("name", "qemu").with("type", format);
            element = element.child(driver);
        }
        if let Some(file) = file.map(str::to_owned).or(unknown) {
            element = element.child(NewElement::new("source").with("file", file));
        }
        element = element.child(NewElement::new("target").with("dev", target).with("bus", bus));
        // A CD is read-only anyway.
        let is_read_only = needed && drive.is_some_and(|drive| drive.read_only);
        if is_read_only { element.child(NewElement::new("readonly")) } else { element }
    }

    /// The number of the root bus that an expander brings.
    fn expander_number(&self, no: LiveNo) -> Option<u8> {
        let device = self.facts.device(no)?;
        if device.pci.as_ref()?.class != Some(0x0600) {
            return None;
        }
        let behind = || {
            let bus = self.facts.offered(no, Some(LiveBusKind::Pci))?;
            let inner = self.facts.bus(bus)?.holder.and_then(|inner| self.facts.device(inner)?.bus);
            self.facts.bus(inner.unwrap_or(bus))?.root.map(|root| root.0)
        };
        device.bus_nr.or_else(behind)
    }

    fn disk_bus(&self, no: LiveNo) -> &'static str {
        match self.facts.bus_kind(no) {
            LiveBusKind::Scsi => "scsi",
            LiveBusKind::Usb => "usb",
            LiveBusKind::Floppy => "fdc",
            LiveBusKind::Ide => {
                let holder =
                    self.facts.device(no).and_then(|device| self.facts.holder(device.bus?));
                let class = holder.and_then(|no| self.facts.device(no)?.pci.as_ref()?.class);
                if class == Some(0x0106) { "sata" } else { "ide" }
            }
            _ => "virtio",
        }
    }

    /// A free target name: the one of its place, so that the disk stays there without its address;
    /// else the first free one.
    fn target(&mut self, bus: &str, at: Option<&Address>) -> String {
        let prefix = DiskBus::prefix_of(bus);
        let place = at.and_then(Address::drive);
        let own = place.and_then(|at| disk_name(ControllerKind::from_name(bus), at, prefix));
        let free = |target: &String| !self.targets.contains(target);
        let others = (0..).map(|nth| format!("{prefix}{}", target_letters(nth)));
        let target = own.into_iter().chain(others).find(free).unwrap_or_default();
        self.targets.insert(target.clone());
        target
    }

    /// The `-device` argument for a model without a libvirt element: JSON, as libvirt itself writes
    /// it, since QEMU creates devices of the other form, and their buses, before those (QEMU
    /// `system/vl.c: qemu_create_cli_devices`).
    fn argument(&self, no: LiveNo) -> Option<String> {
        let device = self.facts.device(no)?;
        let QdevAddress::Pci(slot, function) = device.address else { return None };
        let index = self.parent(no)?;
        let root = self.guest.topology.bus_no(BusId::Pci(index));
        let bus = root.and_then(|no| self.guest.topology.bus(no)).map(crate::topology::Bus::name);
        let bus = bus.unwrap_or_else(|| format!("pci.{index}"));
        let model = device.qemu_driver().map_or_else(
            // A device without a model name; QEMU refuses this, but the user sees what it is.
            || device.pci.as_ref().and_then(|pci| pci.id).map(|id| format!("pci-{id}")),
            |driver| Some(driver.to_owned()),
        )?;
        let (slot, function) = (slot.get(), function.get());
        let addr = format!("{slot:#x}.{function:x}");
        let mut argument = Map::new();
        let mut put = |name: &str, value: &str| argument.insert(name.to_owned(), value.into());
        put("driver", &model);
        for (_, property, value) in NEEDED.iter().filter(|row| row.0 == model) {
            put(property, value);
        }
        if let Some(id) = device.id.as_deref() {
            put("id", id);
        }
        put("bus", &bus);
        put("addr", &addr);
        Some(Value::Object(argument).to_string())
    }
}

/// Image formats with a libvirt name, which equals QEMU's (`storage_file/storage_source.c:
/// virStorageFileFormat`).
const FORMATS: &[&str] = &[
    "raw",
    "bochs",
    "cloop",
    "dmg",
    "parallels",
    "qcow",
    "qcow2",
    "qed",
    "vdi",
    "vhdx",
    "vmdk",
    "vpc",
];

/// Attributes without which a model does not start and which no monitor reports (QEMU
/// `hw/nvme/ctrl.c: nvme_check_params`).
const NEEDED: &[(&str, &str, &str)] = &[("nvme", "serial", "unknown")];

/// The part of an ICH9 USB controller that it is.
fn part_of(device: &LiveDevice) -> Option<UsbPart> {
    device.qemu_driver().and_then(ControllerModel::of_driver)?.0.part
}

/// Whether it is a UHCI companion of an EHCI controller.
fn is_companion(device: &LiveDevice) -> bool {
    part_of(device).is_some_and(|part| part.start_port.is_some())
}
