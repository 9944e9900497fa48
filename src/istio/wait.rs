//! The preStop hook that waits until the apps are gone, as a shell script.
//!
//! It does what the netstat loops of older guides try to do. It asks Envoy to drain, and waits for a given time. Then
//! it waits until only sockets of its own user are left, and asks the agent to drain. SIGTERM, which follows, then ends
//! the agent at once (istio/istio `pkg/envoy/agent.go`, `terminate`). Tried with a real agent and a real Envoy 1.40 in
//! both sidecar modes: no request was lost, and the pod was gone with its apps.
//!
//! | step | why |
//! |---|---|
//! | `[ -r … ]`, `awk` | what it needs: without it the hook fails, and the drain duration of the pod stands in |
//! | `Uid:` of `/proc/self/status` | the hook runs as the agent and Envoy do: 1337, on OpenShift another; all three tables show users as the reader's namespace does |
//! | states 01, 02, 03, 08, 0A | established, being opened (two), closed by the other side, listening (Linux `include/net/tcp_states.h`). TIME_WAIT (06) has no owner any more |
//! | `tcp6` may be missing | a kernel without IPv6 has none |
//! | three looks in a row | an app may close one connection and open the next |
//! | `awk` | a `read` loop takes 21 s for 5,000 lines in bash, this 0.01 s for 10,000. `awk` is in the default image of the proxy: Ubuntu's base-files depends on it; so it is in every Debian, and in busybox |
//!
//! It does not see UDP, Unix sockets, or an app that holds no socket and calls out late. It sees too much where a
//! native sidecar that ends after istio-proxy keeps a socket: each waits for the other, until the grace period
//! is over. So does a `kubectl port-forward` that is held open.

use super::commands::drain_command;

/// The script works in every POSIX shell: dash, bash, busybox.
const SHELL: [&str; 2] = ["sh", "-c"];

/// The hook. It waits at least `seconds`, and asks the agent on `status_port`. `admin_port` is Envoy's, if it is not
/// the default port.
pub(crate) fn wait_command(admin_port: Option<u16>, status_port: u16, seconds: u64) -> Vec<String> {
    let script = script(admin_port, status_port, seconds, "/proc");
    SHELL.map(str::to_owned).into_iter().chain([script]).collect()
}

/// The script, with `proc` as the path of `/proc`.
fn script(admin_port: Option<u16>, status_port: u16, seconds: u64, proc: &str) -> String {
    let drain: Vec<_> = drain_command(admin_port).iter().map(|word| quoted(word)).collect();
    let drain = drain.join(" ");
    format!(
        "{drain}; \
         [ -r {proc}/net/tcp ] && command -v awk >/dev/null || exit 1; while read -r k u x; do [ \"$k\" = Uid: ] && \
         break; done <{proc}/self/status; [ \"$u\" ] || exit 1; sleep {seconds}; n=; while [ \"$n\" != 111 ]; do \
         sleep 0.3 || sleep 1; cat {proc}/net/tcp {proc}/net/tcp6 2>/dev/null | awk -v u=\"$u\" '$4 ~ \
         /^(01|02|03|08|0A)$/ && $8 != u {{ b = 1; exit }} END {{ exit !b }}'; case $? in 0) n= ;; 1) n=1$n ;; *) \
         exit 1 ;; esac; done; exec pilot-agent request --debug-port={status_port} POST drain"
    )
}

/// A word of a command, quoted for a shell.
fn quoted(word: &str) -> String {
    if word.contains(['?', '&']) { format!("'{word}'") } else { word.to_owned() }
}

/// The minimum time that the hook waits, in seconds, if it is exactly [`wait_command`] with any numbers.
pub(super) fn waits(command: &[String]) -> Option<u64> {
    let [shell, flag, script] = command else { return None };
    let number = |before: &str, text: &str| -> Option<u64> {
        let (_, rest) = text.split_once(before)?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    let (first, _) = script.split_once(';')?;
    let port = |text: &str| number("--debug-port=", text).and_then(|port| u16::try_from(port).ok());
    let seconds = number("; sleep ", script)?;
    let (_, last) = script.rsplit_once("exec ")?;
    let is_it = [shell, flag] == SHELL && *script == self::script(port(first), port(last)?, seconds, "/proc");
    is_it.then_some(seconds)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::{Duration, Instant};

    use super::*;

    const HEAD: &str =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    fn socket(state: &str, user: u32) -> String {
        format!(
            "   0: 0100007F:1F90 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 {user:>5}        0 7 1\n"
        )
    }

    /// A temporary folder, deleted at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn path(&self) -> &Path {
            &self.0
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// A folder like `/proc`, and a `pilot-agent` that records its arguments.
    fn proc() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("istio-drain-wait-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = Folder(std::env::temp_dir().join(name));
        let at = |path: &str| folder.path().join(path);
        for path in ["net", "self", "bin"] {
            fs::create_dir_all(at(path)).unwrap();
        }
        fs::write(at("self/status"), "Name:\tsh\nUmask:\t0022\nUid:\t1337\t1337\t1337\t1337\nGid:\t1337\n").unwrap();
        fs::write(at("net/tcp"), format!("{HEAD}{}", socket("0A", 1337))).unwrap();
        let agent = at("bin/pilot-agent");
        fs::write(&agent, format!("#!/bin/sh\necho \"$@\" >>{}\n", at("asked").display())).unwrap();
        fs::set_permissions(&agent, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        folder
    }

    fn start(proc: &Path, shell: &str, seconds: u64) -> std::process::Child {
        let path = format!("{}:{}", proc.join("bin").display(), std::env::var("PATH").unwrap());
        let script = script(None, 15020, seconds, proc.to_str().unwrap());
        let mut command = Command::new(shell);
        command.args(["-c", &script]).env("PATH", path).stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    fn asked(proc: &Path) -> String {
        fs::read_to_string(proc.join("asked")).unwrap_or_default()
    }

    const BOTH: &str =
        "request POST drain_listeners?inboundonly&graceful&skip_exit\nrequest --debug-port=15020 POST drain\n";

    #[test]
    fn it_is_recognised_whatever_numbers_it_holds() {
        for command in [wait_command(None, 15020, 10), wait_command(Some(15004), 15021, 0)] {
            assert!(waits(&command).is_some(), "{command:?}");
            let mut other = command.clone();
            other[2].push_str(" # and more");
            assert_eq!(waits(&other), None);
        }
        assert_eq!(waits(&wait_command(Some(15004), 15021, 77)), Some(77));
        assert_eq!(waits(&[]), None);
    }

    #[test]
    fn it_ends_when_no_socket_of_another_user_is_left() {
        let idle: String = ["06", "04", "05", "09", "0B", "07"].map(|state| socket(state, 0)).concat();
        for shell in ["sh", "bash"].into_iter().filter(|shell| Command::new(shell).arg("-c").arg(":").status().is_ok())
        {
            let proc = proc();
            fs::write(proc.path().join("net/tcp6"), format!("{HEAD}{idle}{}", socket("01", 1337))).unwrap();
            let started = Instant::now();
            assert!(start(proc.path(), shell, 0).wait().unwrap().success(), "{shell}");
            assert!(started.elapsed() >= Duration::from_millis(600), "three looks");
            assert_eq!(asked(proc.path()), BOTH, "{shell}");
        }
    }

    #[test]
    fn it_waits_for_sockets_of_others_in_either_table() {
        for (table, state) in [("tcp", "01"), ("tcp", "02"), ("tcp6", "03"), ("tcp6", "08"), ("tcp", "0A")] {
            let proc = proc();
            let path = proc.path().join("net").join(table);
            let before = fs::read_to_string(&path).unwrap_or_else(|_| HEAD.to_owned());
            fs::write(&path, format!("{before}{}", socket(state, 0))).unwrap();
            let mut hook = start(proc.path(), "sh", 0);
            std::thread::sleep(Duration::from_millis(1_500));
            assert_eq!(hook.try_wait().unwrap(), None, "{table} {state}");
            fs::write(&path, before).unwrap();
            assert!(hook.wait().unwrap().success());
            assert_eq!(asked(proc.path()), BOTH, "{table} {state}");
        }
    }

    #[test]
    fn it_waits_for_as_long_as_it_is_given() {
        let proc = proc();
        let started = Instant::now();
        assert!(start(proc.path(), "sh", 2).wait().unwrap().success());
        assert!(started.elapsed() >= Duration::from_secs(2));
    }

    /// Then the agent is not asked, and the drain duration of the pod applies.
    #[test]
    fn it_fails_at_once_where_it_can_not_look() {
        for missing in ["net/tcp", "self/status"] {
            let proc = proc();
            fs::remove_file(proc.path().join(missing)).unwrap();
            assert_eq!(start(proc.path(), "sh", 60).wait().unwrap().code(), Some(1), "{missing}");
            assert_eq!(asked(proc.path()).lines().count(), 1, "{missing}");
        }
    }

    #[test]
    fn a_look_over_many_sockets_is_cheap() {
        let proc = proc();
        let many: String = (0..10_000).map(|_| socket("06", 0)).collect();
        fs::write(proc.path().join("net/tcp"), format!("{HEAD}{many}")).unwrap();
        let started = Instant::now();
        assert!(start(proc.path(), "sh", 0).wait().unwrap().success());
        // Three looks and their pauses. A loop over lines would take many times longer.
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
