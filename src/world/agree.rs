//! Combines statements of the same rank. A value about which they contradict each other is unknown.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::istio::{MeshSettings, Setting, Settle};

use super::Mesh;
use super::stated_at::{Flaw, Trouble};
use super::survey::{MeshStatement, NamedStatement};

/// The combined statements. If two differ in a value, it is left out, and the later one gets a warning.
pub(super) fn agree(statements: &[&MeshStatement], troubles: &mut Vec<Trouble>) -> Mesh {
    let release = settle("the release of Istio", statements, |said| said.release.as_ref(), troubles);
    Mesh {
        settings: MeshSettings::settled(&mut Agreement { statements, troubles }),
        is_config_seen: false,
        config: None,
        is_injector_seen: false,
        is_istiod_seen: false,
        is_written: false,
        is_hook_written: false,
        is_named: false,
        takes_branch: false,
        release,
        never_inject: statements.iter().flat_map(|said| said.never_inject.iter().cloned()).collect(),
        always_inject: statements.iter().flat_map(|said| said.always_inject.iter().cloned()).collect(),
    }
}

/// What the settings of statements are settled by.
struct Agreement<'s> {
    statements: &'s [&'s MeshStatement],
    troubles: &'s mut Vec<Trouble>,
}

impl Settle for Agreement<'_> {
    fn settle<T: Clone + PartialEq>(
        &mut self,
        name: &str,
        set: impl Fn(&MeshSettings) -> Option<&Setting<T>>,
    ) -> Option<Setting<T>> {
        settle(name, self.statements, |said| set(&said.settings), self.troubles)
    }
}

fn settle<T: PartialEq + Clone>(
    what: &str,
    statements: &[&MeshStatement],
    value: impl Fn(&MeshStatement) -> Option<&Setting<T>>,
    troubles: &mut Vec<Trouble>,
) -> Option<Setting<T>> {
    let mut stated = statements.iter().filter_map(|said| Some((said, value(said)?)));
    let (first, setting) = stated.next()?;
    let mut is_agreed = true;
    for (said, _) in stated.filter(|(_, other)| other.value != setting.value) {
        let place = setting.place.clone();
        let flaw = Flaw::Contradiction { what: what.to_owned(), other: first.place.title(), place };
        troubles.push(Trouble { place: said.place.clone(), flaw });
        is_agreed = false;
    }
    is_agreed.then(|| setting.clone())
}

/// What is said of each name. Where two differ in what `counts` leaves of it, nothing is known of that name, which is
/// reported at the later one.
pub(super) fn unanimous<T, C: PartialEq>(
    seen: Vec<NamedStatement<T>>,
    what: &str,
    counts: impl Fn(&T) -> C,
    troubles: &mut Vec<Trouble>,
) -> BTreeMap<String, T> {
    let mut first: BTreeMap<String, NamedStatement<T>> = BTreeMap::new();
    let mut doubtful = BTreeSet::new();
    for named in seen {
        match first.entry(named.name.clone()) {
            Entry::Vacant(entry) => drop(entry.insert(named)),
            Entry::Occupied(known) if counts(&known.get().value) == counts(&named.value) => {}
            Entry::Occupied(known) => {
                let first = &known.get().place;
                let (other, place) = (first.title(), Some(first.as_place()));
                let flaw = Flaw::Contradiction { what: what.to_owned(), other, place };
                troubles.push(Trouble { place: named.place, flaw });
                doubtful.insert(named.name);
            }
        }
    }
    first.retain(|name, _| !doubtful.contains(name));
    first.into_iter().map(|(name, named)| (name, named.value)).collect()
}
