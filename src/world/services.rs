//! Services by what they select, so that those of a pod are found without a look at all others.

use std::collections::{BTreeMap, HashMap};

use crate::object::Texts;

use super::survey::ServiceSelector;

/// The Services of the input, by their namespaces.
#[derive(Clone, Debug, Default)]
pub(super) struct Services {
    of_namespaces: HashMap<String, ByLabel>,
    /// Those that name no namespace.
    of_none: ByLabel,
}

/// What Services select, by one label that each asks for, and its value: the one that the fewest ask for, since nearly
/// all of a release ask for some labels. Beside it stands whether one of them keeps sessions.
type ByLabel = HashMap<String, HashMap<String, BTreeMap<Texts, bool>>>;

impl Services {
    /// Those that select something.
    pub(super) fn of(all: Vec<ServiceSelector>) -> Self {
        let mut frequency: HashMap<(&str, &str), usize> = HashMap::new();
        for (key, value) in all.iter().flat_map(|service| &service.selector) {
            *frequency.entry((key, value)).or_default() += 1;
        }
        let mut services = Self::default();
        for ServiceSelector { namespace, selector, keeps_sessions } in &all {
            let frequency = |(key, value): &(&String, &String)| frequency.get(&(key.as_str(), value.as_str())).copied();
            let Some((key, value)) = selector.iter().min_by_key(frequency) else { continue };
            let of = match namespace {
                Some(name) => services.of_namespaces.entry(name.clone()).or_default(),
                None => &mut services.of_none,
            };
            let alike = of.entry(key.clone()).or_default().entry(value.clone()).or_default();
            *alike.entry(selector.clone()).or_default() |= keeps_sessions;
        }
        services
    }

    /// For all in a namespace, or in none, that select a pod with these labels: whether they keep sessions.
    pub(super) fn selecting<'s>(
        &'s self,
        namespace: Option<&str>,
        labels: &'s Texts,
    ) -> impl Iterator<Item = bool> + use<'s> {
        let of = namespace.map_or(Some(&self.of_none), |name| self.of_namespaces.get(name));
        let alike = of.into_iter().flat_map(|of| labels.iter().filter_map(|(key, value)| of.get(key)?.get(value)));
        let selects = |selector: &Texts| selector.iter().all(|(key, value)| labels.get(key) == Some(value));
        alike.flatten().filter(move |(selector, _)| selects(selector)).map(|(_, keeps_sessions)| *keeps_sessions)
    }
}
