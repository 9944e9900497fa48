//! The rules: what can be wrong with a workload, one file each.
//!
//! A rule's file holds its static [`Rule`] with the page for people, and the functions that make its [`Finding`]s. Code
//! that finds something calls these functions with the values. `Rule::found` makes all findings, and only this room can
//! call it.
//!
//! A new rule needs its file, its two names in this file, and the code that finds it.

/// Declares the static `RULE` of a file: its page, id, severity, confidence and remedy.
macro_rules! rule {
    ($(#[doc = $line:literal])+ $id:literal, $severity:ident, $confidence:expr, $remedy:expr) => {
        $(#[doc = $line])+
        pub(crate) static RULE: $crate::rules::Rule = {
            use $crate::rules::{Confidence::*, Remedy::*, Rule, Severity};
            let (severity, confidence, remedy) = (Severity::$severity, $confidence, $remedy);
            Rule { id: $id, severity, confidence, remedy, page: &[$($line),+] }
        };
    };
}

/// Declares the table of all rules.
macro_rules! registry {
    ($($module:ident)+) => {
        /// All rules, in the order of their ids.
        pub static ALL: &[&Rule] = &[$(&$module::RULE),+];

        /// The file of each rule, without its extension.
        #[cfg(test)]
        const FILES: &[&str] = &[$(stringify!($module)),+];
    };
}

pub(crate) mod admin_port_out_of_reach;
pub(crate) mod ambiguous_line_break;
pub(crate) mod app_hook_ends_proxy;
pub(crate) mod app_sleep_kept;
pub(crate) mod bad_annotation;
pub(crate) mod bad_drain_duration;
pub(crate) mod bad_minimum_drain;
pub(crate) mod bad_proxy_config;
pub(crate) mod bad_proxy_quantity;
pub(crate) mod classic_proxy_keeps_job;
pub(crate) mod complex_key;
pub(crate) mod covered_by_mesh;
pub(crate) mod dead_drain_variable;
pub(crate) mod dies_on_purpose;
pub(crate) mod drain_beyond_apps;
pub(crate) mod drain_beyond_drain_duration;
pub(crate) mod drain_ignored_by_exit_on_idle;
pub(crate) mod drain_lengthens_downtime;
pub(crate) mod drain_without_effect;
pub(crate) mod drain_without_graceful;
pub(crate) mod duplicate_key;
pub(crate) mod edit_in_alias;
pub(crate) mod edit_in_merge;
pub(crate) mod ends_proxy_early;
pub(crate) mod exit_on_idle_on_native;
pub(crate) mod exit_on_idle_too_new;
mod finding;
pub(crate) mod foreign_hook_kept;
pub(crate) mod gateway_grace_by_hand;
pub(crate) mod gateway_without_drain;
pub(crate) mod grace_below_mesh_drain;
pub(crate) mod grace_beyond_cover;
pub(crate) mod grace_kept;
pub(crate) mod grace_over_node_limit;
pub(crate) mod hold_hook_hidden;
pub(crate) mod hook_awaits_apps;
pub(crate) mod hook_command_in_one_word;
pub(crate) mod hook_eats_grace;
pub(crate) mod hook_kills_native_proxy;
pub(crate) mod hook_needs_a_binary;
pub(crate) mod init_container_proxy;
pub(crate) mod injection_not_seen;
pub(crate) mod istio_too_old;
pub(crate) mod limit_range_hits_placeholder;
pub(crate) mod live_mesh_object;
pub(crate) mod managed_mesh_object;
pub(crate) mod mesh_contradiction;
pub(crate) mod mesh_drains_already;
pub(crate) mod mesh_hook_on_native;
pub(crate) mod mesh_hook_replaced;
pub(crate) mod mesh_not_drained;
pub(crate) mod mesh_parameter_wins;
pub(crate) mod mesh_wide_hook;
pub(crate) mod mesh_without_drain;
pub(crate) mod missing_template;
pub(crate) mod missing_workload_ref;
pub(crate) mod native_annotation_too_new;
pub(crate) mod native_annotation_value;
pub(crate) mod native_drain_hook_fails;
pub(crate) mod no_endpoint_delay;
pub(crate) mod not_brought_back;
pub(crate) mod not_drained;
pub(crate) mod overridden_setting;
pub(crate) mod override_without_injection;
pub(crate) mod overrides_annotation;
pub(crate) mod patch_undoes_base;
pub(crate) mod persistent_sessions;
pub(crate) mod pin_contradicts_container;
pub(crate) mod pin_without_mode;
pub(crate) mod port_15020_race;
pub(crate) mod pre_stop_command_ignored;
pub(crate) mod proxy_of_another_name;
pub(crate) mod revision_ignored;
pub(crate) mod revisions_differ;
pub(crate) mod rollout_pending;
mod rule;
pub(crate) mod setting_on_the_wrong_level;
pub(crate) mod shared_process_namespace;
pub(crate) mod shorter_than_mesh;
pub(crate) mod sleep_action_too_new;
pub(crate) mod sleep_without_length;
pub(crate) mod tcp_socket_hook;
pub(crate) mod template_in_mesh_hook;
pub(crate) mod template_is_fixed;
pub(crate) mod two_handlers;
pub(crate) mod two_proxies;
pub(crate) mod uneditable;
pub(crate) mod unknown_annotation;
pub(crate) mod unknown_hook_length;
pub(crate) mod unknown_proxy_config_field;
pub(crate) mod unknown_proxy_hook_length;
pub(crate) mod unknown_tag;
pub(crate) mod unmatched_rule;
pub(crate) mod unreadable_grace_period;
pub(crate) mod unreadable_mesh;
pub(crate) mod unused_suppression;
pub(crate) mod value_filled_later;
pub(crate) mod values_out_of_sight;
pub(crate) mod wait_not_possible;

pub use finding::Severity;
pub(crate) use finding::{Finding, HookOwner, Subject};
pub use rule::Rule;
pub(crate) use rule::{Confidence, Remedy, Sureness};

registry! {
    admin_port_out_of_reach ambiguous_line_break app_hook_ends_proxy app_sleep_kept bad_annotation
    bad_drain_duration bad_minimum_drain bad_proxy_config bad_proxy_quantity classic_proxy_keeps_job complex_key
    covered_by_mesh dead_drain_variable dies_on_purpose drain_beyond_apps drain_beyond_drain_duration
    drain_ignored_by_exit_on_idle drain_lengthens_downtime drain_without_effect drain_without_graceful duplicate_key
    edit_in_alias edit_in_merge ends_proxy_early exit_on_idle_on_native exit_on_idle_too_new foreign_hook_kept
    gateway_grace_by_hand gateway_without_drain grace_below_mesh_drain grace_beyond_cover grace_kept
    grace_over_node_limit hold_hook_hidden hook_awaits_apps hook_command_in_one_word hook_eats_grace
    hook_kills_native_proxy hook_needs_a_binary init_container_proxy injection_not_seen istio_too_old
    limit_range_hits_placeholder live_mesh_object managed_mesh_object mesh_contradiction mesh_drains_already
    mesh_hook_on_native mesh_hook_replaced mesh_not_drained mesh_parameter_wins mesh_wide_hook mesh_without_drain
    missing_template missing_workload_ref native_annotation_too_new native_annotation_value native_drain_hook_fails
    no_endpoint_delay not_brought_back not_drained overridden_setting override_without_injection overrides_annotation
    patch_undoes_base persistent_sessions pin_contradicts_container pin_without_mode port_15020_race
    pre_stop_command_ignored proxy_of_another_name revision_ignored revisions_differ rollout_pending
    setting_on_the_wrong_level shared_process_namespace shorter_than_mesh sleep_action_too_new sleep_without_length
    tcp_socket_hook template_in_mesh_hook template_is_fixed two_handlers two_proxies uneditable unknown_annotation
    unknown_hook_length unknown_proxy_config_field unknown_proxy_hook_length unknown_tag unmatched_rule
    unreadable_grace_period unreadable_mesh unused_suppression value_filled_later values_out_of_sight
    wait_not_possible
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    #[test]
    fn every_file_is_one_rule_of_the_table() {
        let files = fs::read_dir("src/rules").unwrap().map(|entry| entry.unwrap().path());
        let names: BTreeSet<_> = files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        let others = ["finding", "mod", "rule"];
        let rules: Vec<_> = names.iter().map(String::as_str).filter(|name| !others.contains(name)).collect();
        assert_eq!(FILES, rules);
        let ids: Vec<_> = ALL.iter().map(|rule| rule.id().replace('-', "_")).collect();
        assert_eq!(ids, FILES);
    }

    #[test]
    fn what_speaks_of_plans_is_there() {
        assert_eq!(ALL.iter().filter(|rule| rule.speaks_of_plan()).count(), 17);
    }

    #[test]
    fn ids_are_kebab_case() {
        let is_kebab_case = |id: &str| id.split('-').all(|word| !word.is_empty() && word.chars().all(is_plain));
        fn is_plain(c: char) -> bool {
            c.is_ascii_lowercase() || c.is_ascii_digit()
        }
        ALL.iter().for_each(|rule| assert!(is_kebab_case(rule.id()), "{}", rule.id()));
    }

    /// A page is a summary, and then a section under each heading.
    #[test]
    fn pages_have_their_form() {
        for rule in ALL {
            let (id, summary, page) = (rule.id(), rule.summary(), rule.page());
            assert!(summary.ends_with('.') && summary.len() < 120, "{id}: {summary}");
            assert!(!page.contains("\n\n\n"), "{id}: {page}");
            let headings: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("# ")).collect();
            assert_eq!(headings, Rule::HEADINGS, "{id}");
        }
    }

    #[test]
    fn a_page_is_markdown() {
        let page = &grace_kept::RULE.page();
        let start = "The grace period stays when everything else is removed.\n\n# What it does\n\nIt names";
        assert!(page.starts_with(start), "{page}");
    }
}
