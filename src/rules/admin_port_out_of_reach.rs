use crate::istio::REQUEST_PORTS;

use super::{Finding, Subject};

rule! {
    /// The drain hook can't reach Envoy's admin port.
    ///
    /// # What it does
    ///
    /// It looks at the admin port of the proxy: `proxyAdminPort` of the annotation, of the mesh or of Istio, which is
    /// 15000. The drain hook reaches that port by `pilot-agent request`, which accepts only 15000, 15004, 15020 and
    /// 15021.
    ///
    /// # Why it is bad
    ///
    /// A hook that can't reach the port fails, so none is written. Envoy then starts to drain only at SIGTERM. Its
    /// listeners close after `drainDuration`, where the hook would keep them open.
    ///
    /// # Example
    ///
    /// ```yaml
    /// proxy.istio.io/config: |
    ///   proxyAdminPort: 15001
    /// ```
    ///
    /// # Remedy
    ///
    /// Leave `proxyAdminPort` at 15000.
    ///
    /// # What fix does
    ///
    /// It writes the drain duration and the grace period, and no hook. It does not change the port.
    ///
    /// # Source
    ///
    /// istio/istio `pilot/cmd/pilot-agent/app/request.go`; istio/istio#36025
    "admin-port-out-of-reach", Info, Certain, Advice
}

pub(crate) fn found(port: u16) -> Finding {
    RULE.found(
        Subject::Workload,
        format!(
            "Envoy's admin interface is on port {port}, and `pilot-agent request` accepts only {}: no drain hook is \
             written, and Envoy starts to drain when the agent gets SIGTERM",
            REQUEST_PORTS.map(|port| port.to_string()).join(", ")
        ),
        "leave proxyAdminPort at 15000",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ports_that_can_be_asked_are_named() {
        let found = found(15001);
        assert!(found.message.starts_with("Envoy's admin interface is on port 15001, "), "{}", found.message);
        assert!(found.message.contains("15000, 15004, 15020, 15021"), "{}", found.message);
    }
}
