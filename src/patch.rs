//! From a plan to changes of values: the one place that knows where in a manifest each part of the recipe stands.

use crate::facts::{EXIT_ON_IDLE, ISTIO_PROXY, MINIMUM_DRAIN, PROXY_CONFIG, Site};
use crate::shutdown::{Change, Seconds, Subject};
use crate::workload::PodTemplate;
use crate::yaml::{Patch, Route, Step, Value};

/// The values that change in a document when `changes` are made to the workload with that template.
pub fn patch(template: &PodTemplate, site: &Site, changes: &[Change]) -> Patch {
    let mut patch = Patch::default();
    for change in changes {
        match change {
            Change::Drain(seconds) => patch.put(&setting(template, site.config_keys.drain), duration(*seconds)),
            Change::DrainDuration(seconds) => {
                patch.put(&setting(template, site.config_keys.drain_duration), duration(*seconds));
            }
            Change::ExitOnIdle { turn_on, minimum } => {
                let metadata = setting(template, site.config_keys.metadata);
                if *turn_on {
                    patch.put(&metadata.then([EXIT_ON_IDLE]), Value::str("true"));
                }
                patch.put(&metadata.then([MINIMUM_DRAIN]), duration(*minimum));
            }
            Change::Grace(seconds) => patch.put(&grace_period(template), Value::Int(seconds.get())),
            Change::Hook(command) => hook(&mut patch, template, site, command),
            Change::RemoveHook => {
                if let Some(container) = proxy_container(template, site) {
                    patch.remove(&container.then(["lifecycle", "preStop"]));
                }
            }
            Change::RemoveOverride => {
                if let Some(container) = proxy_container(template, site) {
                    patch.remove(&container);
                }
            }
        }
    }
    patch
}

/// The way to the part of the workload that a finding speaks of. What is not there leads to where it would be.
pub fn route(template: &PodTemplate, site: &Site, subject: &Subject) -> Route {
    match subject {
        Subject::Workload => template.route.clone(),
        Subject::GracePeriod => grace_period(template),
        Subject::ProxyConfig => template.route.then(["metadata", "annotations", PROXY_CONFIG]),
        Subject::AppHook(name) => {
            let app = site.app_containers.iter().find(|(container, ..)| container == name);
            let containers = app.map(|(_, list, index)| container(template, list.field(), *index));
            containers.map_or_else(|| template.route.clone(), |container| container.then(["lifecycle", "preStop"]))
        }
        Subject::ProxyContainer => proxy_container(template, site).unwrap_or_else(|| template.route.clone()),
        Subject::ProxyHook => proxy_container(template, site)
            .map_or_else(|| template.route.clone(), |container| container.then(["lifecycle", "preStop"])),
    }
}

/// Sets the one handler of istio-proxy's preStop hook, in an override that is there or in a new one, which goes last:
/// kubectl takes the first container for the main one.
fn hook(patch: &mut Patch, template: &PodTemplate, site: &Site, command: &[String]) {
    let words = Value::Words(command.to_vec());
    let Some(container) = proxy_container(template, site) else {
        let hook = Value::map([("preStop", Value::map([("exec", Value::map([("command", words)]))]))]);
        let container = Value::map([
            ("name", Value::str(ISTIO_PROXY)),
            ("image", Value::str("auto")),
            // Without it the API server makes `Always` of the missing tag, and that overrides Istio's own policy.
            ("imagePullPolicy", Value::str("IfNotPresent")),
            ("lifecycle", hook),
        ]);
        let containers = template.route.then(["spec", "containers"]);
        return patch.put(&containers.then([Step::End]), container);
    };
    let hook = container.then(["lifecycle", "preStop"]);
    for handler in site.proxy_handlers.iter().filter(|handler| *handler != "exec") {
        patch.remove(&hook.then([handler.as_str()]));
    }
    patch.put(&hook.then(["exec", "command"]), words);
}

fn duration(seconds: Seconds) -> Value {
    Value::str(seconds.to_string())
}

/// A setting in the text of the proxy's annotation.
fn setting(template: &PodTemplate, key: &str) -> Route {
    template.route.then(["metadata", "annotations", PROXY_CONFIG]).then([Step::Text]).then([key])
}

fn grace_period(template: &PodTemplate) -> Route {
    template.route.then(["spec", "terminationGracePeriodSeconds"])
}

fn proxy_container(template: &PodTemplate, site: &Site) -> Option<Route> {
    site.proxy.map(|(list, index)| container(template, list.field(), index))
}

fn container(template: &PodTemplate, list: &str, index: usize) -> Route {
    template.route.then(["spec", list]).then([index])
}
