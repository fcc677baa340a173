//! The page at `/emulator`, and its forms.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, Response, StatusCode, Uri},
    response::IntoResponse as _,
};
use serde_json::Map;

use super::{keys, mint, mint::TokenRequest};
use crate::{
    clock::timestamp,
    faults::{Endpoint, Fault},
    page::{self, DashboardView, Shown, TenantView},
    request::{Params, Site},
    seed::User,
    tenants::{Tenant, TenantHandle},
};

pub(super) async fn show(State(site): State<Arc<Site>>, request: Request) -> Response<Body> {
    let base = site.base_of(request.uri(), request.headers());
    render(&site, base.unwrap_or_default(), Shown::Nothing)
}

pub(super) async fn act(
    State(site): State<Arc<Site>>,
    uri: Uri,
    headers: HeaderMap,
    form: Bytes,
) -> Response<Body> {
    let Ok(form) = Params::parse(&form) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let Some(tenant) = site.tenant(form.get("tenant")) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let base = site.base_of(&uri, &headers).unwrap_or_default();
    let shown = match form.get("action").unwrap_or_default() {
        "rotate" => match tenant.rotate() {
            Ok(key) => Shown::Done(format!("New key {} signs from now on.", key.kid())),
            Err(error) => Shown::Problem(error.to_string()),
        },
        "outage" => {
            let fault = Fault::Status {
                code: 503,
                retry_after: None,
            };
            misbehave(&tenant, fault);
            Shown::Done("Every endpoint of the tenant answers 503 until you press Heal.".to_owned())
        }
        "hang" => {
            misbehave(&tenant, Fault::Hang);
            Shown::Done("Every endpoint of the tenant hangs until you press Heal.".to_owned())
        }
        "heal" => {
            tenant.state().faults.clear();
            Shown::Done("All faults of the tenant have ended.".to_owned())
        }
        "reset" => {
            site.reset();
            Shown::Done("All tenants are reset.".to_owned())
        }
        "mint" => minted(&tenant, &base, &form),
        "decode" => page::decoded(&site, form.get("token").unwrap_or_default()),
        _ => Shown::Problem("There is no such button.".to_owned()),
    };
    render(&site, base, shown)
}

fn misbehave(tenant: &Tenant, fault: Fault) {
    tenant.state().faults.set(Endpoint::All, None, fault, None);
}

fn minted(tenant: &Arc<Tenant>, base: &str, form: &Params) -> Shown {
    let text = form.get("claims").unwrap_or("{}");
    let claims: Map<_, _> = match serde_json::from_str(text) {
        Ok(claims) => claims,
        Err(error) => return Shown::Problem(format!("The claims are not a JSON object: {error}.")),
    };
    let owned = |name: &str| form.get(name).map(str::to_owned);
    let user = match form.get("user").map(|id| tenant.user(id)) {
        // The form lists the users of all tenants.
        Some(None) => {
            let problem = "The tenant has no such user. Choose one of its own, or “the first”.";
            return Shown::Problem(problem.to_owned());
        }
        Some(user) => user,
        None => tenant.state().users.first().cloned(),
    };
    let seconds = form.get("expires_in").map(str::parse);
    let Ok(expires_in) = seconds.transpose() else {
        return Shown::Problem("“Valid for” is not a number of seconds.".to_owned());
    };
    let request = TokenRequest {
        policy: owned("policy"),
        tenant_id: user.as_ref().and_then(|user| user.tenant_id.clone()),
        user,
        audience: owned("audience"),
        scope: owned("scope"),
        expires_in,
        claims,
        ..TokenRequest::default()
    };
    match request.mint(tenant, base) {
        Ok(token) => Shown::Token(token),
        Err(refused) => Shown::Problem(format!("No token was made: {}.", refused.text())),
    }
}

fn render(site: &Arc<Site>, base: String, shown: Shown) -> Response<Body> {
    let tenants = site.tenants.iter();
    let requests = site.log().newest_first().cloned().collect();
    page::dashboard(&DashboardView {
        has_authority: site.authority.is_some(),
        tenants: tenants.map(|tenant| view(tenant, &base)).collect(),
        requests,
        now: timestamp(site.now()),
        base,
        shown,
    })
}

fn view(tenant: &Arc<Tenant>, base: &str) -> TenantView {
    let handle = TenantHandle::new(tenant);
    let policies = mint::policies(tenant);
    let metadata = handle.metadata_urls().into_iter();
    let metadata = metadata.map(|url| url.replacen(&tenant.base, base, 1));
    let users: Vec<User> = handle.users();
    TenantView {
        name: tenant.seed.name.clone(),
        kind: tenant.seed.kind,
        id: tenant.seed.id.clone(),
        issuer: tenant.issuer_at(base, policies.first().map_or("", String::as_str)),
        metadata: metadata.collect(),
        keys: keys::described(tenant),
        faults: !tenant.state().faults.is_empty(),
        applications: tenant.seed.applications.clone(),
        policies,
        users,
    }
}
