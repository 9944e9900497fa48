//! What an earlier run wrote for another policy is the same as what was never written, as far as nothing was raised.
//!
//! For any two policies A and B and any pod, planning B over what A wrote gives the same pod as planning B over the pod
//! itself, in:
//!
//! - the hook of istio-proxy and its override, unless A wrote a command of the user's own (`preStop: {exec: …}`), which
//!   nobody can tell from a foreign one, or hooks for apps, which stay and may be what the proxy sleeps for, or threw
//!   foreign hooks away (`replaceHooks`), or gave settings of its own to a pod that needs no hook as long as it uses
//!   the settings of the mesh;
//! - the annotation that pins the mode, where B writes it.
//!
//! What was raised stays raised - drain duration, minimum, grace period, `drainDuration` - and what was turned on stays
//! on: A may have written it, or the user. With `exact` in B nothing stays raised, and the pods are the same in these
//! numbers, too; what was turned on stays on even then.
//!
//! `--remove` over what any policy wrote gives the pod as it was, but for the grace period, where it had none of the
//! settings that are written.

use super::grid::{Dice, s};
use super::plan_table::{plain_pod, written};
use super::{Effective, Grace, Placement, PodFacts, Policy, PreStop, ProxyHook, plan};

/// A pod and two policies for it, by the dice. What can't be distinguished from ours is not the pod's own: a bare
/// override without a hook, and resources.
fn each(mut check: impl FnMut(&PodFacts, &Policy, &Policy)) {
    for seed in 1..20_000 {
        let mut dice = Dice::new(seed);
        let (mut pod, former, policy) = (dice.pod(), dice.policy(), dice.policy());
        if let Placement::Container(present) | Placement::Native(present) = &mut pod.proxy {
            present.resources = None;
            present.bare &= present.hook != ProxyHook::None;
        }
        check(&pod, &former, &policy);
    }
}

#[test]
fn what_another_policy_wrote_is_converted() {
    let (mut seen, mut converted) = (0, 0);
    each(|pod, former, policy| {
        // Without resources in the new policy those of the former one stay, and a longer hook of an app may have been
        // given.
        let former = Policy { resources: policy.resources.clone(), replace_hooks: false, ..without_delays(former) };
        let policy = without_delays(policy);
        // Whether apps of kinds that are not Kubernetes' own get a delay depends on the release, and whether a loop of
        // somebody else works on the image.
        let former = Policy { kubernetes: policy.kubernetes, proxy_image: policy.proxy_image, ..former };
        if pod.is_gateway && policy.drain.is_none() {
            return;
        }
        let has_own_command = matches!(former.pre_stop, PreStop::Exec(_)) && former.pre_stop != policy.pre_stop;
        // A grace period that the former policy raised may not be a wish to die fast any more; one that it lowered may
        // be one.
        let dies_on_purpose =
            |pod: &PodFacts| plan(pod, &policy).findings.iter().any(|f| f.rule.id() == "dies-on-purpose");
        let between = written(pod, &plan(pod, &former));
        // Nor is a plain sleep ours in an override that holds other things too.
        let has_plain_sleep = between.proxy.present().is_some_and(|present| {
            !present.bare
                && matches!(
                    present.hook.exec(),
                    Some(crate::istio::ProxyExec::Written(crate::istio::WrittenHook::Sleep(_)))
                )
        });
        if has_own_command || has_plain_sleep || dies_on_purpose(pod) || dies_on_purpose(&between) {
            return;
        }
        let direct = written(pod, &plan(pod, &policy));
        let after = written(&between, &plan(&between, &policy));
        // With a setting of its own, raised or turned on, a pod no longer uses what the mesh sets, which would make a
        // hook needless.
        let own = |pod: &PodFacts| (pod.settings.drain.own, pod.settings.exit_on_idle.own);
        if pod.settings.drain.under.is_none() || own(&after) == own(&direct) {
            assert_eq!(after.proxy, direct.proxy, "{pod:?} {former:?} {policy:?}");
        }
        assert_eq!(plan(&after, &policy).changes, [], "{pod:?} {former:?} {policy:?}");
        if super::mode::change(pod, &policy).is_some() {
            assert_eq!(after.native_annotation, direct.native_annotation, "{pod:?} {former:?} {policy:?}");
        }
        let idles = |pod: &PodFacts| pod.settings.exit_on_idle.own;
        if policy.exact && idles(&after) == idles(&direct) {
            let numbers = |pod: &PodFacts| (pod.settings.drain.clone(), pod.settings.minimum.clone());
            assert_eq!(
                super::idle::is_in_force(&after, &policy).then(|| numbers(&after).1),
                super::idle::is_in_force(&direct, &policy).then(|| numbers(&direct).1),
                "{pod:?} {former:?} {policy:?}"
            );
            if !super::idle::is_in_force(&after, &policy) {
                assert_eq!(
                    numbers(&after).0.in_force(),
                    numbers(&direct).0.in_force(),
                    "{pod:?} {former:?} {policy:?}"
                );
            }
        }
        seen += 1;
        converted += usize::from(between.proxy != after.proxy);
    });
    assert!(seen > 5_000 && converted > 1_000, "{seen} {converted}");
}

/// Apps wait for as long as by default.
fn without_delays(policy: &Policy) -> Policy {
    Policy { app_pre_stop: None, longest_request: None, ..policy.clone() }
}

/// A pod that nothing of what is written here stands in.
fn untouched(pod: PodFacts, policy: &Policy) -> PodFacts {
    let of_mesh = pod.settings.clone();
    let without_own = Effective {
        drain: crate::istio::Layered { own: None, ..of_mesh.drain },
        drain_duration: crate::istio::Layered { own: None, ..of_mesh.drain_duration },
        parent_shutdown: crate::istio::Layered { own: None, ..of_mesh.parent_shutdown },
        exit_on_idle: crate::istio::Layered { own: None, ..of_mesh.exit_on_idle },
        minimum: crate::istio::Layered { own: None, ..of_mesh.minimum },
        admin_port: of_mesh.admin_port,
        image_type: of_mesh.image_type,
        hold_application: of_mesh.hold_application,
    };
    let is_ours = pod
        .proxy
        .present()
        .is_some_and(|present| present.bare || super::hook_choice::is_written(present, &pod, policy));
    PodFacts {
        settings: without_own,
        native_annotation: None,
        proxy: if is_ours { Placement::Absent } else { pod.proxy },
        ..pod
    }
}

#[test]
fn removal_leaves_the_pod_as_it_was() {
    let mut seen = 0;
    each(|pod, policy, _| {
        let pod = untouched(pod.clone(), policy);
        // Without a stated length sleeps stay, since they may be the app's own.
        let app_pre_stop = Some(policy.app_delay().unwrap_or(s(5)));
        let policy = Policy { replace_hooks: false, app_pre_stop, ..policy.clone() };
        // A minimum alone, a longer `drainDuration` of the mesh's and a raised sleep of an app can't be distinguished
        // from the user's own.
        let first = plan(&pod, &policy);
        let there = written(&pod, &first);
        let removal = Policy { remove: true, ..policy.clone() };
        let mut after = written(&there, &plan(&there, &removal));
        assert_eq!(plan(&after, &removal).changes, [], "{pod:?} {policy:?}");
        after.grace = pod.grace;
        let (own, of_mesh) = (&there.settings, &pod.settings);
        let is_odd = of_mesh.exit_on_idle.in_force().is_some() || of_mesh.minimum.in_force().is_some();
        let outgrows =
            own.drain_duration.own.is_some_and(|duration| Some(duration) != own.drain.own.max(own.minimum.own));
        let has_sleeps =
            pod.app_hooks.iter().any(|hook| hook.handler.as_ref().and_then(super::app_hooks::sleep_of).is_some());
        if is_odd || outgrows || has_sleeps {
            return;
        }
        let mut pod = pod;
        for pod in [&mut after, &mut pod] {
            pod.hookless_apps.iter_mut().for_each(|app| app.gets_traffic = true);
            pod.hookless_apps.sort();
        }
        assert_eq!(after, pod, "{policy:?}");
        seen += usize::from(!first.changes.is_empty());
    });
    assert!(seen > 2_000, "{seen}");
}

/// The least that has to work: the recipe comes and goes.
#[test]
fn the_recipe_comes_and_goes() {
    let pod = PodFacts { grace: Grace::Explicit(s(30)), ..plain_pod() };
    let there = written(&pod, &plan(&pod, &Policy::builtin()));
    assert_ne!(there, pod);
    assert_eq!(written(&there, &plan(&there, &Policy { remove: true, ..Policy::builtin() })), pod);
}
