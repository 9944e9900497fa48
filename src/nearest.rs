//! The name that was probably meant.

/// The name in `known` that was probably meant. At most one letter in three may differ. Case, dashes and underscores
/// are ignored.
pub(crate) fn nearest<'k>(given: &str, known: &[&'k str]) -> Option<&'k str> {
    let given = letters(given);
    let limit = (given.len() / 3).max(1);
    let distances = known.iter().map(|name| (name, letters(name)));
    let distances = distances.filter(|(_, plain)| plain.len().abs_diff(given.len()) <= limit);
    let distances = distances.map(|(name, plain)| (strsim::damerau_levenshtein(&given, &plain), *name));
    distances.filter(|(distance, _)| *distance <= limit).min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// The letters of a name that are compared.
pub(crate) fn letters(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}
