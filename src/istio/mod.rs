//! How Istio behaves, as models made of `std` only.
//!
//! | file | what it models |
//! |---|---|
//! | `duration` | durations as `proxy.istio.io/config` and the agent read them |
//! | `proxy_exec` | the commands that a preStop hook of istio-proxy runs, and what they do to the proxy |
//! | `written_hook` | those that this tool writes |
//! | `calls` | the requests and signals that end the proxy |
//! | `app_calls` | what the hooks of apps do to istio-proxy |
//! | `app_loop` | loops that wait until the apps have gone |
//! | `mesh_settings` | what is set for the whole mesh, and where each value comes from |
//! | `surroundings` | what stands around a pod: its namespace and the mesh |
//! | `identity` | what a pod template says of its sidecar |
//! | `releases` | which release brought what |
//! | `selection` | which pods the API server sends to which injector |
//! | `required` | which of them the injector injects |
//! | `injection` | the verdict on a pod, and which pods are left alone |
//! | `mode` | classic or native sidecar |
//! | `other_mesh` | pods of other meshes |
//! | `settings` | the settings of a proxy, listed once |
//! | `effective` | the values that a proxy runs with |
//! | `layered` | one such value, in the layers that set it |
//! | `proxy_fields` | the fields of `proxy.istio.io/config`, and what the injector takes for each |
//! | `reason` | the reasons, as codes and sentences |

mod app_calls;
mod app_loop;
mod calls;
mod commands;
mod duration;
mod effective;
mod identity;
mod injection;
mod layered;
mod mesh_settings;
mod mode;
mod other_mesh;
mod proxy_exec;
mod proxy_fields;
mod reason;
mod releases;
mod required;
mod selection;
mod settings;
mod surroundings;
mod wait;
mod written_hook;

pub(crate) use app_calls::{app_call, app_hook_length};
pub(crate) use app_loop::AppLoop;
pub(crate) use calls::ProxyEnd;
pub(crate) use commands::REQUEST_PORTS;
pub(crate) use duration::{DurationError, parse_duration};
pub(crate) use effective::{Effective, Stated, type_of_image};
pub(crate) use identity::{InjectPlace, PodIdentity, ProxyContainer, ProxyRole};
pub(crate) use injection::{Decision, Verdict, decide};
pub(crate) use layered::Layered;
pub(crate) use mesh_settings::{AutoInject, MeshHook, NativeSidecars, PullPolicy, Setting, SettingOrigin, Settle};
pub use mesh_settings::{MeshSettings, SettingPlace};
pub(crate) use mode::{Mode, ModeReason, SidecarMode, sidecar_mode};
pub(crate) use other_mesh::{OtherMesh, other_meshes_in};
pub(crate) use proxy_exec::ProxyExec;
pub(crate) use proxy_fields::{
    CONNECTION_SETTINGS, FieldFlaw, FieldKind, KEY_PROVIDER, KEY_PROVIDERS, POLL_DELAY, PROXY_FIELDS, ProxyField,
    StatedValue, ValueForm, proxy_field,
};
pub(crate) use reason::Reason;
pub(crate) use releases::{Feature, Target};
pub(crate) use selection::chosen_revision;
pub(crate) use settings::{
    Bare, EXIT_ON_IDLE, Holder, InLayers, METADATA, MINIMUM_DRAIN, Make, ProxySettings, Row, Unfit, WithOrigin,
    parse_bool, rows, snake_case,
};
pub use surroundings::Surroundings;
pub(crate) use surroundings::{OtherRevision, ShownSidecar};
pub(crate) use written_hook::{HookActs, ProxyPorts, WrittenHook};
