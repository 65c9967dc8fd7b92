//! One rule in each file.

mod address_attribute_ignored;
mod address_mode_unknown;
mod address_type_missing;
mod address_type_unknown;
mod boot_order_double_use;
mod boot_order_zero;
mod bridge_index;
mod ccw_address_invalid;
mod ccw_double_use;
mod ccw_no_number;
mod chipset_place;
mod console_serial;
mod controller_far_away;
mod controller_twice;
mod dimm_no_slot;
mod dimm_slot_missing;
mod disk_address_type;
mod disk_name;
mod disk_target_double_use;
mod disk_target_name;
mod disk_target_partition;
mod drive_double_use;
mod drive_no_place;
mod drive_out_of_range;
mod expander_bus_number;
mod expander_machine;
mod floppy_bus;
mod hostdev_double_use;
mod ide_function_taken;
mod ide_machine;
mod mdev_address;
mod model_missing;
mod numa_node;
mod number_malformed;
mod panic_twice;
mod pci_domain;
mod pci_double_use;
mod pci_hotplug_function;
mod pci_loop;
mod pci_model;
mod pci_no_bus;
mod pci_no_buses;
mod pci_no_hotplug;
mod pci_no_place;
mod pci_no_slot;
mod pci_not_automatic;
mod pci_not_on_board;
mod pci_out_of_range;
mod pci_root_index;
mod pci_root_model;
mod pci_slot_too_high;
mod pci_slot_too_low;
mod pci_too_many_buses;
mod pci_wrong_kind;
mod phb_index;
mod piix3_bus;
mod qemu_device_clash;
mod scsi_double_use;
mod scsi_own_unit;
mod spapr_vio_double_use;
mod usb_bus_twice;
mod usb_companion_alone;
mod usb_double_use;
mod usb_model;
mod usb_no_bus;
mod usb_no_hub;
mod usb_no_master;
mod usb_no_port;
mod usb_none;
mod usb_port_malformed;
mod usb_ports;
mod virtio_disk_address;
mod virtio_serial_double_use;
mod virtio_serial_full;
mod virtio_serial_no_controller;
mod virtio_serial_no_port;
mod word_unknown;
mod zpci_double_use;
mod zpci_no_id;

use super::rule::Rule;

/// Every rule, by code.
pub static RULES: &[&Rule] = &[
    &address_attribute_ignored::RULE,
    &address_mode_unknown::RULE,
    &address_type_missing::RULE,
    &address_type_unknown::RULE,
    &boot_order_double_use::RULE,
    &boot_order_zero::RULE,
    &bridge_index::RULE,
    &ccw_address_invalid::RULE,
    &ccw_double_use::RULE,
    &ccw_no_number::RULE,
    &chipset_place::RULE,
    &console_serial::RULE,
    &controller_far_away::RULE,
    &controller_twice::RULE,
    &dimm_no_slot::RULE,
    &dimm_slot_missing::RULE,
    &disk_address_type::RULE,
    &disk_name::RULE,
    &disk_target_double_use::RULE,
    &disk_target_name::RULE,
    &disk_target_partition::RULE,
    &drive_double_use::RULE,
    &drive_no_place::RULE,
    &drive_out_of_range::RULE,
    &expander_bus_number::RULE,
    &expander_machine::RULE,
    &floppy_bus::RULE,
    &hostdev_double_use::RULE,
    &ide_function_taken::RULE,
    &ide_machine::RULE,
    &mdev_address::RULE,
    &model_missing::RULE,
    &numa_node::RULE,
    &number_malformed::RULE,
    &panic_twice::RULE,
    &pci_domain::RULE,
    &pci_double_use::RULE,
    &pci_hotplug_function::RULE,
    &pci_loop::RULE,
    &pci_model::RULE,
    &pci_no_bus::RULE,
    &pci_no_buses::RULE,
    &pci_no_hotplug::RULE,
    &pci_no_place::RULE,
    &pci_no_slot::RULE,
    &pci_not_automatic::RULE,
    &pci_not_on_board::RULE,
    &pci_out_of_range::RULE,
    &pci_root_index::RULE,
    &pci_root_model::RULE,
    &pci_slot_too_high::RULE,
    &pci_slot_too_low::RULE,
    &pci_too_many_buses::RULE,
    &pci_wrong_kind::RULE,
    &phb_index::RULE,
    &piix3_bus::RULE,
    &qemu_device_clash::RULE,
    &scsi_double_use::RULE,
    &scsi_own_unit::RULE,
    &spapr_vio_double_use::RULE,
    &usb_bus_twice::RULE,
    &usb_companion_alone::RULE,
    &usb_double_use::RULE,
    &usb_model::RULE,
    &usb_no_bus::RULE,
    &usb_no_hub::RULE,
    &usb_no_master::RULE,
    &usb_no_port::RULE,
    &usb_none::RULE,
    &usb_port_malformed::RULE,
    &usb_ports::RULE,
    &virtio_disk_address::RULE,
    &virtio_serial_double_use::RULE,
    &virtio_serial_full::RULE,
    &virtio_serial_no_controller::RULE,
    &virtio_serial_no_port::RULE,
    &word_unknown::RULE,
    &zpci_double_use::RULE,
    &zpci_no_id::RULE,
];
