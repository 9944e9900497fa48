//! Random manifests in random styles, and random YAML with random changes.
//!
//! Each property is tried on the same cases in every run; with `ISTIO_DRAIN_PROPERTY_MS` on others, for as long as
//! that. A failure prints a seed; `ARBTEST_SEED` runs that one again.

use std::time::Duration;

use arbitrary::{Result, Unstructured};
use arbtest::arbtest;
use istio_drain::inside::policy::PolicyFields;
use istio_drain::inside::rules::{Rule, Severity};
use istio_drain::inside::transform::{TransformError, read_policy, transform};
use istio_drain::inside::yaml::Source;
use serde_yaml::Value;

use super::generate::{
    ALL, Draw as _, EDITABLE, Model, Wrapping, changed_noise, config_map, manifests, noise, objects, policy, stream,
    workload, wrap,
};
use super::judge::{check_change, check_stream};
use super::spans;
use super::universal::{Verdict, check, documents, settings};

/// How many cases a property is tried on.
const CASES: u64 = 150;

/// Holds a property against whatever can be drawn: the same cases in every run, or, where `ISTIO_DRAIN_PROPERTY_MS` is
/// set, others for as long as that.
pub(crate) fn property<P: FnMut(&mut Unstructured<'_>) -> Result<()>>(mut property: P) {
    if let Ok(ms) = std::env::var("ISTIO_DRAIN_PROPERTY_MS") {
        let budget = Duration::from_millis(ms.parse().expect("a number"));
        return arbtest(property).size_min(256).size_max(16_384).budget(budget).run();
    }
    for case in 0..CASES {
        // The lower half of a seed is the size of what is drawn.
        let size = 256 + case * (16_384 - 256) / CASES;
        let random = case.wrapping_mul(0x9E37_79B9_7F4A_7C15) & !0xFFFF_FFFF;
        arbtest(&mut property).seed(random | size).run();
    }
}

#[test]
fn manifests_in_any_style_differ_by_the_plan() {
    let (mut edited, mut refused, mut runs) = (0, 0, 0);
    property(|u| {
        let policy = policy(u)?;
        let stream = manifests(u, ALL)?;
        runs += 1;
        match check_stream(&stream, policy) {
            Verdict::Done(done, _) => edited += usize::from(!done.edits.is_empty()),
            Verdict::Refused(_) => refused += 1,
            Verdict::Failed(_) => {}
        }
        Ok(())
    });
    assert!(runs < 20 || edited * 4 > runs, "only {edited} of {runs} were edited");
    assert!(runs < 400 || refused > 0, "none of {runs} was refused");
}

#[test]
fn what_has_no_hazards_is_not_refused() {
    property(|u| {
        let policy = policy(u)?;
        let stream = manifests(u, EDITABLE)?;
        if let Verdict::Refused(done) = check_stream(&stream, policy) {
            let findings: Vec<_> = done.reports.iter().flat_map(|report| &report.findings).collect();
            // A comment in what would be removed is one of the reasons that a person has to look at.
            let is_true = |rule: &Rule| rule.id() == "uneditable";
            let errors = findings.iter().filter(|located| located.finding.severity == Severity::Error);
            for located in errors {
                assert!(is_true(located.finding.rule), "{located:?} in\n{}", stream.text);
            }
        }
        Ok(())
    });
}

#[test]
fn one_policy_after_another_leaves_one_handler() {
    property(|u| {
        let (first, second) = (policy(u)?, policy(u)?);
        let workload = workload(u, "web")?;
        let stream = stream(u, vec![workload], EDITABLE)?;
        if let Verdict::Done(_, output) = check(&stream.text, &settings(first))
            && let Verdict::Done(_, output) = check(&output, &settings(second))
        {
            let documents = documents(&output).unwrap_or_else(|| panic!("serde_yaml can't read\n{output}\n{output:?}"));
            assert!(documents.iter().all(has_one_handler), "two handlers in\n{output}");
        }
        Ok(())
    });
}

fn has_one_handler(value: &Value) -> bool {
    match value {
        Value::Mapping(mapping) => {
            let is_proxy = value.get("name").and_then(Value::as_str) == Some("istio-proxy");
            let hook =
                value.get("lifecycle").and_then(|lifecycle| lifecycle.get("preStop")).and_then(Value::as_mapping);
            let handlers = hook.map_or(0, |hook| hook.values().filter(|value| !value.is_null()).count());
            (!is_proxy || handlers <= 1) && mapping.values().all(has_one_handler)
        }
        Value::Sequence(items) => items.iter().all(has_one_handler),
        _ => true,
    }
}

#[test]
fn without_workloads_every_byte_comes_back() {
    property(|u| {
        let count = 1 + u.below(4)?;
        let objects: Result<_> = (0..count).map(|at| config_map(u, &format!("config-{at}"))).collect();
        let wrapping = u.pick(&[Wrapping::Stream, Wrapping::List, Wrapping::ResourceList])?;
        let stream = stream(u, wrap(objects?, wrapping), ALL)?;
        match check_stream(&stream, PolicyFields::default()) {
            Verdict::Done(done, output) => {
                assert!(done.edits.is_empty() && done.reports.is_empty());
                assert_eq!(output, stream.text);
            }
            _ => panic!("an error in\n{}", stream.text),
        }
        Ok(())
    });
}

#[test]
fn lists_keep_their_items_and_always_have_them() {
    property(|u| {
        let count = u.below(4)?;
        let mut list = wrap(objects(u, count)?, Wrapping::ResourceList).remove(0);
        if let Model::Map(entries) = &mut list
            && count == 0
        {
            match u.below(3)? {
                0 => entries.retain(|(key, _)| key != "items"),
                1 => entries.iter_mut().filter(|(key, _)| key == "items").for_each(|(_, items)| *items = Model::Null),
                _ => {}
            }
        }
        let stream = stream(u, vec![list], EDITABLE)?;
        let Verdict::Done(_, output) = check_stream(&stream, policy(u)?) else { return Ok(()) };
        let Some(documents) = documents(&output) else { return Ok(()) };
        let [list] = documents.as_slice() else { panic!("not one document in\n{output}") };
        let items = list["items"].as_sequence().unwrap_or_else(|| panic!("no items in\n{output}"));
        assert_eq!(items.len() as u64, count as u64, "in\n{output}");
        Ok(())
    });
}

#[test]
fn streams_and_lists_come_to_the_same() {
    property(|u| {
        let policy = policy(u)?;
        let count = 1 + u.below(3)?;
        let objects = objects(u, count)?;
        let mut results = Vec::new();
        for wrapping in [Wrapping::Stream, Wrapping::List, Wrapping::ResourceList] {
            let stream = stream(u, wrap(objects.clone(), wrapping), EDITABLE)?;
            let Verdict::Done(_, output) = check_stream(&stream, policy.clone()) else { return Ok(()) };
            let Some(mut documents) = documents(&output) else { return Ok(()) };
            if wrapping != Wrapping::Stream {
                documents =
                    documents.iter().flat_map(|list| list["items"].as_sequence().expect("items").clone()).collect();
            }
            documents.iter_mut().for_each(open_config);
            results.push((documents, output));
        }
        let [(first, text), others @ ..] = results.as_slice() else { return Ok(()) };
        for (other, other_text) in others {
            assert_eq!(first, other, "of\n{text}\n---- and\n{other_text}");
        }
        Ok(())
    });
}

/// Puts what the proxy's annotation says in place of its text, which keeps its style.
fn open_config(value: &mut Value) {
    match value {
        Value::Mapping(mapping) => {
            for (key, value) in mapping.iter_mut() {
                match value.as_str() {
                    Some(text) if key == "proxy.istio.io/config" => {
                        *value = serde_yaml::from_str(text).expect("a text that can be read");
                    }
                    _ => open_config(value),
                }
            }
        }
        Value::Sequence(items) => items.iter_mut().for_each(open_config),
        _ => {}
    }
}

#[test]
fn any_change_of_any_yaml_is_made_or_refused() {
    let (mut made, mut runs) = (0, 0);
    property(|u| {
        let features = if u.one_in(2)? { ALL } else { EDITABLE };
        let (stream, patch) = changed_noise(u, features)?;
        runs += 1;
        made += usize::from(check_change(&stream, &patch));
        Ok(())
    });
    assert!(runs < 20 || made * 2 > runs, "only {made} of {runs} changes were made");
}

#[test]
fn spans_hold_in_any_style() {
    property(|u| {
        let model = Model::map([("root", noise(u, 5)?), ("b", noise(u, 2)?)]);
        let stream = stream(u, vec![model.clone(), model], ALL)?;
        spans::check(&stream.text);
        Ok(())
    });
}

/// What is put in and taken out again leaves the text as it was, wherever nothing had to be replaced; else its values.
#[test]
fn what_is_put_can_be_removed() {
    let (mut same, mut runs) = (0, 0);
    property(|u| {
        let mut workload = workload(u, "web")?;
        make_distinct(&mut workload);
        let mut stream = stream(u, vec![workload], EDITABLE)?;
        if u.one_in(4)? {
            stream.text.truncate(stream.text.trim_end().len());
        }
        let fields = |remove: &str| {
            let mut fields = PolicyFields::default();
            let pairs = [("appPreStop", "7s"), ("drain", "61s"), ("remove", remove)];
            pairs.iter().for_each(|(name, value)| fields.set(name, value).expect("a field and its value"));
            fields
        };
        // What is in it already may be taken for ours.
        let Verdict::Done(nothing, _) = check(&stream.text, &settings(fields("true"))) else { return Ok(()) };
        if !nothing.edits.is_empty() {
            return Ok(());
        }
        let text = &stream.text;
        let Verdict::Done(put, written) = check(text, &settings(fields("false"))) else { return Ok(()) };
        // Exit on idle with a minimum is taken for ours, and a duration that was raised can't come back.
        if written.contains("MINIMUM_DRAIN_DURATION") || text.contains("rainDuration") {
            return Ok(());
        }
        let Verdict::Done(_, back) = check(&written, &settings(fields("true"))) else {
            // An explicit key that held nothing has no line of its own to take out, which is said.
            let has_explicit = written.lines().any(|line| line.trim_start_matches([' ', '-']).starts_with('?'));
            assert!(has_explicit, "its own output is refused:\n{written}");
            return Ok(());
        };
        runs += 1;
        let is_settled = |document: &Value| !has_void(document) && !has_open_config(document);
        let is_settled = documents(text).is_some_and(|documents| documents.iter().all(is_settled));
        if is_settled && put.edits.as_slice().iter().all(|edit| edit.span.start() == edit.span.end()) {
            // A text without a final line break gets one where its last lines go.
            let whole = if text.ends_with('\n') { back.as_str() } else { back.trim_end_matches(['\r', '\n']) };
            assert_eq!(whole, text, "not the old bytes\n{back}\n---- of\n{text}\n---- by\n{written}");
            same += 1;
        }
        let lost = stream.lost_comments(&back);
        assert!(lost.is_empty(), "{lost:?} are lost in\n{back}\n---- of\n{text}\n---- by\n{written}");
        let blanks = |text: &str| text.lines().filter(|line| !line.is_empty() && line.trim().is_empty()).count();
        assert!(blanks(&back) <= blanks(text), "a line of blanks in\n{back:?}\n---- of\n{text}\n---- by\n{written}");
        if let (Some(mut old), Some(mut new)) = (documents(text), documents(&back)) {
            old.iter_mut().chain(&mut new).for_each(|document| *document = without_voids(document));
            assert_eq!(old, new, "not the old values\n{back}\n---- of\n{text}\n---- by\n{written}");
        }
        Ok(())
    });
    assert!(runs < 20 || same * 4 > runs, "only {same} of {runs} came back byte for byte");
}

/// Makes the workload one whose parts can be told from ours: with a grace period that is long enough, and without an
/// override that holds nothing.
fn make_distinct(model: &mut Model) {
    let Model::Map(entries) = model else { return };
    for (key, value) in entries.iter_mut() {
        match value {
            Model::Map(spec) if key == "spec" && spec.iter().any(|(key, _)| key == "containers") => {
                for (_, containers) in spec.iter_mut() {
                    if let Model::Seq(containers) = containers {
                        containers.retain(|container| !is_bare_override(container));
                    }
                }
                spec.retain(|(key, _)| key != "terminationGracePeriodSeconds");
                spec.insert(0, ("terminationGracePeriodSeconds".to_owned(), Model::Int(120)));
            }
            _ => make_distinct(value),
        }
    }
}

/// Whether it looks like an override of ours, once it has got a hook.
fn is_bare_override(container: &Model) -> bool {
    container.get("name").and_then(Model::as_str) == Some("istio-proxy") && container.get("resources").is_none()
}

/// Whether it stands for nothing, so that it goes with what was put into it.
fn is_void(value: &Value) -> bool {
    match value {
        Value::Mapping(mapping) => mapping.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        value => value.is_null(),
    }
}

fn has_void(value: &Value) -> bool {
    let inside = match value {
        Value::Mapping(mapping) => mapping.values().any(has_void),
        Value::Sequence(items) => items.iter().any(has_void),
        _ => false,
    };
    inside || is_void(value)
}

/// Whether a text of the proxy's configuration has no line break at its end: it gets one where its last line goes, since
/// a block scalar above that line ends with it.
fn has_open_config(value: &Value) -> bool {
    match value {
        Value::Mapping(mapping) => mapping.iter().any(|(key, value)| match value.as_str() {
            Some(text) => key == "proxy.istio.io/config" && !text.ends_with('\n'),
            None => has_open_config(value),
        }),
        Value::Sequence(items) => items.iter().any(has_open_config),
        _ => false,
    }
}

/// A value without what stands for nothing, and with the proxy's configuration in place of its text.
fn without_voids(value: &Value) -> Value {
    match value {
        Value::Mapping(mapping) => {
            let inner = mapping.iter().map(|(key, value)| match value.as_str() {
                Some(text) if key == "proxy.istio.io/config" => {
                    (key.clone(), without_voids(&serde_yaml::from_str(text).expect("a text that can be read")))
                }
                _ => (key.clone(), without_voids(value)),
            });
            Value::Mapping(inner.filter(|(_, value)| !is_void(value)).collect())
        }
        Value::Sequence(items) => Value::Sequence(items.iter().map(without_voids).collect()),
        value => value.clone(),
    }
}

/// Annotation texts that nobody would write, in any style: each is edited as planned or refused with a finding, and no
/// run fails.
#[test]
fn nasty_proxy_configs_are_edited_or_refused() {
    const LINES: &[&str] = &[
        "---",
        "...",
        "--- # c",
        "... # c",
        "---\tx",
        "# c",
        "  # c",
        "      # c",
        "\t# c",
        "concurrency: 2",
        "concurrency: 2 # c",
        "terminationDrainDuration: 45s",
        "terminationDrainDuration: 1s",
        "terminationDrainDuration: &a 1s",
        "a: *a",
        "<<: *a",
        "proxyMetadata:",
        "  A: b",
        "  A: |",
        "    x",
        "    ",
        "",
        " ",
        "\t",
        "  b: |+",
        "  c: >-",
        "'q': 'a",
        "  b'",
        "\"r\": \"a\\",
        "  c\"",
        "{\"a\": 1}",
        "{",
        "}",
        "{a: 1,",
        "  b: 2}",
        "- a",
        "? x",
        ": y",
        "%YAML 1.1",
        "!!map",
        "!x",
        "&m",
        "null",
        "~",
        "{}",
        "''",
        "terminationDrainDuration: |",
        "  45s",
        "x\u{2028}y: z",
        "drainDuration: 1s",
        "drainDuration:",
        "\u{feff}a: b",
        "a: b: c",
        "terminationDrainDuration: 1s\r",
        "MINIMUM: 1",
    ];
    const HEADERS: &[&str] =
        &["|", "|-", "|+", "|2", "|2-", "|2+", ">", ">-", ">+", ">2", "| # c", "\"", "'", "\"\\", "plain"];
    property(|u| {
        let count = u.below(7)?;
        let lines: Vec<&str> = (0..count).map(|_| u.pick(LINES)).collect::<Result<_>>()?;
        let header = u.pick(HEADERS)?;
        let is_removal = u.one_in(3)?;
        let lines_end = if u.one_in(3)? { "\r\n" } else { "\n" };
        let text = lines.join("\n");
        let block = |margin: &str| lines.iter().map(|line| format!("{margin}{line}\n")).collect::<String>();
        let value = match header {
            "\"" => format!(" {}\n", serde_json::Value::from(text)),
            "'" => format!(" '{}'\n", text.replace('\'', "''").replace('\n', "\n\n          ")),
            "\"\\" => {
                format!(" \"{}\"\n", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\n\n          "))
            }
            "plain" => format!("\n{}", block("          ")),
            header => format!(" {header}\n{}", block("          ")),
        };
        let behind = u.pick(&["", "        a: b\n", "            # c\n", "        # c\n        a: b\n", "\n\n"])?;
        let last = u.one_in(4)?;
        let annotations =
            format!("  template:\n    metadata:\n      annotations:\n        proxy.istio.io/config:{value}{behind}");
        let spec = "  template:\n    spec:\n      containers:\n      - name: web\n        image: nginx\n";
        let spec = spec.strip_prefix("  template:\n").expect("it starts so");
        let (head, body) = annotations.split_once("    metadata:").expect("it has some");
        let template = if last { format!("{head}{spec}    metadata:{body}") } else { format!("{annotations}{spec}") };
        let input = format!("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n{template}");
        let input = if u.one_in(6)? { input.trim_end_matches('\n').to_owned() } else { input }.replace('\n', lines_end);
        let text =
            format!("apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\nspec: {{remove: {is_removal}}}\n");
        let settings = settings(read_policy(Source::embedded(&text)).expect("a policy"));
        let is_odd = |line: &&str| line.contains(['\t', '\r', '\u{2028}', '\u{feff}', '%', '!', '&', '*']);
        if !lines.iter().any(is_odd) && serde_yaml::from_str::<Value>(&lines.join("\n")).is_ok() {
            check(&input, &settings);
        }
        let source = Source::new(input.as_bytes()).expect("it is text");
        let done = match transform(source, &settings) {
            Err(TransformError::Syntax(_)) => return Ok(()),
            done => done.unwrap_or_else(|error| panic!("{error} in\n{input}\n{input:?}")),
        };
        let output = done.edits.apply(source);
        let again = transform(Source::embedded(&output), &settings);
        let again = again.unwrap_or_else(|error| panic!("{error} in\n{output}\nof\n{input}\n{input:?}"));
        assert!(again.edits.is_empty(), "edited again\n{output}\nof\n{input}\n{input:?}");
        let is_plain = !lines.iter().any(|line| line.contains(['\r', '\u{2028}']));
        if lines_end == "\r\n" && is_plain {
            assert!(!output.replace("\r\n", "").contains('\n'), "a lone line feed in\n{output:?}\nof\n{input:?}");
        }
        Ok(())
    });
}
