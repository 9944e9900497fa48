//! Quantities of resources: `100m`, `128Mi`.

/// The suffixes of a quantity (apimachinery `pkg/api/resource/suffix.go`).
const SUFFIXES: [&str; 16] = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// Whether the API server accepts a text as a quantity of a resource, which is never negative.
pub(crate) fn is_quantity(text: &str) -> bool {
    let text = text.strip_prefix('+').unwrap_or(text);
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let Some((number, suffix)) = text.split_at_checked(end) else { return false };
    let is_exponent = || {
        let exponent = suffix.strip_prefix(['e', 'E']).unwrap_or_default();
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let is_number = number.contains(|c: char| c.is_ascii_digit()) && number.matches('.').count() <= 1;
    is_number && (SUFFIXES.contains(&suffix) || is_exponent())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_those_of_the_api() {
        for text in ["1", "0", "100m", "128Mi", "1.5", ".5", "5.", "+1", "1e3", "1E3", "1e-3", "1E", "64k"] {
            assert!(is_quantity(text), "{text}");
        }
        for text in ["", "m", "-1", "1 Gi", "128MB", "1..5", "1.2.3", ".", "1e", "1e3m", "128mi", "1e+", "1e-+3", "１"]
        {
            assert!(!is_quantity(text), "{text}");
        }
    }
}
