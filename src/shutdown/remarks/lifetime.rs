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
//! | pods that go before the next one comes | - | 10 | alone | - | D 28, hook drain, G 30 | drain-lengthens-downtime |
//! | the same, no longer than the apps need | - | 10 | alone | cover 0 | D 15, hook drain, G 30 | - |
//! | the same, native | - | 10 | alone, is native | - | D 28, G 30 | - |
//! | the same, waiting for the apps | 30 | 10 | alone, D 28 | wait | hook wait 15 | - |
//! | a spot node | - | 10 | spot | - | D 28, hook drain, G 30 | grace-over-node-limit |
//! | a spot node, in time | 25 | 10 | spot | - | D 23, hook drain | - |
//! | longer than the autoscaler waits | 900 | 10 | - | cover 0 | D 15, hook drain | grace-over-node-limit |

use crate::istio::SidecarMode;
use crate::rules::{classic_proxy_keeps_job, drain_lengthens_downtime, grace_over_node_limit, template_is_fixed};

use super::super::numbers::Numbers;
use super::super::{Finding, NodeLimit, PodFacts, Seconds, Successor};

/// What the cluster autoscaler leaves to the pods of a node that it takes away (kubernetes/autoscaler,
/// `--max-graceful-termination-sec`).
const AUTOSCALER: NodeLimit = NodeLimit { seconds: Seconds::new(600), who: "the cluster autoscaler by default" };

pub(super) fn all(facts: &PodFacts, numbers: &Numbers) -> impl Iterator<Item = Finding> {
    let fixed = facts.is_fixed.then(template_is_fixed::found);
    keeps_job(facts)
        .into_iter()
        .chain(fixed)
        .chain(lengthens_downtime(facts, numbers))
        .chain(over_limit(facts, numbers))
}

/// A hook that waits for the apps ends with them.
fn lengthens_downtime(facts: &PodFacts, numbers: &Numbers) -> Option<Finding> {
    let Successor::After(why) = facts.successor else { return None };
    let needed = numbers.longest_hook + numbers.app_shutdown;
    let stays = numbers.cover().filter(|stays| *stays > needed && !numbers.waits && !numbers.exits_on_idle)?;
    Some(drain_lengthens_downtime::found(why, stays, needed))
}

fn over_limit(facts: &PodFacts, numbers: &Numbers) -> Option<Finding> {
    let grace = numbers.grace_in_force(facts.grace);
    let NodeLimit { seconds, who } = facts.node_limit.unwrap_or(AUTOSCALER);
    let is_present = grace == facts.grace.effective();
    (grace > seconds).then(|| grace_over_node_limit::found(grace, seconds, who, is_present))
}

fn keeps_job(facts: &PodFacts) -> Option<Finding> {
    match facts.mode {
        _ if !facts.runs_to_completion => None,
        SidecarMode::Native => None,
        SidecarMode::Classic => Some(classic_proxy_keeps_job::classic()),
        SidecarMode::Unknown => Some(classic_proxy_keeps_job::if_classic()),
    }
}
