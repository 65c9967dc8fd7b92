//! Builds the change of a command.

use super::change_builder::ChangeBuilder;
use super::dry_run::attempt;
use super::{Command, Options, add, adopt, disk, freeze, group, relocate, remove, set, swap};
use crate::edit::revision::Revision;
use crate::model::Problem;

impl Command {
    /// The change of the command in this guest, still open for additions.
    pub(super) fn build<'r>(
        &self,
        revision: &'r Revision,
        options: Options,
    ) -> Result<ChangeBuilder<'r>, Box<Problem>> {
        let mut builder = ChangeBuilder::new(revision);
        match self {
            Self::Move { device, to, extent, naming } => {
                relocate::build(&mut builder, device, to, *extent, *naming)?;
            }
            Self::Swap(one, other) => swap::build(&mut builder, one, other)?,
            Self::Group { devices, at } => group::build(&mut builder, devices, *at)?,
            Self::AddController { controller, at } => {
                add::build(&mut builder, controller, at.as_ref())?;
            }
            Self::RemoveController { device, cascade } => {
                remove::build(&mut builder, device, *cascade)?;
                let outcome = attempt(&mut builder)?;
                remove::is_gone(&builder, device, &outcome)?;
            }
            Self::SetController { device, to } => {
                set::build(&mut builder, device, to)?;
                let outcome = attempt(&mut builder)?;
                if !options.force {
                    set::all_fit(&builder, device, &outcome)?;
                }
                set::readdress(&mut builder, device, &outcome)?;
            }
            Self::Reserve(count) => add::reserve(&mut builder, *count)?,
            Self::Rename { disk, name, naming } => {
                disk::rename(&mut builder, disk, name, *naming)?;
            }
            Self::SetBus { disk, bus, name } => {
                disk::set_bus(&mut builder, disk, bus, name.as_deref())?;
            }
            Self::SetAcpiIndex { device, index } => {
                disk::set_acpi_index(&mut builder, device, *index)?;
            }
            Self::Adopt(scope) => adopt::build(&mut builder, scope)?,
            Self::Freeze(scope) => freeze::freeze(&mut builder, scope)?,
            Self::Thaw(scope) => freeze::thaw(&mut builder, scope)?,
        }
        Ok(builder)
    }
}
