//! The picture of a timeline as rows of cells, whatever they are drawn with.

use std::time::Duration;

use crate::timeline::{Lane, LaneRole, LaneState, Loss, LossClass, Timeline};

/// One cell of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell {
    /// Something goes on.
    In(LaneState),
    /// It is not known whether.
    Unknown,
    /// Requests are lost.
    Lost,
    /// Requests may be lost.
    MayBeLost,
    /// It is over.
    Gone,
}

/// The time that a picture shows, and where its marks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    /// The end of the picture.
    pub end: Duration,
    /// From mark to mark.
    pub step: Duration,
}

/// From mark to mark, in seconds.
const STEPS: [u64; 15] = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];

impl Axis {
    /// One for all of these timelines, with at most this many marks.
    pub(super) fn of<'t>(timelines: impl Iterator<Item = &'t Timeline>, marks: u64) -> Self {
        Self::until(timelines.map(Timeline::end), marks)
    }

    /// One up to the latest of these times.
    pub(super) fn until(ends: impl Iterator<Item = Duration>, marks: u64) -> Self {
        let end = ends.max().unwrap_or_default().max(Duration::from_secs(1));
        // A second of nothing shows that it is over.
        let seconds = end.as_secs().saturating_add(1);
        let seconds = seconds.saturating_add(seconds / 20);
        let step = STEPS.into_iter().find(|step| seconds / step <= marks).unwrap_or(seconds / marks.max(1));
        Self { end: Duration::from_secs(seconds), step: Duration::from_secs(step.max(1)) }
    }

    /// The marks.
    pub(super) fn marks(self) -> impl Iterator<Item = Duration> {
        let count = self.end.as_secs() / self.step.as_secs().max(1);
        (0..=count).map(move |number| self.step.saturating_mul(u32::try_from(number).unwrap_or(u32::MAX)))
    }

    /// The column of a time.
    pub(super) fn column(self, time: Duration, columns: usize) -> usize {
        let share = time.as_secs_f64() / self.end.as_secs_f64();
        (share * columns as f64).floor() as usize
    }

    /// The time at the start of a column.
    fn start(self, column: usize, columns: usize) -> Duration {
        self.end.mul_f64(column as f64 / columns.max(1) as f64)
    }
}

/// The losses that a lane shows: those of calls on the way out, the others on the way in.
pub(super) fn losses_of<'t>(timeline: &'t Timeline, lane: &Lane) -> impl Iterator<Item = &'t Loss> {
    let has_proxy = timeline.lanes.iter().any(|lane| lane.role == LaneRole::Inbound);
    let role = lane.role;
    timeline.losses.iter().filter(move |loss| match (loss.class, role) {
        (LossClass::Outbound, role) => role == LaneRole::Outbound,
        (_, LaneRole::Inbound) => true,
        (_, role) => role == LaneRole::Endpoints && !has_proxy,
    })
}

/// One row of the picture.
pub(super) fn row(timeline: &Timeline, lane: &Lane, axis: Axis, columns: usize) -> Vec<Cell> {
    (0..columns)
        .map(|column| cell(timeline, lane, axis.start(column, columns), axis.start(column + 1, columns)))
        .collect()
}

fn cell(timeline: &Timeline, lane: &Lane, from: Duration, to: Duration) -> Cell {
    let meets =
        |start: Duration, end: Duration| start < to && end > from || start == end && from <= start && start < to;
    let mut losses = losses_of(timeline, lane).filter(|loss| meets(loss.from.earliest, loss.to.latest)).peekable();
    if losses.peek().is_some() {
        let is_certain =
            losses.any(|loss| loss.is_certain && meets(loss.from.latest.min(loss.to.earliest), loss.to.earliest));
        return if is_certain { Cell::Lost } else { Cell::MayBeLost };
    }
    let middle = (from + to) / 2;
    let holds = |start: Duration, end: Duration| start <= middle && middle < end;
    let certain = lane.phases.iter().find(|phase| holds(phase.from.latest, phase.to.earliest));
    if let Some(phase) = certain {
        return Cell::In(phase.state);
    }
    let possible = lane.phases.iter().any(|phase| holds(phase.from.earliest, phase.to.latest));
    if possible { Cell::Unknown } else { Cell::Gone }
}

impl Cell {
    /// What it is drawn with in text; each says something else without colours, too.
    pub(super) const fn glyph(self) -> char {
        match self {
            Self::In(LaneState::Open) => '█',
            Self::In(LaneState::Hook) => '▓',
            Self::In(LaneState::Draining) => '▒',
            Self::In(LaneState::Waiting) => '░',
            Self::In(LaneState::Ending) => '▄',
            Self::Unknown => '?',
            Self::Lost => 'X',
            Self::MayBeLost => 'x',
            Self::Gone => '·',
        }
    }

    /// What it means.
    pub(super) const fn meaning(self) -> &'static str {
        match self {
            Self::In(state) => state.name(),
            Self::Unknown => "not known",
            Self::Lost => "requests are lost",
            Self::MayBeLost => "requests may be lost",
            Self::Gone => "gone",
        }
    }
}
