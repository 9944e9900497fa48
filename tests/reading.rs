//! Random texts against all readers, and changed manifests.

use super::generate::Draw as _;
use super::properties::property;
use super::readers;
use super::support::case;

#[test]
fn whatever_looks_like_yaml_reads_alike() {
    let (mut read, mut all) = (0, 0);
    property(|u| {
        for _ in 0..60 {
            all += 1;
            read += usize::from(readers::check(&readers::soup(u)?));
        }
        Ok(())
    });
    assert!(read * 12 > all, "only {read} of {all} were read");
}

#[test]
fn items_that_nobody_wants_hide_none_that_somebody_wants() {
    let (mut passed, mut all) = (0, 0);
    property(|u| {
        for _ in 0..60 {
            all += 1;
            let head = u.pick(&[
                "kind: a\n",
                "apiVersion: v1\n  kind: a\n",
                "",
                "x:\n  kind: a\n",
                "kind: a # c\n",
                "c: |\n",
            ])?;
            let text = readers::as_items(&readers::soup(u)?, head);
            passed += usize::from(readers::check_items(&text));
        }
        Ok(())
    });
    assert!(passed * 12 > all, "only {passed} of {all} had such items");
}

#[test]
fn changed_manifests_read_alike() {
    let inputs = case::all().into_iter().filter_map(|case| String::from_utf8(case.input).ok());
    let documents = |input: String| input.split("\n---").map(str::to_owned).collect::<Vec<_>>();
    let texts: Vec<_> = inputs.flat_map(documents).filter(|text| text.len() < 6_000).collect();
    let (mut read, mut all) = (0, 0);
    property(|u| {
        for _ in 0..20 {
            let text = &texts[u.below(texts.len())?];
            all += 1;
            read += usize::from(readers::check(&readers::changed(u, text)?));
            readers::check_items(&readers::changed(u, &readers::as_item(text))?);
        }
        Ok(())
    });
    assert!(read * 8 > all, "only {read} of {all} were read");
}
