//! An element that is to be written: a value that knows no style, and how it is printed in one.

use std::fmt;

use super::style::ElementLayout;
use super::{Document, Element, escape};
use crate::machine::Where;
use crate::model::Text;

/// An element that is not in the document yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewElement {
    pub(super) name: Text,
    pub(super) attributes: Vec<(Text, String)>,
    pub(super) children: Vec<NewElement>,
    pub(super) text: Option<String>,
}

impl NewElement {
    /// An element of this name with nothing in it.
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), attributes: Vec::new(), children: Vec::new(), text: None }
    }

    /// With one more attribute; they are written in the order in which they come.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.attributes.push((name.into(), value.into()));
        self
    }

    /// With the attribute when there is a value for it.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds a value at its position: as an attribute, or in a child, which is created if missing.
    #[must_use]
    pub fn with_word(self, at: Where, word: &str) -> Self {
        match at {
            Where::Own(attribute) => self.with(attribute, word),
            Where::Child(child, attribute) => self.with_in(child, |own| own.with(attribute, word)),
            Where::Text(child) => self.with_in(child, |own| own.text(word)),
            Where::Nowhere => self,
        }
    }

    /// With the child of this name changed; it is made when it is not there.
    fn with_in(mut self, name: &str, change: impl FnOnce(Self) -> Self) -> Self {
        match self.children.iter().position(|child| &*child.name == name) {
            Some(nth) => {
                let child = self.children.remove(nth);
                self.children.insert(nth, change(child));
            }
            None => self.children.push(change(Self::new(name))),
        }
        self
    }

    /// With one more element inside.
    #[must_use]
    pub fn child(mut self, child: NewElement) -> Self {
        self.children.push(child);
        self
    }

    /// With this text inside, before any child.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Parses `text`, which must be one element with nothing around it but blanks; text between its
    /// children is dropped. `None` if it is not.
    pub fn parse(text: &str) -> Option<Self> {
        let document = Document::parse(text.trim()).ok()?;
        let root = document.root();
        let bare = |element: Element<'_>| {
            let attributes = element.attributes();
            let text = Some(element.text())
                .filter(|text| !text.trim().is_empty() && element.children().next().is_none());
            Self {
                name: element.name().into(),
                attributes: attributes.map(|one| (one.name().into(), one.value().into())).collect(),
                children: Vec::new(),
                text,
            }
        };
        // Every element with the children it still has to get, the innermost last.
        let mut open = vec![(bare(root), root.children().collect::<Vec<_>>().into_iter())];
        loop {
            let (_, left) = open.last_mut()?;
            if let Some(child) = left.next() {
                open.push((bare(child), child.children().collect::<Vec<_>>().into_iter()));
                continue;
            }
            let (done, _) = open.pop()?;
            match open.last_mut() {
                Some((above, _)) => above.children.push(done),
                None => return Some(done),
            }
        }
    }

    /// The name of the element.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has no attribute, child or text.
    pub(super) fn is_empty(&self) -> bool {
        self.attributes.is_empty() && self.children.is_empty() && self.text.is_none()
    }

    /// The first name or value in it that XML has no way to write.
    pub(super) fn unwritable(&self) -> Option<&str> {
        let mut open = vec![self];
        while let Some(element) = open.pop() {
            let names = element.attributes.iter().map(|(name, _)| name.as_ref());
            let mut names = std::iter::once(element.name.as_ref()).chain(names);
            if let Some(name) = names.find(|name| !escape::is_name(name)) {
                return Some(name);
            }
            let values = element.attributes.iter().map(|(_, value)| value);
            let mut values = values.chain(&element.text);
            if let Some(value) = values.find(|value| !escape::is_writable(value)) {
                return Some(value);
            }
            open.extend(&element.children);
        }
        None
    }
}

/// On one line, as [`NewElement::parse`] reads it.
impl fmt::Display for NewElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layout = ElementLayout::Inline { gap: String::new() };
        let printer = Printer { quote: b'\'', spaced: false, unit: "", layout: &layout };
        f.write_str(&printer.print(self))
    }
}

/// The manner in which new elements are printed.
pub(super) struct Printer<'s> {
    pub(super) quote: u8,
    /// A blank before `/>`.
    pub(super) spaced: bool,
    /// The additional indentation of children.
    pub(super) unit: &'s str,
    pub(super) layout: &'s ElementLayout,
}

impl Printer<'_> {
    /// `element` without anything around it, its first line not indented.
    pub(super) fn print(&self, element: &NewElement) -> String {
        let mut out = String::new();
        // Elements and end tags that remain to be printed, innermost last, with their depth.
        let mut open = vec![(element, 0, false)];
        while let Some((element, depth, ends)) = open.pop() {
            if depth > 0 || ends {
                self.break_line(&mut out, depth);
            }
            if ends {
                close(&mut out, &element.name);
                continue;
            }
            self.start_tag(&mut out, element);
            if let Some(text) = &element.text {
                out.push_str(&escape::text(text));
            }
            match (element.children.is_empty(), element.text.is_some()) {
                (true, true) => close(&mut out, &element.name),
                (true, false) => {}
                (false, _) => {
                    open.push((element, depth, true));
                    open.extend(
                        element.children.iter().rev().map(|child| (child, depth + 1, false)),
                    );
                }
            }
        }
        out
    }

    fn start_tag(&self, out: &mut String, element: &NewElement) {
        let quote = char::from(self.quote);
        out.push('<');
        out.push_str(&element.name);
        for (name, value) in &element.attributes {
            out.extend([" ", name, "="]);
            out.push(quote);
            out.push_str(&escape::attribute(value, self.quote));
            out.push(quote);
        }
        let empty = element.children.is_empty() && element.text.is_none();
        out.push_str(match (empty, self.spaced) {
            (true, true) => " />",
            (true, false) => "/>",
            (false, _) => ">",
        });
    }

    fn break_line(&self, out: &mut String, depth: usize) {
        if let ElementLayout::Line { newline, indent } = self.layout {
            out.extend([newline.as_str(), indent]);
            out.extend(std::iter::repeat_n(self.unit, depth));
        }
    }
}

fn close(out: &mut String, name: &str) {
    out.extend(["</", name, ">"]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Newline;

    #[test]
    fn what_is_printed_on_one_line_is_read_again() {
        let new = NewElement::new("disk")
            .with("type", "file")
            .child(NewElement::new("source").with("file", "/a b'\"<&>\t.img"))
            .child(NewElement::new("target").child(NewElement::new("node").text("1<2")));
        assert_eq!(NewElement::parse(&new.to_string()), Some(new));
        for text in ["", "text", "<a/><b/>", "<a>", "<!-- -->"] {
            assert_eq!(NewElement::parse(text), None, "{text}");
        }
    }

    #[test]
    fn elements_are_printed_in_the_manner_asked_for() {
        let controller = NewElement::new("controller")
            .with("type", "pci")
            .with_some("model", None::<&str>)
            .child(NewElement::new("model").with("name", "a'b\""))
            .child(NewElement::new("target").child(NewElement::new("node").text("1<2")));
        let lines = ElementLayout::Line { newline: Newline::CrLf, indent: "\t".into() };
        let inline = ElementLayout::Inline { gap: " ".into() };
        for (layout, quote, spaced, expected) in [
            (
                &lines,
                b'\'',
                false,
                "<controller type='pci'>\r\n\t\t<model name='a&apos;b\"'/>\r\n\t\t<target>\r\n\t\t\t\
                 <node>1&lt;2</node>\r\n\t\t</target>\r\n\t</controller>",
            ),
            (
                &inline,
                b'"',
                true,
                "<controller type=\"pci\"><model name=\"a'b&quot;\" /><target>\
                 <node>1&lt;2</node></target></controller>",
            ),
        ] {
            let printer = Printer { quote, spaced, unit: "\t", layout };
            assert_eq!(printer.print(&controller), expected);
        }
    }

    #[test]
    fn what_cannot_be_written_is_found_at_any_depth() {
        let deep = |element| NewElement::new("a").child(NewElement::new("b").child(element));
        for (element, expected) in [
            (NewElement::new("c").with("d", "e").text("f"), None),
            (NewElement::new("c d"), Some("c d")),
            (NewElement::new("c").with("", "e"), Some("")),
            (NewElement::new("c").with("d", "\u{1b}"), Some("\u{1b}")),
            (NewElement::new("c").text("\0"), Some("\0")),
        ] {
            assert_eq!(deep(element).unwritable(), expected);
        }
    }
}
