//! What help says of the commands, with examples and exit codes.

pub(super) const ABOUT: &str = "Makes the pods of an Istio mesh shut down without losing a request";

pub(super) const LONG_ABOUT: &str = "\
Makes the pods of an Istio mesh shut down without losing a request.

Reads manifests on standard input: a stream of YAML or JSON documents, or the ResourceList of a kustomize or kpt \
pipeline. Writes them to standard output with what each Deployment and StatefulSet needs: a drain duration for the \
sidecar, a preStop hook for it, and a grace period that fits both. Every other byte stays as it was.";

pub(super) const AFTER_HELP: &str = "\
Examples:
  istio-drain check manifests/
  helm template my-chart | istio-drain | kubectl apply -f -
  kubectl kustomize overlays/prod | istio-drain --drain 40s
  kpt fn source package | istio-drain | kpt fn sink out

Exit codes:
  0  done, or nothing to do
  1  a workload can't be edited safely, or `--check` found
     one that lacks something: no output (a ResourceList
     comes back unedited, with `results`)
  2  the input can't be parsed, or the policy or the command
     line is wrong: no output";

pub(super) const FIX_HELP: &str = "\
Edits manifests in place.

Each PATH is a file or a folder. In a folder, all *.yaml, *.yml and *.json files count, except hidden ones and \
those that a .gitignore, .ignore or .krmignore lists. Everything is read and planned before anything is written. If \
one file can't be read, or one workload can't be edited safely, no file is touched. Each changed file is replaced \
as a whole. Files that need no change are left alone.

`--diff` prints what `git apply` takes. For files outside the current folder it needs its --unsafe-paths.";

pub(super) const FIX_EXAMPLES: &str = "\
Examples:
  istio-drain fix --diff manifests/    see it first
  istio-drain fix manifests/           edit all of them
  istio-drain fix --check manifests/   for CI: exits with 1
  istio-drain fix --diff manifests/ | git apply

Exit codes:
  0  done, or nothing to do
  1  a workload can't be edited safely; or `--check`, and a
     file would change
  2  a file can't be read, parsed or written, or the policy
     or the command line is wrong";

pub(super) const EXPLAIN_HELP: &str = "\
Shows what happens when a pod is deleted, second by second, and which requests are lost.

Reads manifests from files and folders, or from standard input without a PATH, and writes none of them. Several \
workloads are shown as a table, those that lose most first. One workload, or the one called NAME, is shown as a \
timeline: who gets which signal when, when the proxy stops accepting and making connections, what is lost and why, \
and what this rests on.

A manifest does not say how long clients keep sending to a deleted pod, or how long the app takes to exit. Such \
facts are assumed and listed. The flags under \"what timelines assume\" state them.

`--log` adds what really happened: from logs of the proxy, and from what \
`kubectl get events,pods,endpointslices -o yaml` prints. `--with-fix` adds the timeline after `fix`, and what the \
change costs. `--numbers` shows the arithmetic of the plan instead.";

pub(super) const EXPLAIN_EXAMPLES: &str = "\
Examples:
  istio-drain explain manifests/         a table of all
  istio-drain explain manifests/ web --with-fix
  istio-drain explain manifests/ web --log proxy.log
  kubectl get deploy,pods -o yaml | istio-drain explain

More examples:
  istio-drain explain manifests/ --format html > page.html
  helm template my-chart | istio-drain explain --numbers
  kustomize build . | istio-drain explain - web \\
    --endpoint-delay 10s --app-time 20s --streams

Exit codes:
  0  done, whatever was found
  2  a file can't be read or parsed, no workload is called
     NAME, or the policy or the command line is wrong";

pub(super) const INIT_HELP: &str = "\
Learns what a mesh is from dumps of its cluster, and writes it down as a ShutdownPolicy.

Each PATH is a file with objects as `kubectl get ... -o yaml` prints them, or a folder of such files. Without a \
PATH, standard input is read. No cluster is asked, and no secret is kept. Each value names where it was seen. For a \
value that the input does not show, a comment says where to look. If dumps of several clusters differ, the value is \
unknown, and the comment names both. Without any input, the commands that make such dumps are printed.

`--write` also writes .istio-drain.schema.json beside the file. The first line of the file names it, so that editors \
with the YAML language server complete and check the fields without a network.";

pub(super) const INIT_EXAMPLES: &str = "\
Examples:
  kubectl get cm,deploy,proxyconfigs -n istio-system \\
    -o yaml | istio-drain init
  istio-drain init mesh.yaml cluster.yaml --write
  istio-drain init mesh.yaml cluster.yaml --check

Exit codes:
  0  done; with --check, the file is up to date
  1  with --check: the file is not what `--write` would make
     of it
  2  there is no input, or a file can't be read, parsed or
     written, or holds no Kubernetes object";

pub(super) const CHECK_HELP: &str = "\
Reports which requests will be lost, and what else is wrong.

Reads manifests from files and folders, or from standard input without a PATH, and writes none of them. If `fix` \
would change a workload, the check says what its pods lose as they are: which requests, when, and why. Running \
pods, as `kubectl get pods -o yaml` prints them, are read as they are. Each finding has a place, a reason and a \
remedy. `--explain` shows the timelines of the pods behind the findings; only text has them.

A finding is certain, likely or a matter of style. A likely one names the assumption that it rests on, such as that \
the pod gets a sidecar. Only certain ones fail the check. `--min-confidence likely` fails for likely ones, too.";

pub(super) const CHECK_EXAMPLES: &str = "\
Examples:
  istio-drain check manifests/
  helm template my-chart | istio-drain check
  istio-drain check --min-confidence likely manifests/
  kubectl get deploy,pods -A -o yaml | istio-drain check

More examples:
  istio-drain check --baseline known.json --write-baseline .
  istio-drain check --explain manifests/web.yaml
  istio-drain check --format sarif . > istio-drain.sarif

Exit codes:
  0  nothing found that counts
  1  a finding at or over `--fail-on` and `--min-confidence`
  2  standard input is empty, a file can't be read or
     parsed, or the policy or the command line is wrong";

pub(super) const COMPLETIONS_HELP: &str = "\
Examples:
  istio-drain completions bash > \\
    ~/.local/share/bash-completion/completions/istio-drain
  istio-drain completions zsh > \"${fpath[1]}/_istio-drain\"
  istio-drain completions fish > \\
    ~/.config/fish/completions/istio-drain.fish
  istio-drain completions powershell >> $PROFILE";

pub(super) const MAN_HELP: &str = "\
Examples:
  istio-drain man > istio-drain.1
  istio-drain man completions | man -l -";

pub(super) const DEMO_EXAMPLES: &str = "\
Examples:
  istio-drain demo
  istio-drain demo --manifests > shop.yaml
  istio-drain explain --with-fix shop.yaml web";

pub(super) const RULES_EXAMPLES: &str = "\
Examples:
  istio-drain rules
  istio-drain rules not-drained";

pub(super) const SCHEMA_HELP: &str = "\
Examples:
  istio-drain schema > .istio-drain.schema.json

Editors with the YAML language server find it by the first
line of a policy. `istio-drain init --write` writes the
schema and the line, which is:
  # yaml-language-server: $schema=.istio-drain.schema.json";
