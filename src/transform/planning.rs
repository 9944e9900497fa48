//! What a run knows when it plans, after it has observed every input.

use std::num::NonZeroUsize;

use crate::policy::PolicySet;
use crate::world::World;

use super::Settings;
use super::bounds::Bounds;
use super::interest::Interest;

/// What the planning of one source uses.
pub(super) struct Planning<'r> {
    pub policy: &'r PolicySet,
    pub settings: &'r Settings,
    pub world: &'r World,
    pub interest: Interest<'r>,
    /// The number of the source among those of the world.
    pub number: usize,
    /// How many threads this source may use.
    pub threads: NonZeroUsize,
    /// How much may be found in it.
    pub bounds: Bounds,
}
