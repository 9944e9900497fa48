//! What a scalar means to kubectl, the API server and kustomize, which read YAML 1.1 (go-yaml v2 through
//! sigs.k8s.io/yaml): `036` is 30, `yes` is true, `1_000` is 1000.

use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};

/// The tag of `!!merge`, which kpt writes on merge keys.
pub(super) const TAG_MERGE: &str = "tag:yaml.org,2002:merge";
/// The tag of `!!binary`: a string in base64.
pub(super) const TAG_BINARY: &str = "tag:yaml.org,2002:binary";
const TAG_STR: &str = "tag:yaml.org,2002:str";
const TAG_INT: &str = "tag:yaml.org,2002:int";
const TAG_FLOAT: &str = "tag:yaml.org,2002:float";
const TAG_BOOL: &str = "tag:yaml.org,2002:bool";
const TAG_NULL: &str = "tag:yaml.org,2002:null";

/// A scalar's meaning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Resolved<'a> {
    /// `null`, `~`, or nothing at all.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    Str(&'a str),
    /// It has a tag that is not known, or that is not true of its text.
    Tagged,
}

/// Reads a scalar: `plain` where it has no quotes and is not a block scalar, with its resolved tag, if any.
pub(super) fn resolve<'a>(text: &'a str, plain: bool, tag: Option<&str>) -> Resolved<'a> {
    match tag {
        None if plain => plain_scalar(text),
        None | Some("!" | TAG_STR) => Resolved::Str(text),
        Some(tag) => match (plain_scalar(text), tag) {
            (int @ Resolved::Int(_), TAG_INT) => int,
            (number @ (Resolved::Int(_) | Resolved::Float(_)), TAG_FLOAT) => number,
            (bool @ Resolved::Bool(_), TAG_BOOL) => bool,
            (Resolved::Null, TAG_NULL) => Resolved::Null,
            _ => Resolved::Tagged,
        },
    }
}

/// The string that a `!!binary` scalar stands for; `None` where it is not base64, or no text in it. What it resolves to
/// stays [`Resolved::Tagged`]: kubectl decodes it, and kyaml takes it as written.
pub(super) fn decode_binary(text: &str) -> Option<String> {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    String::from_utf8(AS_GO.decode(digits).ok()?).ok()
}

/// Go's `base64.StdEncoding`: padded, and bits behind the last byte don't count.
const AS_GO: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// Reads a plain scalar by the rules of go-yaml v2 (`resolve.go`): its table of words, then numbers in base 0 as
/// Go reads them with underscores taken out, then floats. Dates stay strings there.
fn plain_scalar(text: &str) -> Resolved<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Resolved::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Resolved::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Resolved::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Resolved::Float(f64::NEG_INFINITY),
        _ => {}
    }
    if !matches!(text.as_bytes().first(), Some(b'0'..=b'9' | b'+' | b'-' | b'.')) {
        return Resolved::Str(text);
    }
    let digits = text.replace('_', "");
    if let Some(int) = integer(&digits) {
        return Resolved::Int(int);
    }
    match float(&digits) {
        Some(float) => Resolved::Float(float),
        None => Resolved::Str(text),
    }
}

/// `strconv.ParseInt(text, 0, 64)`.
fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let prefixes = [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)];
    let prefixed = prefixes.iter().find_map(|(prefix, radix)| Some((*radix, digits.strip_prefix(prefix)?)));
    let octal = || digits.strip_prefix('0').filter(|rest| !rest.is_empty()).map(|rest| (8, rest));
    let (radix, digits) = prefixed.or_else(octal).unwrap_or((10, digits));
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = i128::from_str_radix(digits, radix).ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// A number with digits on at least one side of an optional point, and an optional exponent.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_ok = all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent_ok = exponent.is_none_or(|e| {
        let digits = e.strip_prefix(['+', '-']).unwrap_or(e);
        !digits.is_empty() && all_digits(digits)
    });
    (mantissa_ok && exponent_ok).then(|| text.parse().ok()).flatten()
}

/// Whether `text`, written without quotes, is a string to every reader, of YAML 1.1 and of 1.2, in block and in flow.
pub(super) fn is_safe_plain(text: &str) -> bool {
    let word = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'))
        && text.bytes().any(|b| b.is_ascii_alphabetic())
        && text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric);
    let number_in_1_2 = text.starts_with("0o") || text.starts_with("0x");
    word && !number_in_1_2 && matches!(plain_scalar(text), Resolved::Str(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_plain_scalars_as_kubectl_does() {
        let cases = [
            ("", Resolved::Null),
            ("~", Resolved::Null),
            ("Null", Resolved::Null),
            ("nULL", Resolved::Str("nULL")),
            ("yes", Resolved::Bool(true)),
            ("y", Resolved::Bool(true)),
            ("Off", Resolved::Bool(false)),
            ("oFF", Resolved::Str("oFF")),
            ("30", Resolved::Int(30)),
            ("+30", Resolved::Int(30)),
            ("-1", Resolved::Int(-1)),
            ("036", Resolved::Int(30)),
            ("0o36", Resolved::Int(30)),
            ("0x1F", Resolved::Int(31)),
            ("0b11", Resolved::Int(3)),
            ("1_000", Resolved::Int(1000)),
            ("0", Resolved::Int(0)),
            ("08", Resolved::Float(8.0)),
            ("1e3", Resolved::Float(1000.0)),
            ("1.", Resolved::Float(1.0)),
            (".5", Resolved::Float(0.5)),
            ("1e+3", Resolved::Float(1000.0)),
            ("9223372036854775808", Resolved::Float(9_223_372_036_854_775_808.0)),
            ("45s", Resolved::Str("45s")),
            ("1.2.3", Resolved::Str("1.2.3")),
            ("-", Resolved::Str("-")),
            (".", Resolved::Str(".")),
            ("0x", Resolved::Str("0x")),
            ("1e", Resolved::Str("1e")),
            ("2024-01-01", Resolved::Str("2024-01-01")),
            ("auto", Resolved::Str("auto")),
            ("--5", Resolved::Str("--5")),
        ];
        for (text, expected) in cases {
            assert_eq!(resolve(text, true, None), expected, "{text:?}");
        }
    }

    #[test]
    fn quotes_and_tags_decide_before_the_text() {
        assert_eq!(resolve("30", false, None), Resolved::Str("30"));
        assert_eq!(resolve("30", true, Some(TAG_STR)), Resolved::Str("30"));
        assert_eq!(resolve("30", false, Some(TAG_INT)), Resolved::Int(30));
        assert_eq!(resolve("30", true, Some("!vault")), Resolved::Tagged);
        assert_eq!(resolve("Pod", true, Some(TAG_INT)), Resolved::Tagged);
    }

    #[test]
    fn binary_text_is_decoded() {
        for (text, expected) in [
            ("UG9k", Some("Pod")),
            ("RGVwbG95bWVudA==", Some("Deployment")),
            ("RGVwbG95\n  bWVudHM=", Some("Deployments")),
            ("", Some("")),
            ("UG9", None),
            ("UG9k!", None),
            ("/w==", None),
            ("a=bc", None),
        ] {
            assert_eq!(decode_binary(text).as_deref(), expected, "{text}");
        }
        assert_eq!(resolve("Pod", true, Some(TAG_BINARY)), Resolved::Tagged);
    }

    #[test]
    fn only_obvious_words_go_without_quotes() {
        for word in ["auto", "istio-proxy", "IfNotPresent", "45s", "proxy.istio.io/config", "kill"] {
            assert!(is_safe_plain(word), "{word}");
        }
        for other in
            ["", "y", "no", "null", "1", "1e3", "0x1f", "0o7", "-SIGTERM", "-", "a b", "a: b", "#", "x?", "1_0", "~"]
        {
            assert!(!is_safe_plain(other), "{other}");
        }
    }
}
