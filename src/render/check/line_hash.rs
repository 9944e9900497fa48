//! The hashes of lines that GitHub's code scanning tells results apart by: `primaryLocationLineHash`. Its upload action
//! works them out where a log has none and warns of others, and an upload by its API has to bring them along
//! (<https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning#providing-data-to-track-code-scanning-alerts-across-runs>).
//!
//! The hash of a line covers the 100 UTF-16 units from its start on, without blanks and tabs, and stays what it is when
//! lines before it come or go.

use std::collections::{BTreeMap, VecDeque};

const WINDOW: usize = 100;
const FACTOR: u64 = 37;
/// What ends the text.
const END: u16 = u16::MAX;

/// The hash of each line, from the first on: with the number that it has among equal ones.
pub(super) fn line_hashes(text: &str) -> Vec<String> {
    let factor_of_oldest = (0..WINDOW).fold(1_u64, |product, _| product.wrapping_mul(FACTOR));
    // Each unit, and whether a line starts with it.
    let mut window: VecDeque<(u16, bool)> = std::iter::repeat_n((0, false), WINDOW).collect();
    let (mut hash, mut counts, mut hashes) = (0_u64, BTreeMap::<u64, usize>::new(), Vec::new());
    let mut starts_line = true;
    let rest = std::iter::once(END).chain(std::iter::repeat_n(0, WINDOW));
    for unit in units(text).chain(rest) {
        let (oldest, has_started_line) = window.pop_front().unwrap_or_default();
        if has_started_line {
            let count = counts.entry(hash).or_default();
            *count += 1;
            hashes.push(format!("{hash:x}:{count}"));
        }
        window.push_back((unit, starts_line));
        starts_line = unit == u16::from(b'\n');
        let gone = factor_of_oldest.wrapping_mul(oldest.into());
        hash = hash.wrapping_mul(FACTOR).wrapping_add(unit.into()).wrapping_sub(gone);
    }
    hashes
}

/// The text without blanks and tabs, each line end as one line feed.
fn units(text: &str) -> impl Iterator<Item = u16> + '_ {
    let mut is_after_return = false;
    text.encode_utf16().filter_map(move |unit| {
        let was_return = std::mem::replace(&mut is_after_return, unit == u16::from(b'\r'));
        match u8::try_from(unit) {
            Ok(b' ' | b'\t') => None,
            Ok(b'\n') if was_return => None,
            Ok(b'\r') => Some(u16::from(b'\n')),
            _ => Some(unit),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hashes that Microsoft's SARIF Multitool 5.7.0 gives (`rewrite --insert RollingHashPartialFingerprints`).
    #[test]
    fn hashes_are_those_of_others() {
        assert_eq!(
            line_hashes("kind: Pod\r\n\tname: \u{e4}\n\nspec: {}\n"),
            [
                "3c54fbcb330c46f6:1",
                "4499f2b33f6ff5ad:1",
                "c60abc13d122e4d0:1",
                "a76d08d73aea7fa6:1",
                "c129715d7a2bc9a3:1"
            ]
        );
        assert_eq!(line_hashes("a: 1\nb:\t2\n"), line_hashes("a:1\r\nb: 2\r\n"));
    }

    #[test]
    fn equal_lines_are_counted() {
        let hashes = line_hashes(&"x: y\n".repeat(60));
        assert_eq!(hashes[0].split(':').nth(1), Some("1"));
        assert_eq!(hashes[1], hashes[0].replace(":1", ":2"));
    }
}
