//! From a command to a draft of its change.

use super::draft::Draft;
use super::{Command, Manner, add, adopt, disk, freeze, group, relocate, remove, set, swap, trial};
use crate::edit::Revision;
use crate::topology::Refusal;

impl Command {
    /// What the command wants of this guest.
    pub(super) fn draft<'r>(
        &self,
        revision: &'r Revision,
        manner: Manner,
    ) -> Result<Draft<'r>, Refusal> {
        let mut draft = Draft::new(revision);
        match self {
            Self::Move { device, to, extent, naming } => {
                relocate::draft(&mut draft, device, to, *extent, *naming)?;
            }
            Self::Swap(one, other) => swap::draft(&mut draft, one, other)?,
            Self::Group { devices, at } => group::draft(&mut draft, devices, *at)?,
            Self::AddController { controller, at } => {
                add::draft(&mut draft, controller, at.as_ref())?;
            }
            Self::RemoveController { device, cascade } => {
                remove::draft(&mut draft, device, *cascade)?;
                let outcome = trial::attempt(&mut draft)?;
                remove::is_gone(&draft, device, &outcome)?;
            }
            Self::SetController { device, to } => {
                set::draft(&mut draft, device, to)?;
                let outcome = trial::attempt(&mut draft)?;
                if !manner.force {
                    set::all_fit(&draft, device, &outcome)?;
                }
                set::readdress(&mut draft, device, &outcome)?;
            }
            Self::Room(count) => add::room(&mut draft, *count)?,
            Self::Rename { disk, name, naming } => {
                disk::rename(&mut draft, disk, name, *naming)?;
            }
            Self::SetBus { disk, bus, name } => {
                disk::set_bus(&mut draft, disk, bus, name.as_deref())?;
            }
            Self::SetAcpiIndex { device, index } => {
                disk::set_acpi_index(&mut draft, device, *index)?;
            }
            Self::Adopt(scope) => adopt::draft(&mut draft, scope)?,
            Self::Freeze(scope) => freeze::freeze(&mut draft, scope)?,
            Self::Thaw(scope) => freeze::thaw(&mut draft, scope)?,
        }
        Ok(draft)
    }
}
