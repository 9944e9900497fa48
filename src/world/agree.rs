//! Statements of the same rank, laid over each other: what they contradict each other in is unknown.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::istio::{MeshSettings, Setting};

use super::Mesh;
use super::place::{Flaw, Trouble};
use super::survey::{Named, Statement};

/// What all statements say together. A value that two of them differ in is left out, and told at the later one.
pub(super) fn agree(statements: &[&Statement], troubles: &mut Vec<Trouble>) -> Mesh {
    let names: BTreeSet<_> = statements.iter().flat_map(|said| said.settings.proxy_metadata.keys()).collect();
    let proxy_metadata = names.into_iter().filter_map(|name| {
        let what = format!("proxyMetadata.{name}");
        let value = settle(&what, statements, |said| said.settings.proxy_metadata.get(name), troubles)?;
        Some((name.clone(), value))
    });
    let proxy_metadata = proxy_metadata.collect();
    macro_rules! settled {
        ($($field:ident: $what:literal,)+) => {
            // Every field is named, so none that is added can be forgotten.
            MeshSettings {
                proxy_metadata,
                $($field: settle($what, statements, |said| said.settings.$field.as_ref(), troubles),)+
            }
        };
    }
    let settings = settled! {
        drain: "terminationDrainDuration",
        drain_duration: "drainDuration",
        parent_shutdown: "parentShutdownDuration",
        proxy_admin_port: "proxyAdminPort",
        image_type: "the type of the proxy's image",
        hold_application: "holdApplicationUntilProxyStarts",
        pre_stop: "global.proxy.lifecycle.preStop",
        native_sidecars: "ENABLE_NATIVE_SIDECARS",
        rewrite_app_http: "rewriteAppHTTPProbe",
        auto_inject: "autoInject",
        enable_namespaces_by_default: "enableNamespacesByDefault",
        default_templates: "defaultTemplates",
        root_namespace: "rootNamespace",
        reads_pre_stop_command: "the injector's template",
    };
    Mesh {
        settings,
        is_config_seen: false,
        release: settle("the release of Istio", statements, |said| said.release.as_ref(), troubles),
        never_inject: statements.iter().flat_map(|said| said.never_inject.iter().cloned()).collect(),
        always_inject: statements.iter().flat_map(|said| said.always_inject.iter().cloned()).collect(),
    }
}

fn settle<'s, T: PartialEq + Clone + 's>(
    what: &str,
    statements: &[&'s Statement],
    value: impl Fn(&'s Statement) -> Option<&'s Setting<T>>,
    troubles: &mut Vec<Trouble>,
) -> Option<Setting<T>> {
    let mut stated = statements.iter().filter_map(|said| Some((said, value(said)?)));
    let (first, setting) = stated.next()?;
    let mut is_agreed = true;
    for (said, _) in stated.filter(|(_, other)| other.value != setting.value) {
        let flaw = Flaw::Contradiction { what: what.to_owned(), other: first.place.title() };
        troubles.push(Trouble { place: said.place.clone(), flaw });
        is_agreed = false;
    }
    is_agreed.then(|| setting.clone())
}

/// What is said of each name. Where two differ in what `counts` leaves of it, nothing is known of that name, which is told at the later one.
pub(super) fn unanimous<T, C: PartialEq>(
    seen: Vec<Named<T>>,
    what: &str,
    counts: impl Fn(&T) -> C,
    troubles: &mut Vec<Trouble>,
) -> BTreeMap<String, T> {
    let mut first: BTreeMap<String, Named<T>> = BTreeMap::new();
    let mut doubtful = BTreeSet::new();
    for named in seen {
        match first.entry(named.name.clone()) {
            Entry::Vacant(entry) => drop(entry.insert(named)),
            Entry::Occupied(known) if counts(&known.get().value) == counts(&named.value) => {}
            Entry::Occupied(known) => {
                let flaw = Flaw::Contradiction { what: what.to_owned(), other: known.get().place.title() };
                troubles.push(Trouble { place: named.place, flaw });
                doubtful.insert(named.name);
            }
        }
    }
    first.retain(|name, _| !doubtful.contains(name));
    first.into_iter().map(|(name, named)| (name, named.value)).collect()
}
