//! What was seen of pods that were deleted: logs of their proxies, and the events and endpoints of their cluster.
//!
//! Bytes go in, a [`PodRecord`] for each pod comes out. `Beside::of` lays one beside a timeline. Time and memory grow
//! with the text: a log keeps the first line of each kind from the last life of its proxy.

mod beside;
mod cluster_dump;
mod endpoints;
mod proxy_log;

use std::borrow::Cow;
use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;

use crate::timeline::LaneRole;
use crate::yaml::{Source, SyntaxError};

use endpoints::KnownEndpoints;

pub(crate) use beside::{Beside, BesideRow, ZeroSource};

/// Something that a log or an event says has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// When, by the clock of who wrote it down. Most events have whole seconds.
    pub at: Timestamp,
    /// The lane that it belongs to.
    pub role: LaneRole,
    /// The container, or nothing for the pod.
    pub container: String,
    /// What it is for programs, as in [`crate::timeline::Event`] where that has one.
    pub code: &'static str,
    /// What was written down; not escaped.
    pub text: String,
}

/// What a pod is called, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PodName {
    /// Plain logs have none.
    pub name: Option<String>,
    /// Logs have none.
    pub namespace: Option<String>,
}

impl PodName {
    fn of(name: Option<&str>, namespace: Option<&str>) -> Self {
        Self { name: name.map(str::to_owned), namespace: namespace.map(str::to_owned) }
    }

    /// Whether controllers may have made a pod of this name for what is called like that.
    fn is_of(&self, owner: &Self) -> bool {
        let names = self.name.as_deref().zip(owner.name.as_deref());
        let rest = names.and_then(|(name, owner)| name.strip_prefix(owner));
        self.namespace == owner.namespace && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

/// All that was seen of one pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PodRecord {
    /// Which.
    pub pod: PodName,
    /// What the log of the proxy says.
    log: Vec<Sighting>,
    /// The time of the last line of that log.
    log_end: Option<Timestamp>,
    /// What events and endpoints say.
    events: Vec<Sighting>,
    /// When somebody deleted it, as the pod itself has it.
    deleted: Option<Timestamp>,
}

impl PodRecord {
    /// Whether a log speaks of the pod, and not only events, which come for all pods at once.
    pub(crate) fn has_log(&self) -> bool {
        self.log_end.is_some()
    }

    /// Adds what was seen of the same pod.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.log.extend(other.log);
        self.events.extend(other.events);
        self.log_end = self.log_end.max(other.log_end);
        self.deleted = self.deleted.or(other.deleted);
        self.pod.namespace = self.pod.namespace.take().or(other.pod.namespace);
    }
}

/// What was seen of pods in several files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records {
    of_pods: BTreeMap<PodName, PodRecord>,
    endpoints: KnownEndpoints,
    /// Events about services.
    of_services: Vec<(PodName, Sighting)>,
}

/// The starts of a text that is made of objects, as kubectl prints them. All else is a log.
const STARTS_OF_OBJECTS: [&str; 12] = [
    "apiVersion:",
    "kind:",
    "items:",
    "metadata:",
    // `--output-watch-events`
    "object:",
    "type:",
    "---",
    "{\"apiVersion\"",
    "{\"kind\"",
    "{\"items\"",
    "{\"metadata\"",
    "%YAML",
];

impl Records {
    fn of(&mut self, pod: PodName) -> &mut PodRecord {
        self.of_pods.entry(pod.clone()).or_insert_with(|| PodRecord { pod, ..PodRecord::default() })
    }

    /// Adds a file: the log of a proxy, or objects.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> Result<(), ObjectsError> {
        if !is_made_of_objects(bytes) {
            proxy_log::add(self, bytes);
            return Ok(());
        }
        let bytes = separated(bytes);
        let source = Source::new(&bytes).map_err(|error| ObjectsError::Encoding(error.to_string()))?;
        self.endpoints.has_untimed = false;
        let count = |records: &Self| records.of_pods.values().map(|record| record.events.len()).sum::<usize>();
        let before = count(self);
        self.add_objects(source).map_err(ObjectsError::Syntax)?;
        let says_nothing = self.endpoints.has_untimed && count(self) == before;
        if says_nothing { Err(ObjectsError::Untimed) } else { Ok(()) }
    }

    /// Adds the events, the deleted pods and the endpoints among objects.
    pub(crate) fn add_objects(&mut self, source: Source<'_>) -> Result<(), SyntaxError> {
        cluster_dump::add(self, source)
    }

    /// The record of each pod of which something was seen. What names no pod belongs to the only one that has a name.
    pub(crate) fn finish(self) -> Vec<PodRecord> {
        let mut all: Vec<PodRecord> = Vec::new();
        let mut of_names: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
        // The keys without a namespace come first, and those without a pod before them.
        for record in self.of_pods.into_values().rev() {
            let name = &record.pod.name;
            let only = match (name, of_names.get(name).map(Vec::as_slice)) {
                (Some(_), Some([at])) => Some(*at),
                (None, _) if all.len() == 1 => Some(0),
                _ => None,
            };
            match only.filter(|_| record.pod.namespace.is_none()).and_then(|at| all.get_mut(at)) {
                Some(one) => one.absorb(record),
                None => {
                    of_names.entry(name.clone()).or_default().push(all.len());
                    all.push(record);
                }
            }
        }
        for record in &mut all {
            record.log = proxy_log::last_life(std::mem::take(&mut record.log));
            let of_services = self.of_services.iter().filter(|(service, _)| record.pod.is_of(service));
            record.events.extend(of_services.map(|(_, sighting)| sighting.clone()));
        }
        all.retain(|record| !record.log.is_empty() || !record.events.is_empty() || record.log_end.is_some());
        all.reverse();
        all
    }
}

fn is_made_of_objects(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = text
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .find(|line| !line.is_empty() && !line.starts_with(b"#"));
    let starts = |line: &[u8]| STARTS_OF_OBJECTS.iter().any(|start| line.starts_with(start.as_bytes()));
    first.is_some_and(|line| line == b"{" || starts(line))
}

/// Objects of JSON stand one behind the other in a watch; documents of YAML have a line between them.
fn separated(bytes: &[u8]) -> Cow<'_, [u8]> {
    const SEAM: &[u8] = b"}\n{";
    if !bytes.trim_ascii_start().starts_with(b"{") || !bytes.windows(SEAM.len()).any(|part| part == SEAM) {
        return Cow::Borrowed(bytes);
    }
    let mut all = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b"{") && all.ends_with(b"}\n") {
            all.extend_from_slice(b"---\n");
        }
        all.extend_from_slice(line);
    }
    Cow::Owned(all)
}

/// Why objects can't be read.
#[derive(Debug)]
pub(crate) enum ObjectsError {
    /// They are not UTF-8.
    Encoding(String),
    /// They are not YAML.
    Syntax(SyntaxError),
    /// They are endpoints without times, and nothing else.
    Untimed,
}

impl std::fmt::Display for ObjectsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Encoding(text) => f.write_str(text),
            Self::Syntax(_) => f.write_str("it is neither a log nor valid YAML"),
            Self::Untimed => f.write_str(
                "its endpoints have no times (print them with `kubectl get endpointslices --watch -o yaml \
                 --show-managed-fields`)",
            ),
        }
    }
}

impl std::error::Error for ObjectsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Encoding(_) | Self::Untimed => None,
            Self::Syntax(error) => Some(error),
        }
    }
}
