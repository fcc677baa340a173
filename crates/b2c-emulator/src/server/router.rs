//! A request ─▶ its endpoint ─▶ the response or the active fault.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{Method, Response, StatusCode},
    middleware::{self, Next},
};

use super::{ca_certificate, cors};
use crate::{
    control, document,
    faults::{Fault, misbehave},
    request::{LoggedRequest, Note, PolicyEndpoint, Route, Site},
    response::{html, json},
    sign_in,
};

pub(crate) fn router(site: &Arc<Site>) -> Router {
    let mut router = Router::new()
        .fallback(answer)
        .merge(ca_certificate::router());
    if site.control {
        router = router.merge(control::router(site));
    }
    router
        .layer(middleware::from_fn_with_state(Arc::clone(site), log))
        .with_state(Arc::clone(site))
}

async fn answer(State(site): State<Arc<Site>>, request: Request) -> Response<Body> {
    let uri = request.uri().clone();
    let route = site
        .base_of(&uri, request.headers())
        .and_then(|base| Route::find(&site, base, uri.path(), uri.query()));
    let Some(route) = route else {
        return html(StatusCode::NOT_FOUND);
    };
    if request.method() == Method::OPTIONS && cors::is_open(route.endpoint) {
        return cors::preflight(request.headers());
    }
    let count = count(&route);
    let fault = {
        let mut state = route.tenant.state();
        state
            .faults
            .take(route.endpoint.fault_endpoint(), &route.policy)
    };
    let endpoint = route.endpoint;
    let response = match fault {
        None => good(route, request, None, count).await,
        Some(fault) => {
            let good = good(route, request, Some(&fault), count);
            misbehave(fault.clone(), good, &uri.to_string()).await
        }
    };
    cors::allow(endpoint, response)
}

async fn good(
    route: Route,
    request: Request,
    fault: Option<&Fault>,
    count: usize,
) -> Response<Body> {
    match route.endpoint {
        PolicyEndpoint::Metadata => json(document::metadata(&route, fault)),
        PolicyEndpoint::Keys => {
            let published = route
                .tenant
                .with_ring(&route.policy, |ring| ring.published.clone());
            let published = published.unwrap_or_default();
            json(document::key_set(&route, &published, fault, count))
        }
        PolicyEndpoint::Authorize => sign_in::authorize(route, request).await,
        PolicyEndpoint::SignIn => sign_in::submit(route, request).await,
        PolicyEndpoint::Token => sign_in::token(route, request).await,
        PolicyEndpoint::Logout => sign_in::logout(route, request).await,
    }
}

/// Counts the request, and returns the number of earlier ones.
fn count(route: &Route) -> usize {
    let mut state = route.tenant.state();
    let counters = match route.endpoint {
        PolicyEndpoint::Keys => &mut state.requests.keys,
        PolicyEndpoint::Metadata => &mut state.requests.metadata,
        PolicyEndpoint::Authorize | PolicyEndpoint::SignIn | PolicyEndpoint::Logout => {
            &mut state.requests.authorize
        }
        PolicyEndpoint::Token => &mut state.requests.token,
    };
    let counter = counters.entry(route.policy.clone()).or_default();
    *counter += 1;
    *counter - 1
}

async fn log(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response<Body> {
    let method = request.method().to_string();
    let path: String = request.uri().path().chars().take(LOGGED_PATH).collect();
    let response = next.run(request).await;
    if !path.starts_with("/emulator") {
        let note = response.extensions().get::<Note>();
        let logged = LoggedRequest {
            at: site.now(),
            method,
            path,
            status: response.status().as_u16(),
            note: note.map(|note| note.0.clone()),
        };
        site.log().add(logged);
    }
    response
}

/// Longer than any of the emulator's paths, in characters.
const LOGGED_PATH: usize = 200;
