//! One rule in each file.

mod acpi_index_double_use;
mod acpi_index_range;
mod address_attribute_ignored;
mod address_mode_unknown;
mod address_off_bus;
mod address_second;
mod address_type_missing;
mod address_type_refused;
mod address_type_unknown;
mod address_unassigned;
mod address_zero;
mod boot_order_and_os;
mod boot_order_double_use;
mod boot_order_zero;
mod bridge_index;
mod ccw_address_invalid;
mod ccw_double_use;
mod ccw_machine;
mod ccw_no_number;
mod channel_name_double_use;
mod chassis_double_use;
mod chipset_place;
mod console_serial;
mod controller_far_away;
mod controller_model_unknown;
mod controller_twice;
mod device_twice;
mod dimm_no_slot;
mod dimm_overlap;
mod dimm_slot_double_use;
mod dimm_slot_missing;
mod dimm_slot_range;
mod disk_address_type;
mod disk_device_bus;
mod disk_name;
mod disk_target_double_use;
mod disk_target_name;
mod disk_target_partition;
mod disk_without_serial;
mod drive_double_use;
mod drive_no_place;
mod drive_out_of_range;
mod expander_bus_clash;
mod expander_bus_number;
mod expander_machine;
mod floppy_bus;
mod hostdev_address_type;
mod hostdev_double_use;
mod hostdev_numa;
mod hostdev_ramfb;
mod hostdev_split;
mod ide_function_taken;
mod ide_machine;
mod input_ps2_off;
mod iommu_address;
mod iommu_machine;
mod iommu_processors;
mod isa_serial_default;
mod isa_serial_port;
mod kind_too_new;
mod mac_double_use;
mod machine_unknown;
mod many_controllers;
mod many_empty_ports;
mod mdev_address;
mod memory_address_type;
mod memory_no_maximum;
mod model_missing;
mod nic_unfrozen;
mod no_hotplug;
mod no_spare_port;
mod not_qemu;
mod numa_node;
mod number_malformed;
mod nvme_serial;
mod nvram_address;
mod nvram_machine;
mod panic_address;
mod panic_twice;
mod parallel_machine;
mod pci_domain;
mod pci_double_use;
mod pci_function_ignored;
mod pci_hotplug_function;
mod pci_in_express_port;
mod pci_loop;
mod pci_machine;
mod pci_model;
mod pci_multifunction_implied;
mod pci_multifunction_off;
mod pci_no_bus;
mod pci_no_buses;
mod pci_no_function_zero;
mod pci_no_hotplug;
mod pci_no_place;
mod pci_no_slot;
mod pci_not_automatic;
mod pci_not_on_board;
mod pci_only_setting;
mod pci_option;
mod pci_out_of_range;
mod pci_root_address;
mod pci_root_index;
mod pci_root_model;
mod pci_root_node;
mod pci_slot_too_high;
mod pci_slot_too_low;
mod pci_target_range;
mod pci_too_many_buses;
mod pci_wrong_kind;
mod pcie_port_double_use;
mod phb_index;
mod piix3_bus;
mod pstore_address;
mod qemu_device_clash;
mod qemu_device_early;
mod qemu_device_no_bus;
mod qemu_set_unknown;
mod scsi_controllers_added;
mod scsi_double_use;
mod scsi_not_found;
mod scsi_own_unit;
mod scsi_target_ignored;
mod serial_address_type;
mod serial_machine;
mod shared_memory;
mod smartcard_address;
mod smartcard_twice;
mod spapr_vio_double_use;
mod spapr_vio_range;
mod target_order;
mod usb_address_type;
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
mod video_address;
mod video_none;
mod video_primary;
mod video_secondary;
mod virtio_disk_address;
mod virtio_serial_double_use;
mod virtio_serial_full;
mod virtio_serial_no_controller;
mod virtio_serial_no_port;
mod watchdog_address;
mod watchdog_machine;
mod word_unknown;
mod zpci_double_use;
mod zpci_machine;
mod zpci_no_id;
mod zpci_uid_range;

use super::rule::Rule;

/// Every rule, by code.
pub static RULES: &[&Rule] = &[
    &acpi_index_double_use::RULE,
    &acpi_index_range::RULE,
    &address_attribute_ignored::RULE,
    &address_mode_unknown::RULE,
    &address_off_bus::RULE,
    &address_second::RULE,
    &address_type_missing::RULE,
    &address_type_refused::RULE,
    &address_type_unknown::RULE,
    &address_unassigned::RULE,
    &address_zero::RULE,
    &boot_order_and_os::RULE,
    &boot_order_double_use::RULE,
    &boot_order_zero::RULE,
    &bridge_index::RULE,
    &ccw_address_invalid::RULE,
    &ccw_double_use::RULE,
    &ccw_machine::RULE,
    &ccw_no_number::RULE,
    &channel_name_double_use::RULE,
    &chassis_double_use::RULE,
    &chipset_place::RULE,
    &console_serial::RULE,
    &controller_far_away::RULE,
    &controller_model_unknown::RULE,
    &controller_twice::RULE,
    &device_twice::RULE,
    &dimm_no_slot::RULE,
    &dimm_overlap::RULE,
    &dimm_slot_double_use::RULE,
    &dimm_slot_missing::RULE,
    &dimm_slot_range::RULE,
    &disk_address_type::RULE,
    &disk_device_bus::RULE,
    &disk_name::RULE,
    &disk_target_double_use::RULE,
    &disk_target_name::RULE,
    &disk_target_partition::RULE,
    &disk_without_serial::RULE,
    &drive_double_use::RULE,
    &drive_no_place::RULE,
    &drive_out_of_range::RULE,
    &expander_bus_clash::RULE,
    &expander_bus_number::RULE,
    &expander_machine::RULE,
    &floppy_bus::RULE,
    &hostdev_address_type::RULE,
    &hostdev_double_use::RULE,
    &hostdev_numa::RULE,
    &hostdev_ramfb::RULE,
    &hostdev_split::RULE,
    &ide_function_taken::RULE,
    &ide_machine::RULE,
    &input_ps2_off::RULE,
    &iommu_address::RULE,
    &iommu_machine::RULE,
    &iommu_processors::RULE,
    &isa_serial_default::RULE,
    &isa_serial_port::RULE,
    &kind_too_new::RULE,
    &mac_double_use::RULE,
    &machine_unknown::RULE,
    &many_controllers::RULE,
    &many_empty_ports::RULE,
    &mdev_address::RULE,
    &memory_address_type::RULE,
    &memory_no_maximum::RULE,
    &model_missing::RULE,
    &nic_unfrozen::RULE,
    &no_hotplug::RULE,
    &no_spare_port::RULE,
    &not_qemu::RULE,
    &numa_node::RULE,
    &number_malformed::RULE,
    &nvme_serial::RULE,
    &nvram_address::RULE,
    &nvram_machine::RULE,
    &panic_address::RULE,
    &panic_twice::RULE,
    &parallel_machine::RULE,
    &pci_domain::RULE,
    &pci_double_use::RULE,
    &pci_function_ignored::RULE,
    &pci_hotplug_function::RULE,
    &pci_in_express_port::RULE,
    &pci_loop::RULE,
    &pci_machine::RULE,
    &pci_model::RULE,
    &pci_multifunction_implied::RULE,
    &pci_multifunction_off::RULE,
    &pci_no_bus::RULE,
    &pci_no_buses::RULE,
    &pci_no_function_zero::RULE,
    &pci_no_hotplug::RULE,
    &pci_no_place::RULE,
    &pci_no_slot::RULE,
    &pci_not_automatic::RULE,
    &pci_not_on_board::RULE,
    &pci_only_setting::RULE,
    &pci_option::RULE,
    &pci_out_of_range::RULE,
    &pci_root_address::RULE,
    &pci_root_index::RULE,
    &pci_root_model::RULE,
    &pci_root_node::RULE,
    &pci_slot_too_high::RULE,
    &pci_slot_too_low::RULE,
    &pci_target_range::RULE,
    &pci_too_many_buses::RULE,
    &pci_wrong_kind::RULE,
    &pcie_port_double_use::RULE,
    &phb_index::RULE,
    &piix3_bus::RULE,
    &pstore_address::RULE,
    &qemu_device_clash::RULE,
    &qemu_device_early::RULE,
    &qemu_device_no_bus::RULE,
    &qemu_set_unknown::RULE,
    &scsi_controllers_added::RULE,
    &scsi_double_use::RULE,
    &scsi_not_found::RULE,
    &scsi_own_unit::RULE,
    &scsi_target_ignored::RULE,
    &serial_address_type::RULE,
    &serial_machine::RULE,
    &shared_memory::RULE,
    &smartcard_address::RULE,
    &smartcard_twice::RULE,
    &spapr_vio_double_use::RULE,
    &spapr_vio_range::RULE,
    &target_order::RULE,
    &usb_address_type::RULE,
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
    &video_address::RULE,
    &video_none::RULE,
    &video_primary::RULE,
    &video_secondary::RULE,
    &virtio_disk_address::RULE,
    &virtio_serial_double_use::RULE,
    &virtio_serial_full::RULE,
    &virtio_serial_no_controller::RULE,
    &virtio_serial_no_port::RULE,
    &watchdog_address::RULE,
    &watchdog_machine::RULE,
    &word_unknown::RULE,
    &zpci_double_use::RULE,
    &zpci_machine::RULE,
    &zpci_no_id::RULE,
    &zpci_uid_range::RULE,
];
