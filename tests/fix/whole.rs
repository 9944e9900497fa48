//! Whatever happens to the process, every file is the old one or the new one.

use std::process::Stdio;
use std::time::Instant;

use super::*;

/// Kills the process at moments that are spread over a whole run.
#[test]
fn a_process_that_is_killed_leaves_every_file_whole() {
    const FILES: usize = 25;
    const KILLS: u32 = 20;
    let folder = Folder::new();
    let name = |number: usize| format!("{}/{number}.yaml", number % 5);
    let reset = || (0..FILES).for_each(|number| drop(folder.write(&name(number), PLAIN)));
    let start = || {
        let mut command = program();
        command.args(["fix", "."]).current_dir(folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    reset();
    let begun = Instant::now();
    assert!(start().wait().unwrap().success());
    let whole_run = begun.elapsed();
    let mut counts = Vec::new();
    for kill in 0..KILLS {
        reset();
        let mut child = start();
        std::thread::sleep(whole_run * kill / KILLS);
        child.kill().unwrap();
        child.wait().unwrap();
        let mut new = 0;
        for (path, text) in contents(folder.path()) {
            let is_temporary = path.rsplit('/').next().unwrap().starts_with(".istio-drain-");
            new += usize::from(text == EDITED.as_bytes() && !is_temporary);
            assert!(is_temporary || text == EDITED.as_bytes() || text == PLAIN.as_bytes(), "{path} is torn");
        }
        counts.push(new);
    }
    assert!(counts.contains(&0), "no process was killed before it was done: {counts:?}");
    // What is left beside the files is in nobody's way.
    assert_eq!(fix(&folder, &["."]).code, Some(0));
    assert_eq!(edited(&folder).iter().filter(|path| !path.contains("/.")).count(), FILES);
}
