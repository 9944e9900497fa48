//! The facts of a pod once a plan is carried out.

use crate::istio::SidecarMode;
use crate::kubernetes::Handler;
use crate::shutdown::{AppHook, AppSleep, Change, Grace, Override, Part, Placement, PodFacts, ProxyHook};

/// What holds for the pod when the changes have been written.
pub(crate) fn fixed(facts: &PodFacts, changes: &[Change]) -> PodFacts {
    let mut fixed = facts.clone();
    changes.iter().for_each(|change| carry_out(&mut fixed, change));
    fixed
}

fn carry_out(facts: &mut PodFacts, change: &Change) {
    let settings = &mut facts.settings;
    match change {
        Change::Drain(seconds) => settings.drain.own = Some(*seconds),
        Change::DrainDuration(seconds) => settings.drain_duration.own = Some(*seconds),
        Change::ParentShutdown(seconds) => settings.parent_shutdown.own = Some(*seconds),
        Change::ExitOnIdle { turn_on, minimum } => {
            if *turn_on {
                settings.exit_on_idle.own = Some(true);
            }
            if minimum.is_some() {
                settings.minimum.own = *minimum;
            }
        }
        Change::Pin { native } => facts.mode = if *native { SidecarMode::Native } else { SidecarMode::Classic },
        Change::Hook(command) => put_hook(&mut facts.proxy, ProxyHook::Exec(command.clone())),
        Change::AppHook(container, sleep) => {
            let handler = match sleep {
                AppSleep::Action(seconds) => Handler::Sleep(i64::try_from(seconds.get()).unwrap_or(i64::MAX)),
                AppSleep::Command(seconds) => Handler::Exec(vec!["sleep".to_owned(), seconds.get().to_string()]),
            };
            facts.hookless_apps.retain(|app| app.container != *container);
            facts.app_hooks.retain(|hook| hook.container != *container);
            facts.app_hooks.push(AppHook { container: container.clone(), handler: Some(handler) });
        }
        Change::Grace(seconds) => facts.grace = Grace::Explicit(*seconds),
        Change::Remove(part) => take_out(facts, part),
        Change::Resources(_) | Change::CommandBranch(_) => {}
    }
}

fn take_out(facts: &mut PodFacts, part: &Part) {
    let settings = &mut facts.settings;
    match part {
        Part::Drain => settings.drain.own = None,
        Part::DrainDuration => settings.drain_duration.own = None,
        Part::ParentShutdown => settings.parent_shutdown.own = None,
        Part::ExitOnIdle => settings.exit_on_idle.own = None,
        Part::Minimum => settings.minimum.own = None,
        Part::Hook => put_hook(&mut facts.proxy, ProxyHook::None),
        Part::Override => facts.proxy = Placement::Absent,
        Part::AppHook(container) => facts.app_hooks.retain(|hook| hook.container != *container),
        Part::Pin | Part::CommandBranch(_) => {}
    }
}

/// The hook in whatever override is there, or in a new one.
fn put_hook(proxy: &mut Placement, hook: ProxyHook) {
    match proxy {
        Placement::Container(present) | Placement::Native(present) => present.hook = hook,
        Placement::Absent => *proxy = Placement::Container(Override { bare: true, hook, resources: None }),
    }
}
