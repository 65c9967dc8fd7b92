//! The two notations of the values of QEMU's options.

use std::collections::BTreeMap;

/// The members of a JSON object by name; `None` for text that is no JSON object.
pub(super) fn json(value: &str) -> Option<BTreeMap<String, String>> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(value).ok()?;
    let plain = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    Some(object.into_iter().map(|(name, value)| (name, plain(value))).collect())
}

/// The parts of a value by name: commas between them, two commas for one inside a part; the first
/// part may leave out its name, which is `first` (QEMU `util/qemu-option.c`).
pub(super) fn options(value: &str, first: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut part = String::new();
    let mut characters = value.chars().peekable();
    let mut parts = Vec::new();
    while let Some(character) = characters.next() {
        if character == ',' && characters.next_if_eq(&',').is_none() {
            parts.push(std::mem::take(&mut part));
        } else {
            part.push(character);
        }
    }
    parts.push(part);
    for (nth, part) in parts.into_iter().enumerate() {
        match part.split_once('=') {
            Some((name, value)) => found.insert(name.to_owned(), value.to_owned()),
            None if nth == 0 => found.insert(first.to_owned(), part),
            None => found.insert(part, "on".to_owned()),
        };
    }
    found
}
