//! Timelines as SVG: one picture for a timeline, and a document of all.

use std::fmt::Write as _;
use std::time::Duration;

use crate::timeline::{Lane, LaneState, Timeline};

use super::picture::{Axis, losses_of};
use super::story::{Story, by_risk};
use super::words::{condition, cost, gone, sentences, window};

/// The width of a picture, in its own units.
const WIDTH: f64 = 820.0;
/// Where lanes start.
const LEFT: f64 = 130.0;
/// What the last label of the scale needs.
const RIGHT: f64 = 24.0;
/// The height of a lane.
const LANE: f64 = 26.0;
/// Room for the scale.
const SCALE: f64 = 26.0;
/// The height of a line of text.
const LINE: f64 = 18.0;

/// The colours, in a light and in a dark room, and on paper. Losses are hatched, so that they are seen without colours, too.
pub(super) const STYLE: &str = "\
.tl{--ink:#1f2328;--soft:#59636e;--rule:#d1d9e0;--open:#2da44e;--hook:#0969da;--draining:#bf8700;--waiting:#8250df;\
--ending:#9a6700;--lost:#cf222e;--paper:#fff}\
@media (prefers-color-scheme:dark){.tl{--ink:#f0f6fc;--soft:#9198a1;--rule:#3d444d;--open:#3fb950;--hook:#4493f8;\
--draining:#d29922;--waiting:#ab7df8;--ending:#bb8009;--lost:#f85149;--paper:#0d1117}}\
@media print{.tl{--ink:#000;--soft:#333;--rule:#999;--open:#2da44e;--hook:#0969da;--draining:#bf8700;--waiting:#8250df;\
--ending:#9a6700;--lost:#cf222e;--paper:#fff}}\
.tl text{font:13px system-ui,sans-serif;fill:var(--ink)}.tl .soft{fill:var(--soft);font-size:12px}.tl .head{font-weight:600}\
.tl line{stroke:var(--rule)}.tl .open{fill:var(--open)}.tl .hook{fill:var(--hook)}.tl .draining{fill:var(--draining)}\
.tl .waiting{fill:var(--waiting)}.tl .ending{fill:var(--ending);opacity:.75}.tl .unknown{fill:none;stroke:var(--soft);\
stroke-dasharray:3 3}.tl .lost{fill:url(#lost);stroke:var(--lost);stroke-width:1.5}.tl .maybe{fill:url(#lost);\
stroke:var(--lost);stroke-dasharray:4 3;opacity:.7}.tl .bad{fill:var(--lost);font-weight:600}.tl .good{fill:var(--open);\
font-weight:600}.tl .paper{fill:var(--paper)}.tl .hatch{stroke:var(--lost);stroke-width:4}";

/// The hatching of losses, once in a document.
pub(super) const HATCH: &str = "<defs><pattern id=\"lost\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" \
patternTransform=\"rotate(45)\"><rect class=\"paper\" width=\"7\" height=\"7\"/><line class=\"hatch\" y2=\"7\"/></pattern></defs>";

/// Text of a document of XML.
pub(super) fn escaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => plain.push_str("&amp;"),
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '"' => plain.push_str("&quot;"),
            '\'' => plain.push_str("&#39;"),
            c => plain.push(c),
        }
    }
    plain
}

/// One document with all workloads, those that lose most first.
pub(super) fn svg(stories: &[Story]) -> String {
    let (mut body, mut y) = (String::new(), 12.0);
    for story in by_risk(stories) {
        line(&mut body, &mut y, "head", &story.title);
        if story.now.is_empty() {
            line(&mut body, &mut y, "soft", &format!("There is no timeline: {}.", story.reason));
        }
        let axis = axis(story);
        for (start, timeline) in both(story) {
            let is_bad = !timeline.losses.is_empty();
            line(&mut body, &mut y, if is_bad { "bad" } else { "good" }, &headline(start, timeline));
            sentences(timeline).iter().for_each(|sentence| line(&mut body, &mut y, "soft", sentence));
            let (picture, height) = picture(timeline, axis);
            let _ = writeln!(body, "<g transform=\"translate(0 {y:.0})\">{picture}</g>");
            y += height + 8.0;
        }
        cost(story).iter().for_each(|cost| line(&mut body, &mut y, "soft", &format!("Its cost: {cost}.")));
        y += LINE;
    }
    legend(&mut body, &mut y);
    let height = y + 8.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tl\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"{WIDTH}\" \
         height=\"{height:.0}\" role=\"img\">\n<title>What happens when a pod is deleted</title>\n<style>{STYLE}</style>\n\
         {HATCH}\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n{body}</svg>\n"
    )
}

/// The timelines as they are, and with the fix.
pub(super) fn both(story: &Story) -> impl Iterator<Item = (&'static str, &Timeline)> {
    let now = if story.then.is_empty() { "" } else { "As it is, " };
    story.now.iter().map(move |timeline| (now, timeline)).chain(story.then.iter().map(|then| ("With the fix, ", then)))
}

/// One axis for all pictures of a story, so that they can be compared.
pub(super) fn axis(story: &Story) -> Axis {
    Axis::of(story.now.iter().chain(&story.then), 12)
}

/// `With its classic sidecar, requests are lost; the pod is gone after 5.1 s`
pub(super) fn headline(start: &str, timeline: &Timeline) -> String {
    let is_certain = timeline.losses.iter().any(|loss| loss.is_certain);
    let what = match (timeline.losses.is_empty(), is_certain) {
        (true, _) => "nothing is lost",
        (false, true) => "requests are lost",
        (false, false) => "requests may be lost",
    };
    let gone = gone(std::slice::from_ref(timeline)).map_or(String::new(), |gone| gone.to_string());
    let text = format!("{start}{}, {what}; the pod is gone after {gone}", condition(timeline));
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// A line of text, broken where it is too long.
fn line(body: &mut String, y: &mut f64, class: &str, text: &str) {
    let mut rest = String::new();
    for word in text.split(' ') {
        if !rest.is_empty() && rest.chars().count() + word.chars().count() > 125 {
            let _ = writeln!(body, "<text class=\"{class}\" x=\"8\" y=\"{:.0}\">{}</text>", *y + 12.0, escaped(&rest));
            *y += LINE;
            rest = "  ".to_owned();
        }
        rest = if rest.trim().is_empty() { word.to_owned() } else { format!("{rest} {word}") };
    }
    let _ = writeln!(body, "<text class=\"{class}\" x=\"8\" y=\"{:.0}\">{}</text>", *y + 12.0, escaped(&rest));
    *y += LINE;
}

/// The lanes of a timeline, and how high they are.
pub(super) fn picture(timeline: &Timeline, axis: Axis) -> (String, f64) {
    let x = |time: Duration| {
        let share = time.as_secs_f64() / axis.end.as_secs_f64();
        LEFT + share.min(1.0) * (WIDTH - LEFT - RIGHT)
    };
    let height = SCALE + LANE * timeline.lanes.len() as f64;
    let mut text = String::new();
    for mark in axis.marks() {
        let at = x(mark);
        let _ = write!(text, "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"20\" y2=\"{height:.0}\"/>");
        let _ = write!(
            text,
            "<text class=\"soft\" x=\"{at:.1}\" y=\"14\" text-anchor=\"middle\">{} s</text>",
            mark.as_secs()
        );
    }
    for (number, lane) in timeline.lanes.iter().enumerate() {
        let top = SCALE + LANE * number as f64;
        let name: String = lane.name.chars().take(18).collect();
        let _ = write!(text, "<text x=\"8\" y=\"{:.0}\">{}</text>", top + 16.0, escaped(&name));
        lane_bars(&mut text, timeline, lane, top, &x);
    }
    (text, height)
}

fn lane_bars(text: &mut String, timeline: &Timeline, lane: &Lane, top: f64, x: &impl Fn(Duration) -> f64) {
    let mut bar = |class: &str, from: Duration, to: Duration, title: &str| {
        let (from, to) = (x(from), x(to));
        // A moment is as wide as can be seen.
        let (from, to) =
            if to - from < 5.0 && class != "unknown" && title.contains(" at ") { (to - 5.0, to) } else { (from, to) };
        let _ = write!(
            text,
            "<rect class=\"{class}\" x=\"{from:.1}\" y=\"{:.0}\" width=\"{:.1}\" height=\"18\" rx=\"2\"><title>{}</title></rect>",
            top + 3.0,
            (to - from).max(0.0),
            escaped(title)
        );
    };
    for phase in &lane.phases {
        let title = format!("{}: {}, from {} to {}", lane.name, phase.state.name(), phase.from, phase.to);
        if phase.to.earliest > phase.from.latest {
            bar(phase.state.code(), phase.from.latest, phase.to.earliest, &title);
        }
        for (from, to) in [(phase.from.earliest, phase.from.latest), (phase.to.earliest, phase.to.latest)] {
            if to.saturating_sub(from) > Duration::from_millis(150) {
                bar("unknown", from, to, &format!("{title}: not known"));
            }
        }
    }
    for loss in losses_of(timeline, lane) {
        let class = if loss.is_certain { "lost" } else { "maybe" };
        let title = format!("{}, {} {}: {}", loss.class.name(), loss.kind.name(), window(loss), loss.why);
        bar(class, loss.from.earliest, loss.to.latest, &title);
    }
}

/// What the colours mean.
fn legend(body: &mut String, y: &mut f64) {
    let names = LaneState::ALL.iter().map(|state| (state.code(), state.name()));
    let names = names.chain([("lost", "requests are lost"), ("maybe", "may be lost"), ("unknown", "not known")]);
    let mut x = 8.0;
    for (class, name) in names {
        let _ = writeln!(
            body,
            "<rect class=\"{class}\" x=\"{x:.0}\" y=\"{:.0}\" width=\"14\" height=\"12\"/><text class=\"soft\" x=\"{:.0}\" \
             y=\"{:.0}\">{name}</text>",
            *y,
            x + 18.0,
            *y + 11.0
        );
        x += 30.0 + name.chars().count() as f64 * 5.9;
    }
    *y += LINE;
}
