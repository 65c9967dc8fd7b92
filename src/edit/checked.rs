//! A revision with everything that is wrong with it, and fixes that were tried.

use super::fixes::ProblemCounts;
use super::revision::Revision;
use crate::check::{Allowed, Host, find_problems, offer_fixes, rule};
use crate::model::{Problem, Severity};

/// The most problems of a guest whose fixes are tried; each try is a whole check.
const TRIED: usize = 64;

/// The most devices examined by all tries together, so that a guest with thousands of devices and
/// problems is checked in a moment too.
const LOOKED_AT: usize = 100_000;

/// The result of a check of a revision.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Everything that is wrong, in the order of the text.
    pub problems: Vec<Problem>,
}

impl Checked {
    /// Checks `revision` except for the `allowed` codes. Fixes are not tried yet.
    pub fn of(revision: &Revision, allowed: &Allowed) -> Self {
        Self::on_host(revision, allowed, &Host::default())
    }

    /// Like [`Self::of`], for a guest on a host of which something is known.
    pub fn on_host(revision: &Revision, allowed: &Allowed, host: &Host) -> Self {
        let evidence = revision.evidence().on_host(host);
        // For an unknown host the revision has the result already.
        let is_unknown = *host == Host::default();
        let mut problems =
            if is_unknown { revision.diagnostics().to_vec() } else { find_problems(&evidence) };
        problems.retain(|problem| !allowed.allows(problem));
        offer_fixes(&evidence, &mut problems);
        Self { problems }
    }

    /// Reports problems as libvirt does when the guest is defined: an error that only QEMU reports
    /// at the start becomes a warning.
    pub fn until_defined(&mut self) {
        for problem in &mut self.problems {
            if rule(problem.code).is_some_and(|rule| rule.stage.is_start()) {
                problem.severity = Severity::Warning;
            }
        }
    }

    /// Tries every fix and keeps those that fix their problem without a new error.
    pub fn try_fixes(&mut self, revision: &Revision) {
        if self.problems.iter().all(|problem| problem.fixes.is_empty()) {
            return;
        }
        let before = ProblemCounts::of(revision);
        let devices = revision.assignment.domain.devices.len().max(1);
        let mut left = LOOKED_AT / devices;
        for (nth, problem) in self.problems.iter_mut().enumerate() {
            // The first problems get fixes; the others get theirs when those are fixed.
            if nth >= TRIED || left < problem.fixes.len() {
                problem.fixes.clear();
            }
            left = left.saturating_sub(problem.fixes.len());
            let mut fixes = std::mem::take(&mut problem.fixes);
            fixes.retain(|fix| {
                let after = ProblemCounts::after_fix(fix, revision);
                after.is_some_and(|after| before.is_fixed(problem, revision, &after))
            });
            problem.fixes = fixes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Code, HostPci};

    /// Messages about a card that is on this node of the host.
    fn told(devices: &str, node: u32) -> Vec<String> {
        let text = format!(
            "<domain><numatune><memnode cellid='0' mode='strict' nodeset='0'/>\
             <memnode cellid='1' mode='strict' nodeset='1-3,^2'/></numatune>\
             <os><type arch='x86_64' machine='q35'>hvm</type></os>\
             <cpu><numa><cell id='0'/><cell id='1'/></numa></cpu><devices>{devices}</devices></domain>"
        );
        let card = HostPci { bus: 0x5e, ..HostPci::default() };
        let host = Host { nodes: [(card, node)].into() };
        let revision = Revision::build(text).unwrap();
        let checked = Checked::on_host(&revision, &Allowed::default(), &host);
        let mine = checked.problems.into_iter().filter(|p| p.code == Code::HostdevNuma);
        mine.map(|problem| problem.message).collect()
    }

    #[test]
    fn a_passed_through_card_is_held_against_the_node_of_its_expander() {
        let expander = "<controller type='pci' index='1' model='pcie-expander-bus'>\
                        <target busNr='254'><node>1</node></target></controller>\
                        <controller type='pci' index='2' model='pcie-root-port'>\
                        <address type='pci' bus='1' slot='0'/></controller>";
        let card = |bus: u32, slot: u32| {
            format!(
                "{expander}<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0x5e' \
                 slot='0' function='0'/></source><address type='pci' bus='{bus}' slot='{slot}'/></hostdev>"
            )
        };
        let near = "but its card is near the memory of node";
        for (devices, node, want) in [
            (card(2, 0), 1, None),
            (card(2, 0), 3, None),
            (card(2, 0), 0, Some(format!("hostdev pci is on node 1 of the guest, {near} 0"))),
            (card(0, 9), 1, Some(format!("hostdev pci is on no node of the guest, {near} 1"))),
            // No NUMA node of the guest is near the card.
            (card(0, 9), 2, None),
        ] {
            assert_eq!(told(&devices, node), want.into_iter().collect::<Vec<_>>(), "{node}");
        }
    }
}
