//! The page of a profile-editing policy.

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

pub(crate) fn profile(view: &SignInView, user: &User) -> Response<Body> {
    let title = "Edit your profile";
    let body = html! {
        main {
            (heading(view, title))
            form method="post" action=(view.action) {
                input type="hidden" name="user" value=(user.object_id);
                label for="name" { "Display name" }
                input #name name="name" required autocomplete="off" value=(user.name);
                label for="given_name" { "Given name" }
                input #given_name name="given_name" autocomplete="off" value=[user.given_name.as_deref()];
                label for="family_name" { "Surname" }
                input #family_name name="family_name" autocomplete="off" value=[user.family_name.as_deref()];
                div.actions {
                    button.primary #save name="action" value="save-profile" { "Continue" }
                    button #cancel name="action" value="cancel" formnovalidate { "Cancel" }
                }
            }
        }
    };
    page(StatusCode::OK, title, None, &body)
}
