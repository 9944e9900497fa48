//! The resolved policy: every field has its value.

use crate::istio::{Feature, MeshSettings, Target};
use crate::kubernetes::Release;

use super::Seconds;

/// How long clients may still use a pod's endpoints after its deletion: the example of KEP-3960, and enough in our
/// measurements (others report 3s to 15s).
pub(super) const ENDPOINT_DELAY: Seconds = Seconds::new(5);

/// The hook that istio-proxy gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PreStop {
    /// Envoy starts to drain at once and keeps its listeners; right in both sidecar modes.
    Drain,
    /// `kill -SIGTERM 1`, the recipe of the guides; classic sidecars only.
    Sigterm,
    /// The proxy sleeps for as long as the apps' own hooks run; classic sidecars only.
    Sleep,
    /// A script that waits until the apps are gone, and lets the proxy exit with them; right in both sidecar modes.
    Wait,
    /// No container override at all: annotation and grace period only.
    None,
    /// The user's own command, never empty.
    Exec(Vec<String>),
}

/// The words of a policy for hooks, and what each of them means.
macro_rules! words {
    ($($word:literal => $hook:ident),+) => {
        impl PreStop {
            /// The words.
            pub(crate) const WORDS: &[&str] = &[$($word),+];
            /// The words with their hooks.
            pub(crate) const NAMED: &[(&str, Self)] = &[$(($word, Self::$hook)),+];
        }
    };
}

words!("drain" => Drain, "sigterm" => Sigterm, "sleep" => Sleep, "wait" => Wait, "none" => None);

/// Declares the policy once: its fields and their defaults.
macro_rules! policy {
    ($(#[$doc:meta])+ $name:ident { $($(#[$field_doc:meta])+ $field:ident: $type:ty = $default:expr,)+ }) => {
        $(#[$doc])+
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_doc])+ pub $field: $type,)+
        }

        impl $name {
            /// The policy without any configuration.
            pub(crate) fn builtin() -> Self {
                Self { $($field: $default,)+ }
            }
        }
    };
}

policy! {
    /// How one workload should shut down.
    Policy {
        /// The hook to write on istio-proxy.
        pre_stop: PreStop = PreStop::Drain,
        /// How long the proxy must stay at least: the longest request plus the delay until the pod's endpoints are
        /// gone.
        drain: Option<Seconds> = None,
        /// How long the proxy stays after the apps' last hook, within the grace period; 30s if it is `None`.
        cover: Option<Seconds> = None,
        /// How long a request may take; apps and proxy stay that long.
        longest_request: Option<Seconds> = None,
        /// `A`: the time that an app may take from SIGTERM to its end.
        app_shutdown: Seconds = Seconds::new(5),
        /// `M`: the time that the agent needs after the drain to exit cleanly.
        margin: Seconds = Seconds::new(2),
        /// Also lower existing values, to exactly the computed numbers.
        exact: bool = false,
        /// Replace hooks on istio-proxy that this tool did not write.
        replace_hooks: bool = false,
        /// Take out settings of pods that the mesh has with the same value.
        drop_covered: bool = false,
        /// The assumed length of an app hook that can't be read.
        pre_stop_estimate: Option<Seconds> = None,
        /// Let the proxy exit as soon as it has no connections left.
        exit_on_idle: bool = false,
        /// Which kind of sidecar the mesh injects.
        sidecar: Sidecar = Sidecar::Auto,
        /// Write the mode into the annotation `sidecar.istio.io/nativeSidecar`, too.
        pin_sidecar: bool = false,
        /// The release of Istio that the manifests are for.
        istio: Option<Release> = None,
        /// The release of Kubernetes that the manifests are for.
        kubernetes: Option<Release> = None,
        /// What happens to a pod if the input does not show whether it is injected.
        unknown_injection: UnknownInjection = UnknownInjection::Apply,
        /// What is in the image of the proxy.
        proxy_image: ProxyImage = ProxyImage::Unknown,
        /// How long app containers without a preStop hook sleep first. If it is `None`, those that get traffic sleep
        /// for 5s.
        app_pre_stop: Option<Seconds> = None,
        /// Also edit gateways: annotation and grace period, if `drain` is set.
        gateways: bool = false,
        /// The resources of an override that is written.
        resources: Option<Resources> = None,
        /// What the policy declares about the mesh; it wins over what the input shows.
        mesh: MeshSettings = MeshSettings::default(),
        /// Remove everything that this tool writes.
        remove: bool = false,
        /// How to treat an object that can't be edited safely.
        refused: Refused = Refused::Error,
        /// How long clients keep sending to a deleted pod. Only timelines use this field and the following ones, not
        /// the plan.
        endpoint_delay: Option<Seconds> = None,
        /// The time that apps take from SIGTERM to their end.
        app_time: Option<Seconds> = None,
        /// What apps do at SIGTERM.
        app_end: Option<AppEnd> = None,
        /// Apps call others until their end.
        calls_out: Option<CallsOut> = None,
        /// There are WebSockets.
        streams: bool = false,
        /// Clients try a refused connection again on another pod.
        retries: bool = false,
    }
}

/// Which kind of sidecar the pods get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Sidecar {
    /// It is worked out from the annotation, the releases and the mesh settings.
    #[default]
    Auto,
    /// `istio-proxy` in `containers`.
    Classic,
    /// `istio-proxy` in `initContainers` with `restartPolicy: Always`.
    Native,
}

/// What happens to a pod if the input does not show whether it is injected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum UnknownInjection {
    /// It is treated as injected, because the user runs the tool on it.
    #[default]
    Apply,
    /// It gets only edits that do no harm without a sidecar: annotation and grace period, but no container.
    Safe,
    /// It is left alone.
    Skip,
    /// It is an error.
    Fail,
}

/// What is in the image of the proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum ProxyImage {
    /// It is not known. The default hooks work in every image.
    #[default]
    Unknown,
    /// Istio's default image: a shell, `kill`, `sleep`.
    Default,
    /// Only the proxy and its agent: no `kill`, no `sleep`, no shell.
    Distroless,
}

/// How to treat an object that can't be edited safely.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Refused {
    /// An error, which stops the run.
    #[default]
    Error,
    /// A warning: the object stays as it is, and the run goes on.
    Warn,
}

/// What an app does at SIGTERM.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum AppEnd {
    /// It accepts no new connections, and ends when its requests are done.
    #[default]
    Closes,
    /// It goes on serving, and then does the same.
    Serves,
    /// It is gone at once, with its requests.
    Exits,
}

/// When an app calls others through the proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum CallsOut {
    /// Until its end.
    #[default]
    UntilEnd,
    /// Not while it shuts down.
    Never,
}

/// The resources of a container, as quantities in the API's own words, in the order of the policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resources {
    /// `requests`: names and quantities, such as `cpu` and `100m`.
    pub requests: Vec<(String, String)>,
    /// `limits`
    pub limits: Vec<(String, String)>,
}

impl Policy {
    /// Whether the mode is declared and must be written into the annotation of each pod.
    pub(crate) const fn pins_mode(&self) -> bool {
        self.pin_sidecar && !matches!(self.sidecar, Sidecar::Auto)
    }

    /// How long apps wait before they stop, if the policy states it: `appPreStop`, otherwise 5s plus `longestRequest`.
    pub(crate) fn app_delay(&self) -> Option<Seconds> {
        self.app_pre_stop.or(self.longest_request.map(|longest| ENDPOINT_DELAY + longest))
    }

    /// The releases that the manifests are for.
    pub(crate) const fn target(&self) -> Target {
        Target { istio: self.istio, kubernetes: self.kubernetes }
    }

    /// Whether the target is known to have the feature.
    pub(super) fn has(&self, feature: Feature) -> bool {
        feature.is_in(self.target()) == Some(true)
    }

    /// Whether the target is known to lack the feature.
    pub(super) fn lacks(&self, feature: Feature) -> bool {
        feature.is_in(self.target()) == Some(false)
    }
}
