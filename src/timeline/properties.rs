//! What holds for any pod.

use std::time::Duration;

use crate::istio::{Layered, ProxyPorts, SidecarMode, Target, WrittenHook};
use crate::kubernetes::{Handler, Release, Seconds};
use crate::shutdown::{
    AppEnd, AppHook, Grace, HooklessApp, Override, Placement, PodFacts, Policy, ProxyHook, plain_pod,
};

use super::losses::LossKind;
use super::{Loss, LossClass, Scenario, Timeline, timelines};

/// A pod of a Deployment with one app without a hook, and nothing set.
pub(super) fn facts() -> PodFacts {
    PodFacts { hookless_apps: vec![HooklessApp { container: "app".to_owned(), gets_traffic: true }], ..plain_pod() }
}

/// A pod and what is around it, in seconds; the app has no hook where that is zero.
#[derive(Clone, Copy, Debug)]
struct Point {
    hook: u64,
    drain: u64,
    grace: u64,
    is_native: bool,
    /// 0: none, 1: drain, 2: SIGTERM.
    proxy_hook: u64,
    te: u64,
    app_time: u64,
    request: u64,
    end: AppEnd,
    streams: bool,
}

/// A point of a grid, the same for the same number.
fn point(number: u64) -> Point {
    let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D_4C95_7F2D;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    Point {
        hook: next(4) * next(20),
        drain: 1 + next(70),
        grace: 1 + next(120),
        is_native: next(3) == 0,
        proxy_hook: next(3),
        te: next(20),
        app_time: next(30),
        request: next(20),
        end: [AppEnd::Closes, AppEnd::Serves, AppEnd::Exits][usize::try_from(next(3)).unwrap()],
        streams: next(2) == 0,
    }
}

impl Point {
    fn facts(self) -> PodFacts {
        let mut facts = facts();
        facts.mode = if self.is_native { SidecarMode::Native } else { SidecarMode::Classic };
        facts.grace = Grace::Explicit(Seconds::new(self.grace));
        facts.settings.drain = Layered::own(Some(Seconds::new(self.drain)));
        if self.hook > 0 {
            let handler = Some(Handler::Sleep(self.hook.try_into().unwrap()));
            facts.app_hooks = vec![AppHook { container: "app".to_owned(), handler }];
            facts.hookless_apps.clear();
        }
        let command = [
            None,
            Some(WrittenHook::Drain.command(ProxyPorts::default())),
            Some(WrittenHook::Sigterm.command(ProxyPorts::default())),
        ];
        if let Some(command) = command[usize::try_from(self.proxy_hook).unwrap()].clone() {
            let hook = ProxyHook::Exec(command);
            facts.proxy = Placement::Container(Override { bare: true, hook, resources: None });
        }
        facts
    }

    fn scenario(self) -> Scenario {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        Scenario {
            endpoint_delay: seconds(self.te),
            app_time: seconds(self.app_time),
            longest_request: seconds(self.request),
            app_end: Some(self.end),
            streams: self.streams,
            target: Target { istio: Some(Release::new(1, 32)), kubernetes: None },
            ..Scenario::default()
        }
    }

    fn timeline(self) -> Timeline {
        timelines(&self.facts(), &self.scenario()).pop().unwrap()
    }

    /// For how long requests of these classes are lost.
    fn lost(self, classes: &[LossClass]) -> Duration {
        let timeline = self.timeline();
        let lost = timeline.losses.iter().filter(|loss| classes.contains(&loss.class));
        lost.map(|loss| loss.to.latest.saturating_sub(loss.from.earliest)).sum()
    }

    /// When the app is gone, were there no SIGKILL.
    fn app_ends(self) -> u64 {
        let requests = self.te.min(if self.end == AppEnd::Serves { self.hook + self.app_time } else { self.hook });
        match self.end {
            AppEnd::Exits => self.hook,
            AppEnd::Closes | AppEnd::Serves => (self.hook + self.app_time).max(requests + self.request),
        }
    }
}

const POINTS: u64 = 2_000;

fn points() -> impl Iterator<Item = Point> {
    (0..POINTS).map(point)
}

#[test]
fn a_longer_drain_never_loses_more_calls_of_the_app() {
    for point in points() {
        let longer = Point { drain: point.drain + 7, ..point };
        assert!(longer.lost(&[LossClass::Outbound]) <= point.lost(&[LossClass::Outbound]), "{point:?}");
    }
}

/// With all else long enough for it.
#[test]
fn a_longer_hook_of_the_app_never_loses_more_requests_to_it() {
    let inbound = [LossClass::NewInbound, LossClass::InFlight];
    for point in points() {
        let enough = Point { drain: 200, grace: 300, proxy_hook: point.proxy_hook % 2, ..point };
        let longer = Point { hook: enough.hook + 5, ..enough };
        assert!(longer.lost(&inbound) <= enough.lost(&inbound), "{enough:?}");
    }
}

#[test]
fn nothing_is_lost_where_all_have_their_time() {
    for point in points() {
        let hook = point.te + point.request;
        let app = Point { hook, streams: point.streams && point.end != AppEnd::Exits, ..point };
        let ends = app.app_ends();
        let enough = Point { drain: ends + 1, grace: ends + 10, ..app };
        let mut facts = enough.facts();
        // No stream is cut by it.
        facts.settings.drain_duration = Layered::own(Some(Seconds::new(ends * 2)));
        let timeline = timelines(&facts, &enough.scenario()).pop().unwrap();
        assert_eq!(timeline.losses, [], "{enough:?}");
    }
}

/// Shortening what is just enough opens the window that is to be expected, and no other one.
#[test]
fn what_is_too_short_loses_what_it_must() {
    let classes = |timeline: &Timeline| timeline.losses.iter().map(|loss| loss.class).collect::<Vec<_>>();
    for point in points() {
        let (te, request) = (point.te + 3, point.request + 3);
        let base = Point { te, request, hook: te + request, app_time: point.app_time + 2, streams: false, ..point };
        let base = Point { end: AppEnd::Closes, is_native: false, ..base };
        let ends = base.app_ends();
        let enough = Point { drain: ends + 1, grace: ends + 10, proxy_hook: 1, ..base };
        assert_eq!(classes(&enough.timeline()), [], "{enough:?}");
        let short_drain = Point { drain: ends - 1, ..enough };
        assert_eq!(classes(&short_drain.timeline()), [LossClass::Outbound], "{enough:?}");
        // The app closes its socket while clients still know it.
        let short_hook = Point { hook: te - 1, ..enough };
        assert_eq!(classes(&short_hook.timeline()), [LossClass::NewInbound], "{enough:?}");
        // It is gone with its requests.
        let exits = Point { end: AppEnd::Exits, ..enough };
        assert_eq!(classes(&exits.timeline()), [], "{enough:?}");
        let short_hook = Point { hook: te + request - 1, ..exits };
        assert_eq!(classes(&short_hook.timeline()), [LossClass::InFlight], "{enough:?}");
        // The grace period ends the proxy and the app: one request starts as clients stop, and is on its way.
        let short_grace = Point { grace: te, ..enough };
        let lost = classes(&short_grace.timeline());
        assert!(request <= 2 || lost.contains(&LossClass::InFlight), "{short_grace:?}: {lost:?}");
    }
}

/// Envoy closes idle connections one after the other.
#[test]
fn idle_connections_are_cut_in_a_window_and_not_at_once() {
    let mut windows = 0;
    for point in points().filter(|point| !point.is_native) {
        let timeline = Point { streams: true, ..point }.timeline();
        for loss in timeline.losses.iter().filter(|loss| loss.why.contains("idle connections")) {
            assert!(loss.from.latest < loss.to.earliest, "{point:?}: {loss:?}");
            windows += 1;
        }
    }
    assert!(windows > 100, "{windows}");
}

/// A refused connection is tried again on another pod, and a 503 is not.
#[test]
fn a_longer_drain_may_lose_more_requests_of_mesh_clients() {
    let mut more = 0;
    for point in points() {
        let lost = |drain: u64| {
            let point = Point { drain, grace: 200, proxy_hook: 1, is_native: false, ..point };
            let scenario = Scenario { retries: true, ..point.scenario() };
            let timeline = timelines(&point.facts(), &scenario).pop().unwrap();
            assert!(
                timeline
                    .losses
                    .iter()
                    .all(|loss| (loss.class, loss.kind) != (LossClass::NewInbound, LossKind::Refused))
            );
            let new = timeline.losses.iter().filter(|loss| loss.class == LossClass::NewInbound);
            new.map(|loss| loss.to.latest.saturating_sub(loss.from.earliest)).sum::<Duration>()
        };
        let (short, long) = (lost(point.drain), lost(point.drain + 7));
        assert!(short <= long, "{point:?}");
        more += u32::from(short < long);
    }
    assert!(more > 100, "{more}");
}

/// What the plan reckons with is nothing that happens.
#[test]
fn the_numbers_of_the_plan_are_not_known_here() {
    let stated = Policy {
        endpoint_delay: Some(Seconds::new(3)),
        app_time: Some(Seconds::new(4)),
        longest_request: Some(Seconds::new(6)),
        app_end: Some(AppEnd::Serves),
        ..Policy::builtin()
    };
    let planned = Policy {
        drain: Some(Seconds::new(77)),
        cover: Some(Seconds::new(78)),
        app_shutdown: Seconds::new(79),
        margin: Seconds::new(80),
        app_pre_stop: Some(Seconds::new(81)),
        exact: true,
        exit_on_idle: true,
        ..stated.clone()
    };
    assert_eq!(Scenario::of(&planned), Scenario::of(&stated));
    assert_ne!(Scenario::of(&stated), Scenario::of(&Policy::builtin()));
}

#[test]
fn nothing_is_there_after_the_grace_period_and_its_two_seconds() {
    for point in points() {
        let timeline = point.timeline();
        assert!(timeline.gone.latest <= Duration::from_secs(point.grace + 3), "{point:?}");
        assert_eq!(timeline, point.timeline());
    }
}

#[test]
fn what_is_not_known_is_a_range_and_a_possible_loss() {
    let mut facts = facts();
    facts.app_hooks = vec![AppHook { container: "app".to_owned(), handler: None }];
    facts.hookless_apps.clear();
    let [classic, native] = timelines(&facts, &Scenario::default()).try_into().unwrap();
    assert!(classic.is_guess && native.is_guess && !classic.gone.is_known());
    let outbound = classic.losses.iter().find(|loss| loss.class == LossClass::Outbound).unwrap();
    assert!(!outbound.is_certain, "{outbound:?}");
    assert!(native.losses.iter().all(|loss| !loss.is_certain), "{:?}", native.losses);
    // Nor is the release of Envoy, and only some close idle connections.
    let calm = Point { hook: 50, drain: 90, grace: 120, te: 1, app_time: 1, request: 1, ..point(0) };
    let point = Point { is_native: false, proxy_hook: 1, streams: true, end: AppEnd::Closes, ..calm };
    let of = |target| timelines(&point.facts(), &Scenario { target, ..point.scenario() }).pop().unwrap().losses;
    let streams = |losses: Vec<Loss>| losses.iter().map(|loss| (loss.class, loss.is_certain)).collect::<Vec<_>>();
    assert_eq!(streams(of(Target::default())), [(LossClass::Streams, false)]);
    assert_eq!(streams(of(point.scenario().target)), [(LossClass::Streams, true)]);
    let older = Target { istio: Some(Release::new(1, 30)), kubernetes: None };
    assert_eq!(streams(of(older)), []);
}
