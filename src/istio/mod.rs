//! How Istio behaves, as models made of `std` only.
//!
//! | file | what it models |
//! |---|---|
//! | `duration` | durations as `proxy.istio.io/config` and the agent read them |
//! | `hooks` | the commands that a preStop hook of istio-proxy runs, and what they do to the proxy |
//! | `mesh` | what is set for the whole mesh, and where each value comes from |
//! | `mode` | which of its two forms a sidecar has |
//! | `surroundings` | what stands around a pod: its namespace and the mesh |
//! | `injection` | which pods this tool leaves alone, and why |

mod duration;
mod hooks;
mod injection;
mod mesh;
mod mode;
mod surroundings;

pub use duration::{DurationError, parse_duration};
pub use hooks::{ProxyEnd, ProxyExec, drain_command, sigterm_command, sleep_command};
pub use injection::{PodIdentity, ProxyContainer, ProxyRole, Reason, left_alone};
pub use mesh::{MeshHook, MeshSettings, NativeSidecars, Origin, Setting};
pub use mode::SidecarMode;
pub use surroundings::Surroundings;
