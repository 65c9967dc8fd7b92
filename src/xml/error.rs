//! Errors of texts that are no documents: the problem, its place, and the remedy.
//!
//! The parser's messages are replaced: the name of the element that is never closed helps more than
//! the end of the text. The meaning of a well-formed text is not examined here.

use std::fmt;
use std::sync::Arc;

use roxmltree::Error as Parser;

use super::tags;
use crate::text::{Lines, Position, Printable};

/// Text that is not well-formed XML, or XML of a kind that is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct XmlError {
    /// Line of the failure, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Offset in bytes.
    pub offset: u32,
    /// The problem; safe to print.
    pub message: String,
    /// The remedy, if one is known.
    pub hint: Option<&'static str>,
}

/// A failure before its place is translated to line and column.
pub(super) struct Fault {
    pub(super) offset: Option<u32>,
    pub(super) message: String,
    pub(super) hint: Option<&'static str>,
}

impl Fault {
    pub(super) fn at(offset: u32, message: impl Into<String>) -> Self {
        Self { offset: Some(offset), message: message.into(), hint: None }
    }

    pub(super) fn hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// Without a place of its own: that of the parser is meant.
    fn here(message: impl Into<String>) -> Self {
        Self { offset: None, message: message.into(), hint: None }
    }
}

impl XmlError {
    pub(super) fn new(text: &Arc<str>, fault: Fault) -> Self {
        let offset = fault.offset.unwrap_or_default();
        let Position { line, column } = Lines::new(text.clone()).position(offset);
        Self { line, column, offset, message: fault.message, hint: fault.hint }
    }

    /// Translates the parser's error about `text`.
    pub(super) fn of_parser(text: &Arc<str>, error: &Parser) -> Self {
        let at = error.pos();
        let offset = Lines::new(text.clone()).offset(Position { line: at.row, column: at.col });
        let offset = offset.unwrap_or_default();
        let fault = explain(text, offset, error);
        Self::new(text, Fault { offset: fault.offset.or(Some(offset)), ..fault })
    }

    /// Bytes that are not UTF-8: where they begin to be something else.
    pub(super) fn of_bytes(bytes: &[u8], valid_up_to: usize) -> Self {
        let valid = bytes.get(..valid_up_to).unwrap_or_default();
        let text: Arc<str> = String::from_utf8_lossy(valid).into();
        let offset = u32::try_from(valid_up_to).unwrap_or(u32::MAX);
        let fault = match bytes {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                Fault::at(offset, "the text is UTF-16, not UTF-8")
            }
            _ => Fault::at(offset, "the text is not UTF-8"),
        };
        Self::new(&text, fault.hint(CONVERT))
    }
}

/// The hint for every encoding error.
pub(super) const CONVERT: &str = "convert it, for example with `iconv -f LATIN1 -t UTF-8`";
const ENTITIES: &str = "only &amp; &lt; &gt; &quot; &apos; and numbers like &#233; can be used; a bare & is written &amp;";
const QEMU: &str = "<domain> needs xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'";

fn explain(text: &str, offset: u32, error: &Parser) -> Fault {
    let found = || {
        let next = text.get(offset as usize..).and_then(|rest| rest.chars().next());
        let next = next.map(String::from).unwrap_or_default();
        format!("not `{}`", Printable::new(&next))
    };
    match error {
        Parser::InvalidXmlPrefixUri(_) => {
            Fault::here("the prefix `xml` is bound to a foreign namespace")
        }
        Parser::UnexpectedXmlUri(_) => {
            Fault::here("the namespace of `xml` is bound to another prefix")
        }
        Parser::UnexpectedXmlnsUri(_) => Fault::here("the namespace of `xmlns` cannot be declared"),
        Parser::InvalidElementNamePrefix(_) => {
            Fault::here("no element can have the prefix `xmlns`")
        }
        Parser::DuplicatedNamespace(prefix, _) => Fault::here(format!(
            "the prefix `{}` is declared twice in one element",
            Printable::new(prefix)
        )),
        Parser::UnknownNamespace(prefix, _) => {
            let fault =
                Fault::here(format!("the prefix `{}` is not declared", Printable::new(prefix)));
            if prefix == "qemu" { fault.hint(QEMU) } else { fault }
        }
        Parser::UnexpectedCloseTag(expected, actual, _) => {
            close_tag(text, offset, expected, actual)
        }
        Parser::UnknownEntityReference(name, _) => {
            Fault::here(format!("the entity `&{};` is not known", Printable::new(name)))
                .hint(ENTITIES)
        }
        Parser::MalformedEntityReference(_) => {
            Fault::here("this `&` begins no entity").hint(ENTITIES)
        }
        Parser::EntityReferenceLoop(_) => Fault::here("entities refer to entities without end"),
        Parser::InvalidAttributeValue(_) | Parser::InvalidChar(b'"' | b'\'', b'<', _) => {
            Fault::here("`<` stands inside the value of an attribute")
                .hint("write &lt; or look for a missing quote")
        }
        Parser::DuplicatedAttribute(name, _) => Fault::here(format!(
            "the attribute `{}` is given twice in one element",
            Printable::new(name)
        )),
        Parser::NoRootNode => Fault::at(end(text), "there is no element in this text"),
        Parser::UnclosedRootNode | Parser::UnexpectedEndOfStream => too_short(text),
        Parser::UnexpectedDeclaration(_) => {
            Fault::here("`<?xml` must be the very first thing in the text")
                .hint("remove the blanks, lines or elements before it; a file holds one document")
        }
        Parser::NodesLimitReached | Parser::AttributesLimitReached => {
            Fault::here("there are too many elements")
        }
        Parser::NamespacesLimitReached => Fault::here("there are too many namespaces"),
        Parser::InvalidName(_)
        | Parser::InvalidChar(..)
        | Parser::InvalidChar2(..)
        | Parser::InvalidString(..)
            if offset >= end(text) =>
        {
            too_short(text)
        }
        Parser::InvalidName(_) => Fault::here(format!("a name is expected here, {}", found())),
        Parser::NonXmlChar(character, _) => Fault::here(format!(
            "the character U+{:04X} is not allowed in XML",
            u32::from(*character)
        )),
        Parser::InvalidChar(expected, ..) => {
            Fault::here(format!("`{}` is expected here, {}", char::from(*expected), found()))
        }
        Parser::InvalidChar2(expected, ..) => {
            Fault::here(format!("{expected} is expected here, {}", found()))
        }
        Parser::InvalidString(expected, _) => {
            Fault::here(format!("`{expected}` is expected here, {}", found()))
        }
        Parser::InvalidComment(_) => {
            Fault::here("`--` stands inside a comment").hint("comments cannot be nested")
        }
        Parser::InvalidCharacterData(_) => {
            // The parser points at the end of the text that holds it.
            let found = text.get(..offset as usize).and_then(|before| before.rfind("]]>"));
            let offset = found.and_then(|at| u32::try_from(at).ok()).unwrap_or(offset);
            Fault::at(offset, "`]]>` stands in text").hint("write ]]&gt;")
        }
        Parser::UnknownToken(_) => outside_of_root(text, offset),
        // The others come from inside of a document type, which is refused as a whole.
        Parser::DtdDetected
        | Parser::UnexpectedEntityCloseTag(_)
        | Parser::InvalidExternalID(_)
        | Parser::EntityResolver(..) => doctype(text),
    }
}

fn close_tag(text: &str, offset: u32, expected: &str, actual: &str) -> Fault {
    let actual = Printable::new(actual);
    let before = text.get(..offset as usize).unwrap_or_default();
    let Some((_, opened)) = tags::innermost_open(before) else {
        return Fault::here(format!("`</{actual}>` closes nothing"));
    };
    let line = 1 + before.bytes().take(opened as usize).filter(|byte| *byte == b'\n').count();
    let expected = Printable::new(expected);
    Fault::here(format!(
        "`</{actual}>` stands where `<{expected}>` of line {line} has to be closed"
    ))
}

/// The text ends inside of something: the innermost open element is where a person has to look.
fn too_short(text: &str) -> Fault {
    let unfinished = tags::markup(text, 0).last().filter(|last| last.span.end == end(text));
    let unfinished = unfinished.filter(|last| !last.span.slice(text).ends_with('>'));
    match (unfinished, tags::innermost_open(text)) {
        (Some(last), _) => Fault::at(last.span.start, "the text ends before what begins here"),
        (None, Some((name, start))) => {
            Fault::at(start, format!("`<{}>` is never closed", Printable::new(name)))
        }
        (None, None) => Fault::at(end(text), "the text ends too early"),
    }
    .hint("the file may be incomplete")
}

fn doctype(text: &str) -> Fault {
    let found = tags::markup(text, 0).find(|markup| markup.kind == tags::MarkupKind::Doctype);
    Fault::at(found.map_or(0, |markup| markup.span.start), "a document type (<!DOCTYPE) is refused")
        .hint("libvirt writes none, and its entities could expand without end; remove it")
}

fn outside_of_root(text: &str, offset: u32) -> Fault {
    let rest = text.get(offset as usize..).unwrap_or_default();
    let first = !text.get(..offset as usize).unwrap_or_default().contains('<');
    match (first, rest.starts_with('<')) {
        (true, false) => Fault::here("this is not XML: it does not begin with `<`"),
        (false, true) => Fault::here("another element begins behind the end of the document")
            .hint("a file holds one document; save every guest in a file of its own"),
        _ => Fault::here("this belongs to no element"),
    }
}

fn end(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

impl fmt::Display for XmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)?;
        self.hint.map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

impl std::error::Error for XmlError {}
