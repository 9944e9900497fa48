//! The documents of the input, and which of them belong to the same cluster.

use std::collections::{BTreeMap, BTreeSet};

use crate::object;
use crate::world::{Flaw, Survey, World, is_wanted, may_matter};
use crate::yaml::{Keep, Source, Span, SyntaxError, parse, units};

/// One document.
pub(super) struct Dump {
    /// Its name for people.
    name: String,
    /// The number of its input.
    input: usize,
    survey: Survey,
    /// The `uid` of each object that has one. The key is kind, namespace and name.
    uids: BTreeMap<String, String>,
    /// Whether it is a single Node, as in a dump of one.
    is_node: bool,
}

/// Reads the documents that can matter.
pub(super) fn read(inputs: &[(&str, Source<'_>)]) -> Result<Vec<Dump>, (usize, SyntaxError)> {
    let mut dumps = Vec::new();
    for (input, (name, source)) in inputs.iter().enumerate() {
        let units = units(*source, "kind").into_iter();
        let spans = units.flat_map(|unit| match glued(source.slice(unit.span)).as_slice() {
            [] => Vec::from_iter(may_matter(*source, &unit).then_some(unit.span)),
            starts => {
                let starts = starts.iter().map(|start| unit.span.start() + start);
                let starts: Vec<_> = [unit.span.start()].into_iter().chain(starts).chain([unit.span.end()]).collect();
                starts.iter().zip(starts.iter().skip(1)).map(|(start, end)| Span::new(*start, *end)).collect()
            }
        });
        let spans: Vec<_> = spans.collect();
        let is_alone = spans.len() == 1;
        for (number, span) in spans.into_iter().enumerate() {
            let tree = parse(*source, span, Keep::ALL).map_err(|error| (input, error))?;
            let name = if is_alone { (*name).to_owned() } else { format!("{name} (document {})", number + 1) };
            let uids = object::collect(&tree, is_wanted).into_iter().filter_map(|object| {
                let uid = tree.get_path(object.node, &["metadata", "uid"])?;
                Some((object.identity.to_string(), tree.as_written(uid)?.to_owned()))
            });
            let uids = uids.collect();
            let is_node = tree.roots().iter().any(|root| tree.str_at(*root, &["kind"]) == Some("Node"));
            dumps.push(Dump { name, input, survey: Survey::of_tree(&tree), uids, is_node });
        }
    }
    Ok(dumps)
}

/// Whether what several commands printed stands in one input with nothing between.
pub(super) fn is_glued(source: Source<'_>) -> bool {
    units(source, "kind").iter().any(|unit| !glued(source.slice(unit.span)).is_empty())
}

/// Where the output of a further `kubectl get -o yaml` or `-o json` starts in a document: at another `apiVersion` at
/// its margin, or at a brace behind a line that closes one. Neither can be in one object.
fn glued(document: &str) -> Vec<usize> {
    let (mut starts, mut offset) = (Vec::new(), 0);
    let (mut is_second, mut is_closed) = (false, false);
    for line in document.split_inclusive('\n') {
        let is_version = line.starts_with("apiVersion:");
        if is_version && is_second || is_closed && line.starts_with('{') {
            starts.push(offset);
        }
        is_second |= is_version;
        let text = line.trim_end();
        is_closed = text == "}" || text.starts_with('{') && text.ends_with('}');
        offset += line.len();
    }
    starts
}

/// The surveys of each cluster, with a name for people. All documents count as one cluster if nothing contradicts that.
/// Otherwise each input is a cluster, or else each document.
pub(super) fn clusters(dumps: &[Dump]) -> Vec<(String, Vec<Survey>)> {
    let all: Vec<&Dump> = dumps.iter().collect();
    if !differ(&all) {
        return vec![(String::new(), surveys(&all))];
    }
    let inputs: BTreeSet<usize> = dumps.iter().map(|dump| dump.input).collect();
    let mut clusters = Vec::new();
    for input in inputs {
        let own: Vec<&Dump> = dumps.iter().filter(|dump| dump.input == input).collect();
        match own.first() {
            Some(first) if !differ(&own) => {
                let name = first.name.split(" (document ").next().unwrap_or_default();
                clusters.push((name.to_owned(), surveys(&own)));
            }
            _ => clusters.extend(own.into_iter().map(|dump| (dump.name.clone(), vec![dump.survey.clone()]))),
        }
    }
    clusters
}

fn surveys(dumps: &[&Dump]) -> Vec<Survey> {
    dumps.iter().map(|dump| dump.survey.clone()).collect()
}

/// Whether documents can't belong to one cluster: an object has two `uid`s, they contradict each other, or lists of
/// nodes differ in the oldest one.
fn differ(dumps: &[&Dump]) -> bool {
    let mut known = BTreeMap::new();
    let mut uids = dumps.iter().flat_map(|dump| &dump.uids);
    if uids.any(|(object, uid)| known.insert(object, uid).is_some_and(|other| other != uid)) {
        return true;
    }
    let world = World::of(surveys(dumps));
    if world.all_troubles().iter().any(|trouble| matches!(trouble.flaw, Flaw::Contradiction { .. })) {
        return dumps.len() > 1;
    }
    let mut oldest = BTreeMap::new();
    for (_, release, place) in world.nodes() {
        let Some((dump, release)) = dumps.get(place.source).zip(release) else { continue };
        let list = (dump.input, (!dump.is_node).then_some(place.source));
        let least = oldest.entry(list).or_insert(release);
        *least = release.min(*least);
    }
    oldest.values().collect::<BTreeSet<_>>().len() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_behind_each_other_are_told_apart() {
        let list = "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\nkind: List\n";
        assert_eq!(glued(list), [0; 0]);
        assert_eq!(glued(&format!("{list}{list}{list}")), [list.len(), 2 * list.len()]);
        assert_eq!(glued("kind: Pod\napiVersion: v1\n"), [0; 0]);
        let json = "{\n  \"kind\": \"List\"\n}\n";
        assert_eq!(glued(json), [0; 0]);
        assert_eq!(glued(&format!("{json}{json}")), [json.len()]);
        assert_eq!(glued("{\"a\": 1}\n{\"a\": 2}\n"), [9]);
        assert_eq!(glued("a: {\n}\nb: {\n}\n"), [0; 0]);
    }
}
