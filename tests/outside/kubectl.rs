//! What kubectl reads of inputs and outputs, which is YAML 1.1: `ISTIO_DRAIN_KUBECTL` names the program. It needs no
//! cluster for that.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use arbitrary::Unstructured;
use istio_drain::inside::policy::PolicyFields;
use istio_drain::inside::yaml::Source;
use serde_json::{Deserializer, Value as Json};

use super::generate::{EDITABLE, stream, workload};
use super::universal::{Verdict, check, documents, settings};
use super::{files, program};

/// One in so many files of the corpus is read.
const SAMPLE: usize = 5;
/// So many streams are generated.
const GENERATED: u64 = 20;

/// The objects that kubectl reads; `None` where it refuses the text.
fn read(program: &std::ffi::OsStr, text: &str) -> Option<Vec<Json>> {
    let mut child = Command::new(program)
        .args(["label", "--local", "--filename", "-", "--output", "json", "no-such-label-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("kubectl starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let written = text.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(written.as_bytes()));
    let done = child.wait_with_output().expect("kubectl ends");
    // It may end before it has read everything.
    let _ = writer.join().expect("a writer");
    let objects: Result<Vec<Json>, _> = Deserializer::from_slice(&done.stdout).into_iter().collect();
    objects.ok().filter(|objects| done.status.success() && !objects.is_empty())
}

/// The same by serde_yaml, lists opened as kubectl opens them.
fn objects(text: &str) -> Option<Vec<Json>> {
    fn open(object: Json, objects: &mut Vec<Json>) {
        let is_list = object["kind"].as_str().is_some_and(|kind| kind.ends_with("List"));
        match object["items"].as_array().filter(|_| is_list) {
            Some(items) => items.iter().for_each(|item| open(item.clone(), objects)),
            None => objects.push(object),
        }
    }
    let mut objects = Vec::new();
    for document in documents(text)? {
        open(serde_json::to_value(document).ok()?, &mut objects);
    }
    Some(objects)
}

/// Where two values differ, and what is there afterwards.
fn differences(before: Option<&Json>, after: Option<&Json>, path: &str, found: &mut BTreeMap<String, Json>) {
    match (before, after) {
        (Some(Json::Object(before)), Some(Json::Object(after))) => {
            for key in before.keys().chain(after.keys().filter(|key| !before.contains_key(*key))) {
                differences(before.get(key), after.get(key), &format!("{path}.{key}"), found);
            }
        }
        (Some(Json::Array(before)), Some(Json::Array(after))) => {
            for at in 0..before.len().max(after.len()) {
                differences(before.get(at), after.get(at), &format!("{path}[{at}]"), found);
            }
        }
        (before, after) if before != after => {
            found.insert(path.to_owned(), after.cloned().unwrap_or(Json::Null));
        }
        _ => {}
    }
}

/// Whether kubectl reads the input; if so, what it sees changed is what serde_yaml sees changed, which is the plan.
fn check_text(program: &std::ffi::OsStr, text: &str) -> bool {
    let Verdict::Done(done, output) = check(text, &settings(PolicyFields::default())) else { return false };
    let (Some(before), Some(expected)) = (read(program, text), objects(text)) else { return false };
    if done.edits.is_empty() || expected.len() != before.len() {
        return false;
    }
    let after = read(program, &output).unwrap_or_else(|| panic!("kubectl can't read\n{output}\nof\n{text}"));
    let expected_after = objects(&output).expect("serde_yaml reads it");
    let changes = |before: Vec<Json>, after: Vec<Json>| {
        let mut found = BTreeMap::new();
        differences(Some(&Json::Array(before)), Some(&Json::Array(after)), "", &mut found);
        found
    };
    assert_eq!(changes(before, after), changes(expected, expected_after), "in\n{output}\nof\n{text}");
    true
}

#[test]
fn kubectl_reads_the_corpus_as_planned() {
    let (program, files) = (program("ISTIO_DRAIN_KUBECTL"), files("ISTIO_DRAIN_CORPUS"));
    let texts = files.iter().step_by(SAMPLE).map(|path| std::fs::read(path).expect("a file"));
    let read = texts.filter(|bytes| check_text(&program, Source::new(bytes).expect("a text").text())).count();
    assert!(read > 0, "kubectl read none of them");
}

#[test]
fn kubectl_reads_generated_manifests_as_planned() {
    let program = program("ISTIO_DRAIN_KUBECTL");
    let mut read = 0;
    for seed in 0..GENERATED {
        // A generator of its own, so that every run makes the same ones.
        let mut state = seed + 1;
        let bytes: Vec<u8> = (0..8192)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) as u8
            })
            .collect();
        let mut u = Unstructured::new(&bytes);
        let workload = workload(&mut u, "web").expect("enough bytes");
        let stream = stream(&mut u, vec![workload], EDITABLE).expect("enough bytes");
        read += usize::from(check_text(&program, &stream.text));
    }
    assert!(read > 0, "kubectl read none of them");
}
