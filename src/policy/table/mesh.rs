//! What the mesh does, where the input can't show it.

use crate::istio::{AutoInject, Origin, Setting};
use crate::policy::error::PolicyError;

use super::{Field, Read, Shape, put};

/// The fields of this section.
pub(super) const FIELDS: &[Field] = &[
    Field {
        name: "target.istio",
        doc: "the release of Istio that the manifests are for",
        shape: Shape::Release,
        default: None,
        example: "1.24",
        read: Read::Workload(|fields, given| put(&mut fields.istio, given.release())),
    },
    Field {
        name: "target.kubernetes",
        doc: "the release of Kubernetes that the manifests are for",
        shape: Shape::Release,
        default: None,
        example: "1.30",
        read: Read::Workload(|fields, given| put(&mut fields.kubernetes, given.release())),
    },
    Field {
        name: "mesh.terminationDrainDuration",
        doc: "`defaultConfig.terminationDrainDuration` of the mesh",
        shape: Shape::Duration,
        default: Some("5s"),
        example: "60s",
        read: Read::Workload(|fields, given| put(&mut fields.mesh.drain, declared(given.duration()))),
    },
    Field {
        name: "mesh.drainDuration",
        doc: "`defaultConfig.drainDuration` of the mesh",
        shape: Shape::Duration,
        default: Some("45s"),
        example: "60s",
        read: Read::Workload(|fields, given| put(&mut fields.mesh.drain_duration, declared(given.duration()))),
    },
    Field {
        name: "mesh.parentShutdownDuration",
        doc: "`defaultConfig.parentShutdownDuration` of the mesh, which Istio has up to 1.16",
        shape: Shape::Duration,
        default: Some("60s"),
        example: "90s",
        read: Read::Workload(|fields, given| put(&mut fields.mesh.parent_shutdown, declared(given.duration()))),
    },
    Field {
        name: "mesh.proxyMetadata",
        doc: "`defaultConfig.proxyMetadata` of the mesh; sources and rules add to each other, name by name",
        shape: Shape::TextMap,
        default: None,
        example: "{EXIT_ON_ZERO_ACTIVE_CONNECTIONS: \"true\"}",
        read: Read::Workload(|fields, given| {
            let map = given.text_map()?.into_iter();
            fields.mesh.proxy_metadata.extend(map.map(|(name, value)| (name, Setting::new(value, Origin::Declared))));
            Ok(())
        }),
    },
    Field {
        name: "mesh.proxyAdminPort",
        doc: "`defaultConfig.proxyAdminPort` of the mesh",
        shape: Shape::Port,
        default: Some("15000"),
        example: "15100",
        read: Read::Workload(|fields, given| put(&mut fields.mesh.proxy_admin_port, declared(given.port()))),
    },
    Field {
        name: "mesh.imageType",
        doc: "`defaultConfig.image.imageType` of the mesh, or `variant` of the charts",
        shape: Shape::Name,
        default: None,
        example: "distroless",
        read: Read::Workload(|fields, given| put(&mut fields.mesh.image_type, declared(given.name()))),
    },
    Field {
        name: "mesh.holdApplicationUntilProxyStarts",
        doc: "`defaultConfig.holdApplicationUntilProxyStarts` of the mesh",
        shape: Shape::Bool,
        default: Some("false"),
        example: "true",
        read: Read::Workload(|fields, given| put(&mut fields.mesh.hold_application, declared(given.bool()))),
    },
    Field {
        name: "mesh.lifecycle",
        doc: "`global.proxy.lifecycle` of the charts, which every sidecar gets; only its preStop hook matters",
        shape: Shape::Lifecycle,
        default: None,
        example: "{preStop: {exec: {command: [sleep, \"10\"]}}}",
        read: Read::Workload(|fields, given| {
            fields.mesh.pre_stop = given.lifecycle()?.map(|hook| Setting::new(hook, Origin::Declared));
            Ok(())
        }),
    },
    Field {
        name: "mesh.nativeSidecars",
        doc: "`ENABLE_NATIVE_SIDECARS` of istiod",
        shape: Shape::NativeSidecars,
        default: None,
        example: "auto",
        read: Read::Workload(|fields, given| put(&mut fields.mesh.native_sidecars, declared(given.native_sidecars()))),
    },
    Field {
        name: "mesh.rewriteAppHTTPProbe",
        doc: "`sidecarInjectorWebhook.rewriteAppHTTPProbe` of the charts: probes and hooks of apps go through port 15020",
        shape: Shape::Bool,
        default: Some("true"),
        example: "false",
        read: Read::Workload(|fields, given| put(&mut fields.mesh.rewrite_app_http, declared(given.bool()))),
    },
    Field {
        name: "mesh.autoInject",
        doc: "`global.proxy.autoInject` of the charts: pods are injected unless they object",
        shape: Shape::Word(&["enabled", "disabled"]),
        default: Some("enabled"),
        example: "disabled",
        read: Read::Workload(|fields, given| {
            put(
                &mut fields.mesh.auto_inject,
                declared(given.word([("enabled", AutoInject::Enabled), ("disabled", AutoInject::Disabled)])),
            )
        }),
    },
    Field {
        name: "mesh.enableNamespacesByDefault",
        doc: "`sidecarInjectorWebhook.enableNamespacesByDefault` of the charts",
        shape: Shape::Bool,
        default: Some("false"),
        example: "true",
        read: Read::Workload(|fields, given| {
            put(&mut fields.mesh.enable_namespaces_by_default, declared(given.bool()))
        }),
    },
    Field {
        name: "mesh.defaultTemplates",
        doc: "`sidecarInjectorWebhook.defaultTemplates` of the charts",
        shape: Shape::Names,
        default: Some("[sidecar]"),
        example: "[sidecar, custom]",
        read: Read::Workload(|fields, given| put(&mut fields.mesh.default_templates, declared(given.names()))),
    },
    Field {
        name: "mesh.neverInjectSelector",
        doc: "`sidecarInjectorWebhook.neverInjectSelector` of the charts: pods that one of these matches are not injected",
        shape: Shape::Selectors,
        default: None,
        example: "[{matchLabels: {app: batch}}]",
        read: Read::Run(|fields, given| put(&mut fields.never_inject, given.selectors())),
    },
    Field {
        name: "mesh.alwaysInjectSelector",
        doc: "`sidecarInjectorWebhook.alwaysInjectSelector` of the charts: pods that one of these matches are injected",
        shape: Shape::Selectors,
        default: None,
        example: "[{matchLabels: {app: web}}]",
        read: Read::Run(|fields, given| put(&mut fields.always_inject, given.selectors())),
    },
    Field {
        name: "mesh.rootNamespace",
        doc: "the namespace whose objects hold for the whole mesh",
        shape: Shape::Name,
        default: Some("istio-system"),
        example: "istio-config",
        read: Read::Workload(|fields, given| put(&mut fields.mesh.root_namespace, declared(given.name()))),
    },
];

/// A value that the policy itself declares.
fn declared<T>(value: Result<T, PolicyError>) -> Result<Setting<T>, PolicyError> {
    value.map(|value| Setting::new(value, Origin::Declared))
}
