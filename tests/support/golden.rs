//! Files with what is expected. They are compared byte by byte: line ends, final newlines and blanks are what this tool
//! is about.

use std::fs;
use std::path::Path;

/// Set to `1`, it makes every golden what came out. What must always hold is checked all the same.
pub(crate) const UPDATE: &str = "UPDATE_FIXTURES";

/// Holds `actual` against the file, which must not be there where it is `None`. `Err` says where the two differ.
pub(crate) fn check(file: &Path, actual: Option<&[u8]>) -> Result<(), String> {
    let expected = fs::read(file).ok();
    if expected.as_deref() == actual {
        return Ok(());
    }
    if std::env::var_os(UPDATE).is_some_and(|value| value == "1") {
        match actual {
            Some(actual) => fs::write(file, actual).unwrap(),
            None => fs::remove_file(file).unwrap(),
        }
        return Ok(());
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let difference = match (&expected, actual) {
        (None, _) => "it is not there, and something came out".to_owned(),
        (_, None) => "it is there, and nothing came out".to_owned(),
        (Some(expected), Some(actual)) => first_difference(expected, actual),
    };
    Err(format!("{name}: {difference}"))
}

/// The first line in which two texts differ, with everything made visible.
pub(crate) fn first_difference(expected: &[u8], actual: &[u8]) -> String {
    let lines = |bytes: &[u8]| bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (expected, actual) = (lines(expected), lines(actual));
    let same = expected.iter().zip(&actual).take_while(|(expected, actual)| expected == actual).count();
    let show = |lines: &[Vec<u8>]| match lines.get(same) {
        Some(line) => format!("{:?}", String::from_utf8_lossy(line)),
        None => "the end".to_owned(),
    };
    format!("line {}:\n      expected {}\n      actual   {}", same + 1, show(&expected), show(&actual))
}

#[test]
fn differences_show_line_ends() {
    let text = first_difference(b"a: 1\nb: 2\n", b"a: 1\nb: 2\r\n");
    assert_eq!(text, "line 2:\n      expected \"b: 2\\n\"\n      actual   \"b: 2\\r\\n\"");
    let text = first_difference(b"a: 1\n", b"a: 1\nb");
    assert_eq!(text, "line 2:\n      expected the end\n      actual   \"b\"");
}
