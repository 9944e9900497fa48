//! The table of known kinds.
//!
//! A kind may be edited only if it has a full pod template, which accepts any containers with all their fields.
//! Versions don't matter, because no path differs between versions.

use super::TemplatePath;

/// A known kind, and how it treats its pods.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KnownKind {
    /// As in a manifest's `kind`.
    pub name: &'static str,
    /// Its API group; empty for the core group.
    pub group: &'static str,
    /// A group that it had earlier.
    pub old_group: Option<&'static str>,
    /// It is one of Kubernetes' own.
    pub built_in: bool,
    /// Where its pod templates are.
    pub templates: Templates,
    /// Its pods end by themselves. A classic sidecar that keeps running prevents that.
    pub runs_to_completion: bool,
    /// The template of a live object can't be changed. The object must be deleted and created again.
    pub is_fixed: bool,
}

/// Where the pod templates of a kind are.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Templates {
    /// At these paths, each of which may be missing.
    At(&'static [&'static str]),
    /// Here, or in the workload that `spec.workloadRef` names.
    AtOrReferred(&'static str),
    /// Nowhere, or they must not have the fields that this tool writes.
    Forbidden(Barrier),
}

/// Why a kind is never edited.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Barrier {
    /// The reason: a clause that follows "since".
    pub why: &'static str,
    /// What people can do by hand, if anything; a few words for the last line of a run.
    pub remedy: &'static str,
}

impl KnownKind {
    /// The name by which a policy calls it: `Deployment`, `Rollout.argoproj.io`.
    pub(crate) fn full_name(&self) -> String {
        if self.built_in { self.name.to_owned() } else { format!("{}.{}", self.name, self.group) }
    }

    /// Whether a manifest with this group and kind is one.
    pub(crate) fn is(&self, group: &str, name: &str) -> bool {
        self.name == name && (self.group == group || self.old_group == Some(group))
    }

    /// The paths of its pod templates; none if it has no template that may be edited.
    pub(crate) fn paths(&self) -> impl Iterator<Item = TemplatePath> {
        let paths: &[&str] = match &self.templates {
            Templates::At(paths) => paths,
            Templates::AtOrReferred(path) => std::slice::from_ref(path),
            Templates::Forbidden(_) => &[],
        };
        // All paths are valid; a test makes sure.
        paths.iter().filter_map(|path| path.parse().ok())
    }

    /// Why it is never edited: a clause to follow "since". `None` if it may be edited.
    pub(crate) fn forbidden(&self) -> Option<&'static str> {
        self.barrier().map(|barrier| barrier.why)
    }

    /// Why it is never edited; `None` if it may be edited.
    pub(crate) const fn barrier(&self) -> Option<&Barrier> {
        match &self.templates {
            Templates::Forbidden(barrier) => Some(barrier),
            Templates::At(_) | Templates::AtOrReferred(_) => None,
        }
    }

    /// The kind of a manifest with this group and kind that must never be edited.
    pub(crate) fn forbidden_one(group: &str, name: &str) -> Option<&'static Self> {
        KNOWN.iter().find(|kind| kind.forbidden().is_some() && kind.is(group, name))
    }

    /// Whether a manifest with this group and kind may have its template in the workload that `spec.workloadRef` names.
    pub(crate) fn may_refer(group: &str, name: &str) -> bool {
        KNOWN.iter().any(|kind| matches!(kind.templates, Templates::AtOrReferred(_)) && kind.is(group, name))
    }

    const fn new(name: &'static str, group: &'static str, templates: Templates) -> Self {
        Self { name, group, old_group: None, built_in: false, templates, runs_to_completion: false, is_fixed: false }
    }

    const fn own(name: &'static str, group: &'static str, path: &'static [&'static str]) -> Self {
        Self { built_in: true, ..Self::new(name, group, Templates::At(path)) }
    }

    const fn at(name: &'static str, group: &'static str, paths: &'static [&'static str]) -> Self {
        Self::new(name, group, Templates::At(paths))
    }

    const fn job(name: &'static str, group: &'static str, paths: &'static [&'static str]) -> Self {
        Self { runs_to_completion: true, ..Self::at(name, group, paths) }
    }

    const fn no(name: &'static str, group: &'static str, why: &'static str, remedy: &'static str) -> Self {
        Self::new(name, group, Templates::Forbidden(Barrier { why, remedy }))
    }
}

const SPEC_TEMPLATE: &[&str] = &["spec.template"];

const ARGO: &str = "argoproj.io";
const KNATIVE: &str = "serving.knative.dev";
const KRUISE: &str = "apps.kruise.io";
const KUBEFLOW: &str = "kubeflow.org";
const STRIMZI: &str = "kafka.strimzi.io";
const SPARK: &str = "sparkoperator.k8s.io";

/// knative/serving `pkg/apis/serving/fieldmask.go`, `ContainerMask` and `PodSpecMask`.
const BY_KNATIVE: &str = "Knative rejects `lifecycle` and `terminationGracePeriodSeconds`, and drains by its own proxy";
/// The same mask: annotations are free.
const ANNOTATE: &str = "set terminationDrainDuration in its proxy.istio.io/config by hand";
const STEPS: &str = "its steps are containers of their own kind, not pod templates";
const NO_CONTAINERS: &str = "its pod templates are Strimzi's own, without containers";
const FLAT: &str = "it describes its pods in fields of its own, not by pod templates";

/// Every known kind: Kubernetes' own first, in the order of the documentation.
///
/// Sources: Kubernetes' API reference; the custom resource definitions of each project.
pub(crate) static KNOWN: &[KnownKind] = &[
    KnownKind { old_group: Some("extensions"), ..KnownKind::own("Deployment", "apps", SPEC_TEMPLATE) },
    KnownKind::own("StatefulSet", "apps", SPEC_TEMPLATE),
    KnownKind { old_group: Some("extensions"), ..KnownKind::own("DaemonSet", "apps", SPEC_TEMPLATE) },
    KnownKind { old_group: Some("extensions"), ..KnownKind::own("ReplicaSet", "apps", SPEC_TEMPLATE) },
    KnownKind::own("ReplicationController", "", SPEC_TEMPLATE),
    KnownKind { is_fixed: true, ..KnownKind::own("Pod", "", &["."]) },
    KnownKind::own("PodTemplate", "", &["template"]),
    KnownKind { runs_to_completion: true, is_fixed: true, ..KnownKind::own("Job", "batch", SPEC_TEMPLATE) },
    KnownKind { runs_to_completion: true, ..KnownKind::own("CronJob", "batch", &["spec.jobTemplate.spec.template"]) },
    KnownKind::at("DeploymentConfig", "apps.openshift.io", SPEC_TEMPLATE),
    KnownKind::new("Rollout", ARGO, Templates::AtOrReferred("spec.template")),
    KnownKind::at("Experiment", ARGO, &["spec.templates[*].template"]),
    KnownKind::job("AnalysisTemplate", ARGO, &["spec.metrics[*].provider.job.spec.template"]),
    KnownKind::job("ClusterAnalysisTemplate", ARGO, &["spec.metrics[*].provider.job.spec.template"]),
    KnownKind::job("AnalysisRun", ARGO, &["spec.metrics[*].provider.job.spec.template"]),
    KnownKind::at("CloneSet", KRUISE, SPEC_TEMPLATE),
    KnownKind::at("StatefulSet", KRUISE, SPEC_TEMPLATE),
    KnownKind::at("DaemonSet", KRUISE, SPEC_TEMPLATE),
    KnownKind::job("BroadcastJob", KRUISE, SPEC_TEMPLATE),
    KnownKind::job(
        "AdvancedCronJob",
        KRUISE,
        &["spec.template.jobTemplate.spec.template", "spec.template.broadcastJobTemplate.spec.template"],
    ),
    KnownKind::at(
        "UnitedDeployment",
        KRUISE,
        &[
            "spec.template.statefulSetTemplate.spec.template",
            "spec.template.advancedStatefulSetTemplate.spec.template",
            "spec.template.cloneSetTemplate.spec.template",
            "spec.template.deploymentTemplate.spec.template",
        ],
    ),
    KnownKind::at(
        "LeaderWorkerSet",
        "leaderworkerset.x-k8s.io",
        &["spec.leaderWorkerTemplate.leaderTemplate", "spec.leaderWorkerTemplate.workerTemplate"],
    ),
    KnownKind {
        is_fixed: true,
        ..KnownKind::job("JobSet", "jobset.x-k8s.io", &["spec.replicatedJobs[*].template.spec.template"])
    },
    KnownKind::at("RayCluster", "ray.io", &["spec.headGroupSpec.template", "spec.workerGroupSpecs[*].template"]),
    KnownKind::job(
        "RayJob",
        "ray.io",
        &[
            "spec.rayClusterSpec.headGroupSpec.template",
            "spec.rayClusterSpec.workerGroupSpecs[*].template",
            "spec.submitterPodTemplate",
        ],
    ),
    KnownKind::at(
        "RayService",
        "ray.io",
        &["spec.rayClusterConfig.headGroupSpec.template", "spec.rayClusterConfig.workerGroupSpecs[*].template"],
    ),
    KnownKind::job("ScaledJob", "keda.sh", &["spec.jobTargetRef.template"]),
    KnownKind::job("PyTorchJob", KUBEFLOW, &["spec.pytorchReplicaSpecs.*.template"]),
    KnownKind::job("TFJob", KUBEFLOW, &["spec.tfReplicaSpecs.*.template"]),
    KnownKind::job("MPIJob", KUBEFLOW, &["spec.mpiReplicaSpecs.*.template"]),
    KnownKind::job("XGBoostJob", KUBEFLOW, &["spec.xgbReplicaSpecs.*.template"]),
    KnownKind::job("PaddleJob", KUBEFLOW, &["spec.paddleReplicaSpecs.*.template"]),
    KnownKind::job("MXJob", KUBEFLOW, &["spec.mxReplicaSpecs.*.template"]),
    KnownKind::job("JAXJob", KUBEFLOW, &["spec.jaxReplicaSpecs.*.template"]),
    KnownKind::job("Job", "batch.volcano.sh", &["spec.tasks[*].template"]),
    KnownKind::at("GameServer", "agones.dev", SPEC_TEMPLATE),
    KnownKind::at("GameServerSet", "agones.dev", &["spec.template.spec.template"]),
    KnownKind::at("Fleet", "agones.dev", &["spec.template.spec.template"]),
    KnownKind::no("Service", KNATIVE, BY_KNATIVE, ANNOTATE),
    KnownKind::no("Configuration", KNATIVE, BY_KNATIVE, ANNOTATE),
    KnownKind::no("Revision", KNATIVE, BY_KNATIVE, ANNOTATE),
    KnownKind::no("Workflow", ARGO, STEPS, ""),
    KnownKind::no("WorkflowTemplate", ARGO, STEPS, ""),
    KnownKind::no("ClusterWorkflowTemplate", ARGO, STEPS, ""),
    KnownKind::no("CronWorkflow", ARGO, STEPS, ""),
    KnownKind::no(
        "Gateway",
        "gateway.networking.k8s.io",
        "Istio makes its pods",
        "--gateways with --drain, the grace period in a ConfigMap that is its parametersRef",
    ),
    KnownKind::no(
        "IstioOperator",
        "install.istio.io",
        "istioctl makes the pods of its gateways",
        "--gateways with --drain, the grace period in k8s.overlays",
    ),
    KnownKind::no("SidecarSet", KRUISE, "its containers are put into the pods of other workloads", ""),
    KnownKind::no("Kafka", STRIMZI, NO_CONTAINERS, ""),
    KnownKind::no("KafkaNodePool", STRIMZI, NO_CONTAINERS, ""),
    KnownKind::no("KafkaConnect", STRIMZI, NO_CONTAINERS, ""),
    KnownKind::no("KafkaMirrorMaker2", STRIMZI, NO_CONTAINERS, ""),
    KnownKind::no("KafkaBridge", STRIMZI, NO_CONTAINERS, ""),
    KnownKind::no("StrimziPodSet", "core.strimzi.io", "its pods are written by Strimzi's operator", ""),
    KnownKind::no("SparkApplication", SPARK, FLAT, ""),
    KnownKind::no("ScheduledSparkApplication", SPARK, FLAT, ""),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_can_be_read_and_each_name_is_there_once() {
        for kind in KNOWN {
            let paths = match &kind.templates {
                Templates::At(paths) => paths.len(),
                Templates::AtOrReferred(_) => 1,
                Templates::Forbidden(Barrier { why, .. }) => {
                    assert!(!why.is_empty() && !why.ends_with('.'), "{}", kind.name);
                    0
                }
            };
            assert_eq!(kind.paths().count(), paths, "{}", kind.name);
            assert_eq!(kind.forbidden().is_none(), paths > 0, "{}", kind.name);
            let same = KNOWN.iter().filter(|other| other.full_name() == kind.full_name());
            assert_eq!(same.count(), 1, "{}", kind.full_name());
            // All other kinds have a group with a dot.
            assert_eq!(kind.group.contains('.'), !kind.built_in, "{}", kind.full_name());
        }
    }
}
