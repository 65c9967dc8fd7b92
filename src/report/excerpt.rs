//! Problems in the form of compiler messages: the lines of text, both devices, libvirt's message,
//! fixes.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::Style;
use crate::model::{Device, Domain, Problem, Severity};
use crate::rows::GlyphSet;
use crate::text::Span;
use crate::xml::Document;

/// The most bytes of a line that are shown, so that a document of one line is no wall of text.
const WIDE: u32 = 160;

/// The bytes shown on either side of a span in a line that is too wide.
const AROUND: u32 = 60;

/// The most places of one problem that are shown.
const PLACES: usize = 6;

/// Excerpts of the text of one guest.
#[derive(Debug)]
pub struct Excerpts<'g> {
    source: String,
    document: &'g Document,
    style: Style,
    /// The start of each written device, in order.
    devices: Vec<(u32, &'g Device)>,
}

impl<'g> Excerpts<'g> {
    /// Excerpts of the guest in `source`.
    pub fn new(source: &str, (domain, document): (&'g Domain, &'g Document), style: Style) -> Self {
        let written = |device: &'g Device| Some((device.element()?.start, device));
        let mut devices: Vec<_> = domain.devices.iter().filter_map(written).collect();
        devices.sort_by_key(|(start, _)| *start);
        Self { source: style.safe(source), document, style, devices }
    }

    /// The device whose element contains a span.
    fn device_at(&self, span: Span) -> Option<&'g Device> {
        let behind = self.devices.partition_point(|(start, _)| *start <= span.start);
        let (_, device) = self.devices.get(behind.checked_sub(1)?)?;
        device.element()?.contains(span).then_some(*device)
    }

    /// `problem` with excerpts of the text; ends in an empty line.
    pub fn of(&self, problem: &Problem) -> String {
        let style = self.style;
        let level = match problem.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = style.safe(&problem.message);
        let spans = problem.spans.iter().take(PLACES).enumerate();
        let pieces: Vec<Excerpt> = spans.map(|(nth, span)| self.piece(*span, nth == 0)).collect();
        let mut group = Group::with_title(level.primary_title(title).id(problem.code.as_str()));
        for piece in Excerpt::together(pieces) {
            let mut snippet =
                Snippet::source(piece.text).line_start(piece.line).path(&*self.source).fold(false);
            for mark in piece.marks {
                let kind =
                    if mark.first { AnnotationKind::Primary } else { AnnotationKind::Context };
                snippet = snippet.annotation(kind.span(mark.range).label(mark.label));
            }
            group = group.element(snippet);
        }
        let more = problem.spans.len().saturating_sub(PLACES);
        if more > 0 {
            group = group.element(Level::NOTE.message(format!("and {more} more")));
        }
        if let Some(libvirt) = &problem.libvirt {
            let speaker = if libvirt.starts_with("QEMU: ") { "" } else { "libvirt: " };
            group = group.element(Level::NOTE.message(format!("{speaker}{}", style.safe(libvirt))));
        }
        if let Some(help) = &problem.help {
            group = group.element(Level::HELP.message(style.safe(help)));
        }
        for (letter, fix) in ('a'..='z').zip(&problem.fixes) {
            let words = style.safe(&fix.title);
            group =
                group.element(Level::HELP.with_name("fix").message(format!("{letter}  {words}")));
        }
        let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
        let decor = match style.glyphs {
            GlyphSet::Unicode => DecorStyle::Unicode,
            GlyphSet::Ascii => DecorStyle::Ascii,
        };
        let text = renderer.decor_style(decor).render(&[group]);
        format!("{text}\n\n")
    }

    /// The line on which a span begins; further lines are not shown.
    fn piece(&self, span: Span, first: bool) -> Excerpt {
        let (document, style) = (self.document, self.style);
        let lines = document.lines();
        let line = lines.line_at(span.start);
        let whole = lines.span(line).unwrap_or_default();
        let meant = Span::new(span.start, span.end.min(whole.end).max(span.start));
        let cut = whole.len() > WIDE;
        let shown = if cut {
            Span::new(
                whole.start.max(meant.start.saturating_sub(AROUND)),
                whole.end.min(meant.end.min(meant.start + AROUND) + AROUND),
            )
        } else {
            whole
        };
        let part = |from: u32, to: u32| style.safe(&document.shown(Span::new(from, to)));
        let meant = Span::new(meant.start.max(shown.start), meant.end.min(shown.end));
        let before = part(shown.start, meant.start);
        let middle = part(meant.start, meant.end);
        let range = before.len()..before.len() + middle.len();
        let text = format!("{before}{middle}{}", part(meant.end, shown.end));
        let label = self.device_at(span).map(|device| style.safe(&title(device)));
        let mark = Underline { range, label: label.unwrap_or_default(), first };
        Excerpt { text, line: line.try_into().unwrap_or_default(), cut, marks: vec![mark] }
    }
}

/// A marked range of a piece of text.
struct Underline {
    range: std::ops::Range<usize>,
    label: String,
    first: bool,
}

/// Some lines, or a part of one, safe to print.
struct Excerpt {
    text: String,
    /// The number of its first line.
    line: usize,
    /// Whether it is a part of a line that is too wide.
    cut: bool,
    marks: Vec<Underline>,
}

impl Excerpt {
    /// Pieces of one line become one piece; they stay in their order.
    fn together(pieces: Vec<Self>) -> Vec<Self> {
        let mut joined: Vec<Self> = Vec::new();
        for piece in pieces {
            let same = |known: &&mut Self| {
                known.line == piece.line && !known.cut && known.text == piece.text
            };
            match joined.iter_mut().find(same) {
                Some(known) => known.marks.extend(piece.marks),
                None => joined.push(piece),
            }
        }
        joined
    }
}

fn title(device: &Device) -> String {
    let (title, purpose) = (device.title(), device.description());
    if purpose.is_empty() { title } else { format!("{title} {purpose}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Code;
    use crate::xml::decode::decode;

    fn told(text: &str, spans: &[(u32, u32)]) -> String {
        let document = Document::parse(text).unwrap();
        let domain = decode(&document).unwrap().domain;
        let problem = Problem::error(Code::PciDoubleUse, "the slot is \u{1b}taken");
        let problem =
            spans.iter().fold(problem, |problem, (from, to)| problem.at(Span::new(*from, *to)));
        let problem = problem.quoting("XML error: no").helping("take another");
        let style = Style { glyphs: GlyphSet::Ascii, ..Style::default() };
        Excerpts::new("a\u{1b}.xml", (&domain, &document), style).of(&problem)
    }

    #[test]
    fn both_places_are_shown_with_their_devices() {
        let text = "<domain><devices>\n <sound model='ac97'/>\n\n <sound model='es1370'/>\n\
                    </devices></domain>";
        let (one, other) = (text.find("<sound").unwrap(), text.rfind("<sound").unwrap());
        let at = |from: usize, len: u32| {
            let from = u32::try_from(from).unwrap();
            (from, from + len)
        };
        assert_eq!(
            told(text, &[at(other, 6), at(one, 6)]),
            "error[pci-double-use]: the slot is ?taken\n \
             --> a?.xml:4:2\n  |\n\
             4 |  <sound model='es1370'/>\n  |  ^^^^^^ sound es1370\n  |\n \
             ::: a?.xml:2:2\n  |\n\
             2 |  <sound model='ac97'/>\n  |  ------ sound ac97\n  |\n  \
             = note: libvirt: XML error: no\n  = help: take another\n\n"
        );
    }

    #[test]
    fn a_document_of_one_line_is_cut_around_what_is_meant() {
        let filler = "<!-- filler -->".repeat(1000);
        let text = format!("<domain><devices>{filler}<hub/>{filler}</devices></domain>");
        let from = u32::try_from(text.find("<hub").unwrap()).unwrap();
        let shown = told(&text, &[(from, from + 6)]);
        assert!(shown.len() < 700, "{shown}");
        assert!(shown.contains("<hub/>") && shown.contains("^^^^^^"), "{shown}");
    }
}
