//! Fixes a guest by repeatedly applying the first fix of the first error.

use virt_topo::check::Allowed;
use virt_topo::edit::{Checked, Revision, plan};
use virt_topo::model::{Fix, Problem, Severity, Version};

/// The libvirt that judged the guests which are fixed here.
const JUDGE: Version = Version::new(11, 3);

/// A guest with its problems and their tried fixes.
pub(crate) struct Patient {
    pub(crate) revision: Revision,
    pub(crate) checked: Checked,
}

impl Patient {
    pub(crate) fn new(text: &str) -> Self {
        let revision =
            Revision::build_for(text, JUDGE).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let mut checked = Checked::of(&revision, &Allowed::default());
        checked.try_fixes(&revision);
        Self { revision, checked }
    }

    pub(crate) fn text(&self) -> &str {
        self.revision.document.text()
    }

    pub(crate) fn errors(&self) -> impl Iterator<Item = &Problem> {
        self.checked.problems.iter().filter(|problem| problem.severity == Severity::Error)
    }

    /// The text after a fix.
    pub(crate) fn after(&self, fix: &Fix) -> String {
        let edit = plan(&self.revision, &fix.change).unwrap();
        edit.apply(self.text()).unwrap()
    }

    /// The first fix of the first error that has one.
    pub(crate) fn first_fix(&self) -> Option<(&Problem, &Fix)> {
        self.errors().find_map(|error| Some((error, error.fixes.first()?)))
    }
}

/// The result of fixing a guest.
pub(crate) struct Mended {
    pub(crate) text: String,
    /// The number of errors before each step.
    pub(crate) counts: Vec<usize>,
    /// The code and title of each step.
    pub(crate) steps: Vec<String>,
    pub(crate) left: usize,
}

/// Mends until no error is left, or none that has a fix.
pub(crate) fn mend(text: &str) -> Mended {
    let mut mended =
        Mended { text: text.to_owned(), counts: Vec::new(), steps: Vec::new(), left: 0 };
    loop {
        let patient = Patient::new(&mended.text);
        mended.left = patient.errors().count();
        let Some((error, fix)) = patient.first_fix().filter(|_| mended.steps.len() < 500) else {
            return mended;
        };
        mended.counts.push(mended.left);
        mended.steps.push(format!("{}: {}", error.code, fix.title));
        let after = patient.after(fix);
        mended.text = after;
    }
}
