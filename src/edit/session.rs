//! The changes of a guest since it was read: each can be previewed, committed, undone and redone.

use super::command::{Command, DryRun, Options};
use super::compare::{Difference, compare_mapped};
use super::journal::Entry;
use super::key_map::key_map;
use super::portable::{PortableChange, portable};
use super::preview::{Preview, preview};
use super::revision::Revision;
use crate::model::{Change, Code, Problem};
use crate::text::TextEdit;

/// A committed change.
#[derive(Clone, Debug)]
pub struct Step {
    /// Title of the change: "move net virtio to 0000:00:05.0".
    pub title: String,
    /// The command that does the same, with its options, where there is one.
    pub command: Option<(Command, Options)>,
    /// The change that was committed.
    pub change: Change,
    /// The differences, with what the guest will notice.
    pub differences: Vec<Difference>,
    /// Edit of the text before it that gives the one after it.
    pub edit: TextEdit,
    inverse: TextEdit,
    /// The change in a form that outlives the text.
    portable: Vec<PortableChange>,
}

/// A guest with everything that was done to it.
#[derive(Debug)]
pub struct Session {
    revision: Revision,
    done: Vec<Step>,
    /// Undone steps, the one undone last at the end.
    undone: Vec<Step>,
    saved: SavePoint,
}

/// Position of the text that was read or saved last, relative to the steps.
#[derive(Debug, Default)]
struct SavePoint {
    /// Number of steps after which the text was the saved one.
    at: usize,
    /// Titles and inverses of saved steps that cannot be redone any more, from the saved text on;
    /// while there are any, no number of undos and redos leads to the saved text.
    back: Vec<(String, TextEdit)>,
}

impl Session {
    /// A guest as it was read.
    pub fn new(revision: Revision) -> Self {
        Self { revision, done: Vec::new(), undone: Vec::new(), saved: SavePoint::default() }
    }

    /// The guest as it is now.
    pub fn revision(&self) -> &Revision {
        &self.revision
    }

    /// The committed steps, in their order.
    pub fn steps(&self) -> &[Step] {
        &self.done
    }

    /// Whether the text differs from the one that was read or saved last.
    pub fn is_changed(&self) -> bool {
        !self.saved.back.is_empty() || self.saved.at != self.done.len()
    }

    /// The number of steps from the text that was read or saved last to the present one.
    pub fn unsaved_count(&self) -> usize {
        self.saved.back.len() + self.saved.at.abs_diff(self.done.len())
    }

    /// The steps from the text that was read or saved last to the present one.
    pub fn unsaved(&self) -> Vec<Entry> {
        let at = self.saved.at;
        let mut entries: Vec<Entry> =
            self.saved.back.iter().map(|(title, edit)| taken_back(title, edit)).collect();
        // Steps undone since then lie before the saved state.
        let back = at.saturating_sub(self.done.len());
        let behind = self.undone.iter().skip(self.undone.len().saturating_sub(back));
        entries.extend(behind.map(|step| taken_back(&step.title, &step.inverse)));
        entries.extend(self.done.iter().skip(at).map(|step| Entry {
            title: step.title.clone(),
            edit: step.edit.clone(),
            changes: step.portable.clone(),
        }));
        entries
    }

    /// Marks the present text as saved.
    pub fn mark_saved(&mut self) {
        self.saved = SavePoint { at: self.done.len(), back: Vec::new() };
    }

    /// Drops the saved steps beyond `left`; keeps their inverses in `saved.back`.
    fn forget_saved(&mut self, left: usize) {
        // The oldest of those that were taken back was taken back last.
        let steps = self.done.iter().chain(self.undone.iter().rev());
        let gone: Vec<&Step> = steps.take(self.saved.at).skip(left).collect();
        let back = gone.iter().rev().map(|step| (step.title.clone(), step.inverse.clone()));
        self.saved.back.extend(back);
        self.saved.at = self.saved.at.min(left);
    }

    /// Previews `change` without making it.
    ///
    /// # Errors
    /// If it cannot be written, or the result differs from the request.
    pub fn preview(&self, change: Change) -> Result<Preview, Box<Problem>> {
        preview(&self.revision, change)
    }

    /// Makes a previewed change, under this title.
    ///
    /// # Errors
    /// If the preview belongs to another state of the text.
    pub fn commit(
        &mut self,
        title: impl Into<String>,
        preview: Preview,
    ) -> Result<(), Box<Problem>> {
        self.keep(title.into(), None, preview)
    }

    /// Makes the change of a command.
    ///
    /// # Errors
    /// Like [`Self::commit`].
    pub fn run(
        &mut self,
        command: Command,
        options: Options,
        run: DryRun,
    ) -> Result<(), Box<Problem>> {
        self.keep(run.title, Some((command, options)), run.preview)
    }

    fn keep(
        &mut self,
        title: String,
        command: Option<(Command, Options)>,
        preview: Preview,
    ) -> Result<(), Box<Problem>> {
        let Preview { change, edit, after, differences, .. } = preview;
        let text = self.revision.document.text();
        let fits = edit.apply(text).is_ok_and(|made| made == **after.document.text());
        let inverse = edit.invert(text).ok().filter(|_| fits);
        let Some(inverse) = inverse else {
            return Problem::error(Code::StalePreview, "the document changed since the preview")
                .refuse();
        };
        let portable = portable(&self.revision, &change);
        self.add(Step { title, command, change, differences, edit, inverse, portable }, after);
        Ok(())
    }

    fn add(&mut self, step: Step, after: Revision) {
        self.forget_saved(self.done.len());
        self.undone.clear();
        self.done.push(step);
        self.revision = after;
    }

    /// Repeats the steps of a record, byte for byte, on the text they were made for.
    ///
    /// # Errors
    /// If a step does not fit the text, or the result is not a guest. The steps before it are done.
    pub fn replay(&mut self, entries: Vec<Entry>) -> Result<(), Box<Problem>> {
        let broken = |why: &dyn std::fmt::Display| {
            Problem::error(
                Code::DamagedRecord,
                format!("the journal does not fit the document: {why}"),
            )
        };
        for entry in entries {
            let before = &self.revision;
            let text = before.document.text();
            let inverse = entry.edit.invert(text).map_err(|error| broken(&error))?;
            let made = entry.edit.apply(text).map_err(|error| broken(&error))?;
            let after = before.rebuild(made).map_err(|error| broken(&error))?;
            // An undo is known as bytes only and has no change.
            let change = entry.change(before).ok().flatten();
            let change = change.unwrap_or_else(|| Change::Batch(Vec::new()));
            let key_map = key_map(before.guest().domain, after.guest().domain, &change);
            let differences = compare_mapped(before.guest(), after.guest(), &key_map);
            let Entry { title, edit, changes: portable } = entry;
            let command = None;
            self.add(Step { title, command, change, differences, edit, inverse, portable }, after);
        }
        Ok(())
    }

    /// Looks at a change and makes it.
    ///
    /// # Errors
    /// As [`Self::preview`].
    pub fn make(&mut self, title: impl Into<String>, change: Change) -> Result<(), Box<Problem>> {
        let preview = self.preview(change)?;
        self.commit(title, preview)
    }

    /// Undoes the last change and returns it; `None` if there is none.
    pub fn undo(&mut self) -> Option<&Step> {
        let step = self.done.last()?;
        self.revision = applied(&self.revision, &step.inverse)?;
        self.undone.extend(self.done.pop());
        self.undone.last()
    }

    /// Takes every change back; how many there were. The guest is read once.
    pub fn undo_all(&mut self) -> usize {
        let first = self.text_before(0).and_then(|text| self.revision.rebuild(text).ok());
        let Some(revision) = first else { return 0 };
        self.revision = revision;
        let count = self.done.len();
        self.undone.extend(self.done.drain(..).rev());
        count
    }

    /// Makes the change again that was taken back last.
    pub fn redo(&mut self) -> Option<&Step> {
        let step = self.undone.last()?;
        self.revision = applied(&self.revision, &step.edit)?;
        self.done.extend(self.undone.pop());
        self.done.last()
    }

    /// Takes one change back and leaves those made after it.
    ///
    /// # Errors
    /// When a later one needs it, which the refusal names; nothing is changed then.
    pub fn discard(&mut self, nth: usize) -> Result<(), Box<Problem>> {
        let Some(text) = self.text_before(nth) else { return Ok(()) };
        let Ok(revision) = self.revision.rebuild(text) else { return Ok(()) };
        let mut fresh = Self::new(revision);
        for step in self.done.iter().skip(nth + 1) {
            let made = fresh
                .preview(step.change.clone())
                .and_then(|preview| fresh.keep(step.title.clone(), step.command.clone(), preview));
            if let Err(mut refusal) = made {
                refusal.message = format!("\"{}\" would fail: {}", step.title, refusal.message);
                return Err(refusal);
            }
        }
        self.forget_saved(nth);
        self.done.truncate(nth);
        self.done.append(&mut fresh.done);
        self.undone.clear();
        self.revision = fresh.revision;
        Ok(())
    }

    /// The text before the change with this number.
    fn text_before(&self, nth: usize) -> Option<String> {
        self.done.get(nth)?;
        let mut text = self.revision.document.text().to_string();
        for step in self.done.iter().skip(nth).rev() {
            text = step.inverse.apply(&text).ok()?;
        }
        Some(text)
    }

    /// The text before the first change.
    pub fn first_text(&self) -> String {
        self.text_before(0).unwrap_or_else(|| self.revision.document.text().to_string())
    }
}

/// An undone step. Its inverse is known as bytes only.
fn taken_back(title: &str, edit: &TextEdit) -> Entry {
    Entry { title: format!("undo: {title}"), edit: edit.clone(), changes: Vec::new() }
}

/// The guest after an edit that was made for exactly this text.
fn applied(revision: &Revision, edit: &TextEdit) -> Option<Revision> {
    let text = edit.apply(revision.document.text()).ok()?;
    revision.rebuild(text).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop};
    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::*;
    use crate::model::address::{Pci, PciAddress, Slot};
    use crate::model::{Address, DeviceClass, DeviceKey};

    const TEXT: &str = "<domain type='kvm'><os><type arch='x86_64' machine='pc'/></os>\n<devices>\n \
                        <interface type='user'/>\n <interface type='user'>\n  \
                        <address type='pci' slot='0x05'/> <!-- fixed -->\n </interface>\n \
                        <disk type='file'><target dev='vda' bus='virtio'/></disk>\n</devices></domain>";

    fn session() -> Session {
        Session::new(Revision::build(TEXT).unwrap())
    }

    fn text(session: &Session) -> &str {
        session.revision().document.text()
    }

    fn to_slot(nth: u32, slot: u32) -> Change {
        let at = PciAddress { slot: Slot::new(slot).unwrap(), ..PciAddress::default() };
        let device = DeviceKey::new(DeviceClass::Interface, nth);
        Change::Move { device, to: Address::Pci(Pci::at(at)) }
    }

    #[test]
    fn a_preview_changes_nothing_and_a_commit_is_what_was_looked_at() {
        let mut session = session();
        let preview = session.preview(to_slot(1, 7)).unwrap();
        assert_eq!(text(&session), TEXT);
        let seen = preview.after.document.text().to_string();
        let notices = ["guest address 00:05.0 → 00:07.0", "NIC enp0s5 → enp0s7"];
        assert_eq!(preview.differences[0].notices, notices);
        session.commit("move", preview).unwrap();
        assert_eq!(text(&session), seen);
        assert!(session.is_changed());
        assert_eq!(session.steps()[0].title, "move");
        assert_eq!(session.first_text(), TEXT);
    }

    #[test]
    fn what_was_saved_is_remembered_through_undo_and_redo() {
        let mut session = session();
        session.make("one", to_slot(1, 7)).unwrap();
        session.mark_saved();
        session.undo().unwrap();
        assert!(session.is_changed());
        session.redo().unwrap();
        assert!(!session.is_changed());
        session.undo().unwrap();
        session.make("another", to_slot(1, 8)).unwrap();
        assert!(session.is_changed());
        session.undo().unwrap();
        assert!(session.is_changed(), "what was saved cannot be reached any more");
        assert!(session.undo().is_none());
    }

    #[test]
    fn entries_are_made_again_and_undone_to_the_byte() {
        let mut first = session();
        first.make("one", to_slot(1, 7)).unwrap();
        first.make("two", to_slot(0, 8)).unwrap();
        let mut second = session();
        second.replay(first.unsaved()).unwrap();
        assert_eq!(text(&second), text(&first));
        assert_eq!(second.unsaved(), first.unsaved());
        assert_eq!(second.steps()[1].change, to_slot(0, 8));
        assert_eq!(second.steps()[1].differences, first.steps()[1].differences);
        while second.undo().is_some() {}
        assert_eq!(text(&second), TEXT);
        assert!(!second.is_changed());
        let mut other = Session::new(Revision::build("<domain/>").unwrap());
        assert!(other.replay(first.unsaved()).is_err());
    }

    #[test]
    fn one_of_several_changes_can_be_discarded() {
        let mut session = session();
        session.make("first", to_slot(0, 9)).unwrap();
        session.make("second", to_slot(1, 7)).unwrap();
        session.discard(0).unwrap();
        assert_eq!(session.steps().len(), 1);
        assert_eq!(text(&session), TEXT.replace("0x05", "0x07"));
        session.discard(0).unwrap();
        assert_eq!(text(&session), TEXT);
        assert!(!session.is_changed());
    }

    #[test]
    fn what_a_later_change_needs_cannot_be_discarded() {
        let mut session = session();
        let disk = DeviceKey::new(DeviceClass::Disk, 0);
        let Change::Move { to, .. } = to_slot(0, 9) else { unreachable!() };
        session.make("place the disk", Change::Move { device: disk, to }).unwrap();
        let before = text(&session).to_owned();
        let whole = Change::SetAttribute {
            device: disk,
            part: crate::model::Part::Child("address"),
            name: "slot".to_owned(),
            value: Some("0x0a".into()),
        };
        session.make("another slot", whole).unwrap();
        let after = text(&session).to_owned();
        let refusal = session.discard(0).unwrap_err();
        assert!(refusal.message.starts_with("\"another slot\" would fail: "), "{refusal:?}");
        assert_eq!(text(&session), after);
        session.undo().unwrap();
        assert_eq!(text(&session), before);
    }

    proptest! {
        /// Whatever was made, taken back, made again, discarded and saved: the unsaved entries lead
        /// from the saved text to the one there is.
        #[test]
        fn unsaved_entries_lead_from_the_saved_text_to_this_one(
            acts in prop::collection::vec((0_u8..8, 0_u32..2, 1_u32..32), 1..24),
        ) {
            let mut session = session();
            let mut saved = TEXT.to_owned();
            for (act, nth, slot) in acts {
                let steps = session.steps().len().max(1);
                match act {
                    0..=2 => session.make("change", to_slot(nth, slot)).unwrap(),
                    3 | 4 => drop(session.undo()),
                    5 => drop(session.redo()),
                    // A later one may need it.
                    6 => drop(session.discard(usize::try_from(slot).unwrap() % steps)),
                    _ => {
                        session.mark_saved();
                        saved = text(&session).to_owned();
                    }
                }
                let mut again = saved.clone();
                for entry in session.unsaved() {
                    again = entry.edit.apply(&again).unwrap();
                }
                prop_assert_eq!(&again, text(&session));
                prop_assert_eq!(session.unsaved_count(), session.unsaved().len());
                prop_assert_eq!(session.is_changed(), session.unsaved_count() > 0);
            }
        }

        /// Invariant 2: as many undos as commits give the first bytes, redos the last ones.
        #[test]
        fn undo_is_exact(moves in prop::collection::vec((0_u32..2, 1_u32..32, any::<bool>()), 1..12)) {
            let mut session = session();
            for (nth, slot, remove) in moves {
                let device = DeviceKey::new(DeviceClass::Interface, nth);
                let change = if remove { Change::RemoveAddress(device) } else { to_slot(nth, slot) };
                session.make("change", change).unwrap();
            }
            let last = text(&session).to_owned();
            let count = session.steps().len();
            for _ in 0..count {
                prop_assert!(session.undo().is_some());
            }
            prop_assert_eq!(text(&session), TEXT);
            prop_assert!(!session.is_changed());
            for _ in 0..count {
                prop_assert!(session.redo().is_some());
            }
            prop_assert_eq!(text(&session), last);
        }
    }
}
