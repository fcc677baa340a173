//! What a network asks for: a private certificate authority by its file, and an egress proxy.

use std::io::Write as _;

use b2c_emulator::{CertificateAuthority, Emulator, Https, IssuerForm, Validity};
use tempfile::NamedTempFile;
use tower_b2c_auth::{
    AuthorityStatus, B2cAuthBuilder, B2cAuthLayer, CertificateProblem, FetchError, FetchSettings,
    from_metadata,
};

use super::tenant;
use crate::support::{API_ID, Api, ConnectProxy, POLICY, protected};

/// A tenant that also answers as `contoso.b2clogin.com`, to which only the proxy connects.
struct Private {
    tenant: Emulator,
    ca_file: NamedTempFile,
}

impl Private {
    async fn start() -> Self {
        let names = ["localhost", HOST];
        let authority = CertificateAuthority::ephemeral(names).unwrap();
        let certificate = authority.issue(names, Validity::Now).unwrap();
        Self {
            tenant: tenant(Https::with_certificate(certificate)).await,
            ca_file: file(&authority.pem()),
        }
    }

    /// Through `localhost`, which never goes through the proxy.
    fn local(&self) -> B2cAuthBuilder {
        B2cAuthLayer::builder()
            .authority(from_metadata(self.tenant.metadata_url(POLICY)))
            .audience(API_ID)
    }

    fn remote(&self) -> B2cAuthBuilder {
        let url = self.tenant.metadata_url(POLICY);
        B2cAuthLayer::builder()
            .authority(from_metadata(url.replacen("localhost", HOST, 1)))
            .audience(API_ID)
            .ca_file(self.ca_file.path())
    }

    /// The answer to a request with a good token, and what health says then.
    async fn ask(&self, auth: B2cAuthLayer) -> (u16, AuthorityStatus) {
        let api = Api::serve(protected(auth.clone())).await;
        let url = auth.health().authorities()[0].openid_config.clone();
        let mut issuer = self.tenant.issuer(&IssuerForm::Default);
        if url.unwrap().contains(HOST) {
            issuer = issuer.replacen("localhost", HOST, 1);
        }
        let token = self.tenant.token(POLICY).audience(API_ID);
        let token = token.issuer(issuer).sign();
        let status = api.get("/tasks", &token).await.status;
        (status, auth.health().authorities()[0].status)
    }
}

const HOST: &str = "contoso.b2clogin.com";

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

#[tokio::test]
async fn a_private_authority_is_trusted_by_its_file_and_no_other() {
    let private = Private::start().await;
    let trusting = private.local().ca_file(private.ca_file.path());
    let (status, _) = private.ask(trusting.build().unwrap()).await;
    assert_eq!(status, 200);

    let other = CertificateAuthority::ephemeral(["localhost", "elsewhere.example"]).unwrap();
    let other = file(&other.pem());
    let auth = private.local().ca_file(other.path()).build().unwrap();
    let (status, health) = private.ask(auth).await;
    assert_eq!(status, 503);
    let told = format!("{health:?}");
    assert!(told.contains("Certificate("), "{told}");
}

#[tokio::test]
async fn a_swap_reads_the_file_again() {
    let private = Private::start().await;
    let other = CertificateAuthority::ephemeral(["elsewhere.example"]).unwrap();
    let mut ca_file = file(&other.pem());
    let auth = private.local().ca_file(ca_file.path()).build().unwrap();
    assert_eq!(private.ask(auth.clone()).await.0, 503);
    let pem = std::fs::read(private.ca_file.path()).unwrap();
    ca_file.write_all(&pem).unwrap();
    auth.swap_settings(&auth.settings()).unwrap();
    assert_eq!(auth.refresh_now().await, Ok(()));
    assert_eq!(private.ask(auth).await.0, 200);
}

#[tokio::test]
async fn the_proxy_connects_and_the_certificate_is_verified_all_the_same() {
    let private = Private::start().await;
    let proxy = ConnectProxy::start(None).await;
    let auth = private.remote().proxy(proxy.url()).build().unwrap();
    assert_eq!(private.ask(auth).await.0, 200);
    let asked = proxy.asked();
    assert_eq!(asked.len(), 2, "metadata and keys: {asked:?}");
    let start = format!("CONNECT {HOST}:");
    assert!(
        asked.iter().all(|line| line.starts_with(&start)),
        "{asked:?}"
    );
    let local = private.local().ca_file(private.ca_file.path());
    let auth = local.proxy(proxy.url()).build().unwrap();
    assert_eq!(private.ask(auth).await.0, 200);
    assert_eq!(proxy.asked().len(), 2, "this machine is asked directly");

    let untrusted = private.remote().proxy(proxy.url());
    let mut settings = untrusted.settings();
    settings.fetch.ca_file = None;
    let auth = B2cAuthLayer::from_settings(settings).unwrap();
    let untrusted = FetchError::Certificate(CertificateProblem::Untrusted);
    assert_eq!(auth.refresh_now().await, Err(untrusted));
}

#[tokio::test]
async fn a_proxy_that_is_down_or_does_not_connect_means_503() {
    let private = Private::start().await;
    let down = ConnectProxy::start(None).await.url();
    let strict = ConnectProxy::start(Some(("svc", "s3cret"))).await;
    for url in [&down, &strict.url()] {
        let auth = private.remote().proxy(url).build().unwrap();
        let (status, health) = private.ask(auth).await;
        assert_eq!(status, 503, "{url}");
        assert!(format!("{health:?}").contains("Connect"), "{health:?}");
    }
    let known = private.remote().proxy(strict.url());
    let known = known.proxy_credentials("svc", "s3cret");
    assert!(!format!("{known:?}").contains("s3cret"));
    let auth = known.build().unwrap();
    assert_eq!(private.ask(auth).await.0, 200);
}

#[tokio::test]
async fn each_mistake_is_told_by_its_field() {
    let private = Private::start().await;
    let empty = file("");
    let garbage = file("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let with = |change: &dyn Fn(&mut FetchSettings)| {
        let mut settings = private.local().settings();
        change(&mut settings.fetch);
        let error = B2cAuthLayer::from_settings(settings).unwrap_err();
        assert!(!error.to_string().contains("s3cret"), "{error}");
        let fields = error.mistakes().iter().map(|it| it.field.as_str());
        fields.collect::<Vec<_>>().join(" ")
    };
    let ca = |path: &std::path::Path| with(&|fetch| fetch.ca_file = Some(path.into()));
    assert_eq!(ca("/nonexistent/ca.pem".as_ref()), "fetch.ca_file");
    assert_eq!(ca("/".as_ref()), "fetch.ca_file");
    assert_eq!(ca(empty.path()), "fetch.ca_file");
    assert_eq!(ca(garbage.path()), "fetch.ca_file");
    for proxy in [
        "",
        "proxy:3128",
        "socks5://proxy:1080",
        "http://svc:s3cret@proxy:3128",
        "http://proxy:3128/path",
    ] {
        let field = with(&|fetch| fetch.proxy = Some(proxy.into()));
        assert_eq!(field, "fetch.proxy", "{proxy}");
    }
    let secret = || Some("s3cret".to_owned().into());
    assert_eq!(
        with(&|fetch| fetch.proxy_password = secret()),
        "fetch.proxy fetch.proxy_user"
    );
    let field = with(&|fetch| {
        fetch.proxy = Some("http://proxy:3128".into());
        fetch.proxy_password = secret();
    });
    assert_eq!(field, "fetch.proxy_user");
    let fields = with(&|fetch| {
        fetch.ca_file = Some("/nonexistent/ca.pem".into());
        fetch.proxy = Some("proxy:3128".into());
    });
    assert_eq!(fields, "fetch.ca_file fetch.proxy", "all at once");

    let own = tower_b2c_auth::ReqwestFetch::from(reqwest::Client::new());
    let both = private.local().no_system_proxy().fetch(own.clone()).build();
    assert_eq!(both.unwrap_err().mistakes()[0].field, "fetch");
    let auth = private.local().fetch(own.clone()).build().unwrap();
    let swapped = auth.update_settings(|settings| settings.fetch.system_proxy = false);
    assert_eq!(swapped.unwrap_err().mistakes()[0].field, "fetch");

    // Together with the others.
    let both = private.local().no_system_proxy().max_token_age("0s");
    let swapped = auth.update_settings(|settings| {
        settings.fetch.system_proxy = false;
        settings.max_token_age = Some("0s".into());
    });
    for error in [both.fetch(own).build().unwrap_err(), swapped.unwrap_err()] {
        let fields = error.mistakes().iter().map(|it| it.field.as_str());
        assert_eq!(fields.collect::<Vec<_>>(), ["max_token_age", "fetch"]);
    }
}
