//! How Istio behaves, as models made of `std` only.
//!
//! | file | what it models |
//! |---|---|
//! | `duration` | durations as `proxy.istio.io/config` and the agent read them |
//! | `hooks` | the commands that a preStop hook of istio-proxy runs, and what they do to the proxy |
//! | `calls` | the requests and signals that end the proxy |
//! | `app_calls` | what the hooks of apps do to istio-proxy |
//! | `app_loop` | loops that wait until the apps have gone |
//! | `mesh` | what is set for the whole mesh, and where each value comes from |
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
mod hooks;
mod identity;
mod injection;
mod layered;
mod mesh;
mod mode;
mod other_mesh;
mod proxy_fields;
mod reason;
mod releases;
mod required;
mod selection;
mod settings;
mod surroundings;
mod wait;

pub use app_calls::{AppCall, app_call, app_hook_length};
pub use app_loop::AppLoop;
pub use calls::ProxyEnd;
pub use commands::{REQUEST_PORTS, drain_command, sigterm_command, sleep_command};
pub use duration::{DurationError, parse_duration};
pub use effective::{Effective, Stated};
pub use hooks::ProxyExec;
pub use identity::{InjectPlace, PodIdentity, ProxyContainer, ProxyRole};
pub use injection::{Decision, Verdict, decide};
pub use layered::Layered;
pub use mesh::{AutoInject, MeshHook, MeshSettings, NativeSidecars, Origin, Setting, Settle};
pub use mode::{Mode, ModeReason, SidecarMode, sidecar_mode};
pub use other_mesh::{OtherMesh, other_meshes_in};
pub use proxy_fields::{FieldFlaw, FieldKind, Form, Given, PROXY_FIELDS, ProxyField, proxy_field};
pub use reason::{AmbientBy, NamespaceLabel, Reason, Side};
pub use releases::{Feature, System, Target};
pub use selection::chosen_revision;
pub use settings::{
    Bare, EXIT_ON_IDLE, Holder, METADATA, MINIMUM_DRAIN, Make, ProxySettings, Row, Unfit, WithOrigin, parse_bool, rows,
    snake_case,
};
pub use surroundings::Surroundings;
pub use wait::wait_command;
