//! What a terminal shows, which is made by the program `script`.

use std::process::Command;

use super::support::folder::Folder;

#[test]
fn script_gets_colours_and_warnings() {
    let folder = Folder::new();
    folder.write("web.yaml", include_str!("../../fixtures/recipe/forty-forty-forty/input.yaml"));
    let flags = "--pre-stop=sigterm --drain=40s --app-shutdown=0s --margin=0s";
    let line = format!("'{}' fix --diff {flags} web.yaml", env!("CARGO_BIN_EXE_istio-drain"));
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).current_dir(folder.path());
    let shown = script.env_remove("NO_COLOR").env("TERM", "xterm").output().expect("`script` runs").stdout;
    let shown = String::from_utf8_lossy(&shown);
    assert!(shown.contains("\x1b[32m+"), "{shown}");
    assert!(shown.contains("\x1b[33mwarning[hook-eats-grace]\x1b[m: "), "{shown}");
}
