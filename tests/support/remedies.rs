//! What a finding tells to do does away with it: the edits of `fix`, or a field of the policy. Nothing new comes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use istio_drain::inside::rules::Rule;
use serde_json::Value as Json;
use serde_yaml::{Mapping, Value};

use super::case::Case;
use super::folder::Folder;

/// The values that may help where a finding names the field. Which of them does is for the user to know.
const VALUES: &[(&str, &[&str])] = &[
    ("appPreStop", &["5s", "15s", "0s"]),
    ("appShutdown", &["30s", "120s"]),
    ("drain", &["30s", "90s", "300s", "900s", "1h"]),
    ("dropCovered", &["true"]),
    ("exitOnIdle", &["false"]),
    ("kinds", &["[Deployment]"]),
    ("longestRequest", &["60s", "300s"]),
    ("mesh", &["{terminationDrainDuration: 5s}", "{terminationDrainDuration: 40s}"]),
    ("pinSidecar", &["false"]),
    ("preStop", &["drain", "none", "wait"]),
    ("preStopEstimate", &["20s", "60s", "300s"]),
    ("replaceHooks", &["true"]),
    ("resources", &["{requests: {cpu: 100m, memory: 128Mi}, limits: {cpu: \"2\", memory: 1Gi}}", EPHEMERAL]),
    ("sidecar", &["native", "classic"]),
    ("target.istio", &["\"1.27\"", "\"1.32\""]),
    ("target.kubernetes", &["\"1.30\"", "\"1.33\""]),
    ("unknownInjection", &["apply", "safe"]),
    ("workloads", &["[]"]),
];

const EPHEMERAL: &str = "{requests: {cpu: 100m, memory: 128Mi, ephemeral-storage: 1Gi}, \
                         limits: {cpu: '2', memory: 1Gi, ephemeral-storage: 1Gi}}";

/// What comes for a reason: the case, the rule, and why no remedy of the first finding can help it.
const ASKED_FOR: &[(&str, &str, &str)] = &[
    ("policy/drain-of-292-years", "grace-over-node-limit", "the policy states the time"),
    ("recipe/grace-of-half-an-hour", "grace-over-node-limit", "the hooks of the manifest take the time"),
    ("recipe/spot-node", "grace-over-node-limit", "the hook of the manifest takes longer than the node gives"),
    ("recipe/forty-forty-forty", "hook-eats-grace", "the policy states that the app and the agent need no time"),
    ("recipe/mode-exec-unknown-length", "hook-eats-grace", "the policy states a hook whose length can't be read"),
    ("recipe/override-kept-hook-unknown", "hook-eats-grace", "the length of a hook that is kept can't be read"),
    ("policy/command-annotation-that-the-mesh-reads", "mesh-hook-replaced", "the policy has a loop replaced"),
    ("world/command-annotation-kept", "mesh-hook-replaced", "the remedy is to replace the loop"),
    ("world/command-annotation-replaced", "mesh-hook-replaced", "the policy has a loop replaced"),
    ("recipe/mode-wait-distroless", "wait-not-possible", "the policy states a hook that the image can't run"),
];

/// Notes that a remedy may bring: the mesh or the pod that it is about was ignored before.
const NOTES: [&str; 2] = ["covered-by-mesh", "no-endpoint-delay"];

const CHECK: [&str; 6] = ["--threads", "1", "--refused", "warn", "--format", "json"];
const FIX: [&str; 4] = ["--threads", "1", "--check=false", "--emit-nothing=false"];
const REFUSED: [&str; 2] = ["--refused", "warn"];

/// A finding in the JSON of a check.
#[derive(Clone, Debug)]
struct Found {
    rule: String,
    object: String,
    field: String,
    level: String,
    message: String,
    /// `edit`, `policy` or `advice`.
    way: String,
    /// The field of the policy, where that is the way.
    policy_field: Option<String>,
}

/// The findings of a check; `None` where it can't be done.
fn checked(case: &Case, input: &[u8]) -> Option<Vec<Found>> {
    let run = case.run_as("check", input, &CHECK);
    if run.exit == 2 {
        return None;
    }
    let report: Json = serde_json::from_slice(&run.stdout).unwrap();
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let read = |one: &Json| Found {
        rule: text(&one["rule"]),
        object: one["object"].to_string(),
        field: text(&one["field"]),
        level: text(&one["level"]),
        message: text(&one["message"]),
        way: text(&one["fix"]["kind"]),
        policy_field: one["fix"]["field"].as_str().map(str::to_owned),
    };
    Some(report["findings"].as_array().unwrap().iter().map(read).collect())
}

/// What is found after `fix`; `None` where `fix` refuses to edit. A run with an object that can't be edited writes
/// nothing, unless that is a warning, and then counts on nothing that it writes into the mesh.
fn after_fix(case: &Case) -> Option<Vec<Found>> {
    let done = case.run(&case.input, &FIX);
    let done = if done.exit == 0 { done } else { case.run(&case.input, &[&FIX[..], &REFUSED].concat()) };
    (done.exit == 0).then(|| checked(case, &done.stdout))?
}

/// The case with a field of its policy set.
fn with_field(case: &Case, folder: &Folder, field: &str, value: &str) -> Case {
    let start = "apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\nmetadata: {name: policy}\nspec: {}\n";
    let text = case.config.as_ref().map_or_else(|| start.to_owned(), |path| fs::read_to_string(path).unwrap());
    let mut policy: Value = serde_yaml::from_str(&text).unwrap();
    let is_map = policy["kind"] == "ConfigMap";
    let value: Value = serde_yaml::from_str(value).unwrap();
    let fields = policy.as_mapping_mut().unwrap().entry(if is_map { "data" } else { "spec" }.into());
    let fields = fields.or_insert_with(|| Value::Mapping(Mapping::new())).as_mapping_mut().unwrap();
    let (name, value) = match field.split_once('.') {
        None => (field, value),
        Some((name, part)) => {
            let mut whole = match fields.get(name) {
                Some(Value::String(text)) => serde_yaml::from_str(text).unwrap(),
                Some(present) => present.clone(),
                None => Value::Mapping(Mapping::new()),
            };
            whole.as_mapping_mut().unwrap().insert(part.into(), value);
            (name, whole)
        }
    };
    let value = if is_map { serde_yaml::to_string(&value).unwrap().trim().into() } else { value };
    fields.insert(name.into(), value);
    let config = folder.write("policy.yaml", &serde_json::to_string(&policy).unwrap());
    Case { config: Some(config), ..case.clone() }
}

/// Notes about what the policy asks for. `fix` shows them before it writes anything.
fn is_note_of_plan(found: &Found) -> bool {
    let is_of_plan = Rule::find(&found.rule).unwrap().speaks_of_plan() || NOTES.contains(&found.rule.as_str());
    found.level == "info" && is_of_plan
}

/// What is wrong with the findings after a remedy.
fn wrong(case: &str, before: &[Found], found: &Found, after: Option<&Vec<Found>>) -> Option<String> {
    let Some(after) = after else { return Some("can't be done".to_owned()) };
    let is_there = |one: &&Found| (&one.rule, &one.object, &one.field) == (&found.rule, &found.object, &found.field);
    if let Some(there) = after.iter().find(is_there) {
        return Some(format!("is still there: {}", there.message));
    }
    let known: BTreeSet<_> = before.iter().map(|one| (&one.rule, &one.object)).collect();
    let is_asked_for = |one: &&Found| ASKED_FOR.iter().any(|(name, rule, _)| *name == case && *rule == one.rule);
    let is_new = |one: &&Found| one.object == found.object && !known.contains(&(&one.rule, &one.object));
    let mut new = after.iter().filter(|one| is_new(one) && !is_note_of_plan(one) && !is_asked_for(one));
    new.next().map(|one| format!("brings {} {}: {}", one.level, one.rule, one.message))
}

/// The findings of a case, and what is found after each remedy that was tried.
struct Trial<'c> {
    case: &'c Case,
    folder: &'c Folder,
    before: Vec<Found>,
    /// By field and value; by two empty texts after `fix` alone.
    after: BTreeMap<(String, String), Option<Vec<Found>>>,
}

impl Trial<'_> {
    /// What is wrong with the remedy of a finding; `None` where it helps, or where people carry it out by hand.
    fn judge(&mut self, found: &Found) -> Option<String> {
        let Some(field) = &found.policy_field else {
            return (found.way == "edit").then(|| self.attempt(found, "", ""))?;
        };
        let Some((_, values)) = VALUES.iter().find(|(name, _)| name == field) else {
            panic!("VALUES has no value for {field}, which {} names", found.rule)
        };
        let mut failures = Vec::new();
        for value in *values {
            failures.push(format!("{field}={value}: {}", self.attempt(found, field, value)?));
        }
        Some(failures.join("; "))
    }

    fn attempt(&mut self, found: &Found, field: &str, value: &str) -> Option<String> {
        let Self { case, folder, before, after } = self;
        let after = after.entry((field.to_owned(), value.to_owned())).or_insert_with(|| match field {
            "" => after_fix(case),
            field => after_fix(&with_field(case, folder, field, value)),
        });
        wrong(&case.name, before, found, after.as_ref())
    }
}

/// Applies the remedy of each finding of a case. Returns how many there were, and what is wrong with them.
pub(crate) fn check(case: &Case, folder: &Folder) -> (usize, Vec<String>) {
    let before = checked(case, &case.input).unwrap_or_default();
    let findings: Vec<_> = before.iter().filter(|found| found.way != "advice").cloned().collect();
    let mut trial = Trial { case, folder, before, after: BTreeMap::new() };
    let judge = |found: &Found| Some(format!("{} {}: {}", found.rule, case.name, trial.judge(found)?));
    (findings.len(), findings.iter().filter_map(judge).collect())
}
