//! What is to become of each file.

use std::io::Read;

use anyhow::Context as _;

use crate::io::{File, read_all};
use crate::render::{self, Detail, InputReport};
use crate::transform::{
    RuleUse, Settings, TransformError, Transformed, Unasked, may_be_manifest, transform, transform_files, unasked,
};
use crate::yaml::{EditSet, EncodingError, EncodingErrorKind, Source};

use super::super::exit::Exit;
use super::super::policy_file::encoding;
use super::super::run::{STDIN, Streams};

/// One file, read.
pub(in crate::cli) struct Manifest {
    pub file: File,
    pub bytes: Vec<u8>,
}

impl Manifest {
    /// What comes in on standard input.
    ///
    /// # Errors
    ///
    /// Those of reading it.
    pub(in crate::cli) fn of_stdin<I: Read, O, E>(streams: &mut Streams<I, O, E>) -> anyhow::Result<Self> {
        let bytes = read_all(&mut streams.input).context("can't read standard input")?;
        Ok(Self { file: File { name: STDIN.into(), place: STDIN.into(), is_named: true }, bytes })
    }

    /// What it is called in messages.
    pub(in crate::cli) fn name(&self) -> String {
        self.file.name.display().to_string()
    }
}

/// What is to become of one file.
pub(in crate::cli) enum Draft<'m> {
    Planned(Source<'m>, Transformed),
    /// It is no YAML and says of no object, as a configuration in JSON with comments; and it was only met on the way.
    PassedOver,
    /// It is no text.
    Unreadable(EncodingError),
    Failed(Source<'m>, TransformError),
}

impl<'m> Draft<'m> {
    pub(in crate::cli) fn exit(&self) -> Exit {
        match self {
            Self::Unreadable(_) | Self::Failed(..) => Exit::Failed,
            Self::Planned(_, done) if done.has_errors() => Exit::Found,
            Self::Planned(..) | Self::PassedOver => Exit::Done,
        }
    }

    pub(in crate::cli) fn edits(&self) -> Option<(Source<'m>, &EditSet)> {
        match self {
            Self::Planned(source, done) => Some((*source, &done.edits)),
            Self::PassedOver | Self::Unreadable(_) | Self::Failed(..) => None,
        }
    }

    /// Whether it is no YAML. In UTF-16 no word can be looked for, so that does not count.
    fn is_no_yaml(&self) -> bool {
        match self {
            Self::Unreadable(error) => matches!(error.kind, EncodingErrorKind::NotUtf8 | EncodingErrorKind::Nul),
            Self::Failed(_, error) => matches!(error, TransformError::Syntax(_)),
            Self::Planned(..) | Self::PassedOver => false,
        }
    }

    /// What would have been edited is not, since something is wrong elsewhere.
    pub(in crate::cli) fn withhold(&mut self) {
        if let Self::Planned(_, done) = self {
            done.withhold();
        }
    }

    /// What it made of the rules of the policy.
    pub(in crate::cli) fn rules(&self) -> Option<&[RuleUse]> {
        match self {
            Self::Planned(_, done) => Some(&done.rules),
            Self::PassedOver | Self::Unreadable(_) | Self::Failed(..) => None,
        }
    }

    /// What is in it that nobody asked for.
    pub(in crate::cli) fn unasked(&self) -> Unasked {
        match self {
            Self::Planned(source, done) => unasked(*source, &done.kinds, &done.reports),
            Self::PassedOver | Self::Unreadable(_) | Self::Failed(..) => Unasked::default(),
        }
    }

    /// What became of it, for programs.
    pub(in crate::cli) fn report(&self, manifest: &Manifest) -> Option<InputReport> {
        let name = manifest.name();
        match self {
            Self::Planned(source, done) => Some(InputReport::done(&name, *source, done)),
            Self::Unreadable(error) => Some(InputReport::unreadable(&name, error)),
            Self::Failed(source, error) => Some(InputReport::failed(&name, *source, error)),
            Self::PassedOver => None,
        }
    }

    /// What became of it, for people: each workload where `detail` is all, and the findings.
    pub(in crate::cli) fn text(&self, manifest: &Manifest, detail: Detail) -> String {
        let name = manifest.name();
        let wrong = match self {
            Self::Planned(source, done) => {
                let outcomes = (detail == Detail::All).then(|| render::outcomes(*source, &name, &done.reports));
                let findings = render::findings(*source, &name, &done.reports, detail);
                return outcomes.unwrap_or_default() + &findings;
            }
            Self::PassedOver if detail == Detail::All => {
                return format!("{name}: passed over: no YAML, and no word of an object in it\n");
            }
            Self::PassedOver => return String::new(),
            Self::Unreadable(error) => encoding(&name, error),
            Self::Failed(source, error) => render::failure(*source, &name, error),
        };
        let remedy = " = help: mend it, or take it out of the run by a .ignore file\n";
        if manifest.file.is_named { wrong } else { wrong + remedy }
    }
}

/// Plans what came in on standard input, where the functionConfig of a ResourceList is the policy's.
pub(in crate::cli) fn plan_function<'m>(manifest: &'m Manifest, settings: &Settings) -> Draft<'m> {
    match Source::new(&manifest.bytes) {
        Ok(source) => transform(source, settings)
            .map_or_else(|error| Draft::Failed(source, error), |done| Draft::Planned(source, done)),
        Err(error) => Draft::Unreadable(error),
    }
}

/// Plans all files, in their order. `tick` is called for each that is text.
pub(in crate::cli) fn plan<'m>(
    manifests: &'m [Manifest],
    settings: &Settings,
    tick: impl Fn() + Sync,
) -> Vec<Draft<'m>> {
    let read: Vec<_> = manifests.iter().map(|manifest| Source::new(&manifest.bytes)).collect();
    let sources: Vec<_> = read.iter().flatten().copied().collect();
    let mut done = transform_files(&sources, settings, tick).into_iter();
    let drafts = manifests.iter().zip(read).filter_map(|(manifest, source)| {
        let draft = match source {
            Ok(source) => {
                done.next()?.map_or_else(|error| Draft::Failed(source, error), |done| Draft::Planned(source, done))
            }
            Err(error) => Draft::Unreadable(error),
        };
        let is_missed = || manifest.file.is_named || may_be_manifest(&manifest.bytes);
        Some(if draft.is_no_yaml() && !is_missed() { Draft::PassedOver } else { draft })
    });
    drafts.collect()
}
