//! The facts of a pod once a plan is carried out: what a second run would read, and what its timeline is made of.

use crate::istio::SidecarMode;
use crate::kubernetes::Handler;

use super::{AppHook, AppSleep, Change, Grace, HooklessApp, Override, Part, Placement, PodFacts, ProxyHook};

impl PodFacts {
    /// The facts when the changes have been written.
    pub(crate) fn with(&self, changes: &[Change]) -> Self {
        let mut facts = self.clone();
        changes.iter().for_each(|change| facts.carry_out(change));
        facts
    }

    fn carry_out(&mut self, change: &Change) {
        let settings = &mut self.settings;
        match change {
            Change::Drain(seconds) => settings.drain.own = Some(*seconds),
            Change::DrainDuration(seconds) => settings.drain_duration.own = Some(*seconds),
            Change::ParentShutdown(seconds) => settings.parent_shutdown.own = Some(*seconds),
            Change::ExitOnIdle { turn_on, minimum } => {
                settings.exit_on_idle.own = turn_on.then_some(true).or(settings.exit_on_idle.own);
                settings.minimum.own = minimum.or(settings.minimum.own);
            }
            Change::Pin { native } => {
                self.native_annotation = Some(native.to_string());
                self.mode = if *native { SidecarMode::Native } else { SidecarMode::Classic };
            }
            Change::Hook(command) => self.put_hook(ProxyHook::Exec(command.clone())),
            Change::Resources(resources) => {
                if let Placement::Container(present) | Placement::Native(present) = &mut self.proxy {
                    present.resources = Some(resources.clone());
                }
            }
            Change::AppHook(container, sleep) => {
                let seconds = sleep.seconds().get();
                let handler = match sleep {
                    AppSleep::Action(_) => Handler::Sleep(i64::try_from(seconds).unwrap_or(i64::MAX)),
                    AppSleep::Command(_) => Handler::Exec(vec!["sleep".to_owned(), seconds.to_string()]),
                };
                self.hookless_apps.retain(|app| app.container != *container);
                self.app_hooks.retain(|hook| hook.container != *container);
                self.app_hooks.push(AppHook { container: container.clone(), handler: Some(handler) });
            }
            Change::CommandBranch(_) => {}
            Change::Grace(seconds) => self.grace = Grace::Explicit(*seconds),
            Change::Remove(part) => self.take_out(part),
        }
    }

    fn take_out(&mut self, part: &Part) {
        let settings = &mut self.settings;
        match part {
            Part::Drain => settings.drain.own = None,
            Part::DrainDuration => settings.drain_duration.own = None,
            Part::ParentShutdown => settings.parent_shutdown.own = None,
            Part::ExitOnIdle => settings.exit_on_idle.own = None,
            Part::Minimum => settings.minimum.own = None,
            Part::Pin => self.native_annotation = None,
            Part::CommandBranch(_) => {}
            Part::Hook => self.put_hook(ProxyHook::None),
            Part::Override => self.proxy = Placement::Absent,
            Part::AppHook(container) => {
                self.app_hooks.retain(|hook| hook.container != *container);
                // It had a hook since it gets traffic.
                self.hookless_apps.push(HooklessApp { container: container.clone(), gets_traffic: true });
            }
        }
    }

    /// Sets the hook in whatever override is there, or in a new one.
    fn put_hook(&mut self, hook: ProxyHook) {
        match &mut self.proxy {
            Placement::Container(present) | Placement::Native(present) => present.hook = hook,
            Placement::Absent => self.proxy = Placement::Container(Override { bare: true, hook, resources: None }),
        }
    }
}
