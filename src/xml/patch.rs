//! Changes of a document, collected and turned into one minimal text edit.
//!
//! A [`Patch`] takes changes of attributes and elements and returns bytes. Every change refers to
//! the document as it is: changes do not see each other, but they fit together, because everything
//! for one element is gathered before it is written. Where they cannot fit (the same attribute
//! twice, a change inside a removed part) the result is an error and no edit. The form of addresses
//! and controllers is in [`super::encode`].

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use thiserror::Error;

use super::document::Document;
use super::element::{Attribute, Element};
use super::escape;
use super::new_element::{NewElement, Printer};
use super::style::{ElementLayout, WritingStyle, content, is_blank};
use crate::model::{AddressMode, Text};
use crate::text::{EditError, Printable, Replacement, Span, TextEdit};

/// Changes of one document that become one [`TextEdit`].
pub struct Patch<'d> {
    document: &'d Document,
    pub(super) style: WritingStyle<'d>,
    replacements: Vec<Replacement>,
    /// New elements beside existing ones.
    beside: Vec<Insertion>,
    /// New elements at the end of existing ones, by where those begin.
    inside: BTreeMap<u32, (Element<'d>, Vec<NewElement>)>,
    removed: Vec<Removed>,
    /// Additions so far, so that nothing is added twice.
    claimed: HashSet<(u32, Text)>,
    pub(super) last_of: Option<HashMap<(&'d str, Option<&'d str>), Element<'d>>>,
    /// 2009's `mode=` for the addresses of new devices.
    pub(super) new_mode: Option<AddressMode>,
}

/// Why changes cannot be made.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum PatchError {
    /// Two changes overlap, or one is inside a removed part.
    #[error(transparent)]
    Conflict(EditError),
    /// The same attribute or child is to be added twice to the element at this span.
    #[error("the same thing is added twice to the element at {0:?}")]
    Twice(Span),
    /// The change would damage text, CDATA or a comment inside the element at this span.
    #[error("the element at {0:?} holds more than plain text, which would be lost")]
    HasText(Span),
    /// There is no `<address>` in the element at this span.
    #[error("the element at {0:?} has no <address>")]
    NoAddress(Span),
    /// The outermost element has no place beside it and cannot go.
    #[error("the outermost element cannot go or have another beside it")]
    Outermost,
    /// A name or value contains a character that XML cannot express; the text is safe to print.
    #[error("`{0}` cannot be written in XML")]
    Unwritable(String),
}

struct Insertion {
    at: u32,
    text: String,
    layout: ElementLayout,
    before: bool,
}

#[derive(Clone, Copy)]
struct Removed {
    /// The bytes that go.
    span: Span,
    /// The element among them.
    element: Span,
    /// Whether the whole line is removed.
    line: bool,
}

impl<'d> Patch<'d> {
    /// An empty patch of `document`.
    pub fn new(document: &'d Document) -> Self {
        Self {
            document,
            style: WritingStyle::new(document),
            replacements: Vec::new(),
            beside: Vec::new(),
            inside: BTreeMap::new(),
            removed: Vec::new(),
            claimed: HashSet::new(),
            last_of: None,
            new_mode: None,
        }
    }

    /// Marks the addresses of new devices with 2009's `mode=`.
    #[must_use]
    pub fn marking_new(mut self, mode: AddressMode) -> Self {
        self.new_mode = Some(mode);
        self
    }

    /// Combines all changes into one edit of the document's text.
    ///
    /// # Errors
    /// [`PatchError::Conflict`] when two changes overlap.
    pub fn finish(mut self) -> Result<TextEdit, PatchError> {
        self.share_line_breaks();
        for new in std::mem::take(&mut self.beside) {
            self.put(new);
        }
        for (parent, children) in std::mem::take(&mut self.inside).into_values() {
            self.fill(parent, &children);
        }
        let removed =
            self.removed.iter().map(|r| Replacement { span: r.span, text: String::new() });
        self.replacements.extend(removed);
        TextEdit::new(self.replacements).map_err(PatchError::Conflict)
    }

    /// Gives an attribute another value, in the quotes it has; the same value changes nothing.
    ///
    /// # Errors
    /// [`PatchError::Unwritable`] when XML cannot express the value.
    pub fn set_value(&mut self, attribute: Attribute<'_>, value: &str) -> Result<(), PatchError> {
        if attribute.value() == value {
            return Ok(());
        }
        writable(value)?;
        let escaped = escape::attribute(value, attribute.quote());
        let span = attribute.value_span();
        if span.is_empty() {
            // With its quotes, so that a second change of it is a conflict and not two insertions.
            let quote = char::from(attribute.quote());
            let quoted = Span::new(span.start.saturating_sub(1), span.end.saturating_add(1));
            self.replace(quoted, format!("{quote}{escaped}{quote}"));
        } else {
            self.replace(span, escaped.into_owned());
        }
        Ok(())
    }

    /// Gives `element` this attribute: another value where it has it, else a new one behind the others.
    ///
    /// # Errors
    /// As [`Patch::set_value`], and [`PatchError::Twice`] when it was added before.
    pub fn set_attribute(
        &mut self,
        element: Element<'d>,
        name: &str,
        value: &str,
    ) -> Result<(), PatchError> {
        match element.attribute(name) {
            Some(attribute) => self.set_value(attribute, value),
            None => self.add_attribute(element, element.attributes().next_back(), name, value),
        }
    }

    /// Adds an attribute that `element` does not have behind `after`, or as the first one.
    pub(super) fn add_attribute(
        &mut self,
        element: Element<'d>,
        after: Option<Attribute<'d>>,
        name: &str,
        value: &str,
    ) -> Result<(), PatchError> {
        writable(value)?;
        if !escape::is_name(name) {
            return Err(unwritable(name));
        }
        // Not to be taken for a child of this name.
        self.claim(element, &format!("@{name}"))?;
        let parent = || element.parent().unwrap_or(element);
        let neighbour = after.or_else(|| element.attributes().next());
        let quote = neighbour.map_or_else(|| self.style.quote(parent()), Attribute::quote);
        let at = after.map_or(element.name_span().end, |after| after.span().end);
        // One attribute per line is kept, aligned columns are not.
        let blanks = after.map_or(" ", |after| self.style.blanks_before(after.span().start));
        let blanks = if blanks.contains('\n') { blanks } else { " " };
        let (escaped, quote) = (escape::attribute(value, quote), char::from(quote));
        self.replace(Span::at(at), format!("{blanks}{name}={quote}{escaped}{quote}"));
        Ok(())
    }

    /// Takes an attribute away, with the blanks before it.
    pub fn remove_attribute(&mut self, attribute: Attribute<'_>) {
        let span = attribute.span();
        let blanks = length(self.style.blanks_before(span.start));
        self.replace(Span::new(span.start - blanks, span.end), String::new());
    }

    /// Gives `element`, which may hold nothing but plain text, another text.
    ///
    /// # Errors
    /// [`PatchError::HasText`] when there are elements, comments or CDATA in it or it is self-closing,
    /// [`PatchError::Unwritable`] as for values.
    pub fn set_text(&mut self, element: Element<'_>, text: &str) -> Result<(), PatchError> {
        if element.text() == text {
            return Ok(());
        }
        writable(text)?;
        let content = content(element);
        if element.is_self_closing() || content.slice(self.document.text()).contains('<') {
            return Err(PatchError::HasText(element.span()));
        }
        self.replace(content, escape::text(text).into_owned());
        Ok(())
    }

    /// Puts `new` into `parent`, behind everything that is there and was put there before.
    ///
    /// # Errors
    /// [`PatchError::Unwritable`] when XML cannot express a name or value in it.
    pub fn append(&mut self, parent: Element<'d>, new: NewElement) -> Result<(), PatchError> {
        expressible(&new)?;
        self.appended(parent).push(new);
        Ok(())
    }

    /// The elements added to `parent` so far.
    pub(super) fn appended(&mut self, parent: Element<'d>) -> &mut Vec<NewElement> {
        &mut self.inside.entry(parent.span().start).or_insert_with(|| (parent, Vec::new())).1
    }

    /// Puts `new` behind `sibling`, a comment behind it on the same line included.
    ///
    /// # Errors
    /// [`PatchError::Outermost`] beside the root, [`PatchError::Unwritable`] as [`Patch::append`].
    pub fn insert_after(
        &mut self,
        sibling: Element<'d>,
        new: &NewElement,
    ) -> Result<(), PatchError> {
        self.insert_beside(sibling, new, false)
    }

    /// Puts `new` before `sibling`.
    ///
    /// # Errors
    /// As [`Patch::insert_after`].
    pub fn insert_before(
        &mut self,
        sibling: Element<'d>,
        new: &NewElement,
    ) -> Result<(), PatchError> {
        self.insert_beside(sibling, new, true)
    }

    /// Takes `element` away: the whole line when nothing else is on it.
    ///
    /// # Errors
    /// [`PatchError::Outermost`] for the root.
    pub fn remove(&mut self, element: Element<'d>) -> Result<(), PatchError> {
        let parent = element.parent().ok_or(PatchError::Outermost)?;
        let element = element.span();
        let indent = self.style.indent(element.start).map(length).filter(|_| !parent.has_text());
        let (span, line) = match (indent, self.style.line_end(element.end)) {
            (Some(indent), Some(end)) => (Span::new(element.start - indent, end), true),
            (Some(_), None) if element.end == content(parent).end => {
                // The end tag follows on the same line: the line break before is removed.
                let blanks = self.style.blanks_before(element.start);
                let kept = blanks.rfind('\n').and_then(|at| blanks.get(..at)).unwrap_or(blanks);
                let kept = kept.strip_suffix('\r').unwrap_or(kept);
                (Span::new(element.start - length(blanks) + length(kept), element.end), false)
            }
            _ => (element, false),
        };
        self.removed.push(Removed { span, element, line });
        Ok(())
    }

    /// Records that `what` is added to `element`.
    pub(super) fn claim(&mut self, element: Element<'_>, what: &str) -> Result<(), PatchError> {
        let new = self.claimed.insert((element.span().start, what.into()));
        if new { Ok(()) } else { Err(PatchError::Twice(element.span())) }
    }

    fn insert_beside(
        &mut self,
        sibling: Element<'d>,
        new: &NewElement,
        before: bool,
    ) -> Result<(), PatchError> {
        expressible(new)?;
        let parent = sibling.parent().ok_or(PatchError::Outermost)?;
        let layout = self.style.beside(sibling);
        let text = self.print(parent, new, &layout);
        let span = sibling.span();
        let at = if before { span.start } else { self.style.past_comments(span.end) };
        self.beside.push(Insertion { at, text, layout, before });
        Ok(())
    }

    /// Writes `children` into `parent`.
    fn fill(&mut self, parent: Element<'d>, children: &[NewElement]) {
        let layout = self.style.inside(parent);
        let text = self.document.text().clone();
        let inner = content(parent);
        let kept = inner.slice(&text);
        // Blanks behind a text are part of it.
        let kept = if parent.has_text() { kept } else { kept.trim_end_matches(is_blank) };
        let mut added = Vec::with_capacity(children.len());
        for child in children {
            let text = self.print(parent, child, &layout);
            let at = inner.start + length(kept);
            added.push(Insertion { at, text, layout: layout.clone(), before: false });
        }
        let end = |newline| self.style.before_end_tag(parent, newline);
        let end = match &layout {
            ElementLayout::Line { newline, .. } if inner.is_empty() => end(*newline),
            _ => String::new(),
        };
        if parent.is_self_closing() {
            let body: String = added.iter().map(Insertion::written).collect();
            let name = parent.name_span().slice(&text);
            let tag = parent.tag().slice(&text);
            let open = tag.strip_suffix("/>").unwrap_or(tag).trim_end_matches(is_blank);
            let start = parent.tag().start + length(open);
            let span = Span::new(start, parent.tag().end);
            self.replace(span, format!(">{body}{end}</{name}>"));
            return;
        }
        for new in added {
            self.put(new);
        }
        self.replace(Span::at(inner.start), end);
    }

    /// Writes a new element at its position, or in place of the removed element it belongs to.
    fn put(&mut self, new: Insertion) {
        let inside = self.removed.partition_point(|removed| removed.span.start < new.at);
        let around = inside.checked_sub(1).and_then(|nth| self.removed.get(nth));
        // An addition inside the removed element itself stays a conflict.
        let beside = |removed: &&Removed| {
            new.at < removed.span.end
                && (new.at <= removed.element.start || new.at >= removed.element.end)
        };
        match around.filter(beside) {
            Some(removed) if removed.line => {
                let at = removed.span.start;
                let text = match &new.layout {
                    ElementLayout::Line { newline, indent } => {
                        format!("{indent}{}{}", new.text, newline.as_str())
                    }
                    ElementLayout::Inline { .. } => new.written(),
                };
                self.replace(Span::at(at), text);
            }
            Some(removed) => {
                let at = removed.span.start;
                self.replace(Span::at(at), Insertion { before: false, ..new }.written());
            }
            None => self.replace(Span::at(new.at), new.written()),
        }
    }

    /// Sorts the removals. The line break between two removed elements may be part of both: the
    /// first one keeps it.
    fn share_line_breaks(&mut self) {
        self.removed.sort_by_key(|removed| removed.span);
        let mut before = Removed { span: Span::at(0), element: Span::at(0), line: false };
        for removed in &mut self.removed {
            if before.element.end <= removed.element.start {
                let start = removed.span.start.max(before.span.end);
                removed.span = Span::new(start, removed.span.end);
            }
            before = *removed;
        }
    }

    fn print(&self, parent: Element<'d>, new: &NewElement, layout: &ElementLayout) -> String {
        let quote = self.style.quote(parent);
        let spaced = self.style.is_spaced(parent);
        Printer { quote, spaced, unit: self.style.unit(parent), layout }.print(new)
    }

    fn replace(&mut self, span: Span, text: String) {
        self.replacements.push(Replacement { span, text });
    }
}

impl Insertion {
    /// The element with the blanks that separate it from its neighbour.
    fn written(&self) -> String {
        let (newline, blanks) = match &self.layout {
            ElementLayout::Line { newline, indent } => (newline.as_str(), indent),
            ElementLayout::Inline { gap } => ("", gap),
        };
        if self.before {
            format!("{}{newline}{blanks}", self.text)
        } else {
            format!("{newline}{blanks}{}", self.text)
        }
    }
}

fn writable(value: &str) -> Result<(), PatchError> {
    if escape::is_writable(value) { Ok(()) } else { Err(unwritable(value)) }
}

pub(super) fn expressible(new: &NewElement) -> Result<(), PatchError> {
    new.unwritable().map_or(Ok(()), |text| Err(unwritable(text)))
}

fn unwritable(text: &str) -> PatchError {
    PatchError::Unwritable(Printable::new(text).to_string())
}

/// Texts of 4 GiB and more never become documents.
fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

impl fmt::Debug for Patch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patch")
            .field("replacements", &self.replacements)
            .field("beside", &self.beside.len())
            .field("inside", &self.inside.len())
            .field("removed", &self.removed.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Applies `change` to the first `<x>` and its parent.
    fn edit<F>(text: &str, change: F) -> Result<String, PatchError>
    where
        F: for<'d> Fn(&mut Patch<'d>, Element<'d>) -> Result<(), PatchError>,
    {
        let document = Document::parse(text).unwrap();
        let element = document.descendants().find(|element| element.is("x")).unwrap();
        let mut patch = Patch::new(&document);
        change(&mut patch, element)?;
        let edit = patch.finish()?;
        let edited = edit.apply(text).unwrap();
        assert_eq!(edit.invert(text).unwrap().apply(&edited).unwrap(), text);
        assert!(Document::parse(edited.as_str()).is_ok(), "{edited}");
        Ok(edited)
    }

    #[test]
    fn attributes_are_set_and_added_in_the_quotes_of_their_neighbours() {
        for (text, name, value, expected) in [
            ("<x a='1'/>", "a", "2", "<x a='2'/>"),
            ("<x a = \"1\" />", "a", "'\"<&", "<x a = \"'&quot;&lt;&amp;\" />"),
            ("<x a='&#49;'/>", "a", "1", "<x a='&#49;'/>"),
            ("<x a=''/>", "a", "1", "<x a='1'/>"),
            ("<x/>", "a", "1", "<x a='1'/>"),
            ("<x />", "a", "1", "<x a='1' />"),
            ("<x></x>", "a", "1", "<x a='1'></x>"),
            ("<x xmlns:q='u' q:a='1'/>", "a", "2", "<x xmlns:q='u' q:a='1' a='2'/>"),
            ("<y z=\"1\"><x/></y>", "a", "2", "<y z=\"1\"><x a=\"2\"/></y>"),
            ("<x b='1'   c=\"2\"/>", "a", "3", "<x b='1'   c=\"2\" a=\"3\"/>"),
            ("<x b='1'\r\n\tc='2'\r\n/>", "a", "3", "<x b='1'\r\n\tc='2'\r\n\ta='3'\r\n/>"),
        ] {
            let edited = edit(text, |patch, element| patch.set_attribute(element, name, value));
            assert_eq!(edited.as_deref(), Ok(expected));
        }
    }

    #[test]
    fn attributes_are_removed_with_the_blanks_before_them() {
        for (text, expected) in [
            ("<x a='1'/>", "<x/>"),
            ("<x b='1'\n  a='2' c='3'/>", "<x b='1' c='3'/>"),
            ("<x a='1' c='3' />", "<x c='3' />"),
        ] {
            let edited = edit(text, |patch, element| {
                element.attribute("a").into_iter().for_each(|a| patch.remove_attribute(a));
                Ok(())
            });
            assert_eq!(edited.as_deref(), Ok(expected));
        }
    }

    #[test]
    fn text_is_replaced_only_where_nothing_else_is_lost() {
        for (text, expected) in [
            ("<x>1</x>", Some("<x>a&amp;b</x>")),
            ("<x></x>", Some("<x>a&amp;b</x>")),
            ("<x><![CDATA[a&b]]></x>", Some("<x><![CDATA[a&b]]></x>")),
            ("<x><![CDATA[1]]></x>", None),
            ("<x>1<!-- c --></x>", None),
            ("<x/>", None),
        ] {
            let edited = edit(text, |patch, element| patch.set_text(element, "a&b"));
            let refused = |error| matches!(error, PatchError::HasText(_)).then_some(()).unwrap();
            assert_eq!(edited.map_err(refused).ok().as_deref(), expected);
        }
    }

    #[test]
    fn elements_come_beside_others_at_their_indentation() {
        for (text, before, after) in [
            ("<d>\n  <x/>\n</d>", "<d>\n  <n/>\n  <x/>\n</d>", "<d>\n  <x/>\n  <n/>\n</d>"),
            ("<d><x/></d>", "<d><n/><x/></d>", "<d><x/><n/></d>"),
            ("<d><y/> <x/></d>", "<d><y/> <n/> <x/></d>", "<d><y/> <x/> <n/></d>"),
            (
                "<d>\r\n\t<x></x> <!-- c -->\r\n</d>",
                "<d>\r\n\t<n/>\r\n\t<x></x> <!-- c -->\r\n</d>",
                "<d>\r\n\t<x></x> <!-- c -->\r\n\t<n/>\r\n</d>",
            ),
        ] {
            let new = NewElement::new("n");
            let edited = edit(text, |patch, element| patch.insert_before(element, &new));
            assert_eq!(edited.as_deref(), Ok(before));
            let edited = edit(text, |patch, element| patch.insert_after(element, &new));
            assert_eq!(edited.as_deref(), Ok(after));
        }
        let new = NewElement::new("n");
        let edited = edit("<x/>", |patch, element| patch.insert_after(element, &new));
        assert_eq!(edited, Err(PatchError::Outermost));
    }

    #[test]
    fn insertions_at_one_place_keep_their_order() {
        let text = "<d>\n  <x/>\n</d>";
        let edited = edit(text, |patch, element| {
            patch.insert_after(element, &NewElement::new("a"))?;
            patch.insert_after(element, &NewElement::new("b"))?;
            for name in ["c", "d"] {
                patch.append(element, NewElement::new(name))?;
                patch.append(element.parent().unwrap(), NewElement::new(name))?;
            }
            patch.set_attribute(element, "e", "1")?;
            patch.set_attribute(element, "f", "2")
        });
        let expected = "<d>\n  <x e='1' f='2'>\n    <c/>\n    <d/>\n  </x>\n  <a/>\n  <b/>\n  <c/>\n  <d/>\n</d>";
        assert_eq!(edited.as_deref(), Ok(expected));
    }

    #[test]
    fn an_opened_element_is_closed_by_its_full_name() {
        for (text, expected) in [
            ("<q:d xmlns:q='u'><x/></q:d>", "<q:d xmlns:q='u'><x><n/></x></q:d>"),
            ("<d xmlns:q='/>'><q:e /><x/></d>", "<d xmlns:q='/>'><q:e><n/></q:e><x><n/></x></d>"),
            ("<x xmlns='u' a='/>'/>", "<x xmlns='u' a='/>'><n/></x>"),
        ] {
            let document = Document::parse(text).unwrap();
            let mut patch = Patch::new(&document);
            for element in document.descendants().filter(|element| element.is_self_closing()) {
                patch.append(element, NewElement::new("n")).unwrap();
            }
            assert_eq!(patch.finish().unwrap().apply(text).unwrap(), expected);
        }
    }

    #[test]
    fn elements_that_share_a_line_break_go_together() {
        for (text, expected) in [
            ("<d>\n  <y/>\n  <x/></d>", "<d>\n</d>"),
            ("<d>\n  <y/>\n\n  <x/></d>", "<d>\n</d>"),
            ("<d>\r\n\t<y/>\r\n\t<x/></d>", "<d>\r\n</d>"),
            ("<d>\n  <y/>\n  <x/>\n</d>", "<d>\n</d>"),
            ("<d><y/> <x/></d>", "<d> </d>"),
        ] {
            let edited = edit(text, |patch, element| {
                patch.remove(element)?;
                patch.remove(element.parent().unwrap().child("y").unwrap())
            });
            assert_eq!(edited.as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn nothing_is_set_or_added_twice() {
        let text = "<d><x a='' b='1'/></d>";
        for name in ["a", "b"] {
            let edited = edit(text, |patch, element| {
                patch.set_attribute(element, name, "2")?;
                patch.set_attribute(element, name, "3")
            });
            assert!(matches!(edited, Err(PatchError::Conflict(_))), "{name}: {edited:?}");
        }
        let edited = edit(text, |patch, element| {
            patch.set_attribute(element, "c", "2")?;
            patch.set_attribute(element, "c", "3")
        });
        assert!(matches!(edited, Err(PatchError::Twice(_))), "{edited:?}");
        let edited = edit(text, |patch, element| patch.set_attribute(element, "c d", "1"));
        assert_eq!(edited, Err(PatchError::Unwritable("c d".into())));
    }
}
