//! Whatever happens to the process, every file is the old one or the new one, and nothing else is left.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use super::*;

/// A folder of manifests that are all to be edited, in some subfolders.
struct Manifests {
    folder: Folder,
    count: usize,
}

impl Manifests {
    fn new() -> Self {
        // `ISTIO_DRAIN_FILES=3000` makes a run long enough to be met anywhere.
        let count = std::env::var("ISTIO_DRAIN_FILES").map_or(60, |count| count.parse().unwrap());
        let new = Self { folder: Folder::new(), count };
        // A change of the working tree is one of a repository, which ends here.
        new.folder.write(".git/HEAD", "");
        new.reset();
        new
    }

    fn reset(&self) {
        (0..self.count).for_each(|number| drop(self.folder.write(&format!("{}/{number}.yaml", number % 5), PLAIN)));
    }

    fn start(&self) -> Child {
        let mut command = program();
        command.args(["fix", "."]).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Some time between none and that of a whole run.
    fn part(&self, number: u32, of: u32) -> Duration {
        Duration::from_micros(500) * self.count as u32 * number / of
    }

    /// Starts a run and ends it by a signal so long after it begins to write; how it ended, what it said, and what is
    /// there then.
    fn interrupt(&self, signal: &str, after: Duration) -> (ExitStatus, String, State) {
        let mut child = self.start();
        let has_begun = || {
            let entries = fs::read_dir(self.folder.path()).unwrap();
            entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with(".istio-drain-"))
        };
        while !has_begun() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        std::thread::sleep(after);
        let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).output().unwrap();
        let output = child.wait_with_output().unwrap();
        // A run that was over already can't be met any more.
        assert!(sent.status.success() || output.status.success());
        (output.status, String::from_utf8(output.stderr).unwrap(), self.state())
    }

    fn state(&self) -> State {
        let mut state = State::default();
        for (path, text) in contents(self.folder.path()) {
            match path.rsplit('/').next().unwrap() {
                "HEAD" => {}
                name if name.starts_with(".istio-drain-") => state.hidden.push(path),
                _ if text == EDITED.as_bytes() => state.new.push(path),
                _ => assert_eq!(text, PLAIN.as_bytes(), "{path} is torn"),
            }
        }
        state
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct State {
    new: Vec<String>,
    hidden: Vec<String>,
}

#[test]
fn a_signal_changes_nothing_or_waits_until_all_is_done() {
    let manifests = Manifests::new();
    let (mut before, mut while_renaming) = (0, 0);
    for kill in 0..30 {
        let (name, number) = [("HUP", 1), ("INT", 2), ("TERM", 15)][kill % 3];
        let (status, told, state) = manifests.interrupt(name, manifests.part(kill as u32, 27));
        assert_eq!(state.hidden, [""; 0], "SIG{name} leaves something: {told}");
        match status.signal() {
            Some(signal) => assert_eq!(signal, number),
            None => assert_eq!(status.code(), Some(0), "{told}"),
        }
        let is_whole = state.new.len() == manifests.count;
        if status.signal().is_none() {
            assert!(is_whole, "{told}");
        } else if is_whole {
            // One that comes when all is said meets a run that is over.
            let is_over = told.starts_with(&format!("istio-drain: {0} of {0} files changed", manifests.count));
            let held = format!(
                "istio-drain: SIG{name} came while files were being replaced: all {} are new\n",
                manifests.count
            );
            assert!(told == held || is_over, "{told}");
            while_renaming += usize::from(!is_over);
        } else {
            assert_eq!(state.new, [""; 0], "{told}");
            before += 1;
        }
        manifests.reset();
    }
    assert!(before > 0, "no run was ended before it was done; {while_renaming} while files were renamed");
}

#[test]
fn what_a_killed_run_leaves_is_cleared_by_the_next() {
    let manifests = Manifests::new();
    let mut left = 0;
    for kill in 0..25 {
        let (.., state) = manifests.interrupt("KILL", manifests.part(kill, 24));
        left += usize::from(!state.hidden.is_empty());
        let ran = fix(&manifests.folder, &["."]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let named: Vec<_> = ran.stderr.lines().filter_map(|line| line.strip_prefix("  ")).collect();
        let has_list = state.hidden.iter().any(|path| path.ends_with(".run"));
        let mut new: Vec<_> = state.new.iter().map(String::as_str).filter(|_| has_list).collect();
        new.sort_by_key(|path| named.iter().position(|name| name == path));
        assert_eq!(named, new, "{}", ran.stderr);
        assert_eq!(ran.stderr.contains("an earlier run was killed"), !state.hidden.is_empty(), "{}", ran.stderr);
        let state = manifests.state();
        assert_eq!((state.new.len(), state.hidden), (manifests.count, Vec::new()), "{}", ran.stderr);
        manifests.reset();
    }
    assert!(left > 0, "no run was killed while it was writing");
}

#[test]
fn what_a_living_run_has_is_left_alone() {
    let folder = Folder::new();
    folder.write("in/a.yaml", PLAIN);
    let list = fs::File::create(folder.path().join("in/.istio-drain-living.run")).unwrap();
    list.lock().unwrap();
    folder.write("in/.istio-drain-living-abc.tmp", "");
    folder.write("in/.istio-drain-nolist.tmp", "");
    let old = fs::File::create(folder.path().join("in/.istio-drain-old.tmp")).unwrap();
    let two_hours = Duration::from_secs(7200);
    old.set_modified(std::time::SystemTime::now() - two_hours).unwrap();
    let ran = fix(&folder, &["in"]);
    let cleared =
        "istio-drain: an earlier run was killed: its temporary file was removed\nistio-drain: 1 of 1 file changed";
    assert!(ran.stderr.starts_with(cleared), "{}", ran.stderr);
    let names: Vec<_> = contents(folder.path()).into_keys().collect();
    let kept =
        ["in/.istio-drain-living-abc.tmp", "in/.istio-drain-living.run", "in/.istio-drain-nolist.tmp", "in/a.yaml"];
    assert_eq!(names, kept);
    drop(list);
    // A list leads nowhere but down.
    fs::write(folder.path().join("in/.istio-drain-living.run"), "../in/a.yaml\0\0").unwrap();
    let ran = fix(&folder, &["in"]);
    assert!(ran.stderr.starts_with("istio-drain: an earlier run was killed: "), "{}", ran.stderr);
    assert!(!folder.path().join("in/.istio-drain-living.run").exists());
}

#[test]
fn signals_that_are_ignored_stay_ignored() {
    let manifests = Manifests::new();
    let program = env!("CARGO_BIN_EXE_istio-drain");
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$0\" fix .", program]).current_dir(manifests.folder.path());
    let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(manifests.part(1, 2));
    Command::new("kill").args(["-HUP", &child.id().to_string()]).output().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(manifests.state().new.len(), manifests.count);
}
