//! What the fuzz targets assert: the checks of the integration tests, on inputs that a fuzzer makes.
//!
//! Run one with `just fuzz 60 manifests`.

#[allow(dead_code, unused_imports, reason = "the tests of the project use the rest")]
#[path = "../../tests/generate/mod.rs"]
mod generate;
#[path = "../../tests/judge.rs"]
mod judge;
#[path = "../../tests/spans.rs"]
mod spans;
#[path = "../../tests/universal.rs"]
mod universal;

#[allow(dead_code, reason = "the tests of the project use the rest")]
mod support;

use arbitrary::{Result, Unstructured};
use generate::{ALL, Draw as _, EDITABLE};
use istio_drain::inside::policy::PolicyFields;
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
