//! The permanent names of everything that can be wrong.

use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// The permanent name of a problem, spelled in kebab-case: `pci-double-use`.
///
/// The first part has the rules of `check`, in the order of their names; the file of the same name
/// in `check::rules` explains each. The second part has the refusals of a command and notes about
/// it: they are about a request and not about a guest, so no rule explains or silences them.
#[derive(
    Clone,
    Copy,
    Debug,
    Display,
    EnumIter,
    EnumString,
    Eq,
    Hash,
    IntoStaticStr,
    Ord,
    PartialEq,
    PartialOrd,
)]
#[strum(serialize_all = "kebab-case")]
#[expect(missing_docs, reason = "the file of each rule documents it")]
pub enum Code {
    // Rules.
    AcpiIndexDoubleUse,
    AcpiIndexRange,
    AddressAttributeIgnored,
    AddressModeUnknown,
    AddressOffBus,
    AddressSecond,
    AddressTypeMissing,
    AddressTypeRefused,
    AddressTypeUnknown,
    AddressUnassigned,
    AddressZero,
    BootOrderAndOs,
    BootOrderDoubleUse,
    BootOrderZero,
    BridgeIndex,
    CcwAddressInvalid,
    CcwDoubleUse,
    CcwMachine,
    CcwNoNumber,
    ChannelNameDoubleUse,
    ChassisDoubleUse,
    ChipsetPlace,
    ConsoleSerial,
    ControllerFarAway,
    ControllerModelUnknown,
    ControllerTwice,
    DeviceTwice,
    DimmNoSlot,
    DimmOverlap,
    DimmSlotDoubleUse,
    DimmSlotMissing,
    DimmSlotRange,
    DiskAddressType,
    DiskDeviceBus,
    DiskName,
    DiskTargetDoubleUse,
    DiskTargetName,
    DiskTargetPartition,
    DiskWithoutSerial,
    DriveDoubleUse,
    DriveNoPlace,
    DriveOutOfRange,
    ExpanderBusClash,
    ExpanderBusNumber,
    ExpanderMachine,
    FloppyBus,
    HostdevAddressType,
    HostdevDoubleUse,
    HostdevNuma,
    HostdevRamfb,
    HostdevSplit,
    IdeFunctionTaken,
    IdeMachine,
    InputPs2Off,
    IommuAddress,
    IommuMachine,
    IommuProcessors,
    IsaSerialDefault,
    IsaSerialPort,
    KindTooNew,
    MacDoubleUse,
    MachineUnknown,
    ManyControllers,
    ManyEmptyPorts,
    MdevAddress,
    MemoryAddressType,
    MemoryNoMaximum,
    ModelMissing,
    NicUnfrozen,
    NoHotplug,
    NoSparePort,
    NotQemu,
    NumaNode,
    NumberMalformed,
    NvmeSerial,
    NvramAddress,
    NvramMachine,
    PanicAddress,
    PanicTwice,
    ParallelMachine,
    PciDomain,
    PciDoubleUse,
    PciFunctionIgnored,
    PciHotplugFunction,
    PciInExpressPort,
    PciLoop,
    PciMachine,
    PciModel,
    PciMultifunctionImplied,
    PciMultifunctionOff,
    PciNoBus,
    PciNoBuses,
    PciNoFunctionZero,
    PciNoHotplug,
    PciNoPlace,
    PciNoSlot,
    PciNotAutomatic,
    PciNotOnBoard,
    PciOnlySetting,
    PciOption,
    PciOutOfRange,
    PciRootAddress,
    PciRootIndex,
    PciRootModel,
    PciRootNode,
    PciSlotTooHigh,
    PciSlotTooLow,
    PciTargetRange,
    PciTooManyBuses,
    PciWrongKind,
    PciePortDoubleUse,
    PhbIndex,
    Piix3Bus,
    PstoreAddress,
    QemuDeviceClash,
    QemuDeviceEarly,
    QemuDeviceNoBus,
    QemuSetUnknown,
    ScsiControllersAdded,
    ScsiDoubleUse,
    ScsiNotFound,
    ScsiOwnUnit,
    ScsiTargetIgnored,
    SerialAddressType,
    SerialMachine,
    SharedMemory,
    SmartcardAddress,
    SmartcardTwice,
    SpaprVioDoubleUse,
    SpaprVioRange,
    TargetOrder,
    UsbAddressType,
    UsbBusTwice,
    UsbCompanionAlone,
    UsbDoubleUse,
    UsbModel,
    UsbNoBus,
    UsbNoHub,
    UsbNoMaster,
    UsbNoPort,
    UsbNone,
    UsbPortMalformed,
    UsbPorts,
    VideoAddress,
    VideoNone,
    VideoPrimary,
    VideoSecondary,
    VirtioDiskAddress,
    VirtioSerialDoubleUse,
    VirtioSerialFull,
    VirtioSerialNoController,
    VirtioSerialNoPort,
    WatchdogAddress,
    WatchdogMachine,
    WordUnknown,
    ZpciDoubleUse,
    ZpciMachine,
    ZpciNoId,
    ZpciUidRange,
    // Refusals and notes of commands.
    /// An address of another kind than the device can have.
    AddressKind,
    /// The change has no form in the XML.
    CannotBeWritten,
    /// libvirt adds the removed controller again.
    ComesBack,
    /// Devices are attached to the controller that is to be removed.
    ControllerInUse,
    /// The saved history does not fit the text.
    DamagedRecord,
    /// A bus that this kind of disk cannot have.
    DiskBus,
    /// Devices have no place on the controller with its new model.
    DoesNotFit,
    /// More elements would be added than are added without a question.
    ManyElements,
    /// The named controller does not exist, or the named device is no controller.
    NoController,
    /// The selector names no device, or several.
    NoDevice,
    /// The device is no disk.
    NoDisk,
    /// The place has no disk name.
    NoDiskName,
    /// The device has no place, or the address names none.
    NoPlace,
    /// The machine needs no spare ports.
    NoRoomNeeded,
    /// The device is not on PCI.
    NoSlot,
    /// The text after the change does not read as requested: a bug of this program.
    NotAsAsked,
    /// The device has no address that can be edited.
    NotMovable,
    /// The device is implied by libvirt and not in the XML.
    NotWritten,
    /// A group of a single device.
    OneDevice,
    /// A note of `assign`: the chosen addresses depend on the order of devices.
    OrderMatters,
    /// libvirt would choose another address than the requested one.
    Overruled,
    /// A device was to trade places with itself.
    SameDevice,
    /// More devices than a PCI slot has functions.
    SlotFull,
    /// The text has changed since the preview was made.
    StalePreview,
    /// A USB hub would be attached to itself.
    UsbLoop,
}

impl Code {
    /// The name as it is printed, typed and silenced.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_printed() {
        for code in Code::iter() {
            assert_eq!(code.as_str().parse(), Ok(code));
            assert_eq!(code.to_string(), code.as_str());
        }
        assert_eq!(Code::Piix3Bus.as_str(), "piix3-bus");
        assert_eq!(format!("{:>10}|", Code::UsbNone), "  usb-none|");
    }
}
