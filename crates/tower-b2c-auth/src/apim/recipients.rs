//! `<audiences>`, or the required claim `aud` ─▶ audiences.

use super::{context::Context, document::AZURE_AD, list::texts, value::AUDIENCE, xml::Element};
use crate::{
    config::common_rules::stands_for_its_uri,
    settings::{ClaimMatch, RequiredClaim, Settings},
};

pub(super) fn read(
    element: &Element<'_>,
    audience_list: Option<&Element<'_>>,
    settings: &mut Settings,
    context: &mut Context<'_>,
) {
    match audience_list {
        Some(list) => {
            settings.audiences = audiences(audience_list, context);
            if is_of_entra_id(element) && any_stands_for_its_uri(&settings.audiences) {
                context.note(list.line, list.name(), ALSO_AS_URI);
            }
        }
        None => audience_claim(element, settings, context),
    }
    let has_scope = settings
        .required_claims
        .iter()
        .any(|claim| claim.name == "scp");
    let is_signed_by_a_tenant = settings.authorities.iter().any(|one| !one.is_inline());
    if is_signed_by_a_tenant {
        let note = if has_scope { WITH_SCOPE } else { WITHOUT_SCOPE };
        context.note(element.line, element.name(), note);
    }
}

fn audiences(list: Option<&Element<'_>>, context: &mut Context<'_>) -> Vec<String> {
    let mut audiences = Vec::new();
    for (line, audience) in texts(list, AUDIENCE, context) {
        if audience.contains("://") {
            context.note(
                line,
                AUDIENCE,
                "is compared byte for byte; API Management ignores one trailing slash",
            );
        }
        if !audiences.contains(&audience) {
            audiences.push(audience);
        }
    }
    audiences
}

/// A policy may check the audience through the claim instead.
fn audience_claim(element: &Element<'_>, settings: &mut Settings, context: &mut Context<'_>) {
    let is_audience = |claim: &RequiredClaim| {
        claim.name == "aud"
            && claim.separator.is_none()
            && (claim.values.len() == 1
                || (claim.matching == ClaimMatch::Any && !claim.values.is_empty()))
    };
    if let Some(at) = settings.required_claims.iter().position(is_audience) {
        settings.audiences = settings.required_claims.remove(at).values;
        let note = if is_of_entra_id(element) && any_stands_for_its_uri(&settings.audiences) {
            "the required claim aud is read as the audiences, so an application id also stands for api://<id>, which version 1.0 tokens may carry"
        } else {
            "the required claim aud is read as the audiences, which has the same effect as the claim in API Management"
        };
        context.note(element.line, "claim", note);
    } else if context.options.any_audience {
        for authority in &mut settings.authorities {
            authority.danger_accept_any_audience = true;
        }
        context.note(element.line, element.name(), "no audience is given, so tokens for any application of the tenant are accepted, as in API Management");
    } else {
        context.refuse(element.line, element.name(), "gives no audience, so API Management accepts tokens for any application of the tenant; add <audiences>, or allow it with --danger-accept-any-audience");
    }
}

/// Whether the authorities are tenants of Entra ID, for which an audience may stand in two forms.
fn is_of_entra_id(element: &Element<'_>) -> bool {
    element.name() == AZURE_AD
}

/// Whether one of these is the id of an application, which also stands for `api://<id>` if the authorities are tenants of Entra ID.
pub(super) fn any_stands_for_its_uri(audiences: &[String]) -> bool {
    audiences
        .iter()
        .any(|audience| stands_for_its_uri(audience))
}

const ALSO_AS_URI: &str = "an application id also stands for api://<id>, which version 1.0 tokens may carry; API Management accepts only the id";

const WITHOUT_SCOPE: &str = "no scope is required, so ID tokens are accepted too, as in API Management; to refuse them, require the claim scp, or delete the setting accept";
const WITH_SCOPE: &str = "accept = \"danger_any_tokens\" means, as in API Management, that only the required claims decide which kinds of tokens are accepted; this policy still refuses ID tokens, because it requires the claim scp";
