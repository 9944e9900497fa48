//! The public yaml-test-suite, as `ISTIO_DRAIN_YAML_SUITE` names it: a folder a case, with the input in `in.yaml`, and
//! a file called `error` where the input is not YAML.

use std::path::Path;

use istio_drain::inside::policy::PolicyFields;
use istio_drain::inside::transform::{Settings, transform};
use istio_drain::inside::yaml::Source;

use super::files;
use super::universal::settings;
use super::{readers, spans};

/// Cases in which `--strict` says something else than the suite, and why. One that no longer does fails the test.
const EXCEPTIONS: [(&str, &str); 3] = [
    ("9C9N", "brackets whose lines stand no further right than the key; kubectl takes them, and charts have them"),
    ("DK95-01", "a quoted scalar that goes on behind a tab; kubectl takes it"),
    ("QB6E", "a quoted scalar that goes on at the column of its key; kubectl takes it"),
];

#[test]
fn the_suite_is_passed_through_or_refused() {
    let files = files("ISTIO_DRAIN_YAML_SUITE");
    let (mut valid, mut invalid, mut wrong) = (0, 0, Vec::new());
    for input in files.iter().filter(|path| path.ends_with("in.yaml")) {
        let folder = input.parent().expect("a folder");
        let bytes = std::fs::read(input).expect("a file");
        let is_error = folder.join("error").exists();
        *if is_error { &mut invalid } else { &mut valid } += 1;
        if let Err(why) = judge(&bytes, is_error) {
            wrong.push((name(folder), why));
        }
    }
    assert!(valid > 0 && invalid > 0, "{valid} valid and {invalid} invalid cases");
    let unknown: Vec<_> = wrong.iter().filter(|(case, _)| !EXCEPTIONS.iter().any(|(known, _)| known == case)).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
    for (case, why) in EXCEPTIONS {
        assert!(wrong.iter().any(|(known, _)| known == case), "{case} is not an exception any more ({why})");
    }
}

fn name(folder: &Path) -> String {
    folder.file_name().expect("a name").to_string_lossy().into_owned()
}

fn judge(bytes: &[u8], is_error: bool) -> Result<(), String> {
    let source = Source::new(bytes).map_err(|error| error.to_string())?;
    let lax = settings(PolicyFields::default());
    let strict = Settings { strict: true, ..lax.clone() };
    let unchanged = |settings: &Settings| match transform(source, settings) {
        Ok(done) if done.has_errors() || !done.edits.is_empty() => {
            Err(format!("{:?} was found, {:?} done", done.reports, done.edits))
        }
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    };
    std::panic::catch_unwind(|| readers::check(source.text())).map_err(|_| "it is read wrong, see above".to_owned())?;
    std::panic::catch_unwind(|| spans::check(source.text())).map_err(|_| "its tree is wrong, see above".to_owned())?;
    match (is_error, transform(source, &strict)) {
        (true, Ok(_)) => Err("it is not YAML, and was taken".to_owned()),
        (true, Err(error)) => match error.offset() {
            Some(offset) if source.text().is_char_boundary(offset) => Ok(()),
            other => Err(format!("{error} has no place: {other:?}")),
        },
        (false, _) => unchanged(&strict).and_then(|()| unchanged(&lax)),
    }
}
