//! What is shown of one workload: its timelines, before and after, or why there is none.

use std::collections::HashMap;
use std::time::Duration;

use crate::escape;
use crate::istio::Reason;
use crate::observed::PodRecord;
use crate::report::{Outcome, WorkloadReport};
use crate::shutdown::{PodFacts, Successor};
use crate::timeline::{Scenario, Timeline, timelines};
use crate::transform::Run;

use super::super::explain::why_nothing;
use super::asked::Asked;

/// What is shown of one workload. Every text is escaped.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    /// The file, line and column.
    pub place: String,
    /// `apps/v1 Deployment prod/web`
    pub title: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace, where it names one.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// The workload that made the pod, if it is a running one: `Deployment prod/web`.
    pub owner: Option<String>,
    /// The running pods that it stands for, by name; empty for a single workload.
    pub pods: Vec<String>,
    /// Why there is no timeline; empty where there is one.
    pub reason: String,
    /// What happens as it is: a timeline for each kind of sidecar that it may have.
    pub now: Vec<Timeline>,
    /// What happens once the plan is carried out; empty where nobody asks, or it changes nothing.
    pub then: Vec<Timeline>,
    /// What the plan changes.
    pub changes: Vec<String>,
    /// A new pod replaces an old one only when that has gone.
    pub is_serial: bool,
    /// What was seen of its pods.
    pub records: Vec<PodRecord>,
}

/// The workloads that are asked for, in the order of the input. A name that only owners of running pods have stands for
/// their pods.
pub(crate) fn stories(run: &Run<'_>, asked: &Asked) -> Vec<Story> {
    let named = stories_where(run, asked, |report| asked.is_for(report, &report.identity.name));
    if asked.name.is_none() || !named.is_empty() {
        return with_records(if asked.name.is_none() { merged(named) } else { named }, asked);
    }
    let owner = |report: &WorkloadReport| report.running.as_ref().and_then(|running| running.owner.clone());
    let owned = |report: &WorkloadReport| owner(report).is_some_and(|owner| asked.is_for(report, &owner.name));
    with_records(merged(stories_where(run, asked, owned)), asked)
}

fn stories_where(run: &Run<'_>, asked: &Asked, is_for: impl Fn(&WorkloadReport) -> bool) -> Vec<Story> {
    let mut all = Vec::new();
    for (input, source, done) in run.planned() {
        let mut reports: Vec<_> = done.reports.iter().filter(|report| is_for(report)).collect();
        reports.retain(|report| report.outcome != Outcome::Observed && !report.is_mesh);
        reports.sort_by_key(|report| report.offset);
        let starts = source.positions(reports.iter().map(|report| report.offset));
        all.extend(
            reports.into_iter().zip(starts).map(|(report, at)| Story::of(report, &format!("{input}:{at}"), asked)),
        );
    }
    all
}

/// The stories with what was seen of their pods.
fn with_records(mut all: Vec<Story>, asked: &Asked) -> Vec<Story> {
    let records = || asked.records.iter().flatten();
    let names = Names::of(&all);
    let owners: Vec<_> = records().map(|record| names.story_of(record)).collect();
    let mut known: HashMap<(usize, Option<&str>), usize> = HashMap::new();
    for (record, owner) in records().zip(owners) {
        let Some((at, story)) = owner.and_then(|at| Some((at, all.get_mut(at)?))) else { continue };
        let number = *known.entry((at, record.pod.name.as_deref())).or_insert(story.records.len());
        match story.records.get_mut(number) {
            Some(one) => one.absorb(record.clone()),
            None => story.records.push(record.clone()),
        }
    }
    all
}

/// The stories by the names of their workloads and pods, with their namespaces.
pub(super) struct Names {
    /// The first story of each name, by its namespace, and by `None` in whichever.
    of: HashMap<String, HashMap<Option<String>, usize>>,
    /// Those of workloads that state no namespace, and so may be in any.
    anywhere: HashMap<String, usize>,
    stories: usize,
}

impl Names {
    pub(super) fn of(stories: &[Story]) -> Self {
        let (mut of, mut anywhere) = (HashMap::<_, HashMap<_, _>>::new(), HashMap::new());
        for (at, story) in stories.iter().enumerate() {
            for name in std::iter::once(&story.name).chain(&story.pods) {
                let namespaces = of.entry(name.clone()).or_default();
                namespaces.entry(None).or_insert(at);
                match &story.namespace {
                    None => drop(anywhere.entry(name.clone()).or_insert(at)),
                    namespace => drop(namespaces.entry(namespace.clone()).or_insert(at)),
                }
            }
        }
        Self { of, anywhere, stories: stories.len() }
    }

    /// The number of the story that a pod belongs to. Controllers put something behind the name of a workload, so the
    /// longest name counts. What names no pod belongs to the only story.
    pub(super) fn story_of(&self, record: &PodRecord) -> Option<usize> {
        let Some(pod) = record.pod.name.as_deref() else { return (self.stories == 1).then_some(0) };
        let pod = escape::line(pod);
        let story = |name: &str| {
            let here = self.of.get(name)?.get(&record.pod.namespace);
            here.into_iter().chain(self.anywhere.get(name)).min().copied()
        };
        let shorter = pod.rmatch_indices('-').filter_map(|(end, _)| pod.get(..end));
        std::iter::once(pod.as_ref()).chain(shorter).find_map(story)
    }
}

/// Running pods of one owner to which the same happens become one story.
fn merged(stories: Vec<Story>) -> Vec<Story> {
    let mut merged: Vec<Story> = Vec::with_capacity(stories.len());
    let mut of_owners: HashMap<String, Vec<usize>> = HashMap::new();
    for story in stories {
        let Some(owner) = story.owner.clone() else {
            merged.push(story);
            continue;
        };
        let known = of_owners.entry(owner).or_default();
        let is_same =
            |at: &&usize| merged.get(**at).is_some_and(|one| (&one.now, &one.reason) == (&story.now, &story.reason));
        match known.iter().find(is_same).copied() {
            Some(at) => merged.get_mut(at).into_iter().for_each(|one| one.pods.push(story.name.clone())),
            None => {
                known.push(merged.len());
                merged.push(Story { pods: vec![story.name.clone()], ..story });
            }
        }
    }
    merged
}

impl Story {
    fn of(report: &WorkloadReport, place: &str, asked: &Asked) -> Self {
        let escaped = |text: &str| escape::line(text).into_owned();
        let explanation = report.explanation.as_deref();
        let timelines = |facts: &PodFacts, scenario: &Scenario| {
            let mut all = timelines(facts, scenario);
            all.iter_mut().for_each(escape_all);
            all
        };
        let now = explanation.map(|it| timelines(&it.facts, &it.scenario)).unwrap_or_default();
        let fix = explanation.filter(|_| asked.with_fix && !report.changes.is_empty());
        let then = fix.map(|it| timelines(&it.facts.with(&report.changes), &it.scenario)).unwrap_or_default();
        let reason = match &report.outcome {
            _ if explanation.is_some() => String::new(),
            Outcome::LeftAlone(reasons) => reasons.iter().map(Reason::sentence).collect::<Vec<_>>().join("; "),
            _ => why_nothing(report).unwrap_or_else(|| "it can't be read safely; `check` and `fix` say why".to_owned()),
        };
        Self {
            place: escaped(place),
            title: escaped(&report.title_with_origin()),
            kind: escaped(&report.identity.kind),
            namespace: report.identity.namespace.as_deref().map(escaped),
            name: escaped(&report.identity.name),
            owner: report.running.as_ref().and_then(|running| running.owner.as_ref()).map(|owner| {
                let namespace = owner.namespace.as_ref().map_or(String::new(), |namespace| format!("{namespace}/"));
                escaped(&format!("{} {namespace}{}", owner.kind, owner.name))
            }),
            pods: Vec::new(),
            reason: escaped(&reason),
            now,
            then,
            changes: report.changes.iter().map(|change| escaped(&change.to_string())).collect(),
            records: Vec::new(),
            is_serial: explanation.is_some_and(|it| matches!(it.facts.successor, Successor::After(_))),
        }
    }

    /// `Deployment prod/web`, or `3 pods of Deployment prod/web`.
    pub(super) fn short(&self) -> String {
        match &self.namespace {
            _ if self.pods.len() > 1 => {
                format!("{} pods of {}", self.pods.len(), self.owner.as_deref().unwrap_or_default())
            }
            Some(namespace) => format!("{} {namespace}/{}", self.kind, self.name),
            None => format!("{} {}", self.kind, self.name),
        }
    }

    /// Each timeline of now, beside the one that the fix makes of it.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&Timeline, Option<&Timeline>)> {
        self.now.iter().enumerate().map(|(number, now)| {
            let same = self.then.iter().find(|then| then.mode == now.mode);
            (now, same.or_else(|| self.then.get(number)))
        })
    }

    /// The same, each with the start of its headline.
    pub(super) fn rows(&self) -> impl Iterator<Item = Vec<(&'static str, &Timeline)>> {
        self.pairs().map(|(now, then)| match then {
            Some(then) => vec![("As it is, ", now), ("After the fix, ", then)],
            None => vec![("", now)],
        })
    }

    /// How long something is lost, at most, in whichever kind of sidecar.
    pub(super) fn at_risk(&self) -> Duration {
        self.now.iter().map(Timeline::at_risk).max().unwrap_or_default()
    }

    /// Whether something is lost, if only perhaps.
    pub(super) fn loses(&self) -> bool {
        self.now.iter().any(|timeline| !timeline.losses.is_empty())
    }
}

/// Names of containers and commands are somebody else's words.
fn escape_all(timeline: &mut Timeline) {
    let lanes = timeline.lanes.iter_mut().map(|lane| &mut lane.name);
    let premises =
        timeline.premises.iter_mut().flat_map(|premise| [&mut premise.name, &mut premise.value, &mut premise.by]);
    lanes.chain(premises).for_each(|text| *text = escape::line(text).into_owned());
}

/// Sorts so that what loses most stands first.
pub(super) fn by_risk(stories: &[Story]) -> Vec<&Story> {
    let mut all: Vec<_> = stories.iter().collect();
    let losses = |story: &Story| story.now.iter().map(|timeline| timeline.losses.len()).max();
    all.sort_by_key(|story| std::cmp::Reverse((story.at_risk(), losses(story))));
    all
}
