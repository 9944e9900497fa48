//! Random pods and policies for property tests. Each is made from lists of values, some of them odd, with a fixed seed.

use crate::istio::{Layered, MeshHook, ProxyPorts, Setting, SettingOrigin, SidecarMode, WrittenHook};
use crate::kubernetes::{Handler, HookLength, Release};

use super::{
    AppHook, Effective, Grace, HooklessApp, Override, Placement, Plan, PodFacts, Policy, PreStop, ProxyHook,
    ProxyImage, Resources, Seconds, Sidecar, UnknownInjection, plan,
};

pub(super) fn s(seconds: u64) -> Seconds {
    Seconds::new(seconds)
}

pub(super) fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

/// An app whose hook takes that long.
pub(super) fn app(name: &str, length: HookLength) -> AppHook {
    let script = match length {
        HookLength::Exactly(seconds) => format!("sleep {seconds}"),
        HookLength::AtLeast(seconds) => format!("sleep {seconds}; nginx -s quit"),
        HookLength::UntilAppsGone | HookLength::Unknown => "nginx -s quit".to_owned(),
    };
    let hook = handled(name, Handler::Exec(["sh", "-c", &script].map(str::to_owned).to_vec()));
    assert_eq!(hook.length(), length);
    hook
}

fn hookless(name: &str, gets_traffic: bool) -> HooklessApp {
    HooklessApp { container: name.to_owned(), gets_traffic }
}

fn handled(name: &str, handler: Handler) -> AppHook {
    AppHook { container: name.to_owned(), handler: Some(handler) }
}

/// Numbers that look random and are the same on every run (xorshift).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(0x9E37_79B9_7F4A_7C15 ^ seed)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    fn pick<T: Clone>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())].clone()
    }

    fn sometimes<T>(&mut self, value: T) -> Option<T> {
        (self.below(4) == 0).then_some(value)
    }

    /// Nothing as often as any of the values.
    fn maybe<T: Clone>(&mut self, values: &[T]) -> Option<T> {
        let at = self.below(values.len() + 1);
        values.get(at).cloned()
    }

    fn layered<T: Clone>(&mut self, values: &[T], has_over: bool) -> Layered<T> {
        let over = if has_over { self.maybe(values) } else { None };
        let over = over.and_then(|value| self.sometimes(value));
        let under = self.maybe(values).and_then(|value| self.sometimes(value));
        Layered {
            over: over.map(|value| Setting::new(value, SettingOrigin::Environment)),
            own: self.maybe(values),
            under: under.map(|value| Setting::new(value, SettingOrigin::Declared)),
        }
    }

    /// Possible hooks of istio-proxy: ours, other people's, known, unknown, harmful.
    fn proxy_hook(&mut self) -> ProxyHook {
        let commands = [
            WrittenHook::Drain.command(ProxyPorts::default()),
            WrittenHook::Drain.command(ProxyPorts { admin: Some(15001), status: None }),
            WrittenHook::Drain.command(ProxyPorts { admin: Some(15004), status: None }),
            WrittenHook::Sigterm.command(ProxyPorts::default()),
            WrittenHook::Sleep(9).command(ProxyPorts::default()),
            WrittenHook::Wait(12).command(ProxyPorts::default()),
            words("/bin/sleep 12"),
            words("/wait.sh"),
            words("pilot-agent request POST drain"),
            words("kill -15 1"),
            ["sh", "-c", "while netstat -tln; do sleep 1; done"].map(str::to_owned).to_vec(),
            vec!["sleep 20".to_owned()],
        ];
        let other = [HookLength::Exactly(7), HookLength::Unknown].map(ProxyHook::Other);
        let all: Vec<_> = commands.map(ProxyHook::Exec).into_iter().chain(other).chain([ProxyHook::None]).collect();
        self.pick(&all)
    }

    fn proxy(&mut self) -> Placement {
        let bare = self.below(2) == 0;
        let resources = self.maybe(&resources());
        let present = Override { bare, hook: self.proxy_hook(), resources };
        self.pick(&[Placement::Absent, Placement::Container(present.clone()), Placement::Native(present)])
    }

    fn app_hooks(&mut self) -> Vec<AppHook> {
        match self.below(9) {
            0 => vec![app("a", HookLength::Exactly(10))],
            1 => vec![app("a", HookLength::Exactly(40)), app("b", HookLength::Unknown)],
            2 => vec![app("a", HookLength::AtLeast(60))],
            3 => vec![app("a", HookLength::Exactly(u64::MAX))],
            4 => vec![
                handled("a", Handler::Sleep(4)),
                handled("b", Handler::Exec(WrittenHook::Sleep(50).command(ProxyPorts::default()))),
            ],
            5 => vec![
                handled("a", Handler::HttpGet { port: "8080".to_owned(), path: "/".to_owned() }),
                handled("b", Handler::Exec(WrittenHook::Sleep(5).command(ProxyPorts::default()))),
            ],
            6 => vec![handled("a", Handler::TcpSocket)],
            _ => Vec::new(),
        }
    }

    pub(super) fn pod(&mut self) -> PodFacts {
        let graces: Vec<_> = [0, 3, 20, 30, 33, 90].map(|grace| Grace::Explicit(s(grace))).to_vec();
        let mesh_hooks = [
            MeshHook::Exec(words("sleep 8")),
            MeshHook::Exec(words("/wait.sh")),
            MeshHook::Exec(WrittenHook::Sigterm.command(ProxyPorts::default())),
            MeshHook::Other("httpGet".to_owned()),
        ];
        let seconds = [3, 50, 70].map(s);
        PodFacts {
            proxy_name: None,
            grace: self.maybe(&graces).unwrap_or(Grace::Default),
            app_hooks: self.app_hooks(),
            hookless_apps: self.pick(&[
                vec![],
                vec![hookless("y", true)],
                vec![hookless("y", true), hookless("z", false)],
            ]),
            mode: self.pick(&[SidecarMode::Unknown, SidecarMode::Unknown, SidecarMode::Classic, SidecarMode::Native]),
            is_gateway: self.below(12) == 0,
            is_built_in: self.below(6) > 0,
            is_ambient: false,
            runs_to_completion: self.below(6) == 0,
            is_fixed: self.below(6) == 0,
            successor: super::Successor::Beside,
            node_limit: None,
            is_injection_seen: self.below(2) == 0,
            is_running: false,
            proxy: self.proxy(),
            status_port: None,
            settings: Effective {
                drain: self.layered(&seconds, false),
                drain_duration: self.layered(&seconds, false),
                parent_shutdown: self.layered(&[s(60), s(65), s(90)], false),
                exit_on_idle: if self.below(3) == 0 { self.layered(&[true, false], true) } else { Layered::default() },
                minimum: self.layered(&[2, 5, 70].map(s), true),
                admin_port: self.layered(&[15000, 15001, 15004], false),
                hold_application: Layered::default(),
                image_type: self.layered(&["distroless".to_owned(), "debug".to_owned()], true),
            },
            is_mesh_config_seen: self.below(2) == 0,
            others: Vec::new(),
            native_annotation: self.maybe(&["true".to_owned(), "false".to_owned()]),
            mesh_hook: self
                .maybe(&mesh_hooks)
                .and_then(|hook| self.sometimes(Setting::new(hook, SettingOrigin::Declared))),
            keeps_app_http: self.below(4) == 0,
            shares_proxy_user: self.below(12) == 0,
            has_other_sidecar: self.below(12) == 0,
            shares_process_namespace: self.below(4) == 0,
        }
    }

    pub(super) fn policy(&mut self) -> Policy {
        let pre_stops = [
            PreStop::Drain,
            PreStop::Sigterm,
            PreStop::Sleep,
            PreStop::Wait,
            PreStop::None,
            PreStop::Exec(words("/bin/sleep 12")),
            PreStop::Exec(words("/wait.sh")),
        ];
        let numbers = [(None, 5, 2), (Some(40), 0, 0), (Some(15), 1, 3), (None, 0, 0)];
        let (drain, app_shutdown, margin) = self.pick(&numbers);
        let istio: Vec<_> = [6, 9, 11, 16, 20, 23, 26].map(|minor| Release::new(1, minor)).to_vec();
        Policy {
            pre_stop: self.pick(&pre_stops),
            drain: drain.map(s),
            cover: self.maybe(&[s(0), s(60)]),
            longest_request: self.maybe(&[s(40)]).and_then(|longest| self.sometimes(longest)),
            app_shutdown: s(app_shutdown),
            margin: s(margin),
            exact: self.below(4) == 0,
            replace_hooks: self.below(3) == 0,
            pre_stop_estimate: self.maybe(&[s(20)]),
            exit_on_idle: self.below(4) == 0,
            sidecar: self.pick(&[Sidecar::Auto, Sidecar::Classic, Sidecar::Native]),
            pin_sidecar: self.below(4) == 0,
            istio: self.maybe(&istio),
            kubernetes: self.maybe(&[Release::new(1, 28), Release::new(1, 30)]),
            unknown_injection: self.pick(&[UnknownInjection::Apply, UnknownInjection::Safe]),
            proxy_image: self.pick(&[
                ProxyImage::Unknown,
                ProxyImage::Unknown,
                ProxyImage::Default,
                ProxyImage::Distroless,
            ]),
            app_pre_stop: self.maybe(&[s(5), s(44)]),
            gateways: true,
            resources: self.maybe(&resources()),
            ..Policy::builtin()
        }
    }
}

fn resources() -> [Resources; 2] {
    ["100m", "1"].map(|cpu| Resources { requests: vec![("cpu".to_owned(), cpu.to_owned())], limits: Vec::new() })
}

/// Pods and policies by the dice, each with its plan.
pub(super) fn each(mut check: impl FnMut(&PodFacts, &Policy, &Plan)) {
    for seed in 1..10_000 {
        let mut dice = Dice::new(seed);
        let (pod, policy) = (dice.pod(), dice.policy());
        check(&pod, &policy, &plan(&pod, &policy));
    }
}
