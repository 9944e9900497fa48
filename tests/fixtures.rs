//! Every folder of `fixtures/`. What comes out is held against goldens, byte by byte, and against the invariants of the
//! design. All failures are shown at once.
//!
//! `UPDATE_FIXTURES=1 cargo test` writes the goldens again; read the difference before it is committed. The invariants
//! are checked then, too.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use istio_drain::inside::parallel;
use istio_drain::inside::policy::PolicyFields;
use istio_drain::inside::transform::{Settings, transform};
use istio_drain::inside::yaml::Source;

use crate::support::case::{self, Case};
use crate::support::invariants::{self, Judged, transformed};
use crate::support::{golden, results};

/// How many cases each area has at least, so that none can get lost.
const AREAS: [(&str, usize); 13] = [
    ("helm", 3),
    ("injection", 45),
    ("invalid", 75),
    ("left-alone", 40),
    ("mesh", 20),
    ("policy", 25),
    ("recipe", 200),
    ("refused", 40),
    ("resource-list", 40),
    ("running", 5),
    ("text", 180),
    ("workloads", 12),
    ("world", 12),
];

/// How many inputs serde_yaml may fail to read, so that the independent reading is not lost either: those with two
/// equal keys, and one with a byte order mark in the middle.
const MOST_UNREAD: usize = 12;

#[test]
fn every_fixture() {
    let cases = case::all();
    let judged = parallel::map(&cases, parallel::available(), judge);
    let judged: Vec<_> = cases.iter().zip(judged).collect();
    let failed = judged.iter().filter(|(_, judged)| !judged.failures.is_empty());
    let failures: Vec<_> = failed
        .map(|(case, judged)| format!("{}\n    {}", case.folder.display(), judged.failures.join("\n    ")))
        .collect();
    assert!(failures.is_empty(), "{} of {} fail\n\n{}\n", failures.len(), cases.len(), failures.join("\n"));

    let mut areas = BTreeMap::new();
    for (case, _) in &judged {
        *areas.entry(case.name.split('/').next().unwrap_or_default()).or_insert(0) += 1;
    }
    assert_eq!(areas.keys().copied().collect::<Vec<_>>(), AREAS.map(|(area, _)| area));
    for (area, least) in AREAS {
        assert!(areas[area] >= least, "{area} has only {} cases", areas[area]);
    }
    let names = |is: &dyn Fn(&Judged) -> bool| -> Vec<_> {
        judged.iter().filter(|(_, judged)| is(judged)).map(|(case, _)| case.name.as_str()).collect()
    };
    let unread = names(&|judged| judged.was_unread);
    assert!(unread.len() <= MOST_UNREAD, "serde_yaml reads too few: not {unread:?}");
    let wrapped = names(&|judged| judged.was_wrapped);
    assert!(wrapped.len() * 2 >= cases.len(), "only {} of {} are tried in lists", wrapped.len(), cases.len());
}

/// Runs a case and holds what comes out against everything.
fn judge(case: &Case) -> Judged {
    let run = case.run(&case.input, &["--threads", "1"]);
    let settings = case.settings();
    let done = settings.as_ref().and_then(|settings| transformed(&case.input, settings));
    let mut judged = invariants::check(case, &run, settings.as_ref(), done.as_ref());
    let written = Some(run.stdout.as_slice()).filter(|stdout| !stdout.is_empty());
    let expected = case.folder.join(format!("expected.{}", case.extension));
    judged.failures.extend(golden::check(&expected, written).err());
    let text = results::golden(case, &run, done.as_ref());
    judged.failures.extend(golden::check(&case.folder.join("results.yaml"), Some(text.as_bytes())).err());
    judged
}

/// The odd continuation that kpt makes of a comment in brackets is read and kept.
#[test]
fn what_kpt_makes_of_a_comment_in_brackets_is_read() {
    let text = "apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: web}
  spec: {a: 1, template: {spec: {containers: [{name: app, image: a}]}}, b: [1, 2] # c
, c: {d: e}}
";
    let done = transform(
        Source::embedded(text),
        &Settings {
            policy: PolicyFields::default(),
            strict: false,
            threads: NonZeroUsize::MIN,
            reads_running: false,
            judging: Default::default(),
            keeps_patches: true,
        },
    )
    .unwrap();
    let output = done.edits.apply(Source::embedded(text));
    assert!(
        output.contains("b: [1, 2] # c\n, c: {d: e}}\n") && output.contains("terminationDrainDuration"),
        "{output}"
    );
}

/// Every fixture with line ends of Windows: no other line end comes in.
#[test]
fn no_lone_line_feed_comes_into_windows_files() {
    for case in case::all() {
        let Ok(text) = String::from_utf8(case.input.clone()) else { continue };
        if text.contains('\r') {
            continue;
        }
        let run = case.run(text.replace('\n', "\r\n").as_bytes(), &[]);
        let output = String::from_utf8(run.stdout).expect("text comes out of text");
        let lone = output.replace("\r\n", "").contains('\n');
        assert!(!lone, "{}: a lone line feed in\n{output:?}", case.name);
    }
}
