//! The list of control endpoints that the page shows.

/// One control endpoint.
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    /// An example, or empty.
    pub(super) body: &'static str,
    pub(super) effect: &'static str,
}

/// All but the page itself and the target of its forms.
pub(super) const ROUTES: [Route; 14] = [
    route(
        "POST",
        "/emulator/tokens",
        r#"{"scope":"tasks.read","claims":{"level":3}}"#,
        "a token",
    ),
    route(
        "GET",
        "/emulator/requests",
        "",
        "the counters, and the last requests",
    ),
    route(
        "GET",
        "/emulator/keys",
        "",
        "which keys are published, and which one signs",
    ),
    route(
        "POST",
        "/emulator/rotate",
        "",
        "signs with a new key from now on",
    ),
    route(
        "POST",
        "/emulator/keys",
        r#"{"publish":true,"sign":false}"#,
        "adds a new key, or the one in pem",
    ),
    route(
        "POST",
        "/emulator/keys/{kid}/sign",
        "",
        "signs with a published key",
    ),
    route(
        "DELETE",
        "/emulator/keys/{kid}",
        "",
        "stops publishing a key",
    ),
    route(
        "POST",
        "/emulator/faults",
        r#"{"endpoint":"keys","fault":"hang"}"#,
        "starts a fault",
    ),
    route("DELETE", "/emulator/faults", "", "ends all faults"),
    route(
        "POST",
        "/emulator/suspend",
        r#"{"millis":500}"#,
        "closes the port for this long",
    ),
    route("GET", "/emulator/users", "", "the users"),
    route(
        "PUT",
        "/emulator/users",
        r#"{"object_id":"u4","name":"Dana Example","emails":[]}"#,
        "adds a user, or replaces one",
    ),
    route(
        "DELETE",
        "/emulator/users/{object_id}",
        "",
        "removes a user",
    ),
    route("POST", "/emulator/reset", "", "resets all tenants"),
];

const fn route(
    method: &'static str,
    path: &'static str,
    body: &'static str,
    effect: &'static str,
) -> Route {
    Route {
        method,
        path,
        body,
        effect,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_control_endpoint_on_the_page_is_documented() {
        let documented = include_str!("../lib.rs");
        for Route { method, path, .. } in ROUTES {
            assert!(
                documented.contains(&format!("`{method} {path}`")),
                "{method} {path}"
            );
        }
    }
}
