//! JSON as it is written.

use std::fmt::Write as _;

use serde::Serialize;

use crate::text::is_unprintable;

/// Formats `value` as JSON on several lines, with a line end.
///
/// Characters that a terminal obeys or does not draw are written as `\u` escapes, which any reader
/// of JSON reads as the same characters. Only strings have such characters: JSON's own are
/// printable.
///
/// # Errors
/// When `value` cannot be serialized, such as a map with keys that are no strings.
pub fn written_json(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(escaped(serde_json::to_string_pretty(value)?) + "\n")
}

fn escaped(json: String) -> String {
    let is_escaped = |character| character != '\n' && is_unprintable(character);
    if !json.contains(is_escaped) {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if is_escaped(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_comes_back_and_none_is_obeyed() {
        let text: String = (0..=0x0010_ffff).filter_map(char::from_u32).collect();
        let json = written_json(&[&text]).unwrap();
        assert!(!json.chars().any(|c| c != '\n' && is_unprintable(c)));
        let read: Vec<String> = serde_json::from_str(&json).unwrap();
        assert!(read == [text]);
    }

    #[test]
    fn escapes_are_those_of_json() {
        let json = written_json(&"a\u{9b}\u{e0001}\u{7f}ö\"").unwrap();
        assert_eq!(json, "\"a\\u009b\\udb40\\udc01\\u007fö\\\"\"\n");
    }
}
