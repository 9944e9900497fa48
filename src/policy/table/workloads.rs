//! Which workloads are edited.

use crate::shutdown::UnknownInjection;

use super::{Field, Read, Shape, put};

/// The fields of this section.
pub(super) const FIELDS: &[Field] = &[
    Field {
        name: "kinds",
        doc: "the kinds of workloads to edit; others than Kubernetes' own with their group, `Rollout.argoproj.io`, and those that are not known as `{group: ray.io, kind: RayCluster, template: \"spec.workerGroupSpecs[*].template\"}`",
        shape: Shape::Kinds,
        default: Some("[Deployment, StatefulSet]"),
        example: "[Deployment, DaemonSet]",
        read: Read::Run(|fields, given| put(&mut fields.kinds, given.kinds())),
    },
    Field {
        name: "workloads",
        doc: "rules for some workloads: the first one counts whose `kind`, `name`, `namespace` and `selector` match; it sets fields, or says `skip: true`",
        shape: Shape::Rules,
        default: Some("[]"),
        example: "[{kind: StatefulSet, name: db-*, skip: true}, {selector: tier=web, drain: 60s}]",
        read: Read::Run(|fields, given| put(&mut fields.rules, given.rules())),
    },
    Field {
        name: "unknownInjection",
        doc: "what becomes of a pod where it can't be seen whether it is injected: all of the recipe, what is harmless without a sidecar, nothing, or an error",
        shape: Shape::Word(&["apply", "safe", "skip", "fail"]),
        default: Some("apply"),
        example: "safe",
        read: Read::Workload(|fields, given| {
            put(
                &mut fields.unknown_injection,
                given.word([
                    ("apply", UnknownInjection::Apply),
                    ("safe", UnknownInjection::Safe),
                    ("skip", UnknownInjection::Skip),
                    ("fail", UnknownInjection::Fail),
                ]),
            )
        }),
    },
    Field {
        name: "namespaces",
        doc: "the labels of namespaces that are not in the input, which decide on injection",
        shape: Shape::Namespaces,
        default: None,
        example: "{prod: {istio-injection: enabled}}",
        read: Read::Run(|fields, given| put(&mut fields.namespaces, given.namespaces())),
    },
    Field {
        name: "defaultNamespace",
        doc: "the namespace of objects that name none",
        shape: Shape::Name,
        default: None,
        example: "prod",
        read: Read::Run(|fields, given| put(&mut fields.default_namespace, given.name())),
    },
];
