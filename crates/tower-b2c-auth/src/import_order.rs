//! Tests that this crate's modules import only from modules below them.
//!
//! Only `crate::…` paths are checked; the files of one module reach each other through `super` and `self`. A file's own tests may import what they like.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The modules from top to bottom. A module may import only from lower lines, so no imports form a circle.
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
    "urls",
    "calls",
    "clock  counter  http_url  version",
];

#[test]
fn imports_point_downwards() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for file in rust_files(&source) {
        let name = file.strip_prefix(&source).unwrap();
        let module = module_path(name);
        // `fleet` contains only tests.
        if matches!(module.as_str(), "lib" | "import_order" | "keys::fleet") {
            continue;
        }
        if line_of(top(&module)).is_none() {
            wrong.push(format!("{}: is in no line of ORDER", name.display()));
        }
        for import in imports(&fs::read_to_string(&file).unwrap()) {
            if let Err(reason) = judge(&module, &import) {
                wrong.push(format!("{}: crate::{import} {reason}", name.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
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
    let found = imports(text);
    assert_eq!(found, ["clock", "keys", "settings", "urls"]);

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

fn judge(importer: &str, imported: &str) -> Result<(), &'static str> {
    let (importer, imported) = (top(importer), top(imported));
    let (Some(from), Some(to)) = (line_of(importer), line_of(imported)) else {
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

/// The line of [`ORDER`] that contains this module.
fn line_of(module: &str) -> Option<usize> {
    let has = |line: &&str| line.split_whitespace().any(|name| name == module);
    ORDER.iter().position(has)
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

/// The module paths after `crate::`, without the names of the imported items.
fn imports(text: &str) -> Vec<String> {
    let code: String = text
        .split("mod tests {")
        .next()
        .unwrap_or_default()
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
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
