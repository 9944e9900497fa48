//! The result of the plan: the changes of one workload, in the order in which they are written.

use std::fmt;

use super::hook_choice::HookInForce;
use super::numbers::Numbers;
use super::{Finding, Resources, Seconds};

/// One thing to write into the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// `terminationDrainDuration` in `proxy.istio.io/config`.
    Drain(Seconds),
    /// `drainDuration` in `proxy.istio.io/config`.
    DrainDuration(Seconds),
    /// `parentShutdownDuration` in `proxy.istio.io/config`.
    ParentShutdown(Seconds),
    /// `proxyMetadata` entries of `proxy.istio.io/config`.
    ExitOnIdle {
        /// Write `EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"`. If false, it is in force already.
        turn_on: bool,
        /// `MINIMUM_DRAIN_DURATION`; `None` if the right value is in force already.
        minimum: Option<Seconds>,
    },
    /// The annotation `sidecar.istio.io/nativeSidecar`.
    Pin {
        /// Its value.
        native: bool,
    },
    /// The exec command of the preStop hook of `istio-proxy`. It replaces any handler. The override container is added
    /// if it is missing.
    Hook(Vec<String>),
    /// The branch for `sidecar.istio.io/preStopCommand` in the injector's template of that name.
    CommandBranch(String),
    /// `resources` of the override.
    Resources(Resources),
    /// The preStop hook of the app container with that name. It replaces any handler.
    AppHook(String, AppSleep),
    /// `terminationGracePeriodSeconds`.
    Grace(Seconds),
    /// Remove something that is no longer needed.
    Remove(Part),
}

/// A preStop hook that only sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AppSleep {
    /// The `sleep` action.
    Action(Seconds),
    /// The command `sleep`.
    Command(Seconds),
}

impl AppSleep {
    /// For how long.
    pub(crate) const fn seconds(self) -> Seconds {
        match self {
            Self::Action(seconds) | Self::Command(seconds) => seconds,
        }
    }
}

/// A part that can be removed from a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// `terminationDrainDuration`
    Drain,
    /// `drainDuration`
    DrainDuration,
    /// `parentShutdownDuration`
    ParentShutdown,
    /// `EXIT_ON_ZERO_ACTIVE_CONNECTIONS`
    ExitOnIdle,
    /// `MINIMUM_DRAIN_DURATION`
    Minimum,
    /// The annotation `sidecar.istio.io/nativeSidecar`.
    Pin,
    /// Only the preStop hook of the `istio-proxy` override, which has other fields too.
    Hook,
    /// The branch for `sidecar.istio.io/preStopCommand` in the injector's template of that name.
    CommandBranch(String),
    /// The override that an earlier run wrote.
    Override,
    /// The preStop hook of the app container of that name.
    AppHook(String),
}

/// Prints the change, in the words of the manifest.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drain(seconds) => write!(f, "terminationDrainDuration {seconds}"),
            Self::DrainDuration(seconds) => write!(f, "drainDuration {seconds}"),
            Self::ParentShutdown(seconds) => write!(f, "parentShutdownDuration {seconds}"),
            Self::ExitOnIdle { minimum: Some(minimum), .. } => write!(f, "exit on idle after at least {minimum}"),
            Self::ExitOnIdle { minimum: None, .. } => f.write_str("exit on idle"),
            Self::Pin { native: true } => f.write_str("pinned as native sidecar"),
            Self::Pin { native: false } => f.write_str("pinned as classic sidecar"),
            Self::Hook(command) => write!(f, "preStop hook `{}` on istio-proxy", command.join(" ")),
            Self::CommandBranch(template) => write!(f, "branch for preStopCommand in the template {template}"),
            Self::Resources(_) => f.write_str("resources of istio-proxy"),
            Self::AppHook(container, sleep) => write!(f, "preStop hook sleep {} on {container}", sleep.seconds().get()),
            Self::Grace(seconds) => write!(f, "terminationGracePeriodSeconds {}", seconds.get()),
            Self::Remove(part) => write!(f, "no {part}"),
        }
    }
}

/// Prints the part, to follow "no".
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Drain => "terminationDrainDuration",
            Self::DrainDuration => "drainDuration",
            Self::ParentShutdown => "parentShutdownDuration",
            Self::ExitOnIdle => "exit on idle",
            Self::Minimum => "MINIMUM_DRAIN_DURATION",
            Self::Pin => "pinned sidecar mode",
            Self::Hook => "preStop hook on istio-proxy",
            Self::CommandBranch(template) => return write!(f, "branch for preStopCommand in the template {template}"),
            Self::Override => "istio-proxy container",
            Self::AppHook(container) => return write!(f, "preStop hook on {container}"),
        })
    }
}

/// The assumptions of a plan about facts that are not visible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Assumed {
    /// Apps get the `sleep` action, which needs Kubernetes 1.30, but the release is not known.
    pub sleep_action: bool,
    /// A drain duration is written, but the mesh's own value is not known. A longer one would be lowered.
    pub mesh_drain: bool,
}

/// The plan for one workload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Only values that differ from the manifest, in the order in which they are written: annotations, containers,
    /// grace period.
    pub changes: Vec<Change>,
    /// The findings.
    pub findings: Vec<Finding>,
    /// The assumptions.
    pub assumed: Assumed,
    /// The preStop hook of istio-proxy after the changes; `None` if it has no known hook, or if nothing was computed.
    pub hook: Option<HookInForce>,
    /// The numbers behind it; `None` if none were needed.
    pub numbers: Option<Numbers>,
}
