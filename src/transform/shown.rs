//! What running pods of the input show of the sidecars that their owners get. It counts where nothing that decides is
//! visible: labels of a namespace, or a flag of istiod.

use std::collections::HashMap;

use crate::facts::{self, Running};
use crate::istio::{ShownSidecar, SidecarMode};
use crate::object::{self, Identity};
use crate::protocol;
use crate::yaml::{Source, Tree, Unit};

use super::interest::POD;
use super::pods::{Key, key};

/// A running pod, and what it shows.
pub(super) struct SeenPod {
    owner: Identity,
    sidecar: ShownSidecar,
}

/// What the running pods of each owner have in common.
#[derive(Default)]
pub(super) struct ShownPods(HashMap<Key, ShownSidecar>);

/// Whether a document may hold a running pod that names its owner.
pub(super) fn may_show(source: Source<'_>, unit: &Unit<'_>) -> bool {
    protocol::may_hold(unit, |name| name == POD) && source.slice(unit.span).contains("ownerReferences")
}

/// The running pods of a text that name their owners. Those that have ended or are being deleted say nothing: they may
/// be of a template that is no more. Nor do gateways, and proxies without an Envoy.
pub(super) fn seen(tree: &Tree<'_>) -> Vec<SeenPod> {
    let pods = object::collect(tree, |name| name == POD).into_iter();
    let seen = pods.filter_map(|pod| {
        pod.identity.group().filter(String::is_empty)?;
        let running = Running::of(tree, pod.node).filter(|running| running.end.is_none())?;
        let owner = facts::owner(tree, pod.node, pod.identity.namespace.as_deref())?;
        let sidecar = match running.proxy {
            None => ShownSidecar::default(),
            Some(proxy) if proxy.is_gateway || proxy.is_proxyless => return None,
            Some(proxy) => ShownSidecar { is_there: true, mode: proxy.mode, istio: proxy.istio },
        };
        Some(SeenPod { owner, sidecar })
    });
    seen.collect()
}

impl ShownPods {
    /// What pods of one owner contradict each other in is not shown.
    pub(super) fn of(seen: impl IntoIterator<Item = SeenPod>, default_namespace: Option<&str>) -> Self {
        let mut all: HashMap<Key, Option<ShownSidecar>> = HashMap::new();
        for SeenPod { owner, sidecar } in seen {
            let known = all.entry(key(&owner, default_namespace)).or_insert_with(|| Some(sidecar.clone()));
            *known = known.take().filter(|known| known.is_there == sidecar.is_there).map(|known| {
                // With sidecars of both kinds, what is the default of a release is not so here.
                let is_same = known.mode == sidecar.mode;
                ShownSidecar {
                    mode: if is_same { known.mode } else { SidecarMode::Unknown },
                    istio: known.istio.filter(|istio| is_same && Some(istio) == sidecar.istio.as_ref()),
                    ..known
                }
            });
        }
        Self(all.into_iter().filter_map(|(owner, sidecar)| Some((owner, sidecar?))).collect())
    }

    /// What those of a workload show.
    pub(super) fn of_owner(&self, owner: &Identity, default_namespace: Option<&str>) -> Option<&ShownSidecar> {
        if self.0.is_empty() { None } else { self.0.get(&key(owner, default_namespace)) }
    }
}
