//! libvirt's judgement against `check`'s: an error wherever it refuses for an address, none where
//! it accepts, apart from what QEMU refuses at start.
//!
//! The corpora lie beside the checkout (`../shared`) or where `VIRT_TOPO_SHARED` says; without
//! them there is nothing to judge and the test says so. `--nocapture` prints the figures.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::corpora::{Case, cases};
use crate::support::mending::{self, Patient};
use virt_topo::check::{Allowed, rule};
use virt_topo::edit::{Checked, Revision};
use virt_topo::model::{Code, Problem, Severity, Version};

/// So many of the refused guests lose all errors by one fix, and by repeatedly applying the first
/// fix of the first error. Only ever raised.
const BY_ONE_FIX: usize = 127;
const ONE_BY_ONE: usize = 139;

fn check(text: &str) -> Checked {
    Checked::of(&Revision::build_for(text, Version::new(11, 3)).unwrap(), &Allowed::default())
}

fn errors(problems: &[Problem]) -> impl Iterator<Item = &Problem> {
    problems.iter().filter(|problem| problem.severity == Severity::Error)
}

#[test]
fn no_guest_that_libvirt_accepts_has_an_error_but_what_qemu_refuses() {
    let mut counts: BTreeMap<(Severity, Code), (usize, usize)> = BTreeMap::new();
    let mut guests = 0;
    let mut wrong = Vec::new();
    let mut at_start = BTreeMap::new();
    for case in cases().iter().filter(|case| case.accepted) {
        let Ok(text) = std::fs::read_to_string(case.folder.join("expected.xml")) else { continue };
        guests += 1;
        let checked = check(&text);
        let mut codes = BTreeSet::new();
        for problem in &checked.problems {
            let count = counts.entry((problem.severity, problem.code)).or_default();
            count.0 += 1;
            count.1 += usize::from(codes.insert(problem.code));
        }
        for error in errors(&checked.problems) {
            if rule(error.code).unwrap().stage.is_start() {
                at_start.insert(case.id.clone(), format!("{}: {}", error.code, error.message));
            } else {
                wrong.push(format!("{}: {}: {}", case.id, error.code, error.message));
            }
        }
    }
    println!("{guests} accepted guests; problems and guests by rule:");
    for ((severity, code), (problems, guests)) in counts.iter().rev() {
        println!("  {:7} {code:28} {problems:5} in {guests:4}", severity.as_str());
    }
    println!("defined by libvirt, refused by QEMU at start: {}", at_start.len());
    for (id, what) in &at_start {
        println!("  {id}: {what}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_guest_that_libvirt_refuses_for_an_address_has_an_error_and_most_a_fix() {
    let cases = cases();
    let refused: Vec<&Case> = cases.iter().filter(|case| case.refused).collect();
    let (mut missed, mut quoted, mut mended, mut added) = (Vec::new(), 0, 0, Vec::new());
    let mut unmended = Vec::new();
    for case in &refused {
        let patient = Patient::new(&case.input());
        let before = patient.errors().count();
        if before == 0 {
            missed.push(case.id.as_str());
            continue;
        }
        let words = std::fs::read_to_string(case.folder.join("expected.err")).unwrap_or_default();
        let said = patient.errors().filter_map(|problem| problem.libvirt.as_deref());
        quoted += usize::from(said.into_iter().any(|said| words.contains(said)));
        let mut best = before;
        for fix in patient.errors().flat_map(|problem| &problem.fixes) {
            let left = errors(&check(&patient.after(fix)).problems).count();
            if left >= before {
                added.push(format!("{}: {}", case.id, fix.title));
            }
            best = best.min(left);
        }
        if best == 0 {
            mended += 1;
        } else {
            let codes: BTreeSet<_> = patient.errors().map(|p| p.code).collect();
            unmended.push(format!("{} ({codes:?})", case.id));
        }
    }
    let all = refused.len();
    println!(
        "{all} refused guests: {} found, {quoted} with libvirt's very words",
        all - missed.len()
    );
    println!("{mended} lose all errors by one fix; not: {}", unmended.join(", "));
    assert_eq!(missed, [""; 0]);
    assert_eq!(added, [""; 0], "fixes after which there are not fewer errors");
    assert!(all == 0 || mended >= BY_ONE_FIX, "{mended} of {all}");
}

#[test]
fn one_fix_after_the_other_mends_what_libvirt_refuses() {
    let cases = cases();
    let refused: Vec<&Case> = cases.iter().filter(|case| case.refused).collect();
    let mut stuck = Vec::new();
    for case in &refused {
        let mended = mending::mend(&case.input());
        if mended.left > 0 {
            stuck.push(format!("{} ({} left): {:#?}", case.id, mended.left, mended.steps));
        }
    }
    let mended = refused.len() - stuck.len();
    println!("{mended} of {} refused guests are mended step by step", refused.len());
    assert!(refused.is_empty() || mended >= ONE_BY_ONE, "{}", stuck.join("\n"));
}
