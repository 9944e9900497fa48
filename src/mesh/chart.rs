//! Values files of Istio's charts: which chart they are of, and what stands where in them.
//!
//! Source: `manifests/charts/istio-control/istio-discovery`, `manifests/charts/base` and `manifests/charts/gateway` of
//! istio/istio, `values.yaml` each.

use super::gateway::GatewaySite;
use super::site::{MeshSite, of_values};
use crate::object::Object;
use crate::yaml::{NodeId, Tree};

/// The chart that values are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChartValues {
    /// `istiod`
    Istiod,
    /// `base`, which has nothing to do with a shutdown.
    Base,
    /// `gateway`
    Gateway,
}

/// Keys that only one of the charts has; `global` alone is istiod's.
const KEYS: [(ChartValues, &[&str]); 4] = [
    (
        ChartValues::Istiod,
        &[
            "meshConfig",
            "pilot",
            "sidecarInjectorWebhook",
            "istiodRemote",
            "istiod",
            "istio_cni",
            "telemetry",
            "autoscaleEnabled",
            "autoscaleMin",
            "traceSampling",
        ],
    ),
    (ChartValues::Base, &["base", "defaultRevision", "enableCRDTemplates", "validationURL"]),
    (
        ChartValues::Gateway,
        &[
            "service",
            "autoscaling",
            "networkGateway",
            "rbac",
            "terminationGracePeriodSeconds",
            "podAnnotations",
            "serviceAccount",
            "containerSecurityContext",
        ],
    ),
    (ChartValues::Istiod, &["global"]),
];

impl ChartValues {
    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Istiod => "istiod",
            Self::Base => "base",
            Self::Gateway => "gateway",
        }
    }
}

/// The chart that values are of, as far as their keys show it.
pub(crate) fn chart_of(tree: &Tree<'_>, root: NodeId) -> Option<ChartValues> {
    let has = |keys: &[&str]| keys.iter().any(|key| tree.get(root, key).is_some());
    KEYS.iter().find(|(_, keys)| has(keys)).map(|(chart, _)| *chart)
}

/// What stands in the values of a chart.
pub(crate) fn in_values(tree: &Tree<'_>, object: &Object, chart: ChartValues) -> (Vec<MeshSite>, Vec<GatewaySite>) {
    let own = &object.route;
    match chart {
        // A custom chart may have istiod's as a part.
        ChartValues::Istiod if tree.get(object.node, "istiod").is_some() => {
            (of_values(&own.then(["istiod"])), Vec::new())
        }
        ChartValues::Istiod => (of_values(own), Vec::new()),
        ChartValues::Base => (Vec::new(), Vec::new()),
        ChartValues::Gateway => (Vec::new(), vec![GatewaySite::of_values(own)]),
    }
}
