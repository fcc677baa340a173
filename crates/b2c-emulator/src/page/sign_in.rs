//! The sign-in page.

use axum::{
    body::Body,
    http::{Response, StatusCode},
};
use maud::{Markup, html};

use super::layout::page;
use crate::seed::{PolicyKind, User};

/// The content of the sign-in pages.
pub(crate) struct SignInView {
    pub(crate) tenant: String,
    pub(crate) policy: Option<String>,
    pub(crate) kind: PolicyKind,
    /// The requesting application.
    pub(crate) client: String,
    /// The URL the forms are sent to.
    pub(crate) action: String,
    /// The user that the hint names comes first.
    pub(crate) users: Vec<User>,
    pub(crate) hint: Option<String>,
    pub(crate) problem: Option<String>,
    /// Whether the sign-up form is open.
    pub(crate) sign_up: bool,
}

pub(crate) fn sign_in(view: &SignInView) -> Response<Body> {
    let title = match view.kind {
        PolicyKind::SignUpSignIn | PolicyKind::SignIn => "Sign in",
        PolicyKind::EditProfile => "Whose profile?",
        PolicyKind::ResetPassword => "Who forgot their password?",
    };
    let signs_in = matches!(view.kind, PolicyKind::SignUpSignIn | PolicyKind::SignIn);
    let body = html! {
        main {
            (heading(view, title))
            form method="post" action=(view.action) {
                ul.users {
                    @for (at, user) in view.users.iter().enumerate() {
                        (user_row(view, at, user, signs_in))
                    }
                }
                div.actions {
                    @if signs_in {
                        button #forgot-password name="action" value="forgot-password" { "Forgot your password?" }
                    }
                    button #cancel name="action" value="cancel" { "Cancel" }
                }
            }
            @if view.kind == PolicyKind::SignUpSignIn {
                (sign_up(view))
            }
        }
    };
    page(StatusCode::OK, title, None, &body)
}

fn user_row(view: &SignInView, at: usize, user: &User, signs_in: bool) -> Markup {
    let hinted = view
        .hint
        .as_deref()
        .is_some_and(|hint| user.is_known_as(hint));
    html! {
        li {
            button.pick.primary[hinted] id={ "user-" (at) } name="user" value=(user.object_id) autofocus[hinted] {
                strong { (user.name) }
                @if let Some(email) = user.email() { span { (email) } }
                @if let Some(tenant) = &user.tenant_id { span { (tenant) } }
            }
            @if signs_in {
                button id={ "edit-" (at) } name="edit" value=(user.object_id) aria-label={ "Edit the claims of " (user.name) } { "Claims…" }
            }
        }
    }
}

fn sign_up(view: &SignInView) -> Markup {
    html! {
        details #sign-up-form open[view.sign_up || view.problem.is_some()] {
            summary #show-sign-up { "Sign up" }
            form method="post" action=(view.action) {
                label for="name" { "Display name" }
                input #name name="name" required autocomplete="off";
                label for="email" { "Email address" }
                input #email name="email" type="email" required autocomplete="off" value=[view.hint.as_deref()];
                label for="given_name" { "Given name" }
                input #given_name name="given_name" autocomplete="off";
                label for="family_name" { "Surname" }
                input #family_name name="family_name" autocomplete="off";
                div.actions {
                    button.primary #sign-up name="action" value="sign-up" { "Create" }
                }
            }
        }
    }
}

pub(super) fn heading(view: &SignInView, title: &str) -> Markup {
    html! {
        h1 { (title) }
        p.muted {
            "for " strong { (view.client) } " at " (view.tenant)
            @if let Some(policy) = &view.policy { ", " (policy) }
            ". This is the emulator: no password is needed."
        }
        @if let Some(problem) = &view.problem {
            p.problem role="alert" { (problem) }
        }
    }
}
