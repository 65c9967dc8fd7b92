//! All actions of the screen: one list for the palette, the help, the footer and the README's table
//! of keys.
//!
//! [`crate::tui::keymap`] binds keys to them; the update of the present mode executes them.

use crate::tui::keymap::KeyMode;

/// The subject of an action; the headings of the help.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    /// Moving the selection.
    Walk,
    /// Changing what is shown.
    View,
    /// Looking for something.
    Find,
    /// Changing the guest.
    Edit,
    /// Getting text out.
    Copy,
    /// The running guest.
    Live,
    /// Writing in a field.
    Write,
    /// The program itself.
    Program,
}

impl Group {
    /// All groups in the order of the help.
    pub const ALL: [Self; 8] = [
        Self::Walk,
        Self::View,
        Self::Find,
        Self::Edit,
        Self::Copy,
        Self::Live,
        Self::Write,
        Self::Program,
    ];

    /// The heading in the help.
    pub fn title(self) -> &'static str {
        match self {
            Self::Walk => "walk",
            Self::View => "view",
            Self::Find => "find",
            Self::Edit => "edit",
            Self::Copy => "copy",
            Self::Live => "running guest",
            Self::Write => "write",
            Self::Program => "program",
        }
    }
}

/// Declares the enum and its table together.
macro_rules! actions {
    ($($variant:ident $name:literal $group:ident [$($mode:ident)+] $doc:literal;)+) => {
        /// An action of the user.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Action { $(#[doc = $doc] $variant,)+ }

        impl Action {
            /// All actions in the order of the help.
            pub const ALL: [Self; [$(Self::$variant),+].len()] = [$(Self::$variant),+];

            /// The name in the palette and in the configuration: kebab-case, permanent.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// A description in one line.
            pub fn doc(self) -> &'static str {
                match self { $(Self::$variant => $doc,)+ }
            }

            /// The group of the action.
            pub fn group(self) -> Group {
                match self { $(Self::$variant => Group::$group,)+ }
            }

            /// The modes in which it is available.
            pub fn modes(self) -> &'static [KeyMode] {
                match self { $(Self::$variant => &[$(KeyMode::$mode),+],)+ }
            }
        }
    };
}

actions! {
    Up "up" Walk [Browse List Pager Input Move] "one row up";
    Down "down" Walk [Browse List Pager Input Move] "one row down";
    Left "left" Walk [Browse Input Move] "one cell left; in a tree fold, then to the parent";
    Right "right" Walk [Browse Input Move] "one cell right; in a tree unfold, then to the first child";
    PageUp "page-up" Walk [Browse List Pager Input] "one screen up";
    PageDown "page-down" Walk [Browse List Pager Input] "one screen down";
    HalfPageUp "half-page-up" Walk [Browse Pager] "half a screen up";
    HalfPageDown "half-page-down" Walk [Browse Pager] "half a screen down";
    Home "home" Walk [Browse List Pager Input Move] "to the first row; in a field to the start";
    End "end" Walk [Browse List Pager Input Move] "to the last row; in a field to the end";
    Open "open" Walk [Browse List Input Move] "go to what is selected, or take it";
    Back "back" Walk [Browse] "to the device selected before";
    Forward "forward" Walk [Browse] "back again to the device selected after";

    ViewTopology "view-topology" View [Browse] "the whole device tree";
    ViewSlots "view-slots" View [Browse] "PCI buses and their slots";
    ViewDrives "view-drives" View [Browse] "drive controllers and their units";
    ViewUsb "view-usb" View [Browse] "USB controllers, hubs and ports";
    ViewProblems "view-problems" View [Browse] "what is wrong, and what would mend it";
    ViewChanges "view-changes" View [Browse] "what was done and is not saved";
    ViewXml "view-xml" View [Browse] "the XML at the selected device";
    NextView "next-view" View [Browse] "the next view";
    PreviousView "previous-view" View [Browse] "the view before";
    Form "form" View [Browse Move] "slots or functions; drives as a matrix or as a tree";
    Details "details" View [Browse] "show or hide everything about the selected device";
    ToggleFold "toggle-fold" View [Browse] "fold or unfold the selected row";
    Fold "fold" View [Browse] "fold the selected row";
    Unfold "unfold" View [Browse] "unfold the selected row";
    FoldAll "fold-all" View [Browse] "fold every controller";
    UnfoldAll "unfold-all" View [Browse] "unfold everything, runs of identical devices too";
    Theme "theme" View [Browse] "choose a theme, seen while choosing";
    Mouse "mouse" View [Browse] "mouse on or off; off leaves text selection to the terminal";
    Redraw "redraw" View [Browse List Pager Input Move] "draw the whole screen again";

    Filter "filter" Find [Browse] "show only rows that contain a text";
    NextMatch "next-match" Find [Browse] "to the next row that matches";
    PreviousMatch "previous-match" Find [Browse] "to the matching row before";
    Find "find" Find [Browse] "go to a device by a few letters of it";
    Palette "palette" Find [Browse] "run anything by its name";

    Move "move" Edit [Browse] "look for another place for the selected device";
    Hold "hold" Edit [Move] "freeze those that would move with it where they are";
    WholeSlot "whole-slot" Edit [Move] "all functions of its slot come along, or not";
    Rename "rename" Edit [Move] "call a disk after its new unit, or not";
    Swap "swap" Edit [Browse Move] "let two devices trade places: those marked, or one to choose";
    Group "group" Edit [Browse] "make the marked devices functions of one slot";
    AddController "add-controller" Edit [Browse] "add a controller, chosen from a list";
    Remove "remove" Edit [Browse] "remove the selected controller, alone or with what is on it";
    Model "model" Edit [Browse] "another model for a controller, another bus for a disk";
    Room "room" Edit [Browse] "add what hot-plug of more devices needs; nothing moves";
    AcpiIndex "acpi-index" Edit [Browse] "set the acpi index, by which a guest names a NIC";
    Target "target" Edit [Browse] "call the selected disk something else";
    Adopt "adopt" Edit [Browse] "write down the selected device that libvirt would add";
    AdoptAll "adopt-all" Edit [Browse] "write down everything that libvirt would add";
    Mark "mark" Edit [Browse] "mark the selected device, or no longer";
    Freeze "freeze" Edit [Browse] "fix the addresses of marked devices, or the selected one";
    FreezeAll "freeze-all" Edit [Browse] "fix the addresses of all devices";
    Thaw "thaw" Edit [Browse] "let libvirt choose again for marked devices, or this one";
    ThawAll "thaw-all" Edit [Browse] "let libvirt choose again for all devices";
    Save "save" Edit [Browse Review] "save the document, after a last look";
    SaveAnyway "save-anyway" Edit [Review] "save although there are errors";
    SaveAs "save-as" Edit [Browse] "save the document to another file";
    Resume "resume" Edit [Browse] "take up changes that were never saved";
    Undo "undo" Edit [Browse] "take the last change back";
    Redo "redo" Edit [Browse] "make the change again that was taken back";
    FixA "fix-a" Edit [Problems] "apply the first fix of the selected problem";
    FixB "fix-b" Edit [Problems] "apply its second fix";
    FixC "fix-c" Edit [Problems] "apply its third fix";
    FixD "fix-d" Edit [Problems] "apply its fourth fix";
    Severity "severity" View [Problems] "list errors only, or warnings and notes too";
    Discard "discard" Edit [Changes] "take the selected change back, and no other";
    DiscardAll "discard-all" Edit [Changes] "take all changes back";

    CopyAddress "copy-address" Copy [Browse] "copy the address of the selected device";
    CopyXml "copy-xml" Copy [Browse] "copy the XML of the selected device";
    CopyCommands "copy-commands" Copy [Changes] "copy the changes as commands for a shell";
    CopyDiff "copy-diff" Copy [Changes] "copy the difference of the text";
    CopyPath "copy-path" Copy [Browse] "copy the path from the root to the selected device";

    CopyLog "copy-log" Copy [Browse Pager] "copy what went to the monitor and came back";

    Plug "plug" Live [Browse] "put a device into the running guest, at the selected place";
    Unplug "unplug" Live [Browse] "take the selected device out of the running guest";
    FreezeLive "freeze-live" Live [Browse] "write where the selected device runs, so that it stays";
    FreezeLiveAll "freeze-live-all" Live [Browse] "write where all devices run, so that they stay";
    AdoptLive "adopt-live" Live [Browse] "write the selected device that only runs into the XML";
    AdoptLiveAll "adopt-live-all" Live [Browse] "write every device that only runs into the XML";
    LiveLog "live-log" Live [Browse] "what went to the monitor and came back";

    WordLeft "word-left" Write [Input] "one word left";
    WordRight "word-right" Write [Input] "one word right";
    DeleteBefore "delete-before" Write [Input Move] "delete the letter before the cursor";
    DeleteAfter "delete-after" Write [Input] "delete the letter under the cursor";
    DeleteWord "delete-word" Write [Input] "delete the word before the cursor";
    DeleteToStart "delete-to-start" Write [Input] "delete everything before the cursor";
    DeleteToEnd "delete-to-end" Write [Input] "delete everything after the cursor";

    Help "help" Program [Browse] "all keys of this place";
    Messages "messages" Program [Browse] "messages shown so far";
    Demos "demos" Program [Browse] "choose one of the demo guests";
    Reload "reload" Program [Browse] "read the source again";
    Suspend "suspend" Program [Browse List Pager Input Move] "back to the shell, until `fg`";
    Cancel "cancel" Program [Browse List Pager Input Move] "one step back; leaves everything as it is";
    Quit "quit" Program [Browse List Pager] "leave the program";
}

impl Action {
    /// The action with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    /// Whether it changes the guest, its document, or the unsaved changes.
    pub fn is_change(self) -> bool {
        self.group() == Group::Edit
            || matches!(
                self,
                Self::FreezeLive | Self::FreezeLiveAll | Self::AdoptLive | Self::AdoptLiveAll
            )
    }

    /// Whether it is available in this mode.
    pub fn is_for(self, mode: KeyMode) -> bool {
        self.modes().contains(&mode)
            || mode.parent().is_some_and(|parent| self.modes().contains(&parent))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::tui::keymap::KeyMap;

    #[test]
    fn names_are_kebab_case_unique_and_documented() {
        let names: HashSet<_> = Action::ALL.map(Action::name).into();
        assert_eq!(names.len(), Action::ALL.len());
        for action in Action::ALL {
            let name = action.name();
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
            assert_eq!(Action::from_name(name), Some(action));
            let doc = action.doc();
            assert!(!doc.is_empty() && doc.len() <= 64 && !doc.ends_with('.'), "{name}: {doc}");
        }
    }

    #[test]
    fn every_action_can_be_asked_for() {
        let keys = KeyMap::default();
        for action in Action::ALL {
            let in_palette = |mode: &KeyMode| *mode == KeyMode::Browse || mode.parent().is_some();
            for mode in action.modes() {
                let has_key = keys.keys(*mode, action).next().is_some();
                assert!(in_palette(mode) || has_key, "{action:?} in {mode:?}");
            }
        }
    }
}
