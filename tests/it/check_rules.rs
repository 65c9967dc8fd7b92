//! Every rule against its own examples: the wrong guest breaks it, the right one does not, and each
//! offered fix works and breaks nothing else.

use std::fmt::Write as _;

use strum::IntoEnumIterator as _;
use virt_topo::check::{Allowed, RULES, Rule};
use virt_topo::edit::{Checked, Revision, plan};
use virt_topo::model::{Code, Problem, Severity};

fn check(text: &str) -> (Revision, Checked) {
    let revision = Revision::build(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let checked = Checked::of(&revision, &Allowed::default());
    (revision, checked)
}

fn of<'p>(rule: &Rule, problems: &'p [Problem]) -> Vec<&'p Problem> {
    problems.iter().filter(|problem| rule.is_of(problem)).collect()
}

fn with_examples() -> impl Iterator<Item = &'static &'static Rule> {
    RULES.iter().filter(|rule| !rule.wrong.is_empty())
}

#[test]
fn every_wrong_example_breaks_its_rule_and_every_right_one_does_not() {
    let mut broken = Vec::new();
    for rule in with_examples() {
        let (_, checked) = check(&rule.guest(rule.wrong));
        let mine = of(rule, &checked.problems);
        if mine.is_empty() {
            broken.push(format!("{}: not found in {:#?}", rule.code, checked.problems));
        }
        for problem in mine {
            if problem.severity != rule.severity {
                broken.push(format!("{}: is told as {}", rule.code, problem.severity.as_str()));
            }
            let says_how = problem.help.is_some() || !problem.fixes.is_empty();
            if problem.spans.is_empty() || !says_how {
                broken.push(format!("{}: says neither where nor what to do", rule.code));
            }
        }
        let (_, checked) = check(&rule.guest(rule.right));
        if let Some(problem) = of(rule, &checked.problems).first() {
            broken.push(format!("{}: the right one: {}", rule.code, problem.message));
        }
        let errors = checked.problems.iter().filter(|problem| problem.severity == Severity::Error);
        for error in errors {
            broken.push(format!("{}: the right one: {}: {}", rule.code, error.code, error.message));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_wrong_example_of_an_error_has_no_other_error() {
    let mut broken = Vec::new();
    for rule in with_examples() {
        let (_, checked) = check(&rule.guest(rule.wrong));
        let errors = checked.problems.iter().filter(|problem| problem.severity == Severity::Error);
        for error in errors.filter(|error| !rule.is_of(error)) {
            broken.push(format!("{}: {}: {}", rule.code, error.code, error.message));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_fix_that_is_offered_mends_and_adds_no_error() {
    let mut broken = Vec::new();
    let mut unmended = Vec::new();
    for rule in with_examples() {
        let text = rule.guest(rule.wrong);
        let (revision, mut checked) = check(&text);
        let before = checked.problems.iter().filter(|p| p.severity == Severity::Error).count();
        let offered: usize = of(rule, &checked.problems).iter().map(|p| p.fixes.len()).sum();
        checked.try_fixes(&revision);
        let kept: Vec<_> =
            of(rule, &checked.problems).into_iter().flat_map(|p| p.fixes.clone()).collect();
        if offered > 0 && kept.is_empty() {
            unmended.push(rule.code);
        }
        for fix in kept {
            let edit = plan(&revision, &fix.change).unwrap();
            let after = edit.apply(&text).unwrap();
            let (_, after) = check(&after);
            let mine = of(rule, &after.problems).len();
            let errors = after.problems.iter().filter(|p| p.severity == Severity::Error).count();
            if mine >= of(rule, &checked.problems).len() || errors > before {
                broken.push(format!("{}: {}: {mine} left, {errors} errors", rule.code, fix.title));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(unmended.is_empty(), "no fix of these survives being tried: {unmended:?}");
}

#[test]
fn the_list_of_rules_is_that_of_the_program() {
    let mut made = String::from(
        "# The rules of `virt-topo check`\n\n\
         Made by the program; `UPDATE=1 cargo test --test it check_rules` makes it anew. With \
         `--until define` those marked * are warnings: libvirt accepts them, QEMU refuses to \
         start.\n\n| code | severity | about |\n| --- | --- | --- |\n",
    );
    for rule in RULES {
        let star = if rule.stage.is_start() { " *" } else { "" };
        let (code, severity, summary) = (rule.code, rule.severity.as_str(), rule.summary);
        // Writing to a string cannot fail.
        let _ = writeln!(made, "| `{code}` | {severity}{star} | {summary} |");
    }
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &made).unwrap();
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(there == made, "docs/rules.md is out of date; UPDATE=1 mends it");
}

/// A code without a rule is that of a command; those are behind all others.
#[test]
fn rules_are_in_the_order_of_their_codes_and_miss_none() {
    for (rule, code) in RULES.iter().zip(Code::iter()) {
        assert_eq!(rule.code, code, "the rule (left) has another number than the code (right)");
    }
    let others: Vec<Code> = Code::iter().skip(RULES.len()).collect();
    assert_eq!(others.first(), Some(&Code::AddressKind), "the first code of commands");
    for codes in [RULES.iter().map(|rule| rule.code).collect(), others] {
        assert!(codes.is_sorted_by_key(|code| code.as_str()), "{codes:?}");
    }
    for rule in RULES {
        assert!(!rule.summary.is_empty() && !rule.summary.ends_with('.'), "{}", rule.code);
        assert!(rule.about.ends_with('.'), "{}: {}", rule.code, rule.about);
    }
}
