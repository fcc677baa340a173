//! The cases. docs/clients.md says what each does.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::{AccessToken, RefreshToken, reqwest::blocking};
use serde_json::{Value, json};

use crate::{
    harness::{Error, Harness, chain},
    relying_party::{RelyingParty, SignedIn, http},
};

pub(crate) fn run_all(harness: &Harness) -> Result<(), Error> {
    let party = RelyingParty::discover(harness, harness.text("issuer")?)?;
    let first = match sign_in(harness, &party) {
        Ok(first) => first,
        // The other cases cannot run without a sign-in.
        Err(error) => return harness.report("sign in", &Err(error)),
    };
    harness.report("sign in", &Ok(()))?;
    let api = Api::new(harness)?;
    let mut story = Story {
        party,
        refresh_token: first.refresh_token.clone(),
        first,
        api,
    };
    harness.report("call the API", &story.call_the_api())?;
    harness.report("forced refresh", &story.forced_refresh())?;
    harness.report("another scope", &story.another_scope(harness))?;
    if harness.setup["policy"].is_string() {
        harness.report("wrong user flow", &wrong_user_flow(harness))?;
    }
    harness.report("after a rotation", &story.after_a_rotation(harness))?;
    harness.report("after an outage", &story.after_an_outage(harness))?;
    harness.report("sign out", &story.sign_out(harness))
}

/// What the cases have in common.
struct Story {
    party: RelyingParty,
    first: SignedIn,
    refresh_token: RefreshToken,
    api: Api,
}

fn sign_in(harness: &Harness, party: &RelyingParty) -> Result<SignedIn, Error> {
    let user = harness.text("user")?;
    let signed_in = party.sign_in(harness, Some(user), &[harness.text("read")?])?;
    let name = signed_in.claims.name().and_then(|name| name.get(None));
    same(&name.map(|name| name.as_str()), &Some(user))?;
    same(
        &claims(signed_in.access_token.secret())?["scp"],
        &"tasks.read".into(),
    )?;
    Ok(signed_in)
}

fn wrong_user_flow(harness: &Harness) -> Result<(), Error> {
    let issuer = harness.text("issuer")?;
    let missing = issuer.replace(harness.text("policy")?, "B2C_1_nobody_made_this");
    match RelyingParty::discover(harness, &missing) {
        Err(error) if chain(error.as_ref()).contains("404") => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err("it goes on with a user flow that is not there".into()),
    }
}

impl Story {
    fn renew(&mut self, scopes: &[&str]) -> Result<AccessToken, Error> {
        let (access_token, refresh_token) = self.party.renew(&self.refresh_token, scopes)?;
        self.refresh_token = refresh_token;
        Ok(access_token)
    }

    fn call_the_api(&self) -> Result<(), Error> {
        self.api.accepts(&self.first.access_token)?;
        let written = self.api.write(self.first.access_token.secret())?;
        same(&written, &403)?;
        let (status, _) = self.api.read(&self.first.id_token)?;
        if status == 200 {
            return Err("the API took an ID token".into());
        }
        Ok(())
    }

    fn forced_refresh(&mut self) -> Result<(), Error> {
        let used = self.refresh_token.secret().clone();
        let renewed = self.renew(&[])?;
        self.api.accepts(&renewed)?;
        if *self.refresh_token.secret() == used {
            return Err("the same refresh token again".into());
        }
        let renewed = self.renew(&[])?;
        self.api.accepts(&renewed)
    }

    fn another_scope(&mut self, harness: &Harness) -> Result<(), Error> {
        let scopes = [
            "openid",
            "offline_access",
            harness.text("read")?,
            harness.text("write")?,
        ];
        let renewed = self.renew(&scopes)?;
        same(&self.api.write(renewed.secret())?, &201)
    }

    fn after_a_rotation(&mut self, harness: &Harness) -> Result<(), Error> {
        let rotated = harness.ask("rotate", &json!({}))?;
        // The crate has the keys that it discovered and looks for no others.
        let user = harness.setup["user"].as_str();
        let scopes = [harness.text("read")?];
        match self.party.sign_in(harness, user, &scopes) {
            Err(error) if chain(error.as_ref()).contains("No matching key found") => (),
            Err(error) => return Err(error),
            Ok(_) => return Err("a key that it cannot know".into()),
        }
        self.party = RelyingParty::discover(harness, harness.text("issuer")?)?;
        let again = self.party.sign_in(harness, user, &scopes)?;
        same(&part(&again.id_token, 0)?["kid"], &rotated["kid"])?;
        self.api.accepts(&again.access_token)?;
        self.api.accepts(&self.first.access_token)
    }

    fn after_an_outage(&mut self, harness: &Harness) -> Result<(), Error> {
        harness.ask("outage", &json!({}))?;
        if self.renew(&[]).is_ok() {
            return Err("a token from a tenant that is away".into());
        }
        self.api.accepts(&self.first.access_token)?;
        harness.ask("heal", &json!({}))?;
        let renewed = self.renew(&[])?;
        self.api.accepts(&renewed)
    }

    /// The crate's metadata type leaves out where to sign out, so the application builds the URL as Microsoft documents it.
    fn sign_out(&self, harness: &Harness) -> Result<(), Error> {
        let url = format!("{}/oauth2/v2.0/logout", harness.text("authority")?);
        harness.ask("browse", &json!({ "url": url }))?;
        let no_session = if harness.setup["policy"].is_string() {
            "interaction_required"
        } else {
            "login_required"
        };
        match self.party.sign_in(harness, None, &[harness.text("read")?]) {
            Err(error) if error.to_string() == no_session => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err("the tenant still knows the user".into()),
        }
    }
}

/// The API, seen by a client.
struct Api {
    http: blocking::Client,
    base: String,
    user: String,
}

impl Api {
    fn new(harness: &Harness) -> Result<Self, Error> {
        Ok(Self {
            http: http(harness)?,
            base: harness.text("api")?.to_owned(),
            user: harness.text("user")?.to_owned(),
        })
    }

    fn read(&self, token: &str) -> Result<(u16, Value), Error> {
        let request = self.http.get(format!("{}/tasks", self.base));
        let response = request.bearer_auth(token).send()?;
        let status = response.status().as_u16();
        let body = if status == 200 {
            serde_json::from_str(&response.text()?)?
        } else {
            Value::Null
        };
        Ok((status, body))
    }

    fn write(&self, token: &str) -> Result<u16, Error> {
        let request = self.http.post(format!("{}/tasks/new", self.base));
        let body = json!({ "text": "write it down" }).to_string();
        let request = request
            .header("content-type", "application/json")
            .body(body);
        Ok(request.bearer_auth(token).send()?.status().as_u16())
    }

    /// It accepts the token as the user's.
    fn accepts(&self, token: &AccessToken) -> Result<(), Error> {
        let (status, body) = self.read(token.secret())?;
        same(&status, &200)?;
        same(&body["user"].as_str(), &Some(self.user.as_str()))
    }
}

fn claims(token: &str) -> Result<Value, Error> {
    part(token, 1)
}

fn part(token: &str, index: usize) -> Result<Value, Error> {
    let text = token.split('.').nth(index).ok_or("no token")?;
    Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text)?)?)
}

fn same<T: PartialEq + std::fmt::Debug>(found: &T, expected: &T) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{found:?} instead of {expected:?}").into())
}
