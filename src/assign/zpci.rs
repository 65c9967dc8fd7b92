//! The ids by which an s390x guest knows a PCI device.
//!
//! Source: `domain_addr.c: virDomainZPCIAddressReserveAddr`, `virDomainZPCIAddressReserveNextAddr`.

use std::collections::HashSet;
use std::fmt;

use super::completion::Completion;
use super::lists::DeviceIdx;
use crate::model::address::{Pci, Zpci};
use crate::model::{Address, Code, Problem};

/// The two kinds of id.
#[derive(Clone, Copy)]
enum Id {
    Uid,
    Fid,
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uid => "uid",
            Self::Fid => "fid",
        })
    }
}

/// Ids of one kind that are in use.
struct ZpciIds {
    id: Id,
    used: HashSet<u32>,
    next: u32,
    last: u32,
}

impl ZpciIds {
    fn reserve(&mut self, number: u32) -> Result<(), Box<Problem>> {
        if self.used.insert(number) {
            return Ok(());
        }
        let id = self.id;
        // libvirt prints the number in octal.
        Problem::error(Code::ZpciDoubleUse, format!("zPCI {id} {number:#x} is given twice"))
            .quoting(format!("internal error: zPCI {id} {number:o} is already reserved"))
            .helping("give one of the devices another id, or leave it out")
            .refuse()
    }

    fn next(&mut self) -> Result<u32, Box<Problem>> {
        while self.used.contains(&self.next) && self.next < self.last {
            self.next += 1;
        }
        if self.used.insert(self.next) {
            return Ok(self.next);
        }
        let id = self.id;
        Problem::error(Code::ZpciNoId, format!("every zPCI {id} is taken"))
            .quoting(format!("internal error: There is no more free {id}."))
            .refuse()
    }
}

/// Numbers every PCI device of an s390x guest: first those with an id of their own, which are
/// completed at once, then the others.
pub(super) fn assign(completion: &mut Completion) {
    if !completion.machine.arch.is_s390() {
        return;
    }
    let mut uids = ZpciIds { id: Id::Uid, used: HashSet::new(), next: 1, last: 0xffff };
    let mut fids = ZpciIds { id: Id::Fid, used: HashSet::new(), next: 0, last: u32::MAX };
    let order = completion.lists.iterate(&completion.domain);
    let pci = |completion: &Completion, no: DeviceIdx| match completion.device(no)?.address()? {
        Address::Pci(pci) if pci.at.is_some() => Some(*pci),
        _ => None,
    };
    let (given, open): (Vec<DeviceIdx>, Vec<DeviceIdx>) = order
        .into_iter()
        .filter(|no| pci(completion, *no).is_some())
        .partition(|no| pci(completion, *no).is_some_and(|pci| pci.zpci != Zpci::default()));
    for no in given.into_iter().chain(open) {
        let Some(known) = pci(completion, no) else { continue };
        match complete(known.zpci, &mut uids, &mut fids) {
            Ok(zpci) if zpci == known.zpci => {}
            Ok(zpci) => {
                store(completion, no, Pci { zpci, ..known });
                completion.explain(no, "zPCI ids, the lowest free");
            }
            Err(refusal) => {
                if let Some(device) = completion.device(no) {
                    let refusal = refusal.on(device.key());
                    completion.refuse(refusal);
                }
            }
        }
    }
}

fn complete(zpci: Zpci, uids: &mut ZpciIds, fids: &mut ZpciIds) -> Result<Zpci, Box<Problem>> {
    if let Some(uid) = zpci.uid {
        uids.reserve(uid)?;
    }
    if let Some(fid) = zpci.fid {
        fids.reserve(fid)?;
    }
    let uid = zpci.uid.map_or_else(|| uids.next(), Ok)?;
    let fid = zpci.fid.map_or_else(|| fids.next(), Ok)?;
    Ok(Zpci { uid: Some(uid), fid: Some(fid) })
}

/// The place stays as it is, and so does where it comes from.
fn store(completion: &mut Completion, no: DeviceIdx, pci: Pci) {
    if let Some(address) = completion.device_mut(no).and_then(|device| device.address.as_mut()) {
        address.value = Some(Address::Pci(pci));
    }
}

#[cfg(test)]
mod tests {
    use crate::assign::example::{completed, words};
    use crate::model::Address;

    fn net(zpci: &str) -> String {
        format!("<interface type='user'><address type='pci'>{zpci}</address></interface>")
    }

    fn ids(devices: &str) -> Vec<(u32, u32)> {
        let guest = completed("s390x", "s390-ccw-virtio", devices);
        assert_eq!(words(&guest), [""; 0]);
        let zpci = |address: &Address| match address {
            Address::Pci(pci) => Some((pci.zpci.uid?, pci.zpci.fid?)),
            _ => None,
        };
        guest.domain.devices.iter().filter_map(|device| zpci(device.address()?)).collect()
    }

    #[test]
    fn half_given_ids_are_completed_before_those_with_none() {
        let devices = net("") + &net("<zpci uid='0x1'/>") + &net("<zpci fid='0x5'/>");
        assert_eq!(ids(&devices), [(3, 1), (1, 0), (2, 5)]);
    }

    #[test]
    fn an_id_given_twice_is_refused_with_its_number_in_octal() {
        let twice = net("<zpci uid='0x19' fid='0x1'/>") + &net("<zpci uid='0x19' fid='0x2'/>");
        let guest = completed("s390x", "s390-ccw-virtio", &twice);
        assert_eq!(words(&guest), ["internal error: zPCI uid 31 is already reserved"]);
    }
}
