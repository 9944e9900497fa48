//! Which of its two forms a sidecar has.

/// The form of the sidecar that a pod gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SidecarMode {
    /// `istio-proxy` in `containers`: it gets SIGTERM together with the apps.
    Classic,
    /// `istio-proxy` in `initContainers` with `restartPolicy: Always`: it gets SIGTERM when the apps are gone.
    Native,
    /// Neither the pod nor what is known of the mesh tells.
    #[default]
    Unknown,
}
