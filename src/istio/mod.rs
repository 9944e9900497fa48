//! How Istio behaves, as models made of `std` only.
//!
//! | file | what it models |
//! |---|---|
//! | `duration` | durations as `proxy.istio.io/config` and the agent read them |
//! | `hooks` | the commands that a preStop hook of istio-proxy runs, and what they do to the proxy |
//! | `injection` | which pods this tool leaves alone, and why |

mod duration;
mod hooks;
mod injection;

pub use duration::{DurationError, parse_duration};
pub use hooks::{ProxyEnd, ProxyExec, drain_command, sigterm_command, sleep_command};
pub use injection::{PodIdentity, ProxyContainer, ProxyRole, Reason, left_alone};
