//! One setting of the proxy, in the layers that it can be set in.

use super::{Setting, SettingOrigin};

/// A setting of the proxy: what the pod's own `proxy.istio.io/config` says, which this tool can write, and what stands
/// over and under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layered<T> {
    /// What wins over the annotation: the `env` of the override, or a ProxyConfig resource that selects the pod.
    pub over: Option<Setting<T>>,
    /// What the annotation says.
    pub own: Option<T>,
    /// What holds where the annotation says nothing: ProxyConfig resources, the mesh. Istio's default is not among
    /// them.
    pub under: Option<Setting<T>>,
}

/// The annotation that the settings of a pod's proxy stand in.
const ANNOTATION: SettingOrigin = SettingOrigin::Annotation("proxy.istio.io/config");

impl<T> Default for Layered<T> {
    fn default() -> Self {
        Self { over: None, own: None, under: None }
    }
}

#[cfg(test)]
impl<T> Layered<T> {
    /// A setting that only the annotation makes.
    pub(crate) const fn own(own: Option<T>) -> Self {
        Self { over: None, own, under: None }
    }
}

impl<T: Clone> Layered<T> {
    /// The value that holds; `None` where only Istio's default does.
    pub(crate) fn in_force(&self) -> Option<&T> {
        let over = self.over.as_ref().map(|setting| &setting.value);
        over.or(self.own.as_ref()).or(self.under.as_ref().map(|setting| &setting.value))
    }

    /// Who set the value that holds.
    pub(crate) fn origin(&self) -> SettingOrigin {
        match self {
            Self { over: Some(setting), .. } => setting.origin.clone(),
            Self { own: Some(_), .. } => ANNOTATION,
            Self { under: Some(setting), .. } => setting.origin.clone(),
            _ => SettingOrigin::BuiltIn,
        }
    }

    /// The value that has to be written into the annotation so that `wanted` holds; `None` where it does already, and
    /// where something stands over the annotation.
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
