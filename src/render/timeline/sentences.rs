//! Timelines in sentences.

use std::time::Duration;

use crate::istio::SidecarMode;
use crate::timeline::{Loss, LossClass, Timeline, When};

use super::story::Story;

/// `15.4 s`
pub(super) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// Which kind of sidecar it is for, and whether that is known.
pub(super) fn condition(timeline: &Timeline) -> &'static str {
    match (timeline.mode, timeline.is_guess) {
        (SidecarMode::Classic, true) => "if the sidecar is classic",
        (SidecarMode::Native, true) => "if the sidecar is native",
        (SidecarMode::Classic, false) => "with a classic sidecar",
        (SidecarMode::Native, false) => "with a native sidecar",
        (SidecarMode::Unknown, _) => "without a sidecar",
    }
}

/// Whether requests are lost.
pub(super) fn verdict(timeline: &Timeline) -> &'static str {
    match (timeline.losses.is_empty(), timeline.losses.iter().any(|loss| loss.is_certain)) {
        (true, _) => "nothing is lost",
        (false, true) => "requests are lost",
        (false, false) => "requests may be lost",
    }
}

/// `With a classic sidecar, requests are lost, because the proxy exits before the app; the pod is gone after 5.1 s`
pub(super) fn headline(start: &str, timeline: &Timeline) -> String {
    let (condition, verdict, gone) = (condition(timeline), verdict(timeline), timeline.gone);
    let text = format!("{start}{condition}, {verdict}{}; the pod is gone after {gone}", because(timeline));
    capital(&text)
}

/// `, because the proxy exits before the app`; nothing where nothing is lost.
pub(super) fn because(timeline: &Timeline) -> String {
    timeline.cause().map_or_else(String::new, |cause| format!(", because {cause}"))
}

/// With a capital at its start.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// What is lost, when and why, a sentence for each loss.
pub(super) fn sentences(timeline: &Timeline) -> Vec<String> {
    timeline.losses.iter().map(sentence).collect()
}

fn sentence(loss: &Loss) -> String {
    let perhaps = if loss.is_certain { "" } else { "perhaps " };
    format!("{perhaps}{}, {} {}: {}", loss.class.name(), loss.kind.name(), window(loss), loss.why)
}

/// `from 5.1 s to 16.0 s`, or `at 5.1 s`.
pub(super) fn window(loss: &Loss) -> String {
    let is_known = loss.from.is_known() && loss.to.is_known();
    match (is_known, loss.from == loss.to) {
        (true, true) => format!("at {}", loss.from),
        (true, false) => format!("from {} to {}", loss.from, loss.to),
        (false, _) => format!("some time between {} and {}", seconds(loss.from.earliest), seconds(loss.to.latest)),
    }
}

/// When the pod is gone, over all kinds of sidecar that it may have.
pub(super) fn gone(timelines: &[Timeline]) -> Option<When> {
    let all = || timelines.iter().map(|timeline| timeline.gone);
    let earliest = all().map(|gone| gone.earliest).min()?;
    Some(When { earliest, latest: all().map(|gone| gone.latest).max()? })
}

/// The classes that are lost, with the kind of sidecar where only one of them loses it.
pub(super) fn lost(timelines: &[Timeline]) -> String {
    let mut parts = Vec::new();
    for class in LossClass::ALL {
        let of = |timeline: &&Timeline| timeline.losses.iter().any(|loss| loss.class == class);
        let losing: Vec<_> = timelines.iter().filter(of).collect();
        let Some(first) = losing.first() else { continue };
        let is_certain =
            losing.iter().all(|timeline| timeline.losses.iter().any(|loss| loss.class == class && loss.is_certain));
        let perhaps = if is_certain { "" } else { "perhaps " };
        let only = match first.mode {
            _ if losing.len() == timelines.len() => "",
            SidecarMode::Native => " (if native)",
            SidecarMode::Classic | SidecarMode::Unknown => " (if classic)",
        };
        parts.push(format!("{perhaps}{}{only}", class.name()));
    }
    parts.join(", ")
}

/// What is still lost with the fix, and when the pod is gone then; `None` where the fix is not shown.
pub(super) fn fixed(story: &Story) -> Option<String> {
    let (after, still) = (gone(&story.then)?, lost(&story.then));
    let still = if still.is_empty() { "nothing lost" } else { still.as_str() };
    Some(format!("with the fix: {still}, gone after {after}"))
}

/// What the plan costs: `deletion takes 1.1 s now, 28.1 s then`, and what that is for a rollout that goes one by one.
pub(super) fn cost(story: &Story) -> Option<String> {
    let (now, then) = (gone(&story.now)?, gone(&story.then)?);
    let mut text = format!("deletion takes {now} now, {then} then");
    if story.is_serial {
        let ten = |when: When| {
            let ten = |time: Duration| time.saturating_mul(10);
            When { earliest: ten(when.earliest), latest: ten(when.latest) }
        };
        text.push_str(&format!(
            "; a rollout of 10 such pods, one after the other: {} now, {} then",
            ten(now),
            ten(then)
        ));
    } else {
        text.push_str("; a rollout does not wait for it, as the new pods start beside the old ones");
    }
    Some(text)
}
