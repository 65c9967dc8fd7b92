//! The names that libvirt has for models of controllers and for QEMU's PCI controllers.

use super::bridges;
use super::controllers::ControllerModel;
use super::lookup::controllers_of;
use crate::model::{ControllerKind, PciModel};

/// The models that libvirt knows of a kind of controller; `None` where it looks at none, or at
/// those of [`PciModel`].
///
/// Source: `domain_conf.c: virDomainControllerModel*` enumerations.
pub fn controller_models(
    kind: ControllerKind,
) -> Option<impl Iterator<Item = &'static str> + Clone> {
    let is_free = matches!(
        kind,
        ControllerKind::Pci | ControllerKind::Isa | ControllerKind::Nvme | ControllerKind::Other
    );
    let words = controllers_of(kind).iter().flat_map(|row| row.model.words.model);
    (!is_free).then(|| words.copied().filter(|word| !word.is_empty()))
}

/// The `<model name=>` for a PCI controller without a QEMU device.
const NO_DEVICE: &str = "none";

/// The QEMU device that libvirt takes for a PCI controller when `<model name=>` is absent; `None`
/// where there is none to name.
///
/// Source: `qemu_domain_address.c: qemuDomainPCIControllerSetDefaultModelName`.
pub fn default_model_name(model: PciModel, pseries: bool) -> Option<&'static str> {
    let driver = ControllerModel::of_pci(model)?.model.drivers.first()?;
    (pseries || !model.is_root()).then_some(driver.name)
}

/// Whether libvirt accepts this value as `<model name=>` of a PCI controller.
///
/// Source: `domain_conf.c: virDomainControllerPCIModelName`.
pub fn is_model_name(name: &str) -> bool {
    name == NO_DEVICE || bridges::PCI.iter().any(|row| row.model.driver(name).is_some())
}

/// Whether libvirt accepts this QEMU device for a PCI controller of this model.
///
/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefControllerPCI`.
pub fn takes_model_name(model: PciModel, pseries: bool, name: &str) -> bool {
    let is_other =
        |row: &ControllerModel| row.pci == Some(model) && row.model.words.name.contains(&name);
    name == NO_DEVICE
        || default_model_name(model, pseries) == Some(name)
        || bridges::PCI.iter().any(is_other)
}
