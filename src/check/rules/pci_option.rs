//! A setting that this PCI controller does not have.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage, quoted};
use crate::machine::{MachineKind, default_model_name, is_model_name, takes_model_name};
use crate::model::{Code, Fix, Part, PciModel, Problem, Severity};
use crate::xml::Element;

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciOption,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a setting that this PCI controller does not have",
    about: "In <target>, chassisNr is for bridges, chassis and port for ports, busNr and node for \
              expanders, index for host bridges of pSeries, hotplug for ports and roots. <model name=> \
              is the QEMU device, of which each model has one.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pcie-root-port'><target busNr='20'/></controller>",
    right: "<controller type='pci' index='1' model='pcie-root-port'><target port='0x8'/></controller>",
    fixes: Some(find_fixes),
};

/// Option and the models that have it; host bridges of pSeries have more.
///
/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefControllerPCI`.
const OPTIONS: &[(&str, &str, &[PciModel])] = &[
    ("chassisNr", "chassisNr", &[PciModel::PciBridge]),
    ("chassis", "chassis", &[PciModel::PcieRootPort, PciModel::PcieSwitchDownstreamPort]),
    ("port", "port", &[PciModel::PcieRootPort, PciModel::PcieSwitchDownstreamPort]),
    ("busNr", "busNr", &[PciModel::PciExpanderBus, PciModel::PcieExpanderBus]),
    ("targetIndex", "index", &[]),
    (
        "hotplug",
        "hotplug",
        &[PciModel::PciRoot, PciModel::PcieRootPort, PciModel::PcieSwitchDownstreamPort],
    ),
    ("numaNode", "", &[PciModel::PciExpanderBus, PciModel::PcieExpanderBus]),
];

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let is_pseries = evidence.machine().kind == MachineKind::Pseries;
    for (device, controller) in evidence.domain.controllers() {
        let Some(model) = controller.pci_model() else { continue };
        let target = &controller.target;
        let index = controller.index_or_zero();
        let name_of_model = controller
            .model_name
            .as_deref()
            .or_else(|| default_model_name(model, is_pseries))
            .unwrap_or("none");
        let refuse = |option: &str, how: &str| {
            format!(
                "unsupported configuration: Option '{option}' {how} for PCI controller with index \
                 '{index}', model '{model}' and modelName {}",
                quoted(name_of_model)
            )
        };
        if let Some(given) = &controller.model_name
            && !takes_model_name(model, is_pseries, given)
        {
            let has_one = default_model_name(model, is_pseries).is_some();
            let words = match (is_model_name(given), has_one) {
                (false, _) => format!(
                    "XML error: Invalid value for attribute 'name' in element 'model': {}.",
                    quoted(given)
                ),
                (true, true) => refuse("modelName", "has invalid value"),
                (true, false) => refuse("modelName", "is not valid"),
            };
            let problem = RULE
                .problem(format!("a {model} is no {}", quoted(given)))
                .quoting(words)
                .helping("leave it to libvirt");
            found.push(evidence.on_attribute(problem, device, ("model", "name")));
        }
        for (option, name, models) in OPTIONS {
            let given = match *option {
                "chassisNr" => target.chassis_nr.is_some(),
                "chassis" => target.chassis.is_some(),
                "port" => target.port.is_some(),
                "busNr" => target.bus_nr.is_some(),
                "targetIndex" => target.index.is_some(),
                "hotplug" => target.hotplug.is_some(),
                // On controller 0 it is a problem of its own.
                _ => target.node.is_some() && controller.index_or_zero().0 != 0,
            };
            let is_bridge = is_pseries && model == PciModel::PciRoot;
            let takes = models.contains(&model)
                || is_bridge && matches!(*option, "targetIndex" | "numaNode");
            if !given || takes {
                continue;
            }
            let problem = RULE
                .problem(format!("a {model} has no {option}"))
                .quoting(refuse(option, "is not valid"))
                .helping("remove it");
            found.push(evidence.on_attribute(problem, device, ("target", name)));
        }
    }
}

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let mut fixes = Vec::new();
    for device in fixes::written(evidence, problem) {
        for child in ["target", "model"] {
            let element = evidence.element(device).and_then(|element| element.child(child));
            let wrong = element.into_iter().flat_map(Element::attributes);
            let wrong = wrong.filter(|attribute| problem.spans.contains(&attribute.value_span()));
            fixes.extend(wrong.map(|attribute| {
                let name = attribute.name();
                let change = fixes::unset(device.key(), Part::Child(child), name);
                Fix::new(format!("leave {name}= of <{child}> to libvirt"), change)
            }));
        }
    }
    fixes
}
