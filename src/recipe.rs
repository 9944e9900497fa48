//! Turns a plan into changes of values. Only this room knows where each part of the recipe is in a manifest.

use crate::facts::{ISTIO_PROXY, InRoute, NATIVE_SIDECAR, PROXY_CONFIG, Slots};
use crate::istio::ProxySettings;
use crate::rules::Subject;
use crate::shutdown::{AppSleep, Change, Part, Resources, Seconds};
use crate::workload::PodTemplate;
use crate::yaml::{KeyName, Patch, Route, Step, Value};

/// The values of a document that change when `changes` are made to the workload with this template.
pub(crate) fn patch(template: &PodTemplate, slots: &Slots, changes: &[Change]) -> Patch {
    let mut patch = Patch::default();
    let new_config = new_annotation(template, PROXY_CONFIG).then([Step::Text]);
    put_settings(&mut patch, &new_config, &slots.settings, changes);
    for change in changes {
        match change {
            // They are among the settings.
            Change::Drain(_) | Change::DrainDuration(_) | Change::ParentShutdown(_) | Change::ExitOnIdle { .. } => {}
            // It is no part of a pod.
            Change::CommandBranch(_) => {}
            Change::Pin { native } => {
                let text = if *native { "true" } else { "false" };
                patch.put(&new_annotation(template, NATIVE_SIDECAR), Value::str(text));
            }
            Change::Grace(seconds) => patch.put(&grace_period(template), Value::Int(seconds.get())),
            Change::Hook(command) => hook(&mut patch, template, slots, command, resources(changes)),
            Change::Resources(resources) => {
                // If there is no container yet, they are written with it.
                if let Some(container) = proxy_container(template, slots) {
                    put_resources(&mut patch, &container.then(["resources"]), &slots.proxy_resources, resources);
                }
            }
            Change::AppHook(name, sleep) => {
                if let Some(hook) = app_hook(template, slots, name) {
                    app_sleep(&mut patch, &hook, *sleep);
                }
            }
            Change::Remove(part) => {
                if let Some(route) = place(template, slots, part) {
                    patch.remove(&route);
                }
            }
        }
    }
    patch
}

/// The values that change in a document when `changes` are made to the `defaultConfig` of a mesh, to which `config`
/// leads.
pub(crate) fn mesh_patch(config: &Route, settings: &ProxySettings<InRoute>, changes: &[Change]) -> Patch {
    let mut patch = Patch::default();
    put_settings(&mut patch, config, settings, changes);
    let removed = changes.iter().filter_map(|change| match change {
        Change::Remove(part) => setting_of(settings, part),
        _ => None,
    });
    removed.for_each(|setting| patch.remove(&below(config, setting)));
    patch
}

/// The values that change where the hook of the whole mesh, to which `hook` leads, gets this command in the place of
/// its handlers, or goes.
pub(crate) fn mesh_hook_patch(hook: &Route, handlers: &[String], command: Option<&[String]>) -> Patch {
    let mut patch = Patch::default();
    let Some(command) = command else {
        patch.remove(hook);
        return patch;
    };
    for handler in handlers.iter().filter(|handler| *handler != "exec") {
        patch.remove(&hook.then([handler]));
    }
    patch.put(&hook.then(["exec", "command"]), Value::Words(command.to_vec()));
    patch
}

/// Writes the settings among the changes into a config.
fn put_settings(patch: &mut Patch, config: &Route, settings: &ProxySettings<InRoute>, changes: &[Change]) {
    let mut put = |setting: &Route, value: Value| patch.put(&below(config, setting), value);
    for change in changes {
        match change {
            Change::Drain(seconds) => put(&settings.drain, duration(*seconds)),
            Change::DrainDuration(seconds) => put(&settings.drain_duration, duration(*seconds)),
            Change::ParentShutdown(seconds) => put(&settings.parent_shutdown, duration(*seconds)),
            Change::ExitOnIdle { turn_on, minimum } => {
                if *turn_on {
                    put(&settings.exit_on_idle, Value::str("true"));
                }
                if let Some(minimum) = minimum {
                    put(&settings.minimum, duration(*minimum));
                }
            }
            _ => {}
        }
    }
}

/// The setting that a part is.
const fn setting_of<'s>(settings: &'s ProxySettings<InRoute>, part: &Part) -> Option<&'s Route> {
    match part {
        Part::Drain => Some(&settings.drain),
        Part::DrainDuration => Some(&settings.drain_duration),
        Part::ParentShutdown => Some(&settings.parent_shutdown),
        Part::ExitOnIdle => Some(&settings.exit_on_idle),
        Part::Minimum => Some(&settings.minimum),
        Part::Pin | Part::Hook | Part::CommandBranch(_) | Part::Override | Part::AppHook(_) => None,
    }
}

/// A setting in a config.
fn below(config: &Route, setting: &Route) -> Route {
    config.then(setting.0.iter().cloned())
}

/// The route to the part of the workload that a finding is about. For a missing part, the place where it would be.
pub(crate) fn route(template: &PodTemplate, slots: &Slots, subject: &Subject) -> Route {
    match subject {
        Subject::Workload => template.route.clone(),
        Subject::GracePeriod => grace_period(template),
        Subject::ProxyConfig => annotation(template, PROXY_CONFIG),
        Subject::Annotation(name) => annotation(template, name.clone()),
        Subject::AppHook(name) => app_hook(template, slots, name).unwrap_or_else(|| template.route.clone()),
        Subject::ProxyContainer => proxy_container(template, slots).unwrap_or_else(|| template.route.clone()),
        Subject::ProxyHook => proxy_container(template, slots)
            .map_or_else(|| template.route.clone(), |container| container.then(["lifecycle", "preStop"])),
    }
}

/// Sets the handler of istio-proxy's preStop hook, in the existing override or in a new one. A new one goes last,
/// because kubectl uses the first container as the main one.
fn hook(patch: &mut Patch, template: &PodTemplate, slots: &Slots, command: &[String], resources: Option<&Resources>) {
    let words = Value::Words(command.to_vec());
    let Some(container) = proxy_container(template, slots) else {
        let hook = Value::map([("preStop", Value::map([("exec", Value::map([("command", words)]))]))]);
        let mut container: Vec<(KeyName, Value)> = vec![
            ("name".into(), Value::str(ISTIO_PROXY)),
            ("image".into(), Value::str("auto")),
            // Without it, the API server defaults to `Always` because the tag is missing, and that overrides Istio's
            // own policy.
            ("imagePullPolicy".into(), Value::str(slots.pull_policy.name())),
        ];
        container.extend(resources.map(|resources| ("resources".into(), quantities(resources))));
        container.push(("lifecycle".into(), hook));
        let containers = template.route.then(["spec", "containers"]);
        return patch.put(&containers.then([Step::End]), Value::Map(container));
    };
    let hook = container.then(["lifecycle", "preStop"]);
    for handler in slots.proxy_handlers.iter().filter(|handler| *handler != "exec") {
        patch.remove(&hook.then([handler]));
    }
    patch.put(&hook.then(["exec", "command"]), words);
}

fn duration(seconds: Seconds) -> Value {
    Value::str(seconds.to_string())
}

/// The resources among the changes.
fn resources(changes: &[Change]) -> Option<&Resources> {
    changes.iter().find_map(|change| match change {
        Change::Resources(resources) => Some(resources),
        _ => None,
    })
}

fn quantities(resources: &Resources) -> Value {
    let lists = [("requests", &resources.requests), ("limits", &resources.limits)];
    let list = |quantities: &[(String, String)]| {
        Value::Map(quantities.iter().map(|(name, quantity)| (name.clone().into(), Value::str(quantity))).collect())
    };
    let lists = lists.into_iter().filter(|(_, quantities)| !quantities.is_empty());
    Value::Map(lists.map(|(name, quantities)| (name.into(), list(quantities))).collect())
}

/// Changes the existing resources into `wanted`, one quantity at a time, so that comments stay.
fn put_resources(patch: &mut Patch, route: &Route, present: &Resources, wanted: &Resources) {
    let lists = [("requests", &present.requests, &wanted.requests), ("limits", &present.limits, &wanted.limits)];
    for (list, present, wanted) in lists {
        let route = route.then([list]);
        for (name, quantity) in wanted.iter().filter(|entry| !present.contains(entry)) {
            patch.put(&route.then([name]), Value::str(quantity));
        }
        for (name, _) in present.iter().filter(|(name, _)| wanted.iter().all(|(wanted, _)| wanted != name)) {
            patch.remove(&route.then([name]));
        }
    }
}

/// Sets the handler of an app's preStop hook to the sleep.
fn app_sleep(patch: &mut Patch, hook: &Route, sleep: AppSleep) {
    let seconds = sleep.seconds().get();
    match sleep {
        AppSleep::Action(_) => {
            patch.remove(&hook.then(["exec"]));
            patch.put(&hook.then(["sleep", "seconds"]), Value::Int(seconds));
        }
        AppSleep::Command(_) => {
            patch.remove(&hook.then(["sleep"]));
            let command = Value::Words(vec!["sleep".to_owned(), seconds.to_string()]);
            patch.put(&hook.then(["exec", "command"]), command);
        }
    }
}

/// The place of a part to remove.
fn place(template: &PodTemplate, slots: &Slots, part: &Part) -> Option<Route> {
    Some(match part {
        Part::Drain | Part::DrainDuration | Part::ParentShutdown | Part::ExitOnIdle | Part::Minimum => {
            below(&annotation(template, PROXY_CONFIG).then([Step::Text]), setting_of(&slots.settings, part)?)
        }
        Part::Pin => annotation(template, NATIVE_SIDECAR),
        Part::Hook => proxy_container(template, slots)?.then(["lifecycle", "preStop"]),
        Part::CommandBranch(_) => return None,
        Part::Override => proxy_container(template, slots)?,
        Part::AppHook(name) => app_hook(template, slots, name)?,
    })
}

fn annotation(template: &PodTemplate, name: impl Into<KeyName>) -> Route {
    template.route.then(["metadata", "annotations"]).key(name)
}

/// The place of a new annotation.
fn new_annotation(template: &PodTemplate, name: impl Into<KeyName>) -> Route {
    if !template.lacks_metadata {
        return annotation(template, name);
    }
    template.route.then([Step::First("metadata".into()), "annotations".into()]).key(name)
}

/// The preStop hook of the app container with that name.
fn app_hook(template: &PodTemplate, slots: &Slots, name: &str) -> Option<Route> {
    let (list, index) = slots.app_containers.get(name)?;
    Some(container(template, list.field(), *index).then(["lifecycle", "preStop"]))
}

fn grace_period(template: &PodTemplate) -> Route {
    template.route.then(["spec", "terminationGracePeriodSeconds"])
}

fn proxy_container(template: &PodTemplate, slots: &Slots) -> Option<Route> {
    slots.proxy.map(|(list, index)| container(template, list.field(), index))
}

fn container(template: &PodTemplate, list: &'static str, index: usize) -> Route {
    template.route.then(["spec".into(), list.into(), Step::Item(index)])
}
