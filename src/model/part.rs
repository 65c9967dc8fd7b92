//! The elements of a device that have attributes of their own.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

/// The element of a device that has an attribute.
///
/// As text it is a path: empty for the device itself, `target`, `address/zpci`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub enum Part {
    /// The element of the device itself.
    Own,
    /// The first child of this name.
    Child(&'static str),
    /// The first grandchild of these names: `<address><zpci/></address>`.
    Grandchild(&'static str, &'static str),
}

/// Names of the children and grandchildren of devices that changes name.
const NAMES: &[&str] =
    &["acpi", "address", "boot", "driver", "mac", "master", "model", "rom", "target", "zpci"];

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => Ok(()),
            Self::Child(child) => f.write_str(child),
            Self::Grandchild(child, grandchild) => write!(f, "{child}/{grandchild}"),
        }
    }
}

impl From<Part> for String {
    fn from(part: Part) -> Self {
        part.to_string()
    }
}

impl TryFrom<String> for Part {
    type Error = String;

    fn try_from(path: String) -> Result<Self, Self::Error> {
        let known = |name: &str| NAMES.iter().find(|known| **known == name).copied();
        let part = match path.split_once('/') {
            None if path.is_empty() => Some(Self::Own),
            None => known(&path).map(Self::Child),
            Some((child, grandchild)) => {
                known(child).zip(known(grandchild)).map(|(one, two)| Self::Grandchild(one, two))
            }
        };
        part.ok_or_else(|| format!("a device has no part <{path}>"))
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The quoted names after every `word(` in the sources.
    fn named(word: &str) -> Vec<String> {
        let word = format!("{word}(");
        let mut todo = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let mut found = Vec::new();
        while let Some(path) = todo.pop() {
            if path.is_dir() {
                todo.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let behind = text.split(&word).skip(1).filter_map(|rest| rest.split(')').next());
            let quoted = behind.flat_map(|inside| inside.split('"').skip(1).step_by(2));
            found.extend(quoted.map(str::to_owned));
        }
        found
    }

    #[test]
    fn every_part_that_a_change_may_name_can_be_read_back() {
        let children = named("Part::Child");
        assert!(children.len() > 10, "looked in the wrong place");
        for name in children.into_iter().chain(named("Part::Grandchild")) {
            assert!(NAMES.contains(&name.as_str()), "`{name}` is missing in NAMES");
        }
        for path in ["", "target", "address/zpci"] {
            assert_eq!(Part::try_from(path.to_owned()).unwrap().to_string(), path);
        }
        assert!(Part::try_from("target/nonsense".to_owned()).is_err());
    }
}
