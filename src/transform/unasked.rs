//! Workloads of kinds that were not asked for. A run does not look at them.

use std::collections::BTreeMap;
use std::fmt;

use crate::kinds::KnownKind;

/// How many there are of each kind, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unasked(BTreeMap<String, usize>);

impl Unasked {
    /// Counts those of another input in.
    pub(crate) fn append(&mut self, other: Self) {
        for (kind, count) in other.0 {
            *self.0.entry(kind).or_default() += count;
        }
    }

    /// How many there are.
    pub(crate) fn total(&self) -> usize {
        self.0.values().sum()
    }

    /// How many there are of each kind, by name.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = (&str, usize)> {
        self.0.iter().map(|(kind, count)| (kind.as_str(), *count))
    }

    /// Counts one.
    pub(super) fn add(&mut self, kind: &KnownKind) {
        *self.0.entry(kind.full_name()).or_default() += 1;
    }
}

/// Prints as `3 workloads of kinds that were not asked for: 1 CronJob, 2 Job`; as nothing where there are none.
impl fmt::Display for Unasked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<_> = self.0.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        match self.0.values().sum() {
            0_usize => Ok(()),
            1 => write!(f, "1 workload of a kind that was not asked for: {}", kinds.join(", ")),
            count => write!(f, "{count} workloads of kinds that were not asked for: {}", kinds.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use crate::policy::PolicyFields;
    use crate::transform::{Settings, transform};
    use crate::yaml::Source;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        for strict in [false, true] {
            let settings = Settings {
                policy: PolicyFields::default(),
                strict,
                threads: NonZeroUsize::MIN,
                reads_running: false,
                judging: Default::default(),
                keeps_patches: false,
            };
            let done = transform(Source::embedded(text), &settings).unwrap();
            assert_eq!(done.unasked.to_string(), expected, "{text}");
        }
    }

    #[test]
    fn other_workloads_are_counted() {
        let job = "apiVersion: batch/v1\nkind: Job\n";
        let cron_job = "apiVersion: batch/v1\nkind: CronJob\n";
        let deployment = "apiVersion: apps/v1\nkind: Deployment\n";
        check(deployment, "");
        check(&format!("{job}---\n{deployment}"), "1 workload of a kind that was not asked for: 1 Job");
        check(
            &format!("{job}---\n{cron_job}---\n{job}"),
            "3 workloads of kinds that were not asked for: 1 CronJob, 2 Job",
        );
        check("apiVersion: serving.knative.dev/v1\nkind: Service\n---\napiVersion: v1\nkind: Service\n", "");
        check("apiVersion: example.com/v1\nkind: Job\n", "");
        check(
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- {apiVersion: v1, kind: Pod}\n",
            "1 workload of a kind that was not asked for: 1 Pod",
        );
        check("apiVersion: 'batch/v1'\nkind: Job\n", "1 workload of a kind that was not asked for: 1 Job");
        check("apiVersion: v1 # core\nkind: Pod\n", "1 workload of a kind that was not asked for: 1 Pod");
        check("apiVersion: apps/v1\nkind: Job\nx: |\n  apiVersion: batch/v1\n", "");
    }
}
