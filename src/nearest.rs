//! The name that was probably meant.

/// The one of `known` that was probably meant: at most one of three letters differs, and capitals, dashes and
/// underscores don't count.
pub(crate) fn nearest<'k>(given: &str, known: &[&'k str]) -> Option<&'k str> {
    let given = letters(given);
    let limit = (given.len() / 3).max(1);
    let distances = known.iter().map(|name| (name, letters(name)));
    let distances = distances.filter(|(_, plain)| plain.len().abs_diff(given.len()) <= limit);
    let distances = distances.map(|(name, plain)| (strsim::damerau_levenshtein(&given, &plain), *name));
    distances.filter(|(distance, _)| *distance <= limit).min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// The letters of a name, as far as they count.
pub(crate) fn letters(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}
