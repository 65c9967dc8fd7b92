//! Escaping of characters, and those that XML cannot express.

use std::borrow::Cow;

/// Escapes `value` for use between two `quote`s.
///
/// Tabs and newlines become references: a parser reads bare ones as blanks (XML 1.0, section
/// 3.3.3).
pub(super) fn attribute(value: &str, quote: u8) -> Cow<'_, str> {
    escape(value, |character| match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '\'' if quote == b'\'' => Some("&apos;"),
        '"' if quote == b'"' => Some("&quot;"),
        '\t' => Some("&#9;"),
        '\n' => Some("&#10;"),
        '\r' => Some("&#13;"),
        _ => None,
    })
}

/// Escapes `text` for use between two tags.
///
/// `>` is escaped everywhere so that `]]>` never results; a bare carriage return would be read as a
/// line feed.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    escape(text, |character| match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#13;"),
        _ => None,
    })
}

/// Whether XML allows every character of `value` (XML 1.0, section 2.2: Char).
pub(super) fn is_writable(value: &str) -> bool {
    value
        .chars()
        .all(|character| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..))
}

/// Whether `name` can be the name of an element or attribute; only ASCII letters are accepted.
pub(super) fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
    name.bytes().all(plain) && name.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

fn escape(value: &str, with: impl Fn(char) -> Option<&'static str>) -> Cow<'_, str> {
    let Some(first) = value.find(|character| with(character).is_some()) else {
        return Cow::Borrowed(value);
    };
    let (clean, rest) = value.split_at(first);
    let mut escaped = clean.to_owned();
    for character in rest.chars() {
        match with(character) {
            Some(reference) => escaped.push_str(reference),
            None => escaped.push(character),
        }
    }
    Cow::Owned(escaped)
}

/// `text` with characters instead of the references to them; an unknown reference stays as it is written.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    let mut pieces = text.split('&');
    let first = pieces.next().unwrap_or_default();
    if first.len() == text.len() {
        return Cow::Borrowed(text);
    }
    let mut out = first.to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once(';').unwrap_or(("", piece));
        match referenced(name) {
            Some(character) => {
                out.push(character);
                out.push_str(rest);
            }
            None => {
                out.push('&');
                out.push_str(piece);
            }
        }
    }
    Cow::Owned(out)
}

fn referenced(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        name => {
            let digits = name.strip_prefix('#')?;
            let number = match digits.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => digits.parse(),
            };
            char::from_u32(number.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_must_be_escaped_is() {
        for (value, single, double, inside) in [
            ("plain 0x04", "plain 0x04", "plain 0x04", "plain 0x04"),
            ("a&b<c>", "a&amp;b&lt;c>", "a&amp;b&lt;c>", "a&amp;b&lt;c&gt;"),
            ("'\"", "&apos;\"", "'&quot;", "'\""),
            ("\t\r\n", "&#9;&#13;&#10;", "&#9;&#13;&#10;", "\t&#13;\n"),
            ("ö]]>", "ö]]>", "ö]]>", "ö]]&gt;"),
            ("", "", "", ""),
        ] {
            assert_eq!(attribute(value, b'\''), single);
            assert_eq!(attribute(value, b'"'), double);
            assert_eq!(text(value), inside);
        }
    }

    #[test]
    fn what_is_escaped_is_read_back() {
        let value = "a&b<c>'\"\t\r\n]]>ö";
        for quote in [b'\'', b'"'] {
            let (q, escaped) = (char::from(quote), attribute(value, quote));
            let document =
                crate::xml::Document::parse(format!("<a b={q}{escaped}{q}>{}</a>", text(value)))
                    .unwrap();
            assert_eq!(document.root().value("b"), Some(value));
            assert_eq!(document.root().text(), value);
        }
    }

    #[test]
    fn references_become_characters() {
        for (text, want) in [
            ("a", "a"),
            ("&lt;&#65;&#x42;&amp;quot;", "<AB&quot;"),
            ("&x;&", "&x;&"),
            ("&#xd800;", "&#xd800;"),
        ] {
            assert_eq!(unescaped(text), want);
        }
        assert_eq!(unescaped(&attribute("a&<'\"\t", b'\'')), "a&<'\"\t");
    }

    #[test]
    fn what_xml_has_no_place_for_is_known() {
        for (value, ok) in [
            ("a\tö\u{10ffff}", true),
            ("\u{0}", false),
            ("\u{1b}[m", false),
            ("\u{fffe}", false),
            ("\u{9b}", true),
        ] {
            assert_eq!(is_writable(value), ok, "{value:?}");
        }
        for (name, ok) in
            [("chassisNr", true), ("q:a", true), ("", false), ("1a", false), ("a b", false)]
        {
            assert_eq!(is_name(name), ok, "{name:?}");
        }
    }
}
