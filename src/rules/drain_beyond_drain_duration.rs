use crate::istio::Feature;
use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// Envoy may close idle connections while the apps still need them.
    ///
    /// # Why it is bad
    ///
    /// From Envoy 1.40 on, a draining proxy closes connections that are idle in the last third of `drainDuration`, and
    /// WebSockets with them. Clients see a connection that ends without an answer.
    ///
    /// # Source
    ///
    /// the changelog of Envoy 1.40, `http__proactive_connection_drain`
    "drain-beyond-drain-duration", Info, Likely("the release of Istio has Envoy 1.40"), Policy("target.istio")
}

/// `drainDuration` is `present`, the apps need their connections for `needed`, and `enough` would do.
pub(crate) fn found(present: Seconds, needed: Seconds, enough: Seconds) -> Finding {
    RULE.found(
        Subject::ProxyConfig,
        format!(
            "from Istio {} on (inferred) Envoy closes idle connections and WebSockets in the last third of \
             drainDuration {present}, and the apps may need them for {needed}",
            Feature::ConnectionDrain.since()
        ),
        format!("set target.istio, or drainDuration in proxy.istio.io/config to {enough} or more"),
    )
}
