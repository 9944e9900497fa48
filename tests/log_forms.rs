//! What must hold for `explain --log`, whatever the log is. Used by the tests and a fuzz target alike.

use std::ffi::OsString;
use std::fs;

use istio_drain::inside::cli::{self, Streams};

/// What is explained: a workload, and a pod of it.
const MANIFESTS: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {spec: {containers: [{name: app, image: a, lifecycle: {preStop: {sleep: {seconds: 9}}}}]}}}
";

/// Explains a workload beside a log in each form.
///
/// # Panics
///
/// Where it fails with anything but a refusal, or prints a control character.
pub(crate) fn check(log: &[u8]) {
    let path = std::env::temp_dir().join(format!("istio-drain-log-{}", std::process::id()));
    fs::write(&path, log).unwrap();
    for form in ["text", "json", "markdown", "svg", "html"] {
        let line = ["istio-drain", "explain", "--no-config", "--threads", "1", "--format", form, "--log"];
        let line = line.into_iter().map(OsString::from).chain([path.clone().into()]);
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let streams = Streams {
            input: MANIFESTS.as_bytes(),
            input_is_terminal: false,
            output: &mut output,
            output_is_terminal: false,
            errors: &mut errors,
            errors_are_terminal: false,
            errors_are_colored: false,
        };
        let code = format!("{:?}", cli::main(line, streams));
        let (output, errors) = (String::from_utf8(output).unwrap(), String::from_utf8(errors).unwrap());
        let is_refused = errors.starts_with("error: can't read the log ");
        assert_eq!(output.is_empty(), is_refused, "{form}: {code}, {errors}");
        let is_control = |c: char| c.is_control() && c != '\n';
        assert!(!output.contains(is_control) && !errors.contains(is_control), "{form}: {output:?} {errors:?}");
    }
    fs::remove_file(&path).unwrap();
}
