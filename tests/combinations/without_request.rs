//! A token that is judged without a request gets the verdict that a request would get.

use axum::{Router, routing::get};
use b2c_emulator::TokenBuilder;
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue, header};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};
use tower_b2c_auth::{AuthError, KeySettings, TokenSettings, VerifiedClaims, scope};

use super::*;

fn reason<T>(outcome: &Result<T, AuthError>) -> &'static str {
    outcome.as_ref().err().map_or("accepted", AuthError::reason)
}

fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
    HeaderMap::from_iter([(name, HeaderValue::try_from(value).unwrap())])
}

#[tokio::test]
async fn the_verdict_is_that_of_a_request_and_is_counted_like_one() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let build = || layer_for(&tenant).clock(clock.clone()).build().unwrap();
    let (with_requests, bare, by_headers) = (build(), build(), build());
    let app = app(&with_requests);
    let of = |change: fn(TokenBuilder) -> TokenBuilder| change(tenant.token(POLICY)).sign();
    let unknown_key = of(|token| token.kid("nobodys"));
    for token in [
        of(|token| token),
        of(|token| token.audience(API_ID)),
        of(|token| token.audience("another")),
        of(|token| token.expires_at(1)),
        of(|token| token.without("scp")),
        of(|token| token.issuer("https://another.example/")),
        unknown_key,
        "nonsense".into(),
        "a b".into(),
        String::new(),
        "Bearer a.b.c".into(),
    ] {
        let response = ask(&app, &token).await;
        let expected = response.extensions().get::<AuthError>().cloned();
        let verdict = bare.authenticate(&token).await;
        assert_eq!(verdict.err(), expected, "{token}");
        let headers = headers(header::AUTHORIZATION, &format!("Bearer {token}"));
        let verdict = by_headers.authenticate_headers(&headers).await;
        assert_eq!(verdict.err(), expected, "{token}");
    }
    let decisions = with_requests.decisions();
    assert_eq!(decisions.accepted, 2);
    assert_eq!(bare.decisions(), decisions);
    assert_eq!(by_headers.decisions(), decisions);
    let accepted = |auth: &B2cAuthLayer| auth.migration_report().rows[0].accepted;
    assert_eq!(accepted(&bare), accepted(&with_requests));
}

#[tokio::test]
async fn headers_are_read_where_the_layer_reads_them() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let strict = layer_for(&tenant).clock(clock.clone());
    let open = strict.clone().allow_anonymous().build().unwrap();
    let strict = strict.build().unwrap();
    let from = |auth: &B2cAuthLayer, settings: TokenSettings| {
        auth.reading_token_from(&settings)
            .expect("good settings of a token")
    };
    let cookie = from(
        &strict,
        TokenSettings {
            cookie: Some("token".into()),
            ..TokenSettings::default()
        },
    );
    let query = TokenSettings {
        query: Some("token".into()),
        ..TokenSettings::default()
    };
    let (query, open_query) = (from(&strict, query.clone()), from(&open, query));
    let token = tenant.token(POLICY).sign();
    let bearer = headers(header::AUTHORIZATION, &format!("Bearer {token}"));
    let cookies = headers(header::COOKIE, &format!("a=b; token={token}"));
    let basic = headers(header::AUTHORIZATION, "Basic YTpi");
    let bad = headers(header::AUTHORIZATION, "Bearer nonsense");
    let none = HeaderMap::new();
    for (auth, headers, expected) in [
        (&strict, &bearer, "claims"),
        (&strict, &cookies, "missing_credentials"),
        (&strict, &none, "missing_credentials"),
        (&cookie, &cookies, "claims"),
        (&cookie, &bearer, "missing_credentials"),
        (&open, &bearer, "claims"),
        (&open, &none, "anonymous"),
        (&open, &basic, "missing_credentials"),
        (&open, &bad, "malformed_shape"),
        (&query, &bearer, "missing_credentials"),
        // The query may have a bad token, and such a request would not be anonymous.
        (&open_query, &none, "missing_credentials"),
    ] {
        let verdict = auth.authenticate_headers(headers).await;
        let seen = match &verdict {
            Ok(Some(claims)) => claims.name().map_or("nobody", |_| "claims"),
            Ok(None) => "anonymous",
            Err(error) => error.reason(),
        };
        assert_eq!(seen, expected, "{headers:?}");
    }
    assert_eq!(open.decisions().anonymous, 1);
    assert_eq!(
        reason(&open.authenticate("").await),
        "empty_credentials",
        "a token is never anonymous"
    );
}

#[tokio::test]
async fn authenticate_waits_for_keys_within_the_limits_of_requests() {
    let (gate, clock) = (Gate::closed(), manual_clock());
    let tenant = tenant_at(&clock).await;
    let keys = KeySettings {
        max_waiting: 2,
        max_waiting_per_authority: 2,
        ..KeySettings::default()
    };
    let builder = layer_for(&tenant).keys(keys).clock(clock.clone());
    let auth = builder.fetch(gate.clone()).build().unwrap();
    let token = tenant.token(POLICY).sign();
    let authenticate = || Box::pin(auth.authenticate(&token));
    let (mut first, mut second) = (authenticate(), authenticate());
    assert!((&mut first).now_or_never().is_none());
    assert!((&mut second).now_or_never().is_none());
    let third = authenticate().now_or_never();
    assert_eq!(reason(&third.expect("no room")), "too_many_waiting");
    // A caller that gives up makes room, for requests too.
    drop(first);
    let app = app(&auth);
    let mut request = Box::pin(ask(&app, &token));
    assert!((&mut request).now_or_never().is_none());
    gate.open();
    assert_eq!(second.await.unwrap().name(), Some("Alex Example"));
    assert_eq!(request.await.status(), 200);
    assert_eq!(gate.asked(), 2, "they share one fetch of two documents");
}

#[tokio::test]
async fn the_wait_ends_after_fetch_timeout() {
    let (gate, clock) = (Gate::closed(), manual_clock());
    let tenant = tenant_at(&clock).await;
    let builder = layer_for(&tenant).clock(clock.clone()).fetch(gate);
    let auth = builder.build().unwrap();
    let token = tenant.token(POLICY).sign();
    let mut verdict = Box::pin(auth.authenticate(&token));
    assert!((&mut verdict).now_or_never().is_none());
    clock.advance(5 * SECOND);
    assert_eq!(reason(&verdict.await), "keys_unavailable");
}

#[tokio::test]
async fn a_layer_that_only_reports_tells_its_verdict() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let builder = layer_for(&tenant).clock(clock.clone());
    let auth = builder.danger_report_only().build().unwrap();
    let good = tenant.token(POLICY).sign();
    assert_eq!(reason(&auth.authenticate(&good).await), "accepted");
    assert_eq!(reason(&auth.authenticate("a b").await), "invalid_character");
    let refused: Vec<_> = auth.decisions().refused.into_iter().collect();
    assert_eq!(refused, [("invalid_character", 1)]);
}

/// As with a WebSocket: the socket is open before the client has said who the user is.
#[tokio::test]
async fn a_socket_takes_its_first_message_as_the_token() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let auth = layer_for(&tenant).clock(clock.clone()).build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut first = String::new();
            let mut reader = BufReader::new(&mut socket);
            reader.read_line(&mut first).await.unwrap();
            let welcome = greet(&auth, first.trim_end()).await;
            let said = welcome.unwrap_or_else(|error| error.reason().to_owned());
            socket.write_all(said.as_bytes()).await.unwrap();
        }
    });
    for (token, expected) in [
        (tenant.token(POLICY), "hello Alex Example"),
        (tenant.token(POLICY).scope("other"), "insufficient_scope"),
        (tenant.token(POLICY).audience("other"), "wrong_audience"),
    ] {
        let mut socket = TcpStream::connect(address).await.unwrap();
        let message = format!("{}\n", token.sign());
        socket.write_all(message.as_bytes()).await.unwrap();
        let mut said = String::new();
        socket.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, expected);
    }
    server.abort();
}

async fn greet(auth: &B2cAuthLayer, token: &str) -> Result<String, AuthError> {
    let claims = auth.authenticate(token).await?;
    claims.require(&scope("tasks.read"))?;
    Ok(format!("hello {}", claims.name().unwrap_or("stranger")))
}

/// Claims verified without a request equal those from a layer, and a spawned task can verify them.
#[tokio::test]
async fn the_claims_are_those_of_the_layer() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let auth = layer_for(&tenant).clock(clock.clone()).build().unwrap();
    let token = tenant.token(POLICY).sign();
    let handle = tokio::spawn({
        let auth = auth.clone();
        async move { auth.authenticate(&token).await }
    });
    let claims: VerifiedClaims = handle.await.unwrap().unwrap();
    let mut request = http::Request::get("/").body(axum::body::Body::empty());
    request.as_mut().unwrap().extensions_mut().insert(claims);
    let route = get(async || "in").layer(auth.require(scope("tasks.read")));
    let router: Router = Router::new().route("/", route);
    let response = tower::ServiceExt::oneshot(router, request.unwrap()).await;
    assert_eq!(response.unwrap().status(), 200);
}
