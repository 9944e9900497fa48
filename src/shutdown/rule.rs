//! The rules that findings are instances of.

/// Declares the rules once: each with its doc comment, its stable id and its summary.
macro_rules! rules {
    ($($(#[$doc:meta])+ $variant:ident = $id:literal: $summary:literal,)+) => {
        /// What a finding is an instance of; its id is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[$doc])+ $variant,)+
        }

        impl Rule {
            /// Every rule there is, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable kebab-case name.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)+
                }
            }

            /// What the rule is about, in one line: lower case, no full stop.
            pub const fn summary(self) -> &'static str {
                match self {
                    $(Self::$variant => $summary,)+
                }
            }
        }
    };
}

rules! {
    // About the pod: these come out of the plan.

    /// How long the preStop hook of an app takes can't be read off it, so the drain may be too short.
    UnknownHookLength = "unknown-hook-length":
        "the length of an app's preStop hook can't be read",
    /// How long the preStop hook of istio-proxy takes can't be read, so the grace period can't be worked out.
    UnknownProxyHookLength = "unknown-proxy-hook-length":
        "the length of istio-proxy's preStop hook can't be read",
    /// `preStop: sleep` has no known time to sleep for, so the drain hook takes its place.
    SleepWithoutLength = "sleep-without-length":
        "preStop: sleep has no app hook of known length to wait for",
    /// A `kill` hook does nothing where the pod shares its process namespace: PID 1 is the pause container there.
    SharedProcessNamespace = "shared-process-namespace":
        "kill can't reach the agent in a shared process namespace",
    /// The preStop hook of a classic istio-proxy makes the proxy exit while the apps still run.
    EndsProxyEarly = "ends-proxy-early":
        "the preStop hook of istio-proxy ends the proxy before the apps",
    /// The preStop hook of a native istio-proxy makes it exit before its turn, and it is not started again.
    HookKillsNativeProxy = "hook-kills-native-proxy":
        "the preStop hook of a native sidecar ends it before the apps",
    /// A handler of another kind than exec on istio-proxy merges with Istio's own exec handler into two, which the API
    /// server rejects.
    TwoHandlers = "two-handlers":
        "a preStop hook ends up with two handlers",
    /// A draining Envoy closes connections that are idle in the last third of `drainDuration`, and the apps are needed for longer.
    DrainBeyondDrainDuration = "drain-beyond-drain-duration":
        "Envoy may close idle connections while an app's preStop hook still runs",
    /// `drain` is a minimum, and the proxy stays for longer anyway.
    DrainWithoutEffect = "drain-without-effect":
        "drain is shorter than what the proxy stays for anyway",
    /// The kubelet has nothing to run a tcpSocket hook with.
    TcpSocketHook = "tcp-socket-hook":
        "a tcpSocket preStop hook fails at once",
    /// The grace period lets an app run for longer than the proxy stays.
    GraceBeyondCover = "grace-beyond-cover":
        "the grace period is longer than the proxy stays",
    /// The preStop hook takes all of the grace period, so the app is left with the kubelet's two seconds.
    HookEatsGrace = "hook-eats-grace":
        "the preStop hook leaves the app no time after SIGTERM",
    /// A very short grace period without any hook: the pod is meant to go at once, so nothing is written.
    DiesOnPurpose = "dies-on-purpose":
        "the pod is set up to die fast and is left as it is",

    /// With `check`: the workload lacks what the plan would write.
    NotDrained = "not-drained":
        "a workload lacks the settings that the policy asks for",
    /// The preStop hook of istio-proxy is not one that this tool writes, so it stays.
    ForeignHookKept = "foreign-hook-kept":
        "a preStop hook of istio-proxy that is not ours is kept",
    /// The hook runs a program that is not in the image of the proxy: it fails at once, with an event, and SIGTERM follows.
    HookNeedsABinary = "hook-needs-a-binary":
        "a preStop hook needs a program that the proxy's image lacks",
    /// The `sleep` action is not known to the Kubernetes of the target, or may not be.
    SleepActionTooNew = "sleep-action-too-new":
        "the sleep action needs Kubernetes 1.30",
    /// From Istio 1.25 on, hooks of apps that ask for a URL go through the agent's port 15020, which closes when a classic proxy
    /// gets SIGTERM; a request in progress goes on.
    Port15020Race = "port-15020-race":
        "an app's preStop hook goes through the agent's port",
    /// The mesh gives every istio-proxy a preStop hook, and the override's hook takes its place.
    MeshHookReplaced = "mesh-hook-replaced":
        "the hook of the mesh is replaced by the pod's own",
    /// Istio's own hook on native sidecars asks the agent on the port of an annotation, which `pilot-agent request` may not take.
    NativeDrainHookFails = "native-drain-hook-fails":
        "Istio's own hook on a native sidecar asks a port that it can't",
    /// A hook of the mesh takes the place of the one with which Istio drains native sidecars early.
    MeshHookOnNative = "mesh-hook-on-native":
        "the hook of the mesh takes the place of Istio's own",
    /// The mesh drains for long enough, so nothing has to be written for it.
    MeshDrainsAlready = "mesh-drains-already":
        "the mesh sets a drain duration that is long enough",
    /// `terminationDrainDuration` does nothing where the proxy exits as soon as it is idle.
    DrainIgnoredByExitOnIdle = "drain-ignored-by-exit-on-idle":
        "the drain duration is ignored, since the proxy exits on idle",
    /// What would have to be written into the annotation is set by something that wins over it.
    OverriddenSetting = "overridden-setting":
        "a setting is overridden by one that wins over the annotation",
    /// Exit on idle needs Istio 1.12.
    ExitOnIdleTooNew = "exit-on-idle-too-new":
        "exit on idle needs Istio 1.12",
    /// A native proxy goes with the apps, so exit on idle does nothing there; its minimum may even hold the pod.
    ExitOnIdleOnNative = "exit-on-idle-on-native":
        "exit on idle does nothing on a native sidecar",
    /// The annotation that pins the sidecar mode needs Istio 1.24.
    NativeAnnotationTooNew = "native-annotation-too-new":
        "pinning the sidecar mode needs Istio 1.24",
    /// `pinSidecar` without a declared mode has nothing to write.
    PinWithoutMode = "pin-without-mode":
        "pinSidecar needs a declared sidecar mode",
    /// The sidecar is to be pinned as classic, and the manifest has it among the init containers.
    PinContradictsContainer = "pin-contradicts-container":
        "the pinned sidecar mode contradicts the manifest",
    /// The drain hook asks Envoy's admin interface through `pilot-agent request`, which knows a few ports only.
    AdminPortOutOfReach = "admin-port-out-of-reach":
        "the drain hook can't reach Envoy's admin port",
    /// With `unknownInjection: safe` a pod gets no container where it can't be seen that it is injected.
    InjectionNotSeen = "injection-not-seen":
        "no container is added, as injection can't be seen",
    /// The Istio of the target is too old for a part of what is written.
    IstioTooOld = "istio-too-old":
        "the Istio of the target is too old for it",
    /// How long a gateway has to drain is for the user to say.
    GatewayWithoutDrain = "gateway-without-drain":
        "a gateway is planned for only where drain is set",
    /// What the grace period was before this tool raised it is not known.
    GraceKept = "grace-kept":
        "the grace period stays when everything else is removed",

    /// A Job is complete when all containers have exited, and a classic istio-proxy goes on.
    ClassicProxyKeepsJob = "classic-proxy-keeps-job":
        "a classic sidecar keeps a pod from completing",
    /// A live Pod or Job doesn't take the change: it has to be deleted and made again.
    TemplateIsFixed = "template-is-fixed":
        "the pod template of a live object can't be changed",

    // About the manifest: what is there can't work, or can't be read.

    /// `istio-proxy` stands in the pod more than once.
    TwoProxies = "two-proxies":
        "istio-proxy is in the pod more than once",
    /// An `istio-proxy` among the init containers without `restartPolicy: Always` is no override of a sidecar.
    InitContainerProxy = "init-container-proxy":
        "an istio-proxy in initContainers is no native sidecar",
    /// An istio-proxy override stands in a pod that gets no sidecar: a container with the image `auto` is all that it is then.
    OverrideWithoutInjection = "override-without-injection":
        "an istio-proxy override in a pod without a sidecar",
    /// `sidecar.istio.io/nativeSidecar` is neither `true` nor `false`, which releases of Istio take for different things.
    NativeAnnotationValue = "native-annotation-value":
        "sidecar.istio.io/nativeSidecar is neither true nor false",
    /// A duration in `proxy.istio.io/config` is none, and Istio refuses the pod.
    BadDrainDuration = "bad-drain-duration":
        "a duration in proxy.istio.io/config can't be read",
    /// The injector's own annotation for overrides is in a manifest, and wins over the container there.
    OverridesAnnotation = "overrides-annotation":
        "the injector's own annotation wins over the istio-proxy of the manifest",
    /// Istio passes over fields of `proxy.istio.io/config` that it doesn't know, misspelt ones, too.
    UnknownProxyConfigField = "unknown-proxy-config-field":
        "a field of proxy.istio.io/config is not known",
    /// The text of `proxy.istio.io/config` is no proxy configuration, and Istio refuses the pod.
    BadProxyConfig = "bad-proxy-config":
        "proxy.istio.io/config can't be read",
    /// `terminationGracePeriodSeconds` is no whole number.
    UnreadableGracePeriod = "unreadable-grace-period":
        "terminationGracePeriodSeconds can't be read",

    // About the mesh: what is said of it in the input.

    /// Something in an object that configures the mesh can't be read, so it counts as not said.
    UnreadableMesh = "unreadable-mesh":
        "what the input says of the mesh can't be read",
    /// Two objects say different things of the same mesh, as those of two clusters in one input do, so neither counts.
    MeshContradiction = "mesh-contradiction":
        "two objects contradict each other about the mesh",
    /// Nothing is where the policy says that pod templates of a kind of its own are, so the path may be misspelt.
    MissingTemplate = "missing-template":
        "the path of a kind of the policy's own leads to no pod template",
    /// A Rollout has its pod template in a workload that is not in the input.
    MissingWorkloadRef = "missing-workload-ref":
        "the workload that a workloadRef names is not in the input",

    // About the policy: what it says of workloads.

    /// An annotation of this tool has a value that it does not take, or another one on the workload than on its pod template.
    BadAnnotation = "bad-annotation":
        "an istio-drain.dev annotation can't be used",
    /// There is no annotation of that name, so it does nothing.
    UnknownAnnotation = "unknown-annotation":
        "an istio-drain.dev annotation is not known",
    /// A rule of the policy is for no workload of the whole input, so it may be misspelt.
    UnmatchedRule = "unmatched-rule":
        "a rule of the policy matches no workload",

    // About the text: what can't be edited safely.

    /// The edit would land inside an alias, and so change other places too.
    EditInAlias = "edit-in-alias":
        "an edit would land inside a YAML alias",
    /// The edit would land inside a node that a merge key brings in.
    EditInMerge = "edit-in-merge":
        "an edit would land inside a YAML merge key",
    /// Two equal keys stand on the way to the edit, and readers differ on which one counts.
    DuplicateKey = "duplicate-key":
        "a key on the way to an edit stands there twice",
    /// A node on the way to the edit has a tag that is not known.
    UnknownTag = "unknown-tag":
        "a node on the way to an edit has an unknown tag",
    /// A key on the way to the edit is no plain text.
    ComplexKey = "complex-key":
        "a key on the way to an edit is no plain text",
    /// A character that some readers take for a line end and others don't stands in the document.
    AmbiguousLineBreak = "ambiguous-line-break":
        "a character is a line end to some readers only",
    /// Anything else that can't be edited safely.
    Uneditable = "uneditable":
        "the text can't be edited safely",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_kebab_case_and_unique() {
        let mut ids: Vec<&str> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        assert!(ids.iter().all(|id| id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')));
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Rule::ALL.len());
    }

    #[test]
    fn summaries_are_one_line_without_a_full_stop() {
        for rule in Rule::ALL {
            let summary = rule.summary();
            assert!(!summary.contains('\n') && !summary.ends_with('.') && summary.len() < 80, "{summary}");
        }
    }
}
