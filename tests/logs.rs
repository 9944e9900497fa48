//! `explain --log`: what was seen of a pod beside what was predicted, in every form.

use std::fs;
use std::path::Path;
use std::process::Output;

use super::log_forms;
use super::support::folder::Folder;
use super::support::process::{fed, program};
use super::support::{case, golden};

fn explained(flags: &[&str], input: &[u8]) -> Output {
    fed(program().arg("explain").args(flags).env_remove("COLUMNS"), input)
}

/// A log as kubectl prints it for several containers, the older and the newer form of an event, and a pod that stays.
const LOG: &str = "\
[pod/web-5d8f6c7b9-2xk4d/istio-proxy] 2026-03-04T05:06:07.300Z\tinfo\tAgent draining Proxy
[pod/web-5d8f6c7b9-2xk4d/istio-proxy] 2026-03-04T05:06:07.301Z\tinfo\tGraceful termination period is 5s, starting...
[pod/web-5d8f6c7b9-2xk4d/istio-proxy] 2026-03-04T05:06:15.302Z\tinfo\tGraceful termination period complete, \
terminating remaining proxies.
[pod/other-7c9d8b6f5-x2v4w/istio-proxy] 2026-03-04T05:06:15.302Z\tinfo\tAgent draining Proxy
";

const EVENTS: &str = "\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Event
  involvedObject: {kind: Pod, name: web-5d8f6c7b9-2xk4d, namespace: shop, fieldPath: 'spec.containers{web}'}
  reason: Killing
  message: Stopping container web
  firstTimestamp: '2026-03-04T05:06:07Z'
  eventTime: null
- apiVersion: events.k8s.io/v1
  kind: Event
  regarding: {kind: Pod, name: web-5d8f6c7b9-2xk4d, namespace: shop, fieldPath: 'spec.containers{web}'}
  reason: FailedPreStopHook
  note: \"\\e[31mPreStopHook failed\"
  eventTime: '2026-03-04T05:06:10.123456Z'
- apiVersion: v1
  kind: Event
  involvedObject: {kind: Pod, name: web-5d8f6c7b9-2xk4d, namespace: elsewhere}
  reason: Killing
  firstTimestamp: '2026-03-04T05:01:07Z'
";

/// A watch of the endpoints, as `--show-managed-fields --output-watch-events` prints it: another pod goes, then this one
/// does, and then the slice has it no longer.
const ENDPOINTS: &str = "\
type: ADDED
object:
  apiVersion: discovery.k8s.io/v1
  kind: EndpointSlice
  metadata: {name: web-tz4pq, namespace: shop, managedFields: [{time: '2026-03-04T05:00:00Z'}]}
  endpoints:
  - conditions: {ready: true, serving: true, terminating: false}
    targetRef: {kind: Pod, name: web-5d8f6c7b9-2xk4d, namespace: shop}
  - conditions: {}
    targetRef: {kind: Pod, name: web-5d8f6c7b9-other, namespace: shop}
---
type: MODIFIED
object:
  apiVersion: discovery.k8s.io/v1
  kind: EndpointSlice
  metadata: {name: web-tz4pq, namespace: shop, managedFields: [{time: '2026-03-04T05:06:01Z'}]}
  endpoints:
  - conditions: {ready: true, serving: true, terminating: false}
    targetRef: {kind: Pod, name: web-5d8f6c7b9-2xk4d, namespace: shop}
---
type: MODIFIED
object:
  apiVersion: discovery.k8s.io/v1
  kind: EndpointSlice
  metadata:
    name: web-tz4pq
    namespace: shop
    managedFields: [{time: '2026-03-04T05:00:00Z'}, {time: '2026-03-04T05:06:09Z'}]
  endpoints:
  - conditions: {ready: false, serving: true, terminating: true}
    targetRef: {kind: Pod, name: web-5d8f6c7b9-2xk4d, namespace: shop}
---
type: MODIFIED
object:
  apiVersion: discovery.k8s.io/v1
  kind: EndpointSlice
  metadata: {name: web-tz4pq, namespace: shop, managedFields: [{time: '2026-03-04T05:06:14Z'}]}
  endpoints: []
";

/// What was seen beside what was predicted: late, unpredicted, and of a pod that is not shown.
#[test]
fn logs_and_events_beside_the_timeline() {
    let folder = Folder::new();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (log, events) = (write("proxy.log", LOG), write("events.yaml", EVENTS));
    let endpoints = write("endpoints.yaml", ENDPOINTS);
    let case = case::named("running/gone-and-going");
    let mut failures = Vec::new();
    let all = ["--log", &log, "--log", &events, "--log", &endpoints];
    for (name, ending, flags, form) in [
        ("log-and-events", "txt", &all[..4], "text"),
        ("log-alone", "txt", &all[..2], "text"),
        ("all", "txt", &all, "text"),
        ("all", "json", &all, "json"),
        ("all", "md", &all, "markdown"),
        ("all", "svg", &all, "svg"),
        ("all", "html", &all, "html"),
    ] {
        let flags: Vec<&str> = flags.iter().copied().chain(["--format", form, "-", "web-5d8f6c7b9-2xk4d"]).collect();
        let output = explained(&flags, &case.input);
        let told = String::from_utf8(output.stderr).unwrap();
        // Text has it at its end.
        let names_others = told.contains("the logs are about the pod other-7c9d8b6f5-x2v4w");
        assert_eq!((output.status.code(), names_others), (Some(0), form != "text"), "{name}: {told}");
        let file = format!("tests/explain/logs/{name}.{ending}");
        failures.extend(golden::check(Path::new(&file), Some(&output.stdout)).err());
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A log without an end is refused before it takes all memory.
#[cfg(target_os = "linux")]
#[test]
fn a_log_has_a_limit() {
    let case = case::named("recipe/hook-longer-than-grace");
    let output = explained(&["--log", "/dev/zero"], &case.input);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told, "error: the log /dev/zero has more than 256 MB (cut it down to the time of the shutdown)\n");
}

#[test]
fn a_log_that_says_nothing_is_said_to_say_nothing() {
    let folder = Folder::new();
    let path = folder.path().join("app.log");
    let case = case::named("recipe/hook-longer-than-grace");
    for (text, says) in [
        ("", "no line of the logs has a time"),
        ("hello\n", "no line of the logs has a time"),
        ("2026-03-04T05:06:07Z info GET /\n", "Nothing in the log is about the end of the pod"),
        ("[pod/x/y] 2026-03-04T05:06:07Z info GET /\n", "the pod x, which belongs to none of these workloads"),
    ] {
        fs::write(&path, text).unwrap();
        let output = explained(&["--log", &path.display().to_string()], &case.input);
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(shown.contains(says), "{text:?}: {shown}");
    }
}

/// Endpoints in each form, beside a deletion at 05:06:07: the second at which they are seen to be gone, or what is said.
#[test]
fn endpoints_of_each_form() {
    let slice = |pod: &str, time: &str, conditions: &str| {
        format!(
            "{{\"kind\": \"EndpointSlice\", \"metadata\": {{\"name\": \"s\", \"namespace\": \"shop\", \"managedFields\": \
             [{{\"time\": \"2026-03-04T05:06:{time}Z\"}}]}}, \"endpoints\": [{{\"conditions\": {{{conditions}}}, \"targetRef\": \
             {{\"kind\": \"Pod\", \"name\": \"{pod}\", \"namespace\": \"shop\"}}}}]\n}}\n"
        )
    };
    let endpoints = |list: &str, time: &str| {
        format!(
            "kind: Endpoints\nmetadata: {{name: web, namespace: shop, managedFields: [{{time: '2026-03-04T05:06:{time}Z'}}]}}\n\
             subsets: [{{{list}: [{{targetRef: {{kind: Pod, name: web-1, namespace: shop}}}}]}}]\n---\n"
        )
    };
    let killing = "kind: Event\ninvolvedObject: {kind: Pod, name: web-1, namespace: shop}\nreason: Killing\n\
                   firstTimestamp: '2026-03-04T05:06:07Z'\n";
    let failed = "kind: Event\ninvolvedObject: {kind: Service, name: web, namespace: shop}\n\
                  reason: FailedToUpdateEndpointSlices\nmessage: too many\nfirstTimestamp: '2026-03-04T05:06:09Z'\n";
    let (ready, ending) = ("\"ready\": true", "\"ready\": false, \"terminating\": true");
    let folder = Folder::new();
    let deployment = "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: web, namespace: shop}\n\
                      spec: {template: {spec: {containers: [{name: app, image: a}]}}}\n";
    for (name, seen, says) in [
        (
            "a watch in JSON",
            slice("web-1", "05", ready) + &slice("web-1", "10", ending),
            "3.0 s 3.0 s +0.0 s endpoints",
        ),
        ("one slice alone", slice("web-1", "10", ending), "3.0 s"),
        ("a pod that was never ready", slice("web-1", "10", "\"ready\": false"), ""),
        ("the slice of another pod", slice("web-2", "05", ready) + &slice("web-2", "10", ending), ""),
        ("a pod that came back before", slice("web-1", "01", ready) + &slice("web-1", "02", "\"ready\": false"), ""),
        ("Endpoints", endpoints("addresses", "05") + &endpoints("notReadyAddresses", "11"), "4.0 s"),
        ("Endpoints without it", endpoints("addresses", "05") + &endpoints("others", "12"), "5.0 s"),
        ("an event", failed.to_owned(), "- 2.0 s endpoints was not predicted: FailedToUpdateEndpointSlices: too many"),
    ] {
        let (log, events) = (folder.path().join("endpoints"), folder.path().join("events"));
        fs::write(&log, seen).unwrap();
        fs::write(&events, killing).unwrap();
        let logs = [log.display().to_string(), events.display().to_string()];
        let flags =
            ["--sidecar", "classic", "--endpoint-delay", "3s", "--width", "200", "--log", &logs[0], "--log", &logs[1]];
        let output = explained(&flags, deployment.as_bytes());
        let text = String::from_utf8(output.stdout).unwrap();
        let (_, table) = text.split_once("what was seen of web-1").unwrap_or_else(|| panic!("{name}: {text}"));
        let line = table.lines().find(|line| line.contains("  endpoints ")).unwrap_or_default();
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(line.contains(says) && line.is_empty() == says.is_empty(), "{name}: {text}");
    }
}

/// Without their managed fields, endpoints have no times.
#[test]
fn endpoints_without_times_are_refused() {
    let folder = Folder::new();
    let path = folder.path().join("endpoints.yaml");
    let item =
        "kind: Endpoints\nmetadata: {name: web}\nsubsets: [{addresses: [{targetRef: {kind: Pod, name: web-1}}]}]\n";
    fs::write(&path, item).unwrap();
    let output = explained(&["--log", &path.display().to_string()], b"");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("its endpoints have no times (print them with `kubectl get endpointslices"), "{told}");
    assert_eq!(output.status.code(), Some(2));
}

/// No text takes it down, in whichever form.
#[test]
fn any_text_is_a_log() {
    for text in
        [LOG, EVENTS, ENDPOINTS, "", "{", "\u{feff}kind: Event\n", "[[[[ 9 ] 2024-01-01 00:00:00", "{\"time\":1e300}\n"]
    {
        log_forms::check(text.as_bytes());
        // Each half of it, too.
        let (half, rest) = text.split_at(text.floor_char_boundary(text.len() / 2));
        log_forms::check(half.as_bytes());
        log_forms::check(rest.as_bytes());
    }
}
