//! `check` and `rules` as they are run: files, folders, standard input, forms, exit status.

use std::path::Path;

use serde_json::Value;

/// Runs the program in `folder`; exit status, output, errors.
fn run_with(folder: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_virt-topo"))
        .args(arguments)
        .current_dir(folder)
        .env("XDG_CONFIG_HOME", folder)
        .write_stdin(input)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    run_with(folder, arguments, "")
}

fn guest(devices: &str) -> String {
    format!(
        "<domain type='kvm'>\n<name>g</name>\n<os><type arch='x86_64' machine='pc'>hvm</type></os>\n\
         <devices>\n{devices}\n</devices>\n</domain>\n"
    )
}

const NIC: &str = "<interface type='user'><address type='pci' slot='0x05'/></interface>\n";
const WARNING: &str = "<sound model='ac97'><address type='pci' solt='3'/></sound>";

/// A folder with a good guest, one with an error, one with a warning, a network, and a broken file.
fn fleet() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("b/c")).unwrap();
    let files = [
        ("b/c/wrong.xml", guest(&format!("{NIC}{NIC}"))),
        ("a.xml", guest(NIC)),
        ("warn.xml", guest(WARNING)),
        ("net.xml", "<network><name>default</name></network>".to_owned()),
        ("z.xml", "<domain><devices>".to_owned()),
        ("notes.txt", "no XML".to_owned()),
    ];
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn a_folder_is_looked_through_and_what_cannot_be_read_stops_nothing() {
    let folder = fleet();
    let (status, out, _) = run(folder.path(), &["check", ".", "--color", "never", "--ascii"]);
    assert_eq!(status, 1, "{out}");
    let wrong = out.find("b/c/wrong.xml:6:24").unwrap_or_else(|| panic!("{out}"));
    let warn = out.find("warning[address-attribute-ignored]").unwrap();
    let broken = out.find("z.xml:1:9: `<devices>` is never closed").unwrap();
    assert!(wrong < warn && warn < broken, "in the order of names\n{out}");
    assert!(!out.contains("net.xml"), "not a guest, and not named\n{out}");
    let last = out.lines().last().unwrap();
    assert_eq!(
        last,
        "checked 3 guests: 1 error, 1 warning, no notes; 1 file without a guest; 1 file unreadable"
    );
    let (status, out, _) = run(folder.path(), &["check", "net.xml"]);
    assert_eq!(status, 2);
    assert!(out.contains("there is no <domain> in <network>"), "{out}");
    assert_eq!(run(folder.path(), &["check", "none.xml"]).0, 2);
}

#[test]
fn the_exit_status_is_that_of_the_worst_asked_for() {
    let folder = fleet();
    let status = |arguments: &[&str]| {
        let mut all = vec!["check"];
        all.extend(arguments);
        run(folder.path(), &all).0
    };
    assert_eq!(status(&["a.xml"]), 0);
    assert_eq!(status(&["warn.xml"]), 0);
    assert_eq!(status(&["warn.xml", "--fail-on", "warning"]), 1);
    assert_eq!(
        status(&["warn.xml", "--fail-on", "warning", "--allow", "address-attribute-ignored"]),
        0
    );
    assert_eq!(status(&["b/c/wrong.xml"]), 1);
    assert_eq!(status(&["b/c/wrong.xml", "--fail-on", "never"]), 0);
    assert_eq!(status(&["a.xml", "--allow", "nonsense"]), 2);
    assert_eq!(status(&[]), 2);
    let comment = format!("{WARNING}<!-- virt-topo: allow address-attribute-ignored -->");
    let check = ["check", "-", "--fail-on", "warning"];
    assert_eq!(run_with(folder.path(), &check, &guest(&comment)).0, 0);
    assert_eq!(run_with(folder.path(), &check, &guest(WARNING)).0, 1);
}

#[test]
fn the_configuration_silences_rules_and_its_mistakes_are_told() {
    let folder = fleet();
    let check = ["check", "warn.xml", "--fail-on", "warning", "--config", "config.toml"];
    let with = |allow: &str| {
        let text = format!("[check]\nallow = [{allow}]\nmouse = 1\n");
        std::fs::write(folder.path().join("config.toml"), text).unwrap();
        run(folder.path(), &check)
    };
    assert_eq!(with("").0, 1);
    let (status, out, error) = with("'address-attribute-ignored', 'pci-duble-use'");
    assert!(status == 0 && out.contains("no warnings"), "{out}");
    let want = "config.toml:2:39: check.allow: no rule has the code `pci-duble-use`; did you mean \
                `pci-double-use`?";
    assert!(error.contains(want), "{error}");
    let twice = [&check[..], &["--allow", "mac-double-use"]].concat();
    assert_eq!(run(folder.path(), &twice).0, 0, "both count");
}

#[test]
fn what_only_qemu_refuses_is_an_error_when_the_start_counts() {
    let disk = "<disk><source file='/a'/><target dev='sda' bus='sata'/>\
                <address type='drive' unit='7'/></disk>";
    let folder = tempfile::tempdir().unwrap();
    let (status, out, _) = run_with(folder.path(), &["check", "-"], &guest(disk));
    assert!(status == 0 && out.contains("warning[drive-no-place]"), "{out}");
    assert!(out.contains("QEMU: Bus 'ide.7' not found"), "{out}");
    let start = ["check", "-", "--until", "start"];
    let (status, out, _) = run_with(folder.path(), &start, &guest(disk));
    assert!(status == 1 && out.contains("error[drive-no-place]"), "{out}");
}

#[test]
fn json_names_the_file_the_place_both_devices_and_the_fixes() {
    let folder = fleet();
    let (status, out, _) = run(folder.path(), &["check", ".", "--format", "json"]);
    assert_eq!(status, 1);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["schema"], "virt-topo/check");
    assert_eq!(report["summary"]["errors"], 1);
    let files = report["files"].as_array().unwrap();
    assert_eq!(files.len(), 5);
    let wrong = files.iter().find(|file| file["file"] == "./b/c/wrong.xml").unwrap();
    let problems = wrong["problems"].as_array().unwrap();
    let problem = problems.iter().find(|problem| problem["code"] == "pci-double-use").unwrap();
    assert_eq!(problem["severity"], "error");
    assert_eq!(problem["libvirt"], "XML error: Attempted double use of PCI Address 0000:00:05.0");
    assert_eq!(problem["devices"][0]["key"], "interface:1");
    assert_eq!(problem["devices"][1]["address"], "pci 0000:00:05.0");
    assert_eq!(
        (&problem["places"][0]["line"], &problem["places"][1]["line"]),
        (&6.into(), &5.into())
    );
    assert!(!problem["fixes"].as_array().unwrap().is_empty());
    let broken = files.iter().find(|file| file["file"] == "./z.xml").unwrap();
    assert!(broken["failure"].as_str().unwrap().contains("never closed"));
}

/// Required properties of each written object (OASIS SARIF 2.1.0, section 3), and all properties
/// that its schema allows.
const OBJECTS: &[(&str, &[&str], &[&str])] = &[
    ("", &["version", "runs"], &["$schema", "version", "runs"]),
    (
        "/runs/*",
        &["tool"],
        &["tool", "columnKind", "invocations", "artifacts", "results", "properties"],
    ),
    ("/runs/*/tool", &["driver"], &["driver"]),
    ("/runs/*/tool/driver", &["name"], &["name", "version", "semanticVersion", "rules"]),
    (
        "/runs/*/tool/driver/rules/*",
        &["id"],
        &["id", "shortDescription", "fullDescription", "help", "defaultConfiguration"],
    ),
    ("/runs/*/tool/driver/rules/*/help", &["text"], &["text"]),
    (
        "/runs/*/invocations/*",
        &["executionSuccessful"],
        &["executionSuccessful", "toolExecutionNotifications"],
    ),
    (
        "/runs/*/invocations/*/toolExecutionNotifications/*",
        &["message"],
        &["level", "message", "locations"],
    ),
    ("/runs/*/artifacts/*", &[], &["location"]),
    (
        "/runs/*/results/*",
        &["message"],
        &[
            "ruleId",
            "ruleIndex",
            "level",
            "message",
            "locations",
            "relatedLocations",
            "partialFingerprints",
        ],
    ),
    ("/runs/*/results/*/message", &["text"], &["text"]),
    ("/runs/*/results/*/locations/*", &[], &["physicalLocation"]),
    ("/runs/*/results/*/relatedLocations/*", &[], &["id", "physicalLocation", "message"]),
    (
        "/runs/*/results/*/locations/*/physicalLocation",
        &["artifactLocation"],
        &["artifactLocation", "region"],
    ),
    (
        "/runs/*/results/*/locations/*/physicalLocation/artifactLocation",
        &["uri"],
        &["uri", "index"],
    ),
    (
        "/runs/*/results/*/locations/*/physicalLocation/region",
        &["startLine"],
        &["startLine", "startColumn", "endLine", "endColumn"],
    ),
];

/// Every value at a path with `*` for the elements of arrays.
fn at<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut found = vec![value];
    for step in path.split('/').skip(1) {
        found = found
            .into_iter()
            .flat_map(|value| match step {
                "*" => value.as_array().into_iter().flatten().collect::<Vec<_>>(),
                name => value.get(name).into_iter().collect(),
            })
            .collect();
    }
    found
}

#[test]
fn sarif_holds_what_the_standard_requires_and_nothing_it_does_not_know() {
    let folder = fleet();
    let (status, out, _) = run(folder.path(), &["check", ".", "--format", "sarif"]);
    assert_eq!(status, 1);
    let log: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(log["version"], "2.1.0");
    for (path, required, known) in OBJECTS {
        let objects = at(&log, path);
        assert!(!objects.is_empty(), "{path} is not written");
        for object in objects {
            let object = object.as_object().unwrap_or_else(|| panic!("{path} is no object"));
            for name in *required {
                assert!(object.contains_key(*name), "{path} has no {name}");
            }
            for name in object.keys() {
                assert!(known.contains(&name.as_str()), "{path}: {name} is not known");
            }
        }
    }
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let artifacts = log["runs"][0]["artifacts"].as_array().unwrap();
    for result in at(&log, "/runs/*/results/*") {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        let location = &result["locations"][0]["physicalLocation"];
        let file = &location["artifactLocation"];
        let index = usize::try_from(file["index"].as_u64().unwrap()).unwrap();
        assert_eq!(artifacts[index]["location"]["uri"], file["uri"]);
        let number = |name: &str| location["region"][name].as_u64().unwrap();
        assert!(number("startLine") >= 1 && number("startColumn") >= 1);
        assert!(
            (number("endLine"), number("endColumn")) > (number("startLine"), number("startColumn"))
        );
    }
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn rules_are_listed_and_explained() {
    let folder = tempfile::tempdir().unwrap();
    let (status, list, _) = run(folder.path(), &["rules"]);
    assert_eq!(status, 0);
    assert!(list.lines().count() > 100, "{list}");
    assert!(list.lines().any(|line| line.starts_with("pci-double-use") && line.contains("error")));
    let (status, one, _) = run(folder.path(), &["rules", "drive-no-place"]);
    assert_eq!(status, 0);
    for part in ["(error)", "Wrong, on q35:", "Right:", "--allow drive-no-place", "--until define"]
    {
        assert!(one.contains(part), "{part}: {one}");
    }
    let (status, _, error) = run(folder.path(), &["rules", "drive-no-plac"]);
    assert_eq!(status, 2);
    assert!(error.contains("did you mean 'drive-no-place'?"), "{error}");
    let (_, json, _) = run(folder.path(), &["rules", "--format", "json"]);
    let rules: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(rules.as_array().unwrap().len(), list.lines().count());
}

#[test]
fn names_from_the_document_reach_no_terminal_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let evil = guest("<disk><source file='/a'/><target dev='&#x9b;31m' bus='virtio'/></disk>");
    let (_, out, _) = run_with(folder.path(), &["check", "-"], &evil);
    assert!(out.contains("disk-name"), "{out}");
    assert!(out.chars().all(|c| c == '\n' || !c.is_control()), "{out:?}");
}
