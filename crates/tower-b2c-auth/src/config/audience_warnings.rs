//! Audiences that no token of Microsoft's can have.

use b2c_verify::TenantId;

use crate::settings::{AuthoritySettings, Mistakes, Settings};

impl Settings {
    pub(super) fn warn_of_audiences(&self, warnings: &mut Mistakes) {
        let are_all_b2c = self.authorities.iter().all(AuthoritySettings::is_user_flow);
        let are_b2c = are_all_b2c && !self.authorities.is_empty();
        // Others than Microsoft may use any text.
        if !self.authorities.iter().any(AuthoritySettings::is_inline) {
            warn_of_each("audiences", &self.audiences, are_b2c, warnings);
        }
        let of_microsoft = self.authorities.iter().enumerate();
        for (at, authority) in of_microsoft.filter(|(_, it)| !it.is_inline()) {
            let field = format!("authorities[{at}].audiences");
            let is_b2c = authority.is_user_flow();
            warn_of_each(&field, &authority.audiences, is_b2c, warnings);
        }
    }
}

fn warn_of_each(field: &str, audiences: &[String], are_b2c: bool, warnings: &mut Mistakes) {
    for audience in audiences {
        if let Some(warning) = warning(audience, are_b2c) {
            warnings.add(field, audience, warning);
        }
    }
}

/// The reason why no token has this audience, with what would be right.
fn warning(audience: &str, is_b2c: bool) -> Option<String> {
    if let Some(strange) = audience.chars().find(|it| !can_be_in_an_audience(*it)) {
        let strange = shown(strange);
        return Some(format!(
            "contains {strange}, which no token of Microsoft's has in its aud; write only the API's application (client) id, a GUID such as \"00001111-aaaa-2222-bbbb-3333cccc4444\", or the aud of a token exactly as it is there"
        ));
    }
    let id = TenantId::parse(audience).map(|id| id.to_string());
    if let Some(id) = id.filter(|id| id != audience) {
        return Some(format!(
            "has capital letters, but the ids in Microsoft's tokens are in lower case, and audiences are compared exactly; write {id:?}"
        ));
    }
    // B2C's tokens name the API by its client id, whatever its application ID URI.
    (is_b2c && audience.contains("://")).then(|| {
        "is a URI, but the aud of B2C's tokens is the API's application (client) id, a GUID"
            .to_owned()
    })
}

/// Neither an id nor a URI (RFC 3986 §2) has the other characters. A comma is allowed in a URI, but more often it separates two audiences.
fn can_be_in_an_audience(c: char) -> bool {
    c.is_ascii_graphic() && !NOT_IN_AN_AUDIENCE.contains(&c)
}

/// Some characters cannot be seen, or look like others.
fn shown(c: char) -> String {
    match c {
        ' ' => "a space".to_owned(),
        ',' => "a comma".to_owned(),
        _ if c.is_ascii_graphic() => c.to_string(),
        _ => c.escape_unicode().to_string(),
    }
}

const NOT_IN_AN_AUDIENCE: [char; 7] = ['{', '}', '<', '>', '"', '\'', ','];
