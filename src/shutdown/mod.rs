//! The domain: what one pod needs so that it shuts down without losing a request.
//!
//! Facts about a pod and the policy go in, and a [`Plan`] comes out. Everything here is pure and total, and uses only
//! `std`. This room knows nothing about text, serde, the command line or files, so the arithmetic can be read and
//! tested as arithmetic.

mod app_hooks;
mod carried_out;
mod change;
mod covered;
mod drain_duration;
#[cfg(test)]
mod grid;
mod hook_choice;
mod idle;
mod image;
mod loss;
mod mesh_plan;
mod mode;
mod needs;
mod numbers;
mod plan;
#[cfg(test)]
mod plan_grid;
#[cfg(test)]
mod plan_table;
mod pod_draft;
mod pod_facts;
mod remarks;
mod removal;
mod resolved_policy;
mod sum;
#[cfg(test)]
mod switching;

pub(crate) use crate::istio::Effective;
pub(crate) use crate::kubernetes::Seconds;
pub(crate) use change::{AppSleep, Assumed, Change, Part, Plan};
pub(crate) use hook_choice::HookInForce;
pub(crate) use image::failing_hook;
pub(crate) use loss::{grace_below_mesh, loss};
pub(crate) use mesh_plan::{MeshHookPlan, plan_gateway, plan_mesh, plan_mesh_hook};
pub(crate) use numbers::Numbers;
pub(crate) use plan::plan;
#[cfg(test)]
pub(crate) use plan_table::plain_pod;
pub(crate) use pod_facts::{
    AppHook, Grace, HooklessApp, NodeLimit, Override, Placement, PodFacts, ProxyHook, Successor,
};
pub(crate) use resolved_policy::{
    AppEnd, CallsOut, Policy, PreStop, ProxyImage, Refused, Resources, Sidecar, UnknownInjection,
};
pub(crate) use sum::Symbol;

use crate::rules::{Finding, HookOwner};
