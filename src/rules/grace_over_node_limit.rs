use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The grace period is longer than the time that a node gives its pods to shut down.
    ///
    /// # What it does
    ///
    /// It looks for node selectors, affinities and tolerations of spot and preemptible nodes. It compares the grace
    /// period with the time between the notice and the end of such a node. For all other pods it uses the 10 minutes
    /// that the cluster autoscaler waits by default.
    ///
    /// # Why it is bad
    ///
    /// The pod is killed with its node, in the middle of its shutdown.
    ///
    /// # Example
    ///
    /// A grace period of 60s on nodes chosen by `cloud.google.com/gke-spot`, which give a pod at most 25s.
    ///
    /// # Remedy
    ///
    /// Run the workload on other nodes, or make its shutdown short enough.
    ///
    /// # What fix does
    ///
    /// It never lowers a grace period, unless the policy says `exact`.
    ///
    /// # Source
    ///
    /// The cloud providers' documentation of spot nodes; kubernetes/autoscaler, `--max-graceful-termination-sec`
    "grace-over-node-limit", Warning, Likely("the pod runs on such a node when the node ends"), Advice
}

/// `who` gives the pod no more than `limit`. `is_present`: the manifest has this grace period already.
pub(crate) fn found(grace: Seconds, limit: Seconds, who: &str, is_present: bool) -> Finding {
    let finding = RULE.found(
        Subject::GracePeriod,
        format!("the grace period is {grace}, but {who} gives a pod only {limit}"),
        format!("make the shutdown fit {limit}, or keep the pods off such nodes"),
    );
    Finding { is_of_plan: !is_present, ..finding }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_named() {
        let found = found(Seconds::new(60), Seconds::new(25), "a spot node of GKE", false);
        assert_eq!(found.message, "the grace period is 60s, but a spot node of GKE gives a pod only 25s");
    }
}
