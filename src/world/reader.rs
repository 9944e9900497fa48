//! Reads values, each with its origin, or with an error.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube_core::Selector;

use crate::istio::{Row, Setting, SettingOrigin, SettingPlace, Unfit, snake_case};
use crate::object::{self, DoubledKey};
use crate::yaml::{NodeId, Place, Resolved, Tree, reach, route_at};

use super::stated_at::{Flaw, StatedAt, Trouble};

/// A text that an object holds.
pub(super) struct InnerText {
    /// Where it stands.
    pub place: Place,
    /// Where its lines start, in the text and in the source.
    pub lines: Vec<(usize, usize)>,
}

impl InnerText {
    /// The byte of the source for one of the text: that of the whole text, if its lines don't stand as they are read.
    fn outside(&self, offset: usize) -> usize {
        let line = self.lines.partition_point(|(start, _)| *start <= offset).checked_sub(1);
        let line = line.and_then(|line| self.lines.get(line));
        line.map_or(self.place.offset, |(start, outside)| outside + offset - start)
    }
}

/// Reads the settings in one object, or in a text that it holds.
pub(super) struct Reader<'r, 's> {
    pub tree: &'r Tree<'s>,
    /// Where the object stands.
    pub place: &'r StatedAt,
    /// What is read: the object, or the root of a text in it.
    pub root: NodeId,
    /// The text in the object, where it is one that is read.
    pub text: Option<&'r InnerText>,
    pub troubles: &'r mut Vec<Trouble>,
}

impl Reader<'_, '_> {
    /// A value that this object states at that node.
    pub(super) fn setting<T>(&self, at: NodeId, value: T) -> Setting<T> {
        let route = route_at(self.tree, self.root, self.tree.node(at).span.start());
        let (offset, _) = reach(self.tree, self.root, &route);
        let offset = self.text.map_or(offset, |text| text.outside(offset));
        let number = self.place.source;
        Setting::new(value, self.origin()).at(Some(SettingPlace::Input { number, offset }))
    }

    pub(super) fn origin(&self) -> SettingOrigin {
        SettingOrigin::Mesh(self.place.title())
    }

    /// The value of a key, in either spelling: protobuf takes `drainDuration` and `drain_duration`.
    pub(super) fn get(&self, node: NodeId, key: &str) -> Option<NodeId> {
        let value = self.tree.get(node, key).or_else(|| self.tree.get(node, &snake_case(key)))?;
        (self.tree.scalar(value) != Some(Resolved::Null)).then_some(value)
    }

    pub(super) fn path(&self, node: NodeId, keys: &[&str]) -> Option<NodeId> {
        keys.iter().try_fold(node, |node, key| self.get(node, key))
    }

    /// A setting of the proxy.
    pub(super) fn read<R: Row>(&mut self, node: NodeId, keys: &[&str]) -> Option<Setting<R::Value>> {
        let value = self.path(node, keys)?;
        match R::read(&object::text(self.tree, value).unwrap_or_default(), self.tree.str(value).is_some()) {
            Ok(read) => Some(self.setting(value, read)),
            Err(Unfit::Empty) => None,
            Err(Unfit::Duration(error)) => self.flaw(value, Flaw::Duration(keys.join("."), error)),
            Err(Unfit::Not(expected)) => self.flaw(value, Flaw::Value(keys.join("."), expected)),
        }
    }

    /// True or false, bare or in quotes.
    pub(super) fn bool(&mut self, node: NodeId, keys: &[&str]) -> Option<Setting<bool>> {
        let value = self.path(node, keys)?;
        match self.tree.scalar(value) {
            Some(Resolved::Bool(is_on)) => Some(self.setting(value, is_on)),
            Some(Resolved::Str("true")) => Some(self.setting(value, true)),
            Some(Resolved::Str("false")) => Some(self.setting(value, false)),
            _ => self.flaw(value, Flaw::Value(keys.join("."), "`true` or `false`")),
        }
    }

    /// A text; nothing where it is empty.
    pub(super) fn text(&mut self, node: NodeId, keys: &[&str]) -> Option<Setting<String>> {
        let value = self.path(node, keys)?;
        let text = self.tree.as_written(value).filter(|text| !text.is_empty())?;
        Some(self.setting(value, text.to_owned()))
    }

    /// The selectors of a list, but for empty ones, which istiod skips (`pkg/kube/inject/inject.go`, `injectRequired`).
    pub(super) fn selectors(&mut self, node: NodeId, keys: &[&str]) -> Vec<Setting<Selector>> {
        let Some(list) = self.path(node, keys) else { return Vec::new() };
        let mut selectors = Vec::new();
        for item in self.tree.items(list).collect::<Vec<_>>() {
            let json = object::json(self.tree, item);
            let typed = json.and_then(|json| serde_json::from_value::<LabelSelector>(json).ok());
            match typed.and_then(|typed| Selector::try_from(typed).ok()) {
                Some(selector) if selector.selects_all() => {}
                Some(selector) => selectors.push(self.setting(item, selector)),
                None => {
                    let _: Option<()> = self.flaw(item, Flaw::Value(keys.join("."), "label selectors"));
                }
            }
        }
        selectors
    }

    /// The keys of a mapping whose values are not null.
    pub(super) fn words_of_keys(&self, node: NodeId) -> Vec<String> {
        let is_set = |value: NodeId| self.tree.scalar(value) != Some(Resolved::Null);
        let entries = self.tree.entries(node).iter().filter(|(_, value)| is_set(*value));
        entries.filter_map(|(key, _)| self.tree.as_written(*key)).map(str::to_owned).collect()
    }

    /// Records that a key is written twice in what is read. Of labels and annotations, those of Istio are.
    pub(super) fn doubled(&mut self) {
        let of_anybody = ["labels", "annotations"].map(|key| self.tree.get_path(self.root, &["metadata", key]));
        let is_read = |mapping, name: &str| !of_anybody.contains(&Some(mapping)) || name.contains("istio");
        self.said_twice(object::doubled(self.tree, self.root, is_read));
    }

    /// Records a key that is written twice.
    pub(super) fn said_twice(&mut self, doubled: Option<DoubledKey>) {
        let Some(DoubledKey { first, second, .. }) = doubled else { return };
        let offset = self.tree.node(first).span.start();
        let offset = self.text.map_or(offset, |text| text.outside(offset));
        let first = Some(SettingPlace::Input { number: self.place.source, offset });
        let key = self.tree.as_written(second).unwrap_or_default().to_owned();
        let _: Option<()> = self.flaw(second, Flaw::Twice { key, first });
    }

    /// Records an error in a value, which is then ignored.
    pub(super) fn flaw<T>(&mut self, value: NodeId, flaw: Flaw) -> Option<T> {
        let offset = self.tree.node(value).span.start();
        let route = route_at(self.tree, self.root, offset);
        let field = match self.text {
            Some(text) => Place { offset: text.place.offset, route: text.place.route.then(route.0) },
            None => Place { offset, route },
        };
        self.troubles.push(Trouble { place: StatedAt { field, ..self.place.clone() }, flaw });
        None
    }
}
