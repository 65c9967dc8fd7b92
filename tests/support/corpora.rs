//! Guests that libvirt has judged: `../shared` beside the checkout, or the folder in
//! `VIRT_TOPO_SHARED`.

use std::path::{Path, PathBuf};

/// A case of a corpus with libvirt's verdict.
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) folder: PathBuf,
    /// Whether libvirt defines the guest.
    pub(crate) accepted: bool,
    /// Whether libvirt refuses for a reason of addresses.
    pub(crate) refused: bool,
}

impl Case {
    /// The definition given to libvirt.
    pub(crate) fn input(&self) -> String {
        std::fs::read_to_string(self.folder.join("input.xml")).unwrap()
    }
}

/// Every case that counts; none, with a message, without the corpora.
pub(crate) fn cases() -> Vec<Case> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("VIRT_TOPO_SHARED").map_or(beside, PathBuf::from);
    let mut cases = Vec::new();
    for corpus in ["conformance", "conformance-fuzz"] {
        let folder = shared.join(corpus);
        let Ok(text) = std::fs::read_to_string(folder.join("manifest.json")) else { continue };
        let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
        for case in manifest["cases"].as_array().or(manifest.as_array()).unwrap() {
            let id = case["id"].as_str().unwrap().to_owned();
            let kind = case["kind"].as_str().unwrap();
            if case["scored"] == false {
                continue;
            }
            cases.push(Case {
                accepted: kind == "ok" || kind == "start-failure",
                refused: case["error"]["class"] == "address" && kind == "parse-error",
                folder: folder.join("cases").join(&id),
                id,
            });
        }
    }
    if cases.is_empty() {
        println!("skipped: no corpora at ../shared and VIRT_TOPO_SHARED is not set");
    }
    cases
}
