//! What is said of the pods that a selector takes, found without a look at all selectors.

use std::collections::{BTreeMap, HashMap};

use crate::object::Texts;

/// A selector of labels and the namespace in which it selects, with what is said of its pods.
pub(super) type OfPods<T> = (Option<String>, Texts, T);

/// What is said of pods, by namespace and selector.
#[derive(Clone, Debug)]
pub(super) struct BySelector<T> {
    of_namespaces: HashMap<String, ByLabel<T>>,
    /// Of objects that name no namespace.
    of_none: ByLabel<T>,
}

/// What is said of the pods of a namespace, by one label that each selector asks for, and its value: the one that the
/// fewest ask for, since nearly all selectors of a release ask for some labels.
#[derive(Clone, Debug)]
struct ByLabel<T> {
    /// Of all its pods.
    all: T,
    labels: HashMap<String, HashMap<String, BTreeMap<Texts, T>>>,
}

/// The namespaces of what is in the namespace of a pod: objects that name none are in one and the same.
pub(super) fn own<'n>(
    namespace: Option<&'n str>,
    default: Option<&str>,
) -> impl Iterator<Item = Option<&'n str>> + use<'n> {
    let unnamed = (default == namespace).then_some(None);
    namespace.map(Some).into_iter().chain(unnamed)
}

impl<T: Default> Default for ByLabel<T> {
    fn default() -> Self {
        Self { all: T::default(), labels: HashMap::new() }
    }
}

impl<T: Default> Default for BySelector<T> {
    fn default() -> Self {
        Self { of_namespaces: HashMap::new(), of_none: ByLabel::default() }
    }
}

impl<T: Default> BySelector<T> {
    /// Puts together, by `add`, what is said of the same selector.
    pub(super) fn of<U>(said: Vec<OfPods<U>>, add: impl Fn(&mut T, U)) -> Self {
        let mut frequency: HashMap<(&str, &str), usize> = HashMap::new();
        for (key, value) in said.iter().flat_map(|(_, selector, _)| selector) {
            *frequency.entry((key, value)).or_default() += 1;
        }
        let rarest = |(_, selector, _): &OfPods<U>| {
            let rarest = selector.iter().min_by_key(|(key, value)| frequency.get(&(key.as_str(), value.as_str())));
            rarest.map(|(key, value)| (key.clone(), value.clone()))
        };
        let labels: Vec<_> = said.iter().map(rarest).collect();
        let mut by_selector = Self::default();
        for ((namespace, selector, what), label) in said.into_iter().zip(labels) {
            let of = match namespace {
                Some(name) => by_selector.of_namespaces.entry(name).or_default(),
                None => &mut by_selector.of_none,
            };
            let known = match label {
                Some((key, value)) => {
                    of.labels.entry(key).or_default().entry(value).or_default().entry(selector).or_default()
                }
                None => &mut of.all,
            };
            add(known, what);
        }
        by_selector
    }

    fn in_namespace(&self, namespace: Option<&str>) -> Option<&ByLabel<T>> {
        namespace.map_or(Some(&self.of_none), |name| self.of_namespaces.get(name))
    }

    /// What is said in a namespace, or in none, without a selector.
    pub(super) fn of_all(&self, namespace: Option<&str>) -> Option<&T> {
        self.in_namespace(namespace).map(|of| &of.all)
    }

    /// What is said there of pods with these labels by the selectors that take them.
    pub(super) fn selecting<'s>(&'s self, namespace: Option<&str>, labels: &'s Texts) -> impl Iterator<Item = &'s T> {
        let of = self.in_namespace(namespace).into_iter();
        let alike = of.flat_map(|of| labels.iter().filter_map(|(key, value)| of.labels.get(key)?.get(value)));
        let selects = |selector: &Texts| selector.iter().all(|(key, value)| labels.get(key) == Some(value));
        alike.flatten().filter(move |(selector, _)| selects(selector)).map(|(_, what)| what)
    }
}
