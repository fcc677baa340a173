//! What a service knows of its users: looked up by issuer and user id, remembered, bounded, and never guessed.

mod bounds;
mod layers;
mod people;
mod remembered;
mod results;

use axum::{Router, body::Body, routing::get};
use b2c_emulator::Emulator;
use http::{Request, Response};
use tower::ServiceExt as _;
use tower_b2c_auth::{
    AuthError, B2cAuthBuilder, B2cAuthLayer, LookUpLayer, LookUpSettings, LookedUp, ManualClock,
};

use self::people::{Account, People};
use crate::support::{POLICY, layer_for, manual_clock, tenant_at};

/// A tenant, and people who have accounts.
struct World {
    clock: ManualClock,
    tenant: Emulator,
    people: People,
}

impl World {
    async fn new() -> Self {
        let clock = manual_clock();
        let tenant = tenant_at(&clock).await;
        Self {
            clock,
            tenant,
            people: People::default(),
        }
    }

    fn builder(&self) -> B2cAuthBuilder {
        layer_for(&self.tenant).clock(self.clock.clone())
    }

    fn auth(&self) -> B2cAuthLayer {
        self.builder().build().unwrap()
    }

    fn token(&self, user: &str) -> String {
        self.tenant.token(POLICY).claim("oid", user).sign()
    }

    /// A look-up of accounts, and an API that tells each user their account number.
    async fn api(&self, settings: &LookUpSettings) -> Api {
        self.api_of(self.auth(), settings).await
    }

    async fn api_of(&self, auth: B2cAuthLayer, settings: &LookUpSettings) -> Api {
        auth.warm_up().await.unwrap();
        let accounts = auth.look_up(self.people.clone(), settings).unwrap();
        let tell = async |account: LookedUp<Account>| account.0.to_string();
        let router = Router::new()
            .route("/", get(tell))
            .layer(accounts.clone())
            .layer(auth);
        Api { router, accounts }
    }
}

struct Api {
    router: Router,
    accounts: LookUpLayer<Account>,
}

impl Api {
    async fn ask(&self, token: &str) -> Told {
        ask(&self.router, token).await
    }
}

/// Status, `Retry-After`, body and reason of an answer.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    status: u16,
    retry_after: Option<String>,
    body: String,
    reason: Option<&'static str>,
}

impl Told {
    async fn read(response: Response<Body>) -> Self {
        let header = response.headers().get("retry-after");
        let retry_after = header.map(|it| it.to_str().unwrap().to_owned());
        let reason = response.extensions().get().map(AuthError::reason);
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 1000).await;
        Self {
            status,
            retry_after,
            body: String::from_utf8(body.unwrap().to_vec()).unwrap(),
            reason,
        }
    }

    fn ok(body: &str) -> Self {
        Self {
            status: 200,
            retry_after: None,
            body: body.into(),
            reason: None,
        }
    }

    fn refused(status: u16, reason: &'static str, retry_after: Option<&str>) -> Self {
        Self {
            status,
            retry_after: retry_after.map(str::to_owned),
            body: String::new(),
            reason: Some(reason),
        }
    }
}

fn request(token: &str) -> Request<Body> {
    let request = Request::get("/").header("authorization", format!("Bearer {token}"));
    request.body(Body::empty()).unwrap()
}

fn ask(router: &Router, token: &str) -> impl Future<Output = Told> + Send + use<> {
    let response = router.clone().oneshot(request(token));
    async { Told::read(response.await.unwrap()).await }
}
