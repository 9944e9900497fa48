//! Whether to use colours. `--color`, well-known variables and the terminal decide.

use std::ffi::OsString;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::render::Paint;

/// The flag.
pub(super) const COLOR: &str = "color";

/// `--color`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Color {
    /// On a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    /// Into files and pipes, too.
    Always,
    /// Nowhere.
    Never,
}

impl ValueEnum for Color {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Auto, Self::Always, Self::Never]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }))
    }
}

impl Color {
    /// What a command line says that has not been parsed yet: its help and its mistakes have colours, too.
    pub(super) fn stated_in(line: &[OsString]) -> Self {
        let flag = format!("--{COLOR}");
        let words = line.iter().take_while(|word| *word != "--").filter_map(|word| word.to_str());
        let mut stated = Self::default();
        let mut is_next = false;
        for word in words {
            let value =
                if is_next { Some(word) } else { word.strip_prefix(&flag).and_then(|rest| rest.strip_prefix('=')) };
            stated = value.and_then(|value| Self::from_str(value, true).ok()).unwrap_or(stated);
            is_next = word == flag;
        }
        stated
    }

    /// How text for one output looks. `NO_COLOR` (<https://no-color.org>) wins over `CLICOLOR_FORCE`
    /// (<https://bixense.com/clicolors>).
    pub(super) fn paint(self, is_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> Paint {
        let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let is_on = |name: &str| is_set(name) && variable(name).is_some_and(|value| value != "0");
        let is_colored = match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if is_set("NO_COLOR") => false,
            Self::Auto if is_on("CLICOLOR_FORCE") => true,
            Self::Auto => is_terminal && variable("TERM").is_none_or(|name| name != "dumb"),
        };
        match (is_colored, is_terminal) {
            (true, _) => Paint::Color,
            (false, true) => Paint::Shown,
            (false, false) => Paint::Plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_states_it_before_it_is_parsed() {
        let check = |line: &str, expected: Color| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(Color::stated_in(&words), expected, "{line}");
        };
        check("istio-drain fix", Color::Auto);
        check("istio-drain fix --color=never x", Color::Never);
        check("istio-drain --color always fix --nope", Color::Always);
        check("istio-drain --color always --color=never", Color::Never);
        check("istio-drain --color", Color::Auto);
        check("istio-drain fix -- --color=never", Color::Auto);
    }

    #[test]
    fn colours_are_for_terminals_unless_somebody_says_otherwise() {
        #[track_caller]
        fn check(color: Color, is_terminal: bool, variables: &[(&str, &str)], expected: Paint) {
            let value = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
            assert_eq!(color.paint(is_terminal, value), expected, "{color:?} {is_terminal} {variables:?}");
        }
        check(Color::Auto, true, &[], Paint::Color);
        check(Color::Auto, false, &[], Paint::Plain);
        check(Color::Auto, true, &[("TERM", "dumb")], Paint::Shown);
        check(Color::Auto, true, &[("NO_COLOR", "1")], Paint::Shown);
        check(Color::Auto, true, &[("NO_COLOR", "")], Paint::Color);
        check(Color::Auto, false, &[("CLICOLOR_FORCE", "1")], Paint::Color);
        check(Color::Auto, false, &[("CLICOLOR_FORCE", "0")], Paint::Plain);
        check(Color::Auto, false, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], Paint::Plain);
        check(Color::Always, false, &[("NO_COLOR", "1")], Paint::Color);
        check(Color::Never, true, &[("CLICOLOR_FORCE", "1")], Paint::Shown);
        check(Color::Never, false, &[], Paint::Plain);
    }
}
