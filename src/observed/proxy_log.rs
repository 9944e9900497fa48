//! The log of istio-proxy: pilot-agent's lines and Envoy's, as text or JSON, with whatever kubectl puts before them.
//!
//! ```text
//! 2024-01-02T03:04:05.678901Z\tinfo\tAgent draining Proxy
//! 2024-01-02T03:04:05.678901Z\twarning\tenvoy main external/envoy/source/server/server.cc:899\tcaught SIGTERM
//! [2020-01-02 03:04:05.678][12][warning][main] [external/envoy/source/server/server.cc:493] caught SIGTERM
//! {"level":"info","time":"2024-01-02T03:04:05.678901Z","msg":"Agent draining Proxy"}
//! [pod/web-0/istio-proxy] 2024-01-02T03:04:05.679123456Z 2024-01-02T03:04:05.678901Z\tinfo\tAgent draining Proxy
//! ```

use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use crate::timeline::LaneRole;

use super::{PodRecord, Records, Sighting};

/// What lines mean, by their start (istio/istio `pkg/envoy/agent.go`, 1.5 to 1.31; envoyproxy/envoy
/// `source/server/server.cc`).
const MEANINGS: [(&str, &[(LaneRole, &str)]); 17] = [
    ("Agent draining Proxy", &[(LaneRole::Proxy, "sigterm"), (LaneRole::Inbound, "drains")]),
    ("Graceful termination period is", &[(LaneRole::Proxy, "sigterm"), (LaneRole::Inbound, "drains")]),
    ("Agent already drained", &[(LaneRole::Proxy, "sigterm")]),
    // Somebody asked for it by `POST /drain`.
    ("Agent draining proxy", &[(LaneRole::Inbound, "drains")]),
    ("caught SIGTERM", &[(LaneRole::Proxy, "sigterm")]),
    ("caught ENVOY_SIGTERM", &[(LaneRole::Proxy, "sigterm")]),
    ("Graceful termination period complete", &[(LaneRole::Proxy, "gone")]),
    ("Graceful termination logic ended prematurely", &[(LaneRole::Proxy, "gone")]),
    ("There are no more active connections", &[(LaneRole::Proxy, "gone")]),
    ("Envoy exited", &[(LaneRole::Proxy, "gone")]),
    ("Envoy aborted", &[(LaneRole::Proxy, "gone")]),
    ("Aborted proxy instance", &[(LaneRole::Proxy, "gone")]),
    ("Aborting proxy", &[(LaneRole::Proxy, "gone")]),
    ("Epoch 0 ", &[(LaneRole::Proxy, "gone")]),
    ("main dispatch loop exited", &[(LaneRole::Proxy, "gone")]),
    ("Agent has successfully terminated", &[(LaneRole::Proxy, "gone")]),
    ("Error in invoking drain listeners endpoint", &[(LaneRole::Proxy, "drainFails")]),
];

/// The lines with which the life of a proxy begins: what came before is another shutdown.
const STARTS: [&str; 2] = ["Starting proxy agent", "starting main dispatch loop"];
const LEVELS: [&str; 8] = ["debug", "info", "warn", "warning", "error", "fatal", "critical", "trace"];
const JSON_TIMES: [&str; 5] = ["time", "timestamp", "@timestamp", "ts", "t"];
const JSON_TEXTS: [&str; 4] = ["msg", "message", "log", "textPayload"];
/// Longer lines are access logs, and their rest is not read.
const MOST_LINE: usize = 16 * 1024;

/// A line, cut into its parts.
#[derive(Debug, PartialEq, Eq)]
struct LogLine {
    pod: Option<String>,
    at: Option<Timestamp>,
    text: String,
}

/// Adds all lines of a log.
pub(super) fn add(records: &mut Records, bytes: &[u8]) {
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(line.get(..MOST_LINE).unwrap_or(line));
        let LogLine { pod, at: Some(at), text } = LogLine::of(line.trim()) else { continue };
        let record = records.of(pod.as_deref(), None);
        record.log_end = record.log_end.max(Some(at));
        if STARTS.iter().any(|start| text.starts_with(start)) {
            record.log.clear();
        }
        record.note(at, &text);
    }
}

impl PodRecord {
    /// Keeps the first line of each meaning.
    fn note(&mut self, at: Timestamp, text: &str) {
        let Some((_, meanings)) = MEANINGS.iter().find(|(start, _)| text.starts_with(start)) else { return };
        for (role, code) in *meanings {
            if !self.log.iter().any(|seen| (seen.role, seen.code) == (*role, *code)) {
                let container = "istio-proxy".to_owned();
                self.log.push(Sighting { at, role: *role, container, code, text: text.to_owned() });
            }
        }
    }
}

impl LogLine {
    fn of(line: &str) -> Self {
        let (pod, line) = pod_before(line);
        let (outer, line) = time_before(line);
        // What a container runtime writes between its own time and the line.
        let line = ["stdout F ", "stderr F "].iter().find_map(|stream| line.strip_prefix(stream)).unwrap_or(line);
        let (inner, text) = if line.starts_with('{') { json(line) } else { plain(line) };
        Self { pod: pod.map(str::to_owned), at: inner.or(outer), text }
    }
}

/// `[pod/NAME/CONTAINER] `, as `kubectl logs --prefix` has it.
fn pod_before(line: &str) -> (Option<&str>, &str) {
    let parts = || {
        let (path, rest) = line.strip_prefix("[pod/")?.split_once("] ")?;
        Some((path.split('/').next(), rest))
    };
    parts().unwrap_or((None, line))
}

/// A time before white space, or in brackets as Envoy's own format has it.
fn time_before(line: &str) -> (Option<Timestamp>, &str) {
    let cut = || {
        let (time, rest) = match line.strip_prefix('[') {
            Some(inner) => inner.split_once(']')?,
            None => line.split_once(char::is_whitespace)?,
        };
        let at = time.parse().or_else(|_| format!("{time}Z").parse()).ok()?;
        Some((Some(at), rest.trim_start()))
    };
    cut().unwrap_or((None, line))
}

/// A line of text: time, level, scope and place, and then what it says.
fn plain(line: &str) -> (Option<Timestamp>, String) {
    let (at, mut text) = time_before(line);
    while let Some((_, rest)) = text.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        text = rest.trim_start();
    }
    let is_scope = |word: &str| LEVELS.contains(&word) || word.contains(".cc:") || word.contains(".go:");
    while let Some((word, rest)) = text.split_once(char::is_whitespace) {
        text = match word {
            "envoy" => rest.trim_start().split_once(char::is_whitespace).map_or(rest, |(_, rest)| rest),
            _ if is_scope(word) => rest,
            _ => break,
        }
        .trim_start();
    }
    // Scopes of the agent stand in a field of their own, and so does what Envoy adds about its thread.
    let says = |field: &&str| MEANINGS.iter().any(|(start, _)| field.starts_with(start));
    let field = text.split('\t').find(says).unwrap_or(text);
    (at, field.to_owned())
}

/// A line of JSON. Its text may be a whole line of text again, where a collector has wrapped it.
fn json(line: &str) -> (Option<Timestamp>, String) {
    let Ok(value) = serde_json::from_str::<Value>(line) else { return (None, String::new()) };
    let at = JSON_TIMES.iter().find_map(|key| match value.get(key)? {
        Value::String(time) => time.parse().ok(),
        Value::Number(seconds) => {
            let nanos = (seconds.as_f64()? * 1e9).round();
            Timestamp::from_nanosecond(nanos as i128).ok()
        }
        _ => None,
    });
    let text = JSON_TEXTS.iter().find_map(|key| value.get(key)?.as_str()).unwrap_or_default();
    let (inner, text) = plain(text.trim());
    (inner.or(at), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each form of a line: its time, and what it says.
    #[test]
    fn lines_of_each_form() {
        for (line, text) in [
            ("2024-01-02T03:04:05.5Z\tinfo\tAgent draining Proxy", "Agent draining Proxy"),
            ("2024-01-02T03:04:05.5Z info Agent draining Proxy", "Agent draining Proxy"),
            ("2024-01-02T03:04:05.5Z\tinfo\tsds\tAgent draining Proxy", "Agent draining Proxy"),
            ("2024-01-02T04:04:05.5+01:00\twarn\tagent.go:155\tAgent draining Proxy", "Agent draining Proxy"),
            (
                "2024-01-02T03:04:05.5Z\twarning\tenvoy main external/envoy/source/server/server.cc:899\tcaught \
                 SIGTERM\tthread=20",
                "caught SIGTERM",
            ),
            ("2024-01-02T03:04:05.5Z\twarning\tenvoy main\tcaught ENVOY_SIGTERM", "caught ENVOY_SIGTERM"),
            (
                "[2024-01-02 03:04:05.500][20][warning][main] [source/server/server.cc:9] caught SIGTERM",
                "caught SIGTERM",
            ),
            ("2024-01-02T03:04:05.500000001Z [x] Agent draining Proxy", "Agent draining Proxy"),
            (
                "{\"level\":\"info\",\"time\":\"2024-01-02T03:04:05.5Z\",\"msg\":\"Envoy exited normally\"}",
                "Envoy exited normally",
            ),
            ("{\"ts\":1704164645.5,\"message\":\"Envoy exited normally\"}", "Envoy exited normally"),
            (
                "{\"log\":\"2024-01-02T03:04:05.5Z\\tinfo\\tEnvoy exited\\n\",\"time\":\"2024-01-02T03:04:09Z\"}",
                "Envoy exited",
            ),
            (
                "2024-01-02T03:04:05.6Z stdout F 2024-01-02T03:04:05.5Z\tinfo\tEnvoy exited normally",
                "Envoy exited normally",
            ),
        ] {
            let read = LogLine::of(line);
            let at = read.at.map(|at| at.as_millisecond());
            assert_eq!((at, read.text.as_str()), (Some(1_704_164_645_500), text), "{line}");
        }
    }

    #[test]
    fn what_kubectl_puts_before_a_line() {
        let line =
            LogLine::of("[pod/web-0/istio-proxy] 2024-01-02T03:04:06Z 2024-01-02T03:04:05Z\tinfo\tEnvoy aborted");
        assert_eq!(line.pod.as_deref(), Some("web-0"));
        assert_eq!((line.at.map(|at| at.as_second()), line.text.as_str()), (Some(1_704_164_645), "Envoy aborted"));
    }

    #[test]
    fn only_the_last_life_of_a_proxy_counts() {
        let mut records = Records::default();
        records
            .add(
                b"2024-01-02T03:00:00Z\tinfo\tAgent draining Proxy\n2024-01-02T03:01:00Z\tinfo\tStarting proxy agent\n\
                  2024-01-02T03:02:00Z\tinfo\tAgent draining Proxy\n\xff\xfe\n{\n",
            )
            .unwrap();
        let all = records.finish();
        let times: Vec<_> = all[0].log.iter().map(|seen| (seen.code, seen.at.as_second() % 3600)).collect();
        assert_eq!(times, [("sigterm", 120), ("drains", 120)]);
    }

    /// Requests are somebody else's words.
    #[test]
    fn access_logs_say_nothing() {
        let mut records = Records::default();
        let line = b"[2024-01-02T03:04:05.678Z] \"GET /Agent draining Proxy HTTP/1.1\" 200 - \"caught SIGTERM\"\n";
        records.add(line).unwrap();
        assert!(records.finish()[0].log.is_empty());
    }
}
