//! Durations, as `proxy.istio.io/config` and the agent read them: Go's `time.ParseDuration`.
//!
//! Istio decodes `terminationDrainDuration` and its kin with the old jsonpb, which hands the text to Go (istio/istio
//! `pkg/util/protomarshal`, golang/protobuf `jsonpb/decode.go`), and the agent reads `MINIMUM_DRAIN_DURATION` the same
//! way. So a number without a unit is an error, and the pod is rejected.

use std::fmt;
use std::time::Duration;

/// The units with their nanoseconds. Both characters that look like a Greek mu are known.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Go stores a duration as nanoseconds in an `int64`. This is the magnitude of its minimum.
const GREATEST_MAGNITUDE: u64 = 1 << 63;

/// Reads a duration the way Go's `time.ParseDuration` does: an optional sign and a row of numbers, each with a unit.
///
/// # Errors
///
/// Everything that Go rejects, with the reason. A duration below zero is [`DurationError::Negative`]: Go accepts it,
/// but no field of Istio can use it.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let (is_negative, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if text.is_empty() {
        return Err(DurationError::Empty);
    }
    let nanos = if magnitude == "0" { 0 } else { nanos(magnitude).map_err(|flaw| flaw.into_error(text))? };
    match (is_negative, nanos) {
        (true, 1..) => Err(DurationError::Negative { value: text.to_owned() }),
        (false, GREATEST_MAGNITUDE) => Err(DurationError::OutOfRange { value: text.to_owned() }),
        _ => Ok(Duration::from_nanos(nanos)),
    }
}

/// Why a text is not a valid duration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum DurationError {
    /// The text is empty.
    Empty,
    /// Not of the form number, unit, number, unit.
    Malformed {
        /// The text as it is written.
        value: String,
    },
    /// A number has no unit.
    MissingUnit {
        /// The text as it is written.
        value: String,
    },
    /// A number has a unit that is not known.
    UnknownUnit {
        /// The text as it is written.
        value: String,
        /// The unit as it is written.
        unit: String,
    },
    /// More than Go's duration can hold: 2^63 nanoseconds, about 292 years.
    OutOfRange {
        /// The text as it is written.
        value: String,
    },
    /// Below zero.
    Negative {
        /// The text as it is written.
        value: String,
    },
}

impl std::error::Error for DurationError {}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = match self {
            Self::Empty => return write!(f, "an empty text is not a valid duration ({FORMS})"),
            Self::Negative { value } => return write!(f, "`{value}` is below zero (use `0s` or more)"),
            Self::OutOfRange { value } => {
                return write!(f, "`{value}` is more than a duration can hold (use less than 292 years)");
            }
            Self::Malformed { value } => {
                write!(f, "`{value}` is not a valid duration")?;
                value
            }
            Self::MissingUnit { value } => {
                write!(f, "`{value}` lacks a unit")?;
                value
            }
            Self::UnknownUnit { value, unit } => {
                write!(f, "`{value}` has the unknown unit `{unit}`")?;
                value
            }
        };
        match meant(value) {
            Some(meant) => write!(f, " (did you mean `{meant}`? {FORMS})"),
            None => write!(f, " ({FORMS})"),
        }
    }
}

const FORMS: &str = "expected numbers with one of the units `h`, `m`, `s`, `ms`, `us`, `ns`, such as `45s` or `1m30s`";

/// The duration that the writer probably meant.
fn meant(value: &str) -> Option<String> {
    let packed: String = value.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let number = packed.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match packed.strip_prefix(number)? {
        "" | "sec" | "secs" | "second" | "seconds" => "s",
        "min" | "mins" | "minute" | "minutes" => "m",
        "hr" | "hrs" | "hour" | "hours" => "h",
        unit => unit,
    };
    Some(format!("{number}{unit}")).filter(|meant| parse_duration(meant).is_ok())
}

enum DurationFlaw {
    Malformed,
    MissingUnit,
    UnknownUnit(String),
    OutOfRange,
}

impl DurationFlaw {
    fn into_error(self, text: &str) -> DurationError {
        let value = text.to_owned();
        match self {
            Self::Malformed => DurationError::Malformed { value },
            Self::MissingUnit => DurationError::MissingUnit { value },
            Self::UnknownUnit(unit) => DurationError::UnknownUnit { value, unit },
            Self::OutOfRange => DurationError::OutOfRange { value },
        }
    }
}

fn nanos(text: &str) -> Result<u64, DurationFlaw> {
    let mut rest = text;
    let mut sum = 0_u64;
    while !rest.is_empty() || text.is_empty() {
        let (whole, after) = split_digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => split_digits(after),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(DurationFlaw::Malformed);
        }
        let (unit, after) = after.split_at_checked(unit_length(after)).unwrap_or((after, ""));
        if unit.is_empty() {
            return Err(DurationFlaw::MissingUnit);
        }
        let known = UNITS.iter().find(|(name, _)| *name == unit);
        let (_, scale) = known.ok_or_else(|| DurationFlaw::UnknownUnit(unit.to_owned()))?;
        let nanos = whole_nanos(whole, *scale).and_then(|nanos| nanos.checked_add(fraction_nanos(fraction, *scale)));
        sum = nanos
            .and_then(|nanos| sum.checked_add(nanos))
            .filter(|&sum| sum <= GREATEST_MAGNITUDE)
            .ok_or(DurationFlaw::OutOfRange)?;
        rest = after;
    }
    Ok(sum)
}

fn split_digits(text: &str) -> (&str, &str) {
    let length = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(length).unwrap_or((text, ""))
}

/// The length of the unit: the bytes up to the next number.
fn unit_length(text: &str) -> usize {
    text.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(text.len())
}

fn whole_nanos(digits: &str, scale: u64) -> Option<u64> {
    let number = if digits.is_empty() { 0 } else { digits.parse::<u64>().ok()? };
    number.checked_mul(scale)
}

/// The digits after the decimal point, in nanoseconds. Go computes this in floating point, so this does too, to get the
/// same result.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn fraction_nanos(digits: &str, scale: u64) -> u64 {
    let mut number = 0_u64;
    let mut divisor = 1_f64;
    for digit in digits.chars().filter_map(|c| c.to_digit(10)) {
        // Go drops digits that don't fit into an int64.
        let next = number.checked_mul(10).and_then(|tens| tens.checked_add(u64::from(digit)));
        let Some(next) = next.filter(|&next| next <= GREATEST_MAGNITUDE) else { break };
        number = next;
        divisor *= 10.0;
    }
    (number as f64 * (scale as f64 / divisor)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const NS: u64 = 1;
    const US: u64 = 1_000;
    const MS: u64 = 1_000_000;
    const S: u64 = 1_000_000_000;
    const M: u64 = 60 * S;
    const H: u64 = 60 * M;

    #[track_caller]
    fn check(text: &str, nanos: u64) {
        assert_eq!(parse_duration(text), Ok(Duration::from_nanos(nanos)), "{text}");
    }

    #[track_caller]
    fn check_error(text: &str, message: &str) {
        assert_eq!(parse_duration(text).map_err(|error| error.to_string()), Err(message.to_owned()), "{text}");
    }

    /// The cases that Go's own test names (golang/go `src/time/time_test.go`, `parseDurationTests`): the same text, the
    /// same value. Negative ones have a test of their own.
    #[test]
    fn parses_the_same_as_go() {
        // simple
        check("0", 0);
        check("5s", 5 * S);
        check("30s", 30 * S);
        check("1478s", 1478 * S);
        // sign
        check("+5s", 5 * S);
        check("-0", 0);
        check("+0", 0);
        check("-0s", 0);
        // decimal
        check("5.0s", 5 * S);
        check("5.6s", 5 * S + 600 * MS);
        check("5.s", 5 * S);
        check(".5s", 500 * MS);
        check("1.0s", S);
        check("1.00s", S);
        check("1.004s", S + 4 * MS);
        check("1.0040s", S + 4 * MS);
        check("100.00100s", 100 * S + MS);
        // different units
        check("10ns", 10 * NS);
        check("11us", 11 * US);
        check("12\u{b5}s", 12 * US);
        check("12\u{3bc}s", 12 * US);
        check("13ms", 13 * MS);
        check("14s", 14 * S);
        check("15m", 15 * M);
        check("16h", 16 * H);
        // composite durations
        check("3h30m", 3 * H + 30 * M);
        check("10.5s4m", 4 * M + 10 * S + 500 * MS);
        check("1h2m3s4ms5us6ns", H + 2 * M + 3 * S + 4 * MS + 5 * US + 6 * NS);
        check("39h9m14.425s", 39 * H + 9 * M + 14 * S + 425 * MS);
        check("1h15m30.5s", H + 15 * M + 30 * S + 500 * MS);
        // large values
        check("52763797000ns", 52_763_797_000 * NS);
        // more than 9 digits after the decimal point
        check("0.3333333333333333333h", 20 * M);
        // 9007199254740993 = 1<<53+1 can't be held in a float64
        check("9007199254740993ns", 9_007_199_254_740_993 * NS);
        // the greatest one
        check("9223372036854775807ns", 9_223_372_036_854_775_807);
        check("9223372036854775.807us", 9_223_372_036_854_775_807);
        check("9223372036s854ms775us807ns", 9_223_372_036_854_775_807);
        // overflow of the digits behind the point is cut off
        check("0.100000000000000000000h", 6 * M);
        check("0.830103483285477580700h", 49 * M + 48 * S + 372_539_827 * NS);
    }

    #[test]
    fn refuses_the_same_as_go() {
        for text in ["3000000h", "9223372036854775808ns", "9223372036854775.808us", "9223372036854ms775us808ns"] {
            assert!(matches!(parse_duration(text), Err(DurationError::OutOfRange { .. })), "{text}");
        }
        let long = format!("{}s", "9".repeat(100));
        assert!(matches!(parse_duration(&long), Err(DurationError::OutOfRange { .. })));
        for text in ["-", "+", "s", ".", "-.", ".s", "+.s", "--5s", "+-5s", " 5s", "x"] {
            assert!(matches!(parse_duration(text), Err(DurationError::Malformed { .. })), "{text}");
        }
        for text in ["3", "-3", "1.5", "1m30"] {
            assert!(matches!(parse_duration(text), Err(DurationError::MissingUnit { .. })), "{text}");
        }
        for text in ["1d", "5S", "5 s", "5s ", "0x5s", "\u{85}\u{85}1", "1\u{ff}\u{ff}"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn below_zero_is_an_error_of_its_own() {
        for text in ["-5s", "-5.6s", "-1m30s", "-9223372036854775808ns"] {
            assert_eq!(parse_duration(text), Err(DurationError::Negative { value: text.to_owned() }));
        }
        assert!(matches!(parse_duration("-9223372036854775809ns"), Err(DurationError::OutOfRange { .. })));
    }

    #[test]
    fn messages_name_the_value_and_the_remedy() {
        check_error("", &format!("an empty text is not a valid duration ({FORMS})"));
        check_error("40", &format!("`40` lacks a unit (did you mean `40s`? {FORMS})"));
        check_error("1m30", &format!("`1m30` lacks a unit (did you mean `1m30s`? {FORMS})"));
        check_error("40 s", &format!("`40 s` has the unknown unit ` s` (did you mean `40s`? {FORMS})"));
        check_error("45Seconds", &format!("`45Seconds` has the unknown unit `Seconds` (did you mean `45s`? {FORMS})"));
        check_error("5min", &format!("`5min` has the unknown unit `min` (did you mean `5m`? {FORMS})"));
        check_error("1d", &format!("`1d` has the unknown unit `d` ({FORMS})"));
        check_error("soon", &format!("`soon` is not a valid duration ({FORMS})"));
        check_error("-5s", "`-5s` is below zero (use `0s` or more)");
        check_error("3000000h", "`3000000h` is more than a duration can hold (use less than 292 years)");
    }
}
