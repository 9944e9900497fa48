use super::{Finding, Remedy, Subject};

rule! {
    /// A LimitRange fills in the resources of the placeholder for istio-proxy.
    ///
    /// # What it does
    ///
    /// It looks for LimitRanges in the workload's namespace, if the pod has or gets an `istio-proxy` container that
    /// leaves out some of the `resources` that they fill in. The API server makes defaults of `max` and `min`, too.
    ///
    /// # Why it is bad
    ///
    /// The API server applies the LimitRange before Istio injects. Istio then merges the placeholder over its own
    /// container. So the proxy gets the defaults of the LimitRange, even if the mesh or annotations such as
    /// `sidecar.istio.io/proxyCPU` set other values.
    ///
    /// # Example
    ///
    /// ```yaml
    /// kind: LimitRange
    /// spec:
    ///   limits:
    ///   - {type: Container, default: {cpu: 100m}}
    /// ```
    ///
    /// # Remedy
    ///
    /// Set `resources` in the policy: they are written into the placeholder. Or set `preStop: none`, which needs no
    /// placeholder.
    ///
    /// # What fix does
    ///
    /// It writes the placeholder with the `resources` of the policy, or without any.
    ///
    /// # Source
    ///
    /// <https://kubernetes.io/docs/concepts/policy/limit-range/>, istio/istio#51187
    "limit-range-hits-placeholder", Warning, Certain, Policy("resources")
}

/// At most this many LimitRanges of a namespace are named, since each of its pods gets the finding.
const MOST_NAMED: usize = 3;

/// `fills` is what each LimitRange fills in, `asked` what the pod's annotations ask for: requests, and limits. The
/// placeholder `is_in_manifest` with resources of its own, which those of the policy don't replace.
pub(crate) fn found(fills: &[(&str, Vec<String>)], asked: &[Vec<(&str, &str)>; 2], is_in_manifest: bool) -> Finding {
    let named = fills.iter().take(MOST_NAMED);
    let named = named.map(|(name, fills)| format!("the LimitRange `{name}` fills in {}", fills.join(", ")));
    let others = (fills.len() > MOST_NAMED).then(|| "other LimitRanges fill in more".to_owned());
    let each: Vec<_> = named.chain(others).collect();
    let lists = ["requests", "limits"].into_iter().zip(asked).filter(|(_, asked)| !asked.is_empty());
    let lists: Vec<_> = lists
        .map(|(list, asked)| {
            let asked: Vec<_> = asked.iter().map(|(name, quantity)| format!("{name}: {quantity}")).collect();
            format!("{list}: {{{}}}", asked.join(", "))
        })
        .collect();
    let needed = match lists.as_slice() {
        [] => "what the proxy needs".to_owned(),
        lists => format!("`{{{}}}`, as the pod's annotations say", lists.join(", ")),
    };
    let remedy = match is_in_manifest {
        true => format!("set resources of the placeholder to {needed}"),
        false => format!("set resources of the policy to {needed}, or preStop to `none`"),
    };
    let finding = RULE.found(
        Subject::Workload,
        format!(
            "{} of the placeholder for istio-proxy, which replaces the values of the mesh and of the pod's annotations",
            each.join(", ")
        ),
        remedy,
    );
    if is_in_manifest { finding.by(Remedy::Advice) } else { finding }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_of_limit_ranges_is_cut() {
        let names: Vec<_> = (0..9).map(|number| format!("l{number}")).collect();
        let fills: Vec<_> = names.iter().map(|name| (name.as_str(), vec!["limits.cpu 1".to_owned()])).collect();
        let message = found(&fills, &[vec![], vec![]], false).message;
        assert!(message.contains("`l2` fills in limits.cpu 1, other LimitRanges fill in more of"), "{message}");
    }

    #[test]
    fn it_names_what_is_filled_in_and_what_was_asked_for() {
        let fills = [("a", vec!["limits.cpu 100m".to_owned()]), ("b", vec!["limits.memory 1Gi".to_owned()])];
        let expected = "the LimitRange `a` fills in limits.cpu 100m, the LimitRange `b` fills in limits.memory 1Gi of";
        let finding = found(&fills, &[vec![], vec![]], false);
        assert!(finding.message.starts_with(expected), "{}", finding.message);
        assert_eq!(finding.remedy, "set resources of the policy to what the proxy needs, or preStop to `none`");
        let finding = found(&fills, &[vec![("cpu", "300m")], vec![("cpu", "1"), ("memory", "2Gi")]], true);
        let asked = "`{requests: {cpu: 300m}, limits: {cpu: 1, memory: 2Gi}}`, as the pod's annotations say";
        assert!(finding.remedy.contains(asked), "{}", finding.remedy);
    }
}
