//! Requirements of a device on its PCI bus, and the ids that the guest sees there.

use super::bus::QemuBus;
use super::controllers::ControllerModel;
use super::model::{Ask, Model};
use super::pci_id::{Form, PciId};
use super::words::Spoken;
use crate::machine::{Connect, Need};
use crate::model::{Device, Kind, PciModel};

/// Requirements of `device` on its PCI bus; `None` when it never gets a PCI address by itself.
/// `express`: whether PCI controller 0 is `pcie-root`.
///
/// Source: `qemu_domain_address.c: qemuDomainDeviceCalculatePCIConnectFlags`.
pub fn need(device: &Device, express: bool) -> Option<Need> {
    let model = Model::of(device)?;
    let express = if express { Need::EXPRESS } else { Need::PCI };
    Some(match model.connect {
        Ask::Never => return None,
        Ask::Controller(kind) => return of_controller(kind),
        // The transitional form of a virtio device is a conventional one.
        _ if form(device, model) == Form::Transitional => Need::PCI,
        Ask::Legacy => Need::PCI,
        Ask::Express => express,
        Ask::OnBoardLegacy => Need { integrated: true, ..Need::PCI },
        Ask::OnBoardExpress => Need { integrated: true, ..express },
    })
}

/// The ids that a guest sees for `device`, if it is a PCI device of a known model; a host device
/// has its own, which the XML does not contain. `behind_port`: whether it is behind a root or
/// downstream port.
pub fn pci_id(device: &Device, behind_port: bool) -> Option<PciId> {
    Model::of(device)?.id(device, behind_port)
}

/// Whether QEMU gives `device` a PCI Express capability behind a port, whatever libvirt requires.
/// The transitional form of a virtio device never has one.
pub fn is_express(device: &Device) -> bool {
    Model::of(device).is_some_and(|model| {
        let is_express = model.drivers_on(QemuBus::Pci).any(|driver| driver.express);
        is_express && form(device, model) != Form::Transitional
    })
}

/// The form of a virtio device, by the suffix of its model or QEMU device.
fn form(device: &Device, model: &Model) -> Form {
    if !model.ids.is_virtio() {
        return Form::ByPlace;
    }
    let name = match &device.kind {
        Kind::Qemu(qemu) => &qemu.driver,
        _ => Spoken::of(device).model,
    };
    Form::split(name).1
}

impl Model {
    /// The ids of `device`, which is of this model; the same as [`pci_id`] if all attributes are
    /// written.
    pub fn id(&self, device: &Device, behind_port: bool) -> Option<PciId> {
        self.ids.id(form(device, self), behind_port)
    }
}

fn of_controller(kind: Connect) -> Option<Need> {
    let aggregate = kind == Connect::ROOT_PORT;
    let need = Need { kind, automatic: false, aggregate, integrated: false };
    (kind != Connect::NONE).then_some(need)
}

impl Need {
    /// Requirements of a PCI controller; `None` for roots.
    ///
    /// Source: `domain_addr.c: virDomainPCIControllerModelToConnectType`.
    pub fn of_controller(model: PciModel) -> Option<Self> {
        match ControllerModel::of_pci(model)?.model.connect {
            Ask::Controller(kind) => of_controller(kind),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Interface, Plain};

    fn net(model: Option<&str>) -> Device {
        let interface = Interface { model: model.map(Into::into), ..Interface::default() };
        Device::implied(0, Kind::Interface(interface))
    }

    fn plain(model: &str) -> Plain {
        Plain { model: Some(model.into()), ..Plain::default() }
    }

    #[test]
    fn a_nic_libvirt_does_not_know_counts_as_express() {
        let cases = [
            (Some("e1000"), Connect::PCI),
            (Some("E1000"), Connect::PCI),
            (Some("e1000e"), Connect::EXPRESS),
            (Some("virtio"), Connect::EXPRESS),
            (Some("virtio-transitional"), Connect::PCI),
            (Some("VirtIO-Transitional"), Connect::PCI),
            (Some("virtio-non-transitional"), Connect::EXPRESS),
            (Some("ne2k_pci"), Connect::EXPRESS),
            (Some("new"), Connect::EXPRESS),
            (None, Connect::EXPRESS),
        ];
        for (model, kind) in cases {
            assert_eq!(need(&net(model), true).unwrap().kind, kind, "{model:?}");
            assert_eq!(need(&net(model), false).unwrap().kind, Connect::PCI, "{model:?}");
        }
        assert_eq!(need(&net(Some("usb-net")), true), None);
    }

    #[test]
    fn libvirt_looks_for_a_conventional_place_for_crypto_although_it_is_virtio() {
        let crypto = Device::implied(0, Kind::Crypto(plain("virtio")));
        assert_eq!(need(&crypto, true).unwrap().kind, Connect::PCI);
    }

    #[test]
    fn a_panic_device_on_pci_has_to_be_on_bus_0() {
        let need = |model| need(&Device::implied(0, Kind::Panic(plain(model))), true);
        assert!(need("pvpanic").unwrap().integrated);
        assert_eq!(need("isa"), None);
    }

    #[test]
    fn some_devices_are_express_though_libvirt_looks_for_a_conventional_place() {
        for (model, want) in [
            ("vmxnet3", true),
            ("virtio", true),
            ("e1000e", true),
            ("virtio-transitional", false),
            ("e1000", false),
            ("ne2k_pci", false),
        ] {
            assert_eq!(is_express(&net(Some(model))), want, "{model}");
        }
        assert!(is_express(&Device::implied(0, Kind::Crypto(plain("virtio")))));
    }

    #[test]
    fn the_id_of_a_virtio_device_follows_its_form_and_place() {
        let ids = |model| {
            [false, true].map(|behind| pci_id(&net(Some(model)), behind).unwrap().to_string())
        };
        assert_eq!(ids("virtio"), ["1af4:1000", "1af4:1041"]);
        assert_eq!(ids("virtio-transitional"), ["1af4:1000", "1af4:1000"]);
        assert_eq!(ids("virtio-non-transitional"), ["1af4:1041", "1af4:1041"]);
        assert_eq!(ids("e1000"), ["8086:100e", "8086:100e"]);
        assert_eq!(pci_id(&net(Some("new")), true), None);
    }
}
