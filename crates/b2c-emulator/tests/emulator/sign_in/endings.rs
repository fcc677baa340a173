//! The other ways a sign-in ends.

use axum::http::StatusCode;
use b2c_emulator::{Emulator, Seed};

use super::browser::{ALEX, Visit, claims, query};

#[tokio::test]
async fn cancelling_and_a_forgotten_password_have_their_own_codes() {
    let mut visit = Visit::new();
    for (button, code) in [
        ("cancel", "AADB2C90091"),
        ("forgot-password", "AADB2C90118"),
    ] {
        let back = visit.choose(&[], &[("action", button)]).await;
        assert_eq!(
            back.redirected_error(),
            ("access_denied".into(), code.into())
        );
        assert_eq!(back.param("state").unwrap(), "s1");
        let text = back.param("error_description").unwrap();
        assert!(text.contains("\r\nCorrelation ID: "), "{text}");
        assert!(
            text.ends_with("\r\nTimestamp: 2027-01-15 08:00:00Z\r\n"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn only_the_first_token_after_sign_up_has_new_user() {
    let mut visit = Visit::new();
    let form = [
        ("action", "sign-up"),
        ("name", "Dana <b>"),
        ("email", "dana@contoso.example"),
    ];
    let back = visit.choose(&[], &form).await;
    let answer = visit.redeem(&back.param("code").unwrap(), &[]).await;
    let id = answer.claims("id_token");
    assert_eq!(
        (&id["newUser"], &id["name"]),
        (&true.into(), &"Dana <b>".into())
    );
    // The session continues, but `newUser` comes only once.
    let back = visit.authorize(&[]).await;
    let answer = visit.redeem(&back.param("code").unwrap(), &[]).await;
    assert!(answer.claims("id_token")["newUser"].is_null());
    // The page shows the name as text.
    let page = visit.authorize(&[("prompt", "login")]).await;
    assert!(page.body.contains("Dana &lt;b&gt;") && !page.body.contains("Dana <b>"));
    // The same address cannot sign up twice.
    let again = visit.choose(&[("prompt", "login")], &form).await;
    assert_eq!(again.status, StatusCode::OK);
    assert!(again.body.contains("AADB2C90001"));
    visit.emulator.reset();
    assert_eq!(visit.emulator.users().len(), 3);
}

#[tokio::test]
async fn claims_are_changed_taken_out_and_added() {
    let mut visit = Visit::new();
    let page = visit.choose(&[], &[("edit", ALEX)]).await;
    assert!(page.body.contains("&quot;emails&quot;"), "{}", page.body);
    let edited = format!(r#"{{"oid":"{ALEX}","sub":"{ALEX}","name":"Other","extra":[1]}}"#);
    let form = |claims| {
        [
            ("action", "sign-in-as-edited"),
            ("user", ALEX),
            ("claims", claims),
        ]
    };
    let bad = visit.post(&page.form_action(), &form("{not json")).await;
    assert!(
        bad.body.contains("This is not a JSON object"),
        "{}",
        bad.body
    );
    let back = visit.post(&page.form_action(), &form(&edited)).await;
    let answer = visit.redeem(&back.param("code").unwrap(), &[]).await;
    for token in ["access_token", "id_token"] {
        let claims = answer.claims(token);
        assert_eq!(
            (&claims["name"], &claims["extra"][0]),
            (&"Other".into(), &1.into())
        );
        assert!(claims["emails"].is_null() && claims["given_name"].is_null());
        assert_eq!(claims["ver"], "1.0");
    }
}

#[tokio::test]
async fn a_profile_is_edited_and_a_password_reset() {
    let mut visit = Visit::new();
    let profile = "/contoso.onmicrosoft.com/b2c_1_editprofile1/oauth2/v2.0/authorize";
    visit.sign_in(&[]).await;
    let page = visit.get(&format!("{profile}?{}", query(&[]))).await;
    assert!(
        page.body.contains("value=\"Alex Example\""),
        "{}",
        page.body
    );
    let form = [
        ("action", "save-profile"),
        ("user", ALEX),
        ("name", "Alexandra"),
    ];
    let back = visit.post(&page.form_action(), &form).await;
    assert!(back.param("code").is_some());
    assert!(
        visit
            .emulator
            .users()
            .iter()
            .any(|user| user.name == "Alexandra")
    );
    let silent = visit
        .get(&format!("{profile}?{}", query(&[("prompt", "none")])))
        .await;
    assert_eq!(silent.redirected_error().0, "interaction_required");

    let reset = "/contoso.onmicrosoft.com/b2c_1_passwordreset1/oauth2/v2.0/authorize";
    let page = visit.get(&format!("{reset}?{}", query(&[]))).await;
    assert!(page.body.contains("Who forgot their password?"));
    let back = visit.post(&page.form_action(), &[("user", ALEX)]).await;
    assert!(back.param("code").is_some());
}

#[tokio::test]
async fn a_seed_sets_issuer_subject_policy_claim_and_lifetimes() {
    let seed = r#"
        [[tenant]]
        name = "fabrikam"
        id = "11112222-0000-0000-0000-000000000000"
        issuer = "tfp"
        subject = "not-supported"
        policy_claim = "acr"
        lifetimes = { access_token_secs = 300, id_token_secs = 600 }
        [[tenant.policy]]
        name = "B2C_1A_Any"
        [[tenant.application]]
        client_id = "11112222-bbbb-3333-cccc-4444dddd5555"
        spa_redirect_uris = ["http://localhost:3000/"]
        [[tenant.user]]
        object_id = "u1"
        name = "One"
        claims = { roles = ["A"] }
        extensions = { Level = 3 }
    "#;
    let seed = Seed::from_toml(seed).unwrap();
    let mut visit = Visit::with(Emulator::builder().seed(seed));
    let path = "/fabrikam.onmicrosoft.com/b2c_1a_any/oauth2/v2.0";
    let scope = "openid 11112222-bbbb-3333-cccc-4444dddd5555";
    let page = visit
        .get(&format!("{path}/authorize?{}", query(&[("scope", scope)])))
        .await;
    let back = visit.post(&page.form_action(), &[("user", "u1")]).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", super::browser::CLIENT),
        ("code", &back.param("code").unwrap()),
        ("redirect_uri", super::browser::SPA),
        ("code_verifier", super::browser::VERIFIER),
    ];
    let answer = visit.post(&format!("{path}/token"), &form).await.json();
    let claims = claims(answer["access_token"].as_str().unwrap());
    let issuer = "http://127.0.0.1:0/tfp/11112222-0000-0000-0000-000000000000/b2c_1a_any/v2.0/";
    assert_eq!(claims["iss"], issuer);
    assert_eq!(claims["sub"], "Not supported currently. Use oid claim.");
    assert_eq!(
        (&claims["acr"], claims["tfp"].is_null()),
        (&"b2c_1a_any".into(), true)
    );
    assert_eq!(
        (&claims["roles"][0], &claims["extension_Level"]),
        (&"A".into(), &3.into())
    );
    assert_eq!(
        claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(),
        300
    );
}

#[test]
fn the_seeds_in_the_readme_are_seeds() {
    let readme = include_str!("../../../README.md");
    let blocks = readme.split("```toml\n").skip(1);
    let blocks = blocks.map(|rest| rest.split("```").next().unwrap());
    let seeds: Vec<_> = blocks.map(|seed| Seed::from_toml(seed).unwrap()).collect();
    let users: Vec<_> = seeds.iter().map(|seed| &seed.tenants[0].users[0]).collect();
    assert_eq!(users[0].extensions["Level"], 3);
    assert!(users[1].tenant_id.is_some());
}

#[test]
fn unusable_seeds_are_refused_with_the_reason() {
    let tenant = "[[tenant]]\nname = 'a'\nid = 'b'\n";
    let application = "[[tenant.application]]\nclient_id = 'c'\n";
    let api = |id, end| {
        format!("[[tenant.application]]\nclient_id = '{id}'\napp_id_uri = 'api://tasks{end}'\n")
    };
    for (seed, why) in [
        (String::new(), "missing field `tenant`"),
        ("tenant = []".into(), "no [[tenant]]"),
        (format!("{tenant}colour = 'red'"), "unknown field `colour`"),
        (
            format!("{tenant}{tenant}"),
            "the tenant name \"a\" occurs twice",
        ),
        (
            format!("{tenant}{application}{application}"),
            "the client id \"c\" occurs twice",
        ),
        (
            format!("{tenant}{application}spa_redirect_uris = ['javascript:alert(1)']"),
            "the redirect URI \"javascript:alert(1)\" of the application \"c\" is invalid: write an absolute URI",
        ),
        (
            format!("{tenant}policy = [{{ name = 'signupsignin1' }}]"),
            "the policy \"signupsignin1\" is invalid: write B2C_1_… or B2C_1A_…",
        ),
        (
            format!("{tenant}{application}web_redirect_uris = ['http://app.example/']"),
            "the redirect URI \"http://app.example/\" of the application \"c\" is invalid: write https",
        ),
        (
            format!("{tenant}{}{}", api('c', ""), api('d', "/")),
            "the application ID URI \"api://tasks\" occurs twice",
        ),
        (
            "[[tenant]]\nname = 'a/b'\nid = 'c'".into(),
            "the tenant name \"a/b\" is invalid",
        ),
    ] {
        let error = Seed::from_toml(&seed).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn a_seed_is_refused_with_all_its_mistakes_at_once() {
    let seed = r#"
        [[tenant]]
        name = "a/b"
        id = "c"
        policy = [{ name = "signin" }]
        [[tenant.application]]
        client_id = "d"
        spa_redirect_uris = ["http://app.example/", "http://localhost:3000/"]
    "#;
    let error = Seed::from_toml(seed).unwrap_err().to_string();
    let mistakes: Vec<_> = error.lines().skip(1).collect();
    let expected = [
        "  the tenant name \"a/b\" is invalid: write letters, digits and hyphens",
        "  the tenant id \"c\" is invalid: write a GUID, such as aaaabbbb-0000-cccc-1111-dddd2222eeee",
        "  the policy \"signin\" is invalid: write B2C_1_… or B2C_1A_…",
        "  the redirect URI \"http://app.example/\" of the application \"d\" is invalid: write https, except for localhost",
    ];
    assert_eq!(mistakes, expected, "{error}");
}
