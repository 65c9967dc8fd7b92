//! The document's text as highlighted lines.
//!
//! A scan for colours only: it never fails, and unknown parts are plain text. The
//! document itself is read by `xml`.

use crate::text::Span;

/// The kind of a piece of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Token {
    /// Text between elements, and blanks.
    Text,
    /// `<name`, `</name`, `>`, `/>`, and processing instructions.
    Tag,
    /// An attribute's name and its `=`.
    Attribute,
    /// An attribute's value with its quotes.
    Value,
    /// A comment, or a CDATA section.
    Comment,
}

/// The pieces of `text` in order, without gaps.
pub fn tokens(text: &str) -> Vec<(Span, Token)> {
    let mut scan = TokenScan { bytes: text.as_bytes(), at: 0, out: Vec::new() };
    while scan.at < scan.bytes.len() {
        if scan.starts_with(b"<!--") {
            scan.until(b"-->", Token::Comment);
        } else if scan.starts_with(b"<![CDATA[") {
            scan.until(b"]]>", Token::Comment);
        } else if scan.starts_with(b"<?") {
            scan.until(b"?>", Token::Tag);
        } else if scan.starts_with(b"<") {
            scan.tag();
        } else {
            scan.take_while(Token::Text, |byte| byte != b'<');
        }
    }
    scan.out
}

struct TokenScan<'t> {
    bytes: &'t [u8],
    at: usize,
    out: Vec<(Span, Token)>,
}

impl TokenScan<'_> {
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn starts_with(&self, prefix: &[u8]) -> bool {
        self.rest().starts_with(prefix)
    }

    /// Takes everything up to and including `end`, or all there is.
    fn until(&mut self, end: &[u8], token: Token) {
        let found = self.rest().windows(end.len()).position(|window| window == end);
        let length = found.map_or(self.rest().len(), |at| at + end.len());
        self.take(length, token);
    }

    fn take_while(&mut self, token: Token, keep: impl Fn(u8) -> bool) {
        let length = self.rest().iter().take_while(|byte| keep(**byte)).count();
        self.take(length.max(1), token);
    }

    fn take(&mut self, length: usize, token: Token) {
        let end = (self.at + length).min(self.bytes.len());
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.out.push((Span::new(offset(self.at), offset(end)), token));
        self.at = end;
    }

    /// A start or end tag with its attributes.
    fn tag(&mut self) {
        self.take_while(Token::Tag, |byte| !byte.is_ascii_whitespace() && byte != b'>');
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b'>' => return self.take(1, Token::Tag),
                b'/' => self.take(1, Token::Tag),
                b'<' => return,
                b'"' | b'\'' => self.quoted(byte),
                _ if byte.is_ascii_whitespace() => {
                    self.take_while(Token::Text, |byte| byte.is_ascii_whitespace());
                }
                _ => self.take_while(Token::Attribute, |byte| {
                    !byte.is_ascii_whitespace()
                        && !matches!(byte, b'>' | b'/' | b'"' | b'\'' | b'<')
                }),
            }
        }
    }

    fn quoted(&mut self, quote: u8) {
        let inside = self.rest().iter().skip(1).position(|byte| *byte == quote);
        let length = inside.map_or(self.rest().len(), |at| at + 2);
        self.take(length, Token::Value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(&str, Token)> {
        tokens(text).into_iter().map(|(span, token)| (span.slice(text), token)).collect()
    }

    #[test]
    fn a_tag_falls_into_name_attributes_and_values() {
        assert_eq!(
            kinds("<a b='1>'/> x"),
            [
                ("<a", Token::Tag),
                (" ", Token::Text),
                ("b=", Token::Attribute),
                ("'1>'", Token::Value),
                ("/", Token::Tag),
                (">", Token::Tag),
                (" x", Token::Text),
            ]
        );
    }

    #[test]
    fn whatever_the_text_the_pieces_make_it_up_again() {
        for text in [
            "<!-- a <b> -->c",
            "<![CDATA[<]]>",
            "<a b='",
            "<<",
            "a",
            "",
            "<a\n b = \"c\" ></a>",
            "<?x?>ä",
        ] {
            let joined: String = tokens(text).iter().map(|(span, _)| span.slice(text)).collect();
            assert_eq!(joined, text);
        }
    }
}
