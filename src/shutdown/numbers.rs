//! The numbers of the plan: how long the proxy must stay, and what that comes to.

use crate::kubernetes::HookLength;

use super::hook_choice::HookChoice;
use super::{Drain, ExitOnIdle, Grace, Placement, PodFacts, Policy, Seconds};

/// Without `drain` the proxy stays for as much of the grace period as the app may use, up to this. A classic proxy
/// always waits its full drain duration, so more than that is asked for, not guessed.
pub(super) const LONGEST_GUESS: Seconds = Seconds::new(30);

/// What the kubelet leaves a container after SIGTERM where the grace period is used up (kubernetes/kubernetes
/// `pkg/kubelet/kuberuntime/kuberuntime_container.go`, `minimumGracePeriodInSeconds`).
pub(super) const KUBELET_MINIMUM: Seconds = Seconds::new(2);

/// `drainDuration` where nothing is set (istio/api `mesh/v1alpha1/proxy.proto`): so long after SIGTERM Envoy takes new
/// connections.
pub(super) const BUILTIN_DRAIN_DURATION: Seconds = Seconds::new(45);

/// No grace period below this is ever written: with 0 the API server deletes the pod at once (kubernetes/kubernetes
/// `pkg/registry/core/pod/strategy.go`, `CheckGracefulDelete`).
const SHORTEST_GRACE: Seconds = Seconds::new(1);

/// What the preStop hooks of the apps come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AppHooks<'f> {
    /// `P`: the longest one. One that can't be read counts as the estimate of the policy, and as nothing without one.
    pub longest: Seconds,
    /// The container that has it.
    pub container: Option<&'f str>,
    /// Each of them has a length, read or estimated.
    pub all_known: bool,
}

impl<'f> AppHooks<'f> {
    /// Looks at all of them.
    pub(super) fn of(facts: &'f PodFacts, policy: &Policy) -> Self {
        let mut hooks = Self { longest: Seconds::ZERO, container: None, all_known: true };
        for hook in &facts.app_hooks {
            let Some(length) = hook.length.known().map(Seconds::new).or(policy.pre_stop_estimate) else {
                hooks.all_known = false;
                continue;
            };
            if length > hooks.longest {
                hooks.longest = length;
                hooks.container = Some(&hook.container);
            }
        }
        hooks
    }
}

/// What the pod comes to; only later is it compared with what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numbers {
    /// What the proxy must stay for certain: `max(drain, P + A)`.
    pub needed: Seconds,
    /// How long the proxy goes on after its hook: `D`, or the minimum where it exits on idle.
    pub lasting: Seconds,
    /// `h`; zero on a native sidecar, where the hook holds off nothing. `None` where it can't be read.
    pub hook: Option<Seconds>,
    /// `G`; `None` where it can't be worked out, as the length of the hook can't be read.
    pub grace: Option<Seconds>,
    /// The proxy goes as soon as it is idle, so `lasting` is the minimum and not `D`.
    pub exits_on_idle: bool,
    /// The proxy is a native sidecar.
    pub is_native: bool,
}

impl Numbers {
    /// Does the arithmetic that the table of [`plan`](super::plan()) shows.
    pub(super) fn of(facts: &PodFacts, policy: &Policy, apps: &AppHooks, hook: &HookChoice) -> Self {
        let is_native = matches!(facts.proxy, Placement::Native(_));
        let exits_on_idle = policy.exit_on_idle || facts.exit_on_idle.is_some();
        let present = |seconds: Seconds| if policy.exact { Seconds::ZERO } else { seconds };
        let until_apps_are_gone = apps.longest + policy.app_shutdown;
        let needed = until_apps_are_gone.max(policy.drain.unwrap_or_default());

        let may_guess = policy.drain.is_none() && !policy.exact && !exits_on_idle && !hook.serves_through_hooks;
        let guess = facts.grace.effective().minus(policy.margin).min(LONGEST_GUESS);
        let stay = if may_guess { needed.max(guess) } else { needed };

        let length = if is_native { HookLength::Exactly(0) } else { hook.length() };
        let hook = length.known().map(Seconds::new);
        let rest = stay.minus(hook.unwrap_or_default());
        let lasting = if exits_on_idle {
            let present_minimum = facts.exit_on_idle.and_then(|idle| idle.minimum).unwrap_or_default();
            rest.max(ExitOnIdle::BUILTIN_MINIMUM).max(present(present_minimum))
        } else {
            rest.max(present(facts.drain.map_or(Drain::BUILTIN, |Drain(drain)| drain)))
        };

        let time_to_go = if is_native { Some(until_apps_are_gone) } else { hook.map(|hook| hook + lasting) };
        let grace = time_to_go.map(|time| {
            let enough = time + policy.margin;
            enough.max(present(facts.grace.effective())).max(SHORTEST_GRACE)
        });
        Self { needed, lasting, hook, grace, exits_on_idle, is_native }
    }

    /// The grace period that will hold.
    pub(super) fn grace_in_force(&self, present: Grace) -> Seconds {
        self.grace.unwrap_or(present.effective())
    }

    /// How long the proxy is there for certain, from the start of the shutdown on; `None` where it outlives the apps.
    pub(super) fn cover(&self) -> Option<Seconds> {
        (!self.is_native).then(|| self.hook.unwrap_or_default() + self.lasting)
    }
}
