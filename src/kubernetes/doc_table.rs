//! Reads the tables in doc comments, so that a table and its test can't drift apart. Tests only.

/// The cells of the Markdown tables under the `# heading` of a source file's `//!` or `///` comments, row by row,
/// without the header. `\|` in a cell stands for `|`.
pub(crate) fn rows(source: &str, heading: &str) -> Vec<Vec<String>> {
    let comment = |line: &str| {
        let line = line.trim_start();
        let text = line.strip_prefix("//!").or_else(|| line.strip_prefix("///"))?;
        Some(text.trim().to_owned())
    };
    let rows: Vec<Vec<String>> = source
        .lines()
        .map_while(|line| Some(comment(line).unwrap_or_default()))
        .skip_while(|text| text.strip_prefix("# ") != Some(heading))
        .skip(1)
        .take_while(|text| !text.starts_with("# "))
        .filter(|text| text.starts_with('|'))
        .map(|text| cells(&text))
        .collect();
    let ruler = |row: &[String]| row.iter().all(|cell| !cell.is_empty() && cell.chars().all(|c| c == '-'));
    let rulers: Vec<usize> = (0..rows.len()).filter(|&at| ruler(&rows[at])).collect();
    assert!(!rulers.is_empty(), "no table under `{heading}`");
    rows.into_iter()
        .enumerate()
        .filter(|(at, _)| !rulers.contains(at) && !rulers.contains(&(at + 1)))
        .map(|(_, row)| row)
        .collect()
}

fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
    inner.replace("\\|", "\u{0}").split('|').map(|cell| cell.replace('\u{0}', "|").trim().to_owned()).collect()
}

#[test]
fn cells_and_rows() {
    let source = "\
//! # Other
//! | x |
//! # Cases
//! text
//! | a | b |
//! |---|---|
//! | `1 \\|\\| 2` | three |
fn f() {}
";
    assert_eq!(rows(source, "Cases"), [["`1 || 2`", "three"]]);
}
