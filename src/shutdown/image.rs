//! The programs in the image of the proxy that hooks need.

use crate::istio::MeshHook;
use crate::rules::hook_needs_a_binary;

use super::{Finding, PodFacts, Policy, ProxyHook, ProxyImage};

/// The programs that are in every image of the proxy (istio/istio `pilot/docker/Dockerfile.proxyv2`).
const ALWAYS_THERE: [&str; 2] = ["pilot-agent", "envoy"];

/// Whether the image is known to have only the proxy and its agent. The pod's annotation wins over the policy, and that
/// over the mesh.
pub(super) fn is_distroless(facts: &PodFacts, policy: &Policy) -> bool {
    let image_type = &facts.settings.image_type;
    let is_of_pod = image_type.over.is_some() || image_type.own.is_some();
    let is_distroless = image_type.in_force().is_some_and(|name| name == "distroless");
    match policy.proxy_image {
        ProxyImage::Unknown => is_distroless,
        ProxyImage::Default => is_of_pod && is_distroless,
        ProxyImage::Distroless => !is_of_pod || is_distroless,
    }
}

/// The program of the hook that istio-proxy has now, if its image is known to lack it.
pub(super) fn lacking_program<'f>(facts: &'f PodFacts, policy: &Policy) -> Option<&'f str> {
    let command = match (facts.proxy.present().map(|present| &present.hook), &facts.mesh_hook) {
        (Some(ProxyHook::Exec(command)), _) => command,
        (None | Some(ProxyHook::None), Some(hook)) => match &hook.value {
            MeshHook::Exec(command) => command,
            MeshHook::Other(_) => return None,
        },
        _ => return None,
    };
    missing_binary(command).filter(|_| is_distroless(facts, policy))
}

/// The finding on the hook of a running proxy that fails. No edit replaces it.
pub(crate) fn failing_hook(facts: &PodFacts, policy: &Policy) -> Option<Finding> {
    Some(hook_needs_a_binary::fails_in_pod(lacking_program(facts, policy)?))
}

/// The program of a command, if it may be missing in the image.
pub(super) fn missing_binary(command: &[String]) -> Option<&str> {
    let program = command.first()?.as_str();
    let name = program.rsplit('/').next().unwrap_or(program);
    (!ALWAYS_THERE.contains(&name)).then_some(program)
}
