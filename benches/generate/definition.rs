//! CustomResourceDefinitions with schemas as controller-gen writes them.

use super::{NAMES, Page, Random};

/// How many bytes one is to have, on average.
const BYTES: usize = 60_000;

/// Writes one, and returns the name of its template.
pub(super) fn write(page: &mut Page, random: &mut Random, number: usize) -> &'static str {
    let name = format!("{}{number}", random.pick(&NAMES));
    page.block(0, "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:");
    page.block(2, "annotations:\n  controller-gen.kubebuilder.io/version: v0.17.2");
    page.line(2, format_args!("name: {name}s.example.com"));
    page.block(0, "spec:\n  group: example.com\n  names:");
    page.line(4, format_args!("kind: {}", name.to_uppercase()));
    page.block(4, &format!("listKind: {name}List\nplural: {name}s\nshortNames:\n- {number}\nsingular: {name}"));
    page.block(
        2,
        "scope: Namespaced\nversions:\n- additionalPrinterColumns:\n  - jsonPath: .status.phase\n    name: \
                   Phase\n    type: string",
    );
    page.block(4, "name: v1\nschema:\n  openAPIV3Schema:");
    description(page, random, 8);
    page.line(8, "properties:");
    page.block(10, "apiVersion:\n  type: string\nkind:\n  type: string\nmetadata:\n  type: object\nspec:");
    let end = page.0.len() + random.between(BYTES / 2, BYTES * 3 / 2);
    object(page, random, 12, end, 0);
    page.block(8, "required:\n- spec\ntype: object");
    page.block(4, "served: true\nstorage: true\nsubresources:\n  status: {}");
    "crd"
}

/// The schema of an object, whose properties go on until the page is `end` bytes long.
fn object(page: &mut Page, random: &mut Random, indent: usize, end: usize, depth: usize) {
    description(page, random, indent);
    page.line(indent, "properties:");
    let limit = if depth == 0 { usize::MAX } else { random.between(2, 9) };
    for at in 0..limit {
        if page.0.len() > end {
            break;
        }
        property(page, random, indent + 2, end, depth, at);
    }
    page.line(indent, "type: object");
}

fn property(page: &mut Page, random: &mut Random, indent: usize, end: usize, depth: usize, at: usize) {
    let words = random.words(2).replace(' ', "-");
    page.line(indent, format_args!("{words}{at}:"));
    let inner = indent + 2;
    match random.below(if depth < 6 { 8 } else { 6 }) {
        0 => {
            description(page, random, inner);
            page.block(inner, "enum:\n- Always\n- Never\n- IfNotPresent\n- \"\"\ntype: string");
        }
        1 => {
            description(page, random, inner);
            page.block(inner, "format: int32\nmaximum: 65535\nminimum: 1\ntype: integer");
        }
        2 => {
            page.block(inner, "anyOf:\n- type: integer\n- type: string");
            description(page, random, inner);
            page.block(
                inner,
                "pattern: ^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))$\nx-kubernetes-int-or-string: true",
            );
        }
        3 => {
            page.line(inner, "default: false");
            description(page, random, inner);
            page.line(inner, "type: boolean");
        }
        4 => {
            description(page, random, inner);
            page.block(inner, "items:\n  type: string\ntype: array\nx-kubernetes-list-type: atomic");
        }
        5 => {
            page.line(inner, "additionalProperties:");
            page.line(inner + 2, "type: string");
            description(page, random, inner);
            page.line(inner, "type: object");
        }
        6 => {
            description(page, random, inner);
            page.line(inner, "items:");
            object(page, random, inner + 2, end, depth + 1);
            page.line(inner, "type: array");
        }
        _ => object(page, random, inner, end, depth + 1),
    }
}

/// A description: one line, or more of them in a block.
fn description(page: &mut Page, random: &mut Random, indent: usize) {
    match random.below(4) {
        0 => {
            let words = random.between(3, 9);
            page.line(indent, format_args!("description: {}", random.words(words)));
        }
        1 => {
            let words = random.between(3, 9);
            page.line(indent, format_args!("description: '{}: {}'", random.words(1), random.words(words)));
        }
        2 => {
            page.line(indent, format_args!("description: {}", random.words(9)));
            page.line(indent + 2, random.words(7));
        }
        _ => {
            page.line(indent, "description: |-");
            for _ in 0..random.between(2, 6) {
                let words = random.between(6, 12);
                page.line(indent + 2, format_args!("{}.", random.words(words)));
            }
        }
    }
}
