//! What other shells than bash offer.

use super::{completions, program};

#[test]
fn zsh_offers_commands_and_values() {
    completions::check("zsh", &program("ISTIO_DRAIN_ZSH"));
}

#[test]
fn fish_offers_commands_and_values() {
    completions::check("fish", &program("ISTIO_DRAIN_FISH"));
}
