//! Key bindings: the action of each key sequence in each mode.
//!
//! `table` holds the built-in bindings, a `[keys.MODE]` section of the configuration changes them,
//! and `resolve` follows the pressed keys. Footer, help, palette and the README's table are made from
//! the same map, so they are always right.

mod bindings;
mod chord;
mod mode;
mod resolve;
mod table;

use std::collections::{HashMap, HashSet};

pub use chord::{Chord, parse_sequence, print_sequence};
pub use mode::KeyMode;
pub use resolve::{Count, Pending, Resolved};

use crate::tui::action::{Action, Group};
use crate::tui::settings::{Reader, Value};
use bindings::{Bound, read_bindings};

/// The keys of one mode.
#[derive(Clone, PartialEq, Debug, Default)]
struct Bindings {
    bound: HashMap<Vec<Chord>, Action>,
    /// Beginnings of longer sequences, with one of those.
    begun: HashMap<Vec<Chord>, Vec<Chord>>,
    /// The sequences in the order in which they were bound.
    order: Vec<Vec<Chord>>,
}

impl Bindings {
    /// Binds a sequence; refuses one that is taken, begins another, or begins with another.
    fn bind(&mut self, chords: &[Chord], action: Action) -> Result<(), String> {
        if let Some(other) = self.bound.get(chords) {
            return Err(format!("already bound to {}", other.name()));
        }
        if let Some(longer) = self.begun.get(chords) {
            return Err(format!("is the beginning of `{}`", print_sequence(longer)));
        }
        let beginnings = || (1..chords.len()).filter_map(|length| chords.get(..length));
        if let Some(shorter) = beginnings().find(|beginning| self.bound.contains_key(*beginning)) {
            return Err(format!("begins with `{}`, which is bound", print_sequence(shorter)));
        }
        for beginning in beginnings() {
            self.begun.entry(beginning.to_vec()).or_insert_with(|| chords.to_vec());
        }
        self.bound.insert(chords.to_vec(), action);
        self.order.push(chords.to_vec());
        Ok(())
    }
}

/// A key hint: the key and its action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hint {
    /// The action it is for.
    pub action: Action,
    /// The key, spelt out.
    pub key: String,
    /// A short label of the action.
    pub label: &'static str,
    /// The rank: the highest is dropped first when there is no space, 0 last.
    pub rank: u8,
}

/// The keys of all modes.
#[derive(Clone, PartialEq, Debug)]
pub struct KeyMap {
    modes: HashMap<KeyMode, Bindings>,
}

impl Default for KeyMap {
    fn default() -> Self {
        Self::with(|_, _| true).0
    }
}

impl KeyMap {
    /// The built-in keys for which `keep` holds, and the refused rows: none, unless the table
    /// contradicts itself.
    fn with(keep: impl Fn(KeyMode, &[Chord]) -> bool) -> (Self, Vec<String>) {
        let mut map = Self { modes: HashMap::new() };
        let mut refused = Vec::new();
        for (modes, action, keys) in table::KEYS {
            for (mode, key) in
                modes.iter().flat_map(|mode| keys.iter().map(move |key| (*mode, *key)))
            {
                let bindings = map.modes.entry(mode).or_default();
                let bound = parse_sequence(key).and_then(|chords| {
                    if keep(mode, &chords) { bindings.bind(&chords, *action) } else { Ok(()) }
                });
                refused.extend(bound.err().map(|reason| format!("{mode:?} {key}: {reason}")));
            }
        }
        (map, refused)
    }

    /// The built-in keys as changed by the `[keys]` section `value`; its mistakes go to `reader`.
    pub fn configured(reader: &mut Reader<'_>, value: &Value<'_>) -> Self {
        let configured = read_bindings(reader, value);
        let touched: HashSet<(KeyMode, &[Chord])> =
            configured.iter().map(|binding| (binding.mode, &binding.chords[..])).collect();
        let (mut map, _) = Self::with(|mode, chords| !touched.contains(&(mode, chords)));
        for binding in &configured {
            let Bound::Action(action) = binding.bound else { continue };
            let bindings = map.modes.entry(binding.mode).or_default();
            if let Err(reason) = bindings.bind(&binding.chords, action) {
                reader.report(binding.at.clone(), &binding.key, reason, None);
            }
        }
        map
    }

    /// The action of a whole sequence.
    pub fn action(&self, mode: KeyMode, chords: &[Chord]) -> Option<Action> {
        let bound = |mode| self.modes.get(&mode)?.bound.get(chords).copied();
        mode.chain().find_map(bound)
    }

    /// Whether a longer sequence begins with this one.
    pub fn begins(&self, mode: KeyMode, chords: &[Chord]) -> bool {
        let begun = |mode| Some(self.modes.get(&mode)?.begun.contains_key(chords));
        // A whole key of the mode itself comes before the beginning of one it falls back on.
        let is_whole = |mode| Some(self.modes.get(&mode)?.bound.contains_key(chords));
        for mode in mode.chain() {
            if begun(mode) == Some(true) {
                return true;
            }
            if is_whole(mode) == Some(true) {
                return false;
            }
        }
        false
    }

    /// The sequences that ask for `action`, the preferred one first.
    pub fn keys(&self, mode: KeyMode, action: Action) -> impl Iterator<Item = &[Chord]> {
        let bindings = mode.chain().filter_map(|mode| self.modes.get(&mode));
        bindings.flat_map(move |bindings| {
            let is_for = move |chords: &&Vec<Chord>| bindings.bound.get(*chords) == Some(&action);
            bindings.order.iter().filter(is_for).map(Vec::as_slice)
        })
    }

    /// The preferred key for `action`, spelt out.
    pub fn key(&self, mode: KeyMode, action: Action) -> Option<String> {
        self.keys(mode, action).next().map(print_sequence)
    }

    /// The hints of a mode's footer, from left to right. Actions without a key are left out.
    pub fn footer(&self, mode: KeyMode) -> Vec<Hint> {
        let hint = |(action, label, rank): &(Action, &'static str, u8)| {
            let key = self.key(mode, *action)?;
            Some(Hint { action: *action, key, label, rank: *rank })
        };
        table::footer(mode).iter().filter_map(hint).collect()
    }

    /// The help of a mode: under each heading the actions with all their keys. Actions without a
    /// key are listed as well; the palette knows them.
    pub fn help(&self, mode: KeyMode) -> Vec<(Group, Vec<(String, Action)>)> {
        let rows = |group| {
            let actions = Action::ALL
                .into_iter()
                .filter(move |action| action.group() == group && action.is_for(mode));
            let with_keys = actions.map(|action| {
                let keys: Vec<String> = self.keys(mode, action).map(print_sequence).collect();
                (keys.join("  "), action)
            });
            with_keys.collect::<Vec<_>>()
        };
        Group::ALL
            .map(|group| (group, rows(group)))
            .into_iter()
            .filter(|(_, r)| !r.is_empty())
            .collect()
    }

    /// The keys of the views as a Markdown table, for the README.
    pub fn markdown(&self) -> String {
        let mut table = String::from("| key | does | name |\n| --- | --- | --- |\n");
        let of = |mode| {
            let rows = self.help(mode).into_iter().flat_map(|(_, rows)| rows);
            rows.map(move |(_, action)| (mode, action))
        };
        let particular = |(mode, action): &(KeyMode, Action)| action.modes().contains(mode);
        for (mode, action) in of(KeyMode::Browse)
            .chain(of(KeyMode::Problems).filter(particular))
            .chain(of(KeyMode::Changes).filter(particular))
        {
            let keys: Vec<String> =
                self.keys(mode, action).map(|key| format!("`{}`", print_sequence(key))).collect();
            let (keys, doc, name) = (keys.join(" "), action.doc(), action.name());
            table.extend(["| ", &keys, " | ", doc, " | `", name, "` |\n"]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;

    fn configured(text: &str) -> (KeyMap, Vec<String>) {
        let (mut reader, table) = Reader::open("config.toml", text);
        let map = KeyMap::configured(&mut reader, table.get("keys").unwrap());
        (map, reader.close().iter().map(ToString::to_string).collect())
    }

    fn action(map: &KeyMap, mode: KeyMode, keys: &str) -> Option<Action> {
        map.action(mode, &parse_sequence(keys).unwrap())
    }

    #[test]
    fn the_built_in_table_does_not_contradict_itself() {
        let (map, refused) = KeyMap::with(|_, _| true);
        assert_eq!(refused, [""; 0]);
        for (modes, action, _) in table::KEYS {
            assert!(modes.iter().all(|mode| action.is_for(*mode)), "{action:?} in {modes:?}");
        }
        let letters =
            map.modes[&KeyMode::Input].order.iter().filter(|keys| keys[0].letter().is_some());
        assert_eq!(letters.count(), 0, "letters in a field are text");
    }

    #[test]
    fn the_footer_offers_only_what_has_a_key_and_something_is_indispensable() {
        for mode in KeyMode::VARIANTS.iter().copied() {
            let name: &str = mode.into();
            let footer = KeyMap::default().footer(mode);
            assert_eq!(footer.len(), table::footer(mode).len(), "{name}");
            let last = footer.iter().min_by_key(|hint| hint.rank).unwrap();
            assert!(last.key.len() + last.label.len() < 20, "{name}");
        }
        let (map, _) = configured("[keys.browse]\n\"'\" = \"none\"\n\"ctrl-f\" = \"none\"\n");
        assert!(map.footer(KeyMode::Browse).iter().all(|hint| hint.action != Action::Find));
    }

    #[test]
    fn the_configuration_adds_replaces_and_takes_away() {
        let (map, mistakes) = configured(
            "[keys.browse]\n\"ctrl-x\" = \"find\"\nj = \"up\"\n\"g\" = \"home\"\n\"g g\" = \"none\"\n\
             \"g t\" = \"none\"\n\"g T\" = \"none\"\n\"g m\" = \"none\"\n\"g r\" = \"none\"\n\"g d\" = \"none\"\n\
             \"g u\" = \"none\"\n",
        );
        assert_eq!(mistakes, [""; 0]);
        let browse = |keys| action(&map, KeyMode::Browse, keys);
        assert_eq!(browse("ctrl-x"), Some(Action::Find));
        assert_eq!(browse("j"), Some(Action::Up));
        assert_eq!(browse("g"), Some(Action::Home));
        assert_eq!(browse("g g"), None);
        assert_eq!(action(&map, KeyMode::List, "j"), Some(Action::Down));
    }

    #[test]
    fn mistakes_in_the_configuration_name_line_key_and_suggestion() {
        let (map, mistakes) = configured(
            "[keys.browse]\n\"ctrl-é-x\" = \"find\"\n\"ctrl-x\" = \"fnd\"\ng = \"home\"\n\
             \"j j\" = \"up\"\n\"ctrl-Y\" = \"up\"\n\"ctrl-y\" = \"down\"\n\"x\" = \"delete-word\"\n\
             [keys.inptu]\n[keys.input]\nx = \"cancel\"\n",
        );
        let expected = [
            "config.toml:2:1: keys.browse.\"ctrl-é-x\": `é-x` is not a key",
            "config.toml:3:12: keys.browse.\"ctrl-x\": there is no action `fnd`; did you mean `find`?",
            "config.toml:4:1: keys.browse.\"g\": is the beginning of `g g`",
            "config.toml:5:1: keys.browse.\"j j\": begins with `j`, which is bound",
            "config.toml:7:1: keys.browse.\"ctrl-y\": already bound to up",
            "config.toml:8:7: keys.browse.\"x\": `delete-word` is not available in this mode",
            "config.toml:9:7: keys.inptu: unknown key; did you mean `input`?",
            "config.toml:11:1: keys.input.\"x\": letters are text in a field and cannot be bound",
        ];
        assert_eq!(mistakes, expected);
        assert_eq!(action(&map, KeyMode::Browse, "g g"), Some(Action::Home));
    }

    #[test]
    fn help_and_readme_list_every_action_of_the_mode_once() {
        let map = KeyMap::default();
        let listed: Vec<Action> = map
            .help(KeyMode::Browse)
            .into_iter()
            .flat_map(|(_, rows)| rows.into_iter().map(|(_, action)| action))
            .collect();
        let expected = Action::ALL.into_iter().filter(|action| action.is_for(KeyMode::Browse));
        assert_eq!(listed, expected.collect::<Vec<_>>());
        assert!(map.markdown().contains("| `g g` `home` | to the first row; in a field"));
    }
}
