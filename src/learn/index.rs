//! What an existing policy states, found by path and by line.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::outline::{LineForm, PageOutline, StatedField};

/// Paths in their order, so that those below another one stand together.
pub(super) type Paths = BTreeSet<String>;

/// The stated fields of a policy.
pub(super) struct PageIndex<'o> {
    /// The first one of each path, with its number.
    of: HashMap<&'o str, (usize, &'o StatedField)>,
    all: &'o [StatedField],
    /// The field that starts on a line, unless it stands in a mapping on that line.
    starting: HashMap<usize, &'o StatedField>,
    /// The groups that end before a line, the inner ones first.
    ending: HashMap<usize, Vec<&'o StatedField>>,
    /// The lines of values behind their first ones.
    inside: HashSet<usize>,
    /// The paths of values that have their own lines.
    pub(super) values: Paths,
}

impl<'o> PageIndex<'o> {
    pub(super) fn of(outline: &'o PageOutline) -> Self {
        let all = &outline.stated;
        let (mut of, mut starting) = (HashMap::new(), HashMap::new());
        let mut ending: HashMap<_, Vec<_>> = HashMap::new();
        for (number, stated) in all.iter().enumerate() {
            of.entry(stated.path.as_str()).or_insert((number, stated));
            if stated.form != LineForm::Flow {
                starting.entry(stated.lines.start).or_insert(stated);
            }
        }
        for group in all.iter().rev().filter(|stated| stated.form == LineForm::Group) {
            ending.entry(group.lines.end).or_default().push(group);
        }
        let values = || all.iter().filter(|stated| stated.form == LineForm::Value);
        let inside = values().flat_map(|stated| stated.lines.clone().skip(1)).collect();
        Self { of, all, starting, ending, inside, values: values().map(|stated| stated.path.clone()).collect() }
    }

    /// What is stated of a path.
    pub(super) fn stated(&self, path: &str) -> Option<&'o StatedField> {
        self.of.get(path).map(|(_, stated)| *stated)
    }

    pub(super) fn starting_at(&self, line: usize) -> Option<&'o StatedField> {
        self.starting.get(&line).copied()
    }

    pub(super) fn ending_before(&self, line: usize) -> Vec<&'o StatedField> {
        self.ending.get(&line).cloned().unwrap_or_default()
    }

    /// Whether a line goes on with a value.
    pub(super) fn is_inside(&self, line: usize) -> bool {
        self.inside.contains(&line)
    }

    /// The indentation of the entries of a group, in columns. The first of them stands behind it.
    pub(super) fn inner_indent(&self, group: &StatedField) -> usize {
        let next = self.of.get(group.path.as_str()).and_then(|(number, _)| self.all.get(number + 1));
        let inside = next.filter(|next| next.path != group.path && is_within(&next.path, &group.path));
        inside.filter(|next| next.lines.start > group.lines.start).map_or(group.indent + 2, |next| next.indent)
    }
}

/// Whether a path equals `outer` or is below it.
fn is_within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A path, and all that it is below.
pub(super) fn around(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('.').filter_map(|(dot, _)| path.get(..dot)).chain([path])
}

/// Whether some path is below `outer`.
pub(super) fn has_below(paths: &Paths, outer: &str) -> bool {
    let inner = format!("{outer}.");
    paths.range(inner.clone()..).next().is_some_and(|path| path.starts_with(&inner))
}

/// The keys below `outer`, in their order.
pub(super) fn below<V>(all: &BTreeMap<String, V>, outer: &str) -> Vec<String> {
    let inner = format!("{outer}.");
    all.range(inner.clone()..).map(|(path, _)| path).take_while(|path| path.starts_with(&inner)).cloned().collect()
}
