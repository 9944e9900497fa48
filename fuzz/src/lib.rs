//! What the fuzz targets assert: the checks of the integration tests, on inputs that a fuzzer makes.
//!
//! Run one with `just fuzz 60 manifests`.

#[allow(dead_code, unused_imports, reason = "the tests of the project use the rest")]
#[path = "../../tests/generate/mod.rs"]
mod generate;
#[path = "../../tests/judge.rs"]
mod judge;
#[path = "../../tests/log_forms.rs"]
mod log_forms;
#[allow(dead_code, reason = "the tests of the project use the rest")]
#[path = "../../tests/readers.rs"]
mod readers;
#[path = "../../tests/spans.rs"]
mod spans;
#[path = "../../tests/universal.rs"]
mod universal;

#[allow(dead_code, reason = "the tests of the project use the rest")]
mod support;

use std::sync::Once;

use arbitrary::{Result, Unstructured};
use generate::{ALL, Draw as _, EDITABLE};
use istio_drain::inside::cli;
use istio_drain::inside::policy::PolicyFields;
use istio_drain::inside::transform::read_policy;
use istio_drain::inside::yaml::Source;

/// Texts above that size only take time.
const LIMIT: usize = 16_384;

/// Any bytes: no panic, no edit that can't be proven, and nothing left to do in the output.
pub fn transform_bytes(bytes: &[u8]) {
    if let Ok(source) = Source::new(bytes)
        && bytes.len() < LIMIT
    {
        universal::check(source.text(), &universal::settings(PolicyFields::default()));
    }
}

/// Any text that can be parsed: spans and structure.
pub fn parse_spans(text: &str) {
    if text.len() < LIMIT && !text.contains('\0') {
        spans::check(text);
    }
}

static SPARED: Once = Once::new();

/// A reader that is only asked for its opinion may panic, which counts as none. The fuzzer would abort at any panic.
fn spare_other_readers() {
    let abort = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.location().is_some_and(|place| place.file().contains("yaml_serde")) {
            abort(panic);
        }
    }));
}

/// What the reader of usual YAML takes, the full parser and libyaml read alike: any text, and lines that look like YAML.
pub fn readers(bytes: &[u8]) {
    SPARED.call_once(spare_other_readers);
    if let Ok(source) = Source::new(bytes)
        && bytes.len() < LIMIT
    {
        readers::check(source.text());
        readers::check_items(source.text());
    }
    if let Ok(text) = readers::soup(&mut Unstructured::new(bytes)) {
        readers::check(&text);
        readers::check_items(&readers::as_items(&text, "kind: a\n"));
    }
}

/// Manifests and changes of any YAML, made by the generator of the property tests.
///
/// # Errors
///
/// Where the bytes don't suffice.
pub fn manifests(bytes: &[u8]) -> Result<()> {
    let mut u = Unstructured::new(bytes);
    let features = if u.one_in(2)? { ALL } else { EDITABLE };
    if u.one_in(3)? {
        let (stream, patch) = generate::changed_noise(&mut u, features)?;
        judge::check_change(&stream, &patch);
    } else {
        let policy = generate::policy(&mut u)?;
        let stream = generate::manifests(&mut u, features)?;
        judge::check_stream(&stream, policy);
    }
    Ok(())
}

/// A Deployment whose app has the hook `sh -c TEXT`, whose proxy has the same, and which has this annotation.
fn deployment(script: &str, proxy_config: &str) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let (script, config) = (quoted(script), quoted(proxy_config));
    let hook = format!("lifecycle: {{preStop: {{exec: {{command: [sh, -c, {script}]}}}}}}");
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    metadata:\n      annotations:\n\
         \x20       proxy.istio.io/config: {config}\n    spec:\n      containers:\n      - name: web\n        image: web\n\
         \x20       {hook}\n      - name: istio-proxy\n        image: auto\n        {hook}\n"
    )
}

/// Scripts of preStop hooks, of apps and of the proxy.
pub fn hooks(script: &str) {
    transform_bytes(deployment(script, "{}").as_bytes());
}

/// Texts of the annotation `proxy.istio.io/config`.
pub fn proxy_configs(text: &str) {
    transform_bytes(deployment("sleep 5", text).as_bytes());
}

/// Settings of the mesh, as in the ConfigMap `istio`.
pub fn meshes(text: &str) {
    let mesh = serde_json::Value::from(text).to_string();
    let head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n";
    let text = format!("{head}data:\n  mesh: {mesh}\n---\n{}", deployment("sleep 5", "{}"));
    transform_bytes(text.as_bytes());
}

/// Files of policies; what is read says the same of a manifest twice.
pub fn policies(text: &str) {
    if text.len() < LIMIT
        && !text.contains('\0')
        && let Ok(fields) = read_policy(Source::embedded(text))
    {
        universal::check(&deployment("sleep 5", "{}"), &universal::settings(fields));
    }
}

/// Durations, wherever one can stand: what the tool writes for one it reads again.
pub fn durations(text: &str) {
    let text = serde_json::Value::from(text).to_string();
    policies(&format!("apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\nspec: {{drain: {text}}}\n"));
    policies(&format!("apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\nspec: {{preStopEstimate: {text}}}\n"));
    proxy_configs(&format!("terminationDrainDuration: {text}\ndrainDuration: {text}\n"));
}

/// Logs of proxies, events and endpoints of clusters: what `explain --log` reads.
pub fn logs(bytes: &[u8]) {
    if bytes.len() < LIMIT {
        log_forms::check(bytes);
    }
}

/// Command lines, one word for each line; none is carried out.
pub fn command_lines(text: &str) {
    if text.len() < LIMIT {
        let words = ["istio-drain"].into_iter().chain(text.lines());
        if let Err(error) = cli::command().try_get_matches_from(words) {
            let _ = error.to_string();
        }
    }
}
