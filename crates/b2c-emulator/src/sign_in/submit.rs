//! The forms of the sign-in page: the user's choice ─▶ the response to the client.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, Response, StatusCode, header},
};
use serde_json::{Map, Value};

use super::{
    authorization_request::AuthorizationRequest,
    authorize::{policy_kind, refuse, view},
    issue::{self, SignedIn},
    refusal::Refusal,
    session_cookie::set_cookie,
};
use crate::{
    page::{self, SignInView},
    random,
    request::{MAX_PARAMS_BYTES, Params, Route},
    response::html,
    seed::{PolicyKind, User},
    tenants::user_claims,
};

pub(crate) async fn submit(route: Route, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    if is_foreign(&route, &parts.headers) {
        return html(StatusCode::FORBIDDEN);
    }
    let Ok(form) = axum::body::to_bytes(body, MAX_PARAMS_BYTES).await else {
        return Refusal::TooLarge.page(&route.tenant);
    };
    let form = match Params::parse(&form) {
        Ok(form) => form,
        Err(error) => return Refusal::from(error).page(&route.tenant),
    };
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let request = match AuthorizationRequest::read(&route.tenant, &without_policy(query)) {
        Ok(request) => request,
        Err(bad) => return refuse(&route, &bad),
    };
    let visit = Visit {
        view: view(&route, &request, query),
        route,
        request,
        form,
    };
    visit.choose()
}

/// The route has the policy already: `p` is not part of the authorization request.
fn without_policy(query: &[u8]) -> Vec<u8> {
    let pairs = form_urlencoded::parse(query).filter(|(name, _)| name != "p");
    let mut rest = form_urlencoded::Serializer::new(String::new());
    rest.extend_pairs(pairs);
    rest.finish().into_bytes()
}

/// Pages of other origins must not sign users in. Browsers send the origin of each form.
fn is_foreign(route: &Route, headers: &HeaderMap) -> bool {
    let origin = headers.get(header::ORIGIN);
    origin.is_some_and(|origin| origin.as_bytes() != route.base.as_bytes())
}

struct Visit {
    route: Route,
    request: AuthorizationRequest,
    form: Params,
    view: SignInView,
}

impl Visit {
    fn choose(self) -> Response<Body> {
        let reply_to = &self.request.reply_to;
        let tenant = &self.route.tenant;
        match self.form.get("action") {
            Some("cancel") => return reply_to.refuse(tenant, &Refusal::Cancelled),
            Some("forgot-password") => return reply_to.refuse(tenant, &Refusal::ForgottenPassword),
            Some("sign-up") => return self.sign_up(),
            _ => {}
        }
        let chosen = ["user", "edit"].iter().find_map(|name| self.form.get(name));
        let user = chosen.and_then(|user| tenant.user(user));
        let Some(user) = user.filter(|user| self.route.admits(user)) else {
            return self.again("Choose one of the users.");
        };
        if self.form.get("edit").is_some() {
            let claims = user_claims(tenant, &user, &self.request.client.client_id);
            return page::edit_claims(&self.view, &user, &pretty(&claims), None);
        }
        match (self.form.get("action"), policy_kind(&self.route)) {
            (Some("save-profile"), PolicyKind::EditProfile) => self.save_profile(user),
            (_, PolicyKind::EditProfile) => page::profile(&self.view, &user),
            (Some("sign-in-as-edited"), _) => self.sign_in_as_edited(user),
            _ => self.sign_in(user, Map::new(), false),
        }
    }

    fn sign_up(self) -> Response<Body> {
        if policy_kind(&self.route) != PolicyKind::SignUpSignIn {
            return self.again("This policy does not offer sign-up.");
        }
        let (Some(name), Some(email)) = (self.text("name"), self.text("email")) else {
            return self.again("To sign up, enter a name and an email address.");
        };
        let user = User {
            object_id: random::guid(),
            name,
            given_name: self.text("given_name"),
            family_name: self.text("family_name"),
            emails: vec![email],
            ..User::default()
        };
        {
            let mut state = self.route.tenant.state();
            let known = |known: &User| user.emails.iter().any(|email| known.is_known_as(email));
            if state.users.iter().any(known) {
                drop(state);
                return self.again("AADB2C90001: This user already exists.");
            }
            if state.users.len() >= MAX_USERS {
                drop(state);
                return self.again(
                    "There are too many users. POST /emulator/reset restores the initial ones.",
                );
            }
            state.users.push(user.clone());
        }
        self.sign_in(user, Map::new(), true)
    }

    fn save_profile(self, mut user: User) -> Response<Body> {
        user.name = self.text("name").unwrap_or(user.name);
        user.given_name = self.text("given_name");
        user.family_name = self.text("family_name");
        {
            let mut state = self.route.tenant.state();
            let known = state.users.iter_mut();
            for known in known.filter(|known| known.object_id == user.object_id) {
                *known = user.clone();
            }
        }
        self.sign_in(user, Map::new(), false)
    }

    /// Signs the user in with the edited claims. A removed claim is `null`.
    fn sign_in_as_edited(self, user: User) -> Response<Body> {
        let text = self.form.get("claims").unwrap_or_default();
        let mut edited: Map<String, Value> = match serde_json::from_str(text) {
            Ok(edited) => edited,
            Err(error) => {
                let problem = format!("This is not a JSON object: {error}.");
                return page::edit_claims(&self.view, &user, text, Some(&problem));
            }
        };
        for (name, _) in user_claims(&self.route.tenant, &user, &self.request.client.client_id) {
            edited.entry(name).or_insert(Value::Null);
        }
        self.sign_in(user, edited, false)
    }

    fn sign_in(self, user: User, edited: Map<String, Value>, new_user: bool) -> Response<Body> {
        let now = self.route.tenant.now();
        let lifetime = self.route.tenant.seed.lifetimes.session();
        let id = {
            let mut state = self.route.tenant.state();
            let user = user.object_id.clone();
            state.sessions.begin(user, edited.clone(), now, lifetime)
        };
        let signed_in = SignedIn {
            user,
            edited,
            new_user,
            at: now,
        };
        let mut response = issue::answer(&self.route, &self.request, &signed_in);
        if let Some(cookie) = set_cookie(&self.route, Some(&id)) {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        response
    }

    fn again(mut self, problem: &str) -> Response<Body> {
        self.view.problem = Some(problem.to_owned());
        page::sign_in(&self.view)
    }

    fn text(&self, name: &str) -> Option<String> {
        let text = self.form.get(name)?.trim();
        (!text.is_empty()).then(|| text.chars().take(MAX_CHARACTERS).collect())
    }
}

fn pretty(claims: &Map<String, Value>) -> String {
    serde_json::to_string_pretty(claims).unwrap_or_default()
}

/// B2C's limit for an attribute.
const MAX_CHARACTERS: usize = 250;
/// More than anyone would sign up by hand.
const MAX_USERS: usize = 1000;
