//! What holds of every plan, over a grid of pods and policies.

use crate::istio::{MeshHook, ProxyExec};
use crate::kubernetes::HookLength;
use crate::rules::Severity;

use super::grid::{app, each, s};
use super::plan_table::{plain_pod, written};
use super::{AppSleep, Change, Effective, Grace, Part, Placement, Plan, PodFacts, Policy, PreStop, Seconds, plan};

/// `h` of the hook that is in force; `None` where it can't be read.
/// A hook whose program the image lacks fails at once.
fn proxy_hook_length(pod: &PodFacts, policy: &Policy) -> Option<Seconds> {
    if super::image::lacking_program(pod, policy).is_some() {
        return Some(Seconds::ZERO);
    }
    let present = pod.proxy.present().and_then(|present| present.hook.exec());
    let of_mesh = || match &pod.mesh_hook {
        Some(setting) => match &setting.value {
            MeshHook::Exec(command) => Some(ProxyExec::of(command)),
            MeshHook::Other(_) => None,
        },
        None => None,
    };
    present.or_else(of_mesh).map_or(HookLength::Exactly(0), ProxyExec::length).known().map(s)
}

fn drain(pod: &PodFacts) -> Seconds {
    pod.settings.drain.in_force().copied().unwrap_or(Effective::DRAIN)
}

fn idles(pod: &PodFacts, policy: &Policy) -> bool {
    pod.settings.exit_on_idle.in_force() == Some(&true) && policy.istio.is_none_or(|release| release.minor >= 12)
}

fn is_native(pod: &PodFacts, policy: &Policy) -> bool {
    super::mode::is_native(pod, policy)
}

fn is_left_to_die(plan: &Plan) -> bool {
    plan.findings.iter().any(|finding| matches!(finding.rule.id(), "dies-on-purpose" | "gateway-without-drain"))
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
            if idles(pod, policy) {
                let minimum = |pod: &PodFacts| pod.settings.minimum.in_force().copied();
                assert!(minimum(&after) >= minimum(pod), "{pod:?} {policy:?}");
            }
            let longest = |pod: &PodFacts| pod.app_hooks.iter().filter_map(|hook| hook.length().known()).max();
            assert!(longest(&after) >= longest(pod), "{pod:?} {policy:?}");
        }
        let taken = plan.changes.contains(&Change::Remove(Part::DrainDuration));
        let drain_duration = |pod: &PodFacts| pod.settings.drain_duration.in_force().copied();
        assert!(taken || drain_duration(&after) >= drain_duration(pod), "{pod:?} {policy:?}");
    });
}

#[test]
fn the_proxy_stays_for_the_apps_and_the_grace_period_for_the_proxy() {
    let mut seen = 0;
    each(|pod, policy, plan| {
        let after = written(pod, plan);
        let Some(hook) = proxy_hook_length(&after, policy).filter(|_| !is_native(pod, policy) && !is_left_to_die(plan))
        else {
            return;
        };
        let settings = &after.settings;
        let lasting = if idles(&after, policy) {
            settings.minimum.in_force().copied().unwrap_or(Effective::MINIMUM)
        } else {
            drain(&after)
        };
        let hooks = after.app_hooks.iter().filter_map(|hook| hook.length().known()).max().unwrap_or_default();
        let until_apps_are_gone = if pod.is_gateway { Seconds::ZERO } else { s(hooks) + policy.app_shutdown };
        let needed = until_apps_are_gone.max(policy.drain.unwrap_or_default());
        let is_told = plan.findings.iter().any(|finding| finding.rule.id() == "overridden-setting");
        assert!(is_told || hook + lasting >= needed, "{pod:?} {policy:?}");
        assert!(after.grace.effective() >= hook + lasting + policy.margin, "{pod:?} {policy:?}");
        assert!(after.grace.effective() > Seconds::ZERO, "{pod:?} {policy:?}");
        seen += 1;
    });
    assert!(seen > 2_000, "{seen}");
}

/// The API server rejects a sleep that is longer than the grace period.
#[test]
fn what_apps_are_given_fits_the_grace_period() {
    each(|pod, policy, plan| {
        let after = written(pod, plan);
        for change in &plan.changes {
            let Change::AppHook(_, sleep) = change else { continue };
            assert!(sleep.seconds() <= after.grace.effective(), "{pod:?} {policy:?}");
            assert!(!pod.runs_to_completion && !pod.is_gateway, "{pod:?} {policy:?}");
            let is_too_new = policy.kubernetes.is_some_and(|release| release.minor < 30);
            assert!(!is_too_new || matches!(sleep, AppSleep::Command(_)), "{pod:?} {policy:?}");
        }
    });
}

#[test]
fn a_longer_hook_never_makes_the_numbers_smaller() {
    let mut policies: Vec<_> = (1..300).map(|seed| super::grid::Dice::new(seed).policy()).collect();
    policies.retain(|policy| policy.pre_stop != PreStop::Sleep && !policy.exit_on_idle);
    for policy in policies {
        for grace in [Grace::Default, Grace::Explicit(s(20)), Grace::Explicit(s(90))] {
            let numbers = |app_hooks: Vec<super::AppHook>| {
                let pod = PodFacts { grace, app_hooks, ..plain_pod() };
                let after = written(&pod, &plan(&pod, &policy));
                (drain(&after), after.grace.effective())
            };
            let mut last = numbers(Vec::new());
            for length in [0, 1, 10, 20, 30, 40, 60, 600] {
                let next = numbers(vec![app("a", HookLength::Exactly(length))]);
                assert!(next.0 >= last.0 && next.1 >= last.1, "{length} {policy:?}");
                last = next;
            }
        }
    }
}

/// What must never be written, whatever the policy says.
#[test]
fn no_hook_comes_where_none_may_be() {
    let mut seen = [0; 4];
    each(|pod, policy, plan| {
        let is_hook = |change: &&Change| {
            matches!(change, Change::Hook(_) | Change::Remove(Part::Hook | Part::Override) | Change::Resources(_))
        };
        let hooks: Vec<_> = plan.changes.iter().filter(is_hook).collect();
        let comes = hooks.iter().any(|change| matches!(change, Change::Hook(_)));
        assert!(hooks.iter().filter(|change| !matches!(change, Change::Resources(_))).count() <= 1);
        let is_other = |hook: &MeshHook| matches!(hook, MeshHook::Other(_));
        let is_unseen = !pod.is_injection_seen && policy.unknown_injection == super::UnknownInjection::Safe;
        let forbidden = [
            is_native(pod, policy),
            pod.mesh_hook.as_ref().is_some_and(|hook| is_other(&hook.value)),
            is_unseen,
            policy.istio.is_some_and(|release| release.minor < 10),
        ];
        for (seen, is_forbidden) in seen.iter_mut().zip(forbidden) {
            *seen += usize::from(is_forbidden);
            assert!(!(is_forbidden && comes), "{pod:?} {policy:?}");
        }
        assert!(!pod.is_gateway || hooks.is_empty(), "{pod:?} {policy:?}");
        if let Placement::Native(_) = &pod.proxy {
            assert!(!plan.changes.contains(&Change::Remove(Part::Override)), "{pod:?} {policy:?}");
        }
    });
    assert!(seen.iter().all(|seen| *seen > 250), "{seen:?}");
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
