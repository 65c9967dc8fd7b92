//! What is wrong with the guest, as a list whose selected line is opened.

use std::collections::HashMap;

use crate::check::Allowed;
use crate::edit::{Checked, Difference, Move, Preview, Revision, Session, is_fixed};
use crate::model::{DeviceKey, Fix, Problem, Severity};

/// Everything that is wrong with a guest, the worst first.
#[derive(Debug, Default)]
pub struct ProblemList {
    /// Errors, then warnings, then notes, each in the order of the text.
    pub problems: Vec<Problem>,
    /// How many there are.
    pub errors: usize,
    /// How many there are.
    pub warnings: usize,
    /// The worst that is said about each device.
    worst: HashMap<DeviceKey, Severity>,
    opened: Option<OpenedProblem>,
}

/// A problem that is looked at.
#[derive(Debug)]
pub struct OpenedProblem {
    nth: usize,
    /// What would mend it.
    pub offers: Vec<Offer>,
}

/// A fix.
#[derive(Clone, Debug)]
pub struct Offer {
    /// What it does.
    pub fix: Fix,
    /// What the guest would notice; `None` when it was not tried yet.
    pub notices: Option<Vec<String>>,
}

impl ProblemList {
    /// What is wrong with this revision and not allowed.
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
        Self { problems, errors, warnings, worst, opened: None }
    }

    /// How many are at least as bad as `least`: these stand first.
    pub fn count(&self, least: Severity) -> usize {
        match least {
            Severity::Error => self.errors,
            Severity::Warning => self.errors + self.warnings,
            Severity::Note => self.problems.len(),
        }
    }

    /// The worst that is said about a device.
    pub fn worst(&self, key: DeviceKey) -> Option<Severity> {
        self.worst.get(&key).copied()
    }

    /// The problem that is looked at.
    pub fn opened(&self) -> Option<&OpenedProblem> {
        self.opened.as_ref()
    }

    /// Looks at a problem, unless it is the one that was looked at before.
    pub(super) fn open(&mut self, session: &Session, nth: usize) {
        if self.opened.as_ref().is_some_and(|opened| opened.nth == nth) {
            return;
        }
        let offers = self.offers(session, nth);
        self.opened = Some(OpenedProblem { nth, offers });
    }

    fn offers(&self, session: &Session, nth: usize) -> Vec<Offer> {
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

    /// The fix with this number of the problem that is looked at, once it was tried: its title and
    /// what it comes to.
    ///
    /// # Errors
    /// In words, when there is none, when it cannot be written, or when it would not mend the
    /// problem or break something else.
    pub fn fix(&self, session: &Session, nth: usize) -> Result<(String, Preview), String> {
        let offer = self.opened.as_ref().and_then(|opened| opened.offers.get(nth));
        let problem = self.opened.as_ref().and_then(|opened| self.problems.get(opened.nth));
        let (Some(Offer { fix, notices }), Some(problem)) = (offer, problem) else {
            return Err("there is no such fix here".to_owned());
        };
        let preview = session.preview(fix.change.clone());
        let preview = preview.map_err(|error| format!("{}: {}", fix.title, error.message))?;
        if notices.is_none() && !is_fixed(problem, session.revision(), &preview) {
            return Err("not done: it would mend nothing, or break something else".to_owned());
        }
        Ok((fix.title.clone(), preview))
    }
}

/// What the guest would notice: of the devices of the problem without their names, of others with.
fn noticed(differences: &[Difference], problem: &Problem) -> Vec<String> {
    /// More is told once it is done, in the changes.
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
        others => notices.push(format!("also moves {} others", others.len())),
    }
    notices
}
