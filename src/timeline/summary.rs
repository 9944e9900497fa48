//! The whole of a shutdown, and what can be said of it in a few words.

use std::time::Duration;

use crate::istio::SidecarMode;
use crate::shutdown::PodFacts;

use super::containers::PodRun;
use super::lanes::{Ends, Lane, LaneRole, lanes};
use super::losses::{Loss, LossSpan, losses};
use super::pod_input::Inputs;
use super::premises::{Premise, premises};
use super::proxy_hook::End;
use super::scenario::Scenario;
use super::when::When;

/// What happens when a pod is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Timeline {
    /// Which kind of sidecar it is for; [`SidecarMode::Unknown`] in a pod that has none.
    pub mode: SidecarMode,
    /// It is not known that the sidecar is of that kind.
    pub is_guess: bool,
    /// Kubelet, endpoints, apps, proxy, inbound, outbound.
    pub lanes: Vec<Lane>,
    /// What is lost, by class.
    pub losses: Vec<Loss>,
    /// When the pod is gone.
    pub gone: When,
    /// What all of it rests on.
    pub premises: Vec<Premise>,
}

/// What happens when the pod is deleted: once for each kind of sidecar that it may have.
pub(crate) fn timelines(facts: &PodFacts, scenario: &Scenario) -> Vec<Timeline> {
    let modes: &[SidecarMode] = match facts.mode {
        _ if facts.is_ambient => &[SidecarMode::Unknown],
        _ if facts.is_gateway => &[SidecarMode::Classic],
        SidecarMode::Classic => &[SidecarMode::Classic],
        SidecarMode::Native => &[SidecarMode::Native],
        SidecarMode::Unknown => &[SidecarMode::Classic, SidecarMode::Native],
    };
    let of = |mode: &SidecarMode| Timeline::of(facts, scenario, *mode, modes.len() > 1);
    modes.iter().map(of).collect()
}

impl Timeline {
    fn of(facts: &PodFacts, scenario: &Scenario, mode: SidecarMode, is_guess: bool) -> Self {
        let run = |end| PodRun::of(Inputs::of(facts, scenario, mode == SidecarMode::Native, end));
        let (least, most) = (run(End::Least), run(End::Most));
        Self {
            mode,
            is_guess,
            lanes: lanes(Ends { least: &least, most: &most }),
            losses: merged(&losses(&least), &losses(&most)),
            gone: When::between(least.gone(), most.gone()),
            premises: premises(facts, scenario, mode, is_guess),
        }
    }

    /// What is wrong: the cause of what is lost first, and of two at once for longer. What is certain comes before what
    /// is possible.
    pub(crate) fn cause(&self) -> Option<&'static str> {
        let order = |loss: &&Loss| (!loss.is_certain, loss.from.earliest, std::cmp::Reverse(loss.to.latest));
        let first = self.losses.iter().min_by_key(order)?;
        // What is lost after the grace period has been over is lost because of it.
        let over = self.lanes.iter().flat_map(|lane| &lane.events).find(|event| event.code == "graceOver");
        let is_late = over.is_some_and(|over| first.from.earliest >= over.at.earliest);
        Some(if is_late { "the grace period is too short" } else { first.cause() })
    }

    /// How long something is lost, at most: times at which several things are lost count once.
    pub(crate) fn at_risk(&self) -> Duration {
        let mut windows: Vec<_> = self.losses.iter().map(|loss| (loss.from.earliest, loss.to.latest)).collect();
        windows.sort_unstable();
        let (total, _) = windows.iter().fold((Duration::ZERO, Duration::ZERO), |(total, seen), (from, to)| {
            (total.saturating_add(to.saturating_sub(seen.max(*from))), seen.max(*to))
        });
        total
    }

    /// The end of the picture: the last thing that happens.
    pub(crate) fn end(&self) -> Duration {
        let events = self.lanes.iter().flat_map(|lane| &lane.events).map(|event| event.at.latest);
        events.chain(self.losses.iter().map(|loss| loss.to.latest)).max().unwrap_or_default()
    }

    /// All events with their lanes, in the order of time.
    pub(crate) fn events(&self) -> Vec<(&Lane, &super::Event)> {
        let mut all: Vec<_> =
            self.lanes.iter().flat_map(|lane| lane.events.iter().map(move |event| (lane, event))).collect();
        all.sort_by_key(|(lane, event)| (event.at.earliest, lane.role == LaneRole::Kubelet && event.code == "podGone"));
        all
    }
}

/// Losses of both ends: what only one of them has is possible.
fn merged(least: &[LossSpan], most: &[LossSpan]) -> Vec<Loss> {
    let same = |one: &LossSpan, other: &LossSpan| (one.class, one.kind) == (other.class, other.kind);
    let loss = |one: &LossSpan, other: &LossSpan, is_certain| Loss {
        class: one.class,
        kind: one.kind,
        from: When::between(one.from, other.from),
        to: When::between(one.to, other.to),
        is_certain: is_certain && one.is_certain && other.is_certain,
        why: one.why,
    };
    let first = least.iter().map(|one| {
        let other = most.iter().find(|other| same(one, other));
        other.map_or_else(|| loss(one, one, false), |other| loss(one, other, true))
    });
    let only_most = most.iter().filter(|one| !least.iter().any(|other| same(one, other)));
    let mut all: Vec<_> = first.chain(only_most.map(|one| loss(one, one, false))).collect();
    all.sort_by_key(|loss| (loss.class, loss.from));
    all
}
