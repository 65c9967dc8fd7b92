//! Circles of files: files that use each other, directly or through others.
//!
//! A path is followed through modules and re-exports to the file that defines the item. A `pub use`
//! makes no edge by itself, nor does the import of a module: what is named through it does. Code for
//! tests does not count. Calls of methods are not paths, so an edge that is only made of them is not
//! seen.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Source, Used};
use crate::{holds, sources};

/// Circles that are one subject in several files, each with the reason why it stays.
const NATURAL: &[(&[&str], &str)] = &[
    (
        &["src/topology/pci.rs", "src/topology/verdict.rs"],
        "the set of PCI buses and the verdict about a place of it are one `impl` in two files",
    ),
    (
        &["src/xml/document.rs", "src/xml/element.rs"],
        "an element is a number in the table of its document",
    ),
];

/// Re-exports of re-exports that a path is followed through at most.
const MOST_STEPS: usize = 8;

/// A module path from the root of the crate: `["topology", "bus"]`.
type Module = Vec<String>;

/// The sources by module.
struct Crate {
    sources: BTreeMap<Module, Source>,
}

impl Crate {
    fn new(sources: Vec<Source>) -> Self {
        let sources = sources.into_iter().map(|source| (source.module_path(), source));
        Self { sources: sources.collect() }
    }

    /// The file that defines the item that `segments` leads to from `module`; `None` for a module,
    /// and outside of the crate.
    fn find(&self, module: &Module, segments: &[String], steps: usize) -> Option<Module> {
        let steps = steps.checked_sub(1)?;
        let mut at = module.clone();
        let mut rest = segments;
        let mut is_absolute = false;
        while let Some((first, behind)) = rest.split_first() {
            match first.as_str() {
                "crate" => at.clear(),
                "super" => drop(at.pop()),
                "self" => {}
                _ => break,
            }
            (is_absolute, rest) = (true, behind);
        }
        while let Some((name, behind)) = rest.split_first() {
            let below = [at.as_slice(), std::slice::from_ref(name)].concat();
            let source = self.sources.get(&at)?;
            if self.sources.contains_key(&below) {
                (at, is_absolute, rest) = (below, true, behind);
            } else if let Some(target) = source.imports.get(name) {
                let target = [target.as_slice(), behind].concat();
                return self.find(&at, &target, steps);
            } else {
                return (is_absolute || source.items.contains(name)).then_some(at);
            }
        }
        None
    }

    /// The file that a path of `source` leads to, if it is another one.
    fn target(&self, source: &Source, used: &Used) -> Option<Module> {
        let module = source.module_path();
        // What an inner module calls `super` is still the file.
        let inner = used.segments.iter().take(used.depth).take_while(|name| *name == "super");
        let segments = used.segments.get(inner.count()..)?;
        self.find(&module, segments, MOST_STEPS).filter(|target| *target != module)
    }

    /// For each file the files it uses, each with the first path that leads there.
    fn edges(&self) -> BTreeMap<&str, BTreeMap<&str, String>> {
        let edges = self.sources.values().map(|source| {
            let mut targets = BTreeMap::new();
            for used in source.paths.iter().filter(|used| !used.in_test && !used.is_export) {
                let target = self.target(source, used).and_then(|module| self.sources.get(&module));
                if let Some(target) = target {
                    let path = || format!("line {}: {}", used.line, used.text());
                    targets.entry(target.path.as_str()).or_insert_with(path);
                }
            }
            (source.path.as_str(), targets)
        });
        edges.collect()
    }
}

/// The strongly connected components of more than one file.
fn circles<'s>(edges: &BTreeMap<&'s str, BTreeMap<&'s str, String>>) -> BTreeSet<Vec<&'s str>> {
    let reached = |from: &'s str| {
        let (mut reached, mut todo) = (BTreeSet::new(), vec![from]);
        while let Some(file) = todo.pop() {
            let new = edges[file].keys().filter(|next| reached.insert(**next));
            todo.extend(new.copied().collect::<Vec<_>>());
        }
        reached
    };
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        edges.keys().map(|file| (*file, reached(file))).collect();
    let circles =
        reach.iter().filter(|(file, reached)| reached.contains(*file)).map(|(file, all)| {
            all.iter().filter(|other| reach[*other].contains(file)).copied().collect()
        });
    circles.collect()
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let all = Crate::new(sources());
    let edges = all.edges();
    assert!(
        edges.values().map(BTreeMap::len).sum::<usize>() > 2 * edges.len(),
        "too few edges: paths are not followed"
    );
    let circles = circles(&edges);
    let mut broken = Vec::new();
    for circle in &circles {
        if NATURAL.iter().any(|(files, _)| files == circle) {
            continue;
        }
        broken.push(format!("{} files: {}", circle.len(), circle.join(", ")));
        for file in circle {
            for (target, path) in edges[file].iter().filter(|(target, _)| circle.contains(target)) {
                broken.push(format!("    {file} -> {target} ({path})"));
            }
        }
    }
    for (files, reason) in NATURAL {
        if !circles.contains(*files) {
            broken.push(format!("NATURAL: {files:?} ({reason}) is no circle any more"));
        }
    }
    holds("files use each other in one direction", &broken);
}
