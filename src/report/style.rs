//! The style of a report: characters and colours.

use anstyle::{AnsiColor, Effects, Style as Ansi};

use crate::rows::{GlyphSet, Mark, spelt_in_ascii};
use crate::text::Printable;

/// Characters and colours of a report.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// The characters to use.
    pub glyphs: GlyphSet,
    /// Whether to use the terminal's own 16 colours.
    pub color: bool,
    /// Whether words replace signs, for screen readers.
    pub plain: bool,
}

impl Style {
    /// `text` as a heading.
    pub(super) fn heading(self, text: &str) -> String {
        self.paint(Ansi::new().bold(), text)
    }

    /// `text` that is there but not to be looked at first.
    pub(super) fn dim(self, text: &str) -> String {
        self.paint(Ansi::new().effects(Effects::DIMMED), text)
    }

    /// `text` in the colour of `mark`.
    pub(super) fn mark(self, mark: Mark, text: &str) -> String {
        let color = |color: AnsiColor| Ansi::new().fg_color(Some(color.into()));
        let style = match mark {
            Mark::Conflict => color(AnsiColor::Red).bold(),
            Mark::Static => color(AnsiColor::Green),
            Mark::Dynamic => color(AnsiColor::Cyan),
            Mark::Leads => color(AnsiColor::Blue),
            Mark::Chipset | Mark::Free | Mark::Reserved => Ansi::new().effects(Effects::DIMMED),
            Mark::None => Ansi::new(),
        };
        self.paint(style, text)
    }

    fn paint(self, style: Ansi, text: &str) -> String {
        if self.color && style != Ansi::new() && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// Makes `text` printable: without control characters, and in ASCII if only that may be used.
    /// Names of devices lose characters that ASCII does not have; the program's own signs have an
    /// ASCII form.
    pub(super) fn safe(self, text: &str) -> String {
        let printable = Printable::new(text);
        match self.glyphs {
            GlyphSet::Unicode => printable.to_string(),
            GlyphSet::Ascii => printable.as_str().chars().map(spelt_in_ascii).collect(),
        }
    }
}
