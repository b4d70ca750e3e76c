//! What guests' statements may do. What is not named here is refused: files of the host, and how the engine works.

use super::control::Control;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use std::sync::atomic::Ordering::Relaxed;

/// They tell of the database, or change what belongs to it.
const PRAGMAS: &[&str] = &[
    "analysis_limit",
    "application_id",
    "collation_list",
    "compile_options",
    "data_version",
    "foreign_key_check",
    "foreign_key_list",
    "freelist_count",
    "function_list",
    "incremental_vacuum",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "module_list",
    "optimize",
    "page_count",
    "pragma_list",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
    "user_version",
];
/// They tell how the connection or the file is, and are refused where they would change it.
const TOLD: &[&str] = &["auto_vacuum", "encoding", "max_page_count", "page_size", "schema_version"];
/// They change how this connection works, for as long as its guest has it.
const OWN: &[&str] = &[
    "automatic_index",
    "case_sensitive_like",
    "count_changes",
    "defer_foreign_keys",
    "foreign_keys",
    "full_column_names",
    "ignore_check_constraints",
    "query_only",
    "read_uncommitted",
    "recursive_triggers",
    "reverse_unordered_selects",
    "short_column_names",
];
/// Apps tune the engine with them; here the host does, and they do nothing.
const TUNING: &[&str] = &[
    "busy_timeout",
    "cache_size",
    "cache_spill",
    "journal_size_limit",
    "mmap_size",
    "synchronous",
    "temp_store",
    "threads",
    "wal_autocheckpoint",
];
/// Virtual tables that keep all they have in the database.
const MODULES: &[&str] = &["fts3", "fts4", "fts4aux", "fts5", "fts5vocab", "rtree", "rtree_i32"];

/// The answer to what a statement is about to do, while it is prepared.
pub(super) fn authorize(control: &Control, allow_attach: bool, asked: AuthContext<'_>) -> Authorization {
    match asked.action {
        AuthAction::Pragma { pragma_name, pragma_value } => pragma(control, pragma_name, pragma_value),
        AuthAction::Attach { filename } => attach(control, allow_attach, filename),
        AuthAction::Detach { .. } if allow_attach || control.stepping.load(Relaxed) => Authorization::Allow,
        AuthAction::Detach { .. } => refused(control, "a database cannot be detached"),
        AuthAction::CreateVtable { module_name, .. } if !is_one_of(MODULES, module_name) => {
            refused(control, format!("virtual tables of `{module_name}` are not among {}", MODULES.join(", ")))
        }
        AuthAction::Function { function_name } if is_one_of(&["fts3_tokenizer", "load_extension"], function_name) => {
            refused(control, format!("the function `{function_name}` loads code"))
        }
        AuthAction::Unknown { code, .. } => refused(control, format!("what it does (code {code}) is not known here")),
        AuthAction::CreateTempIndex { .. }
        | AuthAction::CreateTempTable { .. }
        | AuthAction::CreateTempTrigger { .. }
        | AuthAction::CreateTempView { .. } => {
            control.soil();
            Authorization::Allow
        }
        _ if asked.database_name == Some("temp") => {
            control.soil();
            Authorization::Allow
        }
        _ => Authorization::Allow,
    }
}

fn pragma(control: &Control, name: &str, value: Option<&str>) -> Authorization {
    let name = name.to_ascii_lowercase();
    let is_wal = value.is_none_or(|value| value.trim_matches(['\'', '"']).eq_ignore_ascii_case("wal"));
    if PRAGMAS.contains(&&*name) || (value.is_none() && (TOLD.contains(&&*name) || OWN.contains(&&*name))) {
        return Authorization::Allow;
    }
    if OWN.contains(&&*name) {
        control.soil();
        return Authorization::Allow;
    }
    if TUNING.contains(&&*name) {
        return Authorization::Ignore;
    }
    // It is in that mode already.
    if name == "journal_mode" && is_wal {
        return Authorization::Allow;
    }
    refused(
        control,
        format!("`PRAGMA {name}` is not one that a guest may use{}", if value.is_some() { " with a value" } else { "" }),
    )
}

/// VACUUM attaches a file without a name, of its own.
fn attach(control: &Control, allowed: bool, filename: &str) -> Authorization {
    if filename.is_empty() && control.stepping.load(Relaxed) {
        return Authorization::Allow;
    }
    if !allowed {
        let hint = "`allow_attach_file = true` of the database in the runtime config would allow it";
        return refused(control, format!("a file cannot be attached: {hint}"));
    }
    control.soil();
    Authorization::Allow
}

fn refused(control: &Control, why: impl Into<String>) -> Authorization {
    control.refuse(why);
    Authorization::Deny
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}
