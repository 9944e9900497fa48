//! Argo CD's plugin, by its own script.

use super::*;

/// Runs what Argo CD's plugin runs, in a folder.
fn generate(folder: &Folder, variables: &[(&str, &str)]) -> Output {
    let plugin = yaml("packaging/argocd/plugin.yaml");
    let words = |key: &str| -> Vec<String> {
        plugin["spec"]["generate"][key].as_sequence().unwrap().iter().map(|word| text(word).to_owned()).collect()
    };
    let line = [words("command"), words("args")].concat();
    let bin = Path::new(PROGRAM).parent().unwrap().display();
    let path = format!("{}:{bin}:{}", folder.path().join("bin").display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(&line[0]);
    command.args(&line[1..]).current_dir(folder.path()).env("PATH", path).env("TMPDIR", folder.path());
    command.env("ARGOCD_APP_NAME", "shop").env("ARGOCD_APP_NAMESPACE", "prod").envs(variables.iter().copied());
    command.output().unwrap()
}

#[test]
fn argo_cd_gets_all_or_a_failure() {
    let manifest = read("examples/kpt-simple/deployment.yaml");
    let folder = Folder::new();
    folder.write("deployment.yaml", &manifest);
    folder.write("service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: shop}");
    let output = generate(&folder, &[("ARGOCD_ENV_ISTIO_DRAIN_ARGS", "--drain 40s --margin 7s")]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    let stream = String::from_utf8(output.stdout).unwrap();
    assert!(stream.contains("terminationGracePeriodSeconds: 47\n"), "{stream}");
    assert!(stream.ends_with("kind: Service\nmetadata: {name: shop}\n"), "{stream}");
    let left: Vec<_> = entries(folder.path()).iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    assert_eq!(left, ["deployment.yaml", "service.yaml"], "something is left over");

    let output = generate(&folder, &[("ARGOCD_ENV_ISTIO_DRAIN_ARGS", "--drain 40")]);
    assert_eq!((output.status.success(), output.stdout.len()), (false, 0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("lacks a unit"));

    // Folders are entered, in the order of their names, and nothing that was found is left out.
    let wide = "y".repeat(100_000);
    folder.write("b c/-n.yml", &format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {wide}}}"));
    folder.write("b c/d/e.json", "{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": {\"name\": \"e\"}}");
    folder.write("b c/values.yaml", "# +argocd:skip-file-rendering\nreplicas: 1\n");
    let output = generate(&folder, &[]);
    let stream = String::from_utf8(output.stdout).unwrap();
    let kinds: Vec<_> =
        ["kind: ConfigMap", "\"Secret\"", "kind: Deployment", "kind: Service"].map(|kind| stream.find(kind)).into();
    assert!(kinds.iter().all(Option::is_some) && kinds.is_sorted() && stream.contains(&wide), "{kinds:?}");
    assert!(!stream.contains("replicas: 1\n"), "{stream}");
    let refused = |told: &str, variables: &[(&str, &str)]| {
        let output = generate(&folder, variables);
        assert_eq!((output.status.success(), output.stdout.len()), (false, 0), "{told}");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(stderr.contains(told), "{told} is not in {stderr}");
    };
    for (words, told) in [
        ("--report /tmp/r.json", "the flag --report is not"),
        ("--drain 40s --policy=drain.yaml", "the flag --policy is not"),
        ("--emit-nothing", "the flag --emit-nothing is not"),
        ("explain", "explain is not a flag"),
        ("--exact=true fix", "fix is not a flag"),
        ("--", "the flag -- is not"),
        ("--exact fix", "--exact"),
        ("--drain *", "--drain"),
    ] {
        refused(told, &[("ARGOCD_ENV_ISTIO_DRAIN_ARGS", words)]);
    }
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("b c/z.yaml")).unwrap();
    refused("z.yaml leads out of the Application's folder", &[]);
    fs::remove_file(folder.path().join("b c/z.yaml")).unwrap();
    folder.write("b c/z.jsonnet", "{}");
    refused("Jsonnet is not evaluated", &[]);
    let empty = Folder::new();
    empty.write("readme.md", "");
    assert!(!generate(&empty, &[]).status.success(), "an empty Application would be pruned");

    // A chart and a kustomization that can't be rendered, after half of the output.
    use std::os::unix::fs::PermissionsExt as _;
    for (tool, file) in [("helm", "Chart.yaml"), ("kustomize", "kustomization.yaml")] {
        let folder = Folder::new();
        folder.write(file, "");
        let program = folder.write(&format!("bin/{tool}"), "#!/bin/sh\necho \"kind: A\"\nexit 3\n");
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
        let output = generate(&folder, &[]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0), "{tool}");
    }
}

#[test]
fn argo_cd_tells_helm_what_the_cluster_is_and_no_more_than_is_allowed() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    folder.write("Chart.yaml", "name: shop\n");
    folder.write("values-prod.yaml", "a: 1\n");
    let script = "#!/bin/sh\nprintf 'apiVersion: v1\\nkind: ConfigMap\\ndata: {line: \"%s\"}\\n' \"$*\"\n";
    let helm = folder.write("bin/helm", script);
    fs::set_permissions(helm, fs::Permissions::from_mode(0o755)).unwrap();
    let run = |words: &str| {
        let variables = [
            ("KUBE_VERSION", "1.33"),
            ("KUBE_API_VERSIONS", "v1,apps/v1,example.com/v1/Thing"),
            ("ARGOCD_ENV_HELM_ARGS", words),
        ];
        let output = generate(&folder, &variables);
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (stream, told) = run("--values values-prod.yaml --set=a=b*,c=d -f values-prod.yaml --set e=f");
    let line = "--namespace prod --include-crds --values=values-prod.yaml --set=a=b*,c=d -f values-prod.yaml --set=e=f \
            --api-versions v1 --api-versions apps/v1 --api-versions example.com/v1/Thing --kube-version 1.33 -- shop .";
    assert!(stream.contains(line), "{stream}{told}");
    for (words, expected) in [
        ("--post-renderer sh", "the flag --post-renderer is not"),
        ("--set-file a=/etc/passwd", "the flag --set-file is not"),
        ("--output-dir /tmp", "the flag --output-dir is not"),
        ("--values /etc/passwd", "/etc/passwd is not a file of the Application"),
        ("--values=../../x.yaml", "../../x.yaml is not a file"),
        ("-f values-prod.yaml,/etc/passwd", "is not a file of the Application"),
        ("--values https://example.com/v.yaml", "is not a file of the Application"),
        ("other-chart", "other-chart is not a flag"),
    ] {
        let (stream, told) = run(words);
        assert!(stream.is_empty() && told.contains(expected), "{words}: {told}");
    }
}

/// The plugin's list is that of the flags, but for those that name files, and those that leave objects out.
#[test]
fn argo_cd_allows_the_flags_of_the_policy() {
    let plugin = read("packaging/argocd/plugin.yaml");
    let list = plugin.split("drain_flags='").nth(1).unwrap().split('\'').next().unwrap();
    let allowed: Vec<_> =
        list.split_whitespace().filter(|word| !matches!(*word, "-v" | "--verbose" | "--strict")).collect();
    let help = String::from_utf8(Command::new(PROGRAM).arg("--help").output().unwrap().stdout).unwrap();
    let flags = help.lines().filter_map(|line| line.trim_start().strip_prefix("--"));
    let mut flags: Vec<_> = flags.map(|line| format!("--{}", line.split([' ', '[', '=']).next().unwrap())).collect();
    let others = "--strict --report --threads --color --policy --emit-nothing --workloads --verbose --no-config --select \
                  --ignore --fail-on --min-confidence --baseline";
    flags.retain(|flag| !others.split(' ').any(|other| other == flag));
    flags.sort();
    assert_eq!(allowed, flags);
}
