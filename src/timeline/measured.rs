//! The model beside pods that were shut down with a real pilot-agent and a real Envoy 1.40.
//!
//! Each pod ran in a network namespace of its own, its containers signalled as the kubelet does. Clients sent
//! throughout, with and without
//! a sidecar of their own; requests in flight took 6 s but where a row says otherwise. "te" is when clients stopped.
//! Times are
//! seconds after the deletion; "lost" is what at least one client saw.
//!
//! `pod` sets what differs from a Deployment with the grace period of 30 s and Istio's defaults; `app` is what the
//! app does at SIGTERM.
//! "gone" is pod, app, proxy; `-` is what was not written down.

use std::time::Duration;

use crate::istio::{Layered, ProxyPorts, SidecarMode, Target, WrittenHook};
use crate::kubernetes::{Handler, Release, Seconds};
use crate::shutdown::{AppEnd, AppHook, CallsOut, Grace, HooklessApp, Override, Placement, PodFacts, ProxyHook};

use super::containers::PodRun;
use super::losses::{LossKind, losses};
use super::pod_input::Inputs;
use super::properties::facts;
use super::proxy_hook::End;
use super::{LossClass, Scenario, timelines};

/// pod; app; te; gone; lost, by class and kind
type Measurement = (&'static str, &'static str, f64, [&'static str; 3], &'static str);

const RUNS: [Measurement; 50] = [
    // An app with `sleep 15`.
    ("classic P15", "quick", 2.0, ["15.4", "15.4", "5.0"], "cut in flight, cut streams, refused outbound"),
    ("classic P15 D28 drain", "quick", 2.0, ["28.1", "15.4", "28.1"], ""),
    ("classic P15 D28 sigterm", "quick", 2.0, ["28.0", "15.4", "28.0"], ""),
    ("classic P15 D28", "quick", 2.0, ["28.0", "15.4", "28.0"], ""),
    ("classic P15 D5 sleep15", "quick", 2.0, ["20.0", "15.4", "20.0"], ""),
    ("classic P15 idle20", "quick, no streams", 2.0, ["21.2", "15.4", "21.2"], ""),
    ("native P15", "quick", 2.0, ["15.4", "15.4", "15.4"], ""),
    ("native P15 D28", "quick", 2.0, ["15.4", "15.4", "15.4"], ""),
    ("native P15 D28 drain", "quick", 2.0, ["30.6", "15.4", "30.6"], ""),
    ("native P15 idle20", "quick, no streams", 2.0, ["15.5", "15.4", "15.5"], ""),
    ("native P15 D28 idle20 drain", "quick, no streams", 2.0, ["30.5", "15.4", "30.5"], ""),
    // An app without a hook, which closes its socket at SIGTERM.
    ("classic", "quick, no streams", 2.0, ["6.3", "6.3", "5.0"], "503 new, cut in flight, refused outbound"),
    ("classic D28 drain", "quick", 2.0, ["28.4", "6.3", "28.4"], "503 new"),
    ("classic D28 drain P5", "quick", 2.0, ["28.4", "8.6", "28.4"], ""),
    // An app without a hook, gone nearly at once; clients with a sidecar try a refused connection elsewhere.
    ("native", "quick, short requests, no streams", 5.0, ["0.4", "0.4", "0.4"], "503 new, refused new"),
    ("native", "quick, short requests, no streams, retries", 5.0, ["0.4", "0.4", "0.4"], "503 new"),
    ("native D28 drain", "quick, short requests, no streams", 5.0, ["28.5", "0.4", "28.5"], "503 new"),
    ("native D28 drain", "quick, short requests, no streams, retries", 5.0, ["28.5", "0.4", "28.5"], "503 new"),
    ("native D28 drain P5", "quick, short requests, no streams", 5.0, ["30.4", "-", "30.4"], ""),
    // The hook of an app that exits at once must be as long as te and the longest request together.
    ("classic D28 drain P5", "exits, no streams", 2.0, ["-", "-", "-"], "cut in flight"),
    ("classic D28 drain P8", "exits, no streams", 2.0, ["-", "-", "-"], ""),
    // Only a delay on the app's side cures endpoints that stay.
    ("classic D28 drain", "quick", 10.0, ["-", "-", "-"], "503 new"),
    ("classic D28 drain P15", "quick", 10.0, ["-", "-", "-"], ""),
    // The last third of drainDuration.
    ("classic P40 D45 drain G47", "quick", 2.0, ["-", "-", "-"], "cut streams"),
    ("classic P40 D45 DD60 drain G47", "quick", 2.0, ["-", "-", "-"], ""),
    ("classic P40 D45 DD68 drain G47", "quick", 2.0, ["-", "-", "-"], ""),
    ("classic P40 D45 DD90 drain G47", "quick", 2.0, ["-", "-", "-"], ""),
    ("classic P60 D65 DD65 G67", "quick", 2.0, ["-", "-", "-"], "cut streams"),
    ("classic P40 D45 DD15 G60", "quick", 2.0, ["45.1", "-", "45.1"], ""),
    ("classic P40 D45 DD16 G60", "quick", 2.0, ["45.1", "-", "45.1"], "cut streams"),
    ("classic P60 D65 DD98 G67", "quick", 2.0, ["-", "-", "-"], ""),
    ("native P60 D65 DD98 G67", "quick", 2.0, ["60.4", "60.4", "60.4"], ""),
    // Listeners that close at the end of drainDuration, and such that don't.
    ("classic P15 D28 DD6 sigterm", "quick, no streams", 15.0, ["-", "-", "-"], "refused new"),
    ("classic P15 D28 DD6 drain", "quick, no streams", 15.0, ["-", "-", "-"], ""),
    // Apps that work on.
    ("classic P15 D30 drain G60", "works 40", 2.0, ["-", "-", "30.1"], "refused outbound"),
    ("classic P15 D28 drain", "works 20", 2.0, ["30.1", "30.1", "28.2"], "refused outbound"),
    ("classic P15 D35 drain G37", "works 20", 2.0, ["-", "35.0", "35.1"], ""),
    ("classic P15 D35 drain G37", "works 20.4", 2.0, ["-", "35.4", "35.0"], "refused outbound"),
    ("classic P15 D30 drain G90", "quick, requests of 40, no calls", 2.0, ["-", "-", "30.0"], "cut in flight"),
    ("classic P15 D45 drain G90", "quick, requests of 40, no calls", 2.0, ["-", "-", "-"], ""),
    // The guides' 40/40/40.
    ("classic P40 D40 sigterm G40", "quick, no streams", 2.0, ["-", "-", "-"], "refused outbound"),
    // A drain that closes all listeners at once.
    ("classic P5 abrupt", "quick, short requests, no streams", 4.0, ["-", "-", "5.0"], "refused new, refused outbound"),
    // SIGTERM by the hook of a native sidecar.
    ("native P15 D28 sigterm", "quick, no streams", 2.0, ["28.0", "-", "28.0"], ""),
    ("native P15 D28 sigterm", "works 14", 2.0, ["-", "-", "28.0"], "refused outbound"),
    // The hook that waits for the app.
    ("classic P15 D28 wait20", "quick", 2.0, ["21.1", "15.4", "21.1"], ""),
    ("native P15 D28 wait20", "quick", 2.0, ["21.2", "15.4", "21.2"], ""),
    ("classic P5 D28 wait10", "quick", 2.0, ["11.0", "8.6", "11.0"], ""),
    ("native P5 D28 wait10", "works 15", 2.0, ["21.0", "20.0", "21.0"], ""),
    ("classic P5 D28 wait10 G60", "works 40", 2.0, ["45.9", "44.9", "45.9"], ""),
    ("classic P15 D28 wait20 distroless", "quick", 2.0, ["28.0", "15.4", "28.0"], ""),
];

/// The number behind a letter: `P15`.
fn number(word: &str, letter: &str) -> Option<u64> {
    word.strip_prefix(letter)?.parse().ok()
}

fn pod(text: &str) -> PodFacts {
    let mut pod = facts();
    let seconds = |number: u64| Seconds::new(number);
    let mut hook = ProxyHook::None;
    for word in text.split(' ') {
        match word {
            "classic" => pod.mode = SidecarMode::Classic,
            "native" => pod.mode = SidecarMode::Native,
            "drain" => hook = ProxyHook::Exec(WrittenHook::Drain.command(ProxyPorts::default())),
            "sigterm" => hook = ProxyHook::Exec(WrittenHook::Sigterm.command(ProxyPorts::default())),
            "abrupt" => {
                let command = ["pilot-agent", "request", "POST", "drain_listeners"];
                hook = ProxyHook::Exec(command.map(str::to_owned).into());
            }
            "distroless" => pod.settings.image_type = Layered::own(Some("distroless".to_owned())),
            _ => {
                if let Some(minimum) = number(word, "idle") {
                    pod.settings.exit_on_idle = Layered::own(Some(true));
                    pod.settings.minimum = Layered::own(Some(seconds(minimum)));
                } else if let Some(length) = number(word, "sleep") {
                    hook = ProxyHook::Exec(WrittenHook::Sleep(length).command(ProxyPorts::default()));
                } else if let Some(least) = number(word, "wait") {
                    hook = ProxyHook::Exec(WrittenHook::Wait(least).command(ProxyPorts::default()));
                } else if let Some(length) = number(word, "P") {
                    let handler = Handler::Exec(vec!["sleep".to_owned(), length.to_string()]);
                    pod.app_hooks = vec![AppHook { container: "app".to_owned(), handler: Some(handler) }];
                    pod.hookless_apps = Vec::<HooklessApp>::new();
                } else if let Some(drain) = number(word, "DD") {
                    pod.settings.drain_duration = Layered::own(Some(seconds(drain)));
                } else if let Some(drain) = number(word, "D") {
                    pod.settings.drain = Layered::own(Some(seconds(drain)));
                } else {
                    pod.grace = Grace::Explicit(seconds(number(word, "G").expect(word)));
                }
            }
        }
    }
    if hook != ProxyHook::None {
        pod.proxy = Placement::Container(Override { bare: true, hook, resources: None });
    }
    pod
}

/// `quick` takes 0.4 s beyond its requests.
fn scenario(app: &str, te: f64) -> Scenario {
    let mut scenario = Scenario {
        endpoint_delay: Some(Duration::from_secs_f64(te)),
        app_time: Some(Duration::from_millis(400)),
        longest_request: Some(Duration::from_secs(6)),
        streams: true,
        target: Target { istio: Some(Release::new(1, 32)), kubernetes: None },
        ..Scenario::default()
    };
    for part in app.split(", ") {
        match part.split_once(' ') {
            None if part == "exits" => scenario.app_end = Some(AppEnd::Exits),
            None if part == "retries" => scenario.retries = true,
            None => assert_eq!(part, "quick"),
            Some(("no", "streams")) => scenario.streams = false,
            Some(("no", "calls")) => scenario.calls_out = Some(CallsOut::Never),
            Some(("short", "requests")) => scenario.longest_request = Some(Duration::from_millis(300)),
            Some(("requests", rest)) => {
                let seconds = rest.strip_prefix("of ").unwrap().parse().unwrap();
                scenario.longest_request = Some(Duration::from_secs(seconds));
            }
            Some(("works", seconds)) => {
                scenario.app_time = Some(Duration::from_secs_f64(seconds.parse().unwrap()));
            }
            Some(_) => panic!("{part}"),
        }
    }
    scenario
}

fn named(class: LossClass, kind: LossKind) -> String {
    let kind = match kind {
        LossKind::Answered503 => "503",
        LossKind::Refused => "refused",
        LossKind::Cut => "cut",
    };
    let class = match class {
        LossClass::NewInbound => "new",
        LossClass::InFlight => "in flight",
        LossClass::Streams => "streams",
        LossClass::Outbound => "outbound",
    };
    format!("{kind} {class}")
}

#[test]
fn every_event_is_within_a_second_and_every_lost_class_is_named() {
    let mut failures = Vec::new();
    for (text, app, te, gone, lost) in RUNS {
        let (facts, scenario) = (pod(text), scenario(app, te));
        let run = PodRun::of(Inputs::of(&facts, &scenario, facts.mode == SidecarMode::Native, End::Most));
        let times = [run.gone(), run.apps_gone(), run.proxy.as_ref().unwrap().gone];
        for (time, measured) in times.iter().zip(gone) {
            if measured != "-" && (time.as_secs_f64() - measured.parse::<f64>().unwrap()).abs() > 1.0 {
                failures.push(format!("{text}; {app}; te {te}: {times:?}, measured {gone:?}"));
            }
        }
        let predicted: Vec<_> = losses(&run).iter().map(|loss| named(loss.class, loss.kind)).collect();
        if predicted.join(", ") != lost {
            failures.push(format!("{text}; {app}; te {te}: lost `{}`, measured `{lost}`", predicted.join(", ")));
        }
        let [timeline] = timelines(&facts, &scenario).try_into().unwrap();
        assert!(timeline.gone.is_known() && timeline.losses.iter().all(|loss| loss.is_certain), "{text}");
    }
    assert_eq!(failures, [""; 0], "\n{}", failures.join("\n"));
}

/// Beside a native sidecar that listens, the hook that waits held a classic proxy for the whole grace period, and
/// SIGKILL ended it at 32.0 s. No manifest says whether such a sidecar holds a socket. A native proxy ends after that
/// sidecar. It was gone at 11.2 s.
#[test]
fn another_native_sidecar_holds_a_classic_proxy() {
    let gone = |mode| {
        let mut facts = pod(&format!("{mode} P5 D28 wait10"));
        facts.has_other_sidecar = true;
        let [timeline] = timelines(&facts, &scenario("quick", 2.0)).try_into().unwrap();
        (timeline.gone.earliest.as_secs(), timeline.gone.latest.as_secs())
    };
    assert_eq!((gone("classic"), gone("native")), ((11, 32), (11, 11)));
}

/// A client that had a stream and kept its connection held a proxy that exits on idle for the whole grace period; one
/// that left let it go.
#[test]
fn a_client_may_hold_a_proxy_that_exits_on_idle() {
    let gone = |app| {
        let [timeline] = timelines(&pod("classic P15 idle5"), &scenario(app, 2.0)).try_into().unwrap();
        (timeline.gone.earliest.as_secs(), timeline.gone.latest.as_secs())
    };
    assert_eq!((gone("quick"), gone("quick, no streams")), ((16, 30), (16, 16)));
}

/// The policy's estimate is the length of a hook that is read in part, too, and never less than what was read.
#[test]
fn an_estimate_counts_for_what_is_read_in_part() {
    let length = |estimate: u64, script: &str| {
        let mut facts = pod("classic D28");
        let command = ["sh", "-c", script].map(str::to_owned).to_vec();
        facts.app_hooks = vec![AppHook { container: "app".to_owned(), handler: Some(Handler::Exec(command)) }];
        let scenario = Scenario { hook_estimate: Some(Duration::from_secs(estimate)), ..scenario("quick", 2.0) };
        [End::Least, End::Most].map(|end| Inputs::of(&facts, &scenario, false, end).apps[0].hook.unwrap().as_secs())
    };
    assert_eq!(length(30, "stop_app; sleep 20"), [30, 30]);
    assert_eq!(length(10, "stop_app; sleep 20"), [20, 20]);
    assert_eq!(length(30, "sleep 20"), [20, 20]);
    assert_eq!(length(30, "stop_app"), [30, 30]);
}

/// An httpGet hook of an app that goes through the agent's port ended with the agent, at 5.0 s; with a longer drain
/// it ended well.
#[test]
fn a_hook_through_the_agent_ends_with_it() {
    let hook = |drain| {
        let mut facts = pod(&format!("classic {drain}"));
        let handler = Handler::HttpGet { port: "8080".to_owned(), path: "/".to_owned() };
        facts.app_hooks = vec![AppHook { container: "app".to_owned(), handler: Some(handler) }];
        facts.hookless_apps.clear();
        let scenario = Scenario { hook_estimate: Some(Duration::from_secs(10)), ..scenario("quick", 2.0) };
        let run = PodRun::of(Inputs::of(&facts, &scenario, false, End::Least));
        (run.apps[0].kill.term.as_secs(), run.apps[0].hook_fails)
    };
    assert_eq!((hook("D5"), hook("D28")), ((5, true), (10, false)));
}
