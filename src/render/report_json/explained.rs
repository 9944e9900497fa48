//! The facts and numbers of a plan, in the format of the report.

use serde::Serialize;

use crate::report::{Explanation, command_line, handler, length, owner};
use crate::shutdown::Seconds;

/// The fields of a workload that a plan was made for.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExplanationJson {
    in_force: Vec<InForceJson>,
    app_hooks: Vec<AppHookJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy_hook: Option<ProxyHookJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    numbers: Option<NumbersJson>,
}

#[derive(Clone, Debug, Serialize)]
struct InForceJson {
    setting: &'static str,
    value: String,
    origin: String,
}

#[derive(Clone, Debug, Serialize)]
struct AppHookJson {
    container: String,
    handler: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<u64>,
    length: String,
}

#[derive(Clone, Debug, Serialize)]
struct ProxyHookJson {
    owner: &'static str,
    command: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<u64>,
    length: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct NumbersJson {
    longest_hook: u64,
    app_shutdown: u64,
    margin: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy_hook: Option<u64>,
    stay: u64,
    lasting: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    grace: Option<u64>,
    exits_on_idle: bool,
    sums: Vec<SumJson>,
}

#[derive(Clone, Debug, Serialize)]
struct SumJson {
    name: &'static str,
    sum: String,
}

impl ExplanationJson {
    pub(super) fn of(explanation: &Explanation) -> Self {
        let in_force = explanation.in_force().into_iter();
        let sums = || explanation.sums().into_iter().map(|(name, sum, _)| SumJson { name, sum }).collect();
        Self {
            in_force: in_force.map(|it| InForceJson { setting: it.name, value: it.value, origin: it.origin }).collect(),
            app_hooks: explanation
                .facts
                .app_hooks
                .iter()
                .map(|hook| AppHookJson {
                    container: hook.container.clone(),
                    handler: handler(hook),
                    seconds: hook.length().known(),
                    length: length(hook.length()),
                })
                .collect(),
            proxy_hook: explanation.hook.as_ref().map(|hook| ProxyHookJson {
                owner: owner(hook),
                command: command_line(&hook.command),
                seconds: hook.length.known(),
                length: length(hook.length),
            }),
            numbers: explanation.numbers.as_ref().map(|numbers| NumbersJson {
                longest_hook: numbers.longest_hook.get(),
                app_shutdown: numbers.app_shutdown.get(),
                margin: numbers.margin.get(),
                proxy_hook: numbers.hook.map(Seconds::get),
                stay: numbers.stay.value().get(),
                lasting: numbers.lasting.value().get(),
                grace: numbers.grace.as_ref().map(|grace| grace.value().get()),
                exits_on_idle: numbers.exits_on_idle,
                sums: sums(),
            }),
        }
    }
}
