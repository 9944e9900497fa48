//! The independent reading. serde_yaml reads the input and the output, and a small interpreter makes the planned
//! changes to the values of the input; the two must be equal then, down to the order of keys.
//!
//! Nothing of the library's own reading is used but where its roots start, to tell which document a patch speaks of.

use istio_drain::inside::yaml::{Patch, Source, Step, Value as New, parse_all};
use serde::Deserialize as _;
use serde_yaml::value::{Tag, TaggedValue};
use serde_yaml::{Deserializer, Mapping, Value};

/// Marks what a string is to hold as YAML of its own.
const EMBEDDED: &str = "!embedded";

/// Marks a string that goes unless comments are left in it.
const COMMENTS: &str = "!comments";

/// Every document of an input; `None` where serde_yaml can't read it.
fn documents_as_applied(text: &str) -> Option<Vec<Value>> {
    // kubectl ends the last line of what it reads; bare libyaml takes the missing line end for part of a block scalar's
    // text. And serde_yaml knows no byte order mark.
    let text = text.trim_start_matches('\u{FEFF}');
    documents(&if text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") })
}

/// Every document of a text; `None` where serde_yaml can't read it.
pub(crate) fn documents(text: &str) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    // An error would be repeated without end, so the first one ends it all.
    for document in Deserializer::from_str(text) {
        values.push(Value::deserialize(document).ok()?);
    }
    Some(values)
}

/// Says that a text within the input can't be read.
const UNREADABLE: &str = "serde_yaml can't read an embedded text";

/// Holds `output` against `input` with `patches` applied. `None` where serde_yaml can't read the input, or a text
/// within it that is to change: unlike Istio's parser it takes no key twice.
pub(crate) fn check(input: &str, patches: &[(usize, Patch)], output: &str) -> Option<Result<(), String>> {
    let mut expected = documents_as_applied(input)?;
    let applied = apply_all(input, patches, &mut expected);
    if applied.as_ref().is_err_and(|why| why == UNREADABLE) {
        return None;
    }
    Some(applied.and_then(|()| {
        let actual = documents_as_applied(output).ok_or("serde_yaml can't read the output")?;
        if expected.len() != actual.len() {
            return Err(format!("serde_yaml reads {} documents where {} were", actual.len(), expected.len()));
        }
        let mut pairs = expected.iter().zip(&actual).enumerate();
        pairs.try_for_each(|(at, (expected, actual))| same(expected, actual, &format!("document {at}")))
    }))
}

fn apply_all(input: &str, patches: &[(usize, Patch)], documents: &mut [Value]) -> Result<(), String> {
    if patches.is_empty() {
        return Ok(());
    }
    // Where a character is a line break in YAML 1.1 only, the text is read with plain ones, at the same offsets.
    let plain = input.replace('\u{85}', " \n").replace(['\u{2028}', '\u{2029}'], "  \n");
    let tree = parse_all(Source::embedded(input))
        .or_else(|_| parse_all(Source::embedded(&plain)))
        .map_err(|error| error.to_string())?;
    let starts: Vec<_> = tree.roots().iter().map(|root| tree.node(*root).span.start()).collect();
    if starts.len() != documents.len() {
        return Err(format!("serde_yaml reads {} documents, the library {}", documents.len(), starts.len()));
    }
    for (offset, patch) in patches {
        let at = starts.iter().position(|start| start == offset).ok_or("a patch of no document")?;
        let document = std::mem::replace(&mut documents[at], Value::Null);
        documents[at] = apply(Some(document), patch)?.ok_or("a whole document would go")?;
    }
    Ok(())
}

/// The value after the change; `None` where it is gone.
fn apply(old: Option<Value>, patch: &Patch) -> Result<Option<Value>, String> {
    let steps = match patch {
        Patch::Put(new) => return Ok(Some(value(new))),
        Patch::Remove => return Ok(None),
        Patch::Within(steps) => steps,
    };
    let before = old.clone();
    let new = match steps.first().map(|(step, _)| step) {
        None => return Ok(old),
        Some(Step::Text) => match within_text(old, steps)? {
            Some(text) => text,
            None => return Ok(None),
        },
        Some(Step::Key(_) | Step::First(_)) => within_mapping(old, steps)?,
        Some(Step::Item(_) | Step::End) => within_sequence(old, steps)?,
    };
    // A collection that nothing is left in goes; what was empty before stays what it was.
    Ok(if is_empty(&new) { before.filter(is_empty) } else { Some(new) })
}

/// A text that nothing is left in goes; one that held comments may stay for their sake.
fn within_text(old: Option<Value>, steps: &[(Step, Patch)]) -> Result<Option<Value>, String> {
    let [(_, patch)] = steps else { return Err("a text with more than one change".to_owned()) };
    let has_comments = old.as_ref().and_then(Value::as_str).is_some_and(|text| text.contains('#'));
    let inner = match old {
        Some(Value::String(text)) => embedded(&text)?,
        None | Some(Value::Null) => Value::Null,
        Some(other) => return Err(format!("{other:?} where a text was expected")),
    };
    let was_empty = is_empty(&inner);
    let inner = match apply(Some(inner), patch)? {
        None if !was_empty && has_comments => return Ok(Some(tagged(COMMENTS, Value::Null))),
        None if !was_empty => return Ok(None),
        inner => inner.unwrap_or_default(),
    };
    Ok(Some(tagged(EMBEDDED, inner)))
}

fn tagged(tag: &str, value: Value) -> Value {
    Value::Tagged(Box::new(TaggedValue { tag: Tag::new(tag), value }))
}

fn embedded(text: &str) -> Result<Value, String> {
    let mut values = documents(text).ok_or(UNREADABLE)?;
    match values.len() {
        0 | 1 => Ok(values.pop().unwrap_or_default()),
        many => Err(format!("an embedded text with {many} documents")),
    }
}

fn within_mapping(old: Option<Value>, steps: &[(Step, Patch)]) -> Result<Value, String> {
    let mut mapping = match old {
        Some(Value::Mapping(mapping)) => mapping,
        old if old.as_ref().is_none_or(is_empty) => Mapping::new(),
        other => return Err(format!("{other:?} where a mapping was expected")),
    };
    for (step, patch) in steps {
        if let Step::First(key) = step {
            let new = apply(None, patch)?.map(|new| (Value::from(&**key), new));
            mapping = new.into_iter().chain(mapping).collect();
            continue;
        }
        let Step::Key(key) = step else { return Err("a mapping that is changed like a list".to_owned()) };
        let key = Value::from(&**key);
        match apply(mapping.get(&key).cloned(), patch)? {
            // Puts a new key last, and leaves a known one where it is.
            Some(new) => drop(mapping.insert(key, new)),
            None => drop(mapping.shift_remove(&key)),
        }
    }
    Ok(Value::Mapping(mapping))
}

fn within_sequence(old: Option<Value>, steps: &[(Step, Patch)]) -> Result<Value, String> {
    let mut items: Vec<Option<Value>> = match old {
        Some(Value::Sequence(items)) => items.into_iter().map(Some).collect(),
        old if old.as_ref().is_none_or(is_empty) => Vec::new(),
        other => return Err(format!("{other:?} where a list was expected")),
    };
    for (step, patch) in steps {
        match step {
            Step::End => items.push(apply(None, patch)?),
            Step::Item(index) => {
                let item = items.get_mut(*index).ok_or("an item that is not there")?;
                *item = apply(item.take(), patch)?;
            }
            _ => return Err("a list that is changed like a mapping".to_owned()),
        }
    }
    Ok(Value::Sequence(items.into_iter().flatten().collect()))
}

/// Whether nothing may be left of a value but comments, which may have gone with it.
fn may_be_gone(value: &Value) -> bool {
    match value {
        Value::Tagged(tagged) => tagged.tag == COMMENTS,
        Value::Mapping(mapping) => !mapping.is_empty() && mapping.values().all(may_be_gone),
        _ => false,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        Value::Mapping(mapping) => mapping.is_empty(),
        _ => false,
    }
}

fn value(new: &New) -> Value {
    match new {
        New::Int(number) => Value::from(*number),
        New::Number(number) => serde_yaml::from_str(number).expect("a number"),
        New::Bool(bool) => Value::from(*bool),
        New::Str(text) | New::Text(text) => Value::from(text.as_str()),
        New::Words(words) => words.iter().map(String::as_str).map(Value::from).collect(),
        New::Items(items) => items.iter().map(value).collect(),
        New::Map(entries) | New::Braces(entries) => {
            Value::Mapping(entries.iter().map(|(key, inner)| (Value::from(&**key), value(inner))).collect())
        }
    }
}

/// Whether two values are equal, the order of keys included, and the text in strings by what it says.
fn same(expected: &Value, actual: &Value, place: &str) -> Result<(), String> {
    match (expected, actual) {
        (Value::Tagged(tagged), Value::String(text)) if tagged.tag == EMBEDDED => {
            same(&tagged.value, &embedded(text)?, &format!("{place} > "))
        }
        (Value::Tagged(expected), Value::Tagged(actual)) if expected.tag == actual.tag => {
            same(&expected.value, &actual.value, place)
        }
        (Value::Tagged(tagged), Value::String(text)) if tagged.tag == COMMENTS => {
            same(&tagged.value, &embedded(text)?, &format!("{place} > "))
        }
        (Value::Mapping(expected), Value::Mapping(actual)) if expected.len() > actual.len() => {
            let left = expected.iter().filter(|(key, inner)| actual.contains_key(key) || !may_be_gone(inner));
            let left: Mapping = left.map(|(key, inner)| (key.clone(), inner.clone())).collect();
            if left.len() > actual.len() {
                return Err(format!("{place}: {actual:?} where {expected:?} was planned"));
            }
            same(&Value::Mapping(left), &Value::Mapping(actual.clone()), place)
        }
        (Value::Mapping(expected), Value::Mapping(actual)) if expected.len() == actual.len() => {
            expected.iter().zip(actual).try_for_each(|((key, inner), (actual_key, actual_inner))| {
                if key != actual_key {
                    return Err(format!("{place}: key {actual_key:?} where {key:?} was planned"));
                }
                same(inner, actual_inner, &format!("{place}.{}", key.as_str().unwrap_or("?")))
            })
        }
        (Value::Sequence(expected), Value::Sequence(actual)) if expected.len() == actual.len() => {
            let mut pairs = expected.iter().zip(actual).enumerate();
            pairs.try_for_each(|(at, (expected, actual))| same(expected, actual, &format!("{place}[{at}]")))
        }
        _ if expected == actual => Ok(()),
        _ => Err(format!("{place}: {actual:?} where {expected:?} was planned")),
    }
}

mod tests {
    use istio_drain::inside::yaml::Route;

    use super::*;

    fn patch(changes: &[(Vec<Step>, Option<New>)]) -> Vec<(usize, Patch)> {
        let mut patch = Patch::default();
        for (route, new) in changes {
            match new {
                Some(new) => patch.put(&Route(route.clone()), new.clone()),
                None => patch.remove(&Route(route.clone())),
            }
        }
        vec![(0, patch)]
    }

    #[test]
    fn planned_changes_are_found_good() {
        let check = |input: &str, changes: &[(Vec<Step>, Option<New>)], output: &str| {
            assert_eq!(check(input, &patch(changes), output), Some(Ok(())), "{output}");
        };
        let config = vec!["a".into(), Step::Text, "d".into()];
        check("a: 1\n", &[(vec!["b".into()], Some(New::Int(2)))], "a: 1\nb: 2\n");
        check("a: |\n  x: 1\nb: 1\n", &[(config.clone(), Some(New::str("5s")))], "a: '{\"x\": 1, d: 5s}'\nb: 1\n");
        check("a: |\n  d: 1\nb: 1\n", &[(config.clone(), None)], "b: 1\n");
        check("b: 1\n", &[(config, Some(New::str("5s")))], "b: 1\na: |\n  d: 5s\n");
        check("a: 1\nl:\n- b: 1\n", &[(vec!["l".into(), 0.into()], None)], "a: 1\n");
        check("l: []\n", &[(vec!["l".into(), Step::End, "b".into()], Some(New::Int(1)))], "l:\n- b: 1\n");
        check("a: 1\nm: {b: {c: 1}}\n", &[(vec!["m".into(), "b".into(), "c".into()], None)], "a: 1\n");
    }

    #[test]
    fn anything_else_is_noticed() {
        let changes = patch(&[(vec!["b".into()], Some(New::Int(2)))]);
        let config = patch(&[(vec!["a".into(), Step::Text, "d".into()], Some(New::str("5s")))]);
        for output in ["a: 1\n", "a: 1\nb: '2'\n", "b: 2\na: 1\n", "a: 1\nb: 2\nc: 3\n", "a: 1\nb: 2\n---\nc: 3\n", "["]
        {
            assert!(check("a: 1\n", &changes, output).unwrap().is_err(), "{output}");
        }
        assert!(check("a: 'x: 1'\n", &config, "a: 'd: 5s'\n").unwrap().is_err());
        assert!(
            check("a: 1\nb: {c: 1}\n", &patch(&[(vec!["b".into(), "c".into()], None)]), "a: 1\nb: {}\n")
                .unwrap()
                .is_err()
        );
        assert_eq!(check("a: 1\na: 2\n", &changes, ""), None);
    }
}
