//! Rules of the sources, read off the sources with a Rust parser.
//!
//! Each rule is one test, and its message has file and line. The layers are read from the table in
//! `src/lib.rs`, so the table that people read is the one that is checked. What rustc and clippy can check is left to
//! them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

mod architecture;
mod circles;
mod sentences;
mod source;
mod wording;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use source::{Source, words};

/// The highest layer that is pure: no input or output, no clock, no threads.
const PURE: u32 = 8;
/// Lines of a file, its tests included.
const CEILING: usize = 600;
/// Free functions of a `mod.rs`: the entry of the module and its counterpart.
const MOD_FILE_FUNCTIONS: usize = 2;
/// Lines of a function in a `mod.rs`.
const MOD_FILE_LINES: usize = 40;

const IMPURE: [&str; 5] = ["std::fs", "std::net", "std::process", "std::thread", "std::env"];
const CLOCKS: [&str; 2] = ["SystemTime", "Instant"];
const PRINTS: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];
const MARKS: [&str; 3] = ["TODO", "FIXME", "XXX"];
const STUBS: [&str; 2] = ["todo", "unimplemented"];
const VAGUE: [&str; 6] = ["util", "utils", "helper", "helpers", "common", "misc"];

/// Every one links the whole program.
const TEST_PROGRAMS: [&str; 3] = ["it", "live", "tidy"];

fn root() -> PathBuf {
    // Asked for at run time: the checkout may have moved since the test was built.
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| ".".into(), PathBuf::from)
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file beneath a folder that ends in `.extension`, as paths from the root; none without the
/// folder.
fn files(folder: &str, extension: &str) -> Vec<String> {
    let (mut found, mut todo) = (Vec::new(), vec![root().join(folder)]);
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let path = path.strip_prefix(root()).unwrap();
                found.push(path.to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

fn stem(path: &str) -> &str {
    Path::new(path).file_stem().unwrap().to_str().unwrap()
}

/// The sources of the program, parsed.
fn sources() -> Vec<Source> {
    let sources: Vec<_> =
        files("src", "rs").iter().map(|path| Source::new(path, &read(path))).collect();
    assert!(sources.len() > 50, "only {} files in src: looked in the wrong place?", sources.len());
    sources
}

/// Every Rust file: the program, its tests, its benchmarks.
fn all_rust() -> impl Iterator<Item = (String, String)> {
    let paths = ["src", "tests", "benches"].into_iter().flat_map(|folder| files(folder, "rs"));
    paths.map(|path| (path.clone(), read(&path)))
}

fn holds(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

/// Modules and their layers, from the table of layers: lines like ``//! | 3 | [`topology`] | ... |``.
fn layers() -> BTreeMap<String, u32> {
    let map = read("src/lib.rs");
    let rows = map.lines().filter_map(|line| line.strip_prefix("//! |"));
    let layers: BTreeMap<String, u32> = rows
        .filter_map(|row| {
            let mut cells = row.split('|').map(str::trim);
            let layer = cells.next()?.parse().ok()?;
            let module = cells.next()?.trim_matches(['[', ']', '`']);
            Some((module.to_owned(), layer))
        })
        .collect();
    assert!(!layers.is_empty(), "src/lib.rs: no table of layers");
    layers
}

/// The layer of a file; `main.rs` is above all modules, `lib.rs` below.
fn layer_of(source: &Source, layers: &BTreeMap<String, u32>) -> u32 {
    match source.path.as_str() {
        "src/lib.rs" => 0,
        "src/main.rs" => u32::MAX,
        _ => layers.get(source.module()).copied().unwrap_or(0),
    }
}

#[test]
fn the_table_of_layers_names_every_module_of_the_crate_and_no_other() {
    let layers = layers();
    let mut modules: Vec<String> =
        sources().iter().map(|source| source.module().to_owned()).collect();
    modules.retain(|module| !module.is_empty());
    modules.dedup();
    let mapped: Vec<String> = layers.into_keys().collect();
    assert_eq!(modules, mapped, "folders of src (left), table in src/lib.rs (right)");
}

#[test]
fn a_module_uses_lower_layers_only() {
    let layers = layers();
    let mut broken = Vec::new();
    for source in sources() {
        let own = layer_of(&source, &layers);
        for used in &source.paths {
            let Some(module) = source.module_of(used) else { continue };
            let at = source.at(used.line);
            match layers.get(module) {
                _ if module == source.module() => {}
                None => broken.push(format!("{at}: `{}`: no module has this name", used.text())),
                Some(layer) if *layer < own => {}
                Some(layer) => broken.push(format!(
                    "{at}: `{}`: {} is on layer {own}, {module} on layer {layer}",
                    used.text(),
                    source.module()
                )),
            }
        }
    }
    holds("modules use lower layers only", &broken);
}

#[test]
fn the_core_touches_nothing_outside() {
    let layers = layers();
    let mut broken = Vec::new();
    for source in sources() {
        if source.path == "src/lib.rs" || layer_of(&source, &layers) > PURE {
            continue;
        }
        for used in source.paths.iter().filter(|used| !used.in_test) {
            let text = used.text();
            let impure = IMPURE.iter().any(|path| {
                text.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
            });
            if impure || used.segments.iter().any(|segment| CLOCKS.contains(&segment.as_str())) {
                broken.push(format!("{}: `{text}`", source.at(used.line)));
            }
        }
    }
    holds("no files, sockets, processes, threads, environment or clock in the core", &broken);
}

/// Files that name standard output or standard error. All but the first concern the screen or a file that is saved.
const WAYS_OUT: [&str; 5] = [
    "src/cli/output.rs",
    "src/tui/terminal/screen.rs",
    "src/tui/terminal/signals.rs",
    "src/tui/theme/color.rs",
    "src/sources/save/stream.rs",
];

/// What is written there is made printable; a text that took another way would not be.
#[test]
fn standard_output_and_error_are_written_in_one_place() {
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| !WAYS_OUT.contains(&source.path.as_str())) {
        for used in source.paths.iter().filter(|used| !used.in_test) {
            if used.segments.iter().any(|segment| segment == "stdout" || segment == "stderr") {
                broken.push(format!("{}: `{}`", source.at(used.line), used.text()));
            }
        }
        for call in source.macros.iter().filter(|call| !call.in_test) {
            if PRINTS.contains(&call.name.as_str()) {
                broken.push(format!("{}: `{}!`", source.at(call.line), call.name));
            }
        }
    }
    holds("what reaches the terminal goes through cli/output", &broken);
}

/// JSON that another function wrote would have characters that a terminal obeys.
#[test]
fn json_is_printed_by_one_function() {
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| source.path != "src/report/written.rs") {
        for used in source.paths.iter().filter(|used| !used.in_test) {
            if used.segments.iter().any(|segment| segment == "to_string_pretty") {
                broken.push(format!("{}: `{}`", source.at(used.line), used.text()));
            }
        }
    }
    holds("reports are written by report::written_json", &broken);
}

/// `xml` encodes elements, `edit` plans edits of documents; other modules make changes as data.
#[test]
fn only_edit_makes_edits_of_a_document() {
    const MAKERS: [&str; 3] = ["text", "xml", "edit"];
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| !MAKERS.contains(&source.module())) {
        let makes = |name: &String| name == "Patch" || name == "TextEdit";
        for used in source.paths.iter().filter(|used| !used.in_test) {
            if used.segments.iter().any(makes) {
                broken.push(format!("{}: `{}`", source.at(used.line), used.text()));
            }
        }
    }
    holds("edits of a document are made by `edit`", &broken);
}

#[test]
fn no_file_is_longer_than_the_ceiling() {
    let long = all_rust().filter_map(|(path, text)| {
        let lines = text.lines().count();
        (lines > CEILING).then(|| format!("{path}:{CEILING}: goes on to line {lines}"))
    });
    holds("a file that long is several files", &long.collect::<Vec<_>>());
}

#[test]
fn a_mod_file_holds_declarations() {
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| source.path.ends_with("/mod.rs")) {
        let free: Vec<_> = source.functions.iter().filter(|function| function.free).collect();
        if let Some(extra) = free.get(MOD_FILE_FUNCTIONS) {
            broken.push(format!(
                "{}: `{}` is one of {} free functions",
                source.at(extra.line),
                extra.name,
                free.len()
            ));
        }
        for function in source.functions.iter().filter(|function| function.lines > MOD_FILE_LINES) {
            broken.push(format!(
                "{}: `{}` is {} lines long",
                source.at(function.line),
                function.name,
                function.lines
            ));
        }
    }
    holds("mod.rs holds words, `mod`, `pub use`, and an entry function", &broken);
}

#[test]
fn nothing_is_left_to_do() {
    let mut broken = Vec::new();
    for (path, text) in all_rust() {
        for (number, line) in (1..).zip(text.lines()) {
            let Some((_, comment)) = line.split_once("//") else { continue };
            if let Some(mark) = words(comment).find(|word| MARKS.contains(word)) {
                broken.push(format!("{path}:{number}: {mark}"));
            }
        }
    }
    for source in sources() {
        for call in source.macros.iter().filter(|call| STUBS.contains(&call.name.as_str())) {
            broken.push(format!("{}: `{}!`", source.at(call.line), call.name));
        }
    }
    holds("what is not done is not there", &broken);
}

/// `{:width$}`, `{text:>width$}`, `{:.*}`: `core::fmt` panics when such a number is over 65,535.
#[test]
fn no_format_string_computes_a_width() {
    let mut broken = Vec::new();
    for path in files("src", "rs") {
        for (number, line) in (1..).zip(read(&path).lines()) {
            let pieces = line.split('{').skip(1).filter_map(|piece| piece.split_once('}'));
            let mut specs = pieces.filter_map(|(piece, _)| piece.split_once(':'));
            let is_computed = |spec: &str| {
                let mut word = spec.chars().filter(|c| !"<>^+-#.".contains(*c));
                spec.ends_with(".*")
                    || spec.contains('$') && word.all(|c| c.is_alphanumeric() || "_$?".contains(c))
            };
            if !line.trim_start().starts_with("//") && specs.any(|(_, spec)| is_computed(spec)) {
                broken.push(format!("{path}:{number}: {}", line.trim()));
            }
        }
    }
    holds("widths that are computed are for `text::pad`", &broken);
}

#[test]
fn every_module_is_named_for_what_it_holds() {
    let mut broken = Vec::new();
    for source in sources() {
        let inline = source.modules.iter().map(|module| (module.line, module.name.as_str()));
        for (line, name) in source.file_module().map(|name| (1, name)).into_iter().chain(inline) {
            if VAGUE.contains(&name) {
                broken.push(format!("{}: `{name}`", source.at(line)));
            }
        }
    }
    holds("a name that fits anything says nothing", &broken);
}

#[test]
fn names_are_imported_one_by_one() {
    let mut broken = Vec::new();
    for source in sources() {
        for glob in source.paths.iter().filter(|used| used.glob) {
            if !(glob.in_test && glob.segments == ["super"]) {
                broken.push(format!("{}: `use {}::*`", source.at(glob.line), glob.text()));
            }
        }
    }
    holds("no glob imports but `super::*` in tests", &broken);
}

#[test]
fn every_file_begins_by_saying_what_it_is_for() {
    let bare = all_rust().filter(|(_, text)| !text.starts_with("//! "));
    let broken: Vec<_> = bare.map(|(path, _)| format!("{path}:1: no `//!`")).collect();
    holds("a file begins with a paragraph about itself", &broken);
}

/// The word behind the first `before` in `text`.
fn word_after<'t>(text: &'t str, before: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    words(rest).next()
}

/// The functions that the description of `RULE` names: ``found by `module::file::function` and ...``.
fn finders(rule: &str) -> Vec<&str> {
    let description = rule.lines().filter(|line| line.starts_with("/// "));
    let quoted = description.flat_map(|line| line.split('`').skip(1).step_by(2));
    quoted.filter(|name| name.contains("::")).collect()
}

/// `Stage::Check` and `Stage::Start` hold the function that finds a problem. Of the others the
/// description of `RULE` names the functions that make it, and they name its code.
#[test]
fn every_rule_leads_to_the_function_that_finds_it() {
    let sources = sources();
    let (mut broken, mut named) = (Vec::new(), 0);
    for path in files("src/check/rules", "rs").iter().filter(|path| !path.ends_with("/mod.rs")) {
        let text = read(path);
        let code = word_after(&text, "code: Code::").unwrap_or_default();
        if code.to_lowercase() != stem(path).replace('_', "") {
            broken.push(format!("{path}:1: its code is {code}"));
        }
        let finders = finders(&text);
        let modules = match word_after(&text, "stage: Stage::") {
            Some("Decode") => "xml::decode::",
            Some("Topology") => "topology::",
            Some("Assign") => "assign::",
            Some("Check" | "Start") if finders.is_empty() => continue,
            stage => {
                broken.push(format!("{path}:1: {stage:?} does not go with {finders:?}"));
                continue;
            }
        };
        if finders.is_empty() {
            broken.push(format!("{path}:1: the description of RULE names no function"));
        }
        let code = format!("Code::{code}");
        for finder in finders {
            named += 1;
            let (module, function) = finder.rsplit_once("::").unwrap();
            let of_type = |c: char| c.is_ascii_uppercase();
            let module = module.split("::").take_while(|part| !part.starts_with(of_type));
            let file = format!("src/{}.rs", module.collect::<Vec<_>>().join("/"));
            let mut files = sources.iter().filter(|source| source.path == file);
            if !finder.starts_with(modules) || !files.any(|file| file.names_in(function, &code)) {
                broken.push(format!("{path}:1: {finder} does not make {code} in {modules}"));
            }
        }
    }
    holds("a rule's stage and its description say where it is found", &broken);
    assert!(named > 50, "only {named} functions");
}

#[test]
fn every_test_is_part_of_one_of_three_programs() {
    let tests = files("tests", "rs");
    let (programs, modules): (Vec<_>, Vec<_>) =
        tests.iter().partition(|path| path.ends_with("/main.rs") || path.matches('/').count() == 1);
    let wanted = TEST_PROGRAMS.map(|name| format!("tests/{name}/main.rs"));
    let others = programs.into_iter().filter(|path| !wanted.contains(path));
    let mut broken: Vec<_> = others.map(|path| format!("{path}:1: a program of its own")).collect();
    // A file that no other declares is not compiled, and its tests never run.
    for path in modules {
        let (folder, file) = path.rsplit_once('/').unwrap();
        let (parent, module) = match file {
            "mod.rs" => folder.rsplit_once('/').unwrap(),
            _ => (folder, stem(path)),
        };
        let declared = ["main.rs", "mod.rs"].iter().any(|file| {
            let text = fs::read_to_string(root().join(parent).join(file)).unwrap_or_default();
            let is_it = |line: &str| line.trim_end().ends_with(&format!("mod {module};"));
            text.lines().any(is_it)
        });
        // Declared by two programs, with a path.
        if !declared && path != "tests/support/mod.rs" {
            broken.push(format!("{path}:1: no `mod {module};` in {parent}"));
        }
    }
    holds("every test is part of `it`, `live` or `tidy`", &broken);
}

#[test]
fn every_snapshot_belongs_to_a_test() {
    let mut broken = Vec::new();
    let tests: Vec<_> = all_rust().collect();
    for path in files("snapshots", "snap") {
        let snapshot = read(&path);
        let source = snapshot.lines().find_map(|line| line.strip_prefix("source: "));
        let source = source.map(|source| source.trim_matches('"'));
        // Cases and sizes behind `__` and `@` are often made by the test.
        let name = stem(&path).split("__").next().unwrap().split('@').next().unwrap();
        match source {
            None => broken.push(format!("{path}:1: does not say which test it is from")),
            Some(source) if !root().join(source).is_file() => {
                broken.push(format!("{path}:2: {source} is no more"));
            }
            // A helper takes the pictures; the name is in the test that calls it.
            Some(_) if !tests.iter().any(|(_, text)| text.contains(name)) => {
                broken.push(format!("{path}:2: no test names {name}"));
            }
            Some(_) => {}
        }
    }
    holds("no snapshot without its test", &broken);
}

#[test]
fn every_theme_and_every_demo_is_built_in() {
    let mut broken = Vec::new();
    for (folder, extension, table) in [
        ("themes", "toml", "src/tui/theme/builtin.rs"),
        ("demo-domains", "xml", "src/sources/demo.rs"),
    ] {
        let (found, table_text) = (files(folder, extension), read(table));
        assert!(!found.is_empty(), "{folder} is empty");
        let missing =
            found.iter().filter(|path| !table_text.contains(&format!("\"{}\"", stem(path))));
        broken.extend(missing.map(|path| format!("{path}:1: not in {table}")));
    }
    holds("what lies there is part of the program", &broken);
}

#[test]
fn every_demo_begins_by_saying_what_it_shows() {
    let mut broken = Vec::new();
    for path in files("demo-domains", "xml") {
        let text = read(&path);
        let comment = text.strip_prefix("<!-- ").and_then(|rest| rest.split_once("-->"));
        let comment = comment.map(|(comment, _)| comment.split_whitespace().collect::<Vec<_>>());
        let sentence = comment.map(|words| words.join(" "));
        let sentence = sentence.as_deref().map(|text| text.split(". ").next().unwrap_or(text));
        if !sentence.is_some_and(|sentence| (10..=120).contains(&sentence.chars().count())) {
            broken.push(format!("{path}:1: {sentence:?}"));
        }
    }
    holds("a demo begins with a comment, its first sentence of 10 to 120 characters", &broken);
}

/// The words of `--help` that begin with two dashes, or the names of the commands.
fn help(arguments: &[&str]) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_virt-topo"));
    let output = program.args(arguments).arg("--help").output().unwrap();
    assert!(output.status.success(), "{arguments:?} --help: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_readme_names_every_command_and_option() {
    let (readme, commands) = (read("README.md"), help(&[]));
    let listed = commands.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.is_empty());
    let names: Vec<&str> = listed.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.contains(&"show"), "no command `show` in --help");
    let mut broken = Vec::new();
    for command in names.into_iter().filter(|command| *command != "help") {
        if !readme.contains(&format!("virt-topo {command}")) {
            broken.push(format!("README.md: `virt-topo {command}`"));
        }
        let help = help(&[command]);
        let options = help.split_whitespace().filter(|word| word.starts_with("--"));
        for option in options
            .map(|word| word.split(['[', '=']).next().unwrap_or(word))
            .map(|word| word.trim_end_matches(|c: char| !c.is_alphanumeric()))
        {
            if !["--", "--help", "--version"].contains(&option) && !readme.contains(option) {
                broken.push(format!("README.md: `{option}` of `virt-topo {command}`"));
            }
        }
    }
    broken.dedup();
    holds("what the program can do stands in the README", &broken);
}
