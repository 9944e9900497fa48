//! What the tool writes, and how long everything takes.

use crate::policy::set::Refused;
use crate::shutdown::{ProxyImage, Sidecar};

use super::{Field, Read, Shape, put};

/// The fields of this section.
pub(super) const FIELDS: &[Field] = &[
    Field {
        name: "preStop",
        doc: "the preStop hook that istio-proxy gets",
        shape: Shape::PreStop,
        default: Some("drain"),
        example: "sleep",
        read: Read::Workload(|fields, given| put(&mut fields.pre_stop, given.pre_stop())),
    },
    Field {
        name: "drain",
        doc: "how long the proxy must stay at least: the longest request plus the delay until the endpoints are gone",
        shape: Shape::Duration,
        default: None,
        example: "40s",
        read: Read::Workload(|fields, given| put(&mut fields.drain, given.seconds())),
    },
    Field {
        name: "longestRequest",
        doc: "how long a request may take: apps without a preStop hook sleep for 5s and that long, and the proxy stays for it",
        shape: Shape::Duration,
        default: None,
        example: "40s",
        read: Read::Workload(|fields, given| put(&mut fields.longest_request, given.seconds())),
    },
    Field {
        name: "cover",
        doc: "how long the proxy stays after the apps' last hook for what they may use of the grace period, 30s by default; `0s` leaves that out",
        shape: Shape::Duration,
        default: None,
        example: "60s",
        read: Read::Workload(|fields, given| put(&mut fields.cover, given.seconds())),
    },
    Field {
        name: "appShutdown",
        doc: "what an app may take from SIGTERM to its end",
        shape: Shape::Duration,
        default: Some("5s"),
        example: "10s",
        read: Read::Workload(|fields, given| put(&mut fields.app_shutdown, given.seconds())),
    },
    Field {
        name: "margin",
        doc: "what the agent needs after the drain to go in order, before the grace period is over",
        shape: Shape::Duration,
        default: Some("2s"),
        example: "5s",
        read: Read::Workload(|fields, given| put(&mut fields.margin, given.seconds())),
    },
    Field {
        name: "preStopEstimate",
        doc: "stands for the length of an app's preStop hook that can't be read off the manifest",
        shape: Shape::Duration,
        default: None,
        example: "15s",
        read: Read::Workload(|fields, given| put(&mut fields.pre_stop_estimate, given.seconds())),
    },
    Field {
        name: "exact",
        doc: "lower what is there, too, to exactly the computed numbers",
        shape: Shape::Bool,
        default: Some("false"),
        example: "true",
        read: Read::Workload(|fields, given| put(&mut fields.exact, given.bool())),
    },
    Field {
        name: "replaceHooks",
        doc: "replace preStop hooks on istio-proxy that this tool did not write",
        shape: Shape::Bool,
        default: Some("false"),
        example: "true",
        read: Read::Workload(|fields, given| put(&mut fields.replace_hooks, given.bool())),
    },
    Field {
        name: "exitOnIdle",
        doc: "let the proxy go as soon as it has no connections left",
        shape: Shape::Bool,
        default: Some("false"),
        example: "true",
        read: Read::Workload(|fields, given| put(&mut fields.exit_on_idle, given.bool())),
    },
    Field {
        name: "appPreStop",
        doc: "give app containers without a preStop hook a sleep of that length, until the endpoints are gone; where nothing is stated, those that get traffic sleep for 5s; `0s` turns that off",
        shape: Shape::Duration,
        default: None,
        example: "10s",
        read: Read::Workload(|fields, given| put(&mut fields.app_pre_stop, given.seconds())),
    },
    Field {
        name: "gateways",
        doc: "edit gateways, too: annotation and grace period, where `drain` says for how long",
        shape: Shape::Bool,
        default: Some("false"),
        example: "true",
        read: Read::Workload(|fields, given| put(&mut fields.gateways, given.bool())),
    },
    Field {
        name: "resources",
        doc: "the resources of an istio-proxy override that is written",
        shape: Shape::Resources,
        default: None,
        example: "{requests: {cpu: 100m, memory: 128Mi}}",
        read: Read::Workload(|fields, given| put(&mut fields.resources, given.resources())),
    },
    Field {
        name: "sidecar",
        doc: "which kind of sidecar the mesh injects; `auto` works it out of annotations, `target` and `mesh`",
        shape: Shape::Word(&["auto", "classic", "native"]),
        default: Some("auto"),
        example: "native",
        read: Read::Workload(|fields, given| {
            put(
                &mut fields.sidecar,
                given.word([("auto", Sidecar::Auto), ("classic", Sidecar::Classic), ("native", Sidecar::Native)]),
            )
        }),
    },
    Field {
        name: "pinSidecar",
        doc: "write the kind of sidecar into the pod's annotations, so that the mesh can't change it",
        shape: Shape::Bool,
        default: Some("false"),
        example: "true",
        read: Read::Workload(|fields, given| put(&mut fields.pin_sidecar, given.bool())),
    },
    Field {
        name: "proxyImage",
        doc: "what is in the image of the proxy: everything, or no `kill`, no `sleep` and no shell",
        shape: Shape::Word(&["default", "distroless"]),
        default: None,
        example: "distroless",
        read: Read::Workload(|fields, given| {
            put(
                &mut fields.proxy_image,
                given.word([("default", ProxyImage::Default), ("distroless", ProxyImage::Distroless)]),
            )
        }),
    },
    Field {
        name: "remove",
        doc: "take out all that this tool writes",
        shape: Shape::Bool,
        default: Some("false"),
        example: "true",
        read: Read::Workload(|fields, given| put(&mut fields.remove, given.bool())),
    },
    Field {
        name: "refused",
        doc: "what an object that can't be edited safely is: an error that stops the run, or a warning",
        shape: Shape::Word(&["error", "warn"]),
        default: Some("error"),
        example: "warn",
        read: Read::Workload(|fields, given| {
            put(&mut fields.refused, given.word([("error", Refused::Error), ("warn", Refused::Warn)]))
        }),
    },
    Field {
        name: "check",
        doc: "edit nothing: a workload that lacks its settings is an error",
        shape: Shape::Bool,
        default: Some("false"),
        example: "true",
        read: Read::Run(|fields, given| put(&mut fields.check, given.bool())),
    },
    Field {
        name: "emitNothing",
        doc: "write no objects back, as kustomize wants it of `validators:`",
        shape: Shape::Bool,
        default: Some("false"),
        example: "true",
        read: Read::Run(|fields, given| put(&mut fields.emit_nothing, given.bool())),
    },
];
