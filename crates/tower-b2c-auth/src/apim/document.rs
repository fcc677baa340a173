//! Finds the one policy of a document that validates tokens, and checks the other policies.

use super::{
    context::Context,
    converted::Converted,
    error::{PolicyError, PolicyMistake},
    options::ReadOptions,
    restrictions, rewritten_token,
    token_dependence::TokenDependence,
    validate_azure_ad_token, validate_jwt,
    xml::Element,
};
use crate::settings::TokenSettings;

/// Reads a `<policies>` document, a policy fragment, or a `<validate-jwt>` or `<validate-azure-ad-token>` on its own. The document may have at most 256 KiB,
/// as in API Management.
///
/// ```
/// use tower_b2c_auth::apim::{ReadOptions, read};
///
/// let policy = |rest: &str| format!(r#"
///     <policies><inbound>
///         <validate-azure-ad-token tenant-id="aaaabbbb-0000-cccc-1111-dddd2222eeee">
///             <audiences><audience>00001111-aaaa-2222-bbbb-3333cccc4444</audience></audiences>
///         </validate-azure-ad-token>
///         {rest}
///     </inbound></policies>"#);
/// let converted = read(&policy("<set-header name='x' />"), &ReadOptions::new())?;
/// assert_eq!(converted.settings.authorities.len(), 1);
///
/// // Ignoring it would let more requests in.
/// let error = read(&policy("<ip-filter action='allow' />"), &ReadOptions::new()).unwrap_err();
/// assert_eq!((error.mistakes()[0].name.as_str(), error.mistakes()[0].line), ("ip-filter", 6));
/// # Ok::<(), tower_b2c_auth::apim::PolicyError>(())
/// ```
///
/// # Errors
///
/// Everything that is wrong or unsupported, each with its name, its line and what to do.
pub fn read(document: &str, options: &ReadOptions) -> Result<Converted, PolicyError> {
    let root = Element::parse(document)?;
    let mut found = Vec::new();
    find(&root, &mut Vec::new(), &mut found);
    let [(element, path)] = found.as_slice() else {
        return Err(none_or_several(&root, &found));
    };
    let mut context = Context::new(options);
    if let Some(remedy) = misplaced(path) {
        context.refuse(element.line, element.name(), remedy);
    }
    let settings = match element.name() {
        AZURE_AD => validate_azure_ad_token::read(element, &mut context),
        _ => validate_jwt::read(element, &mut context),
    };
    others(&root, &settings.token, &mut context);
    let notes = context.finish()?;
    Ok(Converted { settings, notes })
}

/// An element with the names of its ancestors.
type Candidate<'t, 'd> = (&'t Element<'d>, Vec<&'t str>);

fn find<'t, 'd>(
    element: &'t Element<'d>,
    path: &mut Vec<&'t str>,
    found: &mut Vec<Candidate<'t, 'd>>,
) {
    if validates_tokens(element) {
        found.push((element, path.clone()));
        return;
    }
    path.push(element.name());
    for child in &element.children {
        find(child, path, found);
    }
    path.pop();
}

fn none_or_several(root: &Element<'_>, found: &[Candidate<'_, '_>]) -> PolicyError {
    if found.is_empty() {
        let remedy = "has neither <validate-jwt> nor <validate-azure-ad-token>; no other policy validates tokens";
        return PolicyMistake::new(root.line, root.name(), remedy).into();
    }
    let mistakes = found.iter().map(|(element, path)| {
        let at = path.last().map_or_else(String::new, |parent| format!(" (inside <{parent}>)"));
        let remedy = format!("is one of {} policies that validate tokens{at}, but the settings hold only one; put each into its own document; a request to which several apply must pass all of them", found.len());
        PolicyMistake::new(element.line, element.name(), remedy)
    });
    PolicyError {
        mistakes: mistakes.collect(),
    }
}

fn validates_tokens(element: &Element<'_>) -> bool {
    matches!(element.name(), JWT | AZURE_AD)
}

/// The remedy for a policy that API Management runs only for some requests, or never.
fn misplaced(path: &[&str]) -> Option<String> {
    match path {
        [] | ["inbound" | "fragment"] | ["policies", "inbound"] => None,
        ["policies", "backend" | "outbound" | "on-error"] => {
            Some("is only allowed in <inbound>; move it there".into())
        }
        [.., parent] => Some(format!(
            "is inside <{parent}>, so it decides only for some requests; extract it into its own document, and protect those routes with it"
        )),
    }
}

/// The other policies of the document.
fn others(root: &Element<'_>, token: &TokenSettings, context: &mut Context<'_>) {
    let dependence = TokenDependence::of(root, token, context.options);
    match root.name() {
        "policies" => {
            for section in &root.children {
                section_of(section, token, &dependence, context);
            }
        }
        _ => section_of(root, token, &dependence, context),
    }
}

fn section_of(
    section: &Element<'_>,
    token: &TokenSettings,
    dependence: &TokenDependence,
    context: &mut Context<'_>,
) {
    if validates_tokens(section) {
        return;
    }
    if let Some(at) = section.children.iter().position(validates_tokens) {
        let before = section.children.iter().take(at);
        rewritten_token::refuse(before, token, context);
    }
    for policy in &section.children {
        let (line, name) = (policy.line, policy.name());
        match name {
            JWT | AZURE_AD => {}
            "base" if section.name() == "inbound" => context.note(line, name, "this document lacks the policies of broader scopes; if one of them validates tokens or restricts access, look at that scope's document too"),
            "base" => {}
            _ if section.name() == "on-error" => context.note(line, name, "is ignored; refusals have the status and message of the policy that validates tokens, even if API Management's on-error changes them"),
            _ if restricts(section) => restrictions::look_for(policy, token, dependence, context),
            _ if context.options.ignored_policies.contains(name) => context.note(line, name, restrictions::IGNORED),
            _ => context.note(line, name, restrictions::WITHOUT_EFFECT),
        }
    }
}

/// Whether API Management runs this section before the backend answers.
fn restricts(section: &Element<'_>) -> bool {
    !matches!(section.name(), "outbound" | "on-error")
}

const JWT: &str = "validate-jwt";
pub(super) const AZURE_AD: &str = "validate-azure-ad-token";
