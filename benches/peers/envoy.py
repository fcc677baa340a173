"""Envoy's configuration for the comparison: jwt_authn, then an answer of its own, on one worker thread."""

import json


def config(port, provider, cache, check=True):
    """Listens on `port`; `provider` is the port of the identity provider."""
    base = f"http://127.0.0.1:{provider}"
    jwt = {
        "issuer": f"{base}/t/v2.0",
        "audiences": ["00001111-aaaa-2222-bbbb-3333cccc4444"],
        "remote_jwks": {
            "http_uri": {"uri": f"{base}/keys", "cluster": "provider", "timeout": "5s"},
            "cache_duration": "3600s",
            # Fetched before the listener is ready, so that no first request waits.
            "async_fetch": {},
        },
    }
    if cache:
        jwt["jwt_cache_config"] = {"jwt_cache_size": 20000, "jwt_max_token_size": 4096}
    authn = {
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
            "providers": {"tenant": jwt},
            "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "tenant"}}],
        },
    }
    router = {
        "name": "envoy.filters.http.router",
        "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"},
    }
    answer = {"status": 200, "body": {"inline_string": "22223333-cccc-4444-dddd-5555eeee6666"}}
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "http",
        "route_config": {
            "virtual_hosts": [
                {"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "direct_response": answer}]}
            ]
        },
        "http_filters": [authn, router] if check else [router],
    }

    def address(number):
        return {"socket_address": {"address": "127.0.0.1", "port_value": number}}

    return json.dumps(
        {
            "static_resources": {
                "listeners": [
                    {
                        "address": address(port),
                        "filter_chains": [
                            {
                                "filters": [
                                    {
                                        "name": "envoy.filters.network.http_connection_manager",
                                        "typed_config": manager,
                                    }
                                ]
                            }
                        ],
                    }
                ],
                "clusters": [
                    {
                        "name": "provider",
                        "type": "STATIC",
                        "connect_timeout": "2s",
                        "load_assignment": {
                            "cluster_name": "provider",
                            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(provider)}}]}],
                        },
                    }
                ],
            }
        }
    )
