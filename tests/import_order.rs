//! Tests that the modules of each crate import only from modules below them.
//!
//! The files of one module may import from each other. A file's own tests may import what they like.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The modules of `tower-b2c-auth` from top to bottom. A module may import only from lower lines, so no imports form a circle.
const ORDER: &[&str] = &[
    "test_tokens",
    "apim  guide  test_util",
    "layer",
    "decision",
    "look_up",
    "claims",
    "issuer",
    "authority",
    "tenants",
    "config",
    "claim_headers  routes  token_source",
    "refusal",
    "keys  migration  requirement",
    "settings",
    "single_flight",
    "clock  counter  urls  version",
];

const VERIFY: &[&str] = &[
    "decryption  rules",
    "token",
    "claims  keys  metadata",
    "request  tenants",
    "json",
    "base64url  error  numeric_date",
];

const EMULATOR: &[&str] = &[
    "server",
    "control",
    "document  sign_in",
    "page",
    "request",
    "tenants",
    "faults  grants  keys",
    "response  seed",
    "tls",
    "clock  issuer  pem  random",
];

const CLI: &[&str] = &[
    "check",
    "completions  convert  emulator  gateway  health  man  migration_report  token",
    "header_notes",
    "configuration",
    "log  validate_jwt  warnings",
    "cli",
    "named_values  user_map",
    "all_errors  file  output  signals",
];

#[test]
fn imports_point_downwards() {
    let crates = [
        ("tower-b2c-auth", ORDER),
        ("b2c-verify", VERIFY),
        ("b2c-emulator", EMULATOR),
        ("b2c-auth-cli", CLI),
    ];
    let mut wrong = Vec::new();
    for (name, order) in crates {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../crates/{name}/src"));
        for file in rust_files(&source) {
            let module = module_path(file.strip_prefix(&source).unwrap());
            if matches!(module.as_str(), "lib" | "main") || only_tests(&module) {
                continue;
            }
            if line_of(order, top(&module)).is_none() {
                wrong.push(format!("{name}: {module} is in no line of its order"));
            }
            for import in imports(&fs::read_to_string(&file).unwrap(), &module) {
                if let Err(reason) = judge(order, &module, &import) {
                    wrong.push(format!("{name}: {module}: crate::{import} {reason}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn only_tests(module: &str) -> bool {
    module.split("::").any(|part| part == "tests")
}

#[test]
fn an_import_that_points_upwards_or_sideways_is_found() {
    let text = "
        //! Docs may link to [`layer`](crate::layer::B2cAuthLayer).
        use crate::{
            clock::Clock, // crate::builder::Commented
            keys::{Health, KeyConfig},
            settings::{self, Settings},
        };
        fn f() -> crate::urls::Url {}
        #[cfg(test)]
        mod tests { use crate::builder::B2cAuthBuilder; }
    ";
    let found = imports(text, "keys::times");
    assert_eq!(found, ["clock", "keys", "settings", "urls"]);

    // `super` leads out of a module, too.
    let text = "use super::super::layer::B2cAuthLayer; use super::times::KeyTimes;";
    assert_eq!(imports(text, "keys::times"), ["layer"]);
    assert_eq!(imports("use super::Claims;", "clock"), ["Claims"]);

    let judge = |importer, imported| judge(ORDER, importer, imported);
    assert!(judge("config::check", "settings").is_ok());
    assert!(judge("keys::budget", "keys").is_ok());
    assert!(judge("settings::token", "token_source").is_err());
    assert!(judge("keys::source", "migration").is_err());
    assert!(judge("requirement", "layer").is_err());
    assert!(judge("claims::verified_claims", "authority").is_ok());
    assert!(judge("config::check", "claims").is_err());
    assert!(judge("look_up", "tenants").is_ok());
    assert!(judge("layer", "Settings").is_err());
}

fn judge(order: &[&str], importer: &str, imported: &str) -> Result<(), &'static str> {
    let (importer, imported) = (top(importer), top(imported));
    let (Some(from), Some(to)) = (line_of(order, importer), line_of(order, imported)) else {
        return Err("is no module; import it from the module that owns it");
    };
    if from < to || importer == imported {
        Ok(())
    } else if from == to {
        Err("points sideways")
    } else {
        Err("points upwards")
    }
}

/// The line that contains this module.
fn line_of(order: &[&str], module: &str) -> Option<usize> {
    let has = |line: &&str| line.split_whitespace().any(|name| name == module);
    order.iter().position(has)
}

fn top(module: &str) -> &str {
    module.split_once("::").map_or(module, |(top, _)| top)
}

/// `keys/mod.rs` is `keys`, `keys/budget.rs` is `keys::budget`.
fn module_path(file: &Path) -> String {
    let path = file.with_extension("");
    let parts: Vec<_> = path.iter().filter_map(|part| part.to_str()).collect();
    parts.join("::").trim_end_matches("::mod").to_owned()
}

/// The module paths after `crate::`, or after as many `super::` as lead to it, without the names of the imported items.
fn imports(text: &str, module: &str) -> Vec<String> {
    let code: String = text
        .split("mod tests {")
        .next()
        .unwrap_or_default()
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    let up = "super::".repeat(module.split("::").count());
    let code = code.replace(&up, "crate::");
    let mut found = Vec::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(list) => found.extend(list_items(list).map(module_of)),
            None => found.push(module_of(after)),
        }
    }
    found
}

/// The items of a `{…}` list, given without its opening brace. Inner braces are kept together.
fn list_items(list: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let mut ended = false;
    list.split(move |character| {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => ended = true,
            '}' => depth -= 1,
            _ => {}
        }
        (character == ',' && depth == 0) || ended
    })
    .map(str::trim)
    .filter(|item| !item.is_empty())
}

/// `keys::store` for `keys::store::{A, B}`. A single name stays as it is, so that imports from the crate's root are detected.
fn module_of(path: &str) -> String {
    let is_name = |character: char| character.is_ascii_alphanumeric() || "_:".contains(character);
    let end = path.find(|character| !is_name(character));
    let path = path.get(..end.unwrap_or(path.len())).unwrap_or_default();
    let path = path.trim_end_matches("::");
    let modules: Vec<_> = path
        .split("::")
        .take_while(|name| name.starts_with(|first: char| first.is_ascii_lowercase()))
        .collect();
    if modules.is_empty() {
        path.to_owned()
    } else {
        modules.join("::")
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}
