//! What holds of every plan, over a grid of pods and policies.

use crate::istio::{ProxyExec, drain_command, sigterm_command, sleep_command};
use crate::kubernetes::HookLength;

use super::plan_table::{plain_pod, written};
use super::{
    AppHook, Change, Drain, ExitOnIdle, Grace, Override, Placement, Plan, PodFacts, Policy, PreStop, ProxyHook,
    Seconds, Severity, plan,
};

fn s(seconds: u64) -> Seconds {
    Seconds::new(seconds)
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

fn app(length: HookLength) -> AppHook {
    AppHook { container: "app".to_owned(), length }
}

/// Hooks that may stand on istio-proxy: ours, other people's, known, unknown, harmful.
fn proxy_hooks() -> Vec<ProxyHook> {
    let commands = [
        drain_command(),
        sigterm_command(),
        sleep_command(9),
        words("/bin/sleep 12"),
        words("/wait.sh"),
        words("pilot-agent request POST drain"),
        words("kill -15 1"),
    ];
    let exec = commands.into_iter().map(ProxyHook::Exec);
    [ProxyHook::None, ProxyHook::Other(HookLength::Exactly(7)), ProxyHook::Other(HookLength::Unknown)]
        .into_iter()
        .chain(exec)
        .collect()
}

fn placements() -> Vec<Placement> {
    let mut placements = vec![Placement::Absent];
    for hook in proxy_hooks() {
        for bare in [false, true] {
            let present = Override { bare, hook: hook.clone() };
            placements.push(Placement::Container(present.clone()));
            placements.push(Placement::Native(present));
        }
    }
    placements
}

fn pods() -> Vec<PodFacts> {
    let graces = [Grace::Default].into_iter().chain([0, 3, 20, 30, 33, 90].map(|grace| Grace::Explicit(s(grace))));
    let app_hooks = [
        vec![],
        vec![app(HookLength::Exactly(10))],
        vec![app(HookLength::Exactly(40)), app(HookLength::Unknown)],
        vec![app(HookLength::AtLeast(60))],
        vec![app(HookLength::Exactly(u64::MAX))],
    ];
    let proxy_configs = [
        (None, None, None),
        (Some(3), None, None),
        (Some(50), Some(50), None),
        (None, None, Some(None)),
        (Some(50), None, Some(Some(2))),
        (None, None, Some(Some(70))),
    ];
    let mut pods = Vec::new();
    for grace in graces {
        for app_hooks in &app_hooks {
            for (drain, drain_duration, idle) in proxy_configs {
                for proxy in placements() {
                    for shares_process_namespace in [false, true] {
                        pods.push(PodFacts {
                            grace,
                            app_hooks: app_hooks.clone(),
                            proxy: proxy.clone(),
                            drain: drain.map(s).map(Drain),
                            drain_duration: drain_duration.map(s),
                            exit_on_idle: idle.map(|minimum| ExitOnIdle { minimum: minimum.map(s) }),
                            shares_process_namespace,
                        });
                    }
                }
            }
        }
    }
    pods
}

fn policies() -> Vec<Policy> {
    let pre_stops = [
        PreStop::Drain,
        PreStop::Sigterm,
        PreStop::Sleep,
        PreStop::None,
        PreStop::Exec(words("/bin/sleep 12")),
        PreStop::Exec(words("/wait.sh")),
    ];
    let mut policies = Vec::new();
    for pre_stop in pre_stops {
        for (drain, app_shutdown, margin) in [(None, 5, 2), (Some(40), 0, 0), (Some(15), 1, 3), (None, 0, 0)] {
            for flags in 0..16_u8 {
                policies.push(Policy {
                    pre_stop: pre_stop.clone(),
                    drain: drain.map(s),
                    app_shutdown: s(app_shutdown),
                    margin: s(margin),
                    exact: flags & 1 > 0,
                    replace_hooks: flags & 2 > 0,
                    pre_stop_estimate: (flags & 4 > 0).then_some(s(20)),
                    exit_on_idle: flags & 8 > 0,
                    ..Policy::builtin()
                });
            }
        }
    }
    policies
}

/// Every pod with every policy, some six million pairs; a pod meets only the policies that its place in the row falls
/// on, so that the test stays quick and each pair of values still meets.
fn each(mut check: impl FnMut(&PodFacts, &Policy, &Plan)) {
    let (pods, policies) = (pods(), policies());
    for (at, pod) in pods.iter().enumerate() {
        for policy in policies.iter().skip(at % 97).step_by(97) {
            check(pod, policy, &plan(pod, policy));
        }
    }
}

/// `h` of the hook that is in force; `None` where it can't be read.
fn proxy_hook_length(pod: &PodFacts) -> Option<Seconds> {
    let length = match &pod.proxy {
        Placement::Absent => HookLength::Exactly(0),
        Placement::Container(present) | Placement::Native(present) => match &present.hook {
            ProxyHook::None => HookLength::Exactly(0),
            ProxyHook::Exec(command) => ProxyExec::of(command).length(),
            ProxyHook::Other(length) => *length,
        },
    };
    length.known().map(s)
}

fn drain(pod: &PodFacts) -> Seconds {
    pod.drain.map_or(Drain::BUILTIN, |Drain(drain)| drain)
}

#[test]
fn the_second_run_changes_nothing() {
    each(|pod, policy, first| {
        let pod = written(pod, first);
        assert_eq!(plan(&pod, policy).changes, [], "{pod:?} {policy:?}");
    });
}

#[test]
fn findings_stay_the_same_on_the_second_run() {
    each(|pod, policy, first| {
        let second = plan(&written(pod, first), policy);
        let rules = |plan: &Plan| plan.findings.iter().map(|finding| finding.rule).collect::<Vec<_>>();
        assert!(rules(&second).iter().all(|rule| policy.exact || rules(first).contains(rule)), "{pod:?} {policy:?}");
    });
}

#[test]
fn nothing_is_lowered_unless_exact() {
    each(|pod, policy, plan| {
        let after = written(pod, plan);
        if !policy.exact {
            assert!(drain(&after) >= drain(pod), "{pod:?} {policy:?}");
            assert!(after.grace.effective() >= pod.grace.effective(), "{pod:?} {policy:?}");
            let minimum = |pod: &PodFacts| pod.exit_on_idle.and_then(|idle| idle.minimum);
            assert!(minimum(&after) >= minimum(pod), "{pod:?} {policy:?}");
        }
        assert!(after.drain_duration >= pod.drain_duration, "{pod:?} {policy:?}");
    });
}

#[test]
fn the_proxy_stays_for_the_apps_and_the_grace_period_for_the_proxy() {
    each(|pod, policy, plan| {
        let after = written(pod, plan);
        let (Some(hook), Placement::Absent | Placement::Container(_)) = (proxy_hook_length(&after), &after.proxy)
        else {
            return;
        };
        if plan.changes.is_empty() && plan.findings.iter().any(|finding| finding.rule.id() == "dies-on-purpose") {
            return;
        }
        let lasting = match after.exit_on_idle {
            Some(idle) => idle.minimum.unwrap_or(ExitOnIdle::BUILTIN_MINIMUM),
            None => drain(&after),
        };
        let hooks = pod.app_hooks.iter().filter_map(|hook| hook.length.known()).max().unwrap_or_default();
        let needed = (s(hooks) + policy.app_shutdown).max(policy.drain.unwrap_or_default());
        assert!(hook + lasting >= needed, "{pod:?} {policy:?}");
        assert!(after.grace.effective() >= hook + lasting + policy.margin, "{pod:?} {policy:?}");
        assert!(after.grace.effective() > Seconds::ZERO, "{pod:?} {policy:?}");
    });
}

#[test]
fn a_longer_hook_never_makes_the_numbers_smaller() {
    for policy in policies().iter().filter(|policy| policy.pre_stop != PreStop::Sleep) {
        for grace in [Grace::Default, Grace::Explicit(s(20)), Grace::Explicit(s(90))] {
            let numbers = |app_hooks: Vec<AppHook>| {
                let pod = PodFacts { grace, app_hooks, ..plain_pod() };
                let after = written(&pod, &plan(&pod, policy));
                (drain(&after), after.grace.effective())
            };
            let mut last = numbers(Vec::new());
            for length in [0, 1, 10, 20, 30, 40, 60, 600] {
                let next = numbers(vec![app(HookLength::Exactly(length))]);
                assert!(next.0 >= last.0 && next.1 >= last.1, "{length} {policy:?}");
                last = next;
            }
        }
    }
}

#[test]
fn a_native_proxy_gets_no_hook_and_a_hook_is_written_once() {
    each(|pod, policy, plan| {
        let is_hook =
            |change: &&Change| matches!(change, Change::Hook(_) | Change::RemoveHook | Change::RemoveOverride);
        assert!(plan.changes.iter().filter(is_hook).count() <= 1, "{pod:?} {policy:?}");
        if matches!(pod.proxy, Placement::Native(_)) {
            assert!(!plan.changes.iter().any(|change| matches!(change, Change::Hook(_))), "{pod:?} {policy:?}");
        }
    });
}

#[test]
fn findings_are_sentences_with_a_remedy() {
    each(|_, _, plan| {
        for finding in &plan.findings {
            assert!(!finding.message.ends_with('.') && !finding.message.contains('\n'), "{}", finding.message);
            assert!(!finding.remedy.is_empty() || finding.severity == Severity::Info, "{}", finding.message);
        }
    });
}
