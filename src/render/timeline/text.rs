//! The timeline of one workload, for a terminal of any width.

use std::collections::BTreeSet;

use crate::render::Paint;
use crate::render::paint::{PaintStyle, visible};
use crate::timeline::{LaneRole, Premise, Timeline};

use super::picture::{Axis, Cell, row};
use super::sentences::{condition, cost, headline, sentences};
use super::story::Story;

/// How text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// The width of the terminal, from 60 on.
    pub columns: usize,
    /// Colours, or none.
    pub paint: Paint,
}

/// A space at which no line is broken.
const NO_BREAK: &str = "\u{a0}";
/// The names of lanes get no more than this.
const MOST_NAME: usize = 16;
/// Two pictures stand side by side from this width on.
const SIDE_BY_SIDE: usize = 130;
/// Columns between two pictures.
const GAP: usize = 3;

/// Lines that fit.
pub(super) struct Lines {
    look: Look,
    text: String,
}

impl Lines {
    pub(super) const fn new(look: Look) -> Self {
        Self { look, text: String::new() }
    }

    pub(super) fn text(self) -> String {
        self.text
    }

    /// A line as it is.
    pub(super) fn push(&mut self, line: &str) {
        self.text.push_str(&line.trim_end().replace(NO_BREAK, " "));
        self.text.push('\n');
    }

    /// A title.
    pub(super) fn label(&mut self, head: &str, text: &str) {
        let paint = self.look.paint;
        self.styled(head, text, |text| paint.on(PaintStyle::Label, text).into_owned());
    }

    /// Text behind a head, that goes on below its start.
    pub(super) fn wrapped(&mut self, head: &str, text: &str) {
        self.styled(head, text, |text| text.to_owned());
    }

    /// The same in a style.
    pub(super) fn styled(&mut self, head: &str, text: &str, style: impl Fn(&str) -> String) {
        let start = head.chars().count();
        for (number, part) in wrap(text, self.look.columns.saturating_sub(start)).iter().enumerate() {
            let head = if number == 0 { head.to_owned() } else { " ".repeat(start) };
            self.push(&(head + &style(part)));
        }
    }

    /// A row whose name and text are both wrapped.
    pub(super) fn row(&mut self, head: &str, name: &str, width: usize, text: &str, style: impl Fn(&str) -> String) {
        let start = head.chars().count();
        let names = wrap(name, width);
        let texts = wrap(text, self.look.columns.saturating_sub(start + width + 2).max(12));
        for number in 0..names.len().max(texts.len()) {
            let head = if number == 0 { head.to_owned() } else { " ".repeat(start) };
            let part = |parts: &[String]| parts.get(number).cloned().unwrap_or_default();
            self.push(&format!("{head}{:<width$}  {}", part(&names), style(&part(&texts))));
        }
    }
}

/// Text in lines of at most this many columns; a longer word is cut.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(8);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        loop {
            let line = lines.last().map_or(0, |line| line.chars().count());
            let room = columns.saturating_sub(line + usize::from(line > 0));
            if word.len() <= room {
                break;
            }
            if line > 0 {
                lines.push(String::new());
                continue;
            }
            let rest = word.split_off(room.max(1));
            lines.pop();
            lines.extend([word.iter().collect(), String::new()]);
            word = rest;
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.extend(word);
        }
    }
    lines
}

/// All of one workload.
pub(super) fn alone(story: &Story, look: Look) -> String {
    let mut lines = Lines::new(look);
    lines.styled("", &format!("{}: {}", story.place, story.title), |text| {
        look.paint.on(PaintStyle::Head, text).into_owned()
    });
    if story.now.is_empty() {
        lines.wrapped("  ", &format!("There is no timeline: {}.", story.reason));
        return lines.text();
    }
    let all: Vec<_> = story.now.iter().chain(&story.then).collect();
    let is_wide = look.columns >= SIDE_BY_SIDE && !story.then.is_empty();
    let width = if is_wide { (look.columns - GAP) / 2 } else { look.columns };
    let chart = Chart::of(&all, width, look);
    for (now, then) in story.pairs() {
        lines.push("");
        match then {
            None => {
                head(&mut lines, now, "");
                chart.rows(now).iter().for_each(|row| lines.push(row));
            }
            Some(then) => {
                head(&mut lines, now, "As it is, ");
                head(&mut lines, then, "After the fix, ");
                let (left, right) = (chart.titled(now, "as it is"), chart.titled(then, "with the fix"));
                if is_wide {
                    let blank = String::new();
                    for number in 0..left.len().max(right.len()) {
                        let (left, right) = (left.get(number).unwrap_or(&blank), right.get(number).unwrap_or(&blank));
                        let pad = width.saturating_sub(visible(left)) + GAP;
                        lines.push(&format!("{left}{}{right}", " ".repeat(pad)));
                    }
                } else {
                    left.iter().chain(&right).for_each(|row| lines.push(row));
                }
            }
        }
    }
    chart.legend(&mut lines, &all);
    if !story.then.is_empty() {
        lines.push("");
        lines.wrapped("  the fix   ", &story.changes.join("; "));
        cost(story).iter().for_each(|cost| lines.wrapped("  its cost  ", cost));
    }
    events(&mut lines, story);
    premises(&mut lines, story);
    lines.text()
}

/// Only the picture of a workload as it is, with what its marks mean.
pub(super) fn picture(lines: &mut Lines, story: &Story) {
    let all: Vec<_> = story.now.iter().collect();
    let chart = Chart::of(&all, lines.look.columns, lines.look);
    all.iter().flat_map(|timeline| chart.rows(timeline)).for_each(|row| lines.push(&row));
    chart.legend(lines, &all);
}

/// What is lost, in sentences.
fn head(lines: &mut Lines, timeline: &Timeline, start: &str) {
    let paint = lines.look.paint;
    let style = if timeline.losses.is_empty() { PaintStyle::Come } else { PaintStyle::Gone };
    let text = headline(start, timeline);
    lines.styled("  ", &text, |text| paint.on(style, text).into_owned());
    sentences(timeline).iter().for_each(|sentence| lines.wrapped("    - ", sentence));
}

/// Where a picture is drawn.
struct Chart {
    look: Look,
    /// The width of the names.
    name: usize,
    /// The width of the rows.
    columns: usize,
    axis: Axis,
}

impl Chart {
    /// The chart of all these, `width` columns wide.
    fn of(all: &[&Timeline], width: usize, look: Look) -> Self {
        let names = all.iter().flat_map(|timeline| &timeline.lanes).map(|lane| lane.name.chars().count());
        let name = names.max().unwrap_or_default().min(MOST_NAME);
        let columns = width.saturating_sub(name + 4);
        Self { look, name, columns, axis: Axis::of(all.iter().copied(), (columns / 9) as u64) }
    }

    fn titled(&self, timeline: &Timeline, title: &str) -> Vec<String> {
        let title = format!("  {}", self.look.paint.on(PaintStyle::Label, title));
        std::iter::once(title).chain(self.rows(timeline)).collect()
    }

    /// The scale, and a row for each lane.
    fn rows(&self, timeline: &Timeline) -> Vec<String> {
        let width = self.name;
        let mut scale = vec![' '; self.columns];
        for mark in self.axis.marks() {
            let (at, label) = (self.axis.column(mark, self.columns), format!("{} s", mark.as_secs()));
            if at + label.len() <= self.columns {
                label.chars().enumerate().for_each(|(offset, c)| {
                    if let Some(cell) = scale.get_mut(at + offset) {
                        *cell = c;
                    }
                });
            }
        }
        let scale = format!("  {:width$}  {}", "", scale.into_iter().collect::<String>().trim_end());
        let lanes = timeline.lanes.iter().map(|lane| {
            let short: String = lane.name.chars().take(width).collect();
            format!("  {short:<width$}  {}", self.bar(&row(timeline, lane, self.axis, self.columns)))
        });
        std::iter::once(scale).chain(lanes).collect()
    }

    /// A row of cells, those of one kind painted together.
    fn bar(&self, cells: &[Cell]) -> String {
        let runs = cells.chunk_by(|one, other| one == other);
        runs.map(|run| {
            let text: String = run.iter().map(|cell| cell.glyph()).collect();
            run.first().map_or(String::new(), |cell| self.look.paint.on(style(*cell), &text).into_owned())
        })
        .collect()
    }

    /// What the cells that were drawn mean.
    fn legend(&self, lines: &mut Lines, timelines: &[&Timeline]) {
        let rows = timelines
            .iter()
            .flat_map(|timeline| timeline.lanes.iter().flat_map(|lane| row(timeline, lane, self.axis, self.columns)));
        let used: BTreeSet<Cell> = rows.collect();
        let parts: Vec<_> =
            used.iter().map(|cell| format!("{} {}", cell.glyph(), cell.meaning()).replace(' ', NO_BREAK)).collect();
        lines.wrapped(&format!("  {:width$}  ", "", width = self.name), &parts.join("   "));
    }
}

const fn style(cell: Cell) -> PaintStyle {
    use crate::timeline::LaneState;
    match cell {
        Cell::In(LaneState::Open) => PaintStyle::Come,
        Cell::In(LaneState::Hook | LaneState::Waiting) => PaintStyle::Hunk,
        Cell::In(LaneState::Draining | LaneState::Ending) => PaintStyle::Slow,
        Cell::Lost | Cell::MayBeLost => PaintStyle::Gone,
        Cell::Unknown | Cell::Gone => PaintStyle::Plain,
    }
}

/// What happens, second by second.
fn events(lines: &mut Lines, story: &Story) {
    let sets = [("", &story.now), ("with the fix, ", &story.then)];
    for (start, timeline) in sets.iter().flat_map(|(start, all)| all.iter().map(move |timeline| (start, timeline))) {
        let title = format!("what happens {start}{}", condition(timeline));
        lines.push("");
        lines.label("  ", &title);
        let names = timeline.lanes.iter().map(|lane| lane.name.chars().count()).max().unwrap_or_default();
        let width = names.min(MOST_NAME);
        let times = timeline.events().iter().map(|(_, event)| event.at.to_string().len()).max().unwrap_or_default();
        for (lane, event) in timeline.events() {
            let name: String = lane.name.chars().take(width).collect();
            lines.wrapped(&format!("  {:>times$}  {name:<width$}  ", event.at.to_string()), &event.text);
        }
    }
}

/// What it rests on. What differs between the timelines stands in their conditions.
fn premises(lines: &mut Lines, story: &Story) {
    let Some(first) = story.now.first() else { return };
    lines.push("");
    lines.label("  ", "what this rests on");
    // As long as `terminationGracePeriodSeconds`.
    let width = 29;
    let is_common = |premise: &&Premise| story.now.iter().all(|timeline| timeline.premises.contains(premise));
    let is_shown = |premise: &&Premise| is_common(premise) || !first.is_guess || premise.name != "sidecar";
    for premise in first.premises.iter().filter(is_shown) {
        let by = if premise.by.is_empty() { String::new() } else { format!(", {}", premise.by) };
        let value = format!("{} [{}{by}]", premise.value, premise.standing.name());
        lines.row("  ", &premise.name, width, &value, |text| text.to_owned());
    }
    let has_outbound = first.lanes.iter().any(|lane| lane.role == LaneRole::Outbound);
    if has_outbound && first.is_guess {
        lines.wrapped(
            "  ",
            "Which kind of sidecar the pod gets is not visible here, so both are shown; `--sidecar` says it.",
        );
    }
}
