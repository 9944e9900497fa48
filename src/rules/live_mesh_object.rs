use super::{Finding, Subject};

rule! {
    /// An object of the mesh is edited that was dumped from a cluster.
    ///
    /// # What it does
    ///
    /// It looks for `resourceVersion` and for kubectl's last-applied annotation on each object that `writeMesh`
    /// changes.
    ///
    /// # Why it is bad
    ///
    /// An object with a `resourceVersion` can't be applied once the one in the cluster has changed. The annotation
    /// still holds the old text, and the next `kubectl apply` of the manifest takes the change back.
    ///
    /// # Example
    ///
    /// ```sh
    /// kubectl get cm istio -n istio-system -o yaml | istio-drain --write-mesh --drain 40s | kubectl apply -f -
    /// ```
    ///
    /// # Remedy
    ///
    /// Edit the manifest or the values that the object was made of.
    ///
    /// # What fix does
    ///
    /// It edits the mesh config, and leaves `resourceVersion` and the annotation as they are.
    ///
    /// # Source
    ///
    /// Kubernetes' API conventions ("Concurrency Control and Consistency"); kubectl's three-way merge
    "live-mesh-object", Warning, Certain, Advice
}

/// The object has `sign`, as only objects of a cluster do.
pub(crate) fn found(sign: &str) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("this object comes from a cluster: it has {sign}, which goes stale with the next change there"),
        "edit the manifest or the values that it is made of",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_is_named() {
        assert!(found("resourceVersion").message.contains("it has resourceVersion,"));
    }
}
