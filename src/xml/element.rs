//! Reading a document: its elements and attributes as light handles.
//!
//! Names are compared with their namespace in mind: [`Element::is`] and [`Element::attribute`] speak of libvirt's own,
//! which have none, so that `qemu:device` never passes for `device`.

use std::fmt;

use super::document::{AttributeRow, Document, ElementRow, NONE, TextPiece};
use crate::text::Span;

/// An element of a document.
#[derive(Clone, Copy)]
pub struct Element<'d> {
    document: &'d Document,
    row: &'d ElementRow,
    id: u32,
}

/// An attribute of an element; declarations of namespaces are none.
#[derive(Clone, Copy)]
pub struct Attribute<'d> {
    document: &'d Document,
    row: &'d AttributeRow,
}

impl<'d> Element<'d> {
    #[expect(
        clippy::indexing_slicing,
        reason = "ids come from the table itself; there is always a root"
    )]
    pub(super) fn new(document: &'d Document, id: u32) -> Self {
        Self { document, row: &document.elements[id as usize], id }
    }

    fn linked(self, id: u32) -> Option<Self> {
        (id != NONE).then(|| Self::new(self.document, id))
    }

    /// The document it belongs to.
    pub fn document(self) -> &'d Document {
        self.document
    }

    /// The name without prefix.
    pub fn name(self) -> &'d str {
        self.row.name.slice(self.document.text())
    }

    /// The prefix of the name as it is written.
    pub fn prefix(self) -> Option<&'d str> {
        prefix(self.document, self.row.span.start + 1, self.row.name)
    }

    /// The namespace of the name; libvirt's own elements have none.
    pub fn namespace(self) -> Option<&'d str> {
        namespace(self.document, self.row.namespace)
    }

    /// Whether the element has this name and no namespace.
    pub fn is(self, name: &str) -> bool {
        self.row.namespace == 0 && self.name() == name
    }

    /// The attribute of this name without namespace.
    pub fn attribute(self, name: &str) -> Option<Attribute<'d>> {
        self.attributes().find(|attribute| attribute.row.namespace == 0 && attribute.name() == name)
    }

    /// The value of the attribute of this name without namespace.
    pub fn value(self, name: &str) -> Option<&'d str> {
        self.attribute(name).map(Attribute::value)
    }

    /// All attributes, in the order of the text.
    pub fn attributes(self) -> impl DoubleEndedIterator<Item = Attribute<'d>> + use<'d> {
        let document = self.document;
        let next = document.elements.get(self.id as usize + 1);
        let end = next.map_or(document.attributes.len(), |next| next.attributes as usize);
        let rows = document.attributes.get(self.row.attributes as usize..end).unwrap_or_default();
        rows.iter().map(move |row| Attribute { document, row })
    }

    /// The elements directly inside.
    pub fn children(self) -> impl Iterator<Item = Element<'d>> + use<'d> {
        std::iter::successors(self.linked(self.row.first_child), |child| child.next_sibling())
    }

    /// The first element directly inside that has this name and no namespace.
    pub fn child(self, name: &str) -> Option<Element<'d>> {
        self.children().find(|child| child.is(name))
    }

    /// The elements inside at any depth, in document order, itself not included.
    pub fn descendants(self) -> impl ExactSizeIterator<Item = Element<'d>> + use<'d> {
        let document = self.document;
        (self.id + 1..self.subtree_end()).map(move |id| Self::new(document, id))
    }

    /// The element around it; none for the root.
    pub fn parent(self) -> Option<Element<'d>> {
        (self.id != 0).then(|| Self::new(self.document, self.row.parent))
    }

    /// The element that follows it in the same parent.
    pub fn next_sibling(self) -> Option<Element<'d>> {
        self.linked(self.row.next_sibling)
    }

    /// The last of the elements directly inside.
    pub fn last_child(self) -> Option<Element<'d>> {
        let mut last = self.subtree_end().checked_sub(1).filter(|last| *last > self.id)?;
        loop {
            let element = Self::new(self.document, last);
            if element.row.parent == self.id {
                return Some(element);
            }
            last = element.row.parent;
        }
    }

    /// The text directly inside, entities resolved and CDATA included; blanks between elements do not count.
    pub fn text(self) -> String {
        let document = self.document;
        self.pieces().iter().map(|row| read(document, row.value, row.normalised)).collect()
    }

    /// Whether it directly contains text other than blanks.
    pub fn has_text(self) -> bool {
        let blank = |text: &str| text.bytes().all(super::tags::is_blank);
        self.pieces().iter().any(|row| !blank(read(self.document, row.value, row.normalised)))
    }

    /// The whole element, from the `<` of its start tag to the `>` of its end.
    pub fn span(self) -> Span {
        self.row.span
    }

    /// The start tag, from `<` to `>`.
    pub fn tag(self) -> Span {
        Span::new(self.row.span.start, self.row.tag_end)
    }

    /// The name in the start tag, prefix included.
    pub fn name_span(self) -> Span {
        Span::new(self.row.span.start + 1, self.row.name.end)
    }

    /// Whether it is written as `<name/>`.
    pub fn is_self_closing(self) -> bool {
        self.tag().slice(self.document.text()).ends_with("/>")
    }

    fn pieces(self) -> &'d [TextPiece] {
        let pieces = &self.document.pieces;
        let start = pieces.partition_point(|piece| piece.element < self.id);
        let own = pieces.get(start..).unwrap_or_default();
        let count = own.partition_point(|piece| piece.element == self.id);
        own.get(..count).unwrap_or_default()
    }

    /// Id of the first element behind it.
    fn subtree_end(self) -> u32 {
        let behind = self.document.elements.get(self.id as usize + 1..).unwrap_or_default();
        let inside = behind.partition_point(|row| row.span.start < self.row.span.end);
        self.id + 1 + u32::try_from(inside).unwrap_or_default()
    }
}

impl<'d> Attribute<'d> {
    /// The name without prefix.
    pub fn name(self) -> &'d str {
        self.row.name.slice(self.document.text())
    }

    /// The prefix of the name as it is written.
    pub fn prefix(self) -> Option<&'d str> {
        prefix(self.document, self.row.start, self.row.name)
    }

    /// The namespace of the name; libvirt's own attributes have none.
    pub fn namespace(self) -> Option<&'d str> {
        namespace(self.document, self.row.namespace)
    }

    /// The value, entities resolved and newlines made blanks.
    pub fn value(self) -> &'d str {
        read(self.document, self.row.value, self.row.normalised)
    }

    /// From the name, prefix included, to the closing quote.
    pub fn span(self) -> Span {
        Span::new(self.row.start, self.row.value.end + 1)
    }

    /// The value as it is written, without its quotes.
    pub fn value_span(self) -> Span {
        self.row.value
    }

    /// The quote around the value, `'` or `"`.
    pub fn quote(self) -> u8 {
        let text = self.document.text().as_bytes();
        text.get(self.row.value.end as usize).copied().unwrap_or(b'\'')
    }
}

impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document) && self.id == other.id
    }
}

impl Eq for Element<'_> {}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}> at {:?}", self.name(), self.span())
    }
}

impl fmt::Debug for Attribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={:?} at {:?}", self.name(), self.value(), self.span())
    }
}

fn prefix(document: &Document, start: u32, name: Span) -> Option<&str> {
    let end = name.start.checked_sub(1).filter(|end| *end > start)?;
    Some(Span::new(start, end).slice(document.text()))
}

fn namespace(document: &Document, number: u32) -> Option<&str> {
    document.namespaces.get((number as usize).checked_sub(1)?).map(AsRef::as_ref)
}

/// A value as the parser gives it: the written one unless it had to be changed.
fn read(document: &Document, written: Span, normalised: u32) -> &str {
    match (normalised as usize).checked_sub(1) {
        Some(index) => document.normalised.get(index).map_or("", AsRef::as_ref),
        None => written.slice(document.text()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\u{feff}<?xml version=\"1.0\" encoding='utf-8'?>\r
<!-- guest -->\r
<domain type='kvm' xmlns:qemu = 'http://libvirt.org/schemas/domain/qemu/1.0'>\r
\t<name>a&amp;b<![CDATA[<c>]]></name>\r
\t<devices>\r
\t\t<disk><address type=\"pci\" slot='a>b' note='tab\t&quot;'/></disk  >\r
\t\t<qemu:disk qemu:type='x' type='y'/>\r
\t</devices>\r
</domain>\r
";

    #[test]
    fn elements_are_read_as_they_stand() {
        let document = Document::parse(TEXT).unwrap();
        assert_eq!(&**document.text(), TEXT);
        let root = document.root();
        assert!(root.is("domain") && root.parent().is_none() && !root.is_self_closing());
        let names: Vec<_> = document.descendants().map(Element::name).collect();
        assert_eq!(names, ["domain", "name", "devices", "disk", "address", "disk"]);
        assert_eq!(root.child("name").unwrap().text(), "a&b<c>");
        let devices = root.child("devices").unwrap();
        assert_eq!((devices.text(), devices.has_text()), (String::new(), false));
        let inside: Vec<_> = devices.descendants().map(Element::name).collect();
        assert_eq!(inside, ["disk", "address", "disk"]);
        let disk = devices.child("disk").unwrap();
        assert!(disk.span().slice(TEXT).ends_with("/></disk  >"));
        assert_eq!(disk.tag().slice(TEXT), "<disk>");
        assert_eq!(disk.parent(), Some(devices));
        assert_eq!(document.element_at(disk.span()), Some(disk));
        assert_eq!(document.element_at(disk.tag()), None);
    }

    #[test]
    fn attributes_keep_value_place_and_quote() {
        let document = Document::parse(TEXT).unwrap();
        let address = document.descendants().find(|element| element.is("address")).unwrap();
        assert!(address.is_self_closing());
        let found: Vec<_> = address
            .attributes()
            .map(|a| {
                (a.name(), a.value(), a.span().slice(TEXT), a.value_span().slice(TEXT), a.quote())
            })
            .collect();
        assert_eq!(
            found,
            [
                ("type", "pci", "type=\"pci\"", "pci", b'"'),
                ("slot", "a>b", "slot='a>b'", "a>b", b'\''),
                ("note", "tab \"", "note='tab\t&quot;'", "tab\t&quot;", b'\''),
            ]
        );
        assert_eq!(address.value("slot"), Some("a>b"));
        assert_eq!(address.value("bus"), None);
    }

    #[test]
    fn names_of_a_namespace_are_not_ours() {
        let document = Document::parse(TEXT).unwrap();
        let foreign = document.descendants().last().unwrap();
        assert_eq!(
            (foreign.name(), foreign.prefix(), foreign.is("disk")),
            ("disk", Some("qemu"), false)
        );
        assert_eq!(foreign.namespace(), Some("http://libvirt.org/schemas/domain/qemu/1.0"));
        assert_eq!(foreign.value("type"), Some("y"));
        let first = foreign.attributes().next().unwrap();
        assert_eq!(
            (first.name(), first.prefix(), first.namespace().is_some()),
            ("type", Some("qemu"), true)
        );
        assert_eq!(document.root().attributes().count(), 1, "a declaration is no attribute");
    }

    #[test]
    fn siblings_and_last_children_are_linked() {
        let document = Document::parse("<a><b><c/><d><e/></d></b><f/></a>").unwrap();
        let root = document.root();
        let names =
            |element: Element<'_>| element.children().map(|c| c.name().to_owned()).collect();
        let expected: [(&str, Vec<String>); 6] = [
            ("a", vec!["b".into(), "f".into()]),
            ("b", vec!["c".into(), "d".into()]),
            ("c", vec![]),
            ("d", vec!["e".into()]),
            ("e", vec![]),
            ("f", vec![]),
        ];
        for (element, (name, children)) in document.descendants().zip(expected) {
            let found: Vec<String> = names(element);
            assert_eq!((element.name(), &found), (name, &children));
            assert_eq!(element.last_child(), element.children().last(), "{name}");
        }
        assert_eq!(root.descendants().len(), 5);
    }

    #[test]
    fn text_behind_children_belongs_to_its_own_element() {
        let document =
            Document::parse("<a>1<b>2<!-- c -->3</b> <c> </c>&#x34;<d>\n</d></a>").unwrap();
        let texts: Vec<_> = document.descendants().map(Element::text).collect();
        assert_eq!(texts, ["14", "23", " ", "\n"]);
        let has: Vec<_> = document.descendants().map(Element::has_text).collect();
        assert_eq!(has, [true, true, false, false]);
    }
}
