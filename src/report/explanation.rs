//! The facts and numbers of one workload's plan, in the words for people and programs.

use crate::istio::{EXIT_ON_IDLE, Layered, MINIMUM_DRAIN, MeshHook, Setting, SettingOrigin};
use crate::kubernetes::{Handler, HookLength, Release};
use crate::rules::HookOwner;
use crate::shutdown::{AppHook, Assumed, Effective, Grace, HookInForce, Numbers, PodFacts, Symbol};
use crate::timeline::Scenario;

/// The facts of one workload's plan, and its results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Explanation {
    /// The facts from the pod template and the mesh.
    pub facts: PodFacts,
    /// What timelines of the pod use beside the facts.
    pub scenario: Scenario,
    /// The release of Istio, with its origin.
    pub istio: Option<Setting<Release>>,
    /// The preStop hook of istio-proxy after all edits; `None` if it has none.
    pub hook: Option<HookInForce>,
    /// The assumptions of the plan.
    pub assumed: Assumed,
    /// The numbers of the plan; `None` if none were needed.
    pub numbers: Option<Numbers>,
}

/// A value in force before any change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InForce {
    /// The name of the setting.
    pub name: &'static str,
    /// The value, as written.
    pub value: String,
    /// Its origin, to follow "by".
    pub origin: String,
    /// Its letter in the arithmetic, if it has one.
    pub letter: Option<&'static str>,
}

impl InForce {
    fn new(name: &'static str, value: impl ToString, origin: impl ToString) -> Self {
        Self { name, value: value.to_string(), origin: origin.to_string(), letter: None }
    }

    /// The same, with its letter in the arithmetic.
    fn called(self, symbol: Symbol) -> Self {
        Self { letter: Some(symbol.name()), ..self }
    }

    /// A setting of the proxy, if it is set.
    fn set<T: Clone + ToString>(name: &'static str, setting: &Layered<T>) -> Option<Self> {
        setting.in_force().map(|value| Self::new(name, value.to_string(), setting.origin()))
    }

    /// A setting of the proxy, or its default.
    fn or<T: Clone + ToString>(name: &'static str, setting: &Layered<T>, default: T) -> Self {
        let value = setting.in_force().cloned().unwrap_or(default);
        Self::new(name, value.to_string(), setting.origin())
    }
}

impl Explanation {
    /// The relevant values in force now: always the drain duration and the grace period, and Istio's other defaults
    /// only if the plan uses them.
    pub(crate) fn in_force(&self) -> Vec<InForce> {
        let settings = &self.facts.settings;
        let is_idle = settings.exit_on_idle.in_force() == Some(&true);
        let minimum = if is_idle {
            Some(InForce::or(MINIMUM_DRAIN, &settings.minimum, Effective::MINIMUM))
        } else {
            InForce::set(MINIMUM_DRAIN, &settings.minimum)
        };
        let grace = match self.facts.grace {
            Grace::Default => "Kubernetes' default",
            Grace::Explicit(_) => "the pod template",
        };
        let istio = self.istio.as_ref().map(|release| match release.origin {
            SettingOrigin::Declared => InForce::new("release of Istio", release.value, "the policy's `target.istio`"),
            _ => InForce::new("release of Istio", release.value, &release.origin),
        });
        let mesh_hook = self.facts.mesh_hook.as_ref().map(|hook| {
            let value = match &hook.value {
                MeshHook::Exec(command) => command_line(command),
                MeshHook::Other(handler) => handler.clone(),
            };
            InForce::new("preStop hook of the mesh", value, &hook.origin)
        });
        let image = InForce::set("imageType", &settings.image_type).filter(|image| !image.value.is_empty());
        [
            istio,
            Some(InForce::or("terminationDrainDuration", &settings.drain, Effective::DRAIN).called(Symbol::DrainNow)),
            InForce::set("drainDuration", &settings.drain_duration),
            InForce::set("parentShutdownDuration", &settings.parent_shutdown),
            InForce::set(EXIT_ON_IDLE, &settings.exit_on_idle),
            minimum,
            InForce::set("proxyAdminPort", &settings.admin_port),
            image,
            mesh_hook,
            Some(
                InForce::new("terminationGracePeriodSeconds", self.facts.grace.effective().get(), grace)
                    .called(Symbol::GraceNow),
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Whether an app has a hook whose length can't be read at all.
    pub(crate) fn has_unread_hooks(&self) -> bool {
        self.facts.app_hooks.iter().any(|hook| hook.length().known().is_none())
    }

    /// The computed numbers, each with its letter, its terms and its meaning.
    pub(crate) fn sums(&self) -> Vec<(&'static str, String, &'static str)> {
        let Some(numbers) = &self.numbers else { return Vec::new() };
        let lasts = if numbers.exits_on_idle {
            (Symbol::Minimum, "the proxy stays at least that long, and then goes when it is idle")
        } else if numbers.is_native {
            (Symbol::DrainDuration, "the drain duration, which a native sidecar ignores")
        } else {
            (Symbol::DrainDuration, "the drain duration")
        };
        let grace = match &numbers.grace {
            Some(grace) => (grace.to_string(), "the grace period"),
            None => ("as it is".to_owned(), "the length h of the hook on istio-proxy can't be read"),
        };
        let sums = [
            (Symbol::Stay, numbers.stay.to_string(), "how long the proxy is needed"),
            (lasts.0, numbers.lasting.to_string(), lasts.1),
            (Symbol::Grace, grace.0, grace.1),
        ];
        sums.into_iter().map(|(symbol, sum, what)| (symbol.name(), sum, what)).collect()
    }
}

/// What a preStop hook of an app runs: a command line, or the name of its handler.
pub(crate) fn handler(hook: &AppHook) -> String {
    match &hook.handler {
        Some(Handler::Exec(command)) => command_line(command),
        Some(other) => other.to_string(),
        None => "no handler that is known, or several".to_owned(),
    }
}

/// How long a hook takes, as far as it could be read.
pub(crate) fn length(length: HookLength) -> String {
    match length {
        HookLength::Exactly(seconds) => format!("{seconds}s"),
        HookLength::AtLeast(seconds) => format!("at least {seconds}s"),
        HookLength::UntilAppsGone => "until the apps have gone".to_owned(),
        HookLength::Unknown => "of unknown length".to_owned(),
    }
}

/// The owner of the hook on istio-proxy, in one word.
pub(crate) const fn owner(hook: &HookInForce) -> &'static str {
    match hook.owner {
        HookOwner::New => "planned",
        HookOwner::Present => "present",
        HookOwner::Foreign => "kept",
        HookOwner::Mesh => "mesh",
    }
}

/// A command line, with quotes as a shell needs them.
pub(crate) fn command_line(command: &[String]) -> String {
    let is_plain = |word: &str| !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || "'\"".contains(c));
    let words = command.iter().map(|word| match word {
        word if is_plain(word) => word.clone(),
        word => format!("'{}'", word.replace('\'', r"'\''")),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_they_are_typed() {
        let line = |words: &[&str]| command_line(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>());
        assert_eq!(line(&["/bin/sh", "-c", "sleep 40; it's"]), r"/bin/sh -c 'sleep 40; it'\''s'");
        assert_eq!(line(&["echo", ""]), "echo ''");
    }
}
