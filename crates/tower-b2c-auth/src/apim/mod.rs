//! `<validate-jwt>` or `<validate-azure-ad-token>` document ─▶ [`Settings`](crate::Settings): an API Management policy as the layer's configuration.
//!
//! 1. [`read`] takes the XML of a whole `<policies>` document, a policy fragment, or one of the two policies on its own.
//! 2. Every attribute and element of
//!    [`<validate-jwt>`](https://learn.microsoft.com/azure/api-management/validate-jwt-policy) and
//!    [`<validate-azure-ad-token>`](https://learn.microsoft.com/azure/api-management/validate-azure-ad-token-policy) is either honoured or refused by name, with its line and
//!    what to do. Only what has no effect on the decision is skipped, such as `id` and `output-token-variable-name`.
//! 3. The result is the settings, and a [`Note`] for each part of the policy that works differently here.
//!
//! Other policies in the document are ignored and named in the notes. Those that restrict access, such as `<ip-filter>` or a `<choose>` that decides by the
//! token, are refused by name, because ignoring them would let more requests in. So are those with unknown names, and those that write to the token's place
//! before it is validated, such as `<set-header name="Authorization">`. [`ReadOptions::ignore_policy`] is for those enforced or done elsewhere.
//!
//! ```
//! use tower_b2c_auth::{B2cAuthBuilder, apim};
//!
//! let policy = r#"
//!     <validate-jwt header-name="Authorization" failed-validation-httpcode="401"
//!                   failed-validation-error-message="Unauthorized. Access token is missing or invalid.">
//!         <openid-config url="https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_signupsignin1/v2.0/.well-known/openid-configuration" />
//!         <audiences><audience>{{api-client-id}}</audience></audiences>
//!     </validate-jwt>"#;
//! let options = apim::ReadOptions::new().named_value("api-client-id", "00001111-aaaa-2222-bbbb-3333cccc4444");
//! let converted = apim::read(policy, &options)?;
//! assert_eq!(converted.settings.audiences, ["00001111-aaaa-2222-bbbb-3333cccc4444"]);
//! let auth = B2cAuthBuilder::from(converted.settings).build()?;
//!
//! let refused = apim::read(r#"<validate-jwt header-name="Authorization" require-signed-tokens="false" />"#, &options);
//! assert_eq!(refused.unwrap_err().mistakes()[0].name, "require-signed-tokens");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attributes;
mod authorities;
mod claims;
mod context;
mod converted;
mod decryption_keys;
mod document;
mod error;
mod expression;
mod keys;
mod known_policies;
mod list;
mod named_value_variable;
mod options;
mod recipients;
mod restrictions;
mod rewritten_token;
mod token_dependence;
mod token_expression;
mod token_place;
mod unset_header;
mod validate_azure_ad_token;
mod validate_jwt;
mod value;
mod xml;

pub use self::{
    converted::{Converted, Note},
    document::read,
    error::{PolicyError, PolicyMistake},
    named_value_variable::named_value_variable,
    options::ReadOptions,
};
