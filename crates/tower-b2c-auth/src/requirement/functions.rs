//! The functions that make a requirement.

use super::{
    ClaimRequirement,
    rule::{Kind, Requirement},
    scope_name::{InvalidScope, scope_mistake},
};
use crate::settings::ClaimMatch;

/// Requires this scope in `scp`. It is compared exactly, by its short name, as B2C writes it there.
///
/// B2C puts the app roles of daemons into `scp` too, so this rule covers them as well.
///
/// ```
/// # #[cfg(feature = "test-util")] {
/// # use tower_b2c_auth::test_util::TestTenant;
/// use tower_b2c_auth::scope;
///
/// let claims = TestTenant::new().token().scope("tasks.read tasks.write").claims_as_if_verified();
/// assert!(scope("tasks.read").is_met_by(&claims));
/// assert!(!scope("tasks").is_met_by(&claims));
/// # }
/// ```
///
/// # Panics
///
/// If no token can ever carry the name, such as `https://contoso.onmicrosoft.com/tasks/tasks.read` or `a b`. Like the panic of axum's `Router::route` for
/// an invalid path, it names the calling line. For names from outside the code, [`try_scope`] returns the mistake.
#[track_caller]
pub fn scope(name: impl Into<Box<str>>) -> Requirement {
    match try_scope(name) {
        Ok(requirement) => requirement,
        Err(error) => panic!("{error}"),
    }
}

/// The same as [`scope`], for names that come from outside the code.
///
/// ```
/// use tower_b2c_auth::try_scope;
///
/// assert!(try_scope("tasks.read").is_ok());
/// // As the portal shows it.
/// let error = try_scope("https://contoso.onmicrosoft.com/tasks/tasks.read").unwrap_err();
/// assert!(error.to_string().ends_with("tokens carry the short name: \"tasks.read\""));
/// ```
///
/// # Errors
///
/// If no token can ever carry the name.
pub fn try_scope(name: impl Into<Box<str>>) -> Result<Requirement, InvalidScope> {
    by_name(name.into(), Kind::Scope)
}

/// Requires this role in `roles`, where Entra ID and Entra External ID put
/// [app roles](https://learn.microsoft.com/entra/identity-platform/howto-add-app-roles-in-apps). It is compared exactly.
///
/// ```
/// # #[cfg(feature = "test-util")] {
/// # use tower_b2c_auth::test_util::TestTenant;
/// use tower_b2c_auth::role;
///
/// let claims = TestTenant::new().token().role("tasks.daemon").claims_as_if_verified();
/// assert!(role("tasks.daemon").is_met_by(&claims));
/// assert!(!role("Tasks.Daemon").is_met_by(&claims));
/// # }
/// ```
pub fn role(name: impl Into<Box<str>>) -> Requirement {
    Requirement(Kind::Role(name.into()))
}

/// Requires the scope or the app role of this name. It is compared exactly, by its short name.
///
/// A user's scope is in `scp`. A daemon's app role is in `roles`, except in B2C, which puts it into `scp`. If the scope and the role share a name, this one
/// rule covers users and daemons of every family. To admit only one of the two where they can be told apart, use [`scope`] or [`role`].
///
/// ```
/// # #[cfg(feature = "test-util")] {
/// # use tower_b2c_auth::test_util::TestTenant;
/// use tower_b2c_auth::permission;
///
/// let token = TestTenant::new().token();
/// let user = token.clone().scope("tasks.run").claims_as_if_verified();
/// let daemon = token.clone().without("scp").role("tasks.run").claims_as_if_verified();
/// assert!(permission("tasks.run").is_met_by(&user) && permission("tasks.run").is_met_by(&daemon));
/// assert!(!permission("tasks.run").is_met_by(&token.claims_as_if_verified()));
/// # }
/// ```
///
/// # Panics
///
/// Under the same condition as [`scope`]. For names from outside the code, [`try_permission`] returns the mistake.
#[track_caller]
pub fn permission(name: impl Into<Box<str>>) -> Requirement {
    match try_permission(name) {
        Ok(requirement) => requirement,
        Err(error) => panic!("{error}"),
    }
}

/// The same as [`permission`], for names that come from outside the code.
///
/// ```
/// use tower_b2c_auth::try_permission;
///
/// assert!(try_permission("tasks.run").is_ok());
/// let error = try_permission("tasks.run tasks.stop").unwrap_err();
/// assert!(error.to_string().ends_with(r#"name each of them: "tasks.run", "tasks.stop""#));
/// ```
///
/// # Errors
///
/// If no token can ever carry the name.
pub fn try_permission(name: impl Into<Box<str>>) -> Result<Requirement, InvalidScope> {
    by_name(name.into(), Kind::Permission)
}

/// Requires a token from this user flow or custom policy, named in `tfp`, or in `acr` by older policies. It is compared without regard to case, because B2C
/// writes the name as it was created or in lower case.
///
/// Entra External ID and Entra ID have no policies, so their tokens never meet it.
///
/// ```
/// # #[cfg(feature = "test-util")] {
/// # use tower_b2c_auth::test_util::TestTenant;
/// use tower_b2c_auth::policy;
///
/// let claims = TestTenant::new().token().claim("tfp", "b2c_1a_mfa").claims_as_if_verified();
/// assert!(policy("B2C_1A_mfa").is_met_by(&claims));
/// assert!(!policy("B2C_1_signupsignin1").is_met_by(&claims));
/// # }
/// ```
pub fn policy(name: impl Into<Box<str>>) -> Requirement {
    Requirement(Kind::Policy(name.into()))
}

/// Requires a token that was issued to this client application: `azp`, else `appid`, equals its id. Combine several with [`any_of`].
///
/// If only known applications may call an API, Microsoft advises its owner to [check
/// this](https://learn.microsoft.com/entra/identity-platform/claims-validation#validate-the-actor).
///
/// ```
/// # #[cfg(feature = "test-util")] {
/// # use tower_b2c_auth::test_util::TestTenant;
/// use tower_b2c_auth::client;
///
/// let claims = TestTenant::new().token().claim("azp", "our-app").claims_as_if_verified();
/// assert!(client("our-app").is_met_by(&claims));
/// assert!(!client("another").is_met_by(&claims));
/// # }
/// ```
pub fn client(id: impl Into<Box<str>>) -> Requirement {
    Requirement(Kind::Client(id.into()))
}

/// Requires a claim that has this value, or is an array that contains it. The value is compared exactly; numbers and booleans are compared by their JSON text.
///
/// A string is one value, even with spaces in it; for `scp`, use [`scope`].
///
/// ```
/// # #[cfg(feature = "test-util")] {
/// # use tower_b2c_auth::test_util::TestTenant;
/// use tower_b2c_auth::claim;
///
/// let token = TestTenant::new().token().claim("extension_plan", "gold").claim("groups", ["a", "b"]).claim("newUser", true);
/// let claims = token.claims_as_if_verified();
/// assert!(claim("extension_plan", "gold").is_met_by(&claims));
/// assert!(claim("groups", "b").is_met_by(&claims));
/// assert!(claim("newUser", "true").is_met_by(&claims));
/// assert!(!claim("extension_plan", "silver").is_met_by(&claims));
/// # }
/// ```
pub fn claim(name: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Requirement {
    Requirement(Kind::Claim(ClaimRequirement::new(
        name,
        [value],
        ClaimMatch::All,
    )))
}

/// Requires that at least one of these requirements is met. An empty list is never met.
///
/// ```
/// # #[cfg(feature = "test-util")] {
/// # use tower_b2c_auth::test_util::TestTenant;
/// use tower_b2c_auth::{any_of, scope};
///
/// let claims = TestTenant::new().token().scope("tasks.read").claims_as_if_verified();
/// assert!(any_of([scope("tasks.read"), scope("tasks.write")]).is_met_by(&claims));
/// assert!(!any_of([]).is_met_by(&claims));
/// # }
/// ```
pub fn any_of(requirements: impl IntoIterator<Item = Requirement>) -> Requirement {
    Requirement(Kind::AnyOf(requirements.into_iter().collect()))
}

/// Requires that all of these requirements are met. An empty list is never met: a forgotten list must not open the door.
///
/// ```
/// # #[cfg(feature = "test-util")] {
/// # use tower_b2c_auth::test_util::TestTenant;
/// use tower_b2c_auth::{all_of, scope};
///
/// let claims = TestTenant::new().token().scope("tasks.read").claims_as_if_verified();
/// assert!(all_of([scope("tasks.read")]).is_met_by(&claims));
/// assert!(!all_of([scope("tasks.read"), scope("tasks.write")]).is_met_by(&claims));
/// assert!(!all_of([]).is_met_by(&claims));
/// # }
/// ```
pub fn all_of(requirements: impl IntoIterator<Item = Requirement>) -> Requirement {
    Requirement(Kind::AllOf(requirements.into_iter().collect()))
}

fn by_name(name: Box<str>, kind: fn(Box<str>) -> Kind) -> Result<Requirement, InvalidScope> {
    match scope_mistake(&name) {
        None => Ok(Requirement(kind(name))),
        Some(remedy) => Err(InvalidScope { name, remedy }),
    }
}
