//! The table of cases in the doc comment of `plan`, row by row.

use crate::istio::{drain_command, sigterm_command};
use crate::kubernetes::{HookLength, doc_table};

use super::{
    AppHook, Change, Drain, ExitOnIdle, Grace, Override, Placement, Plan, PodFacts, Policy, PreStop, ProxyHook,
    Seconds, plan,
};

/// A pod with nothing special about it.
pub(super) fn plain_pod() -> PodFacts {
    PodFacts {
        grace: Grace::Default,
        app_hooks: Vec::new(),
        proxy: Placement::Absent,
        drain: None,
        drain_duration: None,
        exit_on_idle: None,
        shares_process_namespace: false,
    }
}

/// The pod as it is after the plan has been written.
pub(super) fn written(pod: &PodFacts, plan: &Plan) -> PodFacts {
    let mut pod = pod.clone();
    for change in &plan.changes {
        let bare = |hook| Override { bare: true, hook };
        match change {
            Change::Drain(drain) => pod.drain = Some(Drain(*drain)),
            Change::DrainDuration(duration) => pod.drain_duration = Some(*duration),
            Change::ExitOnIdle { minimum, .. } => pod.exit_on_idle = Some(ExitOnIdle { minimum: Some(*minimum) }),
            Change::Grace(grace) => pod.grace = Grace::Explicit(*grace),
            Change::RemoveOverride => pod.proxy = Placement::Absent,
            Change::Hook(_) | Change::RemoveHook => {
                let hook = match change {
                    Change::Hook(command) => ProxyHook::Exec(command.clone()),
                    _ => ProxyHook::None,
                };
                pod.proxy = match pod.proxy {
                    Placement::Absent => Placement::Container(bare(hook)),
                    Placement::Container(present) => Placement::Container(Override { hook, ..present }),
                    Placement::Native(present) => Placement::Native(Override { hook, ..present }),
                };
            }
        }
    }
    pod
}

fn number(text: &str) -> Seconds {
    Seconds::new(text.parse().unwrap_or_else(|_| panic!("`{text}` is no number")))
}

fn list(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(", ").filter(|item| *item != "-")
}

/// `drain`, `sigterm`, or the words of any other command.
fn command(text: &str) -> Vec<String> {
    match text {
        "drain" => drain_command(),
        "sigterm" => sigterm_command(),
        words => words.split(' ').map(str::to_owned).collect(),
    }
}

fn hook(text: &str) -> ProxyHook {
    match text.split_once(' ') {
        _ if text.is_empty() => ProxyHook::None,
        Some(("other", seconds)) => ProxyHook::Other(HookLength::Exactly(number(seconds).get())),
        _ => ProxyHook::Exec(command(text)),
    }
}

fn pod(grace: &str, app_hooks: &str, there: &str) -> PodFacts {
    let mut pod = plain_pod();
    if grace != "-" {
        pod.grace = Grace::Explicit(number(grace));
    }
    for (at, length) in list(app_hooks).enumerate() {
        let length = match (length, length.strip_suffix('+')) {
            ("?", _) => HookLength::Unknown,
            (_, Some(least)) => HookLength::AtLeast(number(least).get()),
            (exact, None) => HookLength::Exactly(number(exact).get()),
        };
        pod.app_hooks.push(AppHook { container: format!("app-{at}"), length });
    }
    for fact in list(there) {
        let (name, value) = fact.split_once(' ').unwrap_or((fact, ""));
        let present = |bare, text| Override { bare, hook: hook(text) };
        match name {
            "D" => pod.drain = Some(Drain(number(value))),
            "DD" => pod.drain_duration = Some(number(value)),
            "idle" => pod.exit_on_idle = Some(ExitOnIdle { minimum: (!value.is_empty()).then(|| number(value)) }),
            "shared" => pod.shares_process_namespace = true,
            "bare" => pod.proxy = Placement::Container(present(true, value)),
            "full" => pod.proxy = Placement::Container(present(false, value)),
            "native" => {
                let bare = value.strip_prefix("bare ");
                pod.proxy = Placement::Native(present(bare.is_some(), bare.unwrap_or(value)));
            }
            _ => panic!("`{fact}` is unknown"),
        }
    }
    pod
}

fn policy(cell: &str) -> Policy {
    let mut policy = Policy::builtin();
    for field in list(cell) {
        match field.split_once(' ').unwrap_or((field, "")) {
            ("drain", value) => policy.drain = Some(number(value)),
            ("app", value) => policy.app_shutdown = number(value),
            ("margin", value) => policy.margin = number(value),
            ("estimate", value) => policy.pre_stop_estimate = Some(number(value)),
            ("exact", _) => policy.exact = true,
            ("replace", _) => policy.replace_hooks = true,
            ("idle", _) => policy.exit_on_idle = true,
            ("sigterm", _) => policy.pre_stop = PreStop::Sigterm,
            ("sleep", _) => policy.pre_stop = PreStop::Sleep,
            ("none", _) => policy.pre_stop = PreStop::None,
            ("exec", value) => policy.pre_stop = PreStop::Exec(command(value)),
            _ => panic!("`{field}` is unknown"),
        }
    }
    policy
}

fn shown(change: &Change, policy: &Policy) -> String {
    match change {
        Change::Drain(drain) => format!("D {}", drain.get()),
        Change::DrainDuration(duration) => format!("DD {}", duration.get()),
        Change::ExitOnIdle { turn_on, minimum } => {
            format!("{}idle {}", if *turn_on { "turn on " } else { "" }, minimum.get())
        }
        Change::Grace(grace) => format!("G {}", grace.get()),
        Change::Hook(command) if *command == drain_command() => "hook drain".to_owned(),
        Change::Hook(command) if *command == sigterm_command() => "hook sigterm".to_owned(),
        Change::Hook(command) => {
            let exec = if matches!(policy.pre_stop, PreStop::Exec(_)) { "exec " } else { "" };
            format!("hook {exec}{}", command.join(" "))
        }
        Change::RemoveHook => "- hook".to_owned(),
        Change::RemoveOverride => "- override".to_owned(),
    }
}

fn joined(items: Vec<String>) -> String {
    if items.is_empty() { "-".to_owned() } else { items.join(", ") }
}

#[test]
fn every_case_of_the_table() {
    let rows = doc_table::rows(include_str!("plan.rs"), "Cases");
    assert!(rows.len() > 90);
    for row in rows {
        let [case, grace, app_hooks, there, rules, changes, findings] = row.as_slice() else { panic!("{row:?}") };
        let (pod, policy) = (pod(grace, app_hooks, there), policy(rules));
        let plan = plan(&pod, &policy);
        let found = joined(plan.findings.iter().map(|finding| finding.rule.id().to_owned()).collect());
        let planned = joined(plan.changes.iter().map(|change| shown(change, &policy)).collect());
        assert_eq!((&planned, &found), (changes, findings), "{case}");
    }
}

/// The messages that a table can't hold.
#[test]
fn findings_say_what_is_so_and_what_helps() {
    #[track_caller]
    fn check(pod: &PodFacts, policy: &Policy, message: &str, remedy: &str) {
        let plan = plan(pod, policy);
        let [.., finding] = plan.findings.as_slice() else { panic!("no finding") };
        assert_eq!((finding.message.as_str(), finding.remedy.as_str()), (message, remedy));
    }
    check(
        &pod("-", "40", "-"),
        &policy("drain 40, app 0, margin 0, sigterm"),
        "the preStop hook of container `app-0` takes 40s of the grace period of 40s: after SIGTERM the app has 2s \
         and no proxy",
        "raise appShutdown or margin",
    );
    check(
        &pod("60", "-", "-"),
        &policy("-"),
        "the app may use 58s of its grace period of 60s, and the proxy stays for 30s",
        "set drain, up to 58s, if requests or the shutdown of the app take longer than 30s",
    );
    check(
        &pod("-", "40", "full pilot-agent request POST drain"),
        &policy("-"),
        "the preStop hook of istio-proxy tells the agent to drain, so that it exits as soon as SIGTERM follows: \
         the proxy may be gone after 0s, and is needed for 45s",
        "remove the hook, or set replaceHooks",
    );
    check(
        &pod("-", "-", "full /wait.sh"),
        &policy("-"),
        "how long the preStop hook of istio-proxy takes can't be read, so the grace period stays at 30s",
        "set terminationGracePeriodSeconds to what the hook takes plus 30s, or set replaceHooks",
    );
    check(
        &pod("-", "?", "-"),
        &policy("-"),
        "how long the preStop hook of container `app-0` takes can't be read, so it counts as 0s",
        "set preStopEstimate to the longest it may take, or wait with `sleep` for a fixed time",
    );
    check(
        &pod("-", "60", "-"),
        &policy("none"),
        "Envoy takes new connections for 45s after SIGTERM, and the apps' preStop hooks run for 60s then",
        "set drainDuration in proxy.istio.io/config to 60s or more, or use preStop: drain",
    );
}
