//! Messages about earlier runs that were killed, when a later run cleans up after them.

use std::path::Path;

use crate::escape;
use crate::io::DeadRun;

/// One line for a dead run, and one for each file that it had replaced.
pub(super) fn cleared(run: &DeadRun, here: &Path) -> String {
    let removed = match run.removed {
        1 => "its temporary file was removed".to_owned(),
        count => format!("its {count} temporary files were removed"),
    };
    let begun = match (run.files, run.new.len()) {
        (0, _) => String::new(),
        (files, 0) => format!("; none of the {files} files that it was to replace is new"),
        (files, new) => format!("; {new} of the {files} files that it was to replace are new:"),
    };
    let names = run.new.iter().map(|path| {
        let name = path.strip_prefix(here).unwrap_or(path).display().to_string();
        format!("\n  {}", escape::line(&name))
    });
    format!("istio-drain: an earlier run was killed: {removed}{begun}{}\n", names.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_replaced_is_named() {
        let told = |files, new: &[&str], removed| {
            let new = new.iter().map(Into::into).collect();
            cleared(&DeadRun { files, new, removed }, Path::new("/here"))
        };
        let start = "istio-drain: an earlier run was killed: its";
        assert_eq!(told(0, &[], 1), format!("{start} temporary file was removed\n"));
        assert_eq!(
            told(3, &[], 2),
            format!("{start} 2 temporary files were removed; none of the 3 files that it was to replace is new\n")
        );
        assert_eq!(
            told(3, &["/here/a.yaml", "/b.yaml"], 1),
            format!(
                "{start} temporary file was removed; 2 of the 3 files that it was to replace are new:\n  a.yaml\n  \
                 /b.yaml\n"
            )
        );
    }
}
