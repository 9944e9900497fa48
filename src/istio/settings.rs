//! The settings of a proxy that matter for its shutdown, listed once. Their holder is a parameter: a pod or a resource
//! has bare values, a mesh has values with an origin, and the settings in force have layers.

use std::collections::BTreeMap;
use std::fmt;

use crate::kubernetes::Seconds;

use super::{DurationError, Layered, Setting, parse_duration};

/// Makes the agent exit as soon as Envoy has no connections left (istio/istio `pkg/envoy/agent.go`).
pub(crate) const EXIT_ON_IDLE: &str = "EXIT_ON_ZERO_ACTIVE_CONNECTIONS";
/// The minimum time before the agent looks for connections (same file).
pub(crate) const MINIMUM_DRAIN: &str = "MINIMUM_DRAIN_DURATION";

/// The field that holds variables.
pub(crate) const METADATA: &str = "proxyMetadata";

/// The container of each setting's value.
pub(crate) trait Holder {
    /// The container of a value of type `T`.
    type Of<T: fmt::Debug + Clone + Eq>: fmt::Debug + Clone + Eq + Default;
}

/// Holds the value, if there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bare;

/// Holds the value with its origin, if there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct WithOrigin;

/// Holds all values, each in its layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct InLayers;

impl Holder for Bare {
    type Of<T: fmt::Debug + Clone + Eq> = Option<T>;
}

impl Holder for WithOrigin {
    type Of<T: fmt::Debug + Clone + Eq> = Option<Setting<T>>;
}

impl Holder for InLayers {
    type Of<T: fmt::Debug + Clone + Eq> = Layered<T>;
}

/// One of the settings.
pub(crate) trait Row {
    /// What it is.
    type Value: fmt::Debug + Clone + Eq;
    /// Its path in `proxy.istio.io/config` and in `meshConfig.defaultConfig`.
    const PATH: &'static [&'static str];

    /// Its holder in `settings`.
    fn of<H: Holder>(settings: &ProxySettings<H>) -> &H::Of<Self::Value>;

    /// Reads its value from the text of a scalar. `is_string`: the scalar is a string.
    ///
    /// # Errors
    ///
    /// Istio does not accept the text.
    fn read(text: &str, is_string: bool) -> Result<Self::Value, Unfit>;
}

/// Why a text is not a valid value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It is empty.
    Empty,
    /// It is not a valid duration.
    Duration(DurationError),
    /// It is not what is expected.
    Not(&'static str),
}

/// Makes the holder of each setting.
pub(crate) trait Make<H: Holder> {
    /// Makes the holder of one setting.
    fn make<R: Row>(&mut self) -> H::Of<R::Value>;
}

macro_rules! proxy_settings {
    ($($(#[$doc:meta])+ $field:ident, $row:ident: $value:ty = $read:ident at $path:expr;)+) => {
        /// All settings, each in the holder `H`. Durations are rounded up to whole seconds.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub(crate) struct ProxySettings<H: Holder> {
            $($(#[$doc])+ pub $field: H::Of<$value>,)+
        }

        impl<H: Holder> ProxySettings<H> {
            /// Makes all holders.
            pub(crate) fn each(make: &mut impl Make<H>) -> Self {
                Self { $($field: make.make::<rows::$row>(),)+ }
            }
        }

        /// The settings by name.
        pub(crate) mod rows {
            $($(#[$doc])+ #[derive(Debug)] pub(crate) struct $row;)+
        }

        $(impl Row for rows::$row {
            type Value = $value;
            const PATH: &'static [&'static str] = &$path;

            fn of<H: Holder>(settings: &ProxySettings<H>) -> &H::Of<$value> {
                &settings.$field
            }

            fn read(text: &str, is_string: bool) -> Result<$value, Unfit> {
                $read(text, is_string)
            }
        })+
    };
}

// Source: istio/api `mesh/v1alpha1/proxy.proto`.
proxy_settings! {
    /// How long the agent waits between SIGTERM and the end of Envoy.
    drain, Drain: Seconds = duration at ["terminationDrainDuration"];
    /// How long Envoy takes new connections while it drains.
    drain_duration, DrainDuration: Seconds = duration at ["drainDuration"];
    /// Up to Istio 1.16, the last release with this field, it must be longer than `drainDuration`.
    parent_shutdown, ParentShutdown: Seconds = duration at ["parentShutdownDuration"];
    /// The agent exits as soon as it has no connections, and ignores `terminationDrainDuration`.
    exit_on_idle, ExitOnIdle: bool = flag at [METADATA, EXIT_ON_IDLE];
    /// The minimum time that the agent then waits.
    minimum, Minimum: Seconds = minimum at [METADATA, MINIMUM_DRAIN];
    /// The port of Envoy's admin interface.
    admin_port, AdminPort: u16 = port at ["proxyAdminPort"];
    /// The type of the image: `distroless`, `debug`, …; empty if an image is named whose type is unknown.
    image_type, ImageType: String = text at ["image", "imageType"];
    /// The proxy has a postStart hook that delays the apps until the proxy is ready.
    hold_application, HoldApplication: bool = bool at ["holdApplicationUntilProxyStarts"];
}

/// The environment of a proxy.
struct Variables<'v>(&'v BTreeMap<String, String>);

impl Make<Bare> for Variables<'_> {
    fn make<R: Row>(&mut self) -> Option<R::Value> {
        let [METADATA, name] = R::PATH else { return None };
        R::read(self.0.get(*name)?, true).ok()
    }
}

/// Adds the same origin to all values.
struct By<'s>(&'s ProxySettings<Bare>, &'s Setting<()>);

impl Make<WithOrigin> for By<'_> {
    fn make<R: Row>(&mut self) -> Option<Setting<R::Value>> {
        R::of(self.0).clone().map(|value| self.1.with(value))
    }
}

impl ProxySettings<Bare> {
    /// Reads the settings that are environment variables.
    pub(crate) fn of_variables(variables: &BTreeMap<String, String>) -> Self {
        Self::each(&mut Variables(variables))
    }

    /// The same settings, each with the origin and the place of `stated`.
    pub(crate) fn by(&self, stated: &Setting<()>) -> ProxySettings<WithOrigin> {
        ProxySettings::each(&mut By(self, stated))
    }

    /// The same settings, laid over others.
    pub(crate) fn over(&self, lower: &ProxySettings<WithOrigin>) -> Self {
        Self::each(&mut OverLower(self, lower))
    }
}

/// Lays settings over others.
struct OverLower<'s>(&'s ProxySettings<Bare>, &'s ProxySettings<WithOrigin>);

impl Make<Bare> for OverLower<'_> {
    fn make<R: Row>(&mut self) -> Option<R::Value> {
        let lower = || R::of(self.1).as_ref().map(|setting| setting.value.clone());
        R::of(self.0).clone().or_else(lower)
    }
}

impl ProxySettings<InLayers> {
    /// The default of `terminationDrainDuration` (istio/api `mesh/v1alpha1/proxy.proto`).
    pub(crate) const DRAIN: Seconds = Seconds::new(5);
    /// The default of `drainDuration` (same file): how long after SIGTERM Envoy takes new connections.
    pub(crate) const DRAIN_DURATION: Seconds = Seconds::new(45);
    /// The default of `parentShutdownDuration` (same file, up to 1.16).
    pub(crate) const PARENT_SHUTDOWN: Seconds = Seconds::new(60);
    /// The default of `MINIMUM_DRAIN_DURATION` (istio/istio `pilot/cmd/pilot-agent/options/options.go`).
    pub(crate) const MINIMUM: Seconds = Seconds::new(5);
}

/// A negative duration counts as 0, because such a sleep ends at once.
fn duration(text: &str, is_string: bool) -> Result<Seconds, Unfit> {
    if !is_string {
        return Err(Unfit::Not("a duration such as `45s`"));
    }
    match parse_duration(text) {
        Ok(duration) => Ok(duration.into()),
        Err(DurationError::Negative { .. }) => Ok(Seconds::ZERO),
        Err(error) => Err(Unfit::Duration(error)),
    }
}

/// If the agent can't read an environment variable, it uses its own default, not a weaker layer (istio/istio
/// `pkg/env/var.go`).
fn minimum(text: &str, is_string: bool) -> Result<Seconds, Unfit> {
    if is_string { Ok(parse_duration(text).map_or(ProxySettings::MINIMUM, Seconds::from)) } else { Err(Unfit::Empty) }
}

/// The same for a boolean variable.
fn flag(text: &str, is_string: bool) -> Result<bool, Unfit> {
    if is_string { Ok(parse_bool(text).unwrap_or(false)) } else { Err(Unfit::Empty) }
}

fn bool(text: &str, _: bool) -> Result<bool, Unfit> {
    text.parse().map_err(|_| Unfit::Not("`true` or `false`"))
}

fn port(text: &str, _: bool) -> Result<u16, Unfit> {
    text.parse().map_err(|_| Unfit::Not("a port"))
}

fn text(text: &str, _: bool) -> Result<String, Unfit> {
    if text.is_empty() { Err(Unfit::Empty) } else { Ok(text.to_owned()) }
}

/// Go's `strconv.ParseBool`.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// The other spelling that protobuf's JSON accepts: `drain_duration` for `drainDuration`.
pub(crate) fn snake_case(key: &str) -> String {
    let mut snake = String::with_capacity(key.len() + 4);
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}
