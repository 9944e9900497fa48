//! `docs/conformance.md` and what quotes it.

use std::fs;

/// The README has the summary of the page, and the page is about the versions that a run would compare with.
#[test]
fn the_readme_quotes_it_and_it_is_of_the_versions_that_are_set() {
    let page = fs::read_to_string("docs/conformance.md").unwrap();
    let summary = &page[page.find("Compared with Istio").unwrap()..page.find("\n\n## ").unwrap()];
    let quoting = fs::read_to_string("README.md").unwrap();
    let (_, quoted) = quoting.split_once("<!-- conformance -->").unwrap();
    let (quoted, _) = quoted.split_once("<!-- end -->").unwrap();
    assert_eq!(quoted.trim(), summary, "`conformance/run page` writes both");
    assert_eq!(summary.lines().filter(|line| line.contains("| 20")).count(), 4, "each part has a date");

    let versions = fs::read_to_string("conformance/versions").unwrap();
    let values = versions.lines().filter_map(|line| line.split_once('='));
    let mut count = 0;
    for version in values.flat_map(|(_, value)| value.trim_matches('"').split(' ')) {
        assert!(summary.contains(version), "{version}: run `just conformance`");
        count += 1;
    }
    assert_eq!(count, 11);
}
