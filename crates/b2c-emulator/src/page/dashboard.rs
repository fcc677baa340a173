//! The page at `/emulator`.

use axum::{
    body::Body,
    http::{Response, StatusCode},
};
use maud::{Markup, html};
use serde_json::{Map, Value};

use super::{control_routes::ROUTES, layout::page};
use crate::{
    clock::timestamp,
    request::LoggedRequest,
    seed::{Application, Kind, User},
};

pub(crate) struct DashboardView {
    pub(crate) base: String,
    pub(crate) has_authority: bool,
    pub(crate) tenants: Vec<TenantView>,
    pub(crate) requests: Vec<LoggedRequest>,
    pub(crate) now: String,
    pub(crate) shown: Shown,
}

pub(crate) struct TenantView {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) id: String,
    pub(crate) issuer: String,
    pub(crate) metadata: Vec<String>,
    pub(crate) policies: Vec<String>,
    pub(crate) keys: Map<String, Value>,
    pub(crate) faults: bool,
    pub(crate) applications: Vec<Application>,
    pub(crate) users: Vec<User>,
}

/// The result of the button that was pressed.
pub(crate) enum Shown {
    Nothing,
    Done(String),
    Problem(String),
    Token(String),
    Decoded {
        header: String,
        claims: String,
        verdict: String,
    },
}

pub(crate) fn dashboard(view: &DashboardView) -> Response<Body> {
    let body = html! {
        main.wide {
            h1 { "Emulator" }
            p.muted { code { (view.base) } ", " (view.now) ". Anyone who can reach this port can sign in as anyone." }
            nav aria-label="On this page" {
                @for tenant in &view.tenants { a href={ "#" (tenant.name) } { (tenant.name) } " " }
                a href="#token" { "A token" } " "
                a href="#requests" { "The last requests" } " "
                a href="#over-http" { "Over HTTP" }
            }
            (shown(&view.shown))
            @for tenant in &view.tenants { (tenant_section(tenant)) }
            h2 #token { "A token" }
            div.columns {
                (mint_form(view))
                (decode_form())
            }
            @if view.has_authority {
                p { "To trust this server: " a href="/emulator/ca.pem" { "ca.pem" } }
            }
            (requests(&view.requests))
            (over_http(&view.base))
            form method="post" action="/emulator/page" {
                button #reset name="action" value="reset" { "Reset everything" }
            }
        }
    };
    page(StatusCode::OK, "Emulator", Some(COPY), &body)
}

fn shown(shown: &Shown) -> Markup {
    html! {
        @match shown {
            Shown::Nothing => {}
            Shown::Done(text) => p.done #done role="status" { (text) },
            Shown::Problem(text) => p.problem #problem role="alert" { (text) },
            Shown::Token(token) => section.done {
                label for="minted" { "The token" }
                textarea #minted readonly rows="6" data-copy="" { (token) }
            },
            Shown::Decoded { header, claims, verdict } => section.done #decoded {
                p { (verdict) }
                pre { (header) }
                pre { (claims) }
            },
        }
    }
}

fn tenant_section(tenant: &TenantView) -> Markup {
    let product = match tenant.kind {
        Kind::B2c => "Azure AD B2C",
        Kind::ExternalId => "Entra External ID",
        Kind::EntraId => "Entra ID",
    };
    html! {
        section {
            h2 id=(tenant.name) { (tenant.name) " " span.muted { (product) } }
            @if tenant.faults { p.problem { "Faults are active." } }
            dl {
                dt { "Tenant id" } dd { code data-copy="" { (tenant.id) } }
                dt { "Issuer" } dd { code data-copy="" { (tenant.issuer) } }
                dt { "Metadata" } @for url in &tenant.metadata { dd { code data-copy="" { (url) } } }
                @for (policy, keys) in signing_keys(&tenant.keys) {
                    dt { "Keys" @if let Some(policy) = policy { " of " (policy) } } dd { (keys) }
                }
            }
            (applications(&tenant.applications))
            (users(&tenant.users))
            form.actions method="post" action="/emulator/page" {
                input type="hidden" name="tenant" value=(tenant.name);
                button name="action" value="rotate" { "Rotate the key" }
                button name="action" value="outage" { "Outage" }
                button name="action" value="hang" { "Hang" }
                button name="action" value="heal" disabled[!tenant.faults] { "Heal" }
            }
        }
    }
}

/// One line if all policies have the same keys.
fn signing_keys(keys: &Map<String, Value>) -> Vec<(Option<&str>, Markup)> {
    let line = |ring: &Value| {
        html! {
            @for kid in ring["published"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                code { (kid) } @if ring["signing"] == kid { " signs" } br;
            }
        }
    };
    let mut rings = keys.values();
    let first = rings.next();
    if rings.all(|ring| Some(ring) == first) {
        return first.map(|ring| (None, line(ring))).into_iter().collect();
    }
    keys.iter()
        .map(|(policy, ring)| (Some(policy.as_str()), line(ring)))
        .collect()
}

fn applications(applications: &[Application]) -> Markup {
    html! {
        div.table { table {
            caption { "Applications" }
            thead { tr { th { "Name" } th { "Client id" } th { "Scopes" } th { "Redirect URIs" } } }
            tbody { @for application in applications { tr {
                td data-label="Name" { (application.name) }
                td data-label="Client id" { code data-copy="" { (application.client_id) } }
                td data-label="Scopes" { @for scope in &application.scopes {
                    code data-copy="" { (application.full_name(scope)) } br;
                } }
                td data-label="Redirect URIs" { (redirect_uris(application)) }
            } } }
        } }
    }
}

/// Collapsed, because there are many and few readers need them.
fn redirect_uris(application: &Application) -> Markup {
    let uris: Vec<&str> = application.redirect_uris().collect();
    html! {
        @if !uris.is_empty() {
            details.plain {
                summary { (uris.len()) " registered" }
                @for uri in uris { code { (uri) } br; }
            }
        }
    }
}

fn users(users: &[User]) -> Markup {
    html! {
        div.table { table {
            caption { "Users" }
            thead { tr { th { "Name" } th { "Emails" } th { "Object id" } th { "Roles" } } }
            tbody { @for user in users { tr {
                td data-label="Name" { (user.name) }
                td data-label="Emails" { (user.emails.join(", ")) }
                td data-label="Object id" { code data-copy="" { (user.object_id) } }
                td data-label="Roles" { (user.roles.join(", ")) }
            } } }
        } }
    }
}

fn mint_form(view: &DashboardView) -> Markup {
    html! {
        form method="post" action="/emulator/page#minted" {
            label for="tenant" { "Tenant" }
            select #tenant name="tenant" {
                @for tenant in &view.tenants { option value=(tenant.name) { (tenant.name) } }
            }
            label for="policy" { "User flow (B2C only)" }
            select #policy name="policy" {
                option value="" { "the first" }
                @for tenant in &view.tenants { @for policy in &tenant.policies { option { (policy) } } }
            }
            label for="user" { "User" }
            select #user name="user" {
                option value="" { "the first" }
                @for tenant in &view.tenants { @for user in &tenant.users {
                    option value=(user.object_id) { (user.name) ", " (tenant.name) }
                } }
            }
            label for="scope" { "Scopes" }
            input #scope name="scope" placeholder="all of the API's";
            label for="expires_in" { "Valid for, in seconds" }
            input #expires_in name="expires_in" inputmode="numeric" placeholder="3600";
            label for="mint-claims" { "Further claims" }
            textarea #mint-claims name="claims" rows="3" spellcheck="false" { "{}" }
            div.actions { button.primary #mint name="action" value="mint" { "Make a token" } }
        }
    }
}

fn decode_form() -> Markup {
    html! {
        form method="post" action="/emulator/page#decoded" {
            label for="decode-token" { "A token to decode" }
            textarea #decode-token name="token" rows="8" spellcheck="false" {}
            div.actions { button #decode name="action" value="decode" { "Decode" } }
        }
    }
}

fn requests(requests: &[LoggedRequest]) -> Markup {
    html! {
        h2 #requests { "The last requests" }
        @if requests.is_empty() { p.muted { "None so far. Reload the page to see new ones." } }
        @else { div.table { table {
            thead { tr { th { "Time" } th { "Request" } th { "Status" } th { "Why" } } }
            tbody { @for request in requests { tr {
                td data-label="Time" { (timestamp(request.at)) }
                td data-label="Request" { (request.method) " " code { (request.path) } }
                td data-label="Status" { (request.status) }
                td data-label="Why" { @if let Some(note) = &request.note { (note) } }
            } } }
        } } }
    }
}

fn over_http(base: &str) -> Markup {
    html! {
        h2 #over-http { "Over HTTP" }
        p.muted { "Scripts can do all that the buttons do (except decoding a token and choosing the user of a new one) and more besides: " code { "curl " (base) "/emulator/requests" } ". " code { "?tenant=NAME" } " chooses a tenant; the default is the first one." }
        div.table { table {
            thead { tr { th { "Request" } th { "Body" } th { "Effect" } } }
            tbody { @for route in &ROUTES { tr {
                td data-label="Request" { (route.method) " " code { (route.path) } }
                td data-label="Body" { @if !route.body.is_empty() { code { (route.body) } } }
                td data-label="Effect" { (route.effect) }
            } } }
        } }
    }
}

/// A copy button, if scripts run.
const COPY: &str = "for (const e of document.querySelectorAll('[data-copy]')) { \
    const b = document.createElement('button'); b.type = 'button'; b.className = 'copy'; b.textContent = 'Copy'; \
    b.setAttribute('aria-label', 'Copy ' + (e.value || e.textContent).slice(0, 60)); \
    b.onclick = () => navigator.clipboard.writeText(e.value || e.textContent).then(() => { b.textContent = 'Copied'; }); e.after(b); }";
