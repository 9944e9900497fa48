//! The arguments of `sleep`, as coreutils and busybox read them.

use super::shell::Word;

/// Nanoseconds are fine enough for `sleep 0.1`, and `u128` is wide enough for every sum.
pub(super) const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// How long `sleep` with these arguments takes, in nanoseconds; `None` if they can't be read.
///
/// | arguments | takes |
/// |---|---|
/// | `40`, `40s` | 40 s |
/// | `1.5`, `.5` | that fraction |
/// | `1m`, `2h`, `1d` | minutes, hours, days |
/// | `1m 30` | the sum |
/// | `inf`, `1e3`, `0x10` | `None`: not every `sleep` knows them |
/// | none, `-5`, `x`, `$N` | `None`: it fails at once, or its length is unknown |
///
/// Source: GNU coreutils `src/sleep.c`, busybox `coreutils/sleep.c`.
pub(super) fn nanos(arguments: &[Word]) -> Option<u128> {
    let operands = match arguments {
        [dashes, operands @ ..] if dashes.is("--") => operands,
        operands => operands,
    };
    if operands.is_empty() {
        return None;
    }
    operands.iter().try_fold(0_u128, |sum, word| {
        let operand = word.literal.then_some(word.text.as_str())?;
        Some(sum.saturating_add(operand_nanos(operand)?))
    })
}

fn operand_nanos(operand: &str) -> Option<u128> {
    let (number, seconds_per_unit) = match operand.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(number) if operand.ends_with('m') => (number, 60),
        Some(number) if operand.ends_with('h') => (number, 3_600),
        Some(number) if operand.ends_with('d') => (number, 86_400),
        Some(number) => (number, 1),
        None => (operand, 1),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole = whole.chars().try_fold(0_u128, |sum, digit| {
        let digit = digit.to_digit(10)?;
        Some(sum.saturating_mul(10).saturating_add(u128::from(digit)))
    })?;
    let nanos = whole.saturating_mul(NANOS_PER_SECOND).saturating_add(fraction_nanos(fraction)?);
    Some(nanos.saturating_mul(seconds_per_unit))
}

/// The digits after the decimal point, in nanoseconds, rounded up.
fn fraction_nanos(digits: &str) -> Option<u128> {
    let mut weight = NANOS_PER_SECOND / 10;
    let mut sum = 0;
    let mut finer = false;
    for digit in digits.chars() {
        let digit = u128::from(digit.to_digit(10)?);
        finer |= weight == 0 && digit > 0;
        sum += digit * weight;
        weight /= 10;
    }
    Some(sum + u128::from(finer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(arguments: &str, expected: Option<u128>) {
        let words: Vec<Word> = arguments.split_whitespace().map(Word::plain).collect();
        assert_eq!(nanos(&words), expected, "sleep {arguments}");
    }

    #[test]
    fn sums_units_and_fractions() {
        check("40", Some(40_000_000_000));
        check("40s", Some(40_000_000_000));
        check("-- 40", Some(40_000_000_000));
        check("1m 30", Some(90_000_000_000));
        check("1.5m", Some(90_000_000_000));
        check("2h", Some(7_200_000_000_000));
        check("1d", Some(86_400_000_000_000));
        check(".5", Some(500_000_000));
        check("5.", Some(5_000_000_000));
        check("0.0000000001", Some(1));
        check("0.00000000000", Some(0));
    }

    #[test]
    fn what_can_not_be_read_is_said_to_be() {
        for arguments in ["", ".", "s", "x", "-5", "+5", "inf", "nan", "1e3", "0x10", "5 x", "5ms", "5S", "٣"] {
            check(arguments, None);
        }
    }

    #[test]
    fn huge_numbers_saturate() {
        check(&format!("{}d", "9".repeat(200)), Some(u128::MAX));
    }

    #[test]
    fn a_variable_can_not_be_read() {
        let word = Word { literal: false, ..Word::plain("40") };
        assert_eq!(nanos(&[word]), None);
    }
}
