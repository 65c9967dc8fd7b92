//! Runs every rule over one guest.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::evidence::Evidence;
use super::{Allowed, RULES, rule};
use crate::model::{Change, Code, Device, DeviceKey, Fix, Problem};

/// All problems that the document does not silence, in text order, the worst first at one place.
/// They have no fixes yet.
pub fn find_problems(evidence: &Evidence<'_>) -> Vec<Problem> {
    let mut problems = evidence.prior.clone();
    problems.extend_from_slice(evidence.refusals);
    for find in RULES.iter().filter_map(|rule| rule.stage.find()) {
        find(evidence, &mut problems);
    }
    keep_of_unknown_machine(&mut problems);
    let in_text = Allowed::in_text(evidence.document, evidence.domain);
    problems.retain(|problem| !in_text.allows(problem));
    drop_repeated(&mut problems, evidence);
    for problem in &mut problems {
        if problem.spans.is_empty() {
            // A device that libvirt adds has no span.
            let devices = problem.devices.iter().filter_map(|key| evidence.device(*key));
            problem.spans = devices.filter_map(|device| evidence.spot(device)).collect();
        }
        if problem.spans.is_empty() {
            problem.spans.push(evidence.whole());
        }
    }
    problems.sort_by(|one, other| {
        let key = |problem: &Problem| problem.spans.first().map(|span| span.start);
        (key(one), std::cmp::Reverse(one.severity), one.code).cmp(&(
            key(other),
            std::cmp::Reverse(other.severity),
            other.code,
        ))
    });
    problems
}

/// Keeps only the problem of an unknown machine or hypervisor: all others follow from it.
fn keep_of_unknown_machine(problems: &mut Vec<Problem>) {
    let is_cause = |problem: &Problem| matches!(problem.code, Code::MachineUnknown | Code::NotQemu);
    if problems.iter().any(is_cause) {
        problems.retain(is_cause);
    }
}

/// The number of problems of one guest that get fixes.
const MOST_FIXED: usize = 256;

/// Finds fixes for the first problems of a guest.
pub fn offer_fixes(evidence: &Evidence<'_>, problems: &mut [Problem]) {
    // Fixes for thousands of problems would not be read.
    for problem in problems.iter_mut().take(MOST_FIXED) {
        if let Some(find) = rule(problem.code).and_then(|rule| rule.fixes) {
            problem.fixes = find(evidence, problem);
            disambiguate(&mut problem.fixes);
        }
    }
    fix_together(problems);
}

/// Drops repeated messages about controllers that libvirt would add: they come by the dozen and
/// have no place in the text.
fn drop_repeated(problems: &mut Vec<Problem>, evidence: &Evidence<'_>) {
    let is_added = |key: &DeviceKey| evidence.device(*key).is_some_and(Device::is_implied);
    let mut known = HashSet::new();
    problems.retain(|problem| {
        let is_of_added = !problem.devices.is_empty() && problem.devices.iter().all(is_added);
        !is_of_added || known.insert((problem.code, problem.message.clone()))
    });
}

/// Adds the device to fix titles that would be the same.
fn disambiguate(fixes: &mut [Fix]) {
    let titles: Vec<String> = fixes.iter().map(|fix| fix.title.clone()).collect();
    for fix in fixes {
        let Some(device) = fix.change.device() else { continue };
        if titles.iter().filter(|title| **title == fix.title).count() > 1 {
            fix.title = format!("{} ({device})", fix.title);
        }
    }
}

/// Offers to remove all addresses at once when several problems of one rule ask for it: many come
/// from one mistake, such as a removed hub.
fn fix_together(problems: &mut [Problem]) {
    let mut together: BTreeMap<Code, BTreeSet<DeviceKey>> = BTreeMap::new();
    let removed = |fix: &Fix| match fix.change {
        Change::RemoveAddress(device) => Some(device),
        _ => None,
    };
    for problem in problems.iter() {
        let first = problem.fixes.iter().find_map(removed);
        together.entry(problem.code).or_default().extend(first);
    }
    for problem in problems {
        // The first problem of the rule offers it.
        let Some(devices) = together.remove(&problem.code) else { continue };
        if devices.len() > 1 {
            let title = format!("remove all {} addresses with this problem", devices.len());
            let changes = devices.into_iter().map(Change::RemoveAddress).collect();
            problem.fixes.push(Fix::new(title, Change::Batch(changes)));
        }
    }
}
