//! Changes of values, as data: the planned content of a document, independent of its text.
//!
//! Two independent functions read a patch. `lower` turns it into edits. `compare` compares the parsed result with the
//! parsed original. If the two agree, the text has the planned content.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use super::print::document;
use super::value::Value;

/// The name of a key. Nearly all of them are constants, which cost nothing to repeat.
pub(crate) type KeyName = Cow<'static, str>;

/// One step from a node to a node inside it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// To the value of a key.
    Key(Cow<'static, str>),
    /// To the value of a new key, which goes before all existing ones.
    First(Cow<'static, str>),
    /// To an item, counted from 0.
    Item(usize),
    /// Behind the last item.
    End,
    /// Into the YAML text that a string holds.
    Text,
}

impl From<&'static str> for Step {
    fn from(key: &'static str) -> Self {
        Self::Key(key.into())
    }
}

impl From<&String> for Step {
    fn from(key: &String) -> Self {
        Self::Key(key.clone().into())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Item(index)
    }
}

/// The path from the root of a document to a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Route(pub Vec<Step>);

impl Route {
    /// The route that goes on from this one.
    #[must_use]
    pub(crate) fn then(&self, steps: impl IntoIterator<Item = impl Into<Step>>) -> Self {
        let steps = steps.into_iter();
        let mut route = Vec::with_capacity(self.0.len() + steps.size_hint().0);
        route.extend_from_slice(&self.0);
        route.extend(steps.map(Into::into));
        Self(route)
    }

    /// The route that goes on to the value of this key.
    #[must_use]
    pub(crate) fn key(mut self, name: impl Into<KeyName>) -> Self {
        self.0.push(Step::Key(name.into()));
        self
    }
}

impl<const N: usize> From<[&'static str; N]> for Route {
    fn from(keys: [&'static str; N]) -> Self {
        Self::default().then(keys)
    }
}

/// Prints as `spec.template.metadata.annotations["proxy.istio.io/config"]` and `spec.containers[0]`.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) | Step::First(key)
                    if key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) =>
                {
                    write!(f, "{}{key}", if at == 0 { "" } else { "." })?;
                }
                Step::Key(key) | Step::First(key) => write!(f, "[\"{key}\"]")?,
                Step::Item(index) => write!(f, "[{index}]")?,
                Step::End => f.write_str("[-]")?,
                Step::Text => f.write_str(" > ")?,
            }
        }
        Ok(())
    }
}

/// What happens to one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Patch {
    /// Something inside of it changes: keys in the order in which they were first named; items by their index, then new
    /// ones.
    Within(Vec<(Step, Patch)>),
    /// It gets this value, whether it existed or not.
    Put(Value),
    /// It is removed, and so is every collection that becomes empty.
    Remove,
}

impl Default for Patch {
    fn default() -> Self {
        Self::Within(Vec::new())
    }
}

impl Patch {
    /// Whether it changes nothing.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Within(steps) if steps.iter().all(|(_, patch)| patch.is_empty()))
    }

    /// Puts a value at the end of `route`; what is missing on the way is made.
    pub fn put(&mut self, route: &Route, value: Value) {
        self.set(&route.0, Self::Put(value));
    }

    /// Removes what is at the end of `route`, if anything is.
    pub fn remove(&mut self, route: &Route) {
        self.set(&route.0, Self::Remove);
    }

    /// Makes the changes of another patch, too. Where both change the same node, those of `other` win.
    pub(crate) fn absorb(&mut self, other: Self) {
        let Self::Within(steps) = other else {
            *self = other;
            return;
        };
        for (step, patch) in steps {
            let Self::Within(own) = self else { return };
            match place(own, &step) {
                Ok(at) => {
                    if let Some((_, inner)) = own.get_mut(at) {
                        inner.absorb(patch);
                    }
                }
                Err(at) => own.insert(at, (step, patch)),
            }
        }
    }

    /// A later change of the same node, or of one around it, wins.
    fn set(&mut self, route: &[Step], patch: Self) {
        let Some((step, rest)) = route.split_first() else {
            *self = patch;
            return;
        };
        if !matches!(self, Self::Within(_)) {
            *self = Self::default();
        }
        let Self::Within(steps) = self else { return };
        let at = place(steps, step).unwrap_or_else(|at| {
            steps.insert(at, (step.clone(), Self::default()));
            at
        });
        if let Some((_, inner)) = steps.get_mut(at) {
            inner.set(rest, patch);
        }
    }

    /// What is planned for an item.
    pub(super) fn of_item(steps: &[(Step, Self)], index: usize) -> Option<&Self> {
        place(steps, &Step::Item(index)).ok().and_then(|at| steps.get(at)).map(|(_, patch)| patch)
    }

    /// What is planned for the node at the end of a route; `None` where nothing is.
    pub(crate) fn at(&self, route: &Route) -> Option<&Self> {
        route.0.iter().try_fold(self, |patch, step| {
            let Self::Within(steps) = patch else { return None };
            let is_it =
                |known: &Step| known == step || matches!((known, step), (Step::First(a), Step::Key(b)) if a == b);
            let found = match step {
                Step::Item(index) => return Self::of_item(steps, *index),
                _ => steps.iter().find(|(known, _)| is_it(known)),
            };
            found.map(|(_, inner)| inner)
        })
    }

    /// What becomes of a value; `None` where nothing is left of it, and where the change is one inside of a text.
    pub(crate) fn applied(&self, old: Option<&Value>) -> Option<Value> {
        let fresh = || self.fresh().map(Cow::into_owned);
        let Self::Within(steps) = self else { return fresh() };
        let (mut entries, mut items) = match old {
            None => return fresh(),
            Some(Value::Map(entries)) => (entries.clone(), Vec::new()),
            Some(Value::Items(items)) => (Vec::new(), items.iter().cloned().map(Some).collect()),
            Some(_) => return None,
        };
        let mut firsts = 0;
        for (step, patch) in steps {
            match step {
                Step::First(name) => {
                    entries.splice(firsts..firsts, patch.fresh().map(|new| (name.clone(), new.into_owned())));
                    firsts += 1;
                }
                Step::Key(name) => {
                    let at = entries.iter().position(|(key, _)| key == name);
                    let new = patch.applied(at.and_then(|at| entries.get(at)).map(|(_, value)| value));
                    match (at, new) {
                        (Some(at), Some(new)) => {
                            entries.iter_mut().skip(at).take(1).for_each(|(_, value)| *value = new.clone())
                        }
                        (Some(at), None) => drop(entries.remove(at)),
                        (None, new) => entries.extend(new.map(|new| (name.clone(), new))),
                    }
                }
                Step::Item(index) => {
                    let item = items.get_mut(*index)?;
                    *item = patch.applied(item.as_ref());
                }
                Step::End => items.push(patch.fresh().map(Cow::into_owned)),
                Step::Text => return None,
            }
        }
        let items: Vec<_> = items.into_iter().flatten().collect();
        match (entries.is_empty(), items.is_empty()) {
            (false, _) => Some(Value::Map(entries)),
            (true, false) => Some(Value::Items(items)),
            (true, true) => None,
        }
    }

    /// The value that arises where nothing was before; `None` where nothing arises.
    pub(crate) fn fresh(&self) -> Option<Cow<'_, Value>> {
        let steps = match self {
            Self::Put(value) => return Some(Cow::Borrowed(value)),
            Self::Remove => return None,
            Self::Within(steps) => steps,
        };
        let (mut first, mut entries, mut items) = (Vec::new(), Vec::new(), Vec::new());
        for (step, patch) in steps {
            match (step, patch.fresh().map(Cow::into_owned)) {
                (Step::First(key), Some(value)) => first.push((key.clone(), value)),
                (Step::Key(key), Some(value)) => entries.push((key.clone(), value)),
                (Step::End, Some(value)) => items.push(value),
                (Step::Text, Some(value)) => return Some(Cow::Owned(Value::Text(document(&value)))),
                _ => {}
            }
        }
        first.append(&mut entries);
        let entries = first;
        match (entries.is_empty(), items.is_empty()) {
            (false, _) => Some(Cow::Owned(Value::Map(entries))),
            (true, false) => Some(Cow::Owned(Value::Items(items))),
            (true, true) => None,
        }
    }
}

/// Where a step stands among others, or where it is to be put. Items are in order, so that long lists cost no more than
/// their length.
fn place(steps: &[(Step, Patch)], step: &Step) -> Result<usize, usize> {
    match step {
        Step::Item(index) => steps.binary_search_by(|(known, _)| match known {
            Step::Item(known) => known.cmp(index),
            Step::End => Ordering::Greater,
            Step::Key(_) | Step::First(_) | Step::Text => Ordering::Less,
        }),
        Step::End => Err(steps.len()),
        Step::Key(_) | Step::First(_) | Step::Text => {
            steps.iter().position(|(known, _)| known == step).ok_or(steps.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(steps: &[&'static str]) -> Route {
        Route::default().then(steps.iter().copied())
    }

    #[test]
    fn changes_of_one_parent_are_kept_together() {
        let mut patch = Patch::default();
        assert!(patch.is_empty());
        patch.put(&route(&["metadata", "a"]), Value::Int(1));
        patch.put(&route(&["metadata", "b"]), Value::Int(2));
        patch.remove(&route(&["metadata", "c"]));
        let expected = Value::map([("metadata", Value::map([("a", Value::Int(1)), ("b", Value::Int(2))]))]);
        assert_eq!(patch.fresh().as_deref(), Some(&expected));
    }

    #[test]
    fn items_are_appended_one_by_one() {
        let mut patch = Patch::default();
        let end = Route(vec!["list".into(), Step::End]);
        patch.put(&end, Value::Int(1));
        patch.put(&end, Value::Int(2));
        let items = Value::Items(vec![Value::Int(1), Value::Int(2)]);
        assert_eq!(patch.fresh().as_deref(), Some(&Value::map([("list", items)])));
    }

    #[test]
    fn changes_are_made_to_values() {
        let mut patch = Patch::default();
        patch.put(&route(&["hook", "exec", "command"]), Value::Words(vec!["sleep".into()]));
        patch.remove(&route(&["hook", "httpGet"]));
        let words = || Value::map([("command", Value::Words(vec!["sleep".into()]))]);
        let hook = patch.at(&route(&["hook"])).unwrap();
        let old = Value::map([("httpGet", Value::map([("port", Value::Int(80))])), ("other", Value::Bool(true))]);
        let new = Value::map([("other", Value::Bool(true)), ("exec", words())]);
        assert_eq!(hook.applied(Some(&old)), Some(new));
        assert_eq!(hook.applied(None), Some(Value::map([("exec", words())])));
        assert_eq!(hook.applied(Some(&Value::Int(1))), None);
        let command = patch.at(&route(&["hook", "exec", "command"])).unwrap();
        assert_eq!(command.applied(Some(&Value::Int(1))), Some(Value::Words(vec!["sleep".into()])));
        assert_eq!(patch.at(&route(&["hook", "other"])), None);
    }

    #[test]
    fn text_arises_as_yaml() {
        let mut patch = Patch::default();
        patch.put(&Route(vec!["config".into(), Step::Text, "drain".into()]), Value::str("45s"));
        assert_eq!(patch.fresh().as_deref(), Some(&Value::map([("config", Value::Text("drain: 45s\n".into()))])));
    }

    #[test]
    fn routes_print_as_field_paths() {
        let route = Route(vec!["spec".into(), "containers".into(), 0.into(), "a.b/c".into(), Step::Text, "x".into()]);
        assert_eq!(route.to_string(), "spec.containers[0][\"a.b/c\"] > .x");
    }
}
