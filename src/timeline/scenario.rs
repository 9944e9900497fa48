//! What a manifest can't say: what clients and apps do while the pod shuts down.

use std::time::Duration;

use crate::istio::Target;
use crate::shutdown::{AppEnd, CallsOut, Policy, ProxyImage, Seconds};

/// What happens around a pod while it shuts down. A field that nobody states is `None`, and stands for its default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scenario {
    /// How long clients keep sending to the pod after its deletion.
    pub endpoint_delay: Option<Duration>,
    /// What the app takes from SIGTERM to its end, unless requests in flight hold it for longer.
    pub app_time: Option<Duration>,
    /// What the app does at SIGTERM.
    pub app_end: Option<AppEnd>,
    /// How long a request takes.
    pub longest_request: Option<Duration>,
    /// Stands for the length of a hook of an app that can't be read.
    pub hook_estimate: Option<Duration>,
    /// The app calls others until its end.
    pub calls_out: Option<CallsOut>,
    /// There are WebSockets, which stay open until the app closes them.
    pub streams: bool,
    /// Clients try a refused connection again on another pod, as those with a sidecar do.
    pub retries: bool,
    /// What is in the image of the proxy.
    pub image: ProxyImage,
    /// The releases, as far as they are known.
    pub target: Target,
}

/// What an app does at SIGTERM, as a clause about it.
pub(super) const fn clause(end: AppEnd) -> &'static str {
    match end {
        AppEnd::Closes => "takes no new connections and finishes its requests",
        AppEnd::Serves => "goes on serving",
        AppEnd::Exits => "exits at once, and its requests are lost",
    }
}

impl Scenario {
    /// KEP-3960 sleeps as long to let endpoints go; 2 to 15 s is what is seen.
    pub(crate) const ENDPOINT_DELAY: Duration = Duration::from_secs(5);
    /// What a server without long requests takes at most.
    pub(crate) const APP_TIME: Duration = Duration::from_secs(1);
    /// Most requests are shorter.
    pub(crate) const LONGEST_REQUEST: Duration = Duration::from_secs(1);

    /// What a policy states of it.
    pub(crate) fn of(policy: &Policy) -> Self {
        let time = |stated: Option<Seconds>| stated.map(|seconds| Duration::from_secs(seconds.get()));
        Self {
            endpoint_delay: time(policy.endpoint_delay),
            app_time: time(policy.app_time),
            app_end: policy.app_end,
            longest_request: time(policy.longest_request),
            hook_estimate: time(policy.pre_stop_estimate),
            calls_out: policy.calls_out,
            streams: policy.streams,
            retries: policy.retries,
            image: policy.proxy_image,
            target: policy.target(),
        }
    }

    /// When clients stop sending to the pod.
    pub(crate) fn endpoints_gone(&self) -> Duration {
        self.endpoint_delay.unwrap_or(Self::ENDPOINT_DELAY)
    }

    /// How long the app takes after SIGTERM; one that exits takes no time.
    pub(crate) fn app_time(&self) -> Duration {
        match self.app_end() {
            AppEnd::Exits => Duration::ZERO,
            AppEnd::Closes | AppEnd::Serves => self.app_time.unwrap_or(Self::APP_TIME),
        }
    }

    /// What the app does at SIGTERM.
    pub(crate) fn app_end(&self) -> AppEnd {
        self.app_end.unwrap_or_default()
    }

    /// How long a request takes.
    pub(crate) fn longest_request(&self) -> Duration {
        self.longest_request.unwrap_or(Self::LONGEST_REQUEST)
    }

    /// Whether the app calls others until its end.
    pub(crate) fn calls_out(&self) -> bool {
        self.calls_out.unwrap_or_default() == CallsOut::UntilEnd
    }
}
