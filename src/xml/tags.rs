//! Markup by its bytes: the spans of tags, comments and the like.
//!
//! The parser reports where elements are, but not where their start tags end or which of them are
//! self-closing, and nothing about text it refuses. This scan is quote-aware (`>` may be in a
//! value) and total: on text that is not well-formed it still ends, with less precise results. It
//! checks nothing; the parser does.

use crate::text::Span;

/// The kind of a piece of markup.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum MarkupKind {
    /// A start tag, `<a ...>`.
    Start,
    /// An empty element, `<a .../>`.
    Empty,
    /// An end tag, `</a>`.
    End,
    /// Value of `<!-- ... -->`.
    Comment,
    /// Value of `<![CDATA[ ... ]]>`.
    Cdata,
    /// `<? ... ?>`, the XML declaration included
    Instruction,
    /// `<!DOCTYPE ... >`; its end is that of its first `>`
    Doctype,
}

/// A piece of markup from its `<` to just after its end, or to the end of the text where that is missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Markup {
    pub(super) kind: MarkupKind,
    pub(super) span: Span,
}

/// An attribute of a start tag, declarations of namespaces included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct RawAttribute {
    /// The name with its prefix.
    pub(super) name: Span,
    /// The value without its quotes, as it is written.
    pub(super) value: Span,
}

/// The parts of a start tag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Tag {
    /// The name with its prefix.
    pub(super) name: Span,
    /// From `<` to `>`.
    pub(super) span: Span,
}

/// All markup of `text` from `offset` on; everything between is text.
pub(super) fn markup(text: &str, offset: u32) -> impl Iterator<Item = Markup> {
    let mut scan = Scanner { bytes: text.as_bytes(), at: offset as usize };
    std::iter::from_fn(move || scan.markup())
}

/// Reads the start tag whose `<` is at `offset` and passes its attributes to `attribute`, in order.
pub(super) fn start_tag(text: &str, offset: u32, attribute: impl FnMut(RawAttribute)) -> Tag {
    Scanner { bytes: text.as_bytes(), at: offset as usize }.tag(attribute)
}

/// The innermost element that is still open where `text` ends: its name and where its start tag begins.
pub(super) fn innermost_open(text: &str) -> Option<(&str, u32)> {
    let mut open = Vec::new();
    for markup in markup(text, 0) {
        match markup.kind {
            MarkupKind::Start => open.push(markup.span.start),
            MarkupKind::End => drop(open.pop()),
            _ => {}
        }
    }
    let start = open.pop()?;
    Some((start_tag(text, start, drop).name.slice(text), start))
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn markup(&mut self) -> Option<Markup> {
        self.skip_while(|byte| byte != b'<');
        let start = self.at;
        let rest = self.rest();
        let (kind, end): (_, &[u8]) = match rest {
            [] => return None,
            [b'<', b'!', b'-', b'-', ..] => (MarkupKind::Comment, b"-->"),
            [b'<', b'!', b'[', ..] => (MarkupKind::Cdata, b"]]>"),
            [b'<', b'?', ..] => (MarkupKind::Instruction, b"?>"),
            [b'<', b'!', ..] => (MarkupKind::Doctype, b">"),
            [b'<', b'/', ..] => (MarkupKind::End, b">"),
            _ => {
                let tag = self.tag(drop);
                let empty = self.bytes.get(..self.at).is_some_and(|text| text.ends_with(b"/>"));
                let kind = if empty { MarkupKind::Empty } else { MarkupKind::Start };
                return Some(Markup { kind, span: tag.span });
            }
        };
        // `<!-->` is not a comment: its end cannot overlap with its beginning.
        let opening = if kind == MarkupKind::Comment { 4 } else { 1 };
        self.at += opening.min(rest.len());
        self.skip_past(end);
        Some(Markup { kind, span: self.span_from(start) })
    }

    fn tag(&mut self, mut attribute: impl FnMut(RawAttribute)) -> Tag {
        let start = self.at;
        self.at += 1;
        let name = self.name();
        loop {
            self.skip_while(is_blank);
            match self.rest() {
                [] => break,
                [b'>', ..] => {
                    self.at += 1;
                    break;
                }
                [b'/' | b'=' | b'"' | b'\'', ..] => self.at += 1,
                _ => {
                    let name = self.name();
                    self.skip_while(|byte| is_blank(byte) || byte == b'=');
                    if let [quote @ (b'"' | b'\''), ..] = *self.rest() {
                        self.at += 1;
                        let value = self.at;
                        self.skip_while(|byte| byte != quote);
                        let value = self.span_from(value);
                        self.at = (self.at + 1).min(self.bytes.len());
                        attribute(RawAttribute { name, value });
                    }
                }
            }
        }
        Tag { name, span: self.span_from(start) }
    }

    fn name(&mut self) -> Span {
        let start = self.at;
        self.skip_while(|byte| !is_blank(byte) && !matches!(byte, b'=' | b'/' | b'>'));
        self.span_from(start)
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn skip_while(&mut self, skip: impl Fn(u8) -> bool) {
        let rest = self.rest();
        let skipped = rest.iter().position(|byte| !skip(*byte)).unwrap_or(rest.len());
        self.at += skipped;
    }

    /// Skips to just after the next `end`, or everything when there is none.
    fn skip_past(&mut self, end: &[u8]) {
        let rest = self.rest();
        let found = rest.windows(end.len()).position(|window| window == end);
        self.at += found.map_or(rest.len(), |found| found + end.len());
    }

    fn span_from(&self, start: usize) -> Span {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(offset(start), offset(self.at))
    }
}

/// White space between the parts of a tag.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_markup_ends_where_it_ends() {
        let text =
            "<?xml v='>'?><!-- <a> -->x<a b='/>' c = \"'>\"\n><![CDATA[<b>]]><b/></a ><!DOCTYPE c>";
        let found: Vec<_> =
            markup(text, 0).map(|markup| (markup.kind, markup.span.slice(text))).collect();
        assert_eq!(
            found,
            [
                (MarkupKind::Instruction, "<?xml v='>'?>"),
                (MarkupKind::Comment, "<!-- <a> -->"),
                (MarkupKind::Start, "<a b='/>' c = \"'>\"\n>"),
                (MarkupKind::Cdata, "<![CDATA[<b>]]>"),
                (MarkupKind::Empty, "<b/>"),
                (MarkupKind::End, "</a >"),
                (MarkupKind::Doctype, "<!DOCTYPE c>"),
            ]
        );
    }

    #[test]
    fn attributes_are_found_with_any_spacing_and_quoting() {
        let text = "<q:a xmlns:q='u>'  b\n=\r\n\"1'2\" q:c=''/>";
        let mut found = Vec::new();
        let tag =
            start_tag(text, 0, |raw| found.push((raw.name.slice(text), raw.value.slice(text))));
        assert_eq!(found, [("xmlns:q", "u>"), ("b", "1'2"), ("q:c", "")]);
        assert_eq!(tag.name.slice(text), "q:a");
        assert_eq!(tag.span.slice(text), text);
    }

    #[test]
    fn text_that_ends_too_early_ends_the_scan() {
        for text in [
            "<", "<a", "<a b", "<a b=", "<a b='", "<!", "<!-", "<!-->", "<![", "<?", "</",
            "<a b'='/",
        ] {
            let all: Vec<_> = markup(text, 0).collect();
            assert_eq!(all.len(), 1, "{text}");
            assert_eq!(all[0].span.slice(text), text);
        }
    }

    #[test]
    fn the_innermost_open_element_is_named() {
        for (text, open) in [
            ("<a><b></b><c/>", Some(("a", 0))),
            ("<a><!-- <c> --><b>", Some(("b", 15))),
            ("<a><b></b></a>", None),
            ("</a>", None),
        ] {
            assert_eq!(innermost_open(text), open);
        }
    }
}
