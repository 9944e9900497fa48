//! What a manifest can't say: what clients and apps do while the pod shuts down.

use std::time::Duration;

use crate::istio::Target;

/// What happens around a pod while it shuts down. A field that nobody states is `None`, and stands for its default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// How long clients go on sending to the pod after its deletion.
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
    pub calls_out: Option<bool>,
    /// There are WebSockets, which stay open until the app closes them.
    pub streams: bool,
    /// Clients try a refused connection again on another pod, as those with a sidecar do.
    pub retries: bool,
    /// The releases, as far as they are known.
    pub target: Target,
}

/// What an app does at SIGTERM.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AppEnd {
    /// It takes no new connections, and ends when its requests are done.
    #[default]
    Closes,
    /// It goes on serving for its time, and then does the same.
    Serves,
    /// It is gone at once, with its requests.
    Exits,
}

impl AppEnd {
    /// All of them, by their names.
    pub const NAMES: [(&'static str, Self); 3] =
        [("closes", Self::Closes), ("serves", Self::Serves), ("exits", Self::Exits)];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, end)| *end == self).map_or("", |(name, _)| name)
    }

    /// It as a clause about the app.
    pub const fn clause(self) -> &'static str {
        match self {
            Self::Closes => "takes no new connections, and finishes its requests",
            Self::Serves => "goes on serving for its time",
            Self::Exits => "is gone at once, with its requests",
        }
    }
}

impl Scenario {
    /// KEP-3960 sleeps as long to let endpoints go; 2 to 15 s is what is seen.
    pub const ENDPOINT_DELAY: Duration = Duration::from_secs(5);
    /// What a server without long requests takes at most.
    pub const APP_TIME: Duration = Duration::from_secs(1);
    /// Most requests are shorter.
    pub const LONGEST_REQUEST: Duration = Duration::from_secs(1);

    /// When clients stop sending to the pod.
    pub fn endpoints_gone(&self) -> Duration {
        self.endpoint_delay.unwrap_or(Self::ENDPOINT_DELAY)
    }

    /// How long the app takes after SIGTERM; one that exits takes no time.
    pub fn app_time(&self) -> Duration {
        match self.app_end() {
            AppEnd::Exits => Duration::ZERO,
            AppEnd::Closes | AppEnd::Serves => self.app_time.unwrap_or(Self::APP_TIME),
        }
    }

    /// What the app does at SIGTERM.
    pub fn app_end(&self) -> AppEnd {
        self.app_end.unwrap_or_default()
    }

    /// How long a request takes.
    pub fn longest_request(&self) -> Duration {
        self.longest_request.unwrap_or(Self::LONGEST_REQUEST)
    }

    /// Whether the app calls others until its end.
    pub fn calls_out(&self) -> bool {
        self.calls_out.unwrap_or(true)
    }
}
