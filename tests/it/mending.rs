//! Guests with many problems at once: each keeps its fixes, and one after the other ends without an
//! error.

use std::collections::BTreeSet;

use crate::harness::snapshots::snapshot;
use crate::support::guest::Guest;
use crate::support::mending::{Patient, mend};
use virt_topo::check::{Allowed, RULES, Rule};
use virt_topo::edit::Checked;
use virt_topo::model::{Code, Severity};
use virt_topo::sources::Source;

fn conflicts() -> String {
    Source::Demo("conflicts".to_owned()).read().unwrap().text
}

#[test]
fn in_a_guest_full_of_conflicts_every_error_has_a_fix() {
    let patient = Patient::new(&conflicts());
    let errors: Vec<_> = patient.errors().collect();
    assert!(errors.len() >= 13, "{errors:#?}");
    let without = errors.iter().filter(|error| error.fixes.is_empty());
    let without: Vec<String> = without.map(|e| format!("{}: {}", e.code, e.message)).collect();
    assert_eq!(without, [""; 0]);
    for problem in &patient.checked.problems {
        let titles: BTreeSet<_> = problem.fixes.iter().map(|fix| &fix.title).collect();
        assert_eq!(titles.len(), problem.fixes.len(), "told apart: {:#?}", problem.fixes);
    }
}

#[test]
fn one_fix_after_the_other_ends_without_an_error() {
    let mended = mend(&conflicts());
    assert_eq!(mended.left, 0, "{:#?}", mended.steps);
    assert!(mended.counts.windows(2).all(|pair| pair[1] < pair[0]), "{:?}", mended.counts);
    snapshot("mending__conflicts", &mended.steps.join("\n"));
}

/// Three conflicts in one file, fixed in one session: the diff is three addresses. Slot 4 is where
/// libvirt puts the SATA controller that it adds, which stays there.
#[test]
fn three_conflicts_are_mended_in_one_sitting() {
    let text = "<domain type='kvm'>
  <name>three</name>
  <os><type arch='x86_64' machine='pc-i440fx-10.0'>hvm</type></os>
  <devices>
    <!-- merged by hand -->
    <disk type='file'><source file='/a'/><target dev='sda' bus='sata'/>
      <address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>
    <disk type='file'><source file='/b'/><target dev='sdb' bus='sata'/>
      <address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>
    <interface type='user'><model type='virtio'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/></interface>
    <interface type='user'><model type='virtio'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/></interface>
    <input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>
    <input type='mouse' bus='usb'><address type='usb' bus='0' port='1'/></input>
  </devices>
</domain>
";
    let codes: Vec<Code> = Patient::new(text).errors().map(|error| error.code).collect();
    assert_eq!(codes, [Code::DriveDoubleUse, Code::PciDoubleUse, Code::UsbDoubleUse]);
    let mended = mend(text);
    assert_eq!((mended.left, mended.steps.len()), (0, 3), "{:#?}", mended.steps);
    let changed: Vec<_> = text
        .lines()
        .zip(mended.text.lines())
        .filter(|(before, after)| before != after)
        .map(|(_, after)| after.trim())
        .collect();
    assert_eq!(
        changed,
        [
            "<address type='drive' controller='0' bus='0' target='0' unit='1'/></disk>",
            "<address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0'/></interface>",
            "<input type='mouse' bus='usb'><address type='usb' bus='0' port='2'/></input>",
        ]
    );
    assert_eq!(text.lines().count(), mended.text.lines().count());
}

#[test]
fn what_is_silenced_or_no_error_yet_hinders_no_fix() {
    let text = conflicts();
    let all = Patient::new(&text);
    let revision = &all.revision;
    let allowed = Allowed::new(["pci-double-use", "usb-no-bus"]).unwrap();
    let mut silenced = Checked::of(revision, &allowed);
    let mut early = Checked::of(revision, &Allowed::default());
    early.until_defined();
    for checked in [&mut silenced, &mut early] {
        checked.try_fixes(revision);
        for problem in &checked.problems {
            let same = |other: &&virt_topo::model::Problem| {
                (&other.code, &other.devices, &other.message)
                    == (&problem.code, &problem.devices, &problem.message)
            };
            let known = all.checked.problems.iter().find(same).unwrap();
            assert_eq!(problem.fixes.len(), known.fixes.len(), "{}", problem.message);
        }
    }
}

/// Of three devices at one address the second and the third conflict with the first. Each can be
/// moved.
#[test]
fn of_three_at_one_place_each_can_be_moved() {
    let nic = "<interface type='user'><address type='pci' slot='0x05'/></interface>";
    let text = Guest::new("pc").with(nic).with(nic).with(nic).text();
    let patient = Patient::new(&text);
    let titles: Vec<_> =
        patient.errors().flat_map(|error| &error.fixes).map(|f| &f.title).collect();
    assert_eq!(patient.errors().count(), 2);
    assert!(titles.iter().any(|title| title.contains("interface:2")), "{titles:?}");
    assert!(titles.iter().any(|title| title.contains("interface:0")), "{titles:?}");
    assert_eq!(mend(&text).left, 0);
}

/// Two errors of one rule each in one guest.
fn pairs() -> Vec<(&'static Rule, &'static Rule, String)> {
    let simple = RULES.iter().copied().filter(|rule| {
        let has_example = !rule.wrong.is_empty() && !rule.wrong.contains("<devices>");
        has_example && rule.severity == Severity::Error
    });
    let rules: Vec<&Rule> = simple.collect();
    let mut pairs = Vec::new();
    for (nth, one) in rules.iter().enumerate() {
        let others = rules.iter().skip(nth + 1).filter(|other| other.machine == one.machine);
        // Every third is enough, and takes a third of the time.
        for other in others.step_by(3) {
            let text = one.guest(&format!("{}\n{}", one.wrong, other.wrong));
            pairs.push((*one, *other, text));
        }
    }
    pairs
}

#[test]
fn in_company_of_another_an_error_keeps_its_fixes_and_none_adds_an_error() {
    let fixed = |rule: &Rule| {
        let alone = Patient::new(&rule.guest(rule.wrong));
        alone.errors().any(|error| rule.is_of(error) && !error.fixes.is_empty())
    };
    let fixed: BTreeSet<Code> = RULES
        .iter()
        .filter(|rule| !rule.wrong.is_empty() && fixed(rule))
        .map(|rule| rule.code)
        .collect();
    let (mut all, mut lost, mut added) = (0, Vec::new(), Vec::new());
    for (one, other, text) in pairs() {
        let patient = Patient::new(&text);
        let before = patient.errors().count();
        for error in patient.errors().filter(|error| fixed.contains(&error.code)) {
            all += 1;
            if error.fixes.is_empty() {
                lost.push(format!("{} of {} and {}", error.code, one.code, other.code));
            }
            for fix in &error.fixes {
                let after = Patient::new(&patient.after(fix)).errors().count();
                if after >= before {
                    added.push(format!("{} and {}: {}", one.code, other.code, fix.title));
                }
            }
        }
    }
    println!("{all} errors in pairs, {} without a fix", lost.len());
    assert_eq!(added, [""; 0], "fixes after which there are not fewer errors");
    // Some examples are at one place, or take the last free one.
    assert!(all > 1_000 && lost.len() * 100 < all, "{lost:#?}");
}
