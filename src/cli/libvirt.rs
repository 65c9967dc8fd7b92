//! Messages about the answering libvirt.

use super::options::OutputOptions;
use super::output;
use crate::machine::libvirt::answering;
use crate::model::Version;
use crate::sources::client_library;

/// Prints on standard error that the requested release is not known, or, on a terminal, that this
/// host has another libvirt than the default.
pub(super) fn explain(options: &OutputOptions) {
    let answer = options.libvirt();
    let text = if let Some(asked) = answer.asked {
        Some(unknown_rules(asked, answer.version))
    } else if options.libvirt.is_none() && output::is_error_terminal() {
        other_library(answer.version)
    } else {
        None
    };
    if let Some(text) = text {
        output::note(&format!("virt-topo: {text}\n"));
    }
}

fn unknown_rules(asked: Version, answer: Version) -> String {
    format!("the rules of libvirt {asked} are not known; answering as libvirt {answer}")
}

/// The hint that this host's libvirt has other rules; `None` where it has the same, or is not there.
pub(super) fn other_library(answer: Version) -> Option<String> {
    let own = client_library().filter(|own| answering(*own) != answer)?;
    Some(format!(
        "answering as libvirt {answer}; this host has libvirt {own}, for whose answers use \
         --libvirt {own}, or version = \"{own}\" under [libvirt] in the configuration"
    ))
}
