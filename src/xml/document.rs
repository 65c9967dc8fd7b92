//! A text and the table of its elements.
//!
//! roxmltree parses the text and is dropped: its tree borrows the text, so both could not be stored
//! together, and it is three times larger than needed here. The table is flat, in document order,
//! and built and walked without recursion. It keeps offsets; names and values are read from the
//! text itself unless the parser had to change them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use super::element::Element;
use super::error::{CONVERT, Fault, XmlError};
use super::secret::secrets;
use super::tags;
use crate::text::{Lines, Secrets, Span};

/// The absence of a link between elements: the root, which has this id, is never a child or
/// sibling.
pub(super) const NONE: u32 = 0;

/// A well-formed XML text with the spans of its elements. It is never changed; an edit makes
/// another text.
#[derive(Clone)]
pub struct Document {
    text: Arc<str>,
    lines: OnceLock<Lines>,
    secrets: OnceLock<Secrets>,
    pub(super) elements: Vec<ElementRow>,
    pub(super) attributes: Vec<AttributeRow>,
    /// Text in elements, sorted by element.
    pub(super) pieces: Vec<TextPiece>,
    /// Values that differ from how they are written.
    pub(super) normalised: Vec<Box<str>>,
    pub(super) namespaces: Vec<Box<str>>,
}

#[derive(Clone)]
pub(super) struct ElementRow {
    pub(super) span: Span,
    /// Just after the `>` of the start tag.
    pub(super) tag_end: u32,
    /// The name without its prefix.
    pub(super) name: Span,
    /// 1 + index of the namespace, 0 for none.
    pub(super) namespace: u32,
    pub(super) parent: u32,
    pub(super) first_child: u32,
    pub(super) next_sibling: u32,
    /// Index of its first attribute; they end where those of the next element begin.
    pub(super) attributes: u32,
}

#[derive(Clone)]
pub(super) struct AttributeRow {
    /// The offset of the name, prefix included.
    pub(super) start: u32,
    /// The name without its prefix.
    pub(super) name: Span,
    /// 1 + index of the namespace, 0 for none.
    pub(super) namespace: u32,
    /// The value as it is written, without its quotes.
    pub(super) value: Span,
    /// 1 + index of the normalised value, 0 where it is the written one.
    pub(super) normalised: u32,
}

/// A run of text in an element.
#[derive(Clone)]
pub(super) struct TextPiece {
    pub(super) element: u32,
    pub(super) value: Span,
    /// 1 + index of the normalised text, 0 where it is the written one.
    pub(super) normalised: u32,
}

impl Document {
    /// Reads `text`, a byte order mark at its beginning included.
    ///
    /// # Errors
    /// When the text is not well-formed, has a document type, or declares an encoding that is not UTF-8.
    pub fn parse(text: impl Into<Arc<str>>) -> Result<Self, XmlError> {
        let text = text.into();
        if let Err(fault) = refuse(&text) {
            return Err(XmlError::new(&text, fault));
        }
        let mut document = Self {
            text: text.clone(),
            lines: OnceLock::new(),
            secrets: OnceLock::new(),
            elements: Vec::new(),
            attributes: Vec::new(),
            pieces: Vec::new(),
            normalised: Vec::new(),
            namespaces: Vec::new(),
        };
        match roxmltree::Document::parse(&text) {
            Ok(tree) => Builder::new(&mut document, &text).build(&tree),
            Err(error) => return Err(XmlError::of_parser(&text, &error)),
        }
        Ok(document)
    }

    /// Reads bytes that should be UTF-8.
    ///
    /// # Errors
    /// When they are not, and as [`Document::parse`].
    pub fn parse_bytes(bytes: Vec<u8>) -> Result<Self, XmlError> {
        match String::from_utf8(bytes) {
            Ok(text) => Self::parse(text),
            Err(error) => {
                Err(XmlError::of_bytes(error.as_bytes(), error.utf8_error().valid_up_to()))
            }
        }
    }

    /// The text, byte for byte as it was given.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The lines of the text; counted on first use.
    pub fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| Lines::new(self.text.clone()))
    }

    /// The secrets in the text; found when first asked for.
    pub fn secrets(&self) -> &Secrets {
        self.secrets.get_or_init(|| secrets(&self.text))
    }

    /// The piece of the text at `span` as it is drawn or quoted, with a mark for each secret.
    pub fn shown(&self, span: Span) -> Cow<'_, str> {
        self.secrets().slice(&self.text, span)
    }

    /// The line with this number, from 1, as [`Document::shown`]; without its end.
    pub fn shown_line(&self, line: u32) -> Cow<'_, str> {
        self.lines().span(line).map(|span| self.shown(span)).unwrap_or_default()
    }

    /// The outermost element.
    pub fn root(&self) -> Element<'_> {
        Element::new(self, 0)
    }

    /// All elements in document order, the root included.
    pub fn descendants(&self) -> impl ExactSizeIterator<Item = Element<'_>> + use<'_> {
        (0..len(&self.elements)).map(|id| Element::new(self, id))
    }

    /// The element with exactly this span.
    pub fn element_at(&self, span: Span) -> Option<Element<'_>> {
        let id = self.elements.binary_search_by_key(&span.start, |row| row.span.start).ok()?;
        let element = Element::new(self, u32::try_from(id).ok()?);
        (element.span() == span).then_some(element)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("bytes", &self.text.len())
            .field("elements", &self.elements.len())
            .finish_non_exhaustive()
    }
}

/// Most attributes of one element; libvirt's elements have at most a dozen.
const MAX_ATTRIBUTES: usize = 1024;

/// Most namespaces declared in a document; libvirt knows half a dozen. Each element inherits those
/// around it, and the parser copies them.
const MAX_NAMESPACES: usize = 256;

/// An element with more attributes than make sense: the parser compares each with all others, so
/// their number must be kept small before it looks at them.
fn crowded(text: &str) -> Option<u32> {
    // The shortest attribute is ` a=''`, and there is no `<` inside a tag.
    const SHORTEST: usize = MAX_ATTRIBUTES * 5;
    let mut openings = text.match_indices('<').map(|(at, _)| at);
    let mut next = openings.next()?;
    openings.chain([text.len()]).find_map(|end| {
        let at = std::mem::replace(&mut next, end);
        let is_tag = text.as_bytes().get(at + 1).is_some_and(|next| !b"!?/".contains(next));
        if end - at <= SHORTEST || !is_tag {
            return None;
        }
        let (mut count, start) = (0, u32::try_from(at).ok()?);
        tags::start_tag(text, start, |_| count += 1);
        (count > MAX_ATTRIBUTES).then_some(start)
    })
}

const WHAT: &str = "check that this is a domain definition";

/// Refuses what the parser would accept and libvirt does not.
fn refuse(text: &str) -> Result<(), Fault> {
    if text.is_empty() {
        return Err(Fault::at(0, "the text is empty"));
    }
    if u32::try_from(text.len()).is_err() {
        return Err(Fault::at(0, "the text is larger than 4 GiB"));
    }
    if let Some(at) = crowded(text) {
        let message = format!("this element has more than {MAX_ATTRIBUTES} attributes");
        return Err(Fault::at(at, message).hint(WHAT));
    }
    if let Some((at, _)) = text.match_indices("xmlns").nth(MAX_NAMESPACES) {
        let message = format!("more than {MAX_NAMESPACES} namespaces are declared");
        return Err(Fault::at(u32::try_from(at).unwrap_or(u32::MAX), message).hint(WHAT));
    }
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let declaration = text.get(start..).unwrap_or_default();
    if declaration.strip_prefix("<?xml").is_none_or(|rest| !rest.starts_with(char::is_whitespace)) {
        return Ok(());
    }
    let mut encoding = None;
    tags::start_tag(text, if start == 0 { 0 } else { 3 }, |raw| {
        if raw.name.slice(text) == "encoding" {
            encoding = Some(raw.value);
        }
    });
    let declared = encoding.map_or("UTF-8", |span| span.slice(text));
    if ["UTF-8", "UTF8", "US-ASCII", "ASCII"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(declared))
    {
        return Ok(());
    }
    let offset = encoding.unwrap_or_default().start;
    Err(Fault::at(offset, "an encoding other than UTF-8 is declared here").hint(CONVERT))
}

/// Copies the needed parts of the parser's tree into the table of a document.
struct Builder<'b> {
    document: &'b mut Document,
    text: &'b str,
    /// The elements around the current place, each with its last child so far.
    open: Vec<(u32, u32)>,
    namespaces: HashMap<&'b str, u32>,
}

impl<'b> Builder<'b> {
    fn new(document: &'b mut Document, text: &'b str) -> Self {
        Self { document, text, open: Vec::new(), namespaces: HashMap::new() }
    }

    fn build(mut self, tree: &'b roxmltree::Document<'_>) {
        for node in tree.descendants() {
            if node.is_element() {
                self.element(node);
            } else if node.is_text() {
                self.piece(node);
            }
        }
        // Text behind a child comes after the text in it, but belongs to an element before.
        self.document.pieces.sort_by_key(|piece| piece.element);
        self.document.elements.shrink_to_fit();
        self.document.attributes.shrink_to_fit();
    }

    fn element(&mut self, node: roxmltree::Node<'b, '_>) {
        let span = span(&node.range());
        let id = len(&self.document.elements);
        let parent = self.enclosing(span.start);
        if let Some((parent, last_child)) = self.open.last_mut() {
            let previous = std::mem::replace(last_child, id);
            let first = previous == NONE;
            let from = if first { *parent } else { previous };
            if let Some(row) = self.document.elements.get_mut(from as usize) {
                *(if first { &mut row.first_child } else { &mut row.next_sibling }) = id;
            }
        }
        self.open.push((id, NONE));

        let attributes = len(&self.document.attributes);
        let tag = self.tag(node, span.start);
        let namespace = self.namespace(node.tag_name().namespace());
        self.document.elements.push(ElementRow {
            span,
            tag_end: tag.span.end,
            name: local(self.text, tag.name),
            namespace,
            parent: parent.unwrap_or(NONE),
            first_child: NONE,
            next_sibling: NONE,
            attributes,
        });
    }

    /// Reads the start tag; its attributes are those of the text which the parser takes for such, declarations are none.
    fn tag(&mut self, node: roxmltree::Node<'b, '_>, start: u32) -> tags::Tag {
        let text = self.text;
        let mut parsed = node.attributes().peekable();
        tags::start_tag(text, start, |raw| {
            let Some(attribute) =
                parsed.next_if(|next| next.range().start == raw.name.start as usize)
            else {
                return;
            };
            let namespace = self.namespace(attribute.namespace());
            let normalised = self.normalised(raw.value, attribute.value());
            self.document.attributes.push(AttributeRow {
                start: raw.name.start,
                name: local(text, raw.name),
                namespace,
                value: raw.value,
                normalised,
            });
        })
    }

    fn piece(&mut self, node: roxmltree::Node<'b, '_>) {
        let value = node.text().unwrap_or_default();
        let alone = node.prev_sibling().is_none() && node.next_sibling().is_none();
        if !alone && value.bytes().all(tags::is_blank) {
            return;
        }
        let written = span(&node.range());
        let Some(element) = self.enclosing(written.start) else { return };
        let normalised = self.normalised(written, value);
        self.document.pieces.push(TextPiece { element, value: written, normalised });
    }

    /// The innermost element around `offset`; drops elements that ended before it.
    fn enclosing(&mut self, offset: u32) -> Option<u32> {
        while let Some(&(id, _)) = self.open.last() {
            let row = self.document.elements.get(id as usize)?;
            if offset < row.span.end {
                return Some(id);
            }
            self.open.pop();
        }
        None
    }

    fn normalised(&mut self, written: Span, value: &str) -> u32 {
        if written.slice(self.text) == value {
            return 0;
        }
        self.document.normalised.push(value.into());
        len(&self.document.normalised)
    }

    fn namespace(&mut self, uri: Option<&'b str>) -> u32 {
        let Some(uri) = uri else { return 0 };
        let known = &mut self.document.namespaces;
        *self.namespaces.entry(uri).or_insert_with(|| {
            known.push(uri.into());
            len(known)
        })
    }
}

/// `name` without its prefix.
fn local(text: &str, name: Span) -> Span {
    let colon = name.slice(text).bytes().position(|byte| byte == b':');
    let prefix = colon.map_or(0, |at| u32::try_from(at + 1).unwrap_or_default());
    Span::new(name.start + prefix, name.end)
}

/// Texts of 4 GiB and more are refused before.
fn span(range: &std::ops::Range<usize>) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(offset(range.start), offset(range.end))
}

fn len<T>(rows: &[T]) -> u32 {
    u32::try_from(rows.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_document_is_explained_with_its_place() {
        let bomb = "<!DOCTYPE d [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]>\n<d>&b;</d>";
        let late = format!("<!-- <!DOCTYPE -->\n{bomb}");
        for (text, expected) in [
            ("", "line 1, column 1: the text is empty"),
            (" \n", "line 2, column 1: there is no element in this text"),
            ("name: vm", "line 1, column 1: this is not XML: it does not begin with `<`"),
            (
                "<a>\n <ö>\n</a>",
                "line 3, column 1: `</a>` stands where `<ö>` of line 2 has to be closed",
            ),
            ("<a>\n <b>\n", "line 2, column 2: `<b>` is never closed (the file may be incomplete)"),
            (
                "<a>\n <b c='",
                "line 2, column 2: the text ends before what begins here (the file may be incomplete)",
            ),
            (
                "<a>\n <!-- b",
                "line 2, column 2: the text ends before what begins here (the file may be incomplete)",
            ),
            (bomb, "line 1, column 1: a document type (<!DOCTYPE) is refused"),
            (&late, "line 2, column 1: a document type (<!DOCTYPE) is refused"),
            (
                "<?xml version='1.0' encoding='latin1'?><a/>",
                "line 1, column 31: an encoding other than UTF-8",
            ),
            ("\u{feff}<?xml version='1.0' encoding=\"\"?><a/>", "line 1, column 32: an encoding"),
            (
                "<a/>\n<b/>",
                "line 2, column 1: another element begins behind the end of the document",
            ),
            ("<a/> b", "line 1, column 6: this belongs to no element"),
            (
                " <?xml version='1.0'?><a/>",
                "line 1, column 2: `<?xml` must be the very first thing",
            ),
            ("<a b='1' b='2'/>", "line 1, column 10: the attribute `b` is given twice"),
            ("<a b='<'/>", "line 1, column 7: `<` stands inside the value"),
            ("<a b=1/>", "line 1, column 6: a quote is expected here, not `1`"),
            ("<a b/>", "line 1, column 5: `=` is expected here, not `/`"),
            ("<a b='>\n<c d='", "line 2, column 1: `<` stands inside the value"),
            ("<a>&nbsp;</a>", "line 1, column 4: the entity `&nbsp;` is not known"),
            ("<a>a & b</a>", "line 1, column 6: this `&` begins no entity"),
            ("<q:a/>", "line 1, column 2: the prefix `q` is not declared"),
            ("<a>\u{1b}[31m</a>", "line 1, column 4: the character U+001B is not allowed in XML"),
            ("<a><!-- -- --></a>", "line 1, column 4: `--` stands inside a comment"),
            ("<a>b ]]> c</a>", "line 1, column 6: `]]>` stands in text"),
            ("<\u{9b}31m/>", "line 1, column 2: a name is expected here, not `\u{fffd}`"),
        ] {
            let error = Document::parse(text).unwrap_err();
            let shown = error.to_string();
            assert!(shown.starts_with(expected), "{text:?}: {shown}");
            assert!(!shown.contains(char::is_control), "{shown:?}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_an_error_with_a_place() {
        let error = Document::parse_bytes(b"<a>\n<b>f\xfcr</b></a>".to_vec()).unwrap_err();
        assert_eq!((error.line, error.column, error.offset), (2, 5, 8));
        let error = Document::parse_bytes(b"\xff\xfe<\0a\0".to_vec()).unwrap_err();
        assert_eq!(error.message, "the text is UTF-16, not UTF-8");
        assert!(Document::parse_bytes(b"\xef\xbb\xbf<a/>".to_vec()).is_ok());
    }

    #[test]
    fn known_spellings_of_utf8_are_accepted() {
        for encoding in ["utf-8", "UTF-8", "utf8", "us-ascii"] {
            let text = format!("<?xml version='1.0' encoding='{encoding}'?><a/>");
            assert!(Document::parse(text).is_ok(), "{encoding}");
        }
    }

    #[test]
    fn an_element_with_thousands_of_attributes_is_refused() {
        let many = |count| (0..count).map(|n| format!(" a{n}=''")).collect::<Vec<_>>().concat();
        assert!(Document::parse(format!("<a{}/>", many(MAX_ATTRIBUTES))).is_ok());
        let error =
            Document::parse(format!("<b>\n<a{}/></b>", many(MAX_ATTRIBUTES + 1))).unwrap_err();
        assert_eq!((error.line, error.column), (2, 1));
        assert_eq!(error.message, "this element has more than 1024 attributes");
    }

    #[test]
    fn hundreds_of_namespaces_are_refused() {
        let nested = |count: usize| {
            let start: Vec<_> = (0..count).map(|n| format!("<a xmlns:n{n}='u{n}'>")).collect();
            start.concat() + &"</a>".repeat(count)
        };
        assert!(Document::parse(nested(MAX_NAMESPACES)).is_ok());
        let error = Document::parse(nested(MAX_NAMESPACES + 1)).unwrap_err();
        assert_eq!(error.message, "more than 256 namespaces are declared");
    }

    #[test]
    fn deep_nesting_overflows_no_stack() {
        let deep = 200_000;
        let document = Document::parse("<a>".repeat(deep) + &"</a>".repeat(deep)).unwrap();
        assert_eq!(document.descendants().len(), deep);
        assert_eq!(document.root().descendants().len(), deep - 1);
        let error = Document::parse("<a>".repeat(deep)).unwrap_err();
        assert_eq!(error.message, "`<a>` is never closed");
    }
}
