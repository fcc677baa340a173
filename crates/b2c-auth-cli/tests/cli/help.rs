//! Help, as it looks in a terminal of 80 columns or without one.

use crate::support::command;

fn help(arguments: &[&str]) -> String {
    let output = command(arguments)
        .env_remove("COLUMNS")
        .output()
        .expect("the command runs");
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn no_line_of_any_help_is_longer_than_80_characters() {
    let top = help(&["--help"]);
    let commands: Vec<&str> = top
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        // The further lines of a description are indented more.
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(commands.contains(&"gateway"), "{commands:?}");
    assert!(commands.len() >= 9, "{commands:?}");
    let mut all = vec![("b2c-auth".to_owned(), top.clone())];
    for name in commands {
        for form in ["--help", "-h"] {
            all.push((format!("{name} {form}"), help(&[name, form])));
        }
    }
    for (name, text) in all {
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
    }
}
