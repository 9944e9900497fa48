//! The command `demo`: check, explanation and recipe over a shop that the program brings along.

use std::ffi::OsString;
use std::io::Write;

use clap::ArgMatches;

use crate::check::{Baselines, Checked};
use crate::policy::PolicyFields;
use crate::render;
use crate::transform::{Judging, Kustomized, Manifest, Role, Run, Settings};

use super::check::only_checked;
use super::color::{COLOR, Color};
use super::command::MANIFESTS;
use super::streams::Streams;
use super::{explain, printed};

/// A shop with the classic mistakes.
const SHOP: &str = include_str!("demo/shop.yaml");
/// The workload whose timeline is shown.
const SHOWN: &str = "web";
/// Runs the command.
///
/// # Errors
///
/// Those of the output.
pub(super) fn run<I, O: Write, E>(
    matches: &ArgMatches,
    streams: &mut Streams<I, O, E>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> anyhow::Result<()> {
    if matches.get_flag(MANIFESTS) {
        return printed::write(SHOP.as_bytes(), &mut streams.output);
    }
    let mut policy = PolicyFields::default();
    policy.set("sidecar", "classic")?;
    only_checked(&mut policy);
    let settings = Settings {
        policy,
        strict: false,
        threads: std::num::NonZeroUsize::MIN,
        reads_running: false,
        judging: Judging::Later,
        keeps_patches: false,
    };
    let (name, bytes) = ("shop.yaml".to_owned(), SHOP.as_bytes().to_vec());
    let inputs = [Manifest { name, bytes, role: Role::Named, kustomized: Kustomized::No }];
    let run = Run::of(&inputs, &settings, || ());
    let color = matches.get_one::<Color>(COLOR).copied().unwrap_or_default();
    let paint = color.paint(streams.output_is_terminal, &variable);
    let look = explain::look(matches, paint, streams.output_is_terminal, variable);
    let tour = render::tour(&run, &Checked::of(&run, &Baselines::new()), SHOWN, look);
    printed::write(tour.as_bytes(), &mut streams.output)
}
