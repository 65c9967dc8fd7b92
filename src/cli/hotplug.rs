//! How `attach` and `detach` tell what came of it.

use super::output::ReportFormat;
use super::{Outcome, output};
use crate::live::Facts;
use crate::report::{Hotplug, Hotplugged, hotplug_json};

/// What came of it, with the guest that it is told of.
pub(super) struct Ended {
    pub hotplug: Hotplug,
    pub facts: Facts,
}

impl Ended {
    /// One before, or without, a look at the guest.
    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self { hotplug: Hotplug::new(Hotplugged::Refused, message), facts: Facts::default() }
    }
}

/// Tells what `command` came to; an error says why it could not be tried.
pub(super) fn tell(
    command: &str,
    monitor: &str,
    format: ReportFormat,
    ended: Result<Ended, String>,
) -> color_eyre::Result<Outcome> {
    let Ended { hotplug, facts } = match ended {
        Ok(ended) => ended,
        Err(message) => return Ok(output::fail(&message)),
    };
    let is_fine = matches!(hotplug.state, Hotplugged::Done | Hotplugged::Planned);
    match format {
        ReportFormat::Json => {
            output::print(&hotplug_json(command, monitor, &hotplug, &facts)?)?;
        }
        ReportFormat::Text if is_fine => output::print(&format!("{}\n", hotplug.message))?,
        ReportFormat::Text => {
            output::note(&format!("virt-topo: {}\n", hotplug.message));
        }
    }
    Ok(if is_fine { Outcome::Fine } else { Outcome::Found })
}
