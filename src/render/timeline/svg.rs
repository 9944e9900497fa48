//! Timelines as SVG: one picture for a timeline, and a document of all.

use std::fmt::Write as _;
use std::time::Duration;

use crate::timeline::{Lane, LaneRole, LaneState, Timeline};

use super::beside::{SeenMark, SeenTable, has_seen, marks, tables};
use super::picture::{Axis, losses_of};
use super::sentences::{capital, cost, headline, sentences, window};
use super::story::{Story, by_risk};

/// The width of a picture that stands alone, in its own units.
const WIDTH: f64 = 820.0;
/// The width of one of two pictures side by side.
const HALF: f64 = 600.0;
/// Between two pictures.
const GAP: f64 = 20.0;
/// What a character takes on average: of a bold line, and of another.
const BOLD: f64 = 7.0;
const SOFT: f64 = 6.1;
/// Where lanes start.
const LEFT: f64 = 130.0;
/// What the last label of the scale needs.
const RIGHT: f64 = 24.0;
/// What a label of the scale needs.
const LABEL: f64 = 45.0;
/// The names of lanes get no more characters than this.
const MOST_NAME: usize = 15;
/// The height of a lane.
const LANE: f64 = 26.0;
/// Room for the scale.
const SCALE: f64 = 26.0;
/// The height of a line of text.
const LINE: f64 = 18.0;

/// The colours, in a light and in a dark room, and on paper. Losses are hatched, so that they are seen without colours,
/// too.
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
font-weight:600}.tl .sigterm{stroke:var(--ink);stroke-width:2}.tl .sigkill{stroke:var(--lost);stroke-width:3}.tl .seen{fill:var(--ink);stroke:var(--paper)}.tl .paper{fill:var(--paper)}.tl .hatch{stroke:var(--lost);stroke-width:4}";

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
pub(super) fn svg(stories: &[Story]) -> impl Iterator<Item = String> {
    let (mut body, mut y) = (String::new(), 12.0);
    let is_wide = stories.iter().any(|story| !story.then.is_empty());
    let width = if is_wide { 2.0 * HALF + GAP } else { WIDTH };
    for story in by_risk(stories) {
        let mut whole = Column { x: 0.0, y, width, body: &mut body };
        whole.line("head", &story.title);
        if story.now.is_empty() {
            whole.line("soft", &format!("There is no timeline: {}.", story.reason));
        }
        let axis = axis(story);
        for row in story.rows() {
            let width = if row.len() == 1 { WIDTH } else { HALF };
            let top = whole.y;
            // Pictures of a row start at one height, below what is said of both.
            let heads = row.iter().map(|(start, timeline)| head_lines(start, timeline, width));
            let start = top + LINE * heads.max().unwrap_or_default() as f64;
            for (number, (start_of_head, timeline)) in row.into_iter().enumerate() {
                let x = number as f64 * (HALF + GAP);
                let mut column = Column { x, y: top, width, body: &mut *whole.body };
                column
                    .line(if timeline.losses.is_empty() { "good" } else { "bad" }, &headline(start_of_head, timeline));
                sentences(timeline).iter().for_each(|sentence| column.line("soft", sentence));
                let plot = width - LEFT - RIGHT;
                let most = (plot / LABEL) as usize;
                let Picture { names, bars, height } = picture(timeline, &marks(story, timeline), axis, most);
                let _ = writeln!(
                    whole.body,
                    "<g transform=\"translate({x:.0} {start:.0})\">{names}<svg x=\"{LEFT:.0}\" width=\"{plot:.0}\" \
                     height=\"{height:.0}\" overflow=\"visible\">{bars}</svg></g>"
                );
                whole.y = whole.y.max(start + height + 8.0);
            }
        }
        cost(story).iter().for_each(|cost| whole.line("soft", &format!("The cost of the fix: {cost}.")));
        tables(story).iter().for_each(|table| seen(&mut whole, table));
        y = whole.y + LINE;
    }
    legend(&mut body, &mut y, width, has_seen(stories));
    let height = y + 8.0;
    let head = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tl\" viewBox=\"0 0 {width} {height:.0}\" width=\"{width}\" \
         height=\"{height:.0}\" role=\"img\">\n<title>What happens when a pod is deleted</title>\n<style>{STYLE}</style>\n\
         {HATCH}\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n"
    );
    [head, body, "</svg>\n".to_owned()].into_iter()
}

/// One axis for all pictures of a story, so that they can be compared.
pub(super) fn axis(story: &Story) -> Axis {
    let ends = story.now.iter().chain(&story.then).map(Timeline::end);
    let seen = story.now.iter().flat_map(|timeline| marks(story, timeline)).map(|mark| mark.at);
    Axis::until(ends.chain(seen), 12)
}

/// What was seen of a pod, in lines.
fn seen(whole: &mut Column<'_>, table: &SeenTable) {
    whole.line("head", &capital(&table.title));
    whole.line("soft", &table.zero);
    for row in &table.rows {
        whole.line("soft", &row.sentence());
    }
    table.notes.iter().for_each(|note| whole.line("soft", note));
}

/// How many lines stand above a picture.
fn head_lines(start: &str, timeline: &Timeline, width: f64) -> usize {
    let width = width - 16.0;
    let sentences = sentences(timeline);
    let all = sentences.iter().map(String::as_str);
    broken(&headline(start, timeline), width, BOLD).len()
        + all.map(|sentence| broken(sentence, width, SOFT).len()).sum::<usize>()
}

/// Text in lines that fit.
fn broken(text: &str, width: f64, character: f64) -> Vec<String> {
    let most = (width / character) as usize;
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && line + word.chars().count() > most {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    lines
}

/// Where text goes, from top to bottom.
struct Column<'b> {
    x: f64,
    y: f64,
    width: f64,
    body: &'b mut String,
}

impl Column<'_> {
    /// Text, broken where it is too long.
    fn line(&mut self, class: &str, text: &str) {
        let character = if class == "soft" { SOFT } else { BOLD };
        for line in broken(text, self.width - 16.0, character) {
            let (x, y) = (self.x + 8.0, self.y + 12.0);
            let _ = writeln!(self.body, "<text class=\"{class}\" x=\"{x:.0}\" y=\"{y:.0}\">{}</text>", escaped(&line));
            self.y += LINE;
        }
    }
}

/// A picture in two parts that stand side by side.
pub(super) struct Picture {
    /// The names of the lanes.
    pub names: String,
    /// The lanes; across, all is in percent of whatever width they get.
    pub bars: String,
    /// Of both.
    pub height: f64,
}

/// The share of the width that a moment gets, so that it can be seen.
const MOMENT: f64 = 0.8;

/// The lanes of a timeline. `most` is how many labels fit.
pub(super) fn picture(timeline: &Timeline, seen: &[SeenMark], axis: Axis, most: usize) -> Picture {
    let x = |time: Duration| (time.as_secs_f64() / axis.end.as_secs_f64()).min(1.0) * 100.0;
    let height = SCALE + LANE * timeline.lanes.len() as f64;
    let (mut names, mut bars) = (String::new(), String::new());
    let every = axis.marks().count().div_ceil(most.max(1)).max(1);
    for (number, mark) in axis.marks().step_by(every).enumerate() {
        let at = x(mark);
        // Where it is narrow, every other label is left out.
        let odd = if number % 2 == 1 { " odd" } else { "" };
        let _ = write!(bars, "<line x1=\"{at:.2}%\" x2=\"{at:.2}%\" y1=\"20\" y2=\"{height:.0}\"/>");
        let _ = write!(
            bars,
            "<text class=\"soft{odd}\" x=\"{at:.2}%\" y=\"14\" text-anchor=\"middle\">{} s</text>",
            mark.as_secs()
        );
    }
    for (number, lane) in timeline.lanes.iter().enumerate() {
        let top = SCALE + LANE * number as f64;
        let short: String = lane.name.chars().take(MOST_NAME - 1).collect();
        let name = if lane.name.chars().count() > MOST_NAME { short + "…" } else { lane.name.clone() };
        let _ = write!(names, "<text x=\"8\" y=\"{:.0}\">{}</text>", top + 16.0, escaped(&name));
        lane_bars(&mut bars, timeline, lane, top, &x);
        let is_here =
            |mark: &&SeenMark| mark.role == lane.role && (lane.role != LaneRole::App || mark.lane == lane.name);
        for mark in seen.iter().filter(is_here) {
            let _ = write!(
                bars,
                "<svg x=\"{:.2}%\" y=\"{top:.0}\" width=\"1\" height=\"1\" overflow=\"visible\">\
                 <path class=\"seen\" d=\"M-4 0h8l-4 7z\"><title>{}</title></path></svg>",
                x(mark.at),
                escaped(&mark.title)
            );
        }
    }
    Picture { names, bars, height }
}

fn lane_bars(text: &mut String, timeline: &Timeline, lane: &Lane, top: f64, x: &impl Fn(Duration) -> f64) {
    let mut bar = |class: &str, from: Duration, to: Duration, title: &str| {
        let (from, to) = (x(from), x(to));
        let is_moment = to - from < MOMENT && class != "unknown" && title.contains(" at ");
        let (from, to) = if is_moment { ((to - MOMENT).max(0.0), to.max(MOMENT)) } else { (from, to) };
        let _ = write!(
            text,
            "<rect class=\"{class}\" x=\"{from:.2}%\" y=\"{:.0}\" width=\"{:.2}%\" height=\"18\" rx=\"2\">\
             <title>{}</title></rect>",
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
    for event in lane.events.iter().filter(|event| matches!(event.code, "sigterm" | "sigkill")) {
        let at = x(event.at.latest);
        let _ = write!(
            text,
            "<line class=\"{}\" x1=\"{at:.2}%\" x2=\"{at:.2}%\" y1=\"{:.0}\" y2=\"{:.0}\"><title>{} at {}: {}</title></line>",
            event.code,
            top + 1.0,
            top + 23.0,
            escaped(&lane.name),
            event.at,
            escaped(&event.text)
        );
    }
}

/// What the colours and marks mean: their classes and names.
pub(super) fn meanings(has_seen: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    let states = LaneState::ALL.iter().map(|state| (state.code(), state.name()));
    states
        .chain([
            ("lost", "requests are lost"),
            ("maybe", "requests may be lost"),
            ("unknown", "not known"),
            ("sigterm", "SIGTERM"),
            ("sigkill", "SIGKILL"),
            ("seen", "seen in logs, events and endpoints"),
        ])
        .take(LaneState::ALL.len() + if has_seen { 6 } else { 5 })
}

/// What is drawn for one of them, in a square of 14 units.
pub(super) fn sample(class: &str) -> String {
    match class {
        "sigterm" | "sigkill" => format!("<line class=\"{class}\" x1=\"7\" x2=\"7\" y1=\"0\" y2=\"14\"/>"),
        "seen" => format!("<path class=\"{class}\" d=\"M1 2h12l-6 10z\"/>"),
        _ => format!("<rect class=\"{class}\" x=\"1\" y=\"1\" width=\"12\" height=\"12\"/>"),
    }
}

fn legend(body: &mut String, y: &mut f64, width: f64, has_seen: bool) {
    let mut x = 8.0;
    for (class, name) in meanings(has_seen) {
        let next = x + 30.0 + name.chars().count() as f64 * 6.4;
        if next > width {
            *y += LINE;
            x = 8.0;
        }
        let _ = writeln!(
            body,
            "<g transform=\"translate({x:.0} {y:.0})\">{}<text class=\"soft\" x=\"18\" y=\"11\">{name}</text></g>",
            sample(class)
        );
        x += 30.0 + name.chars().count() as f64 * 6.4;
    }
    *y += LINE;
}
