//! Roles: the meanings of parts of the screen, before any colour.
//!
//! Views use the style of a role and never name a colour. A role is either *ink* (text drawn on
//! some ground) or a *ground* (a background under ink: the selected row, a popup).

/// Whether a role colours letters or their background.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layer {
    /// Letters; keeps the background it is drawn on.
    Ink,
    /// A background, with a letter colour of its own where the theme wants one.
    Ground,
}

/// Declares the enum and its table together, so that neither can have a row the other lacks.
macro_rules! roles {
    ($($variant:ident $name:literal $layer:ident $doc:literal;)+) => {
        /// The meaning of a part of the screen.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Role { $(#[doc = $doc] $variant,)+ }

        impl Role {
            /// All roles, in their listed order.
            pub const ALL: [Self; [$(Self::$variant),+].len()] = [$(Self::$variant),+];

            /// The dotted name used in theme files.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// A description of its use in one line.
            pub fn doc(self) -> &'static str {
                match self { $(Self::$variant => $doc,)+ }
            }

            /// Ink or ground.
            pub fn layer(self) -> Layer {
                match self { $(Self::$variant => Layer::$layer,)+ }
            }
        }
    };
}

roles! {
    Text "text" Ground "ordinary text, and the background of everything";
    Header "header" Ground "the first line: guest, machine, source, counts";
    Status "status" Ground "the last lines: messages and key hints";
    Selection "selection" Ground "the selected row";
    SelectionInactive "selection.inactive" Ground "the selected row of a pane without the keyboard";
    Cursor "cursor" Ground "the cell under the cursor in grids, and in text fields";
    TabActive "tab.active" Ground "the view that is shown";
    Popup "popup" Ground "the inside of popups";
    Input "input" Ground "text fields";
    Dim "dim" Ink "secondary text";
    Heading "heading" Ink "column headings and titles";
    Tab "tab" Ink "the views that are not shown";
    PlaceChipset "place.chipset" Ink "a place taken by a fixed part of the machine";
    PlaceStatic "place.static" Ink "a place with a fixed address";
    PlaceDynamic "place.dynamic" Ink "a place that libvirt or QEMU chose";
    PlaceFree "place.free" Ink "a free place";
    PlaceConflict "place.conflict" Ink "a place with more than one occupant";
    PlaceReserved "place.reserved" Ink "a place kept for the machine or not on this bus";
    PlaceRefused "place.refused" Ink "a place the selected device cannot have";
    Bus "bus" Ink "buses and controllers that lead to places";
    Device "device" Ink "the class and model of a device";
    Detail "detail" Ink "details of a device: source file, MAC, host device";
    GuestName "guest-name" Ink "the guest's name of the device";
    ProblemError "problem.error" Ink "errors";
    ProblemWarning "problem.warning" Ink "warnings";
    ProblemNote "problem.note" Ink "notes, and what went well";
    Pending "pending" Ink "edits that are not saved";
    Key "key" Ink "a key that can be pressed";
    KeyHint "key.hint" Ink "what the key does";
    Match "match" Ink "letters that match the search";
    XmlTag "xml.tag" Ink "element names and brackets";
    XmlAttribute "xml.attribute" Ink "attribute names";
    XmlValue "xml.value" Ink "attribute values";
    XmlComment "xml.comment" Ink "comments";
    Rule "rule" Ink "separating lines";
    PopupBorder "popup.border" Ink "the frame around popups";
    Scrollbar "scrollbar" Ink "the scroll bar";
    LiveSame "live.same" Ink "live as configured";
    LiveMoved "live.moved" Ink "live, but elsewhere than configured";
    LiveOnly "live.only" Ink "live and not configured";
    LiveAbsent "live.absent" Ink "configured and not live";
    LiveWaiting "live.waiting" Ink "requested, not yet answered by the guest";
    LiveUnknown "live.unknown" Ink "unknown: the guest has not numbered the bus yet";
    Link "live.link" Ink "the state of the connection";
}

impl Role {
    /// The role with this dotted name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// The names a style is looked up under, nearest first: `place.free`, then `place`.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        std::iter::successors(Some(self.name()), |name| Some(name.rsplit_once('.')?.0))
    }
}

/// Whether a theme file may style `name`: a role, or a common prefix of roles (`place`).
pub(super) fn is_known(name: &str) -> bool {
    Role::ALL.into_iter().any(|role| role.names().any(|known| known == name))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_lead_back_to_the_role() {
        let names: HashSet<_> = Role::ALL.map(Role::name).into();
        assert_eq!(names.len(), Role::ALL.len());
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.name()), Some(role));
            assert!(!role.doc().is_empty());
        }
    }

    #[test]
    fn a_role_numbers_its_place_in_the_list() {
        for (index, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!(role as usize, index);
        }
    }

    #[test]
    fn a_dotted_name_falls_back_to_what_stands_before_the_dot() {
        assert_eq!(Role::PlaceFree.names().collect::<Vec<_>>(), ["place.free", "place"]);
        assert!(is_known("place"));
        assert!(!is_known("palce"));
    }
}
