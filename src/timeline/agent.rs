//! When pilot-agent ends Envoy after SIGTERM (istio/istio `pkg/envoy/agent.go`, `terminate`).
//!
//! | releases | what it does |
//! |---|---|
//! | all | asks Envoy to drain, waits for `terminationDrainDuration`, whatever is going on, and ends |
//! | 1.12 and later, with `EXIT_ON_ZERO_ACTIVE_CONNECTIONS` | drains, waits for `MINIMUM_DRAIN_DURATION`, then looks each second for connections; no limit of its own |
//! | 1.21 and later, after `POST /drain` | ends at once |

use std::time::Duration;

/// What the agent needs to go, measured.
const LATENCY: Duration = Duration::from_millis(100);
/// How often it counts connections.
const TICK: Duration = Duration::from_secs(1);

/// How the agent goes about its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Terminate {
    /// It waits that long.
    After(Duration),
    /// It waits that long, and until no connection is left.
    OnIdle(Duration),
}

impl Terminate {
    /// When it is gone after SIGTERM at `term`. `idle` is when the last connection is gone, and `drained` when
    /// somebody asked it to drain.
    pub(super) fn end(self, term: Duration, idle: Duration, drained: Option<Duration>) -> Duration {
        if drained.is_some_and(|at| at <= term) {
            return term.saturating_add(LATENCY);
        }
        let end = match self {
            Self::After(drain) => term.saturating_add(drain),
            Self::OnIdle(minimum) => {
                let start = term.saturating_add(minimum);
                let busy = idle.saturating_sub(start);
                let ticks = busy.as_secs().saturating_add(u64::from(busy.subsec_nanos() > 0)).max(1);
                start.saturating_add(TICK.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX)))
            }
        };
        end.saturating_add(LATENCY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_go() {
        let s = Duration::from_secs_f64;
        assert_eq!(Terminate::After(s(5.0)).end(s(2.0), s(60.0), None), s(7.1));
        assert_eq!(Terminate::After(s(5.0)).end(s(2.0), s(60.0), Some(s(1.0))), s(2.1));
        assert_eq!(Terminate::After(s(5.0)).end(s(2.0), s(60.0), Some(s(3.0))), s(7.1));
        assert_eq!(Terminate::OnIdle(s(20.0)).end(s(0.0), s(15.4), None), s(21.1));
        assert_eq!(Terminate::OnIdle(s(5.0)).end(s(0.0), s(15.4), None), s(16.1));
    }
}
