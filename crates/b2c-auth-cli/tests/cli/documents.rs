//! Completions and manual pages, for packages.

use std::fs;

use crate::support::{TempFile, command};

#[test]
fn each_shell_gets_completions_and_each_command_a_page() {
    for (shell, expected) in [
        ("bash", "--admin-listen"),
        ("zsh", "gateway"),
        ("fish", "gateway"),
    ] {
        let output = command(&["completions", shell])
            .output()
            .expect("the command runs");
        let script = String::from_utf8(output.stdout).expect("text");
        assert!(script.contains(expected), "{shell}: {script}");
    }
    let folder = TempFile::new("man", "");
    fs::remove_file(folder.path()).expect("it is there");
    let write = || {
        command(&["man", folder.path()])
            .output()
            .expect("the command runs")
    };
    assert_eq!(write().status.code(), Some(1), "there is no such folder");
    fs::create_dir(folder.path()).expect("it can be made");
    assert_eq!(write().status.code(), Some(0));
    let page = |name: &str| fs::read_to_string(format!("{}/{name}", folder.path())).expect(name);
    assert!(page("b2c-auth.1").contains("gateway"));
    assert!(page("b2c-auth-gateway.1").contains("admin\\-listen"));
    fs::remove_dir_all(folder.path()).expect("it is there");
}
