use crate::istio::Feature;
use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// Envoy may close idle connections while the apps still need them.
    ///
    /// # What it does
    ///
    /// It compares `drainDuration` with 1.5 times the time for which the apps need their connections.
    ///
    /// # Why it is bad
    ///
    /// From Envoy 1.40 on a draining proxy closes connections that are idle in the last third of `drainDuration`, and
    /// WebSockets with them. Clients see a connection that ends without an answer.
    ///
    /// # Example
    ///
    /// `drainDuration: 45s`, Istio's default, for an app with a preStop hook of 40 seconds: two of two WebSockets were
    /// closed when it was measured.
    ///
    /// # Remedy
    ///
    /// Set `drainDuration` in `proxy.istio.io/config` to the value that the message names. Or set `target.istio`:
    /// istio-drain then knows whether the release has that Envoy.
    ///
    /// # What fix does
    ///
    /// It raises `drainDuration` if the release is known to have that Envoy, or if the release is unknown and the hook
    /// is not `sigterm`.
    ///
    /// # Source
    ///
    /// The changelog of Envoy 1.40, `http__proactive_connection_drain`; it is inferred that Istio has this Envoy from
    /// 1.32 on
    "drain-beyond-drain-duration", Info, Likely("the release of Istio has Envoy 1.40"), Policy("target.istio")
}

/// `drainDuration` is `present`, the apps need their connections for `needed`, and `enough` would be long enough.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_enough_is_named() {
        let found = found(Seconds::new(45), Seconds::new(45), Seconds::new(68));
        assert!(found.message.contains("in the last third of drainDuration 45s"), "{}", found.message);
        assert!(found.remedy.ends_with("to 68s or more"), "{}", found.remedy);
    }
}
