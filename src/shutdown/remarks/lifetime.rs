//! Remarks on workloads whose pods are not replaced one by one for ever.
//!
//! # Lifetimes
//!
//! The columns are those of the table of [`plan`](super::super::plan()).
//!
//! | case | grace | app hooks | there | policy | changes | findings |
//! |---|---|---|---|---|---|---|
//! | a job | - | - | job | - | D 28, hook drain, G 30 | classic-proxy-keeps-job |
//! | a job, classic | - | - | job, is classic | - | D 28, hook drain, G 30 | classic-proxy-keeps-job |
//! | a job, native | - | - | job, is native | - | D 28, G 30 | - |
//! | a job of the mesh's default | 30 | - | job, D 28, bare drain | - | - | classic-proxy-keeps-job |
//! | a template that is fixed | - | - | fixed | - | D 28, hook drain, G 30 | template-is-fixed |
//! | a fixed one that has all it needs | 30 | - | fixed, D 28, bare drain | - | - | template-is-fixed |

use crate::istio::SidecarMode;

use super::super::{Finding, PodFacts, Rule, Severity, Subject};

pub(super) fn all(facts: &PodFacts) -> impl Iterator<Item = Finding> {
    keeps_job(facts).into_iter().chain(facts.is_fixed.then(fixed))
}

/// A Job is complete when all containers have exited, and a classic proxy never does by itself (kubernetes/kubernetes issue 25908; native
/// sidecars are not waited for, kubernetes/enhancements KEP-753).
fn keeps_job(facts: &PodFacts) -> Option<Finding> {
    if !facts.runs_to_completion {
        return None;
    }
    let (severity, message) = match facts.mode {
        SidecarMode::Native => return None,
        SidecarMode::Classic => (
            Severity::Warning,
            "the pods run to completion, and a classic sidecar goes on when the app has ended, so they never complete",
        ),
        SidecarMode::Unknown => {
            (Severity::Info, "the pods run to completion, and a classic sidecar would go on when the app has ended")
        }
    };
    Some(Finding {
        rule: Rule::ClassicProxyKeepsJob,
        severity,
        subject: Subject::Workload,
        message: message.to_owned(),
        remedy: "use native sidecars (say so by `sidecar: native`), or let the app call the agent's /quitquitquit at its end"
            .to_owned(),
    })
}

/// Kubernetes' API validation, `pkg/apis/core/validation` and `pkg/apis/batch/validation`.
fn fixed() -> Finding {
    Finding {
        rule: Rule::TemplateIsFixed,
        severity: Severity::Info,
        subject: Subject::Workload,
        message: "the pod template of a live object of this kind can't be changed".to_owned(),
        remedy: "delete a live one before the edited one is applied, or replace it with `kubectl replace --force`"
            .to_owned(),
    }
}
