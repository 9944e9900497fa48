//! One setting of the proxy, in the layers that it can be set in.

use super::{Setting, SettingOrigin};

/// A setting of the proxy in three layers: the pod's own `proxy.istio.io/config`, which this tool can write, one layer
/// above it, and one below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layered<T> {
    /// The value that wins over the annotation: the `env` of the override, or a ProxyConfig resource that selects the
    /// pod.
    pub over: Option<Setting<T>>,
    /// The value in the annotation.
    pub own: Option<T>,
    /// The value that counts if the annotation has none: from ProxyConfig resources or the mesh. It is never Istio's
    /// default.
    pub under: Option<Setting<T>>,
}

/// The annotation with the settings of a pod's proxy.
const ANNOTATION: SettingOrigin = SettingOrigin::Annotation("proxy.istio.io/config");

impl<T> Default for Layered<T> {
    fn default() -> Self {
        Self { over: None, own: None, under: None }
    }
}

#[cfg(test)]
impl<T> Layered<T> {
    /// A setting that only the annotation has.
    pub(crate) const fn own(own: Option<T>) -> Self {
        Self { over: None, own, under: None }
    }
}

impl<T: Clone> Layered<T> {
    /// The value in force; `None` if it is Istio's default.
    pub(crate) fn in_force(&self) -> Option<&T> {
        let over = self.over.as_ref().map(|setting| &setting.value);
        over.or(self.own.as_ref()).or(self.under.as_ref().map(|setting| &setting.value))
    }

    /// The origin of the value in force.
    pub(crate) fn origin(&self) -> SettingOrigin {
        match self {
            Self { over: Some(setting), .. } => setting.origin.clone(),
            Self { own: Some(_), .. } => ANNOTATION,
            Self { under: Some(setting), .. } => setting.origin.clone(),
            _ => SettingOrigin::BuiltIn,
        }
    }

    /// The value to write into the annotation so that `wanted` is in force; `None` if it is in force already, or if a
    /// layer above the annotation wins.
    pub(crate) fn to_write(&self, wanted: T) -> Option<T>
    where
        T: PartialEq,
    {
        (self.over.is_none() && self.in_force() != Some(&wanted)).then_some(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upper_layer_holds_and_only_the_annotation_is_written() {
        let setting = |value| Some(Setting::new(value, SettingOrigin::Environment));
        let mut layers = Layered { over: None, own: None, under: None };
        assert_eq!((layers.in_force(), layers.origin(), layers.to_write(1)), (None, SettingOrigin::BuiltIn, Some(1)));
        layers.under = Some(Setting::new(1, SettingOrigin::Declared));
        assert_eq!((layers.in_force(), layers.origin(), layers.to_write(1)), (Some(&1), SettingOrigin::Declared, None));
        layers.own = Some(2);
        assert_eq!((layers.in_force(), layers.origin(), layers.to_write(1)), (Some(&2), ANNOTATION, Some(1)));
        layers.over = setting(3);
        assert_eq!(
            (layers.in_force(), layers.origin(), layers.to_write(1)),
            (Some(&3), SettingOrigin::Environment, None)
        );
    }
}
