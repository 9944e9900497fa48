//! How the kubelet ends one container (kubernetes/kubernetes `pkg/kubelet/kuberuntime/kuberuntime_container.go`,
//! `killContainer`).
//!
//! Of the grace period, the hook takes its time first, then, for a native sidecar, the wait for its turn; whole
//! seconds are
//! taken off. SIGTERM follows, and SIGKILL when the rest is over, which is two seconds at least. Up to Kubernetes
//! 1.27 the whole
//! grace period is left after the hook (kubernetes/kubernetes#115835).

use std::time::Duration;

/// `minimumGracePeriodInSeconds`
const FLOOR: Duration = Duration::from_secs(2);

/// The grace period as the kubelet has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GracePeriod {
    /// One second at least.
    pub whole: Duration,
    /// Hooks don't shorten it: Kubernetes up to 1.27.
    pub is_renewed: bool,
}

/// When the kubelet does what to a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kill {
    /// When the kubelet stops waiting for the hook; zero without one.
    pub hook_end: Duration,
    /// The hook was not over by then.
    pub is_cut: bool,
    /// SIGTERM.
    pub term: Duration,
    /// SIGKILL, where the container is still there.
    pub kill: Duration,
    /// The grace period was used up, so that only the two seconds are left.
    pub is_floored: bool,
}

impl GracePeriod {
    /// Ends a container whose hook takes so long. `turn` is when all containers that must go first have gone.
    pub(super) fn end(self, hook: Duration, turn: Option<Duration>) -> Kill {
        let hook_end = hook.min(self.whole);
        let mut left = if self.is_renewed { self.whole } else { self.whole.saturating_sub(whole_seconds(hook_end)) };
        let mut term = hook_end;
        if let Some(turn) = turn.filter(|_| !left.is_zero()) {
            let wait = turn.saturating_sub(hook_end).min(left);
            left = left.saturating_sub(whole_seconds(wait));
            term = term.saturating_add(wait);
        }
        let is_floored = left < FLOOR;
        Kill { hook_end, is_cut: hook > self.whole, term, kill: term.saturating_add(left.max(FLOOR)), is_floored }
    }
}

const fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hook_turn_and_floor_are_taken_off_the_grace_period() {
        let s = Duration::from_secs_f64;
        let end = |grace, hook, turn: Option<f64>| {
            let kill = GracePeriod { whole: s(grace), is_renewed: false }.end(s(hook), turn.map(s));
            (kill.term, kill.kill, kill.is_floored)
        };
        assert_eq!(end(30.0, 0.0, None), (s(0.0), s(30.0), false));
        assert_eq!(end(30.0, 15.4, None), (s(15.4), s(30.4), false));
        assert_eq!(end(30.0, 29.0, None), (s(29.0), s(31.0), true));
        assert_eq!(end(30.0, 30.0, None), (s(30.0), s(32.0), true));
        assert_eq!(end(30.0, 99.0, None), (s(30.0), s(32.0), true));
        assert_eq!(end(30.0, 0.0, Some(15.4)), (s(15.4), s(30.4), false));
        assert_eq!(end(30.0, 10.5, Some(15.0)), (s(15.0), s(31.0), false));
        assert_eq!(end(30.0, 0.0, Some(40.0)), (s(30.0), s(32.0), true));
        // Without time left the turn is not waited for.
        assert_eq!(end(30.0, 30.0, Some(40.0)), (s(30.0), s(32.0), true));
        let renewed = GracePeriod { whole: s(30.0), is_renewed: true }.end(s(99.0), None);
        assert_eq!((renewed.term, renewed.kill), (s(30.0), s(60.0)));
    }
}
