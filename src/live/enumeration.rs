//! Progress of the guest's firmware in numbering its buses.
//!
//! Before that, `info pci` and `query-pci` show nothing behind a bridge: devices there are *not
//! numbered yet*, which is different from *removed*. A paused guest makes no progress.

use std::fmt;

use super::facts::{Facts, LiveNo, RunState};

/// The progress of the firmware.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enumeration {
    /// Every bridge has a bus number, or there is none.
    Counted,
    /// These bridges have none so far, and none has.
    NotCounted {
        /// The bridges without a number.
        bridges: Vec<LiveNo>,
        /// Whether the guest can make progress: it is not known to be stopped.
        runs: bool,
    },
    /// Some bridges have numbers, these do not: they came later, or counting goes on.
    Partly(Vec<LiveNo>),
}

impl Enumeration {
    /// The progress in the guest that `facts` describe.
    pub fn of(facts: &Facts) -> Self {
        let bridge = |no| {
            facts.device(no).and_then(|device| device.pci.as_ref()?.bridge).map(|b| b.secondary)
        };
        let bridges = || facts.numbered().filter_map(|(no, _)| Some((no, bridge(no)?)));
        let open: Vec<LiveNo> =
            bridges().filter(|(_, number)| *number == 0).map(|(no, _)| no).collect();
        if open.is_empty() {
            Self::Counted
        } else if bridges().any(|(_, number)| number != 0) {
            Self::Partly(open)
        } else {
            let runs = !matches!(facts.run, RunState::Stopped(_));
            Self::NotCounted { bridges: open, runs }
        }
    }

    /// The bridges behind which a listing shows nothing.
    pub fn open_bridges(&self) -> &[LiveNo] {
        match self {
            Self::Counted => &[],
            Self::NotCounted { bridges, .. } | Self::Partly(bridges) => bridges,
        }
    }
}

/// A sentence for the status line of a terminal with 80 columns.
impl fmt::Display for Enumeration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self {
            Self::Counted => return f.write_str("buses numbered"),
            Self::NotCounted { runs: true, .. } => ": the guest's firmware has not run",
            Self::NotCounted { runs: false, .. } => ": paused before the firmware has run",
            Self::Partly(_) => "",
        };
        let count = self.open_bridges().len();
        let bridges = if count == 1 { "bridge" } else { "bridges" };
        write!(f, "{count} {bridges} not numbered yet{why}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bridge_is_no_bridges() {
        assert_eq!(Enumeration::Partly(vec![LiveNo(0)]).to_string(), "1 bridge not numbered yet");
        let paused = Enumeration::NotCounted { bridges: vec![LiveNo(0); 12], runs: false };
        let text = paused.to_string();
        assert_eq!(text, "12 bridges not numbered yet: paused before the firmware has run");
        assert!(text.len() < 70, "it has to fit beside the count of devices");
    }
}
