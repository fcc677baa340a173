//! `/oauth2/v2.0/token`: a grant ─▶ tokens or an error, in JSON.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, Method, Response, StatusCode, header},
    response::IntoResponse as _,
};
use serde_json::{Value, json};

use super::{client::Client, client_credentials, code, refresh, refusal::Refusal};
use crate::{
    clock::timestamp,
    request::{MAX_PARAMS_BYTES, Note, Params, Route},
    response::html,
    seed::Kind,
};

pub(crate) async fn token(route: Route, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    if parts.method != Method::POST {
        return html(StatusCode::METHOD_NOT_ALLOWED);
    }
    let Ok(form) = axum::body::to_bytes(body, MAX_PARAMS_BYTES).await else {
        return refuse(&route, &Refusal::TooLarge);
    };
    match redeem(&route, &parts.headers, &form) {
        Ok(answer) => json_answer(StatusCode::OK, &answer),
        Err(refusal) => refuse(&route, &refusal),
    }
}

fn redeem(route: &Route, headers: &HeaderMap, form: &[u8]) -> Result<Value, Refusal> {
    let form = Params::parse(form)?;
    let grant_type = form
        .get("grant_type")
        .ok_or(Refusal::MissingParameter("grant_type"))?;
    let client = Client::read(&route.tenant, headers, &form)?;
    match grant_type {
        "authorization_code" => code::redeem(route, &client, &form),
        "refresh_token" => refresh::redeem(route, &client, &form),
        "client_credentials" => client_credentials::redeem(route, &client, &form),
        other => Err(Refusal::GrantType(other.to_owned())),
    }
}

fn refuse(route: &Route, refusal: &Refusal) -> Response<Body> {
    let tenant = &route.tenant;
    let description = refusal.description(tenant);
    let mut answer = json!({ "error": refusal.error(tenant), "error_description": description });
    if tenant.seed.kind != Kind::B2c {
        let code = description
            .strip_prefix("AADSTS")
            .and_then(|rest| rest.split_once(':'))
            .and_then(|(code, _)| code.parse::<u64>().ok());
        answer["error_codes"] = json!([code]);
        answer["timestamp"] = json!(timestamp(tenant.now()));
    }
    let status = match refusal.error(tenant) {
        "invalid_client" => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    let mut response = json_answer(status, &answer);
    response.extensions_mut().insert(Note(refusal.text(tenant)));
    response
}

/// Never cached (RFC 6749 §5.1).
fn json_answer(status: StatusCode, answer: &Value) -> Response<Body> {
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::PRAGMA, "no-cache"),
    ];
    (status, headers, answer.to_string()).into_response()
}
