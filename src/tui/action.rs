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
    Left "left" Walk [Browse Input Move] "one cell left; in a tree, fold the row or go to its \
                                          parent";
    Right "right" Walk [Browse Input Move] "one cell right; in a tree, unfold the row or go to its child";
    PageUp "page-up" Walk [Browse List Pager Input] "one screen up";
    PageDown "page-down" Walk [Browse List Pager Input] "one screen down";
    HalfPageUp "half-page-up" Walk [Browse Pager] "half a screen up";
    HalfPageDown "half-page-down" Walk [Browse Pager] "half a screen down";
    Home "home" Walk [Browse List Pager Input Move] "to the first row; in a field to the start";
    End "end" Walk [Browse List Pager Input Move] "to the last row; in a field to the end";
    Open "open" Walk [Browse List Input Move] "open or choose the selected row";
    Back "back" Walk [Browse] "go back to the device selected before";
    Forward "forward" Walk [Browse] "go forward again";

    ViewTopology "view-topology" View [Browse] "the whole device tree";
    ViewSlots "view-slots" View [Browse] "PCI buses and their slots";
    ViewDrives "view-drives" View [Browse] "drive controllers and their units";
    ViewUsb "view-usb" View [Browse] "USB controllers, hubs and ports";
    ViewProblems "view-problems" View [Browse] "problems and their fixes";
    ViewChanges "view-changes" View [Browse] "unsaved changes";
    ViewXml "view-xml" View [Browse] "the XML at the selected device";
    NextView "next-view" View [Browse] "the next view";
    PreviousView "previous-view" View [Browse] "the previous view";
    Form "form" View [Browse Move] "switch between slots and functions, matrix and tree";
    Details "details" View [Browse] "show or hide details of the selected device";
    ToggleFold "toggle-fold" View [Browse] "fold or unfold the selected row";
    Fold "fold" View [Browse] "fold the selected row";
    Unfold "unfold" View [Browse] "unfold the selected row";
    FoldAll "fold-all" View [Browse] "fold every controller";
    UnfoldAll "unfold-all" View [Browse] "unfold everything, runs of identical devices too";
    Theme "theme" View [Browse] "choose a theme, with a preview";
    Mouse "mouse" View [Browse] "mouse on or off; off leaves text selection to the terminal";
    Redraw "redraw" View [Browse List Pager Input Move] "draw the whole screen again";

    Filter "filter" Find [Browse] "show only rows that contain a text";
    NextMatch "next-match" Find [Browse] "to the next row that matches";
    PreviousMatch "previous-match" Find [Browse] "to the previous row that matches";
    Find "find" Find [Browse] "go to a device, found by a few letters";
    Palette "palette" Find [Browse] "command palette";

    Move "move" Edit [Browse] "move the selected device to another place";
    Hold "hold" Edit [Move] "freeze the devices that would also move";
    WholeSlot "whole-slot" Edit [Move] "move the whole slot, or only this function";
    Rename "rename" Edit [Move] "rename the disk after its new unit, or keep its name";
    Swap "swap" Edit [Browse Move] "swap two devices: the marked ones, or one from a list";
    Group "group" Edit [Browse] "put the marked devices into one slot";
    AddController "add-controller" Edit [Browse] "add a controller, chosen from a list";
    Remove "remove" Edit [Browse] "remove the selected controller, alone or with its devices";
    Model "model" Edit [Browse] "change the model of a controller or the bus of a disk";
    Reserve "reserve" Edit [Browse] "reserve ports for hot-plug; nothing moves";
    AcpiIndex "acpi-index" Edit [Browse] "set the ACPI index, which names the NIC in the guest";
    Target "target" Edit [Browse] "rename the disk (target dev)";
    Adopt "adopt" Edit [Browse] "add the selected implicit device to the XML";
    AdoptAll "adopt-all" Edit [Browse] "add all implicit devices to the XML";
    Mark "mark" Edit [Browse] "mark or unmark the selected device";
    Freeze "freeze" Edit [Browse] "fixed addresses for the marked devices or the selected one";
    FreezeAll "freeze-all" Edit [Browse] "fixed addresses for all devices";
    Thaw "thaw" Edit [Browse] "automatic addresses for the marked devices or the selected one";
    ThawAll "thaw-all" Edit [Browse] "automatic addresses for all devices";
    Save "save" Edit [Browse Review] "review the changes and save";
    SaveAnyway "save-anyway" Edit [Review] "save despite errors";
    SaveAs "save-as" Edit [Browse] "save the document to another file";
    Resume "resume" Edit [Browse] "restore unsaved changes from an earlier session";
    Undo "undo" Edit [Browse] "undo the last change";
    Redo "redo" Edit [Browse] "redo the last undone change";
    FixA "fix-a" Edit [Problems] "apply the first fix of the selected problem";
    FixB "fix-b" Edit [Problems] "apply its second fix";
    FixC "fix-c" Edit [Problems] "apply its third fix";
    FixD "fix-d" Edit [Problems] "apply its fourth fix";
    Severity "severity" View [Problems] "show errors only, or warnings and notes too";
    Discard "discard" Edit [Changes] "discard the selected change only";
    DiscardAll "discard-all" Edit [Changes] "discard all changes";

    CopyAddress "copy-address" Copy [Browse] "copy the address of the selected device";
    CopyXml "copy-xml" Copy [Browse] "copy the XML of the selected device";
    CopyCommands "copy-commands" Copy [Changes] "copy the changes as commands for a shell";
    CopyDiff "copy-diff" Copy [Changes] "copy the diff";
    CopyPath "copy-path" Copy [Browse] "copy the path from the root to the selected device";

    CopyLog "copy-log" Copy [Browse Pager] "copy the monitor log";

    Plug "plug" Live [Browse] "attach a device to the running guest, at the selected place";
    Unplug "unplug" Live [Browse] "detach the selected device from the running guest";
    FreezeLive "freeze-live" Live [Browse] "write the live address of the selected device into \
                                            the XML";
    FreezeLiveAll "freeze-live-all" Live [Browse] "write the live addresses of all devices into \
                                                   the XML";
    AdoptLive "adopt-live" Live [Browse] "add the selected live-only device to the XML";
    AdoptLiveAll "adopt-live-all" Live [Browse] "add all live-only devices to the XML";
    LiveLog "live-log" Live [Browse] "monitor log: commands and answers";

    WordLeft "word-left" Write [Input] "one word left";
    WordRight "word-right" Write [Input] "one word right";
    DeleteBefore "delete-before" Write [Input Move] "delete the letter before the cursor";
    DeleteAfter "delete-after" Write [Input] "delete the letter under the cursor";
    DeleteWord "delete-word" Write [Input] "delete the word before the cursor";
    DeleteToStart "delete-to-start" Write [Input] "delete everything before the cursor";
    DeleteToEnd "delete-to-end" Write [Input] "delete everything after the cursor";

    Help "help" Program [Browse] "all keys that work here";
    Messages "messages" Program [Browse] "earlier messages";
    Demos "demos" Program [Browse] "choose one of the demo guests";
    Reload "reload" Program [Browse] "reload the source";
    Suspend "suspend" Program [Browse List Pager Input Move] "suspend; `fg` in the shell resumes";
    Cancel "cancel" Program [Browse List Pager Input Move] "cancel or go back one step";
    Quit "quit" Program [Browse List Pager] "quit the program";
}

/// Names of earlier versions, which the configuration and the palette still accept.
const ALIASES: &[(&str, Action)] = &[("room", Action::Reserve)];

impl Action {
    /// Names of the action in earlier versions.
    pub fn old_names(self) -> impl Iterator<Item = &'static str> {
        ALIASES.iter().filter(move |(_, action)| *action == self).map(|(old, _)| *old)
    }

    /// The action with this name, or with this name in an earlier version.
    pub fn from_name(name: &str) -> Option<Self> {
        let renamed = ALIASES.iter().find(|(old, _)| *old == name);
        if let Some((_, action)) = renamed {
            return Some(*action);
        }
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
