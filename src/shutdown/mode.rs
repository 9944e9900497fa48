//! Which kind of sidecar is planned for, and the annotation that pins it.
//!
//! | mode | what is written |
//! |---|---|
//! | classic | whatever the policy says |
//! | native | annotation and grace period: Istio's own hook is the right one, so ours is taken back and none is written; nothing of exit on idle |
//! | unknown | whatever the policy says: the default hook is right in both modes |
//!
//! # Modes
//!
//! | case | grace | app hooks | there | policy | changes | findings |
//! |---|---|---|---|---|---|---|
//! | native | - | 40 | native | - | D 45, DD 68, G 47 | - |
//! | native, no hook | - | - | native | - | D 28, G 30 | - |
//! | native, with drain | - | - | native | drain 90 | D 90, G 30 | drain-beyond-apps |
//! | native, large grace | 120 | - | native | - | D 30 | - |
//! | native, exact | 120 | 40 | D 100, native | exact | D 45, DD 68, G 47 | - |
//! | native, our hook | 30 | - | D 28, native drain | - | - hook | - |
//! | native, our hook, bare | 30 | - | D 28, native bare sigterm | sigterm | - hook | - |
//! | native, the drain of the agent | 30 | - | D 28, native pilot-agent request POST drain | replace | - | - |
//! | native, foreign hook that ends it | 30 | - | D 28, native kill -15 1 | - | - | foreign-hook-kept, hook-kills-native-proxy |
//! | native, foreign hook that ends it, replaced | 30 | - | D 28, native kill -15 1 | replace | - hook | - |
//! | native, foreign hook that does not | 30 | - | D 28, native sleep 10 | - | - | foreign-hook-kept |
//! | native, another handler | 30 | - | D 28, native other 10 | - | - | foreign-hook-kept, two-handlers |
//! | native, another handler, older Istio | 30 | - | D 28, native other 10 | istio 1.20 | - | foreign-hook-kept |
//! | known to be native | - | 40 | is native | - | D 45, DD 68, G 47 | - |
//! | known to be native, sigterm | - | 60 | is native | sigterm | D 65, DD 98, G 67 | - |
//! | known to be native, sleep | - | 40 | is native | sleep | D 45, DD 68, G 47 | - |
//! | known to be native, our override | 30 | - | D 28, is native, bare drain | - | - override | - |
//! | known to be native, our hook in another's override | 30 | - | D 28, is native, full sigterm | - | - hook | - |
//! | known to be native, foreign hook that ends it | 30 | - | D 28, is native, full kill -15 1 | - | - | foreign-hook-kept, hook-kills-native-proxy |
//! | native, Istio's hook can't ask | - | 40 | status 0, native | - | D 45, DD 68, G 47 | native-drain-hook-fails |
//! | native, Istio's hook asks another port | - | - | status 15999, is native | - | D 28, G 30 | native-drain-hook-fails |
//! | native, Istio's hook can ask | - | - | status 15021, native | - | D 28, G 30 | - |
//! | native, Istio's hook can't ask, nor is it there | - | - | status 0, native | istio 1.20 | D 28, G 30 | - |
//! | native, Istio's hook can't ask, another is there | 30 | - | status 0, D 28, native sleep 10 | - | - | foreign-hook-kept |
//! | unknown, Istio's hook can't ask | - | - | status 0 | - | D 28, hook drain, G 30 | - |
//! | classic | - | 40 | is classic | - | D 45, DD 68, hook drain, G 47 | - |
//! | classic, sigterm | - | 40 | is classic | sigterm | D 45, hook sigterm, G 47 | drain-beyond-drain-duration |
//! | unknown, sigterm | - | 40 | - | sigterm | D 45, hook sigterm, G 47 | hook-kills-native-proxy, drain-beyond-drain-duration |
//! | pinned as native | - | - | - | native, pin | D 28, pin true, G 30 | - |
//! | pinned as classic | - | - | - | classic, pin | D 28, pin false, hook drain, G 30 | - |
//! | pinned already | 30 | - | D 28, pin true | native, pin | - | - |
//! | pinned the other way by an earlier run | 30 | - | D 28, is native, pin true | classic, pin | pin false, hook drain | - |
//! | pinned, an older Istio | - | - | is classic | classic, pin, istio 1.23 | D 28, hook drain, G 30 | native-annotation-too-new |
//! | pinned, new enough | - | - | - | native, pin, istio 1.24 | D 28, pin true, G 30 | - |
//! | pinned as native, older nodes | - | - | - | native, pin, k8s 1.27 | D 28, G 30 | native-annotation-too-new |
//! | pinned as native, new enough nodes | - | - | - | native, pin, k8s 1.29 | D 28, pin true, G 30 | - |
//! | pinned, no mode declared | - | - | - | pin | D 28, hook drain, G 30 | pin-without-mode |
//! | pinned as native, beside another handler | 30 | - | D 28, full other 10 | native, pin | - | foreign-hook-kept, two-handlers, pin-contradicts-container |
//! | pinned as native, another handler replaced | 30 | - | D 28, full other 10 | native, pin, replace | pin true, - hook | - |
//! | pinned as native already, beside another handler | 30 | - | D 28, pin true, full other 10 | native, pin | - | foreign-hook-kept, two-handlers |
//! | unknown, another handler | 30 | - | D 18, full other 10 | - | - | foreign-hook-kept, two-handlers |
//! | unknown, another handler, replaced | 30 | - | D 28, full other 10 | replace | hook drain | - |
//! | unknown, another handler, older Istio | 30 | - | D 18, full other 10 | istio 1.20 | - | foreign-hook-kept |
//! | classic, another handler | 30 | - | D 18, is classic, full other 10 | - | - | foreign-hook-kept |
//! | pinned as classic, among the init containers | 30 | - | D 28, native | classic, pin | - | pin-contradicts-container |

use crate::istio::{Feature, SidecarMode};
use crate::kubernetes::Release;

use super::{Change, Placement, PodFacts, Policy, ProxyHook, Sidecar};

/// The mode of the pod after the plan is written.
pub(super) fn of(facts: &PodFacts, policy: &Policy) -> SidecarMode {
    match (&facts.proxy, pinned(facts, policy)) {
        _ if facts.is_gateway => SidecarMode::Classic,
        (Placement::Native(_), _) => SidecarMode::Native,
        (_, Some(Pin::Write(true))) => SidecarMode::Native,
        (_, Some(Pin::Write(false))) => SidecarMode::Classic,
        _ => facts.mode,
    }
}

/// Whether the proxy is known to be a native sidecar.
pub(super) fn is_native(facts: &PodFacts, policy: &Policy) -> bool {
    of(facts, policy) == SidecarMode::Native
}

/// The result of `pinSidecar` for a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pin {
    /// The annotation says whether the sidecar is native.
    Write(bool),
    /// No mode is declared.
    NothingDeclared,
    /// The target is known not to read the annotation.
    TooNew(Release),
    /// The nodes are known not to run native sidecars. A proxy in the init containers would never end, and no app would
    /// start.
    NoNativeOnNodes(Release),
    /// A native sidecar has an exec hook. With the pod's own hook of another type it would have two handlers.
    TwoHandlers,
    /// The manifest has its proxy in the init containers, so with a classic sidecar it would exist twice.
    Contradiction,
}

/// What happens to the annotation; `None` if the policy does not pin the mode.
pub(super) fn pinned(facts: &PodFacts, policy: &Policy) -> Option<Pin> {
    if !policy.pin_sidecar || facts.is_gateway {
        return None;
    }
    let native = match policy.sidecar {
        Sidecar::Auto => return Some(Pin::NothingDeclared),
        Sidecar::Classic => false,
        Sidecar::Native => true,
    };
    Some(match policy.istio.filter(|_| policy.lacks(Feature::NativeAnnotation)) {
        Some(release) => Pin::TooNew(release),
        None if !native && matches!(facts.proxy, Placement::Native(_)) => Pin::Contradiction,
        None => match policy.kubernetes.filter(|_| native && policy.lacks(Feature::SidecarContainers)) {
            Some(release) => Pin::NoNativeOnNodes(release),
            None if native && merges_into_two_handlers(facts, policy) => Pin::TwoHandlers,
            None => Pin::Write(native),
        },
    })
}

/// Whether the pod keeps a hook with which a native sidecar would be rejected, and is not certainly native already.
fn merges_into_two_handlers(facts: &PodFacts, policy: &Policy) -> bool {
    let has_other = facts.proxy.present().is_some_and(|present| matches!(present.hook, ProxyHook::Other(_)));
    let is_pinned = facts.native_annotation.as_deref() == Some(text(true));
    has_other && !is_pinned && !policy.replace_hooks && !policy.lacks(Feature::DrainHook)
}

/// The change of the annotation.
pub(super) fn change(facts: &PodFacts, policy: &Policy) -> Option<Change> {
    let Some(Pin::Write(native)) = pinned(facts, policy) else { return None };
    let is_there = facts.native_annotation.as_deref() == Some(text(native));
    (!is_there).then_some(Change::Pin { native })
}

/// The annotation's value. Istio reads other spellings differently in different places.
pub(super) const fn text(native: bool) -> &'static str {
    if native { "true" } else { "false" }
}
