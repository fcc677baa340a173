use std::time::Duration;

use axum::Router;
use b2c_emulator::{Emulator, Endpoint, Fault, Fault::*};
use futures_util::future::BoxFuture;
use tower_b2c_auth::{Fetch, FetchError, KeySettings, ManualClock, ReqwestFetch};

use super::{app, ask, quick, status, tenant_and_layer, while_time_passes};
use crate::support::{POLICY, layer_for};

/// What a fault leaves of the documents.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Documents {
    Usable,
    Useless,
}
use Documents::{Usable, Useless};

/// Every way to misbehave, where, and what is left.
fn faults() -> Vec<(Endpoint, Fault, Documents)> {
    use Endpoint::{Both, Keys, Metadata};
    vec![
        (
            Both,
            Status {
                code: 500,
                retry_after: None,
            },
            Useless,
        ),
        (
            Both,
            Status {
                code: 503,
                retry_after: Some(30),
            },
            Useless,
        ),
        (
            Metadata,
            Status {
                code: 404,
                retry_after: None,
            },
            Useless,
        ),
        (
            Keys,
            Status {
                code: 204,
                retry_after: None,
            },
            Useless,
        ),
        (
            Keys,
            Status {
                code: 206,
                retry_after: None,
            },
            Useless,
        ),
        (Keys, Delay { millis: 50 }, Usable),
        (Metadata, Hang, Useless),
        (Keys, Hang, Useless),
        (Metadata, CutBody, Useless),
        (Keys, CutBody, Useless),
        (Metadata, TruncatedJson, Useless),
        (Keys, TruncatedJson, Useless),
        (Metadata, HtmlWith200, Useless),
        (Keys, HtmlWith200, Useless),
        (Metadata, WrongContentType, Useless),
        (Keys, WrongContentType, Useless),
        (Metadata, HugeBody { bytes: 2 << 20 }, Useless),
        (Keys, HugeBody { bytes: 2 << 20 }, Useless),
        (Keys, HugeBody { bytes: 1 << 19 }, Usable),
        (Keys, EndlessBody, Useless),
        (
            Keys,
            SlowDrip {
                bytes: 1,
                millis: 50,
            },
            Useless,
        ),
        (Keys, CompressedBomb, Useless),
        (Both, RedirectLoop, Useless),
        (Keys, RedirectTo("http://127.0.0.1:1/".into()), Useless),
        (
            Metadata,
            RedirectTo("http://contoso.b2clogin.com/".into()),
            Useless,
        ),
        (Metadata, EmptyObject, Useless),
        (Keys, EmptyObject, Useless),
        (Keys, EmptyKeys, Useless),
        (
            Keys,
            DuplicateKid {
                same_material: true,
            },
            Usable,
        ),
        (
            Keys,
            DuplicateKid {
                same_material: false,
            },
            Useless,
        ),
        (Keys, UseEnc, Useless),
        (Keys, EcBesideGood, Usable),
        (Keys, OctBesideGood, Usable),
        (Keys, UnknownBesideGood, Usable),
        (Keys, SmallKey, Useless),
        (Keys, ExponentOne, Useless),
        (Keys, BrokenModulus, Useless),
        (Keys, PrivateMembers, Useless),
        (
            Metadata,
            ForeignJwksUri("https://keys.example/keys".into()),
            Useless,
        ),
        (
            Metadata,
            ForeignJwksUri("http://contoso.b2clogin.com/keys".into()),
            Useless,
        ),
        (
            Metadata,
            ForeignJwksUri("file:///etc/passwd".into()),
            Useless,
        ),
        (
            Metadata,
            ChangedIssuer("https://fabrikam.b2clogin.com/x/v2.0/".into()),
            Useless,
        ),
        (Metadata, ChangedIssuer("not a URL".into()), Useless),
        (Keys, TooManyKeys, Useless),
        (Metadata, DeepNesting, Useless),
        (Keys, DeepNesting, Useless),
        (Keys, Subset(Vec::new()), Useless),
    ]
}

#[tokio::test]
async fn while_running_no_fault_costs_a_good_request() {
    let (tenant, clock, layer) = tenant_and_layer().await;
    let app = app(&layer);
    let seen_before = tenant.token(POLICY).sign();
    assert_eq!(status(&app, &seen_before).await, 200);
    for (endpoint, fault, documents) in faults() {
        tenant.fault(endpoint, fault.clone());
        let refresh = layer.refresh_now();
        let refreshed = match documents {
            Usable => refresh.await,
            Useless => while_time_passes((&tenant, &clock), refresh).await,
        };
        assert_eq!(
            refreshed.is_ok(),
            documents == Usable,
            "{endpoint:?} {fault:?}: {refreshed:?}"
        );
        // A new token each time, so that the key decides and not the token cache.
        let token = tenant
            .token(POLICY)
            .claim("fault", format!("{fault:?}"))
            .sign();
        assert_eq!(status(&app, &token).await, 200, "{endpoint:?} {fault:?}");
        assert_eq!(
            status(&app, &seen_before).await,
            200,
            "{endpoint:?} {fault:?}"
        );
        tenant.heal();
    }
    layer.refresh_now().await.unwrap();
}

#[tokio::test]
async fn at_cold_start_each_fault_is_503_and_then_it_recovers() {
    let (tenant, clock, _) = tenant_and_layer().await;
    for (endpoint, fault, documents) in faults() {
        let layer = quick(layer_for(&tenant), &clock).build().unwrap();
        let app = app(&layer);
        tenant.fault(endpoint, fault.clone());
        let token = tenant.token(POLICY).sign();
        let asking = ask(&app, &token);
        let answer = match documents {
            Usable => asking.await,
            Useless => while_time_passes((&tenant, &clock), asking).await,
        };
        match documents {
            Usable => assert_eq!(answer.status(), 200, "{endpoint:?} {fault:?}"),
            Useless => {
                assert_eq!(answer.status(), 503, "{endpoint:?} {fault:?}");
                assert!(answer.headers().contains_key("retry-after"));
            }
        }
        tenant.heal();
        recovers(&app, &clock, &tenant).await;
    }
}

/// Advances the clock until a good token is accepted: the failed attempt may be recorded only after the request has been answered.
async fn recovers(app: &Router, clock: &ManualClock, tenant: &Emulator) {
    for _ in 0..1000 {
        if status(app, &tenant.token(POLICY).sign()).await == 200 {
            return;
        }
        clock.advance(Duration::from_secs(1));
    }
    panic!("it does not recover");
}

#[tokio::test]
async fn an_issuer_that_changes_is_refused_and_the_old_one_stays() {
    let (tenant, _clock, layer) = tenant_and_layer().await;
    let app = app(&layer);
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    // Of the same host, so that nothing but the change itself is wrong with it.
    let other = format!(
        "{}/99990000-0000-cccc-1111-dddd2222eeee/v2.0/",
        tenant.base_url()
    );
    tenant.fault(Endpoint::Metadata, ChangedIssuer(other.clone()));
    assert_eq!(
        layer.refresh_now().await,
        Err(tower_b2c_auth::FetchError::IssuerChanged)
    );
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    assert_eq!(
        status(&app, &tenant.token(POLICY).issuer(other).sign()).await,
        401
    );
}

#[tokio::test]
async fn keys_of_another_host_are_taken_only_if_that_host_was_named() {
    let (tenant, clock, _) = tenant_and_layer().await;
    let elsewhere = crate::support::tenant_at(&clock).await;
    elsewhere.publish_key(&tenant.signing_key(POLICY));
    let keys_url = elsewhere.metadata_url(POLICY).replace(
        "v2.0/.well-known/openid-configuration",
        "discovery/v2.0/keys",
    );
    tenant.fault(Endpoint::Metadata, ForeignJwksUri(keys_url));
    let named = elsewhere.base_url().replace("http://", "");
    for (keys_host, expected) in [
        (None, 503),
        (Some("keys.example".to_owned()), 503),
        (Some(named), 200),
    ] {
        let authority = tower_b2c_auth::AuthoritySettings {
            keys_host: keys_host.clone(),
            ..tower_b2c_auth::AuthoritySettings::openid_config(tenant.metadata_url(POLICY))
        };
        let builder = tower_b2c_auth::B2cAuthLayer::builder()
            .authority(authority)
            .audience(crate::support::API_ID);
        let layer = quick(builder, &clock).build().unwrap();
        assert_eq!(
            status(&app(&layer), &tenant.token(POLICY).sign()).await,
            expected,
            "{keys_host:?}"
        );
    }
}

#[tokio::test]
async fn the_user_s_own_client_is_used_and_cannot_make_us_follow_redirects() {
    let (tenant, clock, _) = tenant_and_layer().await;
    let token = tenant.token(POLICY).sign();
    let layer_with = |client: reqwest::ClientBuilder| {
        let client = client.build().unwrap();
        quick(layer_for(&tenant).fetch(ReqwestFetch::from(client)), &clock)
            .build()
            .unwrap()
    };
    let direct = || reqwest::Client::builder().no_proxy();
    assert_eq!(status(&app(&layer_with(direct())), &token).await, 200);
    let nobody = reqwest::Proxy::all("http://127.0.0.1:1").unwrap();
    let through_nobody = layer_with(reqwest::Client::builder().proxy(nobody));
    assert_eq!(status(&app(&through_nobody), &token).await, 503);

    // This client follows redirects, as reqwest's do unless told otherwise.
    let elsewhere = tenant.metadata_url_in(POLICY, b2c_emulator::UrlForm::Tfp);
    tenant.fault_times(Endpoint::Metadata, RedirectTo(elsewhere), 1);
    let layer = layer_with(direct());
    assert_eq!(layer.refresh_now().await, Err(FetchError::Redirected));
    assert_eq!(status(&app(&layer), &token).await, 503);
}

/// Ignores the limit, and appends blanks to the document at a URL that ends like this.
#[derive(Debug)]
struct Unlimited {
    fetch: ReqwestFetch,
    fills: &'static str,
}

impl Fetch for Unlimited {
    fn get(&self, url: &str, max_bytes: usize) -> BoxFuture<'_, Result<Vec<u8>, FetchError>> {
        let found = self.fetch.get(url, usize::MAX);
        let fills = url.ends_with(self.fills);
        Box::pin(async move {
            let mut document = found.await?;
            if fills {
                document.resize(max_bytes + 1, b' ');
            }
            Ok(document)
        })
    }
}

/// The bug: the layer left the limit to the fetcher, although the docs say that the limit applies to any fetcher.
#[tokio::test]
async fn a_fetcher_of_the_user_s_own_cannot_bring_more_than_the_limit() {
    let (tenant, clock, _) = tenant_and_layer().await;
    for (fills, expected) in [
        ("openid-configuration", Err(FetchError::TooLarge)),
        ("keys", Err(FetchError::TooLarge)),
        ("nothing", Ok(())),
    ] {
        let fetch = ReqwestFetch::from(reqwest::Client::builder().no_proxy().build().unwrap());
        let keys = KeySettings {
            max_document_bytes: 16 * 1024,
            ..KeySettings::default()
        };
        let builder = layer_for(&tenant).keys(keys).clock(clock.clone());
        let layer = builder.fetch(Unlimited { fetch, fills }).build().unwrap();
        assert_eq!(layer.refresh_now().await, expected, "{fills}");
    }
}

#[tokio::test]
async fn a_compressed_answer_is_refused_by_name_and_known_keys_go_on() {
    let (tenant, _, layer) = tenant_and_layer().await;
    let token = tenant.token(POLICY).sign();
    assert_eq!(status(&app(&layer), &token).await, 200);
    for endpoint in [Endpoint::Metadata, Endpoint::Keys] {
        tenant.fault_times(endpoint, CompressedBomb, 1);
        let refused = layer.refresh_now().await;
        assert_eq!(refused, Err(FetchError::ContentEncoding), "{endpoint:?}");
        assert_eq!(status(&app(&layer), &token).await, 200);
        assert_eq!(layer.refresh_now().await, Ok(()));
    }
}
