//! Ways into the catalogue: by a device of a domain, by a QEMU device, by PCI ids.

use super::bus::QemuBus;
use super::controllers::{self, ControllerModel};
use super::defaults;
use super::model::{Driver, Model};
use super::pci_id::{Form, Ids, PciId};
use super::words::Spoken;
use super::{bridges, network, platform, ports, qemu_only, screen, scsi, storage};
use crate::machine::Machine;
use crate::model::{Controller, ControllerKind, Device, DeviceClass, Kind, PciModel};

/// The models of a class; those of controllers are [`controllers_of`] a kind.
pub(super) const fn models_of(class: DeviceClass) -> &'static [Model] {
    match class {
        DeviceClass::Disk => storage::DISKS,
        DeviceClass::Filesystem => storage::FILESYSTEMS,
        DeviceClass::Interface => network::INTERFACES,
        DeviceClass::Hostdev => network::HOSTDEVS,
        DeviceClass::Vsock => network::VSOCKS,
        DeviceClass::Smartcard => ports::SMARTCARDS,
        DeviceClass::Parallel => ports::PARALLELS,
        DeviceClass::Serial => ports::SERIALS,
        DeviceClass::Console => ports::CONSOLES,
        DeviceClass::Channel => ports::CHANNELS,
        DeviceClass::Hub => ports::HUBS,
        DeviceClass::Redirdev => ports::REDIRDEVS,
        DeviceClass::Input => screen::INPUTS,
        DeviceClass::Sound => screen::SOUNDS,
        DeviceClass::Video => screen::VIDEOS,
        DeviceClass::Watchdog => platform::WATCHDOGS,
        DeviceClass::Memballoon => platform::BALLOONS,
        DeviceClass::Rng => platform::RNGS,
        DeviceClass::Crypto => platform::CRYPTOS,
        DeviceClass::Tpm => platform::TPMS,
        DeviceClass::Nvram => platform::NVRAMS,
        DeviceClass::Shmem => platform::SHMEMS,
        DeviceClass::Memory => platform::MEMORIES,
        DeviceClass::Iommu => platform::IOMMUS,
        DeviceClass::Panic => platform::PANICS,
        DeviceClass::Pstore => platform::PSTORES,
        DeviceClass::Qemu => qemu_only::QEMU_ONLY,
        DeviceClass::Controller | DeviceClass::Other => &[],
    }
}

/// The models of a kind of controller, in libvirt's order.
pub(super) const fn controllers_of(kind: ControllerKind) -> &'static [ControllerModel] {
    match kind {
        ControllerKind::Pci => bridges::PCI,
        ControllerKind::Ide => controllers::IDE,
        ControllerKind::Fdc => controllers::FDC,
        ControllerKind::Scsi => scsi::SCSI,
        ControllerKind::Sata => controllers::SATA,
        ControllerKind::VirtioSerial => controllers::VIRTIO_SERIAL,
        ControllerKind::Ccid => controllers::CCID,
        ControllerKind::Usb => controllers::USB,
        ControllerKind::Xenbus => controllers::XENBUS,
        ControllerKind::Isa => controllers::ISA,
        ControllerKind::Nvme => controllers::NVME,
        ControllerKind::Other => controllers::OTHER,
    }
}

/// Every kind of controller.
const KINDS: [ControllerKind; 11] = [
    ControllerKind::Pci,
    ControllerKind::Scsi,
    ControllerKind::Ide,
    ControllerKind::Sata,
    ControllerKind::Usb,
    ControllerKind::VirtioSerial,
    ControllerKind::Fdc,
    ControllerKind::Ccid,
    ControllerKind::Nvme,
    ControllerKind::Isa,
    ControllerKind::Xenbus,
];

/// The model of a class with these values.
pub(super) fn with_words(class: DeviceClass, words: Spoken<'_>) -> Option<&'static Model> {
    let models = models_of(class).iter();
    match class {
        DeviceClass::Interface => { models }.find(|model| model.words.fit_any_case(&words)),
        _ => { models }.find(|model| model.words.fit(&words)),
    }
}

impl Model {
    /// Every model, controllers first.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        let controllers = ControllerModel::all().map(|controller| &controller.model);
        controllers.chain(DeviceClass::all().flat_map(models_of))
    }

    /// The model of a device by its written values; `None` when no row matches.
    pub fn of(device: &Device) -> Option<&'static Self> {
        match &device.kind {
            Kind::Controller(controller) => {
                ControllerModel::of(controller).map(|controller| &controller.model)
            }
            Kind::Qemu(qemu) => Self::of_driver(&qemu.driver).map(|(model, ..)| model),
            // libvirt has it in its list of host devices.
            Kind::Interface(interface) if interface.backend.as_deref() == Some("hostdev") => {
                let kind = network::HOST_PCI;
                with_words(DeviceClass::Hostdev, Spoken { kind, ..Spoken::default() })
            }
            _ => with_words(device.class(), Spoken::of(device)),
        }
    }

    /// The model of a device on `machine`, whose defaults apply to values that are not written.
    pub fn on(device: &Device, machine: Machine) -> Option<&'static Self> {
        let written = Spoken::of(device);
        let words = match &device.kind {
            Kind::Controller(controller) => {
                return ControllerModel::on(controller, machine).map(|found| &found.model);
            }
            Kind::Serial(_) if defaults::is_open_port(device) => {
                let own = defaults::serial_target(machine).unwrap_or(defaults::OWN_SERIAL);
                Spoken { model: own, ..written }
            }
            Kind::Input(input) => {
                Spoken { bus: defaults::input_bus(input, machine).unwrap_or_default(), ..written }
            }
            _ => return Self::of(device),
        };
        with_words(device.class(), words)
    }

    /// The model, QEMU device and form of a QEMU device name.
    pub fn of_driver(name: &str) -> Option<(&'static Self, &'static Driver, Form)> {
        let exact = |name: &str, form: Form| {
            Self::all().find_map(|model| Some((model, model.driver(name)?, form)))
        };
        exact(name, Form::ByPlace).or_else(|| {
            let (base, form) = Form::split(name);
            (form != Form::ByPlace).then(|| exact(base, form))?
        })
    }

    /// The model that a PCI function with these ids is taken for, with its device: the first of
    /// this class, or else the first.
    pub fn of_id(id: PciId, class: Option<u16>) -> Option<(&'static Self, &'static Driver)> {
        let has_id = |model: &&'static Self| model.ids.has(id);
        let of_class = |model: &'static Self| {
            let driver = model.drivers.iter().find(|driver| Some(driver.class) == class);
            driver.map(|driver| (model, driver))
        };
        Self::all().filter(has_id).find_map(of_class).or_else(|| {
            let model = Self::all().find(has_id)?;
            model.drivers.first().map(|driver| (model, driver))
        })
    }

    /// Whether the usual QEMU device of the model plugs into this kind of bus.
    pub fn is_on(&self, bus: QemuBus) -> bool {
        self.drivers.first().is_some_and(|driver| driver.bus == bus)
    }

    /// Whether the model is a USB device.
    pub fn is_usb(&self) -> bool {
        self.is_on(QemuBus::Usb)
    }

    /// The QEMU devices for it on a kind of bus.
    pub fn drivers_on(&self, bus: QemuBus) -> impl Iterator<Item = &'static Driver> {
        self.drivers.iter().filter(move |driver| driver.bus == bus)
    }

    /// The PCI class and subclass that distinguish this model from another with the same ids;
    /// `None` if the ids are sufficient.
    pub fn distinct_class(&self) -> Option<u16> {
        let classes = |model: &Self| {
            let functions = model.drivers_on(QemuBus::Pci).map(|driver| driver.class);
            functions.filter(|class| *class != 0).collect::<Vec<_>>()
        };
        let [own] = classes(self)[..] else { return None };
        let is_other = |model: &'static Self| {
            let others = classes(model);
            model.ids == self.ids && !others.is_empty() && !others.contains(&own)
        };
        (self.ids != Ids::None && Self::all().any(is_other)).then_some(own)
    }

    /// PCI class of the functions that can belong to an element without a known model; with
    /// subclass 0, any subclass.
    pub fn open_class(class: DeviceClass) -> Option<u16> {
        let open = models_of(class).last()?.drivers.first()?;
        open.name.is_empty().then_some(open.class)
    }

    /// Its QEMU device of this name.
    pub fn driver(&self, name: &str) -> Option<&'static Driver> {
        self.drivers.iter().find(|driver| driver.name == name && !name.is_empty())
    }
}

impl ControllerModel {
    /// Every controller model; those of a kind in libvirt's order.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        KINDS.iter().flat_map(|kind| controllers_of(*kind))
    }

    /// The model of a controller by its written values; the last row of a kind is for unknown
    /// models.
    pub fn of(controller: &Controller) -> Option<&'static Self> {
        let words = Spoken::of_controller(controller);
        let pci = controller.pci_model();
        let fits = |row: &&Self| row.pci == pci && row.model.words.fit(&words);
        controllers_of(controller.kind).iter().find(fits)
    }

    /// The model of a kind of controller with this libvirt name; the row for unknown models if none
    /// has it.
    pub fn named(kind: ControllerKind, model: Option<&str>) -> Option<&'static Self> {
        let model = model.unwrap_or_default();
        if kind == ControllerKind::Pci {
            return Self::of_pci(PciModel::from_name(model)?);
        }
        let words = Spoken { model, ..Spoken::default() };
        controllers_of(kind).iter().find(|row| row.model.words.fit(&words))
    }

    /// The model of a controller on `machine`, which decides where none is written.
    pub fn on(controller: &Controller, machine: Machine) -> Option<&'static Self> {
        let is_open = matches!(controller.model.as_deref(), None | Some("auto"));
        if controller.kind == ControllerKind::Scsi && is_open {
            return Self::named(ControllerKind::Scsi, Some(defaults::scsi_model(machine)));
        }
        Self::of(controller)
    }

    /// The controller model and form of a QEMU device name.
    pub fn of_driver(name: &str) -> Option<(&'static Self, Form)> {
        let (model, _, form) = Model::of_driver(name)?;
        Self::all().find(|row| std::ptr::eq(&raw const row.model, model)).map(|row| (row, form))
    }

    /// The row of a PCI controller model with its usual QEMU device.
    pub fn of_pci(model: PciModel) -> Option<&'static Self> {
        bridges::PCI.iter().find(|row| row.pci == Some(model) && row.model.words.name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::model::ControllerIndex;

    /// The values that libvirt would write for a model; `unknown` where any value matches.
    fn written(words: &super::super::Words) -> Spoken<'static> {
        let first = |values: &'static [&'static str]| values.first().copied().unwrap_or("unknown");
        Spoken {
            model: first(words.model),
            kind: first(words.kind),
            bus: first(words.bus),
            name: first(words.name),
        }
    }

    /// Whether both references are to one row.
    fn is(found: &Model, row: &Model) -> bool {
        std::ptr::eq(found, row)
    }

    fn find(row: &ControllerModel, words: Spoken<'_>) -> Option<&'static Model> {
        let mut controller = Controller::new(row.kind, Some(ControllerIndex(0)));
        let text = |word: &str| (!word.is_empty()).then(|| word.into());
        controller.model = row.pci.map(|pci| pci.as_str().into()).or(text(words.model));
        controller.model_name = text(words.name);
        ControllerModel::of(&controller).map(|row| &row.model)
    }

    #[test]
    fn every_model_is_found_by_its_own_words() {
        for class in DeviceClass::all().filter(|class| *class != DeviceClass::Qemu) {
            for model in models_of(class) {
                assert_eq!(model.class, class);
                let found = with_words(class, written(&model.words)).unwrap();
                assert!(is(found, model), "{model:#?} is hidden by {found:#?}");
            }
        }
        for row in ControllerModel::all() {
            assert_eq!(row.model.class, DeviceClass::Controller);
            let found = find(row, written(&row.model.words)).unwrap();
            assert!(is(found, &row.model), "{row:#?} is hidden by {found:#?}");
        }
    }

    #[test]
    fn every_word_of_a_model_leads_to_it() {
        for model in Model::all().filter(|model| model.class != DeviceClass::Controller) {
            for word in model.words.model {
                let words = Spoken { model: word, ..written(&model.words) };
                let found = with_words(model.class, words).unwrap();
                assert!(is(found, model), "{word}: {found:#?}");
            }
        }
        for row in ControllerModel::all() {
            for word in row.model.words.model {
                let words = Spoken { model: word, ..written(&row.model.words) };
                assert!(is(find(row, words).unwrap(), &row.model), "{word}");
            }
        }
    }

    #[test]
    fn a_model_s_qemu_device_leads_back_to_the_model() {
        let mut seen = HashSet::new();
        for model in Model::all() {
            for driver in model.drivers.iter().filter(|driver| !driver.name.is_empty()) {
                assert!(seen.insert(driver.name), "{} is in two rows", driver.name);
                let (found, own, form) = Model::of_driver(driver.name).unwrap();
                assert!(is(found, model) && own == driver, "{}", driver.name);
                assert_eq!(form, Form::ByPlace, "{}", driver.name);
            }
        }
        let (model, _, form) = Model::of_driver("virtio-net-pci-transitional").unwrap();
        assert_eq!((model.class, form), (DeviceClass::Interface, Form::Transitional));
        assert!(Model::of_driver("virtio-net").is_none());
        assert!(Model::of_driver("").is_none());
    }

    #[test]
    fn the_ids_of_a_model_lead_to_one_with_these_ids() {
        for model in Model::all() {
            for (form, behind) in [(Form::Transitional, false), (Form::Modern, true)] {
                let Some(id) = model.ids.id(form, behind) else { continue };
                for driver in model.drivers.iter().filter(|driver| driver.class != 0) {
                    let (found, other) = Model::of_id(id, Some(driver.class)).unwrap();
                    assert!(found.ids.has(id) && other.class == driver.class, "{driver:?}");
                }
            }
        }
        let named = |vendor, device, class| {
            Model::of_id(PciId { vendor, device }, class).map(|(_, driver)| driver.name)
        };
        assert_eq!(named(0x1234, 0x1111, Some(0x0300)), Some("VGA"));
        assert_eq!(named(0x1234, 0x1111, Some(0x0380)), Some("bochs-display"));
        assert_eq!(named(0x1234, 0x1111, None), Some("VGA"));
        assert_eq!(named(0x1af4, 0x1052, Some(0x0902)), Some("virtio-mouse-pci"));
        assert_eq!(named(0x1af4, 0x1001, None), Some("virtio-blk-pci"));
        assert_eq!(named(0x1af4, 0x1048, Some(0x0100)), Some("virtio-scsi-pci"));
        assert_eq!(named(0, 0, None), None);
    }

    #[test]
    fn words_that_are_left_open_are_the_machine_s() {
        let libvirt = crate::model::Version::NEWEST_LIBVIRT;
        let machine = |kind, arch| Machine { kind, arch, libvirt };
        let x86 = machine(crate::machine::MachineKind::Q35, crate::model::Arch::X86_64);
        let power = machine(crate::machine::MachineKind::Pseries, crate::model::Arch::Ppc64le);
        let open = Controller::new(ControllerKind::Scsi, Some(ControllerIndex(0)));
        let driver = |machine| {
            ControllerModel::on(&open, machine).unwrap().model.drivers.first().unwrap().name
        };
        assert_eq!((driver(x86), driver(power)), ("lsi53c895a", "spapr-vscsi"));
    }
}
