//! Whole objects: workloads with all that the recipe cares about, and objects that it has nothing to do with.

use arbitrary::{Result, Unstructured};

use super::model::Model;
use super::print::{Features, Printer};
use super::print_flow::FlowStyle;
use super::{Draw, noise};

/// Any object.
pub(crate) fn object(u: &mut Unstructured<'_>, name: &str) -> Result<Model> {
    match u.below(5)? {
        0 => config_map(u, name),
        1 => service(u, name),
        2 => custom(u, name),
        _ => workload(u, name),
    }
}

fn head(u: &mut Unstructured<'_>, api: &str, kind: &str, name: &str) -> Result<Model> {
    let mut metadata = Model::map([("name", Model::str(name))]);
    if u.one_in(3)? {
        metadata.push("namespace", Model::str(u.pick(&["prod", "default", "team-a", "kube-system"])?));
    }
    if u.one_in(4)? {
        metadata.push("annotations", annotations(u)?);
    }
    Ok(Model::map([("apiVersion", Model::str(api)), ("kind", Model::str(kind)), ("metadata", metadata)]))
}

/// Keys in an order of their own, now and then.
fn shuffled(u: &mut Unstructured<'_>, mut model: Model) -> Result<Model> {
    if let Model::Map(entries) = &mut model
        && u.one_in(3)?
    {
        let by = u.below(entries.len())?;
        entries.rotate_left(by);
    }
    Ok(model)
}

pub(crate) fn config_map(u: &mut Unstructured<'_>, name: &str) -> Result<Model> {
    let mut data = Model::Map(Vec::new());
    for at in 0..u.below(4)? {
        data.push(&format!("key{at}"), Model::str(noise::text(u)?));
    }
    if u.one_in(3)? {
        data.push("app.yaml", Model::str("apiVersion: apps/v1\nkind: Deployment\n---\nkind: StatefulSet\n"));
    }
    let mut object = head(u, "v1", "ConfigMap", name)?;
    object.push("data", data);
    shuffled(u, object)
}

fn service(u: &mut Unstructured<'_>, name: &str) -> Result<Model> {
    let port = Model::map([("port", Model::Int(80)), ("name", Model::str("http")), ("targetPort", Model::str("http"))]);
    let spec = Model::map([("selector", labels(name)), ("ports", Model::Seq(vec![port]))]);
    let mut object = head(u, "v1", "Service", name)?;
    object.push("spec", spec);
    shuffled(u, object)
}

/// A custom resource: anything below `spec`, also with a pod template of its own.
fn custom(u: &mut Unstructured<'_>, name: &str) -> Result<Model> {
    let (api, kind) = u.pick(&[
        ("serving.knative.dev/v1", "Service"),
        ("example.com/v1", "Deployment"),
        ("apps.kruise.io/v1", "StatefulSet"),
    ])?;
    let mut spec = Model::map([("any", noise::noise(u, 3)?)]);
    if u.one_in(2)? {
        spec.push("template", template(u, name)?);
    }
    let mut object = head(u, api, kind, name)?;
    object.push("spec", spec);
    shuffled(u, object)
}

/// A workload of one of the kinds of Kubernetes.
pub(crate) fn workload(u: &mut Unstructured<'_>, name: &str) -> Result<Model> {
    let (api, kind) = u.pick(&[
        ("apps/v1", "Deployment"),
        ("apps/v1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("extensions/v1beta1", "Deployment"),
        ("apps/v1", "DaemonSet"),
        ("batch/v1", "Job"),
    ])?;
    let mut object = head(u, api, kind, name)?;
    let selector = Model::map([("matchLabels", labels(name))]);
    let mut spec = Model::map([("replicas", Model::Int(2)), ("selector", selector)]);
    spec.push("template", shuffled_template(u, name)?);
    if u.one_in(6)? {
        spec.push("strategy", noise::noise(u, 2)?);
    }
    object.push("spec", shuffled(u, spec)?);
    if u.one_in(10)? {
        object.push("status", Model::Map(Vec::new()));
    }
    shuffled(u, object)
}

fn shuffled_template(u: &mut Unstructured<'_>, name: &str) -> Result<Model> {
    let template = template(u, name)?;
    shuffled(u, template)
}

fn labels(name: &str) -> Model {
    Model::map([("app", Model::str(name)), ("tier", Model::str("web"))])
}

fn template(u: &mut Unstructured<'_>, name: &str) -> Result<Model> {
    let mut template = match u.below(8)? {
        0 => Model::Map(Vec::new()),
        1 => Model::map([("metadata", if u.one_in(2)? { Model::Null } else { Model::Map(Vec::new()) })]),
        _ => Model::map([("metadata", pod_metadata(u, name)?)]),
    };
    template.push("spec", pod_spec(u)?);
    Ok(template)
}

fn pod_metadata(u: &mut Unstructured<'_>, name: &str) -> Result<Model> {
    let mut labels = labels(name);
    if u.one_in(6)? {
        labels.push("sidecar.istio.io/inject", Model::str(u.pick(&["true", "true", "false"])?));
    }
    let mut metadata = Model::map([("labels", labels)]);
    match u.below(6)? {
        0 => metadata.push("annotations", Model::Null),
        1 => metadata.push("annotations", Model::Map(Vec::new())),
        2 | 3 => metadata.push("annotations", annotations(u)?),
        4 => {
            let mut annotations = annotations(u)?;
            annotations.push("proxy.istio.io/config", Model::str(proxy_config(u)?));
            metadata.push("annotations", shuffled(u, annotations)?);
        }
        _ => {}
    }
    shuffled(u, metadata)
}

fn annotations(u: &mut Unstructured<'_>) -> Result<Model> {
    let mut annotations = Model::map([("prometheus.io/scrape", Model::str("true"))]);
    for at in 0..u.below(3)? {
        annotations.push(&format!("note{at}"), Model::str(noise::text(u)?));
    }
    Ok(annotations)
}

/// The text of a proxy configuration, in a style of its own.
fn proxy_config(u: &mut Unstructured<'_>) -> Result<String> {
    let mut config = Model::Map(Vec::new());
    if u.one_in(2)? {
        config.push("concurrency", Model::Int(2));
    }
    if u.one_in(2)? {
        config.push("terminationDrainDuration", Model::str(u.pick(&["5s", "90s", "1m30s", "45s"])?));
    }
    if u.one_in(3)? {
        config.push("drainDuration", Model::str("50s"));
    }
    if u.one_in(3)? {
        let mut metadata = Model::map([("ISTIO_META_DNS_CAPTURE", Model::str("true"))]);
        if u.one_in(2)? {
            metadata.push("EXIT_ON_ZERO_ACTIVE_CONNECTIONS", Model::str("true"));
        }
        config.push("proxyMetadata", metadata);
    }
    if u.one_in(4)? {
        config.push("tracing", Model::map([("any", noise::noise(u, 2)?)]));
    }
    if config == Model::Map(Vec::new()) {
        return Ok(u.pick(&["", "{}", "# nothing", "# nothing\n", "{}\n"])?.to_owned());
    }
    let features = Features { comments: u.one_in(2)?, hazards: false, odd: false };
    let mut printer = Printer::new(u, features, 900)?;
    match printer.u.below(4)? {
        0 => {
            let style = FlowStyle::json(printer.u)?;
            printer.flow(&config, style, 0, 0)?;
        }
        1 => {
            let style = FlowStyle::draw(printer.u, features)?;
            printer.flow(&config, style, 0, 0)?;
        }
        _ => printer.root(&config, 0)?,
    }
    let text = printer.out;
    Ok(if u.one_in(3)? { text.trim_end().to_owned() } else { text })
}

fn pod_spec(u: &mut Unstructured<'_>) -> Result<Model> {
    let mut containers = Vec::new();
    for at in 0..=u.below(2)? {
        containers.push(container(u, &format!("app{at}"))?);
    }
    if u.one_in(4)? {
        let at = u.below(containers.len() + 1)?;
        containers.insert(at, proxy(u)?);
    }
    let mut spec = Model::map([("containers", Model::Seq(containers))]);
    match u.below(8)? {
        0 => spec.push("terminationGracePeriodSeconds", Model::Octal(30)),
        1 => spec.push("terminationGracePeriodSeconds", Model::Null),
        2 | 3 => spec.push("terminationGracePeriodSeconds", Model::Int(u.pick(&[0, 5, 30, 47, 120])?)),
        _ => {}
    }
    if u.one_in(5)? {
        let init = container(u, "init")?;
        spec.push("initContainers", Model::Seq(vec![init]));
    }
    if u.one_in(12)? {
        spec.push("hostNetwork", Model::Bool(u.one_in(2)?));
    }
    if u.one_in(10)? {
        spec.push("shareProcessNamespace", Model::Bool(true));
    }
    if u.one_in(5)? {
        spec.push("volumes", noise::noise(u, 2)?);
    }
    shuffled(u, spec)
}

fn container(u: &mut Unstructured<'_>, name: &str) -> Result<Model> {
    let mut container = Model::map([("name", Model::str(name)), ("image", Model::str("registry.example/app:1.2"))]);
    if u.one_in(4)? {
        container.push("args", Model::Seq(vec![Model::str(noise::text(u)?), Model::str("-v")]));
    }
    if u.one_in(4)? {
        let env = Model::map([("name", Model::str("MODE")), ("value", Model::str(noise::text(u)?))]);
        container.push("env", Model::Seq(vec![env.clone(), env]));
    }
    if u.one_in(4)? {
        container.push("resources", Model::map([("limits", Model::map([("memory", Model::str("64Mi"))]))]));
    }
    if u.one_in(3)? {
        container.push("lifecycle", lifecycle(u)?);
    }
    shuffled(u, container)
}

fn lifecycle(u: &mut Unstructured<'_>) -> Result<Model> {
    let exec = |words: &[&str]| Model::map([("exec", Model::map([("command", Model::words(words))]))]);
    let hook = match u.below(9)? {
        0 => exec(&["sleep", "40"]),
        1 => exec(&["/bin/sh", "-c", "sleep 10; nginx -s quit"]),
        2 => exec(&["/stop.sh"]),
        3 => Model::map([("sleep", Model::map([("seconds", Model::Int(20))]))]),
        4 => Model::map([("httpGet", Model::map([("path", Model::str("/quit")), ("port", Model::str("http"))]))]),
        5 => exec(&["pilot-agent", "request", "POST", "drain_listeners?inboundonly&graceful&skip_exit"]),
        6 => exec(&["kill", "-SIGTERM", "1"]),
        7 => return Ok(if u.one_in(2)? { Model::Null } else { Model::Map(Vec::new()) }),
        _ => Model::Null,
    };
    let mut lifecycle = Model::map([("preStop", hook)]);
    if u.one_in(4)? {
        lifecycle.push("postStart", exec(&["/start.sh"]));
    }
    shuffled(u, lifecycle)
}

/// An override of the sidecar.
fn proxy(u: &mut Unstructured<'_>) -> Result<Model> {
    let mut proxy = Model::map([("name", Model::str("istio-proxy")), ("image", Model::str("auto"))]);
    if u.one_in(2)? {
        proxy.push("imagePullPolicy", Model::str("IfNotPresent"));
    }
    if u.one_in(3)? {
        proxy.push("resources", Model::map([("limits", Model::map([("cpu", Model::Int(1))]))]));
    }
    if !u.one_in(3)? {
        proxy.push("lifecycle", lifecycle(u)?);
    }
    shuffled(u, proxy)
}
