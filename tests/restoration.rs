//! What is written into objects of the mesh and taken out again leaves the bytes as they were.

use serde_yaml::Value;

use super::support::case::Case;

const CONFIG_MAP: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh:";

/// Texts of a mesh config that come back, behind their key.
const TEXTS: &[&str] = &[
    " ''\n",
    " \"\"\n",
    " |\n",
    " |-\n",
    " |\n    ---\n",
    " |\n    {}\n",
    " '{}'\n",
    " \"{}\"\n",
    " |\n    # nothing yet\n",
    " |-\n    # one\n    # two\n",
    " \"# nothing\\n\"\n",
    " |\n    ---\n    accessLogFile: /dev/stdout\n",
    " |\n    accessLogFile: /dev/stdout\n",
    " |-\n    accessLogFile: /dev/stdout\n",
    " |+\n    accessLogFile: /dev/stdout\n\n",
    " |\n    accessLogFile: /dev/stdout\n\n\n",
    " |\n    accessLogFile: /dev/stdout\n    # end\n",
    " |\n    defaultConfig: {}\n",
    " |\n    defaultConfig: {concurrency: 2}\n",
    " |\n    defaultConfig:\n      concurrency: 2\n      # end\n    enableTracing: true\n",
    " |\n    defaultConfig:\n      proxyMetadata: {}\n",
    " |\n    defaultConfig:\n      proxyMetadata:\n        A: b\n",
    " 'accessLogFile: /dev/stdout'\n",
    " 'accessLogFile: /dev/stdout\n\n    enableTracing: true\n\n    '\n",
    " \"accessLogFile: /dev/stdout\\n\"\n",
    " \"accessLogFile: /dev/stdout\\n\\\n    enableTracing: true\\n\"\n",
    " >\n    accessLogFile: /dev/stdout\n\n    enableTracing: true\n",
    " |\n    {\"accessLogFile\": \"/dev/stdout\"}\n",
    " '{\"accessLogFile\": \"/dev/stdout\"}'\n",
    " \"{\\\"accessLogFile\\\": \\\"/dev/stdout\\\"}\"\n",
    " |\n    {\n      \"accessLogFile\": \"/dev/stdout\"\n    }\n",
];

/// Those that don't: nothing shows whether null or nothing was there, or which braces inside of others were empty. Texts
/// that say nothing become the shortest literal block.
const OTHER_TEXTS: &[&str] = &[
    "\n",
    " ~\n",
    " null # none\n",
    " |+\n\n\n",
    " >\n",
    " |\n    ~\n",
    " '# nothing'\n",
    " |\n    defaultConfig:\n",
    " |\n    defaultConfig: ~\n",
    " |\n    defaultConfig: # none\n    enableTracing: true\n",
    " |\n    {\"defaultConfig\": {}}\n",
];

/// Values that come back, behind their key; `@` is the indentation of their lines.
const VALUES: &[&str] = &[
    " {}\n",
    "\n@meshConfig: {}\n",
    "\n@meshConfig:\n@  defaultConfig: {}\n",
    "\n@meshConfig:\n@  defaultConfig: {} # none\n@  enableTracing: true\n",
    "\n@meshConfig:\n@  defaultConfig:\n@    concurrency: 2\n",
    "\n@meshConfig: {enableTracing: true}\n",
    "\n@pilot: {}\n",
    "\n@# one\n@pilot: {} # two\n@# three\n",
];

/// Those that don't.
const OTHER_VALUES: &[&str] = &[
    "\n",
    " ~\n",
    " # none\n",
    "\n@meshConfig:\n",
    "\n@meshConfig: null\n",
    "\n@meshConfig:\n@  # none yet\n@  defaultConfig:\n",
    " {meshConfig: {}}\n",
];

/// Objects with values: what stands before them, and how far their lines are indented.
const OBJECTS: &[(&str, &str)] = &[
    (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: istiod}\nspec:\n  \
         chart: {spec: {chart: istiod}}\n  values:",
        "    ",
    ),
    (
        "apiVersion: sailoperator.io/v1\nkind: Istio\nmetadata: {name: default}\nspec:\n  version: v1.28.0\n  values:",
        "    ",
    ),
    (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: istiod}\nspec:\n  source:\n    \
         chart: istiod\n    helm:\n      valuesObject:",
        "        ",
    ),
    ("apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: mesh}\nspec:", "  "),
];

/// What follows.
const ENDS: &[&str] = &["", "---\napiVersion: v1\nkind: Secret\n"];

/// What is written.
const WRITTEN: &[&[&str]] =
    &[&["--drain", "40s"], &["--drain", "40s", "--exit-on-idle"], &["--drain", "40s", "--pre-stop", "drain"]];

/// What is left of a text after something was written and removed. A note tells of it if that is another text.
#[track_caller]
fn there_and_back(start: &str, flags: &[&str]) -> String {
    let case =
        Case { name: String::new(), folder: ".".into(), extension: "yaml".to_owned(), input: Vec::new(), config: None };
    let run = |input: &[u8], flags: &[&str]| {
        let run = case.run(input, &[&["--no-config", "--write-mesh"], flags].concat());
        assert_eq!(run.exit, 0, "{start}{}", run.stderr);
        (run.stdout, run.stderr.contains("[not-brought-back]"))
    };
    let (written, is_told) = run(start.as_bytes(), &[&["-v"], flags].concat());
    assert!(String::from_utf8_lossy(&written).contains("40s"), "{start}");
    // A hook is only taken out where one is stated.
    let hook = if flags.contains(&"--pre-stop") { &flags[2..] } else { &[] };
    let left = String::from_utf8(run(&written, &[&["--remove"], hook].concat()).0).unwrap();
    assert_eq!(is_told, left != start, "{start}");
    left
}

/// What an object says: nothing, null and what is empty are the same.
fn meaning(value: &Value) -> Value {
    let read = |text: &str| serde_yaml::from_str(text).ok().filter(|inner: &Value| !inner.is_string());
    match value {
        Value::String(text) => read(text).map_or_else(|| value.clone(), |inner| meaning(&inner)),
        Value::Mapping(entries) => {
            let entries = entries.iter().map(|(key, inner)| (key.clone(), meaning(inner)));
            let entries: serde_yaml::Mapping = entries.filter(|(_, inner)| !inner.is_null()).collect();
            if entries.is_empty() { Value::Null } else { Value::Mapping(entries) }
        }
        other => other.clone(),
    }
}

fn starts(texts: &[&str], values: &[&str]) -> Vec<String> {
    let texts = texts.iter().map(|text| format!("{CONFIG_MAP}{text}"));
    let values = values
        .iter()
        .flat_map(|values| OBJECTS.iter().map(move |(head, indent)| format!("{head}{}", values.replace('@', indent))));
    let all = texts.chain(values).flat_map(|start| ENDS.iter().map(move |end| format!("{start}{end}")));
    all.collect()
}

#[test]
fn what_is_removed_leaves_the_old_bytes() {
    // An object without values at all.
    let bare = OBJECTS.iter().filter_map(|(head, _)| head.rsplit_once('\n')).map(|(head, _)| format!("{head}\n"));
    let bare = bare.filter(|start| start.contains("spec:") && !start.ends_with("helm:\n"));
    for start in starts(TEXTS, VALUES).into_iter().chain(bare) {
        for flags in WRITTEN {
            assert_eq!(there_and_back(&start, flags), start, "{flags:?}");
        }
    }
}

#[test]
fn what_cant_come_back_says_the_same() {
    for start in starts(OTHER_TEXTS, OTHER_VALUES) {
        for flags in WRITTEN {
            let left = there_and_back(&start, flags);
            assert_ne!(left, start, "{flags:?}: this belongs to those that come back");
            let documents = |text: &str| -> Vec<Value> {
                let read = text.split("---\n").filter(|text| text.contains("kind:"));
                read.map(|text| meaning(&serde_yaml::from_str(text).unwrap())).collect()
            };
            assert_eq!(documents(&left), documents(&start), "{start}{flags:?}");
        }
    }
}
