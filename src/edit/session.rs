//! What the user did to a guest since it was read: changes that can be looked at before they are
//! made, taken back and made again.

use super::command::{Command, Outcome};
use super::compare::Difference;
use super::revision::Revision;
use super::written::{Written, write_change};
use crate::model::Change;
use crate::text::TextEdit;
use crate::topology::Refusal;

/// A change that was made.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it did, as a person would be asked: "move net virtio to 0000:00:05.0".
    pub title: String,
    /// The command that does the same, where there is one.
    pub command: Option<Command>,
    /// What was wanted.
    pub change: Change,
    /// What differs, and what the guest will notice.
    pub differences: Vec<Difference>,
    /// From the text before it to the one after it.
    pub edit: TextEdit,
    inverse: TextEdit,
}

/// A guest with everything that was done to it.
#[derive(Debug)]
pub struct Session {
    revision: Revision,
    done: Vec<Step>,
    /// Taken back, the last one taken back at the end.
    undone: Vec<Step>,
    /// How many steps were done when the text was last saved; `None` when no number of undos and
    /// redos leads back to that text.
    saved: Option<usize>,
}

impl Session {
    /// A guest as it was read.
    pub fn new(revision: Revision) -> Self {
        Self { revision, done: Vec::new(), undone: Vec::new(), saved: Some(0) }
    }

    /// The guest as it is now.
    pub fn revision(&self) -> &Revision {
        &self.revision
    }

    /// What was done, in that order.
    pub fn steps(&self) -> &[Step] {
        &self.done
    }

    /// Whether the text is another than the one that was read or saved last.
    pub fn is_changed(&self) -> bool {
        self.saved != Some(self.done.len())
    }

    /// The text is saved: from now on it is what counts as unchanged.
    pub fn mark_saved(&mut self) {
        self.saved = Some(self.done.len());
    }

    /// What `change` would do; nothing of it has happened then.
    ///
    /// # Errors
    /// When it cannot be written, or what comes out is not what was asked for.
    pub fn preview(&self, change: Change) -> Result<Written, Refusal> {
        write_change(&self.revision, change)
    }

    /// Makes what was looked at, under this title. What was looked at in another state of the text
    /// does not fit any more.
    ///
    /// # Errors
    /// When that is so.
    pub fn commit(&mut self, title: impl Into<String>, written: Written) -> Result<(), Refusal> {
        self.keep(title.into(), None, written)
    }

    /// Makes what a command comes to.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub fn run(&mut self, command: Command, outcome: Outcome) -> Result<(), Refusal> {
        let Outcome { title, change, edit, after, trace, differences, .. } = outcome;
        let written = Written { change, edit, after, trace, differences };
        self.keep(title, Some(command), written)
    }

    fn keep(
        &mut self,
        title: String,
        command: Option<Command>,
        written: Written,
    ) -> Result<(), Refusal> {
        let Written { change, edit, after, differences, .. } = written;
        let text = self.revision.document.text();
        let fits = edit.apply(text).is_ok_and(|made| made == **after.document.text());
        let inverse = edit.invert(text).ok().filter(|_| fits);
        let Some(inverse) = inverse else {
            return Err(Refusal::new("stale-preview", "the text is no longer what was looked at"));
        };
        if self.saved.is_some_and(|saved| saved > self.done.len()) {
            self.saved = None;
        }
        self.undone.clear();
        self.done.push(Step { title, command, change, differences, edit, inverse });
        self.revision = after;
        Ok(())
    }

    /// Looks at a change and makes it.
    ///
    /// # Errors
    /// As [`Self::preview`].
    pub fn make(&mut self, title: impl Into<String>, change: Change) -> Result<(), Refusal> {
        let written = self.preview(change)?;
        self.commit(title, written)
    }

    /// Takes the last change back; what it was, `None` when there is none.
    pub fn undo(&mut self) -> Option<&Step> {
        let step = self.done.last()?;
        self.revision = applied(&self.revision, &step.inverse)?;
        self.undone.extend(self.done.pop());
        self.undone.last()
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
    /// When a later one needs it; nothing happened then. The refusal says which one.
    pub fn discard(&mut self, nth: usize) -> Result<(), Refusal> {
        let Some(text) = self.text_before(nth) else { return Ok(()) };
        let Ok(revision) = Revision::build(text) else { return Ok(()) };
        let mut fresh = Self::new(revision);
        for step in self.done.iter().skip(nth + 1) {
            let made = fresh
                .preview(step.change.clone())
                .and_then(|written| fresh.keep(step.title.clone(), step.command.clone(), written));
            made.map_err(|refusal| {
                let message = format!("\"{}\" would fail: {}", step.title, refusal.message);
                Refusal { message, ..refusal }
            })?;
        }
        if self.saved.is_some_and(|saved| saved > nth) {
            self.saved = None;
        }
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

/// The guest after an edit that was made for exactly this text.
fn applied(revision: &Revision, edit: &TextEdit) -> Option<Revision> {
    let text = edit.apply(revision.document.text()).ok()?;
    Revision::build(text).ok()
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
