//! The public interface for other programs. A policy and a text go in. Edits, findings and refusals come out.
//!
//! The types here are the whole public surface. They own their data and name no types of the other rooms, so those may
//! change.

use std::error::Error;
use std::fmt;
use std::ops::Range;

use crate::istio::SettingPlace;
use crate::policy::{PolicyError, PolicyFields};
use crate::report::{Located, Outcome};
use crate::rules::{Finding, Severity as FoundSeverity};
use crate::transform::{Fate, Kustomized, Manifest, Role, Run, Settings, TransformError, Transformed, read_policy};
use crate::yaml::{EncodingError, Position, Source};

/// The example of the page is run with those of this documentation.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
struct LibraryPage;

/// Which workloads to edit and how they should shut down. `docs/policy.md` describes the fields.
///
/// The default is what `istio-drain` does without any flag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShutdownPolicy {
    fields: PolicyFields,
}

impl ShutdownPolicy {
    /// Reads a policy file: one document, YAML or JSON, with a `ShutdownPolicy`, or a ConfigMap with the same as
    /// `data`.
    ///
    /// # Errors
    ///
    /// The text is not such a document, or has an unknown field, or a value that its field does not accept.
    pub fn from_text(text: &str) -> Result<Self, InputError> {
        let source = Source::new(text.as_bytes())?;
        let mut fields = read_policy(source).map_err(|error| InputError::of(source, error))?;
        fields.place_in(POLICY, |offsets| source.positions(offsets));
        Ok(Self { fields })
    }

    /// The same policy with one more field, such as `drain` and `40s`, or `kinds` and `[Deployment, DaemonSet]`. It
    /// wins over an earlier value. The value is YAML; an empty value leaves the field as it is.
    ///
    /// # Errors
    ///
    /// The field is not known, or does not accept the value.
    pub fn with(mut self, field: &str, value: &str) -> Result<Self, InputError> {
        self.fields.set(field, value)?;
        Ok(self)
    }

    /// Plans, makes and proves the edits of a text: one object, a stream of documents, a List or a ResourceList. What
    /// the text says about namespaces and the mesh is used. For fields that this policy does not state, the
    /// functionConfig of a ResourceList is used too.
    ///
    /// # Errors
    ///
    /// The text can't be read, or an edit would not be safe. Then nothing is edited.
    pub fn apply(&self, manifests: &str) -> Result<Applied, ApplyError> {
        let settings = Settings::of(self.fields.clone());
        let (name, bytes) = (String::new(), manifests.as_bytes().to_vec());
        let inputs = [Manifest { name, bytes, role: Role::Function, kustomized: Kustomized::No }];
        let mut run = Run::of(&inputs, &settings, || ());
        match run.inputs.pop() {
            Some((_, Fate::Planned(source, done))) => Applied::new(source, &done),
            Some((_, Fate::Failed(source, error))) => Err(InputError::of(source, error).into()),
            Some((_, Fate::Unreadable(error))) => Err(InputError::from(error).into()),
            Some((_, Fate::PassedOver(_))) | None => {
                Ok(Applied { output: manifests.to_owned(), edits: Vec::new(), diagnostics: Vec::new() })
            }
        }
    }
}

/// Manifests that shut down as the policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    output: String,
    edits: Vec<TextEdit>,
    diagnostics: Vec<Diagnostic>,
}

impl Applied {
    fn new(source: Source<'_>, done: &Transformed) -> Result<Self, ApplyError> {
        let in_workloads = done.reports.iter().flat_map(|report| {
            let object = if matches!(report.outcome, Outcome::Observed) { String::new() } else { report.title() };
            report.findings.iter().map(move |located| Diagnostic::located(source, object.clone(), located))
        });
        let unmatched = done.rules.iter().filter(|rule| !rule.matched);
        let diagnostics: Vec<_> = in_workloads.chain(unmatched.map(|rule| rule.finding().into())).collect();
        if done.has_errors() {
            return Err(ApplyError::Refused(Refusals { diagnostics }));
        }
        let edit =
            |edit: &crate::yaml::Edit| TextEdit { range: edit.span.start()..edit.span.end(), text: edit.text.clone() };
        let edits = done.edits.as_slice().iter().map(edit).collect();
        let output = done.emitted.clone().unwrap_or_else(|| done.edits.apply(source));
        Ok(Self { output, edits, diagnostics })
    }

    /// The text with the edits in it.
    pub fn output(&self) -> &str {
        &self.output
    }

    /// The same, without a copy.
    pub fn into_output(self) -> String {
        self.output
    }

    /// The edits, in the order of the text. None of them overlap.
    pub fn edits(&self) -> &[TextEdit] {
        &self.edits
    }

    /// What was found. None of it is an error.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

/// Bytes of the input that are replaced. An empty range is an insertion, an empty text a removal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit {
    /// The bytes of the input to remove.
    pub range: Range<usize>,
    /// The text to insert in their place.
    pub text: String,
}

/// How bad a [`Diagnostic`] is. Ordered: errors are the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Good to know.
    Info,
    /// Requests may be lost, or a setting has no effect.
    Warning,
    /// The text can't be edited safely, or the API server or the injector would reject it.
    Error,
}

/// One finding: the problem, its place, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// The stable name of the rule, such as `grace-kept`.
    pub rule: &'static str,
    /// How bad it is.
    pub level: Level,
    /// The workload, such as `apps/v1 Deployment prod/web`; empty if it concerns no workload.
    pub object: String,
    /// The field of the object, such as `spec.template.spec.containers[1]`; empty for the object as a whole.
    pub field: String,
    /// Line and column in the input, both from 1, columns in characters. `None` for mistakes in the policy.
    pub place: Option<(usize, usize)>,
    /// Where the setting of the mesh stands that it is about, too.
    pub mesh: Option<MeshPlace>,
    /// The problem, in one sentence.
    pub message: String,
    /// What to do about it; empty for notes.
    pub remedy: String,
}

/// Where a setting of the mesh stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MeshPlace {
    /// In the text of the policy, not in the manifests.
    pub in_policy: bool,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
}

/// What the text of a policy is called.
const POLICY: &str = "policy";

impl Diagnostic {
    fn located(source: Source<'_>, object: String, located: &Located) -> Self {
        let Position { line, column } = source.position(located.place.offset);
        let field = located.place.route.to_string();
        Self { object, field, place: Some((line, column)), ..located.finding.clone().into() }
    }
}

impl From<Finding> for Diagnostic {
    fn from(Finding { rule, severity, message, remedy, beside, .. }: Finding) -> Self {
        let level = match severity {
            FoundSeverity::Info => Level::Info,
            FoundSeverity::Warning => Level::Warning,
            FoundSeverity::Error => Level::Error,
        };
        let (object, field) = (String::new(), String::new());
        let mesh = match beside {
            Some(SettingPlace::File { file, line, column }) => {
                Some(MeshPlace { in_policy: file == POLICY, line, column })
            }
            Some(SettingPlace::Input { .. }) | None => None,
        };
        Self { rule: rule.id(), level, object, field, place: None, mesh, message, remedy }
    }
}

/// Prints as `12:7: apps/v1 Deployment prod/web: problem [mesh: 3:5] (remedy)`.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.place {
            write!(f, "{line}:{column}: ")?;
        }
        if !self.object.is_empty() {
            write!(f, "{}: ", self.object)?;
        }
        f.write_str(&self.message)?;
        if let Some(MeshPlace { in_policy, line, column }) = self.mesh {
            write!(f, " [mesh: {}{line}:{column}]", if in_policy { "policy " } else { "" })?;
        }
        if self.remedy.is_empty() { Ok(()) } else { write!(f, " ({})", self.remedy) }
    }
}

/// Why there is no output.
#[derive(Debug)]
pub enum ApplyError {
    /// The text can't be read, or the policy in its functionConfig can't.
    Input(InputError),
    /// The text was read, but at least one workload has an error.
    Refused(Refusals),
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(error) => error.fmt(f),
            Self::Refused(refusals) => refusals.fmt(f),
        }
    }
}

impl Error for ApplyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Input(error) => error.source(),
            Self::Refused(refusals) => refusals.source(),
        }
    }
}

impl From<InputError> for ApplyError {
    fn from(error: InputError) -> Self {
        Self::Input(error)
    }
}

/// The findings of manifests that were not edited. At least one is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusals {
    diagnostics: Vec<Diagnostic>,
}

impl Refusals {
    /// The errors, each with its object and its place.
    pub fn refusals(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Error)
    }

    /// All findings, with the errors.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

/// Prints the errors, one per line.
impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.refusals().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl Error for Refusals {}

/// Why a policy or manifests can't be read.
#[derive(Debug)]
pub struct InputError {
    place: Option<(usize, usize)>,
    cause: Box<dyn Error + Send + Sync>,
}

impl InputError {
    fn of(source: Source<'_>, error: TransformError) -> Self {
        let place = error.offset().map(|offset| source.position(offset));
        Self { place: place.map(|Position { line, column }| (line, column)), cause: error.into() }
    }

    /// Line and column in the text, both from 1, if the error has a place.
    pub fn place(&self) -> Option<(usize, usize)> {
        self.place
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => write!(f, "{line}:{column}: {}", self.cause),
            None => self.cause.fmt(f),
        }
    }
}

impl Error for InputError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.source()
    }
}

impl From<EncodingError> for InputError {
    fn from(error: EncodingError) -> Self {
        Self { place: Some((error.position.line, error.position.column)), cause: error.into() }
    }
}

impl From<PolicyError> for InputError {
    fn from(error: PolicyError) -> Self {
        Self { place: None, cause: error.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app, image: web}]}\n";

    fn policy(fields: &[(&str, &str)]) -> ShutdownPolicy {
        let default = ShutdownPolicy::default();
        fields.iter().fold(default, |policy, (field, value)| policy.with(field, value).unwrap())
    }

    #[track_caller]
    fn fails(policy: &ShutdownPolicy, manifests: &str, expected: &str) -> ApplyError {
        let error = policy.apply(manifests).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
        error
    }

    #[test]
    fn nothing_to_do_is_the_input() {
        for text in ["", "# nothing\n---\n", "apiVersion: v1\nkind: Service\n", POD] {
            let applied = ShutdownPolicy::default().apply(text).unwrap();
            assert_eq!((applied.output(), applied.edits()), (text, [].as_slice()));
        }
    }

    #[test]
    fn the_last_word_on_a_field_wins() {
        let output = policy(&[("kinds", "Pod"), ("drain", "50s"), ("drain", "40s")]).apply(POD).unwrap().into_output();
        assert!(output.contains("terminationDrainDuration: 40s"), "{output}");
    }

    #[test]
    fn what_cannot_be_read_has_a_place() {
        let default = ShutdownPolicy::default();
        fails(&default, "kind: [\n", "1:7: unclosed bracket");
        fails(&default, "ab\0", "1:3: the input has a NUL character");
        fails(&default, "a: 1\n", "1:1: nothing in the input is a Kubernetes object");
        fails(&default, "a: {{ b }}\n", "1:4: this is a template");
        let error =
            ShutdownPolicy::from_text("apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\nspec: {x: 1}\n");
        assert_eq!(error.unwrap_err().place(), Some((3, 8)));
        let error = default.with("drain", "40").unwrap_err();
        assert_eq!(error.place(), None);
        assert!(error.to_string().contains("did you mean `40s`?"), "{error}");
        assert!(error.source().unwrap().to_string().starts_with("`40` lacks a unit"), "{:?}", error.source());
    }

    #[test]
    fn a_check_that_finds_something_is_a_refusal() {
        let lacking = policy(&[("kinds", "Pod"), ("check", "true")]);
        let error = fails(&lacking, POD, "1:1: v1 Pod web: ");
        let ApplyError::Refused(refusals) = error else { panic!("{error}") };
        assert_eq!(refusals.refusals().map(|refusal| refusal.rule).collect::<Vec<_>>(), ["not-drained"]);
    }

    #[test]
    fn what_is_about_the_mesh_has_its_place_there_too() {
        let mesh = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: \
                    |-\n    defaultConfig:\n      terminationDrainDuration: 40s\n---\n";
        let said = |policy: &ShutdownPolicy, text: &str| {
            let applied = policy.apply(text).unwrap();
            let found = applied.diagnostics().iter().find(|found| found.rule == "mesh-drains-already").cloned();
            let found = found.unwrap_or_else(|| panic!("{:?}", applied.diagnostics()));
            assert!(found.to_string().contains(" [mesh: "), "{found}");
            found.mesh.map(|place| (place.in_policy, place.line, place.column))
        };
        assert_eq!(said(&policy(&[("kinds", "Pod")]), &format!("{mesh}{POD}")), Some((false, 7, 7)));
        let stated = "apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\nspec:\n  kinds: [Pod]\n  mesh:\n    \
                      terminationDrainDuration: 40s\n";
        assert_eq!(said(&ShutdownPolicy::from_text(stated).unwrap(), POD), Some((true, 6, 5)));
    }

    #[test]
    fn a_resource_list_is_applied_by_its_own_policy() {
        let list = format!(
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n  apiVersion: v1\n  kind: \
             ConfigMap\n  data: {{drain: 40s, kinds: Pod}}\nitems:\n- {}\n",
            POD.trim_end().replace('\n', "\n  ")
        );
        let applied = ShutdownPolicy::default().apply(&list).unwrap();
        assert!(applied.output().contains("terminationDrainDuration: 40s"), "{}", applied.output());
    }
}
