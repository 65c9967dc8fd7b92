//! The writing style of a document: lines, indentation, quotes, spelling of addresses.
//!
//! The neighbouring elements decide, else the document as a whole. Properties of the whole document
//! are found in one pass, on first use, so that many changes of one document cost one pass.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::document::Document;
use super::element::{Attribute, Element};
use super::tags;
use crate::model::AddressKind;
use crate::text::{Newline, Span};

/// The layout of a new element among existing ones.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum ElementLayout {
    /// On a line of its own.
    Line { newline: Newline, indent: String },
    /// On the same line as the element before it, with these blanks between.
    Inline { gap: String },
}

/// The manner of one document.
pub(super) struct WritingStyle<'d> {
    document: &'d Document,
    whole: OnceCell<Whole<'d>>,
}

/// Style properties of the whole document.
struct Whole<'d> {
    unit: &'d str,
    quote: u8,
    /// Whether a blank comes before `/>`.
    spaced: bool,
    /// The first written address of each kind.
    addresses: HashMap<AddressKind, Element<'d>>,
}

/// Used where a document has no indentation at all to go by: libvirt's.
const UNIT: &str = "  ";

impl<'d> WritingStyle<'d> {
    pub(super) fn new(document: &'d Document) -> Self {
        Self { document, whole: OnceCell::new() }
    }

    /// The place of a new element beside `sibling`.
    pub(super) fn beside(&self, sibling: Element<'_>) -> ElementLayout {
        let start = sibling.span().start;
        match self.indent(start) {
            Some(indent) => self.line(start, indent),
            None => ElementLayout::Inline { gap: self.blanks_before(start).to_owned() },
        }
    }

    /// The place of a new element that becomes the last one in `parent`.
    pub(super) fn inside(&self, parent: Element<'d>) -> ElementLayout {
        // Blanks beside text are part of that text.
        if parent.has_text() {
            return ElementLayout::Inline { gap: String::new() };
        }
        let last = parent.last_child().map(|last| self.beside(last));
        if let Some(line @ ElementLayout::Line { .. }) = last {
            return line;
        }
        let start = parent.span().start;
        let content = content(parent).slice(self.text());
        let trimmed = content.trim_start_matches(is_blank);
        let leading = content.get(..content.len() - trimmed.len()).unwrap_or_default();
        if !trimmed.is_empty() {
            return match (leading.rsplit_once('\n'), last) {
                (Some((_, indent)), _) => self.line(parent.tag().end, indent),
                (None, Some(inline)) => inline,
                (None, None) => ElementLayout::Inline { gap: String::new() },
            };
        }
        if leading.contains('\n') || (leading.is_empty() && self.breaks_lines(parent)) {
            let indent = self.leading_blanks(start).to_owned() + self.unit(parent);
            return self.line(start, &indent);
        }
        ElementLayout::Inline { gap: String::new() }
    }

    /// The blanks before the end tag of an element whose first child was put on its own line.
    pub(super) fn before_end_tag(&self, parent: Element<'_>, newline: Newline) -> String {
        newline.as_str().to_owned() + self.leading_blanks(parent.span().start)
    }

    /// The additional indentation of a child of `parent`.
    pub(super) fn unit(&self, parent: Element<'d>) -> &'d str {
        let pairs = std::iter::successors(Some(parent), |element| element.parent());
        pairs.into_iter().find_map(|element| self.unit_of(element)).unwrap_or(self.whole().unit)
    }

    /// The quote for an element in `parent`.
    pub(super) fn quote(&self, parent: Element<'d>) -> u8 {
        let last = parent.last_child().and_then(|child| child.attributes().next_back());
        let nearest = last.or_else(|| parent.attributes().next_back());
        nearest.map_or_else(|| self.whole().quote, Attribute::quote)
    }

    /// Whether an element in `parent` has a blank before its `/>`.
    pub(super) fn is_spaced(&self, parent: Element<'d>) -> bool {
        let nearest = parent.last_child().filter(|child| child.is_self_closing());
        nearest.map_or_else(|| self.whole().spaced, |element| self.ends_spaced(element))
    }

    /// The document's first address of this kind that has attributes.
    pub(super) fn address(&self, kind: AddressKind) -> Option<Element<'d>> {
        self.whole().addresses.get(&kind).copied()
    }

    /// The text before `offset` on its line, if it is blank.
    pub(super) fn indent(&self, offset: u32) -> Option<&'d str> {
        let before = Span::new(self.line_start(offset), offset).slice(self.text());
        before.bytes().all(|byte| byte == b' ' || byte == b'\t').then_some(before)
    }

    /// Just behind the newline that ends the line of `offset`, when only blanks come before it.
    pub(super) fn line_end(&self, offset: u32) -> Option<u32> {
        let rest = self.text().get(offset as usize..)?;
        let blanks = rest.bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
        let newline = rest.as_bytes().get(blanks) == Some(&b'\n');
        newline.then(|| offset.saturating_add(u32::try_from(blanks + 1).unwrap_or(u32::MAX)))
    }

    /// The end of the last comment after `offset` on its line, if only comments and blanks follow;
    /// such comments belong to the element before them.
    pub(super) fn past_comments(&self, offset: u32) -> u32 {
        let mut end = offset;
        for markup in tags::markup(self.text(), offset) {
            let between = Span::new(end, markup.span.start).slice(self.text());
            let comment = markup.kind == tags::MarkupKind::Comment;
            if between.contains('\n') {
                return end;
            }
            let whole = !markup.span.slice(self.text()).contains('\n');
            if !(comment && whole && between.bytes().all(tags::is_blank)) {
                return offset;
            }
            end = markup.span.end;
        }
        offset
    }

    /// The blanks directly before `offset`.
    pub(super) fn blanks_before(&self, offset: u32) -> &'d str {
        let before = Span::new(0, offset).slice(self.text());
        before.get(before.trim_end_matches(is_blank).len()..).unwrap_or_default()
    }

    /// The newline before the line of `offset`.
    pub(super) fn newline(&self, offset: u32) -> Newline {
        let start = self.line_start(offset);
        let before = Span::new(start.saturating_sub(2), start).slice(self.text());
        match before {
            "\r\n" => Newline::CrLf,
            before if before.ends_with('\n') => Newline::Lf,
            _ => self.document.lines().newline(),
        }
    }

    fn text(&self) -> &'d str {
        self.document.text()
    }

    fn line(&self, offset: u32, indent: &str) -> ElementLayout {
        ElementLayout::Line { newline: self.newline(offset), indent: indent.to_owned() }
    }

    /// The start of the line of `offset`, after a byte order mark.
    fn line_start(&self, offset: u32) -> u32 {
        let lines = self.document.lines();
        let start = lines.span(lines.line_at(offset)).map_or(0, |line| line.start);
        if start == 0 && self.text().starts_with('\u{feff}') { 3.min(offset) } else { start }
    }

    /// The blanks at the beginning of the line of `offset`.
    fn leading_blanks(&self, offset: u32) -> &'d str {
        let before = Span::new(self.line_start(offset), offset).slice(self.text());
        let rest = before.trim_start_matches([' ', '\t']);
        before.get(..before.len() - rest.len()).unwrap_or_default()
    }

    /// Whether an empty element gets its first child on another line.
    fn breaks_lines(&self, element: Element<'_>) -> bool {
        let alone = element.parent().is_none();
        let one_line = || !self.text().trim_end().contains('\n');
        self.indent(element.span().start).is_some() && !(alone && one_line())
    }

    fn unit_of(&self, element: Element<'_>) -> Option<&'d str> {
        let outer = self.indent(element.parent()?.span().start)?;
        self.indent(element.span().start)?.strip_prefix(outer)
    }

    fn ends_spaced(&self, element: Element<'_>) -> bool {
        let end = element.span().end.saturating_sub(2);
        !self.blanks_before(end).is_empty()
    }

    fn whole(&self) -> &Whole<'d> {
        self.whole.get_or_init(|| {
            let (mut unit, mut addresses) = (None, HashMap::new());
            let (mut double, mut spaced) = (0_i64, 0_i64);
            for element in self.document.descendants() {
                if unit.is_none() && element.parent().is_some() {
                    unit = self.unit_of(element).filter(|unit| !unit.is_empty());
                }
                for attribute in element.attributes() {
                    double += if attribute.quote() == b'"' { 1 } else { -1 };
                }
                if element.is_self_closing() {
                    spaced += if self.ends_spaced(element) { 1 } else { -1 };
                }
                if element.is("address") && element.attributes().nth(1).is_some() {
                    let kind = AddressKind::from_name(element.value("type").unwrap_or_default());
                    addresses.entry(kind).or_insert(element);
                }
            }
            Whole {
                unit: unit.unwrap_or(UNIT),
                quote: if double > 0 { b'"' } else { b'\'' },
                spaced: spaced > 0,
                addresses,
            }
        })
    }
}

/// The span between the tags of an element; empty, at the end, when it is self-closing.
pub(super) fn content(element: Element<'_>) -> Span {
    let (span, start) = (element.span(), element.tag().end);
    let text = span.slice(element.document().text());
    let end_tag = text.rfind("</").and_then(|at| u32::try_from(at).ok());
    let end = end_tag.map_or(start, |at| span.start + at);
    Span::new(start, if element.is_self_closing() { start } else { end })
}

/// White space in XML.
pub(super) fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(newline: Newline, indent: &str) -> ElementLayout {
        ElementLayout::Line { newline, indent: indent.to_owned() }
    }

    fn inline(gap: &str) -> ElementLayout {
        ElementLayout::Inline { gap: gap.to_owned() }
    }

    #[test]
    fn a_child_stands_where_its_author_would_put_it() {
        use Newline::{CrLf, Lf};
        for (text, expected) in [
            ("<d>\n  <x>\n    <a/>\n  </x>\n</d>", line(Lf, "    ")),
            ("<d>\r\n\t<x>\r\n\t\t<a/>\r\n\t</x>\r\n</d>", line(CrLf, "\t\t")),
            ("<d>\n  <x/>\n</d>", line(Lf, "    ")),
            ("<d>\n  <x></x>\n</d>", line(Lf, "    ")),
            ("<d>\n  <x>\n  </x>\n</d>", line(Lf, "    ")),
            ("<d>\n   <x/>\n</d>", line(Lf, "      ")),
            ("\u{feff}<d>\n\t<x/>\n</d>", line(Lf, "\t\t")),
            ("<d>\n<x/>\n</d>", line(Lf, "")),
            ("<d>\n<x>\n<a/>\n</x>\n</d>", line(Lf, "")),
            ("<d><x/></d>", inline("")),
            ("<d>\n  <x><a/></x>\n</d>", inline("")),
            ("<d>\n  <x><a/> <b/></x>\n</d>", inline(" ")),
            ("<d>\n  <x>\n    <a/> <b/>\n  </x>\n</d>", line(Lf, "    ")),
            ("<d>\n  <x>\n    <a/></x>\n</d>", line(Lf, "    ")),
            ("<d>\n  <x>\n     <!-- c -->\n  </x>\n</d>", line(Lf, "     ")),
            ("<d>\n  <x><!-- c --></x>\n</d>", inline("")),
            ("<d>\n  <x>\n text\n  </x>\n</d>", inline("")),
            ("<d>\n  <x><![CDATA[ t ]]></x>\n</d>", inline("")),
            ("<d>\n  <x>   </x>\n</d>", inline("")),
            ("<x/>", inline("")),
            ("<?xml version='1.0'?>\n<x/>\n", line(Lf, "  ")),
        ] {
            let document = Document::parse(text).unwrap();
            let parent = document.descendants().find(|element| element.is("x")).unwrap();
            assert_eq!(WritingStyle::new(&document).inside(parent), expected, "{text:?}");
        }
    }

    #[test]
    fn comments_at_the_end_of_a_line_belong_to_it() {
        for (text, rest) in [
            ("<d><x/> <!-- a --><!-- b -->  \n</d>", "  \n</d>"),
            ("<d><x/> <!-- a --> <y/>\n</d>", " <!-- a --> <y/>\n</d>"),
            ("<d><x/> <!-- a\n --></d>", " <!-- a\n --></d>"),
            ("<d><x/>\n<!-- a --></d>", "\n<!-- a --></d>"),
            ("<d><x/> t <!-- a -->\n</d>", " t <!-- a -->\n</d>"),
            ("<d><x/></d>", "</d>"),
        ] {
            let document = Document::parse(text).unwrap();
            let element = document.root().child("x").unwrap();
            let end = WritingStyle::new(&document).past_comments(element.span().end);
            assert_eq!(text.get(end as usize..), Some(rest));
        }
    }

    #[test]
    fn quotes_and_blanks_before_the_slash_come_from_the_nearest() {
        for (text, quote, spaced) in [
            ("<d a='1'><x b=\"2\"><y c='3' /></x></d>", b'\'', true),
            ("<d a='1'><x b=\"2\"/></d>", b'"', false),
            ("<d a=\"1\"><x><y><z /></y></x></d>", b'"', true),
            ("<d><x/></d>", b'\'', false),
        ] {
            let document = Document::parse(text).unwrap();
            let parent = document.descendants().find(|element| element.is("x")).unwrap();
            let style = WritingStyle::new(&document);
            assert_eq!((style.quote(parent), style.is_spaced(parent)), (quote, spaced), "{text}");
        }
    }
}
