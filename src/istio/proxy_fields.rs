//! The fields of `proxy.istio.io/config`, and what the injector accepts for each.
//!
//! The old jsonpb merges the annotation into Istio's defaults. It knows each field by its name in the definition and by
//! its name in camelCase. It accepts numbers in quotes, but otherwise no wrong types, and ignores unknown fields. The
//! result is validated. The injector denies a pod that fails either step (istio/istio `pkg/kube/inject/validate.go`,
//! `pkg/util/protomarshal`, `pkg/config/validation/agent`; golang/protobuf `jsonpb/decode.go`). The fields are those of
//! istio/api `mesh/v1alpha1/proxy.proto`, Istio 1.31, with `parentShutdownDuration`, which 1.17 removed.

use std::time::Duration;

use super::{DurationError, parse_duration};

/// One field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProxyField {
    /// Its name in the definition: `drain_duration`.
    pub name: &'static str,
    /// The accepted values.
    pub kind: FieldKind,
}

/// What a field accepts. Null is accepted everywhere and counts as absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// Any string.
    Text,
    /// A string that must not be empty.
    SomeText,
    /// `host:port`, or empty if `may_be_empty`.
    Address {
        /// It may be empty.
        may_be_empty: bool,
    },
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 32 bits, at least 0.
    Uint,
    /// A whole number of 32 bits, at least this.
    AtLeast(i32),
    /// A port.
    Port,
    /// `true` or `false`, without quotes.
    Bool,
    /// A Go duration, possibly negative.
    Duration,
    /// A duration of whole seconds, above zero.
    Seconds,
    /// A Go duration, zero or more.
    NotNegative,
    /// A Go duration other than zero.
    NotZero,
    /// One of these names, or a number.
    Enum(&'static [&'static str]),
    /// One of these names, or the number of one.
    Only(&'static [&'static str]),
    /// A list of strings.
    Texts,
    /// A mapping of names to strings.
    TextMap,
    /// A mapping with these fields.
    Message(&'static [ProxyField]),
    /// A mapping whose content is not checked.
    AnyMessage,
}

/// A value in the YAML text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StatedValue<'t> {
    /// What it is.
    pub form: ValueForm,
    /// Its text; empty for lists and mappings.
    pub text: &'t str,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ValueForm {
    /// Nothing.
    Null,
    /// A truth value.
    Bool,
    /// A number.
    Number(f64),
    /// A string.
    Text,
    /// A list.
    List,
    /// A mapping.
    Mapping,
}

/// Why a value is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FieldFlaw {
    /// It is not a valid duration, or not an allowed one.
    Duration(String),
    /// Anything else.
    Other(String),
}

impl ProxyField {
    /// The name in camelCase, as people write it.
    pub(crate) fn camel(self) -> String {
        let mut words = self.name.split('_');
        let mut camel = words.next().unwrap_or_default().to_owned();
        for word in words {
            let (first, rest) = word.split_at_checked(1).unwrap_or_default();
            camel.push_str(&first.to_ascii_uppercase());
            camel.push_str(rest);
        }
        camel
    }
}

/// The field with that name, in either spelling.
pub(crate) fn proxy_field(fields: &[ProxyField], name: &str) -> Option<ProxyField> {
    fields.iter().find(|field| field.name == name || field.camel() == name).copied()
}

impl FieldKind {
    /// Why the injector rejects a value, if it does. The content of lists and mappings is not checked here.
    pub(crate) fn flaw(self, given: StatedValue<'_>) -> Option<FieldFlaw> {
        let text = given.text;
        let wants = |what: &str| Some(FieldFlaw::Other(format!("{} is not {what}", shown(given))));
        match (self, given.form) {
            (_, ValueForm::Null) => None,
            (Self::Text, ValueForm::Text) | (Self::Bool, ValueForm::Bool) | (Self::Texts, ValueForm::List) => None,
            (Self::TextMap | Self::Message(_) | Self::AnyMessage, ValueForm::Mapping) => None,
            (Self::Text, _) => wants("a string (write it in quotes)"),
            (Self::Bool, _) => wants("`true` or `false` without quotes"),
            (Self::Texts, _) => wants("a list of strings"),
            (Self::TextMap | Self::Message(_) | Self::AnyMessage, _) => wants("a mapping"),
            (Self::SomeText, ValueForm::Text) if !text.is_empty() => None,
            (Self::SomeText, _) => wants("a string that is not empty"),
            (Self::Address { may_be_empty }, ValueForm::Text) if is_address(text, may_be_empty) => None,
            (Self::Address { .. }, _) => wants("an address such as `istiod.istio-system.svc:15012`"),
            (Self::Int, _) => {
                whole(given, f64::from(i32::MIN), f64::from(i32::MAX)).map_or_else(|| wants(NUMBER), |()| None)
            }
            (Self::Uint, _) => {
                whole(given, 0.0, f64::from(u32::MAX)).map_or_else(|| wants("a whole number from 0 on"), |()| None)
            }
            (Self::AtLeast(least), _) => whole(given, f64::from(least), f64::from(i32::MAX))
                .map_or_else(|| wants(&format!("a whole number from {least} on")), |()| None),
            (Self::Port, _) => whole(given, 1.0, 65535.0).map_or_else(|| wants("a port from 1 to 65535"), |()| None),
            (Self::Enum(names) | Self::Only(names), ValueForm::Text) if names.contains(&text) => None,
            (Self::Enum(_), ValueForm::Number(_))
                if whole(given, f64::from(i32::MIN), f64::from(i32::MAX)).is_some() =>
            {
                None
            }
            (Self::Only(names), ValueForm::Number(number))
                if number >= 0.0 && number < names.len() as f64 && number.fract() == 0.0 =>
            {
                None
            }
            (Self::Enum(names) | Self::Only(names), _) => wants(&format!("one of `{}`", names.join("`, `"))),
            (Self::Duration | Self::Seconds | Self::NotNegative | Self::NotZero, ValueForm::Text) => {
                self.duration_flaw(text).map(FieldFlaw::Duration)
            }
            (Self::Duration | Self::Seconds | Self::NotNegative | Self::NotZero, ValueForm::Number(_)) => {
                Some(FieldFlaw::Duration(match parse_duration(text) {
                    // Zero is the only number that Go accepts without a unit, and only in quotes.
                    Ok(_) => format!("`{text}` is a number, not a duration (write `{text}s`)"),
                    Err(error) => error.to_string(),
                }))
            }
            (Self::Duration | Self::Seconds | Self::NotNegative | Self::NotZero, _) => {
                Some(FieldFlaw::Duration(format!("{} is not a valid duration", shown(given))))
            }
        }
    }

    /// What is accepted for an element of the list or mapping.
    pub(crate) const fn element(self) -> Option<Self> {
        match self {
            Self::Texts | Self::TextMap => Some(Self::Text),
            _ => None,
        }
    }

    fn duration_flaw(self, text: &str) -> Option<String> {
        match parse_duration(text) {
            // Nothing validates it, and a negative duration ends at once.
            Err(DurationError::Negative { .. }) if matches!(self, Self::Duration | Self::NotZero) => None,
            Err(error) => Some(error.to_string()),
            Ok(duration) if self == Self::NotZero && duration.is_zero() => Some(format!("`{text}` is zero")),
            Ok(_) if self != Self::Seconds => None,
            Ok(duration) if duration >= SECOND && duration.subsec_nanos() == 0 => None,
            Ok(duration) if duration < Duration::from_millis(1) => {
                Some(format!("`{text}` is too short (1s is the least)"))
            }
            Ok(_) => Some(format!("`{text}` is not a whole number of seconds")),
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);
const NUMBER: &str = "a whole number";

fn shown(given: StatedValue<'_>) -> String {
    match given.form {
        ValueForm::List => "a list".to_owned(),
        ValueForm::Mapping => "a mapping".to_owned(),
        _ => format!("`{}`", given.text),
    }
}

/// A whole number within these bounds, possibly in quotes.
fn whole(given: StatedValue<'_>, least: f64, greatest: f64) -> Option<()> {
    let number = match given.form {
        ValueForm::Number(number) => number,
        ValueForm::Text => given.text.parse::<i64>().ok().filter(|_| !given.text.starts_with('+'))? as f64,
        _ => return None,
    };
    (number.fract() == 0.0 && number >= least && number <= greatest).then_some(())
}

/// Whether it may be an address: a host and a port.
fn is_address(text: &str, may_be_empty: bool) -> bool {
    let is_whole = |(host, port): (&str, &str)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0);
    text.is_empty() && may_be_empty || text.rsplit_once(':').is_some_and(is_whole)
}

const fn field(name: &'static str, kind: FieldKind) -> ProxyField {
    ProxyField { name, kind }
}

/// Who does the work with private keys. It has to be one of [`KEY_PROVIDERS`], with a [`POLL_DELAY`].
pub(crate) const KEY_PROVIDER: &str = "private_key_provider";
/// Its fields; the first one that is there counts.
pub(crate) const KEY_PROVIDERS: [&str; 2] = ["qat", "cryptomb"];
/// The field that each of them must have.
pub(crate) const POLL_DELAY: &str = "poll_delay";
/// What Istio reads and validates from [`Feature::ConnectionSettings`](super::Feature::ConnectionSettings) on.
pub(crate) const CONNECTION_SETTINGS: &str = "connection_settings";

/// The fields of the annotation.
pub(crate) const PROXY_FIELDS: &[ProxyField] = &{
    use FieldKind::{
        Address, AnyMessage, AtLeast, Bool, Duration, Enum, Int, Message, NotNegative, NotZero, Only, Port, Seconds,
        SomeText, Text, TextMap, Texts, Uint,
    };
    const SERVICE: FieldKind = Message(&[
        field("address", Address { may_be_empty: true }),
        field("tls_settings", AnyMessage),
        field("tcp_keepalive", AnyMessage),
    ]);
    const CERTIFICATE: FieldKind =
        Enum(&["UNDEFINED", "SANITIZE", "FORWARD_ONLY", "APPEND_FORWARD", "SANITIZE_SET", "ALWAYS_FORWARD_ONLY"]);
    const KEYS: FieldKind = Message(&[field(POLL_DELAY, NotZero), field("fallback", Bool)]);
    const CONNECTIONS: FieldKind = Message(&[
        field("profile", Enum(&["SIDECAR", "EDGE"])),
        field("listener_per_connection_buffer_limit_bytes", AtLeast(0)),
        field("cluster_per_connection_buffer_limit_bytes", AtLeast(0)),
        field("http_idle_timeout", NotNegative),
        field("http_max_connection_duration", NotNegative),
        field("http_drain_timeout", NotNegative),
        field("http_request_timeout", NotNegative),
        field("http_request_headers_timeout", NotNegative),
        field("http_stream_idle_timeout", NotNegative),
        field("http_max_stream_duration", NotNegative),
        field("http_max_concurrent_streams", AtLeast(1)),
        field("http2_initial_stream_window_size", AtLeast(65535)),
        field("http2_initial_connection_window_size", AtLeast(65535)),
        field(
            "http_headers_with_underscores_action",
            Enum(&[
                "HEADERS_WITH_UNDERSCORES_UNSPECIFIED",
                "HEADERS_WITH_UNDERSCORES_ALLOW",
                "HEADERS_WITH_UNDERSCORES_REJECT_REQUEST",
                "HEADERS_WITH_UNDERSCORES_DROP_HEADER",
            ]),
        ),
        field("http_merge_slashes", Bool),
        field(
            "http_path_with_escaped_slashes_action",
            Enum(&[
                "PATH_WITH_ESCAPED_SLASHES_UNSPECIFIED",
                "KEEP_UNCHANGED",
                "REJECT_REQUEST",
                "UNESCAPE_AND_REDIRECT",
                "UNESCAPE_AND_FORWARD",
            ]),
        ),
        field("listener_connection_limit", AtLeast(1)),
        field("global_downstream_connection_limit", AtLeast(1)),
    ]);
    [
        field("config_path", SomeText),
        field("binary_path", SomeText),
        field("service_cluster", SomeText),
        field(
            "tracing_service_name",
            Enum(&["APP_LABEL_AND_NAMESPACE", "CANONICAL_NAME_ONLY", "CANONICAL_NAME_AND_NAMESPACE"]),
        ),
        field("drain_duration", Seconds),
        field("parent_shutdown_duration", Seconds),
        field("discovery_address", Address { may_be_empty: false }),
        field("discovery_refresh_delay", Duration),
        field("zipkin_address", Text),
        field("statsd_udp_address", Address { may_be_empty: true }),
        field("envoy_metrics_service_address", Address { may_be_empty: true }),
        field("proxy_admin_port", Port),
        field("availability_zone", Text),
        field("control_plane_auth_policy", Only(&["NONE", "MUTUAL_TLS"])),
        field("custom_config_file", Text),
        field("stat_name_length", Int),
        field("concurrency", Int),
        field("proxy_bootstrap_template_path", Text),
        field("interception_mode", Enum(&["REDIRECT", "TPROXY", "NONE"])),
        field("tracing", AnyMessage),
        field("sds", AnyMessage),
        field("envoy_access_log_service", SERVICE),
        field("envoy_metrics_service", SERVICE),
        field("proxy_metadata", TextMap),
        field("runtime_values", TextMap),
        field("status_port", Port),
        field("extra_stat_tags", Texts),
        field(
            "gateway_topology",
            Message(&[
                field("num_trusted_proxies", Uint),
                field("forward_client_cert_details", CERTIFICATE),
                field("proxy_protocol", AnyMessage),
            ]),
        ),
        field("termination_drain_duration", Duration),
        field("mesh_id", Text),
        field("readiness_probe", AnyMessage),
        field(
            "proxy_stats_matcher",
            Message(&[
                field("inclusion_prefixes", Texts),
                field("inclusion_suffixes", Texts),
                field("inclusion_regexps", Texts),
            ]),
        ),
        field("hold_application_until_proxy_starts", Bool),
        field("ca_certificates_pem", Texts),
        field("image", Message(&[field("image_type", Text)])),
        field(KEY_PROVIDER, Message(&[field(KEY_PROVIDERS[1], KEYS), field(KEY_PROVIDERS[0], KEYS)])),
        field("proxy_headers", AnyMessage),
        field("file_flush_interval", Duration),
        field("file_flush_min_size_kb", Uint),
        field("stats_compression", Bool),
        field(CONNECTION_SETTINGS, CONNECTIONS),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_known() {
        for field in PROXY_FIELDS {
            let camel = field.camel();
            assert_eq!(proxy_field(PROXY_FIELDS, field.name), Some(*field));
            assert_eq!(proxy_field(PROXY_FIELDS, &camel), Some(*field));
            assert!(!camel.contains('_'), "{camel}");
        }
        assert_eq!(proxy_field(PROXY_FIELDS, "drainDuration").map(|field| field.name), Some("drain_duration"));
        assert_eq!(proxy_field(PROXY_FIELDS, "DrainDuration"), None);
    }

    #[track_caller]
    fn check(name: &str, form: ValueForm, text: &str, flaw: Option<&str>) {
        let found = proxy_field(PROXY_FIELDS, name).expect(name).kind.flaw(StatedValue { form, text });
        let found = found.map(|flaw| match flaw {
            FieldFlaw::Duration(what) | FieldFlaw::Other(what) => what,
        });
        assert_eq!(found.as_deref(), flaw, "{name}: {text}");
    }

    #[test]
    fn types_are_those_of_the_injector() {
        check("concurrency", ValueForm::Number(2.0), "2", None);
        check("concurrency", ValueForm::Number(-1.0), "-1", None);
        check("concurrency", ValueForm::Text, "2", None);
        check("concurrency", ValueForm::Text, "two", Some("`two` is not a whole number"));
        check("concurrency", ValueForm::Number(2.5), "2.5", Some("`2.5` is not a whole number"));
        check("concurrency", ValueForm::Number(3e9), "3000000000", Some("`3000000000` is not a whole number"));
        check("concurrency", ValueForm::Null, "", None);
        check("fileFlushMinSizeKb", ValueForm::Number(-1.0), "-1", Some("`-1` is not a whole number from 0 on"));
        check("statusPort", ValueForm::Number(0.0), "0", Some("`0` is not a port from 1 to 65535"));
        check("proxyAdminPort", ValueForm::Text, "15000", None);
        check("meshId", ValueForm::Number(1.0), "1", Some("`1` is not a string (write it in quotes)"));
        check("proxyMetadata", ValueForm::List, "", Some("a list is not a mapping"));
        check("extraStatTags", ValueForm::Text, "a", Some("`a` is not a list of strings"));
        check("statsCompression", ValueForm::Text, "true", Some("`true` is not `true` or `false` without quotes"));
        check("interceptionMode", ValueForm::Text, "TPROXY", None);
        check("interceptionMode", ValueForm::Number(7.0), "7", None);
        check("interceptionMode", ValueForm::Text, "FOO", Some("`FOO` is not one of `REDIRECT`, `TPROXY`, `NONE`"));
        check("controlPlaneAuthPolicy", ValueForm::Number(1.0), "1", None);
        check(
            "controlPlaneAuthPolicy",
            ValueForm::Text,
            "INHERIT",
            Some("`INHERIT` is not one of `NONE`, `MUTUAL_TLS`"),
        );
        check("discoveryAddress", ValueForm::Text, "istiod.istio-system.svc:15012", None);
        check("discoveryAddress", ValueForm::Text, "[::1]:15012", None);
        check("statsdUdpAddress", ValueForm::Text, "", None);
        for text in ["", "istiod", "istiod:", "istiod:0", ":15012"] {
            let flaw = format!("`{text}` is not an address such as `istiod.istio-system.svc:15012`");
            check("discoveryAddress", ValueForm::Text, text, Some(&flaw));
        }
    }

    #[test]
    fn durations_are_validated_for_some_fields_only() {
        check("terminationDrainDuration", ValueForm::Text, "1.5s", None);
        check("terminationDrainDuration", ValueForm::Text, "-5s", None);
        check("terminationDrainDuration", ValueForm::Text, "0", None);
        check(
            "terminationDrainDuration",
            ValueForm::Number(0.0),
            "0",
            Some("`0` is a number, not a duration (write `0s`)"),
        );
        check("terminationDrainDuration", ValueForm::Mapping, "", Some("a mapping is not a valid duration"));
        check("terminationDrainDuration", ValueForm::Bool, "true", Some("`true` is not a valid duration"));
        check("drainDuration", ValueForm::Text, "60s", None);
        check("drainDuration", ValueForm::Text, "0s", Some("`0s` is too short (1s is the least)"));
        check("drainDuration", ValueForm::Text, "500ms", Some("`500ms` is not a whole number of seconds"));
        check("drainDuration", ValueForm::Text, "1.5s", Some("`1.5s` is not a whole number of seconds"));
        check("drainDuration", ValueForm::Text, "-1s", Some("`-1s` is below zero (use `0s` or more)"));
    }
}
