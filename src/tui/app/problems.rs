//! The problems of the guest, as a list with the selected one opened.

use std::collections::HashMap;

use crate::check::Allowed;
use crate::edit::{Checked, Difference, Move, Preview, Revision, Session, is_fixed};
use crate::model::{DeviceKey, Fix, Problem, Severity};

/// Everything that is wrong with a guest, the worst first.
#[derive(Debug, Default)]
pub struct ProblemList {
    /// Errors, then warnings, then notes, each in the order of the text.
    pub problems: Vec<Problem>,
    /// The number of errors.
    pub errors: usize,
    /// The number of warnings.
    pub warnings: usize,
    /// The worst severity for each device.
    worst: HashMap<DeviceKey, Severity>,
}

/// A fix with its effect.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The change of the fix.
    pub fix: Fix,
    /// Notices in the guest; `None` before it was tried.
    pub notices: Option<Vec<String>>,
}

impl ProblemList {
    /// The problems of this revision that are not silenced.
    pub(super) fn of(revision: &Revision, allowed: &Allowed) -> Self {
        let mut checked = Checked::of(revision, allowed);
        checked.until_defined();
        let mut problems = checked.problems;
        problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
        let count = |severity| problems.iter().filter(|it| it.severity == severity).count();
        let mut worst = HashMap::new();
        for problem in problems.iter().rev() {
            // The first device is the one it is about.
            worst.extend(problem.devices.first().map(|key| (*key, problem.severity)));
        }
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        Self { problems, errors, warnings, worst }
    }

    /// The number of problems at least as bad as `least`: these come first.
    pub fn count(&self, least: Severity) -> usize {
        match least {
            Severity::Error => self.errors,
            Severity::Warning => self.errors + self.warnings,
            Severity::Note => self.problems.len(),
        }
    }

    /// The worst severity for a device.
    pub fn worst(&self, key: DeviceKey) -> Option<Severity> {
        self.worst.get(&key).copied()
    }

    /// The fixes of the problem with this number.
    pub(super) fn offers(&self, session: &Session, nth: usize) -> Vec<Offer> {
        let revision = session.revision();
        let Some(problem) = self.problems.get(nth) else { return Vec::new() };
        if !revision.is_small() {
            let untried = |fix: &Fix| Offer { fix: fix.clone(), notices: None };
            return problem.fixes.iter().map(untried).collect();
        }
        let offer = |fix: &Fix| {
            let preview = session.preview(fix.change.clone()).ok()?;
            let notices = Some(noticed(&preview.differences, problem));
            is_fixed(problem, revision, &preview).then(|| Offer { fix: fix.clone(), notices })
        };
        problem.fixes.iter().filter_map(offer).collect()
    }

    /// A fix that was offered for the problem with this number, after it was tried: its title and
    /// preview.
    ///
    /// # Errors
    /// A sentence, if there is none, it cannot be written, does not fix the problem, or breaks
    /// something else.
    pub fn fix(
        &self,
        session: &Session,
        nth: usize,
        offer: Option<&Offer>,
    ) -> Result<(String, Preview), String> {
        let (Some(Offer { fix, notices }), Some(problem)) = (offer, self.problems.get(nth)) else {
            return Err("This problem has no such fix".to_owned());
        };
        let preview = session.preview(fix.change.clone());
        let preview = preview.map_err(|error| format!("{}: {}", fix.title, error.message))?;
        if notices.is_none() && !is_fixed(problem, session.revision(), &preview) {
            return Err(
                "Not applied: the fix would solve nothing or cause another error".to_owned()
            );
        }
        Ok((fix.title.clone(), preview))
    }
}

/// Notices in the guest: of the problem's devices without their names, of others with them.
fn noticed(differences: &[Difference], problem: &Problem) -> Vec<String> {
    /// The most notices here; the changes show all of them.
    const MOST: usize = 2;
    let mut notices = Vec::new();
    let mut others: Vec<&str> = Vec::new();
    for difference in differences {
        let is_known = difference.new.is_some_and(|key| problem.devices.contains(&key));
        if is_known {
            let words = difference.notices.iter();
            notices.extend(words.map(|it| it.strip_prefix("guest ").unwrap_or(it).to_owned()));
        } else if matches!(difference.what, Some(Move::Moved { .. })) {
            others.push(&difference.title);
        }
    }
    let more = notices.len().saturating_sub(MOST);
    notices.truncate(MOST);
    if more > 0 {
        notices.push(format!("and {more} more"));
    }
    match others.as_slice() {
        [] => {}
        [other] => notices.push(format!("also moves {other}")),
        others => notices.push(format!("moves {} more devices", others.len())),
    }
    notices
}
