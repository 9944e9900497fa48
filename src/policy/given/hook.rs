//! Hooks of istio-proxy: the one to write, and the one that the mesh gives to every sidecar.

use serde_json::Value;

use crate::istio::{MeshHook, Setting};
use crate::kubernetes::Handler;
use crate::policy::error::{PolicyError, all, did_you_mean};
use crate::policy::shape::Shape;
use crate::shutdown::PreStop;

use super::{FieldValue, Given};

impl FieldValue for PreStop {
    const SHAPE: Shape = Shape::PreStop;

    fn read(given: &Given<'_>) -> Result<Self, PolicyError> {
        let Value::Object(map) = given.value else { return given.word(Self::NAMED, Self::SHAPE) };
        if let Some((key, value)) = map.iter().find(|(key, _)| *key != "exec") {
            // Istio merges its own exec handler into a hook with another handler, and the API server rejects a hook
            // with two.
            let message = "is unknown (`exec` is the only handler that istio-proxy can have)";
            return Err(given.inside(key, value).error(message));
        }
        match map.get("exec") {
            Some(command) => given.inside("exec", command).command().map(Self::Exec),
            None => Err(given.not(Self::SHAPE, "")),
        }
    }
}

/// The preStop hook of `global.proxy.lifecycle`; `None` if it has none.
impl FieldValue for Option<Setting<MeshHook>> {
    const SHAPE: Shape = Shape::Lifecycle;

    fn read(given: &Given<'_>) -> Result<Self, PolicyError> {
        let mut hook = None;
        for (key, value) in given.entries(Self::SHAPE)? {
            match key {
                "preStop" => hook = value.handler()?,
                "postStart" | "stopSignal" => {}
                _ => return Err(value.error(&format!("is unknown {}", did_you_mean(key, &["preStop", "postStart"])))),
            }
        }
        Ok(hook.map(|hook| given.setting(hook)))
    }
}

impl Given<'_> {
    /// A preStop hook in the form of the API. If it has several handlers, one other than exec counts: such pods are
    /// rejected anyway.
    fn handler(&self) -> Result<Option<MeshHook>, PolicyError> {
        if self.value.is_null() {
            return Ok(None);
        }
        let mut hook = None;
        for (name, handler) in self.entries("a handler such as `{exec: {command: [\"sleep\", \"5\"]}}`")? {
            match name {
                "exec" if hook.is_none() => {
                    let accepted = "a mapping with a `command`";
                    let command = handler.map(accepted)?.get("command").ok_or_else(|| handler.not(accepted, ""))?;
                    hook = Some(MeshHook::Exec(handler.inside("command", command).command()?));
                }
                other if Handler::NAMES.contains(&other) => hook = Some(MeshHook::Other(other.to_owned())),
                _ => return Err(handler.error(&format!("is unknown {}", did_you_mean(name, &Handler::NAMES)))),
            }
        }
        Ok(hook)
    }

    fn command(&self) -> Result<Vec<String>, PolicyError> {
        let accepted = "a list of a command and its arguments such as `[\"sleep\", \"5\"]`";
        all(self.list(accepted)?.into_iter().map(|word| match word.value {
            Value::String(text) if !text.is_empty() => Ok(text.clone()),
            Value::Number(_) | Value::Bool(_) => Err(word.not("text", "(put it in quotes)")),
            _ => Err(word.not("text that is not empty", "")),
        }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::check;
    use super::*;
    use crate::istio::SettingOrigin;

    #[test]
    fn hooks() {
        let check = |value: Value, expected: Result<PreStop, &str>| check(&value, expected);
        let accepted =
            "must be `drain`, `sigterm`, `sleep`, `wait`, `none`, or a command such as `{exec: [\"sleep\", \"5\"]}`";
        check(json!("drain"), Ok(PreStop::Drain));
        check(json!("sigterm"), Ok(PreStop::Sigterm));
        check(json!("sleep"), Ok(PreStop::Sleep));
        check(json!("wait"), Ok(PreStop::Wait));
        check(json!("none"), Ok(PreStop::None));
        check(json!({"exec": ["a", "b"]}), Ok(PreStop::Exec(vec!["a".to_owned(), "b".to_owned()])));
        check(json!("Drian"), Err(&format!("`f` {accepted}, not the text `Drian` (did you mean `drain`?)")));
        check(json!("kill -SIGTERM 1"), Err(&format!("`f` {accepted}, not the text `kill -SIGTERM 1`")));
        check(json!(40), Err(&format!("`f` {accepted}, not the number `40`")));
        check(json!({}), Err(&format!("`f` {accepted}, not an empty mapping")));
        let handler = "is unknown (`exec` is the only handler that istio-proxy can have)";
        check(json!({"sleep": {"seconds": 5}}), Err(&format!("`f.sleep` {handler}")));
        check(json!({"exec": ["a"], "httpGet": {}}), Err(&format!("`f.httpGet` {handler}")));
        let command = "must be a list of a command and its arguments such as `[\"sleep\", \"5\"]`";
        check(json!({"exec": {"command": ["a"]}}), Err(&format!("`f.exec` {command}, not a mapping")));
        check(json!({"exec": "sleep 5"}), Err(&format!("`f.exec` {command}, not the text `sleep 5`")));
        check(json!({"exec": []}), Err(&format!("`f.exec` {command}, not an empty list")));
        check(json!({"exec": null}), Err(&format!("`f.exec` {command}, not nothing")));
        check(json!({"exec": ["sleep", 5]}), Err("`f.exec[1]` must be text, not the number `5` (put it in quotes)"));
        check(json!({"exec": [""]}), Err("`f.exec[0]` must be text that is not empty, not an empty text"));
    }

    #[test]
    fn hooks_of_the_mesh() {
        let check = |value: Value, expected: Result<Option<MeshHook>, &str>| {
            check(&value, expected.map(|hook| hook.map(|hook| Setting::new(hook, SettingOrigin::Declared))));
        };
        let other = |name: &str| Ok(Some(MeshHook::Other(name.to_owned())));
        check(
            json!({"preStop": {"exec": {"command": ["sleep", "5"]}}}),
            Ok(Some(MeshHook::Exec(vec!["sleep".to_owned(), "5".to_owned()]))),
        );
        check(json!({"preStop": {"httpGet": {"port": 1}}}), other("httpGet"));
        check(json!({"preStop": {"exec": {"command": ["a"]}, "sleep": {"seconds": 1}}}), other("sleep"));
        check(json!({}), Ok(None));
        check(json!({"preStop": null, "postStart": {"exec": {}}}), Ok(None));
        check(json!({"prestop": {}}), Err("`f.prestop` is unknown (did you mean `preStop`?)"));
        check(json!({"preStop": {"httpget": {}}}), Err("`f.preStop.httpget` is unknown (did you mean `httpGet`?)"));
        check(
            json!({"preStop": {"exec": ["sleep"]}}),
            Err("`f.preStop.exec` must be a mapping with a `command`, not a list"),
        );
        check(
            json!([]),
            Err(
                "`f` must be a lifecycle such as `{preStop: {exec: {command: [\"sleep\", \"5\"]}}}`, not an empty list",
            ),
        );
    }
}
