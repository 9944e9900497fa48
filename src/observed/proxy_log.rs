//! The log of istio-proxy: pilot-agent's lines and Envoy's, as text or JSON, with whatever kubectl puts before them.
//!
//! ```text
//! 2024-01-02T03:04:05.678901Z\tinfo\tAgent draining Proxy
//! 2024-01-02T03:04:05.678901Z\twarning\tenvoy main external/envoy/source/server/server.cc:899\tcaught SIGTERM
//! [2020-01-02 03:04:05.678][12][warning][main] [server.cc:493] caught SIGTERM
//! [Envoy (Epoch 0)] [2020-01-02 03:04:05.678][12][warning][main] [server.cc:493] caught SIGTERM
//! {"level":"info","time":"2024-01-02T03:04:05.678901Z","msg":"Agent draining Proxy"}
//! [pod/web-0/istio-proxy] 2024-01-02T03:04:05.679123456Z 2024-01-02T03:04:05.678901Z\tinfo\tAgent draining Proxy
//! ```

use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use crate::timeline::LaneRole;

use super::{PodName, Records, Sighting};

/// The kubelet's SIGTERM, and what the agent does of it at once.
const TERMINATES: &[(LaneRole, &str)] = &[(LaneRole::Proxy, "sigterm"), (LaneRole::Inbound, "drains")];
const SIGTERM: &[(LaneRole, &str)] = &[(LaneRole::Proxy, "sigterm")];
const DRAINS: &[(LaneRole, &str)] = &[(LaneRole::Inbound, "drains")];
const GONE: &[(LaneRole, &str)] = &[(LaneRole::Proxy, "gone")];
/// A proxy starts: what came before was another shutdown.
const STARTS: &[(LaneRole, &str)] = &[(LaneRole::Proxy, "starts")];
/// An Envoy starts: a proxy, or its next epoch, as hot restarts up to Istio 1.4 had it.
const RUNS: &[(LaneRole, &str)] = &[(LaneRole::Proxy, "runs")];

/// What lines mean, by their start; `#` is a number.
///
/// The agent's own are of istio/istio, up to 1.4 in `pilot/pkg/proxy/agent.go`, then in `pkg/envoy/agent.go`. Where a
/// row names no other release, the line has been the same in all of them, from 1.1 on.
const MEANINGS: [(&str, &[(LaneRole, &str)]); 27] = [
    ("Starting proxy agent", STARTS),
    // envoyproxy/envoy `source/server/server.cc`, as are "caught" and "main dispatch loop exited".
    ("starting main dispatch loop", RUNS),
    // With "for termination" at its end since 1.20 (istio/istio#47226).
    ("Agent draining Proxy", TERMINATES),
    // Without EXIT_ON_ZERO_ACTIVE_CONNECTIONS.
    ("Graceful termination period is", TERMINATES),
    // With it, since 1.12 (istio/istio#35059).
    ("Agent draining proxy for", TERMINATES),
    // Since 1.21, when SIGTERM follows `POST /drain` (istio/istio#47226).
    ("Agent already drained", SIGTERM),
    // `POST /drain`: of `pilot/cmd/pilot-agent/status/server.go`, and then of the agent, both since 1.21.
    ("handling /drain", DRAINS),
    ("Agent draining proxy", DRAINS),
    ("caught SIGTERM", SIGTERM),
    // The same since Envoy 1.17.
    ("caught ENVOY_SIGTERM", SIGTERM),
    ("Graceful termination period complete", GONE),
    // Since 1.13 (istio/istio#36686).
    ("Graceful termination logic ended prematurely", GONE),
    // With EXIT_ON_ZERO_ACTIVE_CONNECTIONS, since 1.12; the next one where Envoy has no such count.
    ("There are no more active connections", GONE),
    ("downstream_cx_active are not available", GONE),
    // Up to 1.4 (istio/istio#25689), with an error or without.
    ("Epoch # terminated", GONE),
    // Up to 1.14, then without a number: 1.15 has "Envoy" (istio/istio#19567).
    ("Epoch # exited", GONE),
    ("Epoch # aborted", GONE),
    ("Envoy exited", GONE),
    ("Envoy aborted", GONE),
    // Up to 1.9 (the log of envoyproxy/envoy#16893).
    ("Aborting epoch #", GONE),
    // Of `pkg/envoy/proxy.go`, since 1.10 or so (istio/istio#19567).
    ("Aborting proxy", GONE),
    // Up to 1.14 (istio/istio#39253).
    ("Aborted all epochs", GONE),
    // Since 1.15 (istio/istio#19567).
    ("Aborted proxy instance", GONE),
    // 1.5 to 1.14, when Envoy ends by itself.
    ("No more active epochs", GONE),
    ("main dispatch loop exited", GONE),
    ("Agent has successfully terminated", GONE),
    ("Error in invoking drain listeners endpoint", &[(LaneRole::Proxy, "drainFails")]),
];

const LEVELS: [&str; 8] = ["debug", "info", "warn", "warning", "error", "fatal", "critical", "trace"];
const JSON_TIMES: [&str; 5] = ["time", "timestamp", "@timestamp", "ts", "t"];
const JSON_TEXTS: [&str; 4] = ["msg", "message", "log", "textPayload"];
/// Where collectors put the name of a pod: that of fluentd and its kin, and that of Google's.
const JSON_PODS: [&str; 2] = ["/kubernetes/pod_name", "/resource/labels/pod_name"];
/// More seconds are thousandths.
const MOST_SECONDS: f64 = 1e11;
/// Longer lines are access logs, and their rest is not read.
const MOST_LINE: usize = 16 * 1024;

/// A line, cut into its parts.
#[derive(Debug, Default, PartialEq, Eq)]
struct LogLine {
    pod: Option<String>,
    at: Option<Timestamp>,
    text: String,
}

/// Adds all lines of a log.
pub(super) fn add(records: &mut Records, bytes: &[u8]) {
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(line.get(..MOST_LINE).unwrap_or(line));
        let LogLine { pod, at: Some(at), text } = LogLine::of(&line) else { continue };
        let record = records.of(PodName { name: pod, namespace: None });
        record.log_end = record.log_end.max(Some(at));
        let Some((_, meanings)) = MEANINGS.iter().find(|(start, _)| begins(&text, start)) else { continue };
        let sighting = |(role, code): &(LaneRole, &'static str)| Sighting {
            at,
            role: *role,
            container: "istio-proxy".to_owned(),
            code,
            text: text.clone(),
        };
        record.log.extend(meanings.iter().map(sighting));
    }
}

/// Whether a text begins like this; `#` is a number.
fn begins(text: &str, start: &str) -> bool {
    let Some((head, tail)) = start.split_once('#') else { return text.starts_with(start) };
    let rest = text.strip_prefix(head).map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    rest.is_some_and(|rest| rest.starts_with(tail))
}

/// The first line of each meaning in the last life of the proxy, in the order of time: collectors print logs in any
/// order.
pub(super) fn last_life(mut log: Vec<Sighting>) -> Vec<Sighting> {
    log.sort_by_key(|line| line.at);
    let mut kept: Vec<Sighting> = Vec::new();
    for line in log {
        let has = |code: &str| kept.iter().any(|one| (one.role, one.code) == (LaneRole::Proxy, code));
        match line.code {
            "starts" => kept.clear(),
            "runs" if has("sigterm") && has("gone") => kept.clear(),
            "runs" => {}
            // What was gone before was an older epoch.
            "sigterm" if !has("sigterm") => {
                kept.retain(|one| one.code != "gone");
                kept.push(line);
            }
            _ if kept.iter().any(|one| (one.role, one.code) == (line.role, line.code)) => {}
            _ => kept.push(line),
        }
    }
    kept
}

impl LogLine {
    fn of(line: &str) -> Self {
        // Tables of terminals have lines around their cells.
        let line = line.trim_matches(|c: char| c.is_whitespace() || c == '│');
        let (pod, line) = pod_before(line);
        let said = said(behind_names(line));
        Self { pod: pod.map(str::to_owned).or(said.pod), ..said }
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

/// Some tools put up to two names before a line.
fn behind_names<'l>(line: &'l str) -> &'l str {
    let behind = |rest: &&'l str| rest.split_once(char::is_whitespace).map(|(_, rest)| rest.trim_start());
    let mut starts = std::iter::successors(Some(line), behind).take(3);
    starts.find(|rest| rest.starts_with(['[', '{']) || time_before(rest).is_some()).unwrap_or(line)
}

/// A time before white space, or in brackets as Envoy's own format has it, and what follows it. Where it names no zone,
/// it is in UTC.
fn time_before(line: &str) -> Option<(Timestamp, &str)> {
    let (time, rest) = match line.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => line.split_at(line.find(char::is_whitespace)?),
    };
    // Other words are many, and would all be parsed.
    if !time.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let zoned = |time: &str| time.parse::<Timestamp>().or_else(|_| format!("{time}Z").parse());
    if let Ok(at) = zoned(time) {
        return Some((at, rest));
    }
    // `2024-01-02 03:04:05.678`
    let second = rest.trim_start();
    let end = second.find(char::is_whitespace)?;
    let (clock, rest) = second.split_at_checked(end)?;
    Some((zoned(&format!("{time} {clock}")).ok()?, rest))
}

/// What a line says, and when: the time that stands last, since each tool puts its own before those of others.
fn said(line: &str) -> LogLine {
    let (mut at, mut text) = (None, line.trim_start());
    loop {
        if text.starts_with('{') {
            let inner = json(text);
            return LogLine { at: inner.at.or(at), ..inner };
        }
        let rest = if let Some((time, rest)) = time_before(text) {
            at = Some(time);
            rest
        } else if let Some(rest) = place_before(text) {
            rest
        } else {
            break;
        };
        text = rest.trim_start();
    }
    // Scopes of the agent stand in a field of their own, and so does what Envoy adds about its thread.
    let says = |field: &&str| MEANINGS.iter().any(|(start, _)| begins(field, start));
    LogLine { pod: None, at, text: text.split('\t').find(says).unwrap_or(text).trim_end().to_owned() }
}

/// A level, a scope, a stream or a place in the code before what a line says.
fn place_before(text: &str) -> Option<&str> {
    if let Some(inner) = text.strip_prefix('[') {
        return Some(inner.split_once(']')?.1);
    }
    let (word, rest) = text.split_once(char::is_whitespace)?;
    match word {
        "envoy" => Some(rest.trim_start().split_once(char::is_whitespace).map_or("", |(_, rest)| rest)),
        // What a container runtime writes between its own time and the line.
        "stdout" | "stderr" | "F" => Some(rest),
        _ if LEVELS.contains(&word) || word.contains(".cc:") || word.contains(".go:") => Some(rest),
        _ => None,
    }
}

/// A line of JSON. Its text may be a whole line again, of text or JSON, where a collector has wrapped it.
fn json(line: &str) -> LogLine {
    let value = serde_json::from_str::<Value>(line).unwrap_or_default();
    let at = JSON_TIMES.iter().find_map(|key| match value.get(key)? {
        Value::String(time) => time.parse().ok(),
        Value::Number(number) => {
            let number = number.as_f64()?;
            let seconds = if number > MOST_SECONDS { number / 1e3 } else { number };
            Timestamp::from_nanosecond((seconds * 1e9).round() as i128).ok()
        }
        _ => None,
    });
    let pod = JSON_PODS.iter().find_map(|path| value.pointer(path)?.as_str()).map(str::to_owned);
    let text = JSON_TEXTS.iter().find_map(|key| value.get(key)?.as_str()).unwrap_or_default();
    // What is wrapped again and again has twice as many escapes each time, so this ends soon.
    let inner = said(text.trim());
    LogLine { pod: inner.pod.or(pod), at: inner.at.or(at), text: inner.text }
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
            ("{\"timestamp\":1704164645500,\"message\":\"Envoy exited normally\"}", "Envoy exited normally"),
            (
                "{\"log\":\"{\\\"time\\\":\\\"2024-01-02T03:04:05.5Z\\\",\\\"msg\\\":\\\"Envoy aborted\\\"}\\n\",\
                 \"time\":\"2024-01-02T03:04:06Z\"}",
                "Envoy aborted",
            ),
            ("{\"ts\":1704164645.5,\"message\":\"Envoy exited normally\"}", "Envoy exited normally"),
            (
                "{\"log\":\"2024-01-02T03:04:05.5Z\\tinfo\\tEnvoy exited\\n\",\"time\":\"2024-01-02T03:04:09Z\"}",
                "Envoy exited",
            ),
            (
                "[Envoy (Epoch 0)] [2024-01-02 03:04:05.500][17][warning][main] [server.cc:513] caught SIGTERM",
                "caught SIGTERM",
            ),
            ("2024-01-02 09:04:05.100\t2024-01-02T03:04:05.5Z\twarn\tAborting proxy", "Aborting proxy"),
            ("2024-01-02 03:04:05.500 info Agent draining Proxy", "Agent draining Proxy"),
            ("web-0 istio-proxy 2024-01-02T03:04:05.5Z\twarn\tAborted all epochs", "Aborted all epochs"),
            (
                "│ 2024-01-02T03:04:05.5Z    info    handling /drain, starting drain     │",
                "handling /drain, starting drain",
            ),
            ("{\"textPayload\":\"2024-01-02T03:04:05.5Z\\twarn\\tAborting epoch 0...\\n\"}", "Aborting epoch 0..."),
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
    fn collectors_name_the_pod() {
        for line in [
            "{\"log\":\"2024-01-02T03:04:05Z\\tinfo\\tx\",\"kubernetes\":{\"pod_name\":\"web-0\"}}",
            "{\"textPayload\":\"2024-01-02T03:04:05Z\\tinfo\\tx\",\"resource\":{\"labels\":{\"pod_name\":\"web-0\"}}}",
        ] {
            assert_eq!(LogLine::of(line).pod.as_deref(), Some("web-0"), "{line}");
        }
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

    /// What lines of shutdowns say, by the era of their agent: the code of each row, with its second.
    #[test]
    fn shutdowns_of_each_era() {
        for (era, lines, says) in [
            (
                "1.2, which drains by a hot restart, after one for a certificate",
                "01 Starting proxy agent; 02 Epoch 0 starting; 03 Epoch 1 starting; 04 Epoch 0 exited normally; \
                 20 Agent draining Proxy; 20 Reconciling retry (budget 10); \
                 21 Graceful termination period is 5s, starting...; 22 Epoch 2 starting; \
                 23 starting main dispatch loop; \
                 26 Graceful termination period complete, terminating remaining proxies.; 26 Aborting epoch 2...",
                "sigterm 20, drains 20, gone 26",
            ),
            (
                "1.9",
                "01 Starting proxy agent; 01 Epoch 0 starting; 20 Agent draining Proxy; \
                 20 Graceful termination period is 5s, starting...; 25 Aborting epoch 0...; 25 Aborted all epochs",
                "sigterm 20, drains 20, gone 25",
            ),
            (
                "1.14 with exit on idle",
                "20 Agent draining Proxy; 21 Agent draining proxy for 5s, then waiting for active connections to \
                 terminate...; 27 There are no more active connections. terminating proxy...; \
                 27 Epoch 0 aborted normally",
                "sigterm 20, drains 20, gone 27",
            ),
            ("1.12 whose Envoy ends by itself", "20 Epoch 0 exited with error: exit status 1", "gone 20"),
            (
                "1.21, native",
                "20 handling /drain, starting drain; 20 Agent draining proxy; 29 Agent draining Proxy for termination; \
                 29 Agent already drained, exiting immediately; 30 Agent has successfully terminated",
                "drains 20, sigterm 29, gone 30",
            ),
            (
                "the newest line first",
                "25 Envoy aborted normally; 20 Graceful termination period is 5s, starting...; \
                 01 Starting proxy agent; 00 Envoy exited normally",
                "sigterm 20, drains 20, gone 25",
            ),
            (
                "Envoy's lines alone, of two lives",
                "01 starting main dispatch loop; 05 caught SIGTERM; 06 main dispatch loop exited; \
                 08 starting main dispatch loop; 20 caught ENVOY_SIGTERM; 21 main dispatch loop exited",
                "sigterm 20, gone 21",
            ),
        ] {
            let line = |line: &str| {
                let (second, text) = line.split_once(' ').unwrap();
                format!("2024-01-02T03:04:{second}Z\tinfo\t{text}\n")
            };
            let text: String = lines.split("; ").map(line).collect();
            let mut records = Records::default();
            records.add(text.as_bytes()).unwrap();
            let all = records.finish();
            let seen = all[0].log.iter().map(|seen| format!("{} {}", seen.code, seen.at.as_second() % 60));
            assert_eq!(seen.collect::<Vec<_>>().join(", "), says, "{era}");
        }
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
