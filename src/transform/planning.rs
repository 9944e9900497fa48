//! What a run knows when it plans, after it has observed every input.

use std::num::NonZeroUsize;

use crate::policy::{Checks, PolicySet};
use crate::world::World;
use crate::yaml::{Patch, Tree};

use super::bounds::Bounds;
use super::interest::Interest;
use super::shown::ShownPods;
use super::{Settings, proof};

/// What the planning of one source uses.
pub(super) struct Planning<'r> {
    pub policy: &'r PolicySet,
    pub settings: &'r Settings,
    pub world: &'r World,
    /// What running pods show of the sidecars of their owners.
    pub shown: &'r ShownPods,
    pub interest: Interest<'r>,
    /// The number of the source among those of the world.
    pub number: usize,
    /// It holds values of a chart.
    pub is_values: bool,
    /// How many threads this source may use.
    pub threads: NonZeroUsize,
    /// How much may be found in it.
    pub bounds: Bounds<'r>,
}

impl Planning<'_> {
    /// What is done with what is found, where nothing is edited.
    pub(super) fn checks(&self) -> Option<Checks> {
        self.policy.check.then(|| self.policy.checks.clone())
    }

    /// The changes behind proven edits, where they are kept.
    pub(super) fn kept(&self, tree: &Tree<'_>, patches: Vec<Patch>) -> Vec<(usize, Patch)> {
        if self.settings.keeps_patches { proof::by_offset(tree, patches) } else { Vec::new() }
    }
}
