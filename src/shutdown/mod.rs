//! The domain: what one pod needs so that it shuts down without losing a request.
//!
//! Facts about a pod and the policy go in, a [`Plan`] comes out. Everything here is pure, total and
//! made of `std` only: this room knows nothing of text, serde, the command line or files, so the
//! arithmetic can be read, and tested, as arithmetic.

mod facts;
mod finding;
mod hook_choice;
mod numbers;
mod plan;
#[cfg(test)]
mod plan_grid;
#[cfg(test)]
mod plan_table;
mod policy;
mod remarks;
mod rule;
mod seconds;

pub use facts::{AppHook, Drain, ExitOnIdle, Grace, Override, Placement, PodFacts, ProxyHook};
pub use finding::{Finding, Severity, Subject};
pub use plan::{Change, Plan, plan};
pub use policy::{Policy, PreStop, ProxyImage, Resources, Sidecar, UnknownInjection};
pub use rule::Rule;
pub use seconds::Seconds;
