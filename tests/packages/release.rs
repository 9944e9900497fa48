use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::super::support::folder::Folder;
use super::super::support::process::fed;

/// A release made as a dry run, with the program of the tests in the place of one that is compiled for it.
#[test]
fn a_dry_run_makes_a_release_from_one_version_and_changes_nothing() {
    let watched =
        ["Cargo.toml", "CHANGELOG.md", "Dockerfile", "plugins/helm4/plugin.yaml", "packaging/krew/istio-drain.yaml"];
    let read_all = || watched.map(|path| fs::read(path).unwrap());
    let before = read_all();
    let folder = Folder::new();
    let program =
        folder.write("istio-drain", &format!("#!/bin/sh\nexec {} \"$@\"\n", env!("CARGO_BIN_EXE_istio-drain")));
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let out = folder.path().join("out");
    let mut command = Command::new("packaging/release");
    command.args(["--dry-run", "9.8.7"]).arg(&out).env("BINARY", &program);
    command.env("ISTIO_DRAIN_URL", "https://example.test/it").env("SOURCE_DATE_EPOCH", "0");
    let output = fed(&mut command, "");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("and tag v9.8.7 and v9\n"));
    assert_eq!(read_all(), before);

    let text =
        |name: &str| fs::read_to_string(out.join(name)).unwrap_or_else(|error| panic!("{name}: {error}\n{told}"));
    for target in ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"] {
        let archive = format!("istio-drain-v9.8.7-{target}.tar.gz");
        let sums = text(&format!("{archive}.sha256"));
        let sum = sums.split(' ').next().unwrap();
        for manifest in ["istio-drain.yaml", "istio-drain.rb"] {
            let manifest = text(manifest);
            assert!(manifest.contains(&format!("https://example.test/it/releases/download/v9.8.7/{archive}\"")));
            assert!(
                manifest.contains(&format!("sha256: \"{sum}\"")) || manifest.contains(&format!("sha256 \"{sum}\""))
            );
        }
        let listed = fed(Command::new("tar").arg("-tzf").arg(out.join(&archive)), "").stdout;
        let listed = String::from_utf8(listed).unwrap();
        let commands = istio_drain::inside::cli::command();
        for name in commands.get_subcommands().map(|command| command.get_name()) {
            assert!(listed.contains(&format!("./man/istio-drain-{name}.1\n")), "no manual page of {name}: {listed}");
        }
        for part in ["./istio-drain\n", "./man/istio-drain.1\n", "./completions/istio-drain.powershell\n"] {
            assert!(listed.contains(part), "{part} is not in {listed}");
        }
    }
    let krew: serde_yaml::Value = serde_yaml::from_str(&text("istio-drain.yaml")).unwrap();
    assert_eq!(krew["spec"]["version"], "v9.8.7");
    assert_eq!(krew["spec"]["platforms"].as_sequence().unwrap().len(), 2);
    let plugin = fed(
        Command::new("tar")
            .arg("-xOzf")
            .arg(out.join("istio-drain-helm-plugin-v9.8.7.tar.gz"))
            .arg("istio-drain/plugin.yaml"),
        "",
    );
    assert!(String::from_utf8(plugin.stdout).unwrap().contains("\nversion: 9.8.7\n"));
    // The notes are what has not been released, and what could not be made is named.
    let unreleased = fs::read_to_string("CHANGELOG.md").unwrap();
    let unreleased = unreleased.split("\n## Unreleased\n").nth(1).unwrap().split("\n## ").next().unwrap();
    assert_eq!(text("notes.md").trim(), unreleased.trim());
    assert!(text("skipped.txt").contains("deb: ") && text("skipped.txt").contains("image: "));
    assert!(text("sums.txt").contains("  istio-drain.rb\n"));
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    let deb = manifest.split("\n[package.metadata.deb]\n").nth(1).unwrap();
    // cargo writes the file anew, in lines of its own, for the archive of the crate.
    let deb: String = deb.split_whitespace().collect();
    assert!(deb.contains("[\"target/release/istio-drain\",\"usr/bin/\",\"755\""));
    // It has what the archive has.
    for kind in
        ["man/*.1", "completions/istio-drain.bash", "completions/istio-drain.zsh", "completions/istio-drain.fish"]
    {
        assert!(deb.contains(&format!("\"target/texts/{kind}\"")), "{kind}");
    }
}

/// What is built for each processor names the commit that was copied; zig stands in for a compiler that is missing.
#[test]
fn a_dry_run_names_its_commit_in_what_it_builds() {
    let folder = Folder::new();
    let tool = |name: &str, script: &str| {
        let path = folder.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    tool("rustup", "printf 'x86_64-unknown-linux-musl\\naarch64-unknown-linux-musl\\n'");
    tool("rustc", "echo /sysroot");
    tool("uname", "echo x86_64");
    tool("git", "case $1 in rev-parse) echo 0123456789ab ;; log) echo 86400 ;; esac");
    tool("musl-gcc", "exit 1");
    tool("zig", "echo zig \"$@\"");
    // What it builds prints what it is asked for, the commit among it.
    let build = "case $1 in build) ;; *) exit 1 ;; esac\n\
        for target; do :; done\nmkdir -p \"target/$target/release\"\n\
        printf '#!/bin/sh\\necho istio-drain 9.8.7 %s %s\\n' \"$ISTIO_DRAIN_COMMIT\" \
        \"$(\"$(printenv \"CC_$(echo \"$target\" | tr - _)\")\" --target=no -c a.c)\" >\"target/$target/release/istio-drain\"\n\
        chmod +x \"target/$target/release/istio-drain\"";
    tool("cargo", build);
    let out = folder.path().join("out");
    let mut command = Command::new("packaging/release");
    command.args(["--dry-run", "9.8.7"]).arg(&out).env_remove("SOURCE_DATE_EPOCH").env_remove("CARGO_TARGET_DIR");
    command.env("PATH", format!("{}:/usr/bin:/bin", folder.path().join("bin").display()));
    let output = fed(&mut command, "");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    for (target, compiler) in [("x86_64", ""), ("aarch64", "zig cc -target aarch64-linux-musl -c a.c")] {
        let archive = out.join(format!("istio-drain-v9.8.7-{target}-unknown-linux-musl.tar.gz"));
        let binary = fed(Command::new("tar").arg("-xOzf").arg(&archive).arg("./istio-drain"), "").stdout;
        let binary = String::from_utf8(binary).unwrap();
        assert_eq!(binary.trim_end(), format!("#!/bin/sh\necho istio-drain 9.8.7 0123456789ab {compiler}").trim_end());
        let listed = fed(Command::new("tar").args(["--utc", "-tvzf"]).arg(&archive), "").stdout;
        assert!(String::from_utf8(listed).unwrap().contains(" 1970-01-02 00:00 "), "the time is that of the commit");
    }
}

#[test]
fn a_version_is_three_numbers() {
    for wrong in ["1.2", "v1.2.3", "01.2.3", "1.2.3-rc1", ""] {
        let output = fed(Command::new("packaging/release").args(["--dry-run", wrong]), "");
        assert_ne!(output.status.code(), Some(0), "{wrong}");
    }
}
