//! Settings that are valid, but perhaps not intended.

use b2c_verify::{MicrosoftHosts, NumericDate, TenantId};

use super::{metadata_url::shown, registered_methods::is_registered};
#[cfg(any(feature = "env", feature = "toml"))]
use crate::settings::{Hidden, top_level_names};
use crate::{
    claim_headers::USER_ID,
    clock::Clock,
    settings::{
        AuthoritySettings, Family, MigrationSettings, Mistake, Mistakes, OtherRoutes,
        RequiredClaim, RouteSettings, Settings,
    },
    urls::{HttpUrl, is_microsofts, microsofts_spelling},
};

impl Settings {
    /// What is valid in the settings but perhaps not intended, such as `danger_report_only`, or a legacy issuer without the slash at its end that B2C's
    /// issuers have. The layer logs these, at the level `WARN`, when it is built and whenever settings come into force. `clock` says whether the `sunset` of
    /// `migration` has passed.
    ///
    /// ```
    /// use tower_b2c_auth::{MigrationSettings, Settings, SystemClock};
    ///
    /// let warnings = |issuer: &str| {
    ///     let migration = Some(MigrationSettings::from_issuer(issuer));
    ///     Settings { migration, ..Settings::default() }.warnings(&SystemClock::default())
    /// };
    /// let legacy = "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/";
    /// assert!(warnings(legacy).is_empty());
    /// assert_eq!(warnings(legacy.trim_end_matches('/'))[0].field, "migration.legacy_issuers");
    /// ```
    #[must_use]
    pub fn warnings(&self, clock: &dyn Clock) -> Vec<Mistake> {
        let mut warnings = Mistakes::default();
        if self.danger_report_only {
            let warning = "refuses no request, not even one without a token";
            warnings.add("danger_report_only", true, warning);
        }
        self.warn_of_audiences(&mut warnings);
        self.warn_of_repeated_authorities(&mut warnings);
        self.warn_of_issuers(&mut warnings);
        self.warn_of_legacy_hosts(&mut warnings);
        for (at, authority) in self.authorities.iter().enumerate() {
            authority.warn_of_metadata(&format!("authorities[{at}]"), &mut warnings);
        }
        for (at, claim) in self.required_claims.iter().enumerate() {
            claim.warn_of_scopes(&format!("required_claims[{at}]"), &mut warnings);
        }
        self.warn_of_routes(&mut warnings);
        self.warn_of_claim_headers(&mut warnings);
        #[cfg(any(feature = "env", feature = "toml"))]
        self.warn_of_misplaced_settings(&mut warnings);
        if let Some(migration) = &self.migration {
            migration.warn_of_issuers(&mut warnings);
            migration.warn_of_sunset(clock.now(), &mut warnings);
        }
        warnings.into_vec()
    }

    /// Issuers that no token can have are not refused: API Management accepts them in a policy, where they do no harm.
    fn warn_of_issuers(&self, warnings: &mut Mistakes) {
        let common = self.issuers.iter().map(|it| ("issuers".to_owned(), it));
        let own = self.authorities.iter().enumerate().flat_map(|(at, it)| {
            let named = it.metadata_issuer.iter();
            let named = named.map(move |it| (format!("authorities[{at}].metadata_issuer"), it));
            let own = it.issuers.iter();
            named.chain(own.map(move |it| (format!("authorities[{at}].issuers"), it)))
        });
        for (field, issuer) in common.chain(own) {
            warnings.note(field, issuer, microsofts_spelling(issuer));
        }
        for issuer in &self.issuers {
            if self.is_of_legacy_tenant(issuer) && !self.legacy_issuers().contains(issuer) {
                let warning = "has the tenant id of a legacy authority, which takes no issuers from this list; write it into migration.legacy_issuers";
                warnings.add("issuers", issuer, warning);
            }
        }
    }

    /// A token whose issuer nobody lists is refused without being counted, so the report would call an issuer with a misspelt host safe to remove.
    fn warn_of_legacy_hosts(&self, warnings: &mut Mistakes) {
        let host = |url: &String| HttpUrl::parse(url).ok().map(|url| url.host().to_owned());
        let of_authority = |it: &AuthoritySettings| {
            let urls = it.openid_config.iter().chain(&it.metadata_issuer);
            let urls = urls.chain(&it.issuers).filter_map(host);
            urls.chain(it.custom_domain.clone()).collect::<Vec<_>>()
        };
        let known: Vec<_> = self.authorities.iter().flat_map(of_authority).collect();
        for issuer in self.legacy_issuers() {
            if let Some(host) = host(issuer)
                && !is_microsofts(&host)
                && !known.contains(&host)
                && !self.authorities.is_empty()
            {
                let warning = "is on a host that is neither Microsoft's nor an authority's; compare it with the iss of a token: if it is misspelt, the old tokens are refused, and the report does not count them";
                warnings.add("migration.legacy_issuers", issuer, warning);
            }
        }
    }

    /// Whether it has the tenant id of a legacy authority, and of none that is not legacy, as far as the settings show the authorities' tenant ids.
    fn is_of_legacy_tenant(&self, issuer: &str) -> bool {
        let tenant = TenantId::of_issuer(issuer);
        let is_of = |authority: &AuthoritySettings| {
            let known = authority.known_issuers();
            let mut known = known.iter().chain(&authority.issuers);
            known.any(|it| TenantId::of_issuer(it) == tenant)
        };
        let (legacy, others): (Vec<_>, Vec<_>) = self.authorities.iter().partition(|it| it.legacy);
        tenant.is_some() && legacy.into_iter().any(is_of) && !others.into_iter().any(is_of)
    }

    fn warn_of_claim_headers(&self, warnings: &mut Mistakes) {
        for (header, claim) in &self.claim_headers {
            if USER_ID.strip_suffix("()") == Some(claim) {
                let warning = format!(
                    "without parentheses, this is a claim of the token; for the user, write {USER_ID}"
                );
                warnings.add(format!("claim_headers.{header}"), claim, warning);
            }
        }
    }

    /// A misspelt setting below `[claim_headers]` is read as a header. The value may be a secret.
    #[cfg(any(feature = "env", feature = "toml"))]
    fn warn_of_misplaced_settings(&self, warnings: &mut Mistakes) {
        let names = top_level_names();
        for (header, claim) in &self.claim_headers {
            // A setting's own name is refused.
            if claim.ends_with("()") || names.contains(&&**header) {
                continue;
            }
            let spelling = header.to_ascii_lowercase().replace('-', "_");
            // Too many headers resemble a setting's name of one word, such as `token`.
            let mut likely = names.iter().filter(|name| name.contains('_'));
            if let Some(name) = likely.find(|name| is_nearly(&spelling, name)) {
                let warning = format!(
                    "looks like the setting `{name}`; if it is, write `{name}` in TOML above the first table; if it is a header, choose another name, such as x-auth-{}",
                    spelling.replace('_', "-")
                );
                warnings.add(format!("claim_headers.{header}"), Hidden, warning);
            }
        }
    }

    fn warn_of_routes(&self, warnings: &mut Mistakes) {
        let are_all_covered = self.routes.iter().any(RouteSettings::covers_everything);
        if !self.routes.is_empty()
            && !are_all_covered
            && self.routing.otherwise == OtherRoutes::Token
        {
            let warning = match self.allow_anonymous {
                true => {
                    "with allow_anonymous, a request that no route covers passes without a token"
                }
                false => {
                    "a request that no route covers needs nothing but a good token, which must meet required_claims if they are set; \"deny\" refuses it"
                }
            };
            warnings.add("routing.otherwise", "token", warning);
        }
        let names = self.names_of_authorities();
        for (at, route) in self.routes.iter().enumerate() {
            let field = format!("routes[{at}]");
            for (at, claim) in route.claims.iter().enumerate() {
                claim.warn_of_scopes(&format!("{field}.claims[{at}]"), warnings);
            }
            for method in route.methods.iter().filter(|it| !is_registered(it)) {
                let warning = "is no registered HTTP method; if it is misspelt, the route does not cover the requests that it is meant for";
                warnings.add(format!("{field}.methods"), method, warning);
            }
            self.warn_of_shared_keys(route, &names, &field, warnings);
        }
    }

    /// The policies of a tenant have one issuer, and often the same keys.
    fn warn_of_shared_keys(
        &self,
        route: &RouteSettings,
        names: &[String],
        field: &str,
        warnings: &mut Mistakes,
    ) {
        let all = self.authorities.iter().zip(names);
        let (named, others): (Vec<_>, Vec<_>) =
            all.partition(|(_, name)| route.authorities.contains(name));
        let is_shared = |one: &AuthoritySettings| {
            let mut others = others.iter();
            let is_of_tenant =
                |it: &AuthoritySettings| it.is_user_flow() && it.tenant == one.tenant;
            one.is_user_flow() && others.any(|(other, _)| is_of_tenant(other))
        };
        if route.policies.is_empty() && named.into_iter().any(|(one, _)| is_shared(one)) {
            let warning = "another policy of the same tenant may sign with the same key, so its tokens are accepted here too; set policies to distinguish them";
            let field = format!("{field}.authorities");
            warnings.add(field, route.authorities.as_slice(), warning);
        }
    }
}

impl AuthoritySettings {
    pub(super) fn is_user_flow(&self) -> bool {
        self.family == Family::B2c && self.policy.is_some()
    }

    fn warn_of_metadata(&self, field: &str, warnings: &mut Mistakes) {
        if let Some(url) = &self.openid_config
            && !url.contains(WELL_KNOWN)
        {
            let warning =
                "is not a usual metadata URL, which ends with /.well-known/openid-configuration";
            warnings.add(
                format!("{field}.openid_config"),
                shown(&url.as_str()),
                warning,
            );
        }
    }
}

impl RequiredClaim {
    /// `scp` is one text with all scopes.
    fn warn_of_scopes(&self, field: &str, warnings: &mut Mistakes) {
        if self.name == "scp" && self.separator.is_none() && !self.values.is_empty() {
            let warning = "matches only a token without any other scope, because scp is one text with all scopes; set separator = \" \"";
            warnings.add(format!("{field}.values"), self.values.as_slice(), warning);
        }
    }
}

impl MigrationSettings {
    /// Issuers are compared byte for byte. B2C's end with a slash, at a custom domain too; Entra External ID's do not. Neither do those of Entra ID 2.0, but
    /// a text without a slash is more often a B2C issuer whose slash was forgotten.
    fn warn_of_issuers(&self, warnings: &mut Mistakes) {
        for issuer in self.legacy_issuers.iter().filter(|it| !it.ends_with('/')) {
            let host = HttpUrl::parse(issuer);
            let host = host.as_ref().map(HttpUrl::host).unwrap_or_default();
            if MicrosoftHosts::external_id_tenant(host).is_none() {
                let warning = "B2C's issuers end with a slash, this one does not; issuers are compared byte for byte, so compare this one with the iss of a token";
                warnings.add("migration.legacy_issuers", issuer, warning);
            }
        }
    }

    fn warn_of_sunset(&self, now: NumericDate, warnings: &mut Mistakes) {
        let sunset = self.sunset.as_deref();
        let time = sunset.and_then(|text| humantime::parse_rfc3339(text).ok());
        if time.is_some_and(|time| NumericDate::from(time) <= now) {
            let warning =
                "is in the past, so tokens of the legacy issuers are refused in every stage";
            warnings.add("migration.sunset", sunset.unwrap_or_default(), warning);
        }
    }
}

const WELL_KNOWN: &str = "/.well-known/";

#[cfg(any(feature = "env", feature = "toml"))]
fn is_nearly(spelling: &str, name: &str) -> bool {
    strsim::levenshtein(spelling, name) <= MAX_WRONG_LETTERS
}

/// In a misspelt name.
#[cfg(any(feature = "env", feature = "toml"))]
const MAX_WRONG_LETTERS: usize = 2;
