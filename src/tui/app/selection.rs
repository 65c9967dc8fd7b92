//! The selection, shared by all views, and its history.

use std::collections::BTreeSet;

use crate::model::DeviceKey;
use crate::rows::Target;

/// The most steps kept in the history.
const DEPTH: usize = 256;

/// The selection and its history.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    current: Option<Target>,
    /// Devices that something is to be done to.
    pub marked: BTreeSet<DeviceKey>,
    /// Starts of jumps, the latest last.
    behind: Vec<Target>,
    /// Selections left by going back.
    ahead: Vec<Target>,
}

impl Selection {
    /// The selected object.
    pub fn current(&self) -> Option<Target> {
        self.current
    }

    /// Selects the first object.
    pub fn start(&mut self, target: Target) {
        self.current = Some(target);
    }

    /// Renames devices; `now` maps their keys. Objects that no longer exist are dropped.
    pub fn rename(&mut self, now: impl Fn(DeviceKey) -> Option<DeviceKey>) {
        let renamed = |target: Target| match target {
            Target::Device(key) => now(key).map(Target::Device),
            Target::Siblings(key) => now(key).map(Target::Siblings),
            other => Some(other),
        };
        self.current = self.current.and_then(renamed).or(self.current);
        self.marked = self.marked.iter().filter_map(|key| now(*key)).collect();
        for way in [&mut self.behind, &mut self.ahead] {
            *way = way.iter().filter_map(|target| renamed(*target)).collect();
        }
    }

    /// Moves on to a neighbour; not worth remembering.
    pub fn walk(&mut self, target: Target) {
        self.current = Some(target);
    }

    /// Jumps elsewhere; the way back is kept.
    pub fn jump(&mut self, target: Target) {
        if self.current == Some(target) {
            return;
        }
        self.behind.extend(self.current);
        if self.behind.len() > DEPTH {
            self.behind.remove(0);
        }
        self.ahead.clear();
        self.current = Some(target);
    }

    /// Back to where the last jump started that `exists` still knows.
    pub fn back(&mut self, exists: impl Fn(Target) -> bool) -> bool {
        Self::shift(&mut self.behind, &mut self.ahead, &mut self.current, exists)
    }

    /// To where going back came from.
    pub fn forward(&mut self, exists: impl Fn(Target) -> bool) -> bool {
        Self::shift(&mut self.ahead, &mut self.behind, &mut self.current, exists)
    }

    fn shift(
        from: &mut Vec<Target>,
        to: &mut Vec<Target>,
        current: &mut Option<Target>,
        exists: impl Fn(Target) -> bool,
    ) -> bool {
        while let Some(target) = from.pop() {
            if exists(target) {
                to.extend(*current);
                *current = Some(target);
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DeviceClass, DeviceKey};

    fn disk(nth: u32) -> Target {
        Target::Device(DeviceKey::new(DeviceClass::Disk, nth))
    }

    #[test]
    fn back_and_forward_follow_jumps_and_skip_what_is_gone() {
        let mut selection = Selection::default();
        selection.start(disk(0));
        selection.jump(disk(1));
        selection.walk(disk(2));
        selection.jump(disk(3));
        assert!(selection.back(|_| true));
        assert_eq!(selection.current(), Some(disk(2)));
        assert!(selection.back(|_| true));
        assert_eq!(selection.current(), Some(disk(0)));
        assert!(!selection.back(|_| true));
        assert!(selection.forward(|target| target != disk(2)));
        assert_eq!(selection.current(), Some(disk(3)));
    }
}
