//! Guests that `check` refuses and fixes, given to a real libvirt: it refuses the same guests, and defines the fixed ones.
//!
//! Runs with `VIRT_TOPO_LIVE=1` and a libvirtd at `qemu:///system`, on the corpora where they are at
//! hand and on random guests, as many as `VIRT_TOPO_LIVE_GUESTS` says (60 when it does not) from
//! `VIRT_TOPO_LIVE_SEED` on.

use std::collections::BTreeMap;

use crate::harness::libvirt::{Answer, ask, daemon, machines, number};
use crate::support::corpora;
use crate::support::mending::{Patient, mend};
use crate::support::other_machine;
use crate::support::random_guest;
use virt_topo::check::rule;

/// So many of the guests that libvirt refuses for an address are defined after one fix, and after
/// one fix or more; with the emulators of x86 alone. Only ever raised.
const BY_ONE_FIX: usize = 117;
const STEP_BY_STEP: usize = 129;

/// Prefixes of libvirt's messages about guests without address problems that this QEMU, or the
/// guest's features, do not allow.
///
/// Source: `qemu_capabilities.c: virQEMUCapsNewForBinaryInternal`, `qemu_validate.c:
/// qemuValidateDomainDeviceDefInput`.
const UNABLE: &[&str] = &[
    "Cannot check QEMU binary",
    "unsupported configuration: ps2 bus inputs require the ps2 feature not to be disabled",
];

/// libvirt's verdict on a guest under this name: `None` when it cannot judge, its error when it
/// refuses.
fn judge(name: &str, text: &str) -> Option<Result<(), String>> {
    // Corpora give one name to many guests, and the same test may run twice.
    let name = format!("virt-topo-{name}-{}", std::process::id());
    let (before, rest) = text.split_once("<name>").unwrap();
    let (_, after) = rest.split_once("</name>").unwrap();
    match ask(&name, &format!("{before}<name>{name}</name>{after}")) {
        Answer::Defined(_) => Some(Ok(())),
        Answer::Refused(error) if UNABLE.iter().any(|words| error.starts_with(words)) => None,
        Answer::Refused(error) => Some(Err(error)),
    }
}

/// The guest after the first fix that leaves no error.
fn by_one_fix(patient: &Patient) -> Option<String> {
    let fixes = patient.errors().flat_map(|error| &error.fixes);
    let mut after = fixes.map(|fix| patient.after(fix));
    after.find(|text| Patient::new(text).errors().next().is_none())
}

#[test]
fn what_libvirt_refused_is_defined_once_it_is_mended() {
    let Some(_daemon) = daemon() else { return };
    let cases = corpora::cases();
    let (mut unable, mut one, mut more, mut unmended) = (0, 0, 0, Vec::new());
    let mut wrong = Vec::new();
    for case in cases.iter().filter(|case| case.refused) {
        let text = case.input();
        let Some(before) = judge("mended", &text) else {
            unable += 1;
            continue;
        };
        if before.is_ok() {
            wrong.push(format!("{}: defined as it is", case.id));
        }
        let mended = by_one_fix(&Patient::new(&text));
        let is_one = mended.is_some();
        let mended = mended.or_else(|| {
            let mended = mend(&text);
            (mended.left == 0).then_some(mended.text)
        });
        match mended.map(|text| judge("mended", &text)) {
            None => unmended.push(case.id.as_str()),
            Some(None) => unable += 1,
            Some(Some(Ok(()))) if is_one => one += 1,
            Some(Some(Ok(()))) => more += 1,
            Some(Some(Err(error))) => wrong.push(format!("{}: {error}", case.id)),
        }
    }
    println!(
        "refused guests of the corpora: {one} defined after one fix, {more} after more, {} not \
         mended ({}), {unable} for emulators that are not here",
        unmended.len(),
        unmended.join(", ")
    );
    assert!(wrong.is_empty(), "refused once mended:\n{}", wrong.join("\n"));
    assert!(cases.is_empty() || one >= BY_ONE_FIX, "{one} after one fix");
    assert!(cases.is_empty() || one + more >= STEP_BY_STEP, "{one} + {more}");
}

const MENDED: &str = "refused by both, defined once mended";
const NOT_MENDED: &str = "refused by both, not mended";

/// Compares so many guests: how many had which outcome, and every one on which both do not agree.
fn compare(
    what: &str,
    guests: u64,
    make: impl Fn(u64) -> String,
) -> (BTreeMap<&'static str, u32>, Vec<String>) {
    let seed = number("VIRT_TOPO_LIVE_SEED", 20_091_104);
    let judge = |text: &str| judge(what, text);
    let mut counts: BTreeMap<&'static str, u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    for seed in seed..seed + guests {
        let text = make(seed);
        let patient = Patient::new(&text);
        // libvirt does not know what only QEMU refuses.
        let mut errors =
            patient.errors().filter(|error| !rule(error.code).unwrap().stage.is_start());
        let error = errors.next();
        let outcome = match (judge(&text), error) {
            (None, _) => "not judged",
            (Some(Ok(())), None) => "accepted by both",
            (Some(Ok(())), Some(error)) => {
                wrong.push(format!(
                    "{what} {seed}: accepted; here: {}: {}",
                    error.code, error.message
                ));
                "wrong"
            }
            (Some(Err(error)), None) => {
                wrong.push(format!("{what} {seed}: nothing here; libvirt: {error}"));
                "wrong"
            }
            (Some(Err(_)), Some(_)) => {
                let mended = mend(&text);
                if mended.left > 0 {
                    let left = Patient::new(&mended.text);
                    let left: Vec<&str> = left.errors().map(|error| error.code.as_str()).collect();
                    println!("{what} {seed}: not mended: {left:?}");
                    NOT_MENDED
                } else {
                    match judge(&mended.text) {
                        None => "refused by both, then not judged",
                        Some(Ok(())) => MENDED,
                        Some(Err(error)) => {
                            let steps = mended.steps.join("\n    ");
                            wrong.push(format!("{what} {seed}: mended, and {error}\n    {steps}"));
                            "wrong"
                        }
                    }
                }
            }
        };
        *counts.entry(outcome).or_default() += 1;
    }
    println!("{guests} {what} guests from seed {seed}: {counts:?}");
    (counts, wrong)
}

#[test]
fn random_guests_are_refused_by_both_or_neither_and_defined_once_mended() {
    let Some(_daemon) = daemon() else { return };
    let guests = number("VIRT_TOPO_LIVE_GUESTS", 60);
    let (counts, wrong) = compare("x86", guests, |seed| random_guest::guest(seed, "random"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let count = |outcome| counts.get(outcome).copied().unwrap_or_default();
    let (mended, not) = (count(MENDED), count(NOT_MENDED));
    assert!(mended >= 19 * not, "{not} not mended, {mended} are");
}

#[test]
fn so_are_random_guests_of_other_machines() {
    let Some(_daemon) = daemon() else { return };
    let guests = number("VIRT_TOPO_LIVE_GUESTS", 60) / 6;
    let mut wrong = Vec::new();
    for (machine, what) in machines() {
        let make = |seed| other_machine::guest(machine, seed, "random");
        wrong.extend(compare(&what, guests, make).1);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
