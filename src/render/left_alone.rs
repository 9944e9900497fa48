//! Workloads that are left alone: the reasons, one word each, and the remedy.

use std::collections::BTreeMap;

use crate::istio::Reason;
use crate::report::{Outcome, WorkloadReport};

/// `2 left alone: 1 host-network, 1 not-selected`: the number of workloads for each reason.
pub(super) fn left_alone(reports: &[&WorkloadReport]) -> String {
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for report in reports {
        let code = match &report.outcome {
            Outcome::LeftAlone(reasons) => decisive(reasons).map_or("not-injected", Reason::code),
            Outcome::Local => "local-config",
            Outcome::Variable => "flux-variable",
            Outcome::Patch(_) => "kustomize-patch",
            Outcome::Forbidden { .. } => "forbidden-kind",
            Outcome::Skipped(_) => "skip",
            _ => continue,
        };
        *codes.entry(code).or_default() += 1;
    }
    let codes: Vec<_> = match codes.len() {
        1 => codes.keys().map(|code| (*code).to_owned()).collect(),
        _ => codes.iter().map(|(code, count)| format!("{count} {code}")).collect(),
    };
    format!("{} left alone: {}", reports.len(), codes.join(", "))
}

/// The remedy for a workload that is left alone; empty if it is right as it is, or if nothing helps.
pub(super) fn what_helps(report: &WorkloadReport) -> &'static str {
    match &report.outcome {
        Outcome::LeftAlone(reasons) => match decisive(reasons) {
            Some(Reason::Gateway) => "--gateways with --drain",
            Some(Reason::Ambient(_)) => "--app-pre-stop",
            Some(Reason::AlreadyInjected) => "run it on the manifest of its owner",
            Some(Reason::NoSuchRevision(_)) => "correct its istio.io/rev",
            Some(Reason::AutoInjectInvalid(_)) => "correct the injector's autoInject",
            _ => "",
        },
        Outcome::Variable => "run it after Flux's substitution",
        Outcome::Patch(_) => "edit its base, or pipe what `kustomize build` renders",
        Outcome::Forbidden { remedy, .. } => remedy,
        _ => "",
    }
}

/// The reason that remains if the others are resolved: what a pod is counts more than what asks for its sidecar.
fn decisive(reasons: &[Reason]) -> Option<&Reason> {
    let is_wish = |reason: &&Reason| {
        matches!(reason, Reason::NotSelected { .. } | Reason::NamespaceOut(_) | Reason::InjectionOff(..))
    };
    reasons.iter().find(|reason| !is_wish(reason)).or(reasons.first())
}
