//! Parameters of an Argo CD Application, which win over the values of the chart (argoproj/argo-cd `util/helm`: `--set`
//! and `--set-string` come after `--values`; the format of lists is that of helm `pkg/strvals`).

use crate::yaml::{NodeId, Resolved, Tree};

/// One of `helm.parameters`.
#[derive(Clone, Debug)]
pub(crate) struct HelmParameter {
    /// Its number in the list.
    pub index: usize,
    /// The way to the value that it sets, with dots.
    pub name: String,
    /// Its node.
    pub node: NodeId,
    /// Its value.
    pub value: String,
    /// `forceString: true`: Helm takes it as a string, whatever it looks like.
    pub is_forced: bool,
}

/// The parameters of a source of an Application, in their order.
pub(crate) fn helm_parameters(tree: &Tree<'_>, source: NodeId) -> Vec<HelmParameter> {
    let list = tree.get_path(source, &["helm", "parameters"]);
    let parameters = list.into_iter().flat_map(|list| tree.items(list)).enumerate().filter_map(|(index, node)| {
        let value = tree.get(node, "value").and_then(|value| tree.as_written(value)).unwrap_or_default().to_owned();
        let is_forced = tree.get(node, "forceString").and_then(|node| tree.scalar(node)) == Some(Resolved::Bool(true));
        Some(HelmParameter { index, name: tree.str_at(node, &["name"])?.to_owned(), node, value, is_forced })
    });
    parameters.collect()
}

/// The parameter that sets a value: the last one wins.
pub(crate) fn parameter_of<'p>(parameters: &'p [HelmParameter], name: &str) -> Option<&'p HelmParameter> {
    parameters.iter().rfind(|parameter| parameter.name == name)
}

/// The words that parameters make of a list: `{a,b}`, or one parameter for each item. `None` where they set none.
pub(crate) fn words_of(parameters: &[HelmParameter], name: &str) -> Option<Vec<String>> {
    if let Some(whole) = parameter_of(parameters, name) {
        return Some(words(&whole.value));
    }
    let item = |at: usize| parameter_of(parameters, &format!("{name}[{at}]")).map(|item| item.value.clone());
    let words: Vec<_> = (0..).map_while(item).collect();
    (!words.is_empty()).then_some(words)
}

fn words(list: &str) -> Vec<String> {
    let inner = list.strip_prefix('{').and_then(|list| list.strip_suffix('}')).unwrap_or(list);
    let (mut words, mut is_escaped) = (vec![String::new()], false);
    for c in inner.chars() {
        match (c, words.last_mut()) {
            ('\\', _) if !is_escaped => is_escaped = true,
            (',', _) if !is_escaped => words.push(String::new()),
            (c, Some(word)) => {
                word.push(c);
                is_escaped = false;
            }
            (_, None) => {}
        }
    }
    words
}

/// The value of a parameter that sets a list of words.
pub(crate) fn parameter_list(words: &[String]) -> String {
    let escaped = |word: &String| {
        let special = |c: char| matches!(c, ',' | '{' | '}' | '\\');
        word.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect::<String>()
    };
    format!("{{{}}}", words.iter().map(escaped).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_they_are_written() {
        for list in [["sh", "-c", "a, b; {c} \\d"].as_slice(), &["sleep", "30"], &["one"]] {
            let list: Vec<_> = list.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(words(&parameter_list(&list)), list);
        }
    }
}
