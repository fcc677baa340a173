//! Edits a user's claims before they are issued.

use axum::{
    body::Body,
    http::{Response, StatusCode},
};
use maud::html;

use super::{
    layout::page,
    sign_in::{SignInView, heading},
};
use crate::seed::User;

pub(crate) fn edit_claims(
    view: &SignInView,
    user: &User,
    claims: &str,
    problem: Option<&str>,
) -> Response<Body> {
    let title = "Edit the claims";
    let body = html! {
        main {
            (heading(view, title))
            @if let Some(problem) = problem {
                p.problem role="alert" { (problem) }
            }
            form method="post" action=(view.action) {
                input type="hidden" name="user" value=(user.object_id);
                label for="claims" { "What the tokens say about " (user.name) }
                textarea #claims name="claims" rows="14" spellcheck="false" { (claims) }
                p.muted { "A JSON object. It may also replace protocol claims such as " code { "exp" } " or " code { "aud" } "." }
                div.actions {
                    button.primary #sign-in name="action" value="sign-in-as-edited" { "Sign in" }
                    button #cancel name="action" value="cancel" { "Cancel" }
                }
            }
        }
    };
    page(StatusCode::OK, title, None, &body)
}
