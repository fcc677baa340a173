//! The pages: plain HTML that works without scripts, by keyboard, and on a phone. `maud` escapes every value.

mod control_routes;
mod dashboard;
mod decoded;
mod edit_claims;
mod form_post;
mod layout;
mod message;
mod profile;
mod sign_in;

pub(crate) use self::{
    dashboard::{DashboardView, Shown, TenantView, dashboard},
    decoded::decoded,
    edit_claims::edit_claims,
    form_post::form_post,
    message::{refused, signed_out},
    profile::profile,
    sign_in::{SignInView, sign_in},
};
