//! The tables of cases in the doc comments of this room, row by row.

use crate::istio::{self, Layered, MeshHook, ProxyPorts, Setting, SettingOrigin, SidecarMode, WrittenHook};
use crate::kubernetes::{Handler, HookLength, doc_table};

use super::{
    AppHook, AppSleep, Change, Effective, Grace, HooklessApp, NodeLimit, Override, Part, Placement, Plan, PodFacts,
    Policy, PreStop, ProxyHook, ProxyImage, Resources, Seconds, Sidecar, Successor, UnknownInjection, plan, plan_mesh,
};

/// A pod with nothing special about it.
pub(crate) fn plain_pod() -> PodFacts {
    PodFacts {
        proxy_name: None,
        grace: Grace::Default,
        app_hooks: Vec::new(),
        hookless_apps: Vec::new(),
        mode: SidecarMode::Unknown,
        is_gateway: false,
        is_built_in: true,
        is_ambient: false,
        runs_to_completion: false,
        is_fixed: false,
        successor: Successor::Beside,
        node_limit: None,
        is_injection_seen: true,
        is_running: false,
        proxy: Placement::Absent,
        settings: Effective::default(),
        status_port: None,
        is_mesh_config_seen: false,
        others: Vec::new(),
        native_annotation: None,
        mesh_hook: None,
        keeps_app_http: false,
        shares_proxy_user: false,
        has_other_sidecar: false,
        shares_process_namespace: false,
    }
}

/// The pod as it is after the plan has been written, with its apps in order. Its mode stays what it was: these cases
/// are about the annotation.
pub(super) fn written(pod: &PodFacts, plan: &Plan) -> PodFacts {
    let mut pod = PodFacts { mode: pod.mode, ..pod.with(&plan.changes) };
    pod.app_hooks.sort_by(|a, b| a.container.cmp(&b.container));
    pod.hookless_apps.sort();
    pod
}

/// The resources that the tables speak of.
fn cpu(quantity: &str) -> Resources {
    Resources { requests: vec![("cpu".to_owned(), quantity.to_owned())], limits: Vec::new() }
}

fn seen<T>(value: T) -> Option<Setting<T>> {
    Some(Setting::new(value, SettingOrigin::Mesh("ConfigMap istio-system/istio".to_owned())))
}

fn number(text: &str) -> Seconds {
    Seconds::new(text.parse().unwrap_or_else(|_| panic!("`{text}` is not a number")))
}

fn list(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(", ").filter(|item| *item != "-")
}

/// `drain`, `sigterm`, or the words of any other command.
fn command(text: &str) -> Vec<String> {
    if let Some(port) = text.strip_prefix("drain at ") {
        return WrittenHook::Drain.command(ProxyPorts { admin: Some(port.parse().unwrap()), status: None });
    }
    if let Some(seconds) = text.strip_prefix("wait ") {
        return WrittenHook::Wait(seconds.parse().unwrap()).command(ProxyPorts::default());
    }
    match text {
        "netstat" => ["sh", "-c", "while netstat -tln; do sleep 1; done"].map(str::to_owned).to_vec(),
        "ps" => ["sh", "-c", "while ps aux; do sleep 1; done"].map(str::to_owned).to_vec(),
        "one word" => vec!["sleep 20".to_owned()],
        "abrupt" => command("pilot-agent request POST drain_listeners?inboundonly"),
        "drain" => WrittenHook::Drain.command(ProxyPorts::default()),
        "sigterm" => WrittenHook::Sigterm.command(ProxyPorts::default()),
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

/// An app with a hook of that kind and length, or with none.
fn add_app(pod: &mut PodFacts, at: usize, length: &str) {
    let container = format!("app-{at}");
    let shell = |script: String| Handler::Exec(vec!["sh".to_owned(), "-c".to_owned(), script]);
    let handler = match (length, length.split_once(' '), length.strip_suffix('+')) {
        ("none" | "quiet", ..) => {
            pod.hookless_apps.push(HooklessApp { container, gets_traffic: length == "none" });
            return;
        }
        ("?", ..) => Handler::Exec(command("/drain.sh")),
        ("http", ..) => Handler::HttpGet { port: "8080".to_owned(), path: "/".to_owned() },
        ("tcp", ..) => Handler::TcpSocket,
        (call, Some(("quit" | "envoy" | "agent" | "get", seconds)), _) => {
            let (port, path) = match call.split_once(' ') {
                Some(("envoy", _)) => (15000, "quitquitquit"),
                Some(("agent", _)) => (15020, "drain"),
                _ => (15020, "quitquitquit"),
            };
            let post = if call.starts_with("get") { "" } else { "-XPOST " };
            shell(format!("sleep {seconds}; curl {post}localhost:{port}/{path}"))
        }
        ("one word", ..) => Handler::Exec(command("one word")),
        (_, Some(("action", seconds)), _) => Handler::Sleep(seconds.parse().unwrap()),
        (_, Some(("command", seconds)), _) => Handler::Exec(command(&format!("sleep {seconds}"))),
        (_, _, Some(least)) => shell(format!("sleep {}; nginx -s quit", number(least).get())),
        (exact, ..) => shell(format!("sleep {}", number(exact).get())),
    };
    pod.app_hooks.push(AppHook { container, handler: Some(handler) });
}

fn pod(grace: &str, app_hooks: &str, there: &str) -> PodFacts {
    let mut pod = plain_pod();
    if grace != "-" {
        pod.grace = Grace::Explicit(number(grace));
    }
    list(app_hooks).enumerate().for_each(|(at, length)| add_app(&mut pod, at, length));
    let mut resources = None;
    for fact in list(there) {
        let (name, value) = fact.split_once(' ').unwrap_or((fact, ""));
        let present = |bare, text| Override { bare, hook: hook(text), resources: None };
        let settings = &mut pod.settings;
        match name {
            "D" => settings.drain.own = Some(number(value)),
            "DD" => settings.drain_duration.own = Some(number(value)),
            "PSD" => settings.parent_shutdown.own = Some(number(value)),
            "idle" => {
                settings.exit_on_idle.own = Some(value != "off");
                settings.minimum.own = (!matches!(value, "" | "off")).then(|| number(value));
            }
            "port" => settings.admin_port = Layered { own: Some(value.parse().unwrap()), ..Layered::default() },
            "status" => pod.status_port = Some(value.parse().unwrap()),
            "image" => settings.image_type.over = seen(value.to_owned()),
            "mesh" => mesh(&mut pod, value),
            "annotated" => {
                let origin = SettingOrigin::Annotation("sidecar.istio.io/preStopCommand");
                pod.mesh_hook = Some(Setting::new(MeshHook::Exec(command(value)), origin));
            }
            "env" => {
                let minimum = value.strip_prefix("idle").unwrap().trim();
                settings.exit_on_idle.over = Some(Setting::new(minimum != "off", SettingOrigin::Environment));
                let minimum = (!matches!(minimum, "" | "off")).then(|| number(minimum));
                settings.minimum.over = minimum.map(|minimum| Setting::new(minimum, SettingOrigin::Environment));
            }
            "pin" => pod.native_annotation = Some(value.to_owned()),
            "cpu" => resources = Some(cpu(value)),
            "is" => pod.mode = if value == "native" { SidecarMode::Native } else { SidecarMode::Classic },
            "gateway" => pod.is_gateway = true,
            "custom" => pod.is_built_in = false,
            "ambient" => pod.is_ambient = true,
            "job" => pod.runs_to_completion = true,
            "fixed" => pod.is_fixed = true,
            "alone" => pod.successor = Successor::After("the old one goes first"),
            "spot" => pod.node_limit = Some(NodeLimit { seconds: Seconds::new(25), who: "a spot node" }),
            "unseen" => pod.is_injection_seen = false,
            "keeps" => pod.keeps_app_http = true,
            "same" => pod.shares_proxy_user = true,
            "sidecar" => pod.has_other_sidecar = true,
            "shared" => pod.shares_process_namespace = true,
            "bare" => {
                pod.proxy = Placement::Container(Override { resources: resources.take(), ..present(true, value) })
            }
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

/// What the mesh sets.
fn mesh(pod: &mut PodFacts, text: &str) {
    let settings = &mut pod.settings;
    match text.split_once(' ').unwrap_or((text, "")) {
        ("D", value) => settings.drain.under = seen(number(value)),
        ("DD", value) => settings.drain_duration.under = seen(number(value)),
        ("port", value) => settings.admin_port.under = seen(value.parse().unwrap()),
        ("image", value) => settings.image_type.under = seen(value.to_owned()),
        ("idle", value) => {
            settings.exit_on_idle.under = seen(true);
            settings.minimum.under = (!value.is_empty()).then(|| number(value)).and_then(seen);
        }
        ("other", _) => pod.mesh_hook = seen(MeshHook::Other("httpGet".to_owned())),
        _ => pod.mesh_hook = seen(MeshHook::Exec(command(text))),
    }
}

fn policy(cell: &str) -> Policy {
    let mut policy = Policy::builtin();
    for field in list(cell) {
        match field.split_once(' ').unwrap_or((field, "")) {
            ("drain", value) => policy.drain = Some(number(value)),
            ("longest", value) => policy.longest_request = Some(number(value)),
            ("cover", value) => policy.cover = Some(number(value)),
            ("app", value) => policy.app_shutdown = number(value),
            ("margin", value) => policy.margin = number(value),
            ("estimate", value) => policy.pre_stop_estimate = Some(number(value)),
            ("pre", value) => policy.app_pre_stop = Some(number(value)),
            ("cpu", value) => policy.resources = Some(cpu(value)),
            ("istio", value) => policy.istio = Some(value.parse().unwrap()),
            ("k8s", value) => policy.kubernetes = Some(value.parse().unwrap()),
            ("classic", _) => policy.sidecar = Sidecar::Classic,
            ("native", _) => policy.sidecar = Sidecar::Native,
            ("pin", _) => policy.pin_sidecar = true,
            ("distroless", _) => policy.proxy_image = ProxyImage::Distroless,
            ("image", "default") => policy.proxy_image = ProxyImage::Default,
            ("gateways", _) => policy.gateways = true,
            ("safe", _) => policy.unknown_injection = UnknownInjection::Safe,
            ("remove", _) => policy.remove = true,
            ("exact", _) => policy.exact = true,
            ("drop", _) => policy.drop_covered = true,
            ("replace", _) => policy.replace_hooks = true,
            ("idle", _) => policy.exit_on_idle = true,
            ("sigterm", _) => policy.pre_stop = PreStop::Sigterm,
            ("sleep", _) => policy.pre_stop = PreStop::Sleep,
            ("wait", _) => policy.pre_stop = PreStop::Wait,
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
        Change::ParentShutdown(duration) => format!("PSD {}", duration.get()),
        Change::ExitOnIdle { turn_on, minimum } => {
            let minimum = minimum.map_or_else(String::new, |minimum| format!(" {}", minimum.get()));
            format!("{}idle{minimum}", if *turn_on { "turn on " } else { "" })
        }
        Change::Pin { native } => format!("pin {native}"),
        Change::Grace(grace) => format!("G {}", grace.get()),
        Change::Hook(command) if *command == WrittenHook::Drain.command(ProxyPorts::default()) => {
            "hook drain".to_owned()
        }
        Change::Hook(command)
            if *command == WrittenHook::Drain.command(ProxyPorts { admin: Some(15004), status: None }) =>
        {
            "hook drain at 15004".to_owned()
        }
        Change::Hook(command) if *command == WrittenHook::Sigterm.command(ProxyPorts::default()) => {
            "hook sigterm".to_owned()
        }
        Change::Hook(command) if matches!(WrittenHook::of(command), Some(WrittenHook::Wait(_))) => {
            let seconds =
                (0..1_000).find(|seconds| *command == WrittenHook::Wait(*seconds).command(ProxyPorts::default()));
            seconds.map_or("hook wait".to_owned(), |seconds| format!("hook wait {seconds}"))
        }
        Change::Hook(command) => {
            let exec = if matches!(policy.pre_stop, PreStop::Exec(_)) { "exec " } else { "" };
            format!("hook {exec}{}", command.join(" "))
        }
        Change::CommandBranch(name) => format!("branch {name}"),
        Change::Resources(resources) => format!("cpu {}", resources.requests[0].1),
        Change::AppHook(container, AppSleep::Action(seconds)) => format!("{container} action {}", seconds.get()),
        Change::AppHook(container, AppSleep::Command(seconds)) => format!("{container} command {}", seconds.get()),
        Change::Remove(part) => match part {
            Part::Drain => "- drain".to_owned(),
            Part::DrainDuration => "- drainDuration".to_owned(),
            Part::ParentShutdown => "- parentShutdown".to_owned(),
            Part::ExitOnIdle => "- idle".to_owned(),
            Part::Minimum => "- minimum".to_owned(),
            Part::Pin => "- pin".to_owned(),
            Part::Hook => "- hook".to_owned(),
            Part::CommandBranch(name) => format!("- branch {name}"),
            Part::Override => "- override".to_owned(),
            Part::AppHook(container) => format!("- {container}"),
        },
    }
}

fn joined(items: Vec<String>) -> String {
    if items.is_empty() { "-".to_owned() } else { items.join(", ") }
}

/// Every table, with the number of rows that it has at least, so that none can get lost.
const TABLES: [(&str, &str, usize); 10] = [
    (include_str!("plan.rs"), "Cases", 45),
    (include_str!("plan.rs"), "Gateways", 8),
    (include_str!("plan.rs"), "Releases", 20),
    (include_str!("hook_choice.rs"), "Hooks", 57),
    (include_str!("mode.rs"), "Modes", 25),
    (include_str!("idle.rs"), "Idle", 20),
    (include_str!("app_hooks.rs"), "Apps", 18),
    (include_str!("remarks/settings.rs"), "Mesh", 20),
    (include_str!("remarks/lifetime.rs"), "Lifetimes", 6),
    (include_str!("removal.rs"), "Removals", 18),
];

#[test]
fn every_case_of_the_tables() {
    let mut failures = Vec::new();
    for (source, heading, least) in TABLES {
        let rows = doc_table::rows(source, heading);
        assert!(rows.len() >= least, "{heading} has only {} rows", rows.len());
        for row in rows {
            let [case, grace, app_hooks, there, rules, changes, findings] = row.as_slice() else { panic!("{row:?}") };
            let (mut pod, policy) = (pod(grace, app_hooks, there), policy(rules));
            // What the policy declares is what the decision on the mode comes to, unless the pod itself says otherwise.
            match policy.sidecar {
                Sidecar::Classic if pod.mode == SidecarMode::Unknown => pod.mode = SidecarMode::Classic,
                Sidecar::Native if pod.mode == SidecarMode::Unknown => pod.mode = SidecarMode::Native,
                _ => {}
            }
            let plan = plan(&pod, &policy);
            let found = joined(plan.findings.iter().map(|finding| finding.rule.id().to_owned()).collect());
            let planned = joined(plan.changes.iter().map(|change| shown(change, &policy)).collect());
            if (&planned, &found) != (changes, findings) {
                failures.push(format!("{heading}, {case}: {planned} | {found}\n    expected {changes} | {findings}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The table of what is written into the mesh.
#[test]
fn every_plan_for_a_mesh() {
    let rows = doc_table::rows(include_str!("mesh_plan.rs"), "Plans");
    assert!(rows.len() >= 16);
    for row in rows {
        let [case, there, rules, changes] = row.as_slice() else { panic!("{row:?}") };
        let (settings, policy) = (pod("-", "-", there).settings, policy(rules));
        let present = istio::ProxySettings {
            drain: settings.drain.own,
            drain_duration: settings.drain_duration.own,
            parent_shutdown: settings.parent_shutdown.own,
            exit_on_idle: settings.exit_on_idle.own,
            minimum: settings.minimum.own,
            ..istio::ProxySettings::default()
        };
        let planned = plan_mesh(&present, &policy);
        assert_eq!(joined(planned.iter().map(|change| shown(change, &policy)).collect()), *changes, "{case}");
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
        "the app may use 58s of its grace period of 60s, but the proxy stays for 30s: for 28s the app has no proxy",
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
        "the length of istio-proxy's preStop hook can't be read, so the grace period stays at 30s",
        "set terminationGracePeriodSeconds to the length of the hook plus 30s, or set replaceHooks",
    );
    check(
        &pod("-", "?", "-"),
        &policy("-"),
        "the length of the preStop hook of container `app-0` can't be read, so it counts as 0s",
        "set preStopEstimate (--pre-stop-estimate) to the longest time that it may take, or wait with `sleep` for a \
         fixed time",
    );
    check(
        &pod("-", "40", "is classic"),
        &policy("sigterm"),
        "from Istio 1.32 on (inferred) Envoy closes idle connections and WebSockets in the last third of drainDuration \
         45s, and the apps may need them for 45s",
        "set target.istio, or drainDuration in proxy.istio.io/config to 68s or more",
    );
}
