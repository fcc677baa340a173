//! The one type for every requirement.

use b2c_verify::VerifiedToken;

use super::{ClaimRequirement, scope_name::is_scope_token};

/// A rule that verified claims meet or do not meet.
///
/// [`permission`](crate::permission), [`scope`](crate::scope), [`role`](crate::role), [`claim`](crate::claim), [`client`](crate::client) and
/// [`policy`](crate::policy) make one; [`any_of`](crate::any_of) and [`all_of`](crate::all_of) combine several.
/// [`B2cAuthLayer::require`](crate::B2cAuthLayer::require) puts it on a route, and [`VerifiedClaims::require`](crate::VerifiedClaims::require) checks it in a
/// handler. A request that does not meet it is answered with 403 `insufficient_scope` (RFC 6750 §3.1); the scopes are listed only if one of
/// them is missing.
///
/// ```
/// use tower_b2c_auth::{Requirement, all_of, any_of, policy, role, scope};
///
/// // A user with one of two scopes who came through multi-factor sign-in, or a daemon.
/// let requirement: Requirement = any_of([
///     all_of([any_of([scope("tasks.read"), scope("tasks.write")]), policy("B2C_1A_mfa")]),
///     role("tasks.daemon"),
/// ]);
///
/// # #[cfg(feature = "test-util")] {
/// # use tower_b2c_auth::test_util::TestTenant;
/// let token = TestTenant::new().token().scope("tasks.read");
/// let after_mfa = token.clone().claim("tfp", "B2C_1A_mfa").claims_as_if_verified();
/// assert!(requirement.is_met_by(&after_mfa));
/// assert!(!requirement.is_met_by(&token.claims_as_if_verified()));
/// # }
/// ```
///
/// A requirement does not check whether a token is genuine: the layer has already done that. It looks at the claims alone. For rules about the request, such
/// as its path or the owner of a record, use [routes](crate::RouteSettings) or check in the handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement(pub(super) Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Scope(Box<str>),
    Role(Box<str>),
    Permission(Box<str>),
    Policy(Box<str>),
    Client(Box<str>),
    Claim(ClaimRequirement),
    AnyOf(Vec<Requirement>),
    AllOf(Vec<Requirement>),
}

/// What a token lacks. A client can ask for another scope, so a missing scope comes first, and after it what only an administrator or another sign-in can
/// change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lack {
    Scope,
    Role,
    Policy,
    Claim,
    Client,
}

impl Requirement {
    /// Whether the claims meet this requirement.
    pub fn is_met_by(&self, claims: &VerifiedToken) -> bool {
        match &self.0 {
            Kind::Scope(name) => claims.has_scope(name),
            Kind::Role(name) => claims.roles().any(|role| *role == **name),
            Kind::Permission(name) => claims.has_permission(name),
            Kind::Policy(name) => claims
                .policy()
                .is_some_and(|policy| policy.eq_ignore_ascii_case(name)),
            Kind::Client(id) => claims.client_id() == Some(id),
            Kind::Claim(claim) => claim.is_met_by(claims),
            Kind::AnyOf(list) => list.iter().any(|requirement| requirement.is_met_by(claims)),
            Kind::AllOf(list) => {
                !list.is_empty() && list.iter().all(|requirement| requirement.is_met_by(claims))
            }
        }
    }

    /// What these claims, which do not meet it, lack. Without claims, all that it asks for. Of several things, the one that [`Lack`] names first.
    pub(crate) fn lack(&self, claims: Option<&VerifiedToken>) -> Option<Lack> {
        match &self.0 {
            Kind::Scope(_) | Kind::Permission(_) => Some(Lack::Scope),
            Kind::Role(_) => Some(Lack::Role),
            Kind::Policy(_) => Some(Lack::Policy),
            Kind::Client(_) => Some(Lack::Client),
            Kind::Claim(claim) if claim.is_about_scopes() => Some(Lack::Scope),
            Kind::Claim(claim) if claim.is_about_roles() => Some(Lack::Role),
            Kind::Claim(_) => Some(Lack::Claim),
            Kind::AnyOf(list) | Kind::AllOf(list) => {
                let is_met = |it: &Self| claims.is_some_and(|claims| it.is_met_by(claims));
                let unmet = list.iter().filter(|it| !is_met(it));
                unmet.filter_map(|it| it.lack(claims)).min()
            }
        }
    }

    /// The scopes this requirement names, separated by spaces, for the challenge.
    pub(crate) fn scopes(&self) -> String {
        let mut names = Vec::new();
        self.gather_scopes(&mut names);
        names.dedup();
        names.join(" ")
    }

    fn gather_scopes<'a>(&'a self, names: &mut Vec<&'a str>) {
        match &self.0 {
            Kind::Scope(name) | Kind::Permission(name) => names.push(name),
            Kind::Claim(claim) => names.extend(claim.scopes()),
            Kind::Role(_) | Kind::Policy(_) | Kind::Client(_) => {}
            Kind::AnyOf(list) | Kind::AllOf(list) => {
                for requirement in list {
                    requirement.gather_scopes(names);
                }
            }
        }
        names.retain(|name| is_scope_token(name));
    }
}

impl From<ClaimRequirement> for Requirement {
    fn from(claim: ClaimRequirement) -> Self {
        Self(Kind::Claim(claim))
    }
}
