//! Problems of a guest that one release of libvirt refuses and another one takes.

use crate::support::random_guest;
use virt_topo::check::Allowed;
use virt_topo::edit::command::Scope;
use virt_topo::edit::{Checked, Command, Options, Revision, forecast, plan};
use virt_topo::machine::libvirt::MEASURED;
use virt_topo::model::{Code, Problem, Version};

struct Case {
    code: Code,
    /// A release that refuses the guest, with this message.
    refuses: (u16, u16),
    quote: &'static str,
    /// A release that takes it.
    takes: (u16, u16),
    /// The text before `<devices>`, and inside.
    guest: (&'static str, &'static str),
    /// Whether removing the device fixes it.
    is_mended: bool,
}

const EIM: &str = "unsupported configuration: more than 255 vCPUs require extended interrupt mode \
                   enabled on the iommu device";

/// Source: definitions by libvirt 9.0, 11.3 and 12.9.
const CASES: &[Case] = &[
    Case {
        code: Code::IommuProcessors,
        refuses: (11, 3),
        quote: EIM,
        takes: (12, 9),
        guest: ("<vcpu>300</vcpu>", "<iommu model='virtio'/>"),
        is_mended: true,
    },
    Case {
        code: Code::IommuProcessors,
        refuses: (9, 0),
        quote: EIM,
        takes: (11, 3),
        guest: ("<vcpu>260</vcpu>", ""),
        is_mended: false,
    },
    Case {
        code: Code::KindTooNew,
        refuses: (9, 0),
        quote: "unsupported configuration: unexpected feature 'ps2'",
        takes: (11, 3),
        guest: ("<features><acpi/><ps2 state='off'/></features>", ""),
        is_mended: false,
    },
    Case {
        code: Code::KindTooNew,
        refuses: (9, 0),
        quote: "XML error: Invalid value for attribute 'model' in element 'sound': 'virtio'.",
        takes: (11, 3),
        guest: ("", "<sound model='virtio'/>"),
        is_mended: true,
    },
    Case {
        code: Code::KindTooNew,
        refuses: (9, 0),
        quote: "unsupported configuration: unknown panic model 'pvpanic'",
        takes: (11, 3),
        guest: ("", "<panic model='pvpanic'/>"),
        is_mended: true,
    },
    Case {
        code: Code::KindTooNew,
        refuses: (9, 0),
        quote: "unsupported configuration: unknown watchdog model 'itco'",
        takes: (11, 3),
        guest: ("", "<watchdog model='itco' action='reset'/>"),
        is_mended: true,
    },
    Case {
        code: Code::KindTooNew,
        refuses: (11, 3),
        quote: "XML error: Invalid value for attribute 'type' in element 'controller': 'nvme'.",
        takes: (12, 9),
        guest: ("", "<controller type='nvme' index='0'><serial>n</serial></controller>"),
        is_mended: true,
    },
    Case {
        code: Code::DeviceTwice,
        refuses: (11, 3),
        quote: "XML error: only a single IOMMU device is supported",
        takes: (12, 9),
        guest: ("", "<iommu model='virtio'/><iommu model='virtio'/>"),
        is_mended: true,
    },
];

fn check(text: &str, (major, minor): (u16, u16)) -> (Revision, Checked) {
    let revision = Revision::build_for(text, Version::new(major, minor)).unwrap();
    let checked = Checked::of(&revision, &Allowed::default());
    (revision, checked)
}

#[test]
fn each_release_refuses_what_it_refuses_and_a_fix_mends_it_there() {
    for case in CASES {
        let (before, devices) = case.guest;
        let text = format!(
            "<domain type='qemu'><name>x</name><memory unit='MiB'>256</memory>\
             <os><type arch='x86_64' machine='q35'>hvm</type></os>{before}\
             <devices>{devices}</devices></domain>"
        );
        let is_it = |problem: &&Problem| problem.code == case.code;
        let (revision, checked) = check(&text, case.refuses);
        let problem = checked.problems.iter().find(is_it);
        let problem = problem.unwrap_or_else(|| panic!("{text}: {:#?}", checked.problems));
        assert_eq!(problem.libvirt.as_deref(), Some(case.quote), "{text}");
        assert!(problem.help.is_some() && !problem.spans.is_empty(), "{problem:?}");

        let mended = problem.fixes.iter().any(|fix| {
            let edit = plan(&revision, &fix.change).unwrap();
            let (_, checked) = check(&edit.apply(&text).unwrap(), case.refuses);
            !checked.problems.iter().any(|problem| is_it(&problem))
        });
        assert_eq!(mended, case.is_mended, "{text}: {:?}", problem.fixes);

        let (_, checked) = check(&text, case.takes);
        assert!(!checked.problems.iter().any(|problem| is_it(&problem)), "{text}");
    }
}

/// The guest as that release reads it, when it takes it with all its devices.
fn taken(text: &str, libvirt: Version) -> Option<Revision> {
    let revision = Revision::build_for(text, libvirt).unwrap();
    let checked = Checked::of(&revision, &Allowed::default());
    let is_refused =
        |problem: &Problem| problem.libvirt.is_some() || problem.code == Code::KindTooNew;
    let is_wrong = checked.problems.iter().any(is_refused);
    (!is_wrong).then_some(revision)
}

#[test]
fn a_frozen_guest_stays_as_it_is_in_every_release() {
    let (mut asked, mut changing) = (0, 0);
    for seed in 0..40 {
        let text = random_guest::guest(seed, "frozen");
        for from in MEASURED {
            let Some(old) = taken(&text, *from) else { continue };
            let done = Command::Freeze(Scope::All).dry_run(&old, Options::default()).unwrap();
            let frozen = done.preview.after;
            for to in MEASURED {
                let Some(new) = taken(frozen.document.text(), *to) else { continue };
                let found = forecast(frozen.guest(), new.guest());
                assert!(found.is_empty(), "seed {seed}, {from} to {to}: {found:#?}\n{text}");
                let loose = Revision::build_for(text.as_str(), *to).unwrap();
                changing += usize::from(!forecast(old.guest(), loose.guest()).is_empty());
                asked += 1;
            }
        }
    }
    assert!(asked > 60 && changing * 20 > asked, "{changing} of {asked} change");
}
