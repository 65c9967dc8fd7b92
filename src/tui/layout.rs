//! The layout of the screen: a pure function of the size and options, shared by drawing, the mouse
//! and scrolling.

use ratatui::layout::{Rect, Size};

/// The areas of the screen. Areas that do not fit are empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Guest, machine, source, counts.
    pub header: Rect,
    /// The names of the views, or in a narrow terminal the path of the selection.
    pub tabs: Rect,
    /// Column headings of the view.
    pub heading: Rect,
    /// The area of the view.
    pub main: Rect,
    /// Everything about the selection: at the right, or below.
    pub details: Rect,
    /// The line between view and details.
    pub rule: Rect,
    /// Messages and path.
    pub status: Rect,
    /// The key hints.
    pub footer: Rect,
}

/// The width from which on the details are at the right.
pub const WIDE: u16 = 100;
/// Below this width there is one pane, with a path instead of the views' names.
pub const NARROW: u16 = 60;
/// The size up to which only one line is shown.
pub const TINY: Size = Size::new(20, 5);
/// The most that is drawn of a terminal, in columns and in rows: three screens of 4096 dots side by
/// side, with letters four dots wide, have hardly more. Two pictures of that size, which are held
/// to send the difference, take 96 MB; a terminal may claim to be 65535 by 65535.
pub const LARGEST: u16 = 1000;
/// The width of a view before details at the right get more.
const ENOUGH: u16 = 84;

impl Layout {
    /// Divides a terminal of `size`; `details`: whether the details are wanted (without a choice
    /// they are shown if they fit), `heading`: whether the view has column headings.
    pub fn of(size: Size, details: Option<bool>, heading: bool) -> Self {
        let Size { width, height } = size;
        let mut layout = Self::default();
        if is_tiny(size) {
            layout.main = Rect::new(0, 0, width, height.min(1));
            return layout;
        }
        let line = |y: u16, wanted: bool| Rect::new(0, y, width, u16::from(wanted));
        let mut top = 0;
        layout.header = line(top, true);
        top += 1;
        layout.tabs = line(top, height >= 8);
        top += layout.tabs.height;
        layout.heading = line(top, heading && height >= 12 && width >= NARROW);
        top += layout.heading.height;
        let mut bottom = height - 1;
        layout.footer = line(bottom, true);
        layout.status = line(bottom.saturating_sub(1), height >= 7);
        bottom -= layout.status.height;
        let room = bottom - top;
        let at_the_right = width >= WIDE && details != Some(false);
        let (main, rule, below) = if at_the_right {
            (room, 0, 0)
        } else {
            let all = details == Some(true);
            let below = if all { (room / 2).min(14) } else { short_details(room) };
            let rule = u16::from(below > 0);
            (room - below - rule, rule, below)
        };
        let beside = if at_the_right { width.saturating_sub(ENOUGH).clamp(38, 72) } else { 0 };
        // A blank column keeps the view's letters off the line beside it.
        let view = if beside > 0 { width - beside - 1 } else { width };
        layout.main = Rect::new(0, top, view, main);
        layout.rule = if beside > 0 {
            Rect::new(width - beside, top - layout.heading.height, 1, main + layout.heading.height)
        } else {
            line(top + main, rule > 0)
        };
        layout.details = if beside > 0 {
            let heading = layout.heading.height;
            Rect::new(width - beside + 2, top - heading, beside - 2, main + heading)
        } else {
            Rect::new(0, top + main + rule, width, below)
        };
        if beside > 0 {
            layout.heading.width = view;
        }
        layout
    }
}

/// The details' short form below the view: two lines where the view keeps enough rows.
fn short_details(room: u16) -> u16 {
    match room {
        0..9 => 0,
        9..14 => 2,
        _ => 3,
    }
}

/// Whether the details are shown in a terminal of `size`.
pub fn shows_details(size: Size, details: Option<bool>) -> bool {
    details.unwrap_or(size.width >= WIDE)
}

/// Whether only one line fits.
pub fn is_tiny(size: Size) -> bool {
    size.width <= TINY.width || size.height <= TINY.height
}

/// A rectangle in the middle, for lists and texts above the view.
pub fn popup(size: Size, width: u16, height: u16) -> Rect {
    let width = width.min(size.width);
    let height = height.min(size.height);
    Rect::new((size.width - width) / 2, (size.height - height) / 3, width, height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_overlaps_and_nothing_sticks_out_at_any_size() {
        for width in 0..220 {
            for height in 0..70 {
                for details in [None, Some(false), Some(true)] {
                    let size = Size::new(width, height);
                    let layout = Layout::of(size, details, true);
                    let parts = [
                        layout.header,
                        layout.tabs,
                        layout.heading,
                        layout.main,
                        layout.details,
                        layout.rule,
                        layout.status,
                        layout.footer,
                    ];
                    let screen = Rect::new(0, 0, width, height);
                    for (nth, part) in parts.iter().enumerate() {
                        assert_eq!(part.intersection(screen).area(), part.area(), "{size} {part}");
                        for other in &parts[nth + 1..] {
                            assert_eq!(part.intersection(*other).area(), 0, "{size} {nth}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn the_view_always_has_a_row() {
        for width in 21..220 {
            for height in 6..70 {
                for details in [None, Some(false), Some(true)] {
                    let layout = Layout::of(Size::new(width, height), details, true);
                    assert!(layout.main.height > 0, "{width}x{height} {details:?}");
                }
            }
        }
    }
}
