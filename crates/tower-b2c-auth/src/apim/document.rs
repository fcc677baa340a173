//! Finds the one `<validate-jwt>` of a document and judges the other policies.

use super::{
    context::Context,
    converted::Converted,
    error::PolicyError,
    options::ReadOptions,
    restrictions, validate_jwt,
    xml::{Element, mistake},
};

/// Reads a `<policies>` document, a policy fragment, or a `<validate-jwt>` alone.
///
/// # Errors
///
/// Everything wrong or unsupported, each with its name, its line and what to do.
pub fn read(document: &str, options: &ReadOptions) -> Result<Converted, PolicyError> {
    let root = Element::parse(document)?;
    let mut found = Vec::new();
    find(&root, &mut Vec::new(), &mut found);
    let [(element, path)] = found.as_slice() else {
        return Err(none_or_several(&root, &found));
    };
    let mut context = Context::new(options);
    if let Some(remedy) = misplaced(path) {
        context.refuse(element.line, "validate-jwt", remedy);
    }
    let settings = validate_jwt::read(element, &mut context);
    others(&root, &mut context);
    let notes = context.finish()?;
    Ok(Converted { settings, notes })
}

/// An element with the names of its ancestors.
type Found<'t, 'd> = (&'t Element<'d>, Vec<&'t str>);

fn find<'t, 'd>(element: &'t Element<'d>, path: &mut Vec<&'t str>, found: &mut Vec<Found<'t, 'd>>) {
    if element.name() == "validate-jwt" {
        found.push((element, path.clone()));
        return;
    }
    path.push(element.name());
    for child in &element.children {
        find(child, path, found);
    }
    path.pop();
}

fn none_or_several(root: &Element<'_>, found: &[Found<'_, '_>]) -> PolicyError {
    if found.is_empty() {
        let remedy = "has no <validate-jwt>; other policies that validate tokens, such as <validate-azure-ad-token>, are not read";
        return mistake(root.line, root.name(), remedy);
    }
    let mistakes = found.iter().flat_map(|(element, path)| {
        let at = path.last().map_or_else(String::new, |parent| format!(" (inside <{parent}>)"));
        let remedy = format!("is one of {}{at}; each decides for different requests, so extract the one you need into its own document", found.len());
        mistake(element.line, "validate-jwt", remedy).mistakes
    });
    PolicyError {
        mistakes: mistakes.collect(),
    }
}

/// What to do about a `<validate-jwt>` that API Management runs only for some requests, or never.
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
fn others(root: &Element<'_>, context: &mut Context<'_>) {
    match root.name() {
        "policies" => {
            for section in &root.children {
                section_of(section, context);
            }
        }
        _ => section_of(root, context),
    }
}

fn section_of(section: &Element<'_>, context: &mut Context<'_>) {
    if section.name() == "validate-jwt" {
        return;
    }
    for policy in &section.children {
        let (line, name) = (policy.line, policy.name());
        match name {
            "validate-jwt" => {}
            "base" if section.name() == "inbound" => context.note(line, name, "this document lacks the policies of broader scopes; if one of them validates tokens, read it too"),
            "base" => {}
            _ if section.name() == "on-error" => context.note(line, name, "is ignored; refusals have the status and message of <validate-jwt>, even if API Management's on-error changes them"),
            _ if context.options.ignored_policies.contains(name) => context.note(line, name, "restricts access and is ignored here, as you asked"),
            _ if restricts(section) => restrictions::look_for(policy, context),
            _ => context.note(line, name, "is a different policy; it is ignored and has no effect here"),
        }
    }
}

/// Whether API Management runs this section before the backend answers.
fn restricts(section: &Element<'_>) -> bool {
    !matches!(section.name(), "outbound" | "on-error")
}
