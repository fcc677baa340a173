//! What an application does with the crate: discover, send the user away, redeem the code, renew.

use openidconnect::{
    AccessToken, AuthorizationCode, ClientId, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, RedirectUrl,
    RefreshToken, Scope, TokenResponse as _,
    core::{
        CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreIdTokenClaims, CoreProviderMetadata,
    },
    reqwest::{Certificate, blocking, redirect},
};
use serde_json::json;

use crate::harness::{Error, Harness};

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

pub(crate) struct RelyingParty {
    client: Client,
    http: blocking::Client,
}

/// What a sign-in brought.
pub(crate) struct SignedIn {
    pub(crate) access_token: AccessToken,
    pub(crate) refresh_token: RefreshToken,
    pub(crate) claims: CoreIdTokenClaims,
    pub(crate) id_token: String,
}

impl RelyingParty {
    pub(crate) fn discover(harness: &Harness, issuer: &str) -> Result<Self, Error> {
        let http = http(harness)?;
        let issuer = IssuerUrl::new(issuer.to_owned())?;
        let metadata = CoreProviderMetadata::discover(&issuer, &http)?;
        let id = ClientId::new(harness.text("clientId")?.to_owned());
        let redirect = RedirectUrl::new(harness.text("redirectUri")?.to_owned())?;
        let client =
            CoreClient::from_provider_metadata(metadata, id, None).set_redirect_uri(redirect);
        Ok(Self { client, http })
    }

    /// The whole code flow, with the harness as the user at the browser. Without a name nobody presses a button.
    pub(crate) fn sign_in(
        &self,
        harness: &Harness,
        user: Option<&str>,
        scopes: &[&str],
    ) -> Result<SignedIn, Error> {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = self
            .client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scope(Scope::new("offline_access".into()))
            .add_scopes(scopes.iter().map(|scope| Scope::new((*scope).to_owned())))
            .set_pkce_challenge(challenge);
        if user.is_none() {
            request = request.add_prompt(CoreAuthPrompt::None);
        }
        let (url, state, nonce) = request.url();
        let answer = harness.ask("browse", &json!({ "url": url, "choose": user }))?;
        let params = &answer["params"];
        if params["state"] != **state.secret() {
            return Err("another state came back".into());
        }
        let Some(code) = params["code"].as_str() else {
            return Err(params["error"].as_str().unwrap_or("no code").into());
        };
        let response = self
            .client
            .exchange_code(AuthorizationCode::new(code.to_owned()))?
            .set_pkce_verifier(verifier)
            .request(&self.http)?;
        let id_token = response.id_token().ok_or("no ID token")?;
        let claims = id_token.claims(&self.client.id_token_verifier(), &nonce)?;
        Ok(SignedIn {
            access_token: response.access_token().clone(),
            refresh_token: response.refresh_token().ok_or("no refresh token")?.clone(),
            claims: claims.clone(),
            id_token: id_token.to_string(),
        })
    }

    pub(crate) fn renew(
        &self,
        token: &RefreshToken,
        scopes: &[&str],
    ) -> Result<(AccessToken, RefreshToken), Error> {
        let scopes = scopes.iter().map(|scope| Scope::new((*scope).to_owned()));
        let response = self
            .client
            .exchange_refresh_token(token)?
            .add_scopes(scopes)
            .request(&self.http)?;
        let refresh_token = response.refresh_token().ok_or("no refresh token")?;
        Ok((response.access_token().clone(), refresh_token.clone()))
    }
}

/// Trusts the emulator's certificate authority, and follows no redirects, as the crate's documentation asks for.
pub(crate) fn http(harness: &Harness) -> Result<blocking::Client, Error> {
    let ca = std::fs::read(harness.text("ca")?)?;
    Ok(blocking::Client::builder()
        .add_root_certificate(Certificate::from_pem(&ca)?)
        .redirect(redirect::Policy::none())
        .build()?)
}
