//! The preStop hooks of the apps: how long they take, and the hooks for apps that have none.
//!
//! A service stops sending requests to a pod some moments after the pod was asked to stop, so an app that stops at once
//! refuses the last ones, whatever its proxy does (measured: 85 of 341 requests lost without a delay, none with 5s). So
//! by default each app that can get traffic and has no hook sleeps for 5s, in kinds that stay up. `appPreStop` sets
//! another length for every app without a hook, and `0s` turns it off. `longestRequest` sets 5s plus its own value. The
//! `sleep` action needs no binary in the image, but Kubernetes 1.30. If the target is known to be older, the command
//! `sleep` is written. In kinds that are not Kubernetes' own, the default needs a known target, because the schema of
//! an older one drops unknown fields.
//!
//! There are no marker annotations, so a hook of an earlier run is recognised by its form: only the `sleep` action, or
//! only the command `["sleep", "N"]`. Whoever wrote such a hook, it is raised if it is shorter than a stated length,
//! and lowered only with `exact`. Any other hook is left alone. Without a stated length, no hook is changed.
//!
//! # Apps
//!
//! The columns are those of the table of [`plan`](super::plan()); `app` is `appPreStop`. Hooks are named by their app.
//!
//! | case | grace | app hooks | there | policy | changes | findings |
//! |---|---|---|---|---|---|---|
//! | nothing stated | - | none | - | - | D 28, hook drain, app-0 action 5, G 30 | - |
//! | nothing stated, of an old release | - | none | - | k8s 1.29 | D 28, hook drain, app-0 command 5, G 30 | hook-needs-a-binary |
//! | nothing stated, no traffic | - | quiet | - | - | D 28, hook drain, G 30 | no-endpoint-delay |
//! | nothing stated, no traffic, of a custom kind | - | quiet | custom | - | D 28, hook drain, G 30 | no-endpoint-delay |
//! | nothing stated, no traffic, of a job | - | quiet | job | - | D 28, hook drain, G 30 | classic-proxy-keeps-job |
//! | turned off, no traffic | - | quiet | - | pre 0 | D 28, hook drain, G 30 | - |
//! | nothing stated, no traffic to one of them | - | none, quiet | - | - | D 28, hook drain, app-0 action 5, G 30 | - |
//! | nothing stated, no traffic to the one without a hook | - | 3, quiet | - | - | D 28, hook drain, G 30 | - |
//! | nothing stated, turned off | - | none | - | pre 0 | D 28, hook drain, G 30 | - |
//! | nothing stated, small grace | 8 | none | - | - | D 10, hook drain, app-0 action 5, G 12 | - |
//! | nothing stated, shorter hooks stay | - | action 3 | - | - | D 28, hook drain, G 30 | - |
//! | nothing stated, longer ones too | - | action 9 | - | exact | D 14, hook drain, G 16 | - |
//! | nothing stated, of a job | - | none | job | - | D 28, hook drain, G 30 | classic-proxy-keeps-job |
//! | nothing stated, of a bare pod | - | none | fixed | - | D 28, hook drain, G 30 | template-is-fixed |
//! | nothing stated, of a custom kind | - | none | custom | - | D 28, hook drain, G 30 | no-endpoint-delay |
//! | nothing stated, of a custom kind on a known release | - | none | custom | k8s 1.30 | D 28, hook drain, app-0 action 5, G 30 | - |
//! | stated for a custom kind | - | none | custom | pre 5 | D 28, hook drain, app-0 action 5, G 30 | - |
//! | stated, no traffic | - | quiet | - | pre 5 | D 28, hook drain, app-0 action 5, G 30 | - |
//! | the longest request | - | none | - | longest 40 | D 50, DD 75, hook drain, app-0 action 45, G 52 | - |
//! | the longest request, and its own delay | - | none | - | longest 40, pre 10 | D 45, hook drain, app-0 action 10, G 47 | - |
//! | the longest request, with a hook of the app's own | - | 10 | - | longest 40 | D 45, hook drain, G 47 | - |
//! | the longest request, large grace | 120 | none | - | longest 40 | D 85, DD 75, hook drain, app-0 action 45 | - |
//! | the longest request, native | - | none | is native | longest 40 | D 50, DD 75, app-0 action 45, G 52 | - |
//! | ambient | - | none | ambient | pre 40 | app-0 action 40, G 47 | - |
//! | ambient, grace enough | 60 | none | ambient | pre 40 | app-0 action 40 | - |
//! | ambient, all there | 60 | action 40 | ambient | pre 40 | - | - |
//! | an app without a hook | - | none | - | pre 5, k8s 1.30 | D 28, hook drain, app-0 action 5, G 30 | - |
//! | the release is not known | - | none | - | pre 5 | D 28, hook drain, app-0 action 5, G 30 | - |
//! | an older release | - | none | - | pre 5, k8s 1.29 | D 28, hook drain, app-0 command 5, G 30 | hook-needs-a-binary |
//! | longer than the grace period | - | none | - | pre 40, k8s 1.30 | D 45, DD 68, hook drain, app-0 action 40, G 47 | - |
//! | beside an app with a hook | - | 10, none | - | pre 20, k8s 1.30 | D 28, hook drain, app-1 action 20, G 30 | - |
//! | a hook of its own stays | - | 3 | - | pre 5, k8s 1.30 | D 28, hook drain, G 30 | - |
//! | ours, raised | - | action 3 | - | pre 5, k8s 1.30 | D 28, hook drain, app-0 action 5, G 30 | - |
//! | ours, as a command, raised | - | command 3 | - | pre 5, k8s 1.30 | D 28, hook drain, app-0 command 5, G 30 | hook-needs-a-binary |
//! | ours, longer | - | action 9 | - | pre 5, k8s 1.30 | D 28, hook drain, G 30 | - |
//! | ours, longer, exact | - | action 9 | - | pre 5, k8s 1.30, exact | D 10, hook drain, app-0 action 5, G 12 | - |
//! | an action where there is none | - | action 5 | - | pre 5, k8s 1.28 | D 28, hook drain, app-0 command 5, G 30 | hook-needs-a-binary |
//! | an app's action where there is none | - | action 9 | - | k8s 1.29 | D 28, hook drain, G 30 | sleep-action-too-new |
//! | all there already | 30 | action 5 | D 28, bare drain | pre 5, k8s 1.30 | - | - |
//! | of a job | - | none | job | pre 5, k8s 1.30 | D 28, hook drain, G 30 | classic-proxy-keeps-job |
//! | of a pod that dies on purpose | 5 | none | - | pre 5, k8s 1.30 | - | dies-on-purpose |
//! | proxy hook of unknown length, fits | 30 | none | full /wait.sh | pre 5, k8s 1.30 | D 28, app-0 action 5 | foreign-hook-kept, unknown-proxy-hook-length |
//! | proxy hook of unknown length, does not fit | 30 | none | full /wait.sh | pre 40, k8s 1.30 | D 45, DD 68, app-0 action 40, G 47 | foreign-hook-kept, unknown-proxy-hook-length |
//! | native | - | none | native | pre 40, k8s 1.30 | D 45, DD 68, app-0 action 40, G 47 | - |

use crate::istio::{Feature, WrittenHook};
use crate::kubernetes::{Handler, HookLength};

use super::resolved_policy::ENDPOINT_DELAY;
use super::{AppSleep, Change, PodFacts, Policy, Seconds};

/// The preStop hooks of the apps, with those that are written now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AppHooks<'f> {
    /// `P`: the longest hook. A hook that can't be fully read counts as the part that can be read, and at least as the
    /// estimate of the policy.
    pub longest: Seconds,
    /// The container that has it.
    pub container: Option<&'f str>,
    /// Whether each hook has a length, read or estimated.
    pub all_known: bool,
    /// The hooks to write for apps.
    pub given: Vec<Change>,
}

impl<'f> AppHooks<'f> {
    /// Looks at all of them.
    pub(super) fn of(facts: &'f PodFacts, policy: &Policy) -> Self {
        let mut hooks = Self { longest: Seconds::ZERO, container: None, all_known: true, given: Vec::new() };
        let delay = Delay::of(facts, policy);
        for hook in &facts.app_hooks {
            let given = delay.stated().and_then(|seconds| corrected(hook.handler.as_ref()?, seconds, policy));
            if let Some(sleep) = given {
                hooks.give(&hook.container, sleep);
                continue;
            }
            let length = hook.length();
            let estimate = policy.pre_stop_estimate.filter(|_| !length.is_exact());
            match length.known().map(Seconds::new).max(estimate) {
                Some(length) => hooks.take(&hook.container, length),
                None => hooks.all_known = false,
            }
        }
        for app in &facts.hookless_apps {
            if let Some(seconds) = delay.for_app(app.gets_traffic) {
                hooks.give(&app.container, sleep(seconds, policy));
            }
        }
        hooks
    }

    fn give(&mut self, container: &'f str, sleep: AppSleep) {
        self.take(container, sleep.seconds());
        self.given.push(Change::AppHook(container.to_owned(), sleep));
    }

    fn take(&mut self, container: &'f str, length: Seconds) {
        if length > self.longest {
            self.longest = length;
            self.container = Some(container);
        }
    }
}

/// How long apps without a hook should wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delay {
    /// The policy states the time, for every app.
    Stated(Seconds),
    /// Nothing is stated: apps that get traffic wait until the endpoints are gone.
    Default,
    /// The same, but the schema of a kind that is not Kubernetes' own may drop the sleep action.
    Withheld,
    /// Not at all: the apps of a Job end by themselves, a gateway has no apps, and a bare Pod is short-lived.
    None,
}

impl Delay {
    pub(super) fn of(facts: &PodFacts, policy: &Policy) -> Self {
        match policy.app_delay() {
            _ if facts.runs_to_completion || facts.is_gateway => Self::None,
            Some(seconds) => Self::Stated(seconds),
            None if facts.is_fixed => Self::None,
            None if !facts.is_built_in && policy.kubernetes.is_none() => Self::Withheld,
            None => Self::Default,
        }
    }

    const fn stated(self) -> Option<Seconds> {
        if let Self::Stated(seconds) = self { Some(seconds) } else { None }
    }

    /// How long an app without a hook should sleep.
    fn for_app(self, gets_traffic: bool) -> Option<Seconds> {
        match self {
            Self::Stated(seconds) => Some(seconds).filter(|seconds| *seconds > Seconds::ZERO),
            Self::Default => gets_traffic.then_some(ENDPOINT_DELAY),
            Self::Withheld | Self::None => None,
        }
    }
}

/// The hook of an app without one.
fn sleep(seconds: Seconds, policy: &Policy) -> AppSleep {
    if lacks_sleep_action(policy) { AppSleep::Command(seconds) } else { AppSleep::Action(seconds) }
}

/// The replacement for a hook that has the form of ours; `None` if it may stay. The type of the handler stays the same,
/// because merging a new type into the old manifest would give two handlers.
fn corrected(handler: &Handler, wanted: Seconds, policy: &Policy) -> Option<AppSleep> {
    let (present, make): (_, fn(Seconds) -> AppSleep) = match sleep_of(handler)? {
        AppSleep::Action(seconds) if lacks_sleep_action(policy) => {
            return Some(AppSleep::Command(if policy.exact { wanted } else { seconds.max(wanted) }));
        }
        AppSleep::Action(seconds) => (seconds, AppSleep::Action),
        AppSleep::Command(seconds) => (seconds, AppSleep::Command),
    };
    let is_right = if policy.exact { present == wanted } else { present >= wanted };
    (!is_right && wanted > Seconds::ZERO).then(|| make(wanted))
}

/// The sleep of a hook in the form that this tool writes.
pub(super) fn sleep_of(handler: &Handler) -> Option<AppSleep> {
    match handler {
        Handler::Sleep(_) => match handler.length() {
            HookLength::Exactly(seconds) => Some(AppSleep::Action(Seconds::new(seconds))),
            _ => None,
        },
        Handler::Exec(command) => match WrittenHook::of(command)? {
            WrittenHook::Sleep(seconds) => Some(AppSleep::Command(Seconds::new(seconds))),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the target is too old for the `sleep` action, or has it only behind a feature gate.
pub(super) fn lacks_sleep_action(policy: &Policy) -> bool {
    policy.kubernetes.is_some() && !policy.has(Feature::SleepAction)
}
