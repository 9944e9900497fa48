//! Several sources as one run: all of them are observed before any is planned.

use std::num::NonZeroUsize;

use crate::parallel;
use crate::protocol;
use crate::world::World;
use crate::yaml::Source;

use super::{Run, Settings, TransformError, Transformed, find_referred, observe, stream};

/// Plans, makes and proves the edits of files, each of which may say something of the mesh around the workloads in all others. `tick` is
/// called for each file. The results come in the order of the files.
///
/// A ResourceList in a file is a list like any other: its functionConfig is some other function's, and nobody reads `results` there.
///
/// # Errors
///
/// See [`TransformError`], for each file; nothing is to be written at all where there is one.
pub fn transform_files(
    sources: &[Source<'_>],
    settings: &Settings,
    tick: impl Fn() + Sync,
) -> Vec<Result<Transformed, TransformError>> {
    let policy = settings.policy.clone().resolve();
    // Many files are worked on side by side, the documents of one file only where it is alone.
    let within = if sources.len() == 1 { settings.threads } else { NonZeroUsize::MIN };
    let surveys = parallel::map(sources, settings.threads, |source| {
        observe::survey(*source, &protocol::documents(*source), within)
    });
    let world = World::of(surveys);
    let settings_within = Settings { threads: within, ..settings.clone() };
    let numbered: Vec<_> = sources.iter().enumerate().collect();
    let mut done = parallel::map(&numbered, settings.threads, |(number, source)| {
        let run = Run { policy: &policy, settings: &settings_within, world: &world, number: *number, is_all: false };
        let done = stream(**source, &protocol::documents(**source), &run);
        tick();
        done
    });
    let reports = done.iter_mut().flatten().flat_map(|done| &mut done.reports);
    find_referred(reports, policy.default_namespace.as_deref());
    done
}

/// Whether a text that is no YAML may have been meant as a manifest: it has the word `kind` in it, or an escape that may stand for one.
pub fn may_be_manifest(bytes: &[u8]) -> bool {
    let has = |word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
    [&b"kind"[..], b"\\u", b"\\U", b"\\x", b"\\\n", b"\\\r"].iter().any(|word| has(word))
}
