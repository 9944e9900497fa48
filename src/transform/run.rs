//! A run: inputs and a policy go in, and the results come out. A sink writes them.
//!
//! All inputs are observed before any is planned, because the objects of the mesh may be in another input than the
//! workload.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use crate::istio::SettingPlace;
use crate::parallel;
use crate::policy::PolicyFields;
use crate::yaml::{EditSet, EncodingError, EncodingErrorKind, Position, Source};

use super::bounds::RunBounds;
use super::foreign;
use super::passes::{open_file, plan_all};
use super::workload_rules::uses_together;
use super::{RuleUse, Settings, TransformError, Transformed, Unasked, kustomize, transform_under};

/// One input, read.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    /// Its name for people.
    pub name: String,
    /// All that is in it.
    pub bytes: Vec<u8>,
    /// Its role in the run.
    pub role: Role,
    /// Its role for kustomize.
    pub kustomized: Kustomized,
}

/// The role of a file for kustomize.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kustomized {
    /// Nothing special.
    #[default]
    No,
    /// A patch, which the kustomization of that name lists.
    Patch(String),
    /// A kustomization or a component.
    Kustomization,
}

/// How an input came into the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is the only input, and may be a ResourceList: then its functionConfig is the policy's, and it gets `results`.
    Function,
    /// It is a file that was named. A ResourceList in a file is a list like any other: its functionConfig is some other
    /// function's, and nobody reads `results` there.
    Named,
    /// It is a file that was found in a folder.
    Found,
    /// It does not belong to the files of the run. It is read for what it says of them, and never edited.
    Around,
    /// The command line names it as values of a chart.
    Values,
}

/// What a file of a folder is that is not a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoManifest {
    /// A template that was not rendered. There may be workloads in it.
    Template,
    /// It is not YAML, or has no object.
    Foreign,
}

/// The result for an input.
#[derive(Clone, Debug)]
pub(crate) enum Fate<'m> {
    /// It was planned.
    Planned(Source<'m>, Transformed),
    /// It was found in a folder, and is not a manifest.
    PassedOver(NoManifest),
    /// It is not text.
    Unreadable(EncodingError),
    /// It can't be parsed, or something else keeps all of it from being planned.
    Failed(Source<'m>, TransformError),
}

/// A finished run.
#[derive(Clone, Debug)]
pub(crate) struct Run<'m> {
    /// All inputs in order, each with its result.
    pub inputs: Vec<(&'m Manifest, Fate<'m>)>,
    /// The policy's rules, in its order, and which of them matched a workload of any input.
    pub rules: Vec<RuleUse>,
    /// Policies among the objects, which no run uses: it uses a functionConfig, `--policy` and flags.
    pub unused_policies: usize,
    /// Whether an input uses a policy that was found for it.
    pub goes_by_found: bool,
}

impl<'m> Run<'m> {
    /// Plans, makes and proves the edits of all inputs. If one has an error, none is edited. `tick` is called for each
    /// planned input.
    pub(crate) fn of(manifests: &'m [Manifest], settings: &Settings, tick: impl Fn() + Sync) -> Self {
        Self::under(manifests, &[], settings, tick)
    }

    /// The same, where a policy was found for each input, or none: it counts least. Inputs of different policies are of
    /// different clusters, so what one says of the mesh does not hold for the other.
    pub(crate) fn under(
        manifests: &'m [Manifest],
        found: &[Option<&PolicyFields>],
        settings: &Settings,
        tick: impl Fn() + Sync,
    ) -> Self {
        let bytes = manifests.iter().map(|manifest| manifest.bytes.len()).sum();
        let threads = parallel::worth(settings.threads, bytes);
        // The threads share the files, or all of the only one.
        let of_each = if manifests.len() == 1 { threads } else { NonZeroUsize::MIN };
        let read = parallel::map(manifests, threads, |manifest| Source::shared(&manifest.bytes, of_each));
        let found = found.iter().copied().chain(std::iter::repeat(None));
        let readable = manifests.iter().zip(&read).zip(found);
        let readable = readable.filter(|((manifest, _), _)| manifest.kustomized == Kustomized::No);
        let readable = readable.filter_map(|((manifest, read), found)| Some((manifest, *read.as_ref().ok()?, found)));
        let readable: Vec<_> = readable.collect();
        let named: Vec<_> = readable.iter().map(|(manifest, source, _)| (manifest.name.as_str(), *source)).collect();
        let sources =
            readable.into_iter().map(|(manifest, source, found)| (source, found, manifest.role == Role::Values));
        let is_function = matches!(manifests, [Manifest { role: Role::Function, .. }]);
        let (done, rules, goes_by_found) = if is_function {
            let none = PolicyFields::default();
            let sources: Vec<_> = sources.collect();
            let done =
                sources.iter().map(|(source, found, _)| transform_under(*source, found.unwrap_or(&none), settings));
            let done: Vec<_> = done.collect();
            let is_list = done.iter().flatten().any(|done| done.is_resource_list);
            let rules = rules_of(&done);
            (done, rules, !is_list && sources.iter().any(|(_, found, _)| found.is_some()))
        } else {
            plan_files(sources.collect(), settings, tick)
        };
        let mut done = done.into_iter();
        let fates = manifests.iter().zip(read).filter_map(|(manifest, source)| {
            let fate = match source {
                Ok(source) => {
                    let planned = match &manifest.kustomized {
                        Kustomized::Patch(kustomization) => kustomize::file(source, kustomization),
                        Kustomized::Kustomization => Ok(kustomize::kustomization(source)),
                        Kustomized::No => done.next()?,
                    };
                    planned.map_or_else(|error| Fate::Failed(source, error), |done| Fate::Planned(source, done))
                }
                Err(error) => Fate::Unreadable(error),
            };
            Some((manifest, fate.of_foreign(manifest)))
        });
        let mut run = Self { inputs: fates.collect(), rules, unused_policies: 0, goes_by_found };
        run.place_settings(&named);
        run.unused_policies = run.planned().map(|(.., done)| done.policies).sum();
        if !run.is_sound() {
            let planned = run.inputs.iter_mut().filter_map(|(_, fate)| match fate {
                Fate::Planned(_, done) if !done.has_errors() => Some(done),
                _ => None,
            });
            planned.for_each(Transformed::withhold);
        }
        run
    }

    /// Gives the settings that findings name beside their workloads the names and lines of their inputs, `read` in the
    /// order of their numbers.
    fn place_settings(&mut self, read: &[(&str, Source<'_>)]) {
        let mut known = BTreeMap::new();
        let done = self.inputs.iter_mut().filter_map(|(_, fate)| match fate {
            Fate::Planned(_, done) => Some(done),
            _ => None,
        });
        let reports = done.flat_map(|done| &mut done.reports).flat_map(|report| &mut report.findings);
        for place in reports.filter_map(|located| located.finding.beside.as_mut()) {
            let SettingPlace::Input { number, offset } = *place else { continue };
            let located = known.entry((number, offset)).or_insert_with(|| {
                let (name, source) = read.get(number)?;
                let Position { line, column } = source.position(offset);
                Some(SettingPlace::File { file: (*name).to_owned(), line, column })
            });
            if let Some(located) = located {
                *place = located.clone();
            }
        }
    }

    /// The inputs that were planned, with what they are called.
    pub(crate) fn planned(&self) -> impl Iterator<Item = (&'m str, Source<'m>, &Transformed)> {
        self.inputs.iter().filter_map(|(manifest, fate)| match fate {
            Fate::Planned(source, done) => Some((manifest.name.as_str(), *source, done)),
            Fate::PassedOver(_) | Fate::Unreadable(_) | Fate::Failed(..) => None,
        })
    }

    /// Whether nothing came out of some input.
    pub(crate) fn has_failed(&self) -> bool {
        self.inputs.iter().any(|(_, fate)| fate.is_wrong())
    }

    /// Whether nothing is wrong anywhere, so that what is planned may be written.
    pub(crate) fn is_sound(&self) -> bool {
        !self.has_failed() && !self.planned().any(|(.., done)| done.has_errors())
    }

    /// Whether there was nothing in the inputs at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.inputs.iter().all(|(manifest, _)| manifest.bytes.trim_ascii().is_empty())
    }

    /// The names of the files that were named and have nothing in them.
    pub(crate) fn blank_files(&self) -> Vec<&'m str> {
        let is_named = |manifest: &Manifest| matches!(manifest.role, Role::Named | Role::Values);
        let blank = |manifest: &Manifest| is_named(manifest) && manifest.bytes.trim_ascii().is_empty();
        self.inputs.iter().filter(|(one, _)| blank(one)).map(|(one, _)| one.name.as_str()).collect()
    }

    /// Whether the input is not a file.
    pub(crate) fn is_piped(&self) -> bool {
        self.inputs.iter().any(|(manifest, _)| manifest.role == Role::Function)
    }

    /// How many inputs there are, without what only stands around them.
    pub(crate) fn files(&self) -> usize {
        self.inputs.iter().filter(|(manifest, _)| manifest.role != Role::Around).count()
    }

    /// What was passed over.
    pub(crate) fn passed_over(&self) -> impl Iterator<Item = NoManifest> {
        self.inputs.iter().filter_map(|(_, fate)| match fate {
            Fate::PassedOver(what) => Some(*what),
            Fate::Planned(..) | Fate::Unreadable(_) | Fate::Failed(..) => None,
        })
    }

    /// The input whose functionConfig the policy may stand in.
    pub(crate) fn function_input(&self) -> Option<(Source<'m>, &'m str)> {
        self.inputs.iter().find_map(|(manifest, fate)| match fate {
            Fate::Planned(source, _) if manifest.role == Role::Function => Some((*source, manifest.name.as_str())),
            _ => None,
        })
    }

    /// Workloads of kinds that were not asked for.
    pub(crate) fn unasked(&self) -> Unasked {
        let mut all = Unasked::default();
        self.planned().for_each(|(.., done)| all.append(done.unasked.clone()));
        all
    }
}

/// What becomes of a source, the rules of the policies, and whether any policy that was found counts.
type Files = (Vec<Result<Transformed, TransformError>>, Vec<RuleUse>, bool);

/// A source, the policy that was found for it, and whether it holds values of a chart.
type PlannedFile<'s, 'p> = (Source<'s>, Option<&'p PolicyFields>, bool);

/// Plans files, those of one policy together.
fn plan_files(sources: Vec<PlannedFile<'_, '_>>, settings: &Settings, tick: impl Fn() + Sync) -> Files {
    let bytes = sources.iter().map(|(source, ..)| source.text().len()).sum();
    let threads = parallel::worth(settings.threads, bytes);
    let bounds = RunBounds::of(bytes);
    let opened = parallel::map(&sources, threads, |(source, _, is_values)| open_file(*source, *is_values, &bounds));
    let mut done: Vec<Option<Result<Transformed, TransformError>>> = sources.iter().map(|_| None).collect();
    let address = |found: Option<&PolicyFields>| found.map(std::ptr::from_ref);
    let mut groups: Vec<(Option<&PolicyFields>, Vec<usize>, Vec<_>)> = Vec::new();
    for (number, ((source, found, _), opened)) in sources.into_iter().zip(opened).enumerate() {
        // A ResourceList is what some function was handed: nothing that lies around it counts.
        let found = found.filter(|_| !opened.may_be_resource_list(source));
        let at = groups.iter().position(|(known, ..)| address(*known) == address(found)).unwrap_or_else(|| {
            groups.push((found, Vec::new(), Vec::new()));
            groups.len() - 1
        });
        if let Some((_, numbers, of_group)) = groups.get_mut(at) {
            numbers.push(number);
            of_group.push((source, opened));
        }
    }
    let goes_by_found = groups.iter().any(|(found, ..)| found.is_some());
    let mut rules = Vec::new();
    for (found, numbers, opened) in groups {
        let policy = settings.policy.clone().or(found.cloned().unwrap_or_default()).resolve();
        let mut planned = plan_all(&policy, opened, settings, &bounds, &tick);
        let reports = planned.iter_mut().flatten().flat_map(|done| &mut done.reports);
        for located in reports.flat_map(|report| &mut report.findings) {
            // What was numbered among the files of one policy is numbered among all.
            if let Some(SettingPlace::Input { number, .. }) = &mut located.finding.beside {
                *number = numbers.get(*number).copied().unwrap_or_default();
            }
        }
        rules.extend(rules_of(&planned));
        for (at, planned) in numbers.into_iter().zip(planned) {
            if let Some(place) = done.get_mut(at) {
                *place = Some(planned);
            }
        }
    }
    (done.into_iter().flatten().collect(), rules, goes_by_found)
}

/// What inputs under one policy made of its rules together.
fn rules_of(done: &[Result<Transformed, TransformError>]) -> Vec<RuleUse> {
    uses_together(done.iter().flatten().map(|done| done.rules.as_slice()))
}

impl<'m> Fate<'m> {
    /// Whether nothing came of it, since it can't be read.
    pub(crate) const fn is_wrong(&self) -> bool {
        matches!(self, Self::Unreadable(_) | Self::Failed(..))
    }

    /// What is to be edited in which text; `None` for what was not planned.
    pub(crate) fn edits(&self) -> Option<(Source<'m>, &EditSet)> {
        match self {
            Self::Planned(source, done) => Some((*source, &done.edits)),
            Self::PassedOver(_) | Self::Unreadable(_) | Self::Failed(..) => None,
        }
    }

    /// Whether there is anything to be said of it.
    pub(crate) fn has_reports(&self) -> bool {
        matches!(self, Self::Planned(_, done) if !done.reports.is_empty())
    }

    /// What becomes of an input that is not a manifest. One that was only found in a folder is passed over.
    fn of_foreign(self, manifest: &Manifest) -> Self {
        let is_found = manifest.role == Role::Found;
        match self {
            _ if is_found && self.is_no_yaml() && !may_be_manifest(&manifest.bytes) => {
                Self::PassedOver(NoManifest::Foreign)
            }
            Self::Failed(source, TransformError::Syntax(error)) => match foreign::braces(source) {
                Some(_) if is_found => Self::PassedOver(NoManifest::Template),
                Some(offset) if offset <= error.offset => Self::Failed(source, TransformError::Template(offset)),
                _ => Self::Failed(source, TransformError::Syntax(error)),
            },
            Self::Planned(source, done) => {
                let has_objects = manifest.kustomized != Kustomized::No
                    || !done.reports.is_empty()
                    || done.unasked.total() > 0
                    || done.is_resource_list;
                let template = foreign::template(source).filter(|_| manifest.kustomized != Kustomized::Kustomization);
                let nothing = || if has_objects { None } else { foreign::without_objects(source) };
                let error = template.map(TransformError::Template).or_else(|| nothing().map(TransformError::NoObject));
                match error {
                    None => Self::Planned(source, done),
                    Some(TransformError::Template(_)) if is_found => Self::PassedOver(NoManifest::Template),
                    Some(_) if is_found => Self::PassedOver(NoManifest::Foreign),
                    Some(error) => Self::Failed(source, error),
                }
            }
            other => other,
        }
    }

    /// Whether it is not YAML. In UTF-16 no word can be looked for, so that does not count.
    fn is_no_yaml(&self) -> bool {
        match self {
            Self::Unreadable(error) => matches!(error.kind, EncodingErrorKind::NotUtf8 | EncodingErrorKind::Nul),
            Self::Failed(_, error) => matches!(error, TransformError::Syntax(_)),
            Self::Planned(..) | Self::PassedOver(_) => false,
        }
    }
}

/// Whether a text that is not YAML may have been meant as a manifest: it has the word `kind` in it, or an escape that
/// may stand for one.
fn may_be_manifest(bytes: &[u8]) -> bool {
    let has = |word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
    [&b"kind"[..], b"\\u", b"\\U", b"\\x", b"\\\n", b"\\\r"].iter().any(|word| has(word))
}
