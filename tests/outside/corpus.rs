//! Real manifests: rendered charts, builds, what hosts send. They are not part of the project: `ISTIO_DRAIN_CORPUS` and
//! `ISTIO_DRAIN_RECORDINGS` name the folders with them.
#![expect(clippy::print_stdout, reason = "a test says what to look at")]

use std::path::PathBuf;

use istio_drain::inside::policy::PolicyFields;
use istio_drain::inside::report::Outcome;
use istio_drain::inside::rules::Severity;
use istio_drain::inside::transform::TransformError;
use istio_drain::inside::yaml::Source;

use super::support::case::Case;
use super::support::folder::Folder;
use super::support::remedies;
use super::universal::{Verdict, check, documents, most_proxies, settings};
use super::{files, readers};

/// Refusals that are true, and why; anything else that is refused fails the test.
const ALLOWED: [(&str, &str); 0] = [];

/// Files that can't be read, and why; with what their path ends in.
const UNREADABLE: [(&str, &str); 0] = [];

fn policies() -> Vec<PolicyFields> {
    let fields = |pairs: &[(&str, &str)]| {
        let mut fields = PolicyFields::default();
        pairs.iter().for_each(|(name, value)| fields.set(name, value).expect("a field and its value"));
        fields
    };
    vec![
        fields(&[]),
        fields(&[
            ("kinds", "[Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Pod, Job, CronJob]"),
            ("drain", "40s"),
        ]),
        fields(&[("preStop", "sigterm"), ("exact", "true"), ("replaceHooks", "true"), ("margin", "0s")]),
    ]
}

pub(super) fn check_files(files: &[PathBuf]) {
    let (mut edited, mut refusals, mut read) = (0, Vec::new(), 0);
    for path in files {
        let bytes = std::fs::read(path).expect("a file");
        let Ok(source) = Source::new(&bytes) else { panic!("{} is not text", path.display()) };
        for policy in policies() {
            println!("{}", path.display());
            match check(source.text(), &settings(policy)) {
                // Some hosts' recordings carry the configuration of another function.
                Verdict::Failed(TransformError::Policy(error)) => println!("refused: {error}"),
                Verdict::Failed(error) => {
                    let is_known = UNREADABLE.iter().any(|(end, _)| path.ends_with(end));
                    assert!(is_known, "{}: {error} at {:?}", path.display(), error.offset());
                }
                Verdict::Refused(done) => {
                    let findings = done.reports.iter().flat_map(|report| &report.findings);
                    let errors = findings.filter(|located| located.finding.severity == Severity::Error);
                    refusals.extend(errors.map(|located| {
                        let place = source.position(located.place.offset);
                        (located.finding.rule.id(), format!("{}:{place}: {}", path.display(), located.finding.message))
                    }));
                }
                Verdict::Done(done, output) => {
                    edited += done.reports.iter().filter(|report| report.outcome == Outcome::Edited).count();
                    if let Some(documents) = documents(&output) {
                        read += 1;
                        let has_edits = !done.edits.is_empty();
                        let most = documents.iter().map(most_proxies).max().unwrap_or(0);
                        assert!(!has_edits || most <= 1, "{} has {most} proxies in a pod", path.display());
                    }
                }
            }
        }
    }
    refusals.iter().for_each(|(_, text)| println!("refused: {text}"));
    let untrue = refusals.iter().find(|(rule, _)| !ALLOWED.iter().any(|(allowed, _)| allowed == rule));
    assert_eq!(untrue, None, "is it true?");
    assert!(edited > 0 && read > 0, "{edited} workloads were edited, and {read} outputs read");
}

#[test]
fn real_manifests_differ_by_the_plan() {
    check_files(&files("ISTIO_DRAIN_CORPUS"));
}

#[test]
fn nearly_all_of_the_corpus_is_usual_yaml() {
    let (mut read, mut passed, mut all) = (0, 0, 0);
    for path in files("ISTIO_DRAIN_CORPUS") {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for document in text.split("\n---\n").map(|document| format!("{document}\n")) {
            let has_content = document.lines().any(|line| !line.is_empty() && !line.starts_with(['#', '-']));
            all += usize::from(has_content);
            read += usize::from(has_content && readers::check(&document));
            passed += usize::from(has_content && readers::check_items(&readers::as_item(&document)));
        }
    }
    assert!(read * 100 > all * 97, "only {read} of {all} documents");
    assert!(passed * 100 > all * 80, "only {passed} of {all} documents were passed over");
}

#[test]
fn remedies_help_in_the_corpus() {
    let (folder, mut failures, mut count) = (Folder::new(), Vec::new(), 0);
    for path in files("ISTIO_DRAIN_CORPUS") {
        let case = Case {
            name: path.display().to_string(),
            folder: path.clone(),
            extension: String::new(),
            input: std::fs::read(&path).expect("a file"),
            config: None,
        };
        let (applied, mut wrong) = remedies::check(&case, &folder);
        count += applied;
        failures.append(&mut wrong);
    }
    assert!(failures.is_empty(), "{} of {count}\n{}", failures.len(), failures.join("\n"));
    assert!(count > 100, "only {count} remedies were applied");
}
