//! What is worked out for a pod, before it is a plan.

use super::app_hooks::AppHooks;
use super::hook_choice::HookChoice;
use super::numbers::Numbers;
use super::{PodFacts, Policy};

/// All that changes and remarks are made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct PodDraft<'p> {
    /// The pod as it is.
    pub facts: &'p PodFacts,
    /// What is asked for.
    pub policy: &'p Policy,
    /// The hooks of its apps, with those that are added.
    pub apps: &'p AppHooks<'p>,
    /// The hook of its proxy.
    pub hook: &'p HookChoice,
    /// The numbers.
    pub numbers: &'p Numbers,
}
