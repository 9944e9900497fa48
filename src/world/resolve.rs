//! Puts the values of ConfigMaps below what HelmReleases say that name them.

use std::collections::{BTreeSet, HashMap};

use memchr::memmem;

use crate::object;
use crate::yaml::{Keep, Place, Source, Step, Tree, lines_of_text, parse, route_at, units};

use super::objects::place;
use super::stated_at::Trouble;
use super::survey::{MeshSetting, MeshStatement, Survey};
use super::values_from::{ReadValues, ValuesText};

const CONFIG_MAP: &str = "ConfigMap";

impl Survey {
    /// The names of ConfigMaps that HelmReleases have values from.
    fn named_values(&self) -> impl Iterator<Item = &str> {
        let references = self.statements.iter().flat_map(|said| &said.from);
        references.filter(|it| it.object.kind == CONFIG_MAP).map(|it| it.object.name.as_str())
    }
}

/// Reads the ConfigMaps that HelmReleases have values from, wherever in the sources they are. No name says which they
/// are before all HelmReleases are read.
pub(crate) fn read_values<'s>(sources: impl Iterator<Item = Source<'s>>, surveys: &mut [Survey]) {
    let names: BTreeSet<String> = surveys.iter().flat_map(Survey::named_values).map(str::to_owned).collect();
    if names.is_empty() {
        return;
    }
    for (source, survey) in sources.zip(surveys) {
        for unit in units(source, "kind") {
            let text = source.slice(unit.span).as_bytes();
            if memmem::find(text, CONFIG_MAP.as_bytes()).is_some()
                && let Ok(tree) = parse(source, unit.span, Keep::ALL)
            {
                survey.add_values(&tree, &names);
            }
        }
    }
}

impl Survey {
    fn add_values(&mut self, tree: &Tree<'_>, names: &BTreeSet<String>) {
        let objects = object::collect(tree, |kind| kind == CONFIG_MAP).into_iter();
        for object in objects.filter(|object| names.contains(&object.identity.name)) {
            let place = place(tree, object.root, object.node, object.identity.clone());
            let data = tree.get(object.node, "data").into_iter().flat_map(|data| tree.entries(data));
            for (key, value) in data {
                let (Some(key), Some(text)) = (tree.as_written(*key), tree.str(*value)) else { continue };
                let offset = tree.node(*value).span.start();
                let at = Place { offset, route: route_at(tree, object.node, offset).then([Step::Text]) };
                let (key, text, lines) = (key.to_owned(), text.to_owned(), lines_of_text(tree, *value));
                self.values_texts.push(ValuesText { place: place.clone(), key, text, at, lines });
            }
        }
    }
}

/// Lays what HelmReleases say over the values that they have from ConfigMaps. What is below a reference that can't be
/// seen counts for nothing, since that may say something else.
pub(super) fn resolve(statements: &mut [MeshStatement], texts: &[ValuesText], troubles: &mut Vec<Trouble>) {
    let mut by_name: HashMap<&str, Vec<&ValuesText>> = HashMap::new();
    for text in texts {
        by_name.entry(&text.place.identity.name).or_default().push(text);
    }
    for said in statements.iter_mut().filter(|said| !said.from.is_empty()) {
        let is_mesh = said.part == MeshSetting::Mesh;
        for reference in std::mem::take(&mut said.from).iter().rev() {
            let texts = by_name.get(reference.object.name.as_str()).map(Vec::as_slice).unwrap_or_default();
            let Some(text) = reference.text(texts) else {
                let is_left_out = reference.is_optional && texts.iter().any(|text| reference.is_of(text));
                if is_left_out || !reference.may_matter() {
                    continue;
                }
                said.unseen = said.unseen.take().or(is_mesh.then(|| reference.unseen.clone()));
                break;
            };
            let mut found = Vec::new();
            let Some(ReadValues { mesh, values }) = text.read(reference.target.as_deref(), &mut found) else {
                continue;
            };
            // Each of the three parts of a release reads the same texts.
            troubles.extend(found.into_iter().filter(|_| is_mesh));
            if !said.states_revision
                && let Some(revision) = values.revision
            {
                (said.revision, said.states_revision) = (revision, true);
            }
            let lower = match said.part {
                MeshSetting::Mesh => mesh,
                MeshSetting::Injector => values.injector,
                MeshSetting::Istiod => values.istiod,
            };
            said.below = std::mem::take(&mut said.below).or(lower.clone());
            said.settings = std::mem::take(&mut said.settings).or(lower);
            match said.part {
                MeshSetting::Injector if said.never_inject.is_empty() => said.never_inject = values.never_inject,
                MeshSetting::Istiod => said.release = said.release.take().or(values.release),
                _ => {}
            }
        }
    }
}
