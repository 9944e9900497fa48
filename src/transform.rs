//! The main job: text in, edits and reports out. The rooms are called here, one after the other; none of them calls another.

mod ambiguity;
mod choice;
mod config;
mod lower;
mod observe;
mod pod;
mod proof;
mod rules;
mod run;
mod site;
mod unasked;
mod workload;

use std::fmt;
use std::num::NonZeroUsize;

use crate::kinds::{KNOWN, Kind, KnownKind};
use crate::object::{self, Identity};
use crate::parallel;
use crate::policy::{PolicyError, PolicyFields, PolicySet};
use crate::protocol::{self, Input, ResultEntry};
use crate::report::WorkloadReport;
use crate::shutdown::Severity;
use crate::workload::kind_of;
use crate::world::{self, Survey, World};
use crate::yaml::{
    Edit, EditSet, Keep, NodeId, OverlapError, Patch, Source, Span, SyntaxError, Tree, Unit, document, lower, parse,
};

pub use config::{plugin_policy, read_policy};
use lower::Draft;
use observe::find_referred;
use proof::{Claim, ProofError};
pub use rules::RuleUse;
pub use run::{Fate, Manifest, Role, Run};
pub use unasked::Unasked;
use unasked::unasked;

/// What one run is told, beside the input.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What flags and files say of the policy; a functionConfig in the input fills the rest.
    pub policy: PolicyFields,
    /// Parse every document, whether it can matter or not.
    pub strict: bool,
    /// How many threads to use.
    pub threads: NonZeroUsize,
}

/// What is to be written, and what is to be told.
#[derive(Clone, Debug)]
pub struct Transformed {
    /// The edits of the input. Proven: the edited text was parsed again and holds what was planned and nothing else.
    pub edits: EditSet,
    /// Every workload of the kinds asked for, in the order of the input.
    pub reports: Vec<WorkloadReport>,
    /// The policy's rules, in its order, and which of them were for a workload here.
    pub rules: Vec<RuleUse>,
    /// The changes of values that the edits stand for: the offset at which a document's root starts, and what changes in it.
    pub patches: Vec<(usize, Patch)>,
    /// The input was a ResourceList.
    pub is_resource_list: bool,
    /// The kinds of workloads that were asked for.
    pub kinds: Vec<Kind>,
    /// What is written in place of the edited input, where the policy says `emitNothing`: the list without its items, or no text at all.
    pub emitted: Option<String>,
}

impl Transformed {
    /// Whether an error was found. Nothing is edited then; a ResourceList still gets its `results`.
    pub fn has_errors(&self) -> bool {
        has_errors(&self.reports)
    }

    /// Nothing of it is done after all, since something is wrong elsewhere.
    pub fn withhold(&mut self) {
        withhold(&mut self.reports);
        self.edits = EditSet::default();
        self.patches.clear();
    }
}

/// Why there is no output at all.
#[derive(Clone, Debug)]
pub enum TransformError {
    /// The input is not YAML, or a text that YAML can't be in.
    Syntax(SyntaxError),
    /// The policy in the input's functionConfig, or in a policy file, is wrong; with the offset of the field.
    Policy(PolicyError, usize),
    /// The `items` of the ResourceList are no list, or can't be made one; with their offset.
    Items(usize),
    /// Two edits want the same bytes.
    Overlap(OverlapError),
    /// The edited text is not what was planned.
    Proof(ProofError),
}

impl fmt::Display for TransformError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(error) => f.write_str(&error.message),
            Self::Policy(error, _) => error.fmt(f),
            Self::Items(_) => f.write_str("`items` must be a list (write `items: []` for none)"),
            Self::Overlap(error) => write!(f, "{error} (this is a bug in istio-drain; nothing was written)"),
            Self::Proof(error) => write!(f, "{error} (this is a bug in istio-drain; nothing was written)"),
        }
    }
}

impl std::error::Error for TransformError {}

impl TransformError {
    /// The byte of the input at which it shows, where it shows at one.
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::Syntax(error) => Some(error.offset),
            Self::Policy(_, offset) | Self::Items(offset) => Some(*offset),
            Self::Overlap(_) | Self::Proof(_) => None,
        }
    }
}

/// Plans, makes and proves the edits of an input that is all there is.
///
/// # Errors
///
/// See [`TransformError`]; there is no output then.
pub fn transform(source: Source<'_>, settings: &Settings) -> Result<Transformed, TransformError> {
    let stated = settings.policy.run.kinds.as_deref().unwrap_or_default();
    let is_wanted = |tree: &Tree<'_>, item: NodeId| is_kept(tree, item, stated);
    let keep = Keep { list: "items", is_wanted: &is_wanted };
    match protocol::read(source, keep).map_err(TransformError::Syntax)? {
        Input::ResourceList(tree, root, span) => {
            let policy = settings.policy.clone().or(config::of_list(&tree, root)?).resolve();
            // What the functionConfig names as kinds of its own is not among the items that were kept.
            let is_wanted = |tree: &Tree<'_>, item: NodeId| is_kept(tree, item, &policy.kinds);
            let keep = Keep { list: "items", is_wanted: &is_wanted };
            let (tree, root) =
                if policy.kinds.iter().all(|kind| matches!(kind, Kind::Known(_)) || stated.contains(kind)) {
                    (tree, root)
                } else {
                    let tree = parse(source, span, keep).map_err(TransformError::Syntax)?;
                    let root = tree.roots().first().copied().unwrap_or(root);
                    (tree, root)
                };
            let world = World::of([Survey::of_tree(&tree)]);
            let run = Planning { policy: &policy, settings, world: &world, number: 0, is_all: true };
            let mut done = resource_list(&tree, root, span, &run, keep)?;
            done.emitted = policy.emit_nothing.then(|| bare_list(&tree, root, &done)).transpose()?;
            Ok(done)
        }
        Input::Stream(units) => {
            let policy = settings.policy.clone().resolve();
            let world = World::of([observe::survey(source, &units, settings.threads)]);
            let run = Planning { policy: &policy, settings, world: &world, number: 0, is_all: true };
            let mut done = stream(source, &units, &run)?;
            done.emitted = policy.emit_nothing.then(String::new);
            Ok(done)
        }
    }
}

/// What the planning of one source goes by.
struct Planning<'r> {
    policy: &'r PolicySet,
    settings: &'r Settings,
    world: &'r World,
    /// The number of the source among those of the world.
    number: usize,
    /// There is no other source.
    is_all: bool,
}

impl Planning<'_> {
    /// The kind of an object that is to be edited: one of the policy's, or one that a workload of such a kind refers to.
    fn kind_of(&self, identity: &Identity) -> Option<Kind> {
        let own = kind_of(identity, &self.policy.kinds).cloned();
        own.or_else(|| {
            let default_namespace = self.policy.default_namespace.as_deref();
            self.referred().find(|referred| referred.is_same(identity, default_namespace))?;
            kind_of(identity, &Kind::all().collect::<Vec<_>>()).cloned()
        })
    }

    /// Whether objects of a kind may be ones to be edited.
    fn is_wanted(&self, name: &str) -> bool {
        self.policy.kinds.iter().any(|kind| kind.name() == name) || self.referred().any(|known| known.kind == name)
    }

    /// The workloads that those of the policy's kinds refer to.
    fn referred(&self) -> impl Iterator<Item = &Identity> {
        let may_refer = self.policy.kinds.iter().any(Kind::may_refer);
        self.world.referred().iter().filter(move |_| may_refer)
    }
}

/// Whether an item of a ResourceList is worth keeping: it may be a workload or hold some, or say something of the mesh.
fn is_kept(tree: &Tree<'_>, item: NodeId, kinds: &[Kind]) -> bool {
    let is_knative = || tree.str_at(item, &["apiVersion"]).is_some_and(|version| version.contains('.'));
    object::kinds(tree, item).any(|name| {
        kinds.iter().any(|kind| kind.name() == name)
            || object::is_list_kind(name)
            || world::is_wanted(name)
            || KNOWN.iter().any(|kind| kind.name == name && (kind.forbidden().is_none() || is_knative()))
    })
}

/// What is to be done with the workloads of one unit.
struct UnitDraft {
    drafts: Vec<Draft>,
}

fn resource_list(
    tree: &Tree<'_>,
    root: NodeId,
    span: Span,
    run: &Planning<'_>,
    keep: Keep<'_>,
) -> Result<Transformed, TransformError> {
    let mut unit = draft_unit(tree, span, run, run.settings.threads);
    let mut reports = observe::reports(run.world, run.number);
    reports.extend(unit.drafts.iter().map(|draft| draft.report.clone()));
    if run.is_all {
        find_referred(&mut reports, run.policy.default_namespace.as_deref());
    }
    if has_errors(&reports) {
        unit.drafts.iter_mut().for_each(Draft::discard);
        withhold(&mut reports);
    }
    let rules = rules::uses(run.policy, run.settings.policy.run.rules.is_none(), &reports);
    let entries = results_of(&reports, rules::results(tree, root, &rules));
    let mut results = Patch::default();
    protocol::complete_items(tree, root, &mut results).map_err(TransformError::Items)?;
    let needs_items = !results.is_empty();
    protocol::append_results(tree, root, &entries, &mut results);
    let result_edits = match lower(tree, root, &results) {
        Ok(edits) => edits,
        Err(refusal) if needs_items => return Err(TransformError::Items(refusal.offset)),
        // Where the list itself can't be edited safely, stderr and the exit code still tell what was found.
        Err(_) => {
            results = Patch::default();
            Vec::new()
        }
    };
    let all = unit.edits().chain(result_edits.iter().cloned()).collect();
    let edits = EditSet::new(all).map_err(TransformError::Overlap)?;
    let patches = proof::gather(tree, unit.patches().chain([(root, results.clone())]));
    let result_claim = Claim { root, patch: &results, edits: &result_edits };
    let claims: Vec<_> = unit.claims().chain([result_claim]).collect();
    proof::prove(tree, span, &claims, &edits, &patches, keep).map_err(TransformError::Proof)?;
    Ok(Transformed {
        edits,
        reports,
        rules,
        patches: proof::by_offset(tree, patches),
        is_resource_list: true,
        kinds: run.policy.kinds.clone(),
        emitted: None,
    })
}

/// The findings as entries of `results`, errors first: kpt shows only the first four.
fn results_of(reports: &[WorkloadReport], others: Vec<(Severity, ResultEntry)>) -> Vec<ResultEntry> {
    let mut entries: Vec<_> = reports.iter().flat_map(WorkloadReport::results).chain(others).collect();
    entries.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// The list as it is written where no objects are to be given back.
fn bare_list(tree: &Tree<'_>, root: NodeId, done: &Transformed) -> Result<String, TransformError> {
    let mut results = Patch::default();
    let entries = results_of(&done.reports, rules::results(tree, root, &done.rules));
    protocol::append_results(tree, root, &entries, &mut results);
    let list = protocol::bare_list(tree, root, &results);
    let text = document(&list);
    proof::prove_new(&text, &list).map_err(TransformError::Proof)?;
    Ok(text)
}

fn stream(source: Source<'_>, units: &[Unit<'_>], run: &Planning<'_>) -> Result<Transformed, TransformError> {
    let settings = run.settings;
    let is_wanted = |unit: &Unit<'_>, name: &str| {
        // Kinds that must not be edited have names that others have, too: their groups must be somewhere.
        let text = source.slice(unit.span);
        let is_forbidden = |kind: &&KnownKind| kind.name == name && kind.forbidden().is_some();
        run.is_wanted(name) || KNOWN.iter().filter(is_forbidden).any(|kind| text.contains(kind.group))
    };
    let is_odd = source.odd_line_break(source.whole()).is_some();
    let must_read = |unit: &&Unit<'_>| {
        settings.strict
            || protocol::may_hold(unit, |name| is_wanted(unit, name))
            || is_odd && source.odd_line_break(unit.span).is_some()
    };
    let parts: Vec<_> = units.iter().filter(must_read).collect();
    let threads_within = if parts.len() == 1 { settings.threads } else { NonZeroUsize::MIN };
    let done = parallel::map(&parts, settings.threads, |unit| {
        let tree = parse(source, unit.span, Keep::ALL).map_err(TransformError::Syntax)?;
        let draft = draft_unit(&tree, unit.span, run, threads_within);
        let edits = EditSet::new(draft.edits().collect()).map_err(TransformError::Overlap)?;
        let patches = proof::gather(&tree, draft.patches());
        let claims: Vec<_> = draft.claims().collect();
        proof::prove(&tree, unit.span, &claims, &edits, &patches, Keep::ALL).map_err(TransformError::Proof)?;
        let reports = draft.drafts.into_iter().map(|draft| draft.report).collect();
        Ok(Transformed {
            edits,
            reports,
            rules: Vec::new(),
            patches: proof::by_offset(&tree, patches),
            is_resource_list: false,
            kinds: Vec::new(),
            emitted: None,
        })
    });
    let done: Vec<Transformed> = done.into_iter().collect::<Result<_, TransformError>>()?;
    let mut all = Transformed {
        edits: EditSet::default(),
        reports: observe::reports(run.world, run.number),
        rules: Vec::new(),
        patches: Vec::new(),
        is_resource_list: false,
        kinds: run.policy.kinds.clone(),
        emitted: None,
    };
    let mut edits = Vec::with_capacity(done.len());
    for mut part in done {
        edits.push(part.edits);
        all.reports.append(&mut part.reports);
        all.patches.append(&mut part.patches);
    }
    if run.is_all {
        find_referred(&mut all.reports, run.policy.default_namespace.as_deref());
    }
    all.rules = rules::uses(run.policy, false, &all.reports);
    if all.has_errors() {
        withhold(&mut all.reports);
        all.patches.clear();
    } else {
        all.edits = EditSet::merge(edits).map_err(TransformError::Overlap)?;
    }
    Ok(all)
}

/// Plans every workload of a unit.
fn draft_unit(tree: &Tree<'_>, span: Span, run: &Planning<'_>, threads: NonZeroUsize) -> UnitDraft {
    let mut objects = object::collect(tree, |name| run.is_wanted(name));
    objects.retain(|object| run.kind_of(&object.identity).is_some());
    let mut forbidden =
        object::collect(tree, |name| KNOWN.iter().any(|kind| kind.name == name && kind.forbidden().is_some()));
    forbidden.retain(|object| objects.iter().all(|known| known.node != object.node));
    if !forbidden.is_empty() {
        objects.append(&mut forbidden);
        objects.sort_by_key(|object| object.node);
    }
    let drafts = parallel::map(&objects, threads, |object| workload::draft(tree, object, run));
    let mut drafts: Vec<_> = drafts.into_iter().flatten().collect();
    drafts.extend(workload::hidden(tree, span, &drafts, run.policy));
    UnitDraft { drafts }
}

impl UnitDraft {
    fn edits(&self) -> impl Iterator<Item = Edit> + '_ {
        self.drafts.iter().flat_map(|draft| draft.edits.iter().cloned())
    }

    fn claims(&self) -> impl Iterator<Item = Claim<'_>> {
        self.drafts.iter().map(|draft| Claim { root: draft.root, patch: &draft.patch, edits: &draft.edits })
    }

    /// What is to change in each document of the unit.
    fn patches(&self) -> impl Iterator<Item = (NodeId, Patch)> + '_ {
        self.drafts.iter().map(|draft| (draft.root, draft.patch.clone()))
    }
}

/// One error is enough that nothing is edited.
fn withhold(reports: &mut [WorkloadReport]) {
    reports.iter_mut().for_each(WorkloadReport::withhold);
}

fn has_errors(reports: &[WorkloadReport]) -> bool {
    reports.iter().any(|report| report.severity() == Some(Severity::Error))
}
