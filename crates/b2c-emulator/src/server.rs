//! A request ─▶ its endpoint ─▶ the response or the active fault.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{Method, Response, StatusCode},
    middleware::{self, Next},
};

use crate::{
    asked::{Asked, Page},
    ca_certificate, control, cors, document,
    fault::Fault,
    misbehaviour::{html, json, misbehave},
    request_log::{LoggedRequest, Note},
    sign_in,
    site::Site,
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
    let asked = site
        .base_of(&uri, request.headers())
        .and_then(|base| Asked::find(&site, base, uri.path(), uri.query()));
    let Some(asked) = asked else {
        return html(StatusCode::NOT_FOUND);
    };
    if request.method() == Method::OPTIONS && cors::is_open(asked.page) {
        return cors::preflight(request.headers());
    }
    let count = count(&asked);
    let fault = {
        let mut state = asked.tenant.state();
        state.faults.take(asked.page.endpoint(), &asked.policy)
    };
    let page = asked.page;
    let response = match fault {
        None => good(asked, request, None, count).await,
        Some(fault) => {
            let good = good(asked, request, Some(&fault), count);
            misbehave(fault.clone(), good, &uri.to_string()).await
        }
    };
    cors::allow(page, response)
}

async fn good(
    asked: Asked,
    request: Request,
    fault: Option<&Fault>,
    count: usize,
) -> Response<Body> {
    match asked.page {
        Page::Metadata => json(document::metadata(&asked, fault)),
        Page::Keys => {
            let published = asked
                .tenant
                .with_ring(&asked.policy, |ring| ring.published.clone());
            let published = published.unwrap_or_default();
            json(document::key_set(&asked, &published, fault, count))
        }
        Page::Authorize => sign_in::authorize(asked, request).await,
        Page::SignIn => sign_in::submit(asked, request).await,
        Page::Token => sign_in::token(asked, request).await,
        Page::Logout => sign_in::logout(asked, request).await,
    }
}

/// Counts the request, and returns the number of earlier ones.
fn count(asked: &Asked) -> usize {
    let mut state = asked.tenant.state();
    let counters = match asked.page {
        Page::Keys => &mut state.requests.keys,
        Page::Metadata => &mut state.requests.metadata,
        Page::Authorize | Page::SignIn | Page::Logout => &mut state.requests.authorize,
        Page::Token => &mut state.requests.token,
    };
    let counter = counters.entry(asked.policy.clone()).or_default();
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
