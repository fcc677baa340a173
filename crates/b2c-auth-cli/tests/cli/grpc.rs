//! `--grpc-listen`, as Envoy asks it.

use std::{collections::HashMap, time::Duration};

use b2c_emulator::{Emulator, Endpoint, Fault};
use envoy_types::pb::{
    envoy::{
        config::core::v3::{
            HeaderMap, HeaderValue, HeaderValueOption, header_value_option::HeaderAppendAction,
        },
        service::auth::v3::{
            AttributeContext, CheckRequest, CheckResponse,
            attribute_context::{HttpRequest, Request as Attributes},
            authorization_client::AuthorizationClient,
            check_response::HttpResponse,
        },
    },
    google::protobuf::value::Kind,
};
use tonic::{Code, Request, transport::Channel};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tower_b2c_auth::{Clock as _, SystemClock};

use crate::support::{POLICY, Running, TempFile, config};

/// Longer than a slow machine takes for anything here.
const PATIENCE: Duration = Duration::from_secs(60);

struct World {
    tenant: Emulator,
    running: Running,
    _file: TempFile,
    channel: Channel,
}

impl World {
    async fn start(top: &str) -> Self {
        Self::start_with(top, &[]).await
    }

    async fn start_with(top: &str, more: &[&str]) -> Self {
        let tenant = Emulator::start().await.expect("the tenant starts");
        let headers = "[claim_headers]\nx-auth-subject = \"sub\"\nx-auth-roles = \"roles\"\n";
        let text = config(&tenant, top) + headers;
        let file = TempFile::new("grpc.toml", &text);
        let mut arguments = vec![
            "gateway",
            "--config",
            file.path(),
            "--grpc-listen",
            "127.0.0.1:0",
            "--drain",
            "1h",
        ];
        arguments.extend(more);
        let mut running = Running::start(&arguments);
        let url = running.line("grpc listening on ");
        running.log("keys fetched");
        let channel = Channel::from_shared(url).expect("a URL");
        Self {
            tenant,
            running,
            _file: file,
            channel: channel.connect().await.expect("it is open"),
        }
    }

    async fn check(&self, http: HttpRequest) -> CheckResponse {
        let request = Attributes {
            http: Some(http),
            ..Attributes::default()
        };
        let mut call = Request::new(CheckRequest {
            attributes: Some(AttributeContext {
                request: Some(request),
                ..AttributeContext::default()
            }),
        });
        call.set_timeout(PATIENCE);
        self.call(call).await
    }

    async fn call(&self, call: Request<CheckRequest>) -> CheckResponse {
        let mut client = AuthorizationClient::new(self.channel.clone());
        client.check(call).await.expect("an answer").into_inner()
    }

    fn token(&self) -> String {
        self.tenant.token(POLICY).claim("sub", "somebody").sign()
    }
}

/// As Envoy sends them unless `encode_raw_headers` is set.
fn joined(headers: &[(&str, &str)]) -> HttpRequest {
    let mut all = HashMap::from([(":path".to_owned(), "/tasks".to_owned())]);
    for (name, value) in headers {
        all.entry((*name).to_owned())
            .and_modify(|values: &mut String| *values = format!("{values},{value}"))
            .or_insert_with(|| (*value).to_owned());
    }
    HttpRequest {
        method: "GET".into(),
        path: "/tasks".into(),
        headers: all,
        ..HttpRequest::default()
    }
}

/// As Envoy sends them with `encode_raw_headers`.
fn raw(headers: &[(&str, &str)]) -> HttpRequest {
    let headers = [(":method", "GET")].iter().chain(headers);
    let headers = headers.map(|(name, value)| HeaderValue {
        key: (*name).to_owned(),
        raw_value: value.as_bytes().to_vec(),
        ..HeaderValue::default()
    });
    HttpRequest {
        method: "GET".into(),
        path: "/tasks".into(),
        header_map: Some(HeaderMap {
            headers: headers.collect(),
        }),
        ..HttpRequest::default()
    }
}

fn pairs(headers: &[HeaderValueOption]) -> Vec<(&str, &str)> {
    pairs_with(HeaderAppendAction::OverwriteIfExistsOrAdd, headers)
}

fn pairs_with(action: HeaderAppendAction, headers: &[HeaderValueOption]) -> Vec<(&str, &str)> {
    let mut all: Vec<_> = headers
        .iter()
        .map(|option| {
            assert_eq!(option.append_action(), action, "{option:?}");
            assert!(option.keep_empty_value, "{option:?}");
            let header = option.header.as_ref().expect("a header");
            (header.key.as_str(), header.value.as_str())
        })
        .collect();
    all.sort_unstable();
    all
}

/// The status that Envoy gives to the client, and the headers.
fn denied(response: &CheckResponse) -> (i32, Vec<(&str, &str)>) {
    let status = response.status.as_ref().expect("a status");
    assert_ne!(status.code, i32::from(Code::Ok), "Envoy would let it in");
    assert_eq!(response.dynamic_metadata, None);
    let Some(HttpResponse::DeniedResponse(denied)) = &response.http_response else {
        panic!("{response:?}");
    };
    let status = denied.status.as_ref().expect("a status").code;
    (status, pairs(&denied.headers))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accepted_request_gets_every_claim_header_and_the_named_claims_as_metadata() {
    let claims = ["--metadata-claim", "sub", "--metadata-claim", "no_such"];
    let world = World::start_with("", &claims).await;
    let bearer = format!("Bearer {}", world.token());
    for form in [joined, raw] {
        let response = world.check(form(&[("authorization", &bearer)])).await;
        assert_eq!(response.status.as_ref().map(|status| status.code), Some(0));
        let Some(HttpResponse::OkResponse(ok)) = &response.http_response else {
            panic!("{response:?}");
        };
        assert_eq!(
            pairs(&ok.headers),
            [("x-auth-roles", ""), ("x-auth-subject", "somebody")]
        );
        // Envoy removes headers after it has set the new ones, so none of these may be named here.
        assert_eq!(ok.headers_to_remove, [""; 0]);
        let metadata = response.dynamic_metadata.as_ref().expect("metadata");
        let subject = metadata
            .fields
            .get("sub")
            .and_then(|value| value.kind.as_ref());
        assert_eq!(subject, Some(&Kind::StringValue("somebody".into())));
        assert_eq!(metadata.fields.len(), 1, "{metadata:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accepted_request_gets_the_services_user_from_the_map() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let issuer = tenant.issuer(&b2c_emulator::IssuerForm::Default);
    let map = format!("issuer,user_id,user\n{issuer},somebody,customer-1\n");
    let map = TempFile::new("users.csv", &map);
    let file = TempFile::new("grpc.toml", &config(&tenant, ""));
    let more = ["--grpc-listen", "127.0.0.1:0", "--user-map", map.path()];
    let mut running = Running::start(&[&["gateway", "--config", file.path()], &more[..]].concat());
    let url = running.line("grpc listening on ");
    running.log("keys fetched");
    let channel = Channel::from_shared(url).expect("a URL");
    let world = World {
        tenant,
        running,
        _file: file,
        channel: channel.connect().await.expect("it is open"),
    };
    let check = async |user: &str| {
        let token = world.tenant.token(POLICY).claim("oid", user).sign();
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", &*bearer), ("x-auth-user", "customer-2")];
        world.check(joined(&headers)).await
    };
    let known = check("somebody").await;
    let Some(HttpResponse::OkResponse(ok)) = &known.http_response else {
        panic!("{known:?}");
    };
    let headers = [
        ("x-auth-subject", "somebody"),
        ("x-auth-user", "customer-1"),
    ];
    assert_eq!(pairs(&ok.headers), headers);
    assert_eq!(denied(&check("nobody").await).0, 403);
}

/// The bug: the gateway's `Link` replaced the service's own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_notice_of_a_migration_comes_next_to_the_services_own_headers() {
    let legacy = "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/";
    let notice = "https://contoso.example/moving";
    let world = World::start(&format!(
        "migration = {{ legacy_issuers = [\"{legacy}\"], stage = \"announce\", notice = \"{notice}\" }}"
    ))
    .await;
    let token = world.tenant.token(POLICY).claim("iss", legacy).sign();
    let bearer = format!("Bearer {token}");
    let response = world.check(raw(&[("authorization", &bearer)])).await;
    let Some(HttpResponse::OkResponse(ok)) = &response.http_response else {
        panic!("{response:?}");
    };
    let link = format!("<{notice}>; rel=\"deprecation\"");
    assert_eq!(
        pairs_with(
            HeaderAppendAction::AppendIfExistsOrAdd,
            &ok.response_headers_to_add
        ),
        [("deprecation", "@0"), ("link", &link)]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_claim_is_metadata_unless_it_is_named() {
    let world = World::start("").await;
    let bearer = format!("Bearer {}", world.token());
    let response = world.check(raw(&[("authorization", &bearer)])).await;
    assert_eq!(response.status.as_ref().map(|status| status.code), Some(0));
    assert_eq!(response.dynamic_metadata, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_are_denied_responses_with_status_and_challenge() {
    let world = World::start("").await;
    let bearer = format!("Bearer {}", world.token());
    let authorization = ("authorization", bearer.as_str());
    for form in [joined, raw] {
        let none = world.check(form(&[])).await;
        assert_eq!(denied(&none), (401, vec![("www-authenticate", "Bearer")]));
        let two = world.check(form(&[authorization, authorization])).await;
        assert_eq!(denied(&two).0, 400);
        let bad = world.check(form(&[("authorization", "Bearer x")])).await;
        let (status, headers) = denied(&bad);
        assert_eq!(status, 401);
        assert!(
            headers[0].1.contains("error=\"invalid_token\""),
            "{headers:?}"
        );
    }
    // A call that describes no request must be denied too.
    let nothing = world.call(Request::new(CheckRequest::default())).await;
    assert_eq!(denied(&nothing).0, 400);
    let mut odd = raw(&[]);
    odd.method = "not a method".into();
    assert_eq!(denied(&world.check(odd).await).0, 400);
    let many: Vec<_> = (0..40_000).map(|_| ("a", "b")).collect();
    let mut client = AuthorizationClient::new(world.channel.clone());
    let too_large = CheckRequest {
        attributes: Some(AttributeContext {
            request: Some(Attributes {
                http: Some(raw(&many)),
                ..Attributes::default()
            }),
            ..AttributeContext::default()
        }),
    };
    let refused = client.check(too_large).await.expect_err("it is too large");
    assert_eq!(refused.code(), Code::OutOfRange);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_comes_before_envoy_gives_up() {
    let world = World::start("").await;
    world.tenant.fault(Endpoint::Both, Fault::Hang);
    world.tenant.rotate().expect("a key");
    // Issued after the last fetch, which therefore cannot have returned the token's key.
    let later = SystemClock::default().now().as_unix().as_secs() + 5;
    let token = world.tenant.token(POLICY).claim("iat", later).sign();
    let bearer = format!("Bearer {token}");
    let mut call = Request::new(CheckRequest {
        attributes: Some(AttributeContext {
            request: Some(Attributes {
                http: Some(raw(&[("authorization", &bearer)])),
                ..Attributes::default()
            }),
            ..AttributeContext::default()
        }),
    });
    // Less than the layer would wait for the key, and much more than an answer takes. Envoy's own default is 200 ms.
    call.set_timeout(Duration::from_secs(4));
    let (status, headers) = {
        let response = world.call(call).await;
        let (status, headers) = denied(&response);
        (
            status,
            headers
                .into_iter()
                .map(|(name, _)| name.to_owned())
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!((status, headers), (503, vec!["retry-after".to_owned()]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn report_only_passes_with_empty_headers_and_no_metadata() {
    let claims = ["--metadata-claim", "sub"];
    let world = World::start_with("danger_report_only = true", &claims).await;
    let response = world.check(raw(&[])).await;
    assert_eq!(response.dynamic_metadata, None);
    let Some(HttpResponse::OkResponse(ok)) = &response.http_response else {
        panic!("{response:?}");
    };
    assert_eq!(
        pairs(&ok.headers),
        [("x-auth-roles", ""), ("x-auth-subject", "")]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_health_service_reports_serving_until_the_gateway_drains() {
    let mut world = World::start("").await;
    let mut client = HealthClient::new(world.channel.clone());
    for service in ["", "envoy.service.auth.v3.Authorization"] {
        let request = HealthCheckRequest {
            service: service.into(),
        };
        let mut states = client.watch(request).await.expect("a stream").into_inner();
        let mut next = async || {
            states
                .message()
                .await
                .expect("a state")
                .expect("one more")
                .status()
        };
        assert_eq!(next().await, ServingStatus::Serving);
        if service.is_empty() {
            continue;
        }
        world.running.signal("-TERM");
        world.running.log("no longer ready");
        assert_eq!(next().await, ServingStatus::NotServing);
    }
    world.running.signal("-TERM");
    assert_eq!(world.running.wait().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn routes_hold_for_what_envoy_describes_and_for_nothing_that_a_client_says() {
    let routes = r#"
        allow_preflights = true

        [[routes]]
        hosts = ["api.example"]
        path = "/public/**"
        public = true

        [routing]
        otherwise = "deny"
    "#;
    let world = World::start(routes).await;
    let lies = [
        ("host", "api.example"),
        ("x-original-uri", "/public"),
        ("x-forwarded-method", "OPTIONS"),
        ("origin", "https://spa.example"),
        ("access-control-request-method", "GET"),
    ];
    for (method, host, path, code) in [
        ("GET", "api.example:443", "/public/x?y", Code::Ok),
        ("GET", "other.example", "/public/x", Code::PermissionDenied),
        ("GET", "api.example", "/public/../x", Code::InvalidArgument),
        ("GET", "api.example", "/public#/../x", Code::InvalidArgument),
        ("GET", "api.example", "/", Code::PermissionDenied),
        ("OPTIONS", "api.example", "/", Code::Ok),
    ] {
        let mut http = joined(&lies);
        http.method = method.into();
        http.host = host.into();
        http.path = path.into();
        let answer = world.check(http).await;
        let status = answer.status.expect("a status");
        assert_eq!(Code::from(status.code), code, "{method} {host}{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn envoy_is_told_to_remove_the_token() {
    let removed = async |settings: &str, headers: &[(&str, &str)]| {
        let world = World::start_with(settings, &["--remove-token"]).await;
        let token = world.token();
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (*name, value.replace("TOKEN", &token)))
            .collect();
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        let Some(HttpResponse::OkResponse(ok)) = world.check(raw(&headers)).await.http_response
        else {
            panic!("{settings}: refused");
        };
        let set = ok.headers.into_iter().filter_map(|option| option.header);
        let mut cookies = set.filter(|header| header.key == "cookie");
        (
            ok.headers_to_remove,
            cookies.next().map(|header| header.value),
        )
    };
    let cookie = "token = { cookie = \"token\" }";
    for (settings, headers, expected) in [
        (
            "",
            &[("authorization", "Bearer TOKEN")][..],
            (vec!["authorization"], None),
        ),
        (
            "token = { header = \"X-Token\" }",
            &[("x-token", "TOKEN")],
            (vec!["x-token"], None),
        ),
        (cookie, &[("cookie", "token=TOKEN")], (vec!["cookie"], None)),
        (
            cookie,
            &[("cookie", "a=b; token=TOKEN;tokens=1"), ("cookie", " c=d")],
            (vec![], Some("a=b; tokens=1; c=d")),
        ),
    ] {
        let (remove, rest) = removed(settings, headers).await;
        assert_eq!(
            (remove, rest.as_deref()),
            (
                expected.0.iter().map(ToString::to_string).collect(),
                expected.1
            ),
            "{settings}"
        );
    }
}
