//! Quoting of a word for a shell command line.

use std::fmt::Write as _;

use super::Printable;

/// Quotes these bytes as one word of a shell: bare, in single quotes as every POSIX shell accepts
/// it, or as `$'\x1b'` (bash, ksh, zsh and POSIX of 2024) for control or invisible characters, or
/// bytes that are not UTF-8.
///
/// The line is safe to show and to paste into a terminal: nothing in it is executed before it is
/// entered.
pub fn shell_word(word: &[u8]) -> String {
    match std::str::from_utf8(word) {
        Ok(text) if is_bare(text) => text.to_owned(),
        Ok(text) if Printable::new(text).as_str() == text => {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
        _ => escaped(word),
    }
}

fn is_bare(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".,_-:+=/@%".contains(c);
    !text.is_empty() && text.chars().all(is_plain)
}

fn escaped(word: &[u8]) -> String {
    let mut out = String::from("$'");
    for chunk in word.utf8_chunks() {
        for character in chunk.valid().chars() {
            let mut bytes = [0; 4];
            let text = character.encode_utf8(&mut bytes);
            match character {
                '\'' | '\\' => out.extend(['\\', character]),
                _ if Printable::new(text).as_str() == text => out.push(character),
                _ => hexadecimal(&mut out, text.as_bytes()),
            }
        }
        hexadecimal(&mut out, chunk.invalid());
    }
    out + "'"
}

fn hexadecimal(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(out, "\\x{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_no_more_than_it_needs() {
        for (word, want) in [
            (&b"guest.xml"[..], "guest.xml"),
            (b"", "''"),
            (b"a b", "'a b'"),
            (b"$(id);`id`", "'$(id);`id`'"),
            (b"it's", r"'it'\''s'"),
            (b"~/x", "'~/x'"),
            ("für".as_bytes(), "'für'"),
            (b"a\x1b[31mb", r"$'a\x1b[31mb'"),
            (b"a\nb", r"$'a\x0ab'"),
            (b"it's\x07\\", r"$'it\'s\x07\\'"),
            (b"a\xffb", r"$'a\xffb'"),
            ("a\u{9b}b\u{202e}".as_bytes(), r"$'a\xc2\x9bb\xe2\x80\xae'"),
        ] {
            assert_eq!(shell_word(word), want, "{word:?}");
        }
    }
}
