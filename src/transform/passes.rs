//! The two passes of a run: every input is observed, then each is planned. The second pass does not parse again what
//! the first has parsed.

use std::num::NonZeroUsize;

use crate::kinds::Kind;
use crate::mesh::{self, ChartValues};
use crate::parallel;
use crate::policy::{PolicyFields, PolicySet};
use crate::protocol::{self, Input};
use crate::world::{self, Survey, World};
use crate::yaml::{EditSet, Keep, NodeId, Source, Span, SyntaxError, Tree, Unit, parse};

use super::bounds::{Bounds, RunBounds};
use super::interest::Interest;
use super::observe::find_referred;
use super::planning::Planning;
use super::pods::merge_pods;
use super::shown::{self, SeenPod, ShownPods};
use super::unit::plan_part;
use super::{Settings, TransformError, Transformed, foreign, list, observe, policy_source, workload_rules};

/// An input whose form is known.
pub(super) enum Opened<'s> {
    /// One ResourceList, parsed; its root, and the part of the source that it was parsed from.
    List(Tree<'s>, NodeId, Span),
    /// Documents.
    Stream(Vec<UnitPart<'s>>),
}

/// One unit of a stream.
pub(super) struct UnitPart<'s> {
    unit: Unit<'s>,
    /// It is of a file with values of a chart.
    is_values: bool,
    /// What it was parsed into, where it had to be already.
    read: ParsedUnit<'s>,
}

/// Finds out what a function's input is, and which policy holds for it: what was found beside a stream is not for a
/// ResourceList.
pub(super) fn open<'s>(
    source: Source<'s>,
    found: &PolicyFields,
    settings: &Settings,
) -> Result<(PolicySet, Opened<'s>), TransformError> {
    let fields = settings.policy.clone();
    let of_stream = fields.clone().or(found.clone());
    let stated = of_stream.resolve().kinds;
    let threads = parallel::worth(settings.threads, source.text().len());
    let opened = with_keep(Interest::of(&stated), threads, |keep| protocol::read(source, keep));
    if settings.strict {
        // What is not wanted is not parsed otherwise.
        protocol::read(source, Keep::ALL).map_err(TransformError::Syntax)?;
    }
    let (tree, root, span) = match opened.map_err(TransformError::Syntax)? {
        Input::Stream(units, mut read) => {
            if let Some((offset, flaw)) = protocol::flawed_list(source, &units) {
                return Err(TransformError::List(offset, flaw));
            }
            let parts = units.into_iter().map(|unit| {
                let read = read.take_if(|(span, _)| *span == unit.span).map(|(_, tree)| Box::new(Ok(tree)));
                UnitPart { unit, is_values: false, read }
            });
            return Ok((of_stream.resolve(), Opened::Stream(parts.collect())));
        }
        Input::ResourceList(tree, root, span) => (tree, root, span),
    };
    let policy = fields.or(policy_source::of_list(&tree, root)?).resolve();
    // What the functionConfig names as kinds of its own is not among the items that were kept.
    if policy.kinds.iter().all(|kind| matches!(kind, Kind::Known(_)) || stated.contains(kind)) {
        return Ok((policy, Opened::List(tree, root, span)));
    }
    let tree = with_keep(Interest::of(&policy.kinds), threads, |keep| parse(source, span, keep));
    let tree = tree.map_err(TransformError::Syntax)?;
    let root = protocol::only_document(&tree).unwrap_or(root);
    Ok((policy, Opened::List(tree, root, span)))
}

/// A file, none of which is read yet.
pub(super) fn open_file<'s>(source: Source<'s>, is_values: bool, bounds: &RunBounds) -> Opened<'s> {
    let units = protocol::documents(source);
    let units = if bounds.takes_documents(units.len()) { units } else { Vec::new() };
    Opened::Stream(units.into_iter().map(|unit| UnitPart { unit, is_values, read: None }).collect())
}

impl Opened<'_> {
    /// Whether some document may be a ResourceList.
    pub(super) fn may_be_resource_list(&self, source: Source<'_>) -> bool {
        match self {
            Self::List(..) => true,
            Self::Stream(parts) => parts.iter().any(|part| protocol::may_be_list(source, &part.unit)),
        }
    }
}

/// Calls `act` with the filter for items of lists.
fn with_keep<R>(interest: Interest<'_>, threads: NonZeroUsize, act: impl FnOnce(Keep<'_>) -> R) -> R {
    let is_wanted = |tree: &Tree<'_>, item: NodeId, text: &str| interest.keeps(tree, item, text);
    act(Keep { list: "items", is_wanted: &is_wanted, threads })
}

/// Plans all sources of a run, each of which may say something of the mesh around the workloads in all others. `tick`
/// is called for each.
pub(super) fn plan_all(
    policy: &PolicySet,
    sources: Vec<(Source<'_>, Opened<'_>)>,
    settings: &Settings,
    run: &RunBounds,
    tick: impl Fn() + Sync,
) -> Vec<Result<Transformed, TransformError>> {
    // Several files are processed in parallel. The documents of one file are processed in parallel only if it is the
    // only file.
    let bytes = sources.iter().map(|(source, _)| source.text().len()).sum();
    let all_threads = parallel::worth(settings.threads, bytes);
    let threads = if sources.len() == 1 { all_threads } else { NonZeroUsize::MIN };
    let reads_running = policy.check || settings.reads_running;
    let interest = Interest::of(&policy.kinds).with_mesh(policy.write_mesh).with_running(reads_running);
    let surveyed = parallel::map(&sources, all_threads, |(source, opened)| match opened {
        Opened::List(tree, ..) => (surveyed(tree, run, Survey::of_tree), shown::seen(tree), Vec::new()),
        Opened::Stream(parts) => survey(*source, parts, interest, run, threads),
    });
    let (mut surveys, mut pods, mut all_read) = (Vec::new(), Vec::new(), Vec::new());
    for (survey, mut seen, read) in surveyed {
        surveys.push(survey);
        pods.append(&mut seen);
        all_read.push(read);
    }
    let shown = ShownPods::of(pods, policy.default_namespace.as_deref());
    world::read_values(sources.iter().map(|(source, _)| *source), &mut surveys);
    let mut world = World::of(surveys);
    world.foresee(policy);
    let interest = Interest::within(&policy.kinds, &world, policy.default_namespace.as_deref());
    let has_gateways = policy.policy.gateways || world.names_gateway_options() || world.has_operator();
    let interest = interest.with_mesh(policy.write_mesh || has_gateways).with_running(reads_running);
    let numbered = sources.into_iter().zip(all_read).enumerate().map(|(number, ((source, mut opened), read))| {
        if let Opened::Stream(parts) = &mut opened {
            parts.iter_mut().zip(read).filter(|(_, read)| read.is_some()).for_each(|(part, read)| part.read = read);
        }
        (number, source, opened)
    });
    let numbered: Vec<_> = numbered.collect();
    let mut done = parallel::map(&numbered, all_threads, |(number, source, opened)| {
        let bounds = Bounds::of(run);
        let is_values = matches!(opened, Opened::Stream(parts) if parts.first().is_some_and(|part| part.is_values));
        let number = *number;
        let planning =
            Planning { policy, settings, world: &world, shown: &shown, interest, number, is_values, threads, bounds };
        let done = run.hold().and_then(|()| match opened {
            Opened::List(tree, root, span) => {
                with_keep(interest, threads, |keep| list::plan(tree, *root, *span, &planning, keep))
            }
            Opened::Stream(parts) => with_keep(interest, threads, |keep| stream(*source, parts, &planning, keep)),
        });
        tick();
        done
    });
    find_referred(done.iter_mut().flatten().flat_map(|done| &mut done.reports), policy.default_namespace.as_deref());
    // A ResourceList has put it into its results already.
    let of_streams = done.iter_mut().flatten().filter(|done| !done.is_resource_list);
    merge_pods(of_streams.flat_map(|done| &mut done.reports), policy.default_namespace.as_deref());
    done
}

/// The unit in which a part was parsed, where it had to be.
type ParsedUnit<'s> = Option<Box<Result<Tree<'s>, SyntaxError>>>;

/// What a tree says, as long as there is room for it.
fn surveyed(tree: &Tree<'_>, run: &RunBounds, survey: impl FnOnce(&Tree<'_>) -> Survey) -> Survey {
    let survey = if run.has_room_for_statements() { survey(tree) } else { Survey::default() };
    if run.takes_statements(survey.statements()) { survey } else { Survey::default() }
}

/// What a stream says of namespaces and meshes, its running pods, and what of it was parsed and is to be planned. Only
/// documents that can matter are read, and what can't be read says nothing: the second pass tells of it where it
/// matters.
fn survey<'s>(
    source: Source<'s>,
    parts: &[UnitPart<'s>],
    interest: Interest<'_>,
    run: &RunBounds,
    threads: NonZeroUsize,
) -> (Survey, Vec<SeenPod>, Vec<ParsedUnit<'s>>) {
    let own_threads = if parts.len() == 1 { threads } else { NonZeroUsize::MIN };
    // Most documents say nothing, and a stream can have millions: what each of them gives has the size of a pointer.
    let surveyed = parallel::map(parts, threads, |part| {
        let may_show = shown::may_show(source, &part.unit);
        if !may_show && !part.is_values && !world::may_matter(source, &part.unit) {
            return None;
        }
        let of_values =
            |tree: &Tree<'_>| Survey::of_values(tree, |root| mesh::chart_of(tree, root) == Some(ChartValues::Istiod));
        let of_part: fn(&Tree<'_>) -> Survey = if part.is_values { of_values } else { Survey::of_tree };
        let of_tree = |tree: &Tree<'_>| surveyed(tree, run, of_part);
        let survey = |read: &Result<_, _>| read.as_ref().map(of_tree).unwrap_or_default();
        let seen = |read: &Result<_, _>| read.as_ref().ok().filter(|_| may_show).map(shown::seen).unwrap_or_default();
        if let Some(read) = &part.read {
            return Some(Box::new((survey(read), seen(read), None)));
        }
        let read = with_keep(interest, own_threads, |keep| parse(source, part.unit.span, keep));
        let (survey, seen) = (survey(&read), seen(&read));
        let is_kept =
            interest.must_read(source, &part.unit) && read.as_ref().is_ok_and(|tree| run.keeps_values(tree.size()));
        Some(Box::new((survey, seen, is_kept.then(|| Box::new(read)))))
    });
    let (mut pods, mut all_read) = (Vec::new(), Vec::with_capacity(parts.len()));
    let surveys = surveyed.into_iter().map(|part| {
        let (survey, mut seen, read) = part.map(|part| *part).unwrap_or_default();
        pods.append(&mut seen);
        all_read.push(read);
        survey
    });
    (Survey::of_parts(surveys), pods, all_read)
}

/// Plans the documents of a stream.
fn stream(
    source: Source<'_>,
    parts: &[UnitPart<'_>],
    planning: &Planning<'_>,
    keep: Keep<'_>,
) -> Result<Transformed, TransformError> {
    let is_odd = source.odd_line_break(source.whole()).is_some();
    let must_read = |part: &UnitPart<'_>| {
        planning.settings.strict
            || planning.is_values
            || planning.interest.must_read(source, &part.unit)
            || is_odd && source.odd_line_break(part.unit.span).is_some()
    };
    let mut all = Transformed { reports: observe::reports(planning), ..Transformed::default() };
    let (to_plan, others): (Vec<_>, Vec<_>) = parts.iter().partition(|part| must_read(part));
    for part in others {
        let glance = planning.interest.unasked_at_a_glance(source, &part.unit);
        all.unasked.append(glance.unwrap_or_else(|| {
            // Text that is not YAML and has no workload passes through.
            let read = parse(source, part.unit.span, keep);
            read.map(|tree| planning.interest.unasked(&tree)).unwrap_or_default()
        }));
    }
    let threads = if to_plan.len() == 1 { planning.threads } else { NonZeroUsize::MIN };
    let keep = Keep { threads, ..keep };
    let done = parallel::map(&to_plan, planning.threads, |part| {
        let plan = |read: &Result<_, SyntaxError>| {
            plan_part(source, read.as_ref().map_err(Clone::clone), part.unit.span, planning, threads, keep)
        };
        let whole = planning.settings.strict.then(|| parse(source, part.unit.span, Keep::ALL));
        match whole.filter(Result::is_err).as_ref().or(part.read.as_deref()) {
            Some(read) => plan(read),
            None => plan(&parse(source, part.unit.span, keep)),
        }
    });
    let mut edits = Vec::with_capacity(done.len());
    for part in done {
        let mut part = part?;
        edits.push(part.edits);
        all.reports.append(&mut part.reports);
        all.patches.append(&mut part.patches);
        all.unasked.append(part.unasked);
    }
    all.policies = foreign::policies(source, parts.iter().map(|part| &part.unit));
    planning.bounds.hold()?;
    find_referred(&mut all.reports, planning.policy.default_namespace.as_deref());
    all.rules = workload_rules::uses(planning.policy, false, &all.reports);
    all.checks = planning.checks();
    all.emitted = planning.policy.emit_nothing.then(String::new);
    if all.has_errors() {
        all.withhold();
    } else {
        all.edits = EditSet::merge(edits).map_err(TransformError::Overlap)?;
    }
    Ok(all)
}
