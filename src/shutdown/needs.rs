//! How long the proxy is needed, whatever its hook.

use super::app_hooks::AppHooks;
use super::resolved_policy::ENDPOINT_DELAY;
use super::sum::{Largest, Symbol, Term};
use super::{PodFacts, Policy, Seconds};

/// The default of `cover`. A classic proxy always waits for its whole drain duration, so more must be asked for.
const COVER: Seconds = Seconds::new(30);

/// How long the proxy must stay, from the start of the shutdown on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Needs {
    /// The certain part: `max(drain, 5 + longestRequest, P + A)`.
    pub certain: Largest,
    /// `F`: the certain part, and the time that the app may use of its grace period.
    pub stay: Largest,
}

impl Needs {
    /// Does the part of the arithmetic of [`plan`](super::plan()) that does not depend on the hook of the proxy.
    pub(super) fn of(facts: &PodFacts, policy: &Policy, apps: &AppHooks) -> Self {
        let drain = policy.drain.map(|drain| Term::of(Symbol::Drain, drain));
        let request = policy.longest_request.filter(|_| !facts.is_gateway);
        let request = request
            .map(|longest| Term::of(Symbol::EndpointDelay, ENDPOINT_DELAY).plus(Symbol::LongestRequest, longest));
        // A gateway has no app beside it.
        let behind_apps = (!facts.is_gateway).then(|| until_apps_are_gone(policy, apps));
        let certain = Largest::of(drain.into_iter().chain(request).chain(behind_apps));
        let cover = cover(policy);
        let stay = if facts.is_gateway || policy.exact || cover == Seconds::ZERO {
            certain.clone()
        } else {
            let usable = Term::of(Symbol::GraceNow, facts.grace.effective()).minus(Symbol::Margin, Some(policy.margin));
            let covered = Term::of(Symbol::LongestHook, apps.longest).plus(Symbol::Cover, cover);
            certain.clone().and(usable.at_most(covered))
        };
        Self { certain, stay }
    }
}

/// `P + A`
pub(super) fn until_apps_are_gone(policy: &Policy, apps: &AppHooks) -> Term {
    Term::of(Symbol::LongestHook, apps.longest).plus(Symbol::AppShutdown, policy.app_shutdown)
}

/// `cover`: how long the proxy stays after the end of the last hook, within the grace period.
pub(super) fn cover(policy: &Policy) -> Seconds {
    policy.cover.unwrap_or_else(|| COVER.max(policy.longest_request.unwrap_or_default()))
}
