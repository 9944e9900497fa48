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
use crate::rules::{classic_proxy_keeps_job, template_is_fixed};

use super::super::{Finding, PodFacts};

pub(super) fn all(facts: &PodFacts) -> impl Iterator<Item = Finding> {
    keeps_job(facts).into_iter().chain(facts.is_fixed.then(template_is_fixed::found))
}

fn keeps_job(facts: &PodFacts) -> Option<Finding> {
    match facts.mode {
        _ if !facts.runs_to_completion => None,
        SidecarMode::Native => None,
        SidecarMode::Classic => Some(classic_proxy_keeps_job::classic()),
        SidecarMode::Unknown => Some(classic_proxy_keeps_job::if_classic()),
    }
}
