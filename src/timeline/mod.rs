//! What happens second by second when a pod is deleted: who gets which signal when, when the proxy stops taking and
//! making
//! connections, and which requests are lost.
//!
//! Facts about a pod and a [`Scenario`] go in, [`Timeline`]s come out: several where it is not known which kind of
//! sidecar the pod gets.
//! Everything here is pure, total and made of `std` only. It works with the rules of the systems around the pod, and
//! shares no number
//! with the plan: what the plan promises can be held against it.
//!
//! | file | what it models |
//! |---|---|
//! | `scenario` | what a manifest can't say: clients, requests, what the app does at SIGTERM |
//! | `pod_input` | what a pod's facts come to in one sidecar mode, at one end of what is not known |
//! | `proxy_hook` | what the preStop hook of istio-proxy does |
//! | `kubelet` | hook, turn, SIGTERM, SIGKILL of one container |
//! | `agent` | when pilot-agent ends after SIGTERM |
//! | `containers` | the containers together |
//! | `losses` | the requests that are lost on the way |
//! | `lanes` | all of it as lanes with events, for pictures |
//! | `premises` | what it rests on, and who says so |
//!
//! Where a length is not known the same is worked out at both ends, so that times are ranges and losses only possible
//! ones.

mod agent;
mod containers;
mod kubelet;
mod lanes;
mod losses;
#[cfg(test)]
mod measured;
mod pod_input;
mod premises;
#[cfg(test)]
mod properties;
mod proxy_hook;
mod scenario;
mod summary;
mod when;

pub(crate) use lanes::{Event, Lane, LaneRole, LaneState};
pub(crate) use losses::{Loss, LossClass};
pub(crate) use premises::Premise;
pub(crate) use scenario::Scenario;
pub(crate) use summary::{Timeline, timelines};
pub(crate) use when::When;
