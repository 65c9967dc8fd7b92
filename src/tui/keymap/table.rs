//! The keys as they are without any configuration, and what the footer says.
//!
//! Letters that design and issues keep for later (`m f F t u + s a b x`, space) are left free.

use super::KeyMode::{self, Browse, Input, List, Pager};
use crate::tui::action::Action;

/// A row: where, what, and the keys that ask for it. The first is the one shown in hints.
pub(super) type KeyRow = (&'static [KeyMode], Action, &'static [&'static str]);

pub(super) const KEYS: &[KeyRow] = &[
    (&[Browse, List, Pager], Action::Up, &["k", "up"]),
    (&[Browse, List, Pager], Action::Down, &["j", "down"]),
    (&[Browse], Action::Left, &["h", "left"]),
    (&[Browse], Action::Right, &["l", "right"]),
    (&[Browse, List], Action::PageUp, &["pgup"]),
    (&[Browse, List], Action::PageDown, &["pgdn"]),
    (&[Pager], Action::PageUp, &["pgup", "ctrl-b"]),
    (&[Pager], Action::PageDown, &["pgdn", "space", "ctrl-f"]),
    (&[Browse, Pager], Action::HalfPageUp, &["ctrl-u"]),
    (&[Browse, Pager], Action::HalfPageDown, &["ctrl-d"]),
    (&[Browse, List, Pager], Action::Home, &["g g", "home"]),
    (&[Browse, List, Pager], Action::End, &["G", "end"]),
    (&[Browse, List, Input], Action::Open, &["enter"]),
    (&[Browse], Action::Back, &["[", "alt-left", "ctrl-o"]),
    (&[Browse], Action::Forward, &["]", "alt-right"]),
    (&[Browse], Action::ViewTopology, &["1"]),
    (&[Browse], Action::ViewSlots, &["2"]),
    (&[Browse], Action::ViewDrives, &["3"]),
    (&[Browse], Action::ViewUsb, &["4"]),
    (&[Browse], Action::ViewXml, &["7"]),
    (&[Browse], Action::NextView, &["}", "g t"]),
    (&[Browse], Action::PreviousView, &["{", "g T"]),
    (&[Browse], Action::Form, &["v"]),
    (&[Browse], Action::Details, &["tab"]),
    (&[Browse], Action::ToggleFold, &["z"]),
    (&[Browse], Action::FoldAll, &["("]),
    (&[Browse], Action::UnfoldAll, &[")", "Z"]),
    (&[Browse], Action::Theme, &["F2"]),
    (&[Browse], Action::Mouse, &["%"]),
    (&[Browse, List, Pager, Input], Action::Redraw, &["ctrl-l"]),
    (&[Browse], Action::Filter, &["/"]),
    (&[Browse], Action::NextMatch, &["n"]),
    (&[Browse], Action::PreviousMatch, &["N"]),
    (&[Browse], Action::Find, &["'", "ctrl-f"]),
    (&[Browse], Action::Palette, &[":", "ctrl-p"]),
    (&[Browse], Action::CopyAddress, &["y a"]),
    (&[Browse], Action::CopyXml, &["y x"]),
    (&[Browse], Action::CopyPath, &["y p"]),
    (&[Browse], Action::CopyLog, &["y l"]),
    (&[Browse], Action::Plug, &["P"]),
    (&[Browse], Action::Unplug, &["-"]),
    (&[Browse], Action::LiveLog, &["L"]),
    (&[Browse], Action::Help, &["?", "F1"]),
    (&[Browse], Action::Messages, &["g m"]),
    (&[Browse], Action::Demos, &["g d"]),
    (&[Browse], Action::Reload, &["F5", "g r"]),
    (&[Browse, List, Pager, Input], Action::Suspend, &["ctrl-z"]),
    (&[Browse], Action::Cancel, &["esc"]),
    (&[Browse], Action::Quit, &["q", "ctrl-c"]),
    (&[List, Pager], Action::Cancel, &["esc", "q", "?"]),
    (&[List, Pager], Action::Quit, &["ctrl-c"]),
    (&[Input], Action::Cancel, &["esc", "ctrl-c"]),
    (&[Input], Action::Up, &["up", "ctrl-p", "shift-tab"]),
    (&[Input], Action::Down, &["down", "ctrl-n", "tab"]),
    (&[Input], Action::PageUp, &["pgup"]),
    (&[Input], Action::PageDown, &["pgdn"]),
    (&[Input], Action::Left, &["left", "ctrl-b"]),
    (&[Input], Action::Right, &["right", "ctrl-f"]),
    (&[Input], Action::Home, &["home", "ctrl-a"]),
    (&[Input], Action::End, &["end", "ctrl-e"]),
    (&[Input], Action::WordLeft, &["alt-b", "ctrl-left"]),
    (&[Input], Action::WordRight, &["alt-f", "ctrl-right"]),
    (&[Input], Action::DeleteBefore, &["backspace", "ctrl-h"]),
    (&[Input], Action::DeleteAfter, &["del", "ctrl-d"]),
    (&[Input], Action::DeleteWord, &["ctrl-w", "alt-backspace"]),
    (&[Input], Action::DeleteToStart, &["ctrl-u"]),
    (&[Input], Action::DeleteToEnd, &["ctrl-k"]),
];

/// A hint of the footer: what, in a word, and its rank: the highest goes first when there is no
/// room.
pub(super) type FooterRow = (Action, &'static str, u8);

/// What the footer of a mode says, from left to right.
pub(super) fn footer(mode: KeyMode) -> &'static [FooterRow] {
    match mode {
        Browse => &[
            (Action::Open, "open", 5),
            (Action::ToggleFold, "fold", 4),
            (Action::Form, "other form", 4),
            (Action::Details, "details", 2),
            (Action::Find, "find", 3),
            (Action::Filter, "filter", 3),
            (Action::Palette, "command", 4),
            (Action::Plug, "plug", 5),
            (Action::Unplug, "unplug", 5),
            (Action::Back, "back", 6),
            (Action::CopyAddress, "copy address", 7),
            (Action::Theme, "theme", 8),
            (Action::Help, "help", 0),
            (Action::Quit, "quit", 1),
        ],
        List => &[(Action::Open, "take", 0), (Action::Cancel, "leave", 1)],
        Pager => &[
            (Action::Down, "down", 2),
            (Action::PageDown, "page", 1),
            (Action::Cancel, "close", 0),
        ],
        Input => &[
            (Action::Open, "take", 0),
            (Action::Down, "next", 2),
            (Action::DeleteToStart, "empty", 3),
            (Action::Cancel, "leave", 1),
        ],
    }
}
