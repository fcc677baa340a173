//! `/oauth2/v2.0/authorize`: a request ─▶ a page or, with a session, the response.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, Response},
};

use super::{
    authorization_request::{AuthorizationRequest, BadRequest, Prompt},
    issue::{self, SignedIn},
    refusal::Refusal,
    session_cookie::session_id,
};
use crate::{
    grants::Session,
    page::{self, SignInView},
    request::{PolicyEndpoint, Route, read_query_or_form},
    seed::{Kind, PolicyKind, User},
};

pub(crate) async fn authorize(route: Route, request: Request) -> Response<Body> {
    // GET and POST (OpenID Connect Core §3.1.2.1).
    let (headers, query) = match read_query_or_form(request).await {
        Ok(read) => read,
        Err(error) => return Refusal::from(error).page(&route.tenant),
    };
    match AuthorizationRequest::read(&route.tenant, &query) {
        Ok(request) => decide(&route, &request, &headers, &query),
        Err(bad) => refuse(&route, &bad),
    }
}

pub(super) fn refuse(route: &Route, bad: &BadRequest) -> Response<Body> {
    match bad {
        BadRequest::OnPage(refusal) => refusal.page(&route.tenant),
        BadRequest::ToClient(reply_to, refusal) => reply_to.refuse(&route.tenant, refusal),
    }
}

fn decide(
    route: &Route,
    request: &AuthorizationRequest,
    headers: &HeaderMap,
    query: &[u8],
) -> Response<Body> {
    let session = usable_session(route, request, headers);
    let kind = policy_kind(route);
    let signs_in = matches!(kind, PolicyKind::SignUpSignIn | PolicyKind::SignIn);
    match (request.prompt, session) {
        (Some(Prompt::None), Some((session, user))) if signs_in => {
            issue::answer(route, request, &SignedIn::again(session, user))
        }
        (Some(Prompt::None), _) => request.reply_to.refuse(&route.tenant, &Refusal::NoSession),
        (None | Some(Prompt::Consent), Some((session, user))) => match kind {
            PolicyKind::EditProfile => page::profile(&view(route, request, query), &user),
            _ if signs_in => issue::answer(route, request, &SignedIn::again(session, user)),
            _ => page::sign_in(&view(route, request, query)),
        },
        _ => page::sign_in(&view(route, request, query)),
    }
}

/// The session, if its user still exists and can sign in here, the request does not name another user, and the sign-in is recent enough.
fn usable_session(
    route: &Route,
    request: &AuthorizationRequest,
    headers: &HeaderMap,
) -> Option<(Session, User)> {
    let (id, now) = (session_id(route, headers)?, route.tenant.now());
    let session = route.tenant.state().sessions.find(id, now)?;
    let age = now.duration_since(session.since);
    let stale = request
        .max_age
        .is_some_and(|max_age| age.unwrap_or_default() > max_age);
    let user = route.tenant.user(&session.user)?;
    if !route.admits(&user) {
        return None;
    }
    let users = route.tenant.state().users.clone();
    let other = request.login_hint.as_deref().is_some_and(|hint| {
        let known = users.iter().any(|user| user.is_known_as(hint));
        known && !user.is_known_as(hint)
    });
    (!stale && !other).then_some((session, user))
}

pub(super) fn policy_kind(route: &Route) -> PolicyKind {
    match (route.registered_policy(), route.tenant.seed.kind) {
        (Some(policy), _) => policy.kind,
        (None, Kind::EntraId) => PolicyKind::SignIn,
        (None, _) => PolicyKind::default(),
    }
}

/// The content of the pages. The forms contain the request, which is parsed again on submission.
pub(super) fn view(route: &Route, request: &AuthorizationRequest, query: &[u8]) -> SignInView {
    let mut users = route.tenant.state().users.clone();
    users.retain(|user| route.admits(user));
    let hint = request.login_hint.clone();
    if let Some(hint) = &hint {
        users.sort_by_key(|user| !user.is_known_as(hint));
    }
    SignInView {
        tenant: route.tenant.domain(),
        policy: route.registered_policy().map(|policy| policy.name.clone()),
        kind: policy_kind(route),
        client: match request.client.name.as_str() {
            "" => request.client.client_id.clone(),
            name => name.to_owned(),
        },
        action: action(route, query),
        users,
        hint,
        problem: None,
        sign_up: request.prompt == Some(Prompt::Create),
    }
}

fn action(route: &Route, query: &[u8]) -> String {
    let path = route.path(PolicyEndpoint::SignIn);
    let joint = if path.contains('?') { '&' } else { '?' };
    // The path already has the policy.
    let pairs = form_urlencoded::parse(query).filter(|(name, _)| name != "p");
    let mut carried = form_urlencoded::Serializer::new(String::new());
    carried.extend_pairs(pairs);
    format!("{path}{joint}{}", carried.finish())
}
