//! The numbers of the plan: how long the proxy must stay, and what that comes to.

use crate::kubernetes::HookLength;

use super::app_hooks::AppHooks;
use super::hook_choice::HookChoice;
use super::{Grace, PodFacts, Policy, ProxySettings, Seconds, idle, mode};

/// Without `drain` the proxy stays for as much of the grace period as the app may use, up to this. A classic proxy
/// always waits its full drain duration, so more than that is asked for, not guessed.
pub(super) const LONGEST_GUESS: Seconds = Seconds::new(30);

/// What the kubelet leaves a container after SIGTERM where the grace period is used up (kubernetes/kubernetes
/// `pkg/kubelet/kuberuntime/kuberuntime_container.go`, `minimumGracePeriodInSeconds`).
pub(super) const KUBELET_MINIMUM: Seconds = Seconds::new(2);

/// No grace period below this is ever written: with 0 the API server deletes the pod at once (kubernetes/kubernetes
/// `pkg/registry/core/pod/strategy.go`, `CheckGracefulDelete`).
const SHORTEST_GRACE: Seconds = Seconds::new(1);

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
        let is_native = mode::is_native(facts, policy);
        let exits_on_idle = idle::is_in_force(facts, policy);
        let present = |seconds: Seconds| if policy.exact { Seconds::ZERO } else { seconds };
        // A gateway has no app beside it.
        let until_apps_are_gone = if facts.is_gateway { Seconds::ZERO } else { apps.longest + policy.app_shutdown };
        let needed = until_apps_are_gone.max(policy.drain.unwrap_or_default());

        let may_guess = policy.drain.is_none() && !policy.exact && !exits_on_idle && !hook.serves_through_hooks;
        let guess = facts.grace.effective().minus(policy.margin).min(LONGEST_GUESS);
        let stay = if may_guess { needed.max(guess) } else { needed };

        let length = if is_native { HookLength::Exactly(0) } else { hook.length() };
        let hook = length.known().map(Seconds::new);
        let rest = stay.minus(hook.unwrap_or_default());
        let lasting = if exits_on_idle {
            idle::minimum(facts, policy, rest)
        } else {
            rest.max(present(facts.settings.drain.in_force().copied().unwrap_or(ProxySettings::DRAIN)))
        };

        let time_to_go = if is_native {
            Some(until_apps_are_gone)
        } else {
            hook.map(|hook| (hook + lasting).max(until_apps_are_gone))
        };
        // A sleep that is longer than the grace period is rejected, so that one has to be right even where `h` is not known.
        let has_no_room = !apps.given.is_empty() && facts.grace.effective() < apps.longest;
        let time_to_go = time_to_go.or(has_no_room.then_some(until_apps_are_gone));
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
