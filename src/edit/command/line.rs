//! A command as it would be typed, without the file: `move vda pci:00:10.0`.

use std::ffi::OsStr;
use std::fmt;

use super::scope::Scope;
use super::{Command, Extent, Naming, Options};
use crate::model::address::Pci;
use crate::model::{Address, Controller, ControllerPatch};
use crate::text::shell_word;

/// Formats the arguments after `virt-topo` except for the file, which is the second; quoted for a
/// shell.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, words) = self.words();
        f.write_str(verb)?;
        words.iter().try_for_each(|word| write!(f, " {}", shell_word(word.as_bytes())))
    }
}

impl Command {
    /// The whole line for a shell: `virt-topo move guest.xml vda pci:00:10.0 --write`.
    pub fn shell(&self, file: &OsStr, options: Options) -> String {
        let (verb, words) = self.words();
        let mut line = format!("virt-topo {verb} {}", shell_word(file.as_encoded_bytes()));
        for word in &words {
            line.push(' ');
            line.push_str(&shell_word(word.as_bytes()));
        }
        for (is_on, option) in [(options.freeze_others, " --hold"), (options.force, " --force")] {
            line.push_str(if is_on { option } else { "" });
        }
        line + " --write"
    }

    /// The name of the command, and its arguments after the file.
    pub fn words(&self) -> (&'static str, Vec<String>) {
        match self {
            Self::Move { device, to, extent, naming } => {
                let mut words = vec![device.to_string(), place(to)];
                if *extent == Extent::Slot {
                    words.push("--slot".to_owned());
                }
                if *naming == Naming::Follow {
                    words.push("--rename".to_owned());
                }
                ("move", words)
            }
            Self::Swap(one, other) => ("swap", vec![one.to_string(), other.to_string()]),
            Self::Group { devices, at } => {
                let mut words: Vec<String> = devices.iter().map(ToString::to_string).collect();
                if let Some(at) = at {
                    words.extend(["--at".to_owned(), place(&Address::Pci(Pci::at(*at)))]);
                }
                ("group", words)
            }
            Self::AddController { controller, at } => {
                let mut words = vec![controller_word(controller)];
                let mut said = ControllerPatch::of(controller);
                if controller.pci_model().is_some() {
                    // The type says it already.
                    said.model = None;
                }
                words.extend(settings(&said));
                if let Some(at) = at {
                    words.extend(["--at".to_owned(), place(at)]);
                }
                ("controller add", words)
            }
            Self::RemoveController { device, cascade } => {
                let cascade = cascade.then(|| "--cascade".to_owned());
                let words = std::iter::once(device.to_string()).chain(cascade);
                ("controller remove", words.collect())
            }
            Self::SetController { device, to } => {
                let words = std::iter::once(device.to_string()).chain(settings(to));
                ("controller set", words.collect())
            }
            Self::Reserve(count) => ("reserve", vec![count.to_string()]),
            Self::Rename { disk, name, naming } => {
                let mut words = vec![disk.to_string(), "--target".to_owned(), name.clone()];
                if *naming == Naming::Follow {
                    words.push("--follow".to_owned());
                }
                ("set", words)
            }
            Self::SetBus { disk, bus, name } => {
                let mut words = vec![disk.to_string(), "--bus".to_owned(), bus.clone()];
                words.extend(name.iter().flat_map(|name| ["--target".to_owned(), name.clone()]));
                ("set", words)
            }
            Self::SetAcpiIndex { device, index } => {
                let index = index.map_or("none".to_owned(), |index| index.to_string());
                ("set", vec![device.to_string(), "--acpi-index".to_owned(), index])
            }
            Self::Adopt(scope) => ("adopt", scope_words(scope)),
            Self::Freeze(scope) => ("freeze", scope_words(scope)),
            Self::Thaw(scope) => ("thaw", scope_words(scope)),
        }
    }
}

/// The model of a PCI controller, the type of any other.
fn controller_word(controller: &Controller) -> String {
    controller.pci_model().map_or(controller.word.to_string(), |model| model.as_str().to_owned())
}

/// The values of a patch as options, the model first.
fn settings(patch: &ControllerPatch) -> Vec<String> {
    let (mut first, mut words) = (Vec::new(), Vec::new());
    for (field, value) in patch.values() {
        let Some(option) = field.option else { continue };
        let place = if option == "model" { &mut first } else { &mut words };
        place.extend([format!("--{option}"), value]);
    }
    first.extend(words);
    first
}

fn scope_words(scope: &Scope) -> Vec<String> {
    match scope {
        Scope::All => vec!["--all".to_owned()],
        Scope::Some(picks) => picks.iter().map(ToString::to_string).collect(),
    }
}

/// An address as one argument: `pci:00:10.0`, `drive:0:0:0:3`.
pub(super) fn place(address: &Address) -> String {
    let (word, place) = (address.kind().as_str(), address.place());
    let place = place.strip_prefix("0000:").unwrap_or(&place);
    // Only the slot of a memory address is typed.
    let place = place.split(' ').next().unwrap_or_default();
    format!("{word}:{place}")
}
