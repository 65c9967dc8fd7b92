//! Ports of virtio-serial controllers.
//!
//! Source: `domain_conf.c: virDomainDefMaybeAddVirtioSerialController`, `domain_addr.c:
//! virDomainVirtioSerialAddrSet...`, `qemu_domain_address.c: qemuDomainAssignVirtioSerialAddresses`.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::completion::Completion;
use super::lists::DeviceIdx;
use crate::machine::{self, Feature};
use crate::model::address::VirtioSerialAddress;
use crate::model::{
    Address, Code, Controller, ControllerIndex, ControllerKind, Device, DeviceClass, DeviceKey,
    Kind, Problem,
};

/// Adds the controllers that virtio channels and consoles name; 0 for those that name none.
pub(super) fn add_controllers(completion: &mut Completion) {
    let mut known: HashSet<ControllerIndex> = completion
        .domain
        .controllers()
        .filter(|(_, controller)| controller.kind == ControllerKind::VirtioSerial)
        .filter_map(|(_, controller)| controller.index)
        .collect();
    for class in [DeviceClass::Channel, DeviceClass::Console] {
        for no in ports(completion, class) {
            let index = written(completion, no).map_or(ControllerIndex(0), |at| at.controller);
            if known.insert(index) {
                add_controller(completion, index, "added: a virtio port names it");
            }
        }
    }
}

fn add_controller(completion: &mut Completion, index: ControllerIndex, why: &str) {
    let controller = Controller::new(ControllerKind::VirtioSerial, Some(index));
    let no = completion.add(Kind::Controller(controller));
    completion.explain(no, why);
}

/// The channels or consoles that are virtio ports.
fn ports(completion: &Completion, class: DeviceClass) -> Vec<DeviceIdx> {
    let is_port = |no: &DeviceIdx| {
        completion
            .device(*no)
            .and_then(|device| device.chardev())
            .is_some_and(|chardev| chardev.target_type.as_deref() == Some("virtio"))
    };
    completion.lists.of(class).iter().copied().filter(is_port).collect()
}

fn written(completion: &Completion, no: DeviceIdx) -> Option<VirtioSerialAddress> {
    match completion.device(no)?.address()? {
        Address::VirtioSerial(at) => Some(*at),
        _ => None,
    }
}

/// The ports of one controller.
struct SerialPorts {
    count: u32,
    used: HashMap<u32, DeviceKey>,
    /// The ports from 1 to below this one are taken.
    next: u32,
}

impl SerialPorts {
    fn new(count: Option<u32>) -> Self {
        Self {
            count: count.unwrap_or(machine::Ports::VIRTIO_SERIAL.count),
            used: HashMap::new(),
            next: 1,
        }
    }

    /// The lowest free port from 0, which only consoles take.
    fn lowest_for_console(&mut self) -> Option<u32> {
        if self.count > 0 && !self.used.contains_key(&0) { Some(0) } else { self.lowest() }
    }

    /// The lowest free port from 1.
    fn lowest(&mut self) -> Option<u32> {
        while self.next < self.count && self.used.contains_key(&self.next) {
            self.next += 1;
        }
        (self.next < self.count).then_some(self.next)
    }
}

/// Every controller by its index.
#[derive(Default)]
struct Set {
    controllers: BTreeMap<ControllerIndex, SerialPorts>,
    /// The controllers below this one have no free port.
    first_open: ControllerIndex,
}

impl Set {
    /// The first free port of any controller.
    fn lowest(&mut self) -> Option<(ControllerIndex, u32)> {
        for (index, ports) in self.controllers.range_mut(self.first_open..) {
            if let Some(port) = ports.lowest() {
                self.first_open = *index;
                return Some((*index, port));
            }
        }
        None
    }

    fn take(&mut self, controller: ControllerIndex, port: u32, key: DeviceKey) {
        if let Some(ports) = self.controllers.get_mut(&controller) {
            ports.used.insert(port, key);
        }
    }
}

/// Gives every virtio channel a port.
pub(super) fn assign(completion: &mut Completion) {
    let mut set = Set::default();
    for (_, controller) in completion.domain.controllers() {
        if controller.kind == ControllerKind::VirtioSerial {
            let index = controller.index_or_zero();
            set.controllers.entry(index).or_insert_with(|| SerialPorts::new(controller.ports));
        }
    }
    for no in completion.lists.iterate(&completion.domain) {
        let Some(at) = written(completion, no).filter(|at| at.port != 0) else { continue };
        let Some(key) = completion.device(no).map(Device::key) else { continue };
        match check(&set, at) {
            Ok(()) => set.take(at.controller, at.port, key),
            Err(mut refusal) => {
                refusal.devices.insert(0, key);
                completion.refuse(*refusal);
            }
        }
    }
    for no in ports(completion, DeviceClass::Console) {
        if completion.machine.has(Feature::ConsolePorts) {
            choose_for_console(completion, &mut set, no);
        } else {
            reserve_for_console(completion, &mut set, no);
        }
    }
    for no in ports(completion, DeviceClass::Channel) {
        let known = completion.device(no).and_then(|device| device.address());
        let is_open = match known {
            Some(Address::VirtioSerial(at)) => at.port == 0,
            // Any port is better than none: an unassigned channel gets one too.
            Some(Address::Unassigned) => true,
            known => known.is_none(),
        };
        if is_open {
            choose(completion, &mut set, no);
        }
    }
}

/// Gives a console that names a controller the lowest port of it from 0. One that names none takes
/// the lowest of any controller, which is not written down, and port 0 not even noted as taken.
fn choose_for_console(completion: &mut Completion, set: &mut Set, no: DeviceIdx) {
    let Some(device) = completion.device(no) else { return };
    let key = device.key();
    match device.address() {
        None => {
            let lowest = |(index, ports): (&ControllerIndex, &mut SerialPorts)| {
                Some((*index, ports.lowest_for_console()?))
            };
            match set.controllers.iter_mut().find_map(lowest) {
                Some((_, 0)) => {}
                Some((controller, port)) => set.take(controller, port, key),
                None => {
                    add_controller_to(completion, set);
                }
            }
            completion.explain(no, "the lowest port of any controller, which is not written");
        }
        Some(Address::VirtioSerial(at)) if at.port == 0 => {
            let at = *at;
            match set.controllers.get_mut(&at.controller).map(SerialPorts::lowest_for_console) {
                Some(Some(port)) => {
                    set.take(at.controller, port, key);
                    completion.place(no, Address::VirtioSerial(VirtioSerialAddress { port, ..at }));
                }
                Some(None) => completion.refuse(no_free_port(at.controller).on(key)),
                None => completion.refuse(no_controller(at.controller).on(key)),
            }
        }
        Some(_) => {}
    }
}

/// Up to libvirt 11.3: the choice for a console that is not written down. Port 0, the usual one, it does not
/// even note as taken; a console that names a controller takes a port of controller 0, whichever it
/// names (`domain_addr.c: virDomainVirtioSerialAddrAssign`).
fn reserve_for_console(completion: &mut Completion, set: &mut Set, no: DeviceIdx) {
    let Some(device) = completion.device(no) else { return };
    let key = device.key();
    match device.address() {
        None => completion.explain(no, "port 0 of the first controller, which is not written"),
        Some(Address::VirtioSerial(at)) if at.port == 0 => {
            let found = set.controllers.get_mut(&ControllerIndex(0)).map(SerialPorts::lowest);
            match found {
                Some(Some(port)) => set.take(ControllerIndex(0), port, key),
                Some(None) => completion.refuse(no_free_port(ControllerIndex(0)).on(key)),
                None => completion.refuse(no_controller(ControllerIndex(0)).on(key)),
            }
        }
        Some(_) => {}
    }
}

/// Adds the controller of the lowest index that is free; none where all are there.
fn add_controller_to(completion: &mut Completion, set: &mut Set) -> Option<ControllerIndex> {
    let mut indexes = (0..=u32::MAX).map(ControllerIndex);
    let index = indexes.find(|index| !set.controllers.contains_key(index))?;
    set.controllers.insert(index, SerialPorts::new(None));
    set.first_open = set.first_open.min(index);
    add_controller(completion, index, "added: all ports of the others are taken");
    Some(index)
}

/// Whether a port that is written is there and free.
fn check(set: &Set, at: VirtioSerialAddress) -> Result<(), Box<Problem>> {
    let VirtioSerialAddress { controller, port, .. } = at;
    let Some(ports) = set.controllers.get(&controller) else {
        let message = format!("there is no virtio-serial controller {controller}");
        return Problem::error(Code::VirtioSerialNoController, message)
            .quoting(format!("XML error: virtio serial controller {controller} is missing"))
            .helping("add the controller, or name one that is there")
            .refuse();
    };
    if port >= ports.count {
        let last = ports.count.saturating_sub(1);
        let message =
            format!("the highest port of virtio-serial controller {controller} is {last}");
        return Problem::error(Code::VirtioSerialNoPort, message)
            .quoting(format!(
                "XML error: virtio serial controller {controller} does not have port {port}"
            ))
            .helping("write more ports= on the controller, or choose a lower port")
            .refuse();
    }
    if let Some(other) = ports.used.get(&port) {
        let message =
            format!("port {port} of virtio-serial controller {controller} is taken by {other}");
        return Problem::error(Code::VirtioSerialDoubleUse, message)
            .quoting(format!(
                "XML error: virtio serial port {port} on controller {controller} is already \
                 occupied"
            ))
            .helping("choose another port, or remove the address")
            .on(*other)
            .refuse();
    }
    Ok(())
}

fn choose(completion: &mut Completion, set: &mut Set, no: DeviceIdx) {
    let Some(key) = completion.device(no).map(Device::key) else { return };
    let named = written(completion, no);
    let (controller, port) = match named {
        Some(at) => {
            let Some(ports) = set.controllers.get_mut(&at.controller) else {
                completion.refuse(no_controller(at.controller).on(key));
                return;
            };
            let Some(port) = ports.lowest() else {
                completion.refuse(no_free_port(at.controller).on(key));
                return;
            };
            (at.controller, port)
        }
        None => match set.lowest() {
            Some(found) => found,
            None => match add_controller_to(completion, set) {
                Some(index) => (index, 1),
                None => return,
            },
        },
    };
    set.take(controller, port, key);
    let bus = named.map_or(0, |at| at.bus);
    completion.place(no, Address::VirtioSerial(VirtioSerialAddress { controller, bus, port }));
    completion.explain(no, format!("port {port} of controller {controller}, the lowest free"));
}

fn no_controller(controller: ControllerIndex) -> Problem {
    Problem::error(
        Code::VirtioSerialNoController,
        format!("there is no virtio-serial controller {controller}"),
    )
    .quoting(format!("internal error: virtio-serial controller {controller} not available"))
    .helping("add the controller, or leave the address out")
}

fn no_free_port(controller: ControllerIndex) -> Problem {
    Problem::error(
        Code::VirtioSerialFull,
        format!("no port of virtio-serial controller {controller} is free"),
    )
    .quoting(format!(
        "XML error: Unable to find a free port on virtio-serial controller {controller}"
    ))
    .helping("leave the address out, and libvirt takes or adds another controller")
}

#[cfg(test)]
mod tests {
    use crate::assign::example::{completed, controllers, guest_for, of_class, words};

    fn channels(places: &[(u32, u32)]) -> String {
        let channel = |(controller, port): &(u32, u32)| {
            format!(
                "<channel type='pty'><target type='virtio'/><address type='virtio-serial' \
                 controller='{controller}' bus='0' port='{port}'/></channel>"
            )
        };
        places.iter().map(channel).collect()
    }

    const OPEN: &str = "<channel type='pty'><target type='virtio'/></channel>";

    #[test]
    fn channels_take_the_lowest_port_that_no_other_names() {
        let guest = completed("x86_64", "pc", &(channels(&[(0, 1), (0, 3)]) + &OPEN.repeat(2)));
        let all = of_class(&guest, "channel");
        assert_eq!(all[2..], ["channel:2 virtio-serial 0:0:2", "channel:3 virtio-serial 0:0:4"]);
        assert_eq!(controllers(&guest, "virtio-serial"), ["0 -"]);
    }

    #[test]
    fn controllers_are_added_by_name_without_filling_gaps_and_when_all_are_full() {
        let guest = completed("x86_64", "pc", &channels(&[(2, 1)]));
        assert_eq!(controllers(&guest, "virtio-serial"), ["2 -"]);
        let guest = completed("x86_64", "pc", &OPEN.repeat(31));
        assert_eq!(controllers(&guest, "virtio-serial"), ["0 -", "1 -"]);
        assert_eq!(of_class(&guest, "channel")[30], "channel:30 virtio-serial 1:0:1");
    }

    #[test]
    fn a_consoles_port_is_not_written() {
        let console = "<console type='pty'><target type='virtio'/></console>";
        let guest = completed("x86_64", "pc", &(console.to_owned() + OPEN));
        assert_eq!(of_class(&guest, "console"), [""; 0]);
        assert_eq!(of_class(&guest, "channel"), ["channel:0 virtio-serial 0:0:1"]);
    }

    /// Source: definitions by libvirt 11.3 and 12.9.
    #[test]
    fn a_console_takes_a_port_of_the_controller_it_names_since_that_is_so() {
        let named = |controller: u32| {
            format!(
                "<console type='pty'><target type='virtio'/><address type='virtio-serial' \
                 controller='{controller}' bus='0' port='0'/></console>"
            )
        };
        let (zero, open) = (named(0), "<console type='pty'><target type='virtio'/></console>");
        let cases = [
            (zero.clone() + OPEN, "0", "2", "0", "1"),
            (zero.repeat(2) + OPEN, "0 0", "3", "0 1", "2"),
            (open.to_owned() + &zero + OPEN, "0", "2", "0", "1"),
            (zero.clone() + open + OPEN, "0", "2", "0", "2"),
            (channels(&[(0, 1)]) + &zero.repeat(2) + open + OPEN, "0 0", "4", "0 2", "4"),
        ];
        for (devices, old_console, old_channel, console, channel) in cases {
            for (libvirt, consoles, channel) in
                [("11.3", old_console, old_channel), ("12.9", console, channel)]
            {
                let guest = guest_for(libvirt, "x86_64 pc", &devices);
                let ports = |class: &str| -> Vec<String> {
                    let port = |text: String| text.rsplit(':').next().unwrap().to_owned();
                    of_class(&guest, class).into_iter().map(port).collect()
                };
                assert_eq!(ports("console").join(" "), consoles, "{libvirt} {devices}");
                assert_eq!(ports("channel").last().unwrap(), channel, "{libvirt} {devices}");
            }
        }
        let refusal = "internal error: virtio-serial controller 0 not available";
        assert_eq!(words(&guest_for("11.3", "x86_64 pc", &named(1))), [refusal]);
        assert_eq!(words(&guest_for("12.9", "x86_64 pc", &named(1))), [""; 0]);
        let small = "<controller type='virtio-serial' index='1' ports='2'/>".to_owned();
        let refusal = "XML error: Unable to find a free port on virtio-serial controller 1";
        assert_eq!(
            words(&guest_for("12.9", "x86_64 pc", &(small + &named(1).repeat(3)))),
            [refusal]
        );
    }

    #[test]
    fn a_port_that_is_not_there_or_taken_is_refused_in_libvirts_words() {
        let small = "<controller type='virtio-serial' index='0' ports='4'/>";
        for (devices, want) in [
            (
                channels(&[(0, 5), (0, 5)]),
                "XML error: virtio serial port 5 on controller 0 is already occupied",
            ),
            (
                small.to_owned() + &channels(&[(0, 4)]),
                "XML error: virtio serial controller 0 does not have port 4",
            ),
            (
                small.to_owned() + &channels(&[(0, 1), (0, 2), (0, 3), (0, 0)]),
                "XML error: Unable to find a free port on virtio-serial controller 0",
            ),
        ] {
            assert_eq!(words(&completed("x86_64", "pc", &devices)), [want], "{devices}");
        }
    }
}
