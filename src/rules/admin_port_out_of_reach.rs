use crate::istio::REQUEST_PORTS;

use super::{Finding, Subject};

rule! {
    /// The drain hook can't reach Envoy's admin port.
    ///
    /// # What it does
    ///
    /// `pilot-agent request` asks a few ports only. Where `proxyAdminPort` is another one, no drain hook is written.
    "admin-port-out-of-reach", Info, Certain, Advice
}

pub(crate) fn found(port: u16) -> Finding {
    RULE.found(
        Subject::Workload,
        format!(
            "Envoy's admin interface is on port {port}, and `pilot-agent request` asks {} only: no drain hook is \
             written, and Envoy starts to drain when the agent gets SIGTERM",
            REQUEST_PORTS.map(|port| port.to_string()).join(", ")
        ),
        "leave proxyAdminPort at 15000",
    )
}
