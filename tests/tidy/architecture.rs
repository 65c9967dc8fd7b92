//! The pages for contributors against the sources they describe.

use std::collections::BTreeSet;

use super::{files, holds, read, root};

/// Pages that name files of the repository.
const PAGES: &[&str] = &["docs/architecture.md", "CONTRIBUTING.md"];
/// Folders whose files the page names.
const FOLDERS: &[&str] = &["src", "tests", "docs", "themes", "demo-domains", "benches", "fuzz"];

/// The names in backticks on a page, with their lines.
fn quoted(page: &str) -> impl Iterator<Item = (usize, String)> {
    let text = read(page);
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    (1..).zip(lines).flat_map(|(number, line)| {
        let words = line.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        words.into_iter().map(move |word| (number, word))
    })
}

#[test]
fn every_path_on_the_pages_exists() {
    let (mut broken, mut named) = (Vec::new(), 0);
    for page in PAGES {
        for (line, word) in quoted(page) {
            let folder = word.split('/').next().unwrap_or_default();
            let is_path = !word.contains(' ') && FOLDERS.contains(&folder);
            if !is_path {
                continue;
            }
            named += 1;
            if !root().join(&word).exists() {
                broken.push(format!("{page}:{line}: there is no {word}"));
            }
        }
    }
    holds("paths on the pages exist", &broken);
    assert!(named > 60, "only {named} paths");
}

#[test]
fn the_architecture_names_every_module() {
    let folders: BTreeSet<String> = files("src", "rs")
        .iter()
        .filter(|path| path.matches('/').count() > 1)
        .map(|path| path.split('/').take(2).collect::<Vec<_>>().join("/"))
        .collect();
    let named: BTreeSet<String> = quoted("docs/architecture.md").map(|(_, word)| word).collect();
    let missing: Vec<_> = folders.difference(&named).cloned().collect();
    holds("docs/architecture.md has every module", &missing);
}
