//! The output of `attach` and `detach`.

use super::output::ReportFormat;
use super::{Outcome, output};
use crate::live::Facts;
use crate::report::{Hotplug, Hotplugged, hotplug_json};

/// The result, with the guest it belongs to.
pub(super) struct Ended {
    pub hotplug: Hotplug,
    pub facts: Facts,
}

impl Ended {
    /// A refusal before, or without, a query of the guest.
    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self { hotplug: Hotplug::new(Hotplugged::Refused, message), facts: Facts::default() }
    }
}

/// Prints the result of `command`; an error is the reason why it could not be tried.
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
