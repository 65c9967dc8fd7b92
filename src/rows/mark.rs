//! The state of a place as one sign. Colour never carries it alone.

use strum::{EnumIter, IntoEnumIterator as _};

use super::Guest;
use crate::model::{Device, Placement};
use crate::topology::{Node, NodeId};

/// The state of a place, at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter)]
pub enum Mark {
    /// No state: a bus, a heading.
    None,
    /// A fixed part of the machine.
    Chipset,
    /// An address a person fixed.
    Static,
    /// An address libvirt or QEMU chose.
    Dynamic,
    /// A place that may be used.
    Free,
    /// Two devices claim it, or the address is impossible.
    Conflict,
    /// Leads to another bus.
    Leads,
    /// No device may be put here.
    Reserved,
}

/// The characters that may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GlyphSet {
    /// Box and geometric shapes.
    #[default]
    Unicode,
    /// ASCII characters only.
    Ascii,
}

/// The replacement of a character in ASCII: the program's own signs have one, anything else is a
/// question mark.
pub fn spelt_in_ascii(character: char) -> char {
    match character {
        '–' => '-',
        '×' => 'x',
        '▾' => 'v',
        '▸' | '›' | '→' => '>',
        '…' => '~',
        character if character.is_ascii() => character,
        _ => '?',
    }
}

impl Mark {
    /// The sign in Unicode and in ASCII, one column wide, and a word.
    fn signs(self) -> (char, char, &'static str) {
        match self {
            Self::None => (' ', ' ', ""),
            Self::Chipset => ('▓', '#', "chipset"),
            Self::Static => ('●', 'o', "static"),
            Self::Dynamic => ('○', '~', "dynamic"),
            Self::Free => ('·', '.', "free"),
            Self::Conflict => ('✗', 'x', "conflict"),
            Self::Leads => ('▸', '>', "bridge"),
            Self::Reserved => ('-', '-', "reserved"),
        }
    }

    /// Its sign, one column wide.
    pub fn glyph(self, set: GlyphSet) -> char {
        let (unicode, ascii, _) = self.signs();
        match set {
            GlyphSet::Unicode => unicode,
            GlyphSet::Ascii => ascii,
        }
    }

    /// A word for the mark, for screen readers.
    pub fn as_str(self) -> &'static str {
        self.signs().2
    }

    /// Every mark of the state of a place.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::iter().filter(|mark| *mark != Self::None)
    }

    /// The mark of a node.
    pub fn of(guest: Guest<'_>, no: NodeId, node: &Node) -> Self {
        if node.contested || node.unplaced.is_some() {
            return Self::Conflict;
        }
        if node.part.is_some() {
            return Self::Chipset;
        }
        match guest.topology.device(guest.domain, no).map(Device::placement) {
            Some(Placement::Static) => Self::Static,
            Some(Placement::Dynamic) => Self::Dynamic,
            // On a bus of the machine without needing an address.
            Some(Placement::Unplaced) | None => Self::None,
        }
    }
}
