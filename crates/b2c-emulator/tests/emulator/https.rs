//! https, and the authority behind it.

use std::{fs, path::PathBuf};

use b2c_emulator::{CertificateAuthority, CertificateError, Emulator, Https};

/// A folder that is deleted after the test.
struct TempFolder(PathBuf);

impl TempFolder {
    fn new(name: &str) -> Self {
        let folder = format!("b2c-emulator-{}-{name}", std::process::id());
        Self(std::env::temp_dir().join(folder))
    }

    fn only_child(&self) -> PathBuf {
        let mut children = fs::read_dir(&self.0).unwrap();
        let child = children.next().unwrap().unwrap().path();
        assert!(children.next().is_none(), "one folder for one set of names");
        child
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

#[test]
fn an_authority_is_kept_for_its_names_and_another_is_made_for_others() {
    let folder = TempFolder::new("kept");
    let keep =
        |names: &[&str]| CertificateAuthority::kept_in(&folder.0, names.iter().copied()).unwrap();
    let first = keep(&["localhost", "127.0.0.1"]);
    let again = keep(&["127.0.0.1", "LOCALHOST", "localhost"]);
    assert_eq!(first.pem(), again.pem());
    let own = folder.only_child();
    assert_eq!(first.file(), Some(own.join("ca.pem").as_path()));
    assert_eq!(fs::read_to_string(own.join("ca.pem")).unwrap(), first.pem());
    assert_ne!(keep(&["localhost"]).pem(), first.pem());
}

#[cfg(unix)]
#[test]
fn only_the_user_can_read_its_key() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempFolder::new("mode");
    CertificateAuthority::kept_in(&folder.0, ["localhost"]).unwrap();
    let key = folder.only_child().join("ca-key.pem");
    assert_eq!(
        fs::metadata(key).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn one_that_expires_soon_is_made_anew_and_a_damaged_one_is_left_alone() {
    let folder = TempFolder::new("renewed");
    let keep = || CertificateAuthority::kept_in(&folder.0, ["localhost"]);
    let first = keep().unwrap().pem();
    let own = folder.only_child();
    fs::write(own.join("expires.txt"), "1000000000").unwrap();
    let second = keep().unwrap().pem();
    assert_ne!(first, second);
    // The bug: an `expires.txt` that was cut off was read as a date long ago, so the authority that browsers trust was replaced.
    fs::write(own.join("expires.txt"), "").unwrap();
    assert!(matches!(keep(), Err(CertificateError::Damaged { .. })));
    fs::write(own.join("expires.txt"), "4000000000").unwrap();
    fs::write(own.join("ca-key.pem"), "not a key").unwrap();
    assert!(matches!(keep(), Err(CertificateError::Damaged { .. })));
    assert_eq!(fs::read_to_string(own.join("ca.pem")).unwrap(), second);
}

#[test]
fn impossible_certificate_names_are_refused() {
    for name in ["", "a b", "*.example", "a..b", "http://localhost"] {
        let refused = CertificateAuthority::ephemeral([name]);
        assert!(matches!(refused, Err(CertificateError::Name(_))), "{name}");
    }
}

#[tokio::test]
async fn the_base_is_a_name_of_the_certificate_and_keys_are_never_served() {
    let tenant = Emulator::builder()
        .https(Https::ephemeral())
        .control(true)
        .without_socket()
        .unwrap();
    assert!(tenant.base_url().starts_with("https://localhost:"));
    let get = async |path: &str| {
        use tower::ServiceExt as _;
        let request = axum::http::Request::get(path)
            .body(axum::body::Body::empty())
            .unwrap();
        let response = tenant.service().oneshot(request).await.unwrap();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
        String::from_utf8(body.unwrap().to_vec()).unwrap()
    };
    assert_eq!(
        get("/emulator/ca.pem").await,
        tenant.authority().unwrap().pem()
    );
    for path in [
        "/emulator",
        "/emulator/keys",
        "/emulator/ca-key.pem",
        "/emulator/ca.pem",
    ] {
        assert!(!get(path).await.contains("PRIVATE"), "{path}");
    }
}
