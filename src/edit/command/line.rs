//! A command as it would be typed, without the file: `move vda pci:00:10.0`.

use std::fmt;

use super::scope::Scope;
use super::{Command, Extent, Naming};
use crate::model::Address;

/// The words after `virt-topo` but for the file, which stands behind the first; a shell takes them as
/// they are.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, words) = self.words();
        f.write_str(verb)?;
        words.iter().try_for_each(|word| write!(f, " {}", quoted(word)))
    }
}

impl Command {
    /// The words of the command, and those behind the file.
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
            Self::Freeze(scope) => ("freeze", scope_words(scope)),
            Self::Thaw(scope) => ("thaw", scope_words(scope)),
        }
    }
}

fn scope_words(scope: &Scope) -> Vec<String> {
    match scope {
        Scope::All => vec!["--all".to_owned()],
        Scope::Some(picks) => picks.iter().map(ToString::to_string).collect(),
    }
}

/// An address in one word: `pci:00:10.0`, `drive:0:0:0:3`.
pub(super) fn place(address: &Address) -> String {
    let (word, place) = (address.kind().word(), address.place());
    let place = place.strip_prefix("0000:").unwrap_or(&place);
    // What a memory socket says besides is not to be typed.
    let place = place.split(' ').next().unwrap_or_default();
    format!("{word}:{place}")
}

/// A word as a POSIX shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".,_-:+=/@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
