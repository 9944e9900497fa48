//! The kinds of workloads that hold a pod template.

/// A kind of Kubernetes' own whose pods can be edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `apps` Deployment.
    Deployment,
    /// `apps` StatefulSet.
    StatefulSet,
    /// `apps` DaemonSet.
    DaemonSet,
    /// `apps` ReplicaSet.
    ReplicaSet,
    /// Core ReplicationController.
    ReplicationController,
    /// Core Pod: the object is itself the pod.
    Pod,
    /// `batch` Job.
    Job,
    /// `batch` CronJob: the template stands inside of its `jobTemplate`.
    CronJob,
}

impl Kind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::Deployment,
        Self::StatefulSet,
        Self::DaemonSet,
        Self::ReplicaSet,
        Self::ReplicationController,
        Self::Pod,
        Self::Job,
        Self::CronJob,
    ];

    /// The kinds that are edited where `kinds` is not set: long-running servers, with pods that are replaced one by one.
    pub const DEFAULT: [Self; 2] = [Self::Deployment, Self::StatefulSet];

    /// The name, as in a manifest's `kind`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
            Self::ReplicaSet => "ReplicaSet",
            Self::ReplicationController => "ReplicationController",
            Self::Pod => "Pod",
            Self::Job => "Job",
            Self::CronJob => "CronJob",
        }
    }

    /// The kind of that name, spelled exactly as in a manifest.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_leads_back_to_its_kind() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(Kind::from_name("deployment"), None);
        assert_eq!(Kind::from_name("ReplicaSet.apps"), None);
    }
}
