//! Glyphs: the signs that carry meaning without colour, in Unicode and in ASCII.
//!
//! The signs of places belong to [`Mark`] and are shared with printed output; these are the others
//! a screen needs. Every sign is one cell wide in both sets, so that a layout does not depend on
//! the set.

use super::Role;
use crate::rows::{GlyphSet, LiveMark, Mark};

/// Declares the enum and its table together.
macro_rules! glyphs {
    ($($variant:ident $unicode:literal $ascii:literal $doc:literal;)+) => {
        /// A sign on the screen.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Glyph { $(#[doc = $doc] $variant,)+ }

        impl Glyph {
            /// All signs, in their order.
            pub const ALL: [Self; [$(Self::$variant),+].len()] = [$(Self::$variant),+];

            /// The meaning, for legends.
            pub fn doc(self) -> &'static str {
                match self { $(Self::$variant => $doc,)+ }
            }

            /// The sign in this set: one cell wide.
            pub fn sign(self, set: GlyphSet) -> &'static str {
                match (self, set) {
                    $((Self::$variant, GlyphSet::Unicode) => $unicode,
                      (Self::$variant, GlyphSet::Ascii) => $ascii,)+
                }
            }
        }
    };
}

glyphs! {
    Error "✗" "x" "error";
    Refused "-" "-" "not for this device";
    Warning "▲" "!" "warning";
    Note "i" "i" "note";
    Pending "*" "*" "edit that is not saved";
    Marked "◆" "*" "marked";
    FoldOpen "▾" "v" "unfolded";
    FoldClosed "▸" ">" "folded";
    LiveSame "=" "=" "live as configured";
    LiveMoved "≠" "/" "live elsewhere";
    LiveOnly "+" "+" "only live";
    LiveAbsent "−" "-" "only configured";
    LiveWaiting "…" ":" "asked, waiting for the guest";
    LiveUnknown "?" "?" "bus not numbered yet";
    Ellipsis "…" "~" "cut";
    Rule "─" "-" "separating line";
    Bar "│" "|" "separating line, upright";
    CornerTopLeft "┌" "+" "corner";
    CornerTopRight "┐" "+" "corner";
    CornerBottomLeft "└" "+" "corner";
    CornerBottomRight "┘" "+" "corner";
    Range "–" "-" "from, to";
    Path "›" ">" "inside";
    Arrow "→" ">" "becomes";
    Times "×" "x" "so many";
    Track "│" "|" "scroll bar";
    Thumb "█" "#" "scroll bar, the part that is seen";
    Full "█" "#" "meter, taken";
    Empty "░" "." "meter, free";
    Enter "⏎" "_" "Enter";
}

/// The set for a terminal of this kind: ASCII on the Linux console and where the locale is not UTF-8.
/// `variable` looks up an environment variable.
pub fn detect_glyphs(variable: impl Fn(&str) -> Option<String>) -> GlyphSet {
    if variable("TERM").is_some_and(|term| term == "linux") {
        return GlyphSet::Ascii;
    }
    // The first of these that is set and not empty decides (POSIX, Environment Variables, 8.2).
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|value| !value.is_empty())
        .unwrap_or_default()
        .to_ascii_lowercase();
    if locale.contains("utf-8") || locale.contains("utf8") {
        GlyphSet::Unicode
    } else {
        GlyphSet::Ascii
    }
}

impl From<Mark> for Role {
    /// The role with the colour of a place's sign.
    fn from(mark: Mark) -> Self {
        match mark {
            Mark::None => Self::Text,
            Mark::Chipset => Self::PlaceChipset,
            Mark::Static => Self::PlaceStatic,
            Mark::Dynamic => Self::PlaceDynamic,
            Mark::Free => Self::PlaceFree,
            Mark::Conflict => Self::PlaceConflict,
            Mark::Leads => Self::Bus,
            Mark::Reserved => Self::PlaceReserved,
        }
    }
}

impl From<LiveMark> for Role {
    /// The role with the colour and sign of a comparison with the running guest.
    fn from(mark: LiveMark) -> Self {
        match mark {
            LiveMark::Same => Self::LiveSame,
            LiveMark::Moved => Self::LiveMoved,
            LiveMark::Only => Self::LiveOnly,
            LiveMark::Absent => Self::LiveAbsent,
            LiveMark::Waiting => Self::LiveWaiting,
            LiveMark::Unknown => Self::LiveUnknown,
        }
    }
}

impl Role {
    /// The sign with the meaning of this role's colour, if the role is a state that is not that of
    /// a place.
    pub fn glyph(self) -> Option<Glyph> {
        Some(match self {
            Self::PlaceRefused => Glyph::Refused,
            Self::ProblemError => Glyph::Error,
            Self::ProblemWarning => Glyph::Warning,
            Self::ProblemNote => Glyph::Note,
            Self::Pending => Glyph::Pending,
            Self::LiveSame => Glyph::LiveSame,
            Self::LiveMoved => Glyph::LiveMoved,
            Self::LiveOnly => Glyph::LiveOnly,
            Self::LiveAbsent => Glyph::LiveAbsent,
            Self::LiveWaiting => Glyph::LiveWaiting,
            Self::LiveUnknown => Glyph::LiveUnknown,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use unicode_width::UnicodeWidthStr;

    use super::*;

    const SETS: [GlyphSet; 2] = [GlyphSet::Unicode, GlyphSet::Ascii];

    #[test]
    fn every_sign_is_one_cell_in_both_sets_and_ascii_in_one() {
        for glyph in Glyph::ALL {
            assert_eq!(glyph.sign(GlyphSet::Unicode).width(), 1, "{glyph:?}");
            let ascii = glyph.sign(GlyphSet::Ascii);
            assert!(ascii.len() == 1 && ascii.is_ascii(), "{glyph:?}");
            assert!(!glyph.doc().is_empty());
        }
    }

    #[test]
    fn states_are_told_apart_without_colour() {
        let live = [
            Role::LiveSame,
            Role::LiveMoved,
            Role::LiveOnly,
            Role::LiveAbsent,
            Role::LiveWaiting,
            Role::LiveUnknown,
        ];
        let problems = [Role::ProblemError, Role::ProblemWarning, Role::ProblemNote, Role::Pending];
        for (set, family) in SETS.iter().flat_map(|set| [(*set, &live[..]), (*set, &problems)]) {
            let signs: HashSet<_> =
                family.iter().map(|role| role.glyph().unwrap().sign(set)).collect();
            assert_eq!(signs.len(), family.len(), "{set:?}");
        }
        for set in SETS {
            let signs: HashSet<_> = Mark::all().map(|mark| mark.glyph(set)).collect();
            let roles: HashSet<_> = Mark::all().map(Role::from).collect();
            assert_eq!((signs.len(), roles.len()), (Mark::all().count(), signs.len()), "{set:?}");
        }
    }

    #[test]
    fn the_set_follows_terminal_and_locale() {
        let cases: [(&[(&str, &str)], GlyphSet); 6] = [
            (&[("TERM", "xterm"), ("LANG", "de_DE.UTF-8")], GlyphSet::Unicode),
            (&[("TERM", "linux"), ("LANG", "de_DE.UTF-8")], GlyphSet::Ascii),
            (&[("LANG", "C.utf8")], GlyphSet::Unicode),
            (&[("LC_ALL", "C"), ("LANG", "C.UTF-8")], GlyphSet::Ascii),
            (&[("LC_ALL", ""), ("LANG", "C.UTF-8")], GlyphSet::Unicode),
            (&[], GlyphSet::Ascii),
        ];
        for (environment, expected) in cases {
            let found = detect_glyphs(|name| {
                environment
                    .iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| (*value).to_owned())
            });
            assert_eq!(found, expected, "{environment:?}");
        }
    }
}
