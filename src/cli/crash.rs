//! What happens on a panic, in any thread.

use std::io::Write as _;
use std::panic::{self, PanicHookInfo};

use crate::parallel;

use super::exit::Exit;
use super::report_file::ReportFile;

/// From here on a panic ends the run with a message and exit code 2. No file is half-written, because files are
/// replaced as a whole.
pub fn end_on_panic() {
    panic::set_hook(Box::new(|panic| {
        let text = told(panic);
        // Standard output belongs to the main thread, so the message goes to standard error. If that fails, nothing
        // else helps.
        let _ = std::io::stderr().write_all(format!("error: {text}\n").as_bytes());
        let _ = ReportFile::of_process().write(Exit::Failed, Some(&text), None);
        #[expect(clippy::exit, reason = "no other thread may go on to write anything")]
        std::process::exit(Exit::Failed.code().into());
    }));
}

/// The message: what happened, where in the code, and on which workload.
fn told(panic: &PanicHookInfo<'_>) -> String {
    let payload = panic.payload();
    let text = payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref::<&str>().copied());
    let message = text.unwrap_or("a panic");
    let place = panic.location().map(|location| format!(" at {location}")).unwrap_or_default();
    let work = parallel::at_work().map(|work| format!(" while it worked on {work}")).unwrap_or_default();
    let version = super::command::VERSION;
    let text = format!("istio-drain {version} came to an end{work}: {message}{place}");
    format!("{} (this is a bug in istio-drain: report it with the manifest)", crate::escape::line(&text))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Set in the child process of the test, which then panics.
    const CHILD: &str = "ISTIO_DRAIN_TEST_OF_A_PANIC";

    #[test]
    fn a_panic_in_any_thread_has_a_message_a_report_and_a_code() {
        if let Ok(report) = std::env::var(CHILD) {
            end_on_panic();
            ReportFile::to(Some(report.into())).survive_panics();
            let threads = std::num::NonZeroUsize::new(2).unwrap();
            let work =
                |part: &u8| parallel::working_on(|| format!("Deployment web-{part}"), || panic!("no \u{1b}[1m way"));
            parallel::map(&[1_u8, 2], threads, work);
            return;
        }
        let report = std::env::temp_dir().join(format!("istio-drain-panic-{}.json", std::process::id()));
        let test = "cli::crash::tests::a_panic_in_any_thread_has_a_message_a_report_and_a_code";
        let mut child = Command::new(std::env::current_exe().unwrap());
        let output = child.args(["--exact", test, "--nocapture"]).env(CHILD, &report).output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{errors}");
        for part in ["while it worked on Deployment web-", "no \\u{1b}[1m way at src/cli/crash.rs", "this is a bug"] {
            assert!(errors.contains(part), "{errors}");
        }
        let text = std::fs::read_to_string(&report).unwrap();
        std::fs::remove_file(&report).unwrap();
        assert!(text.contains("\"exit\": 2") && text.contains("while it worked on"), "{text}");
    }
}
