//! What the guide shows of other libraries is what `benches/peers` compiles.

use std::{fs, path::Path};

#[test]
fn the_lines_of_other_libraries_are_those_that_are_compiled() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = root.join("crates/tower-b2c-auth/docs/coming-from.md");
    let page = fs::read_to_string(page).unwrap();
    let mut seen = 0;
    for section in page.split("\n# ").skip(1) {
        let Some((before, code)) = section.split_once("```rust,ignore\n") else {
            continue;
        };
        let peer = before.trim();
        let (code, _) = code.split_once("```").unwrap();
        let main = root.join(format!("benches/peers/peer/{peer}/src/main.rs"));
        let main = fs::read_to_string(main).unwrap();
        for line in code.lines() {
            let is_compiled = main.lines().any(|compiled| compiled.trim() == line.trim());
            assert!(is_compiled, "{peer}: {line}");
        }
        seen += 1;
    }
    assert_eq!(seen, 4);
}
