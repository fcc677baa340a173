"""Makes signed tokens, encrypts them with jwcrypto for each pair of algorithms, and writes them with their keys to standard output, as JSON."""

import json

from jwcrypto import jwe, jwk, jws

ISSUER = "https://contoso.b2clogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/"
AUDIENCE = "00001111-aaaa-2222-bbbb-3333cccc4444"
KEY_MANAGEMENT = ["RSA-OAEP", "RSA-OAEP-256"]
CONTENT_ENCRYPTION = ["A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512"]


def main():
    signing, service, other = (jwk.JWK.generate(kty="RSA", size=2048, kid=kid) for kid in ["signing", "service", "other"])
    claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": 1_800_003_600, "nbf": 1_800_000_000, "sub": "alice", "scp": "read"}
    token = signed(claims, signing)
    cases = []
    for alg in KEY_MANAGEMENT:
        for enc in CONTENT_ENCRYPTION:
            pair = f"{alg} and {enc}"
            cases.append((pair, encrypted(token, service, alg, enc), "alice"))
            cases.append((f"{pair}, for another service", encrypted(token, other, alg, enc), "decryption_failed"))
    enc = CONTENT_ENCRYPTION[0]
    cases += [
        ("signed by somebody else inside", encrypted(signed(claims, other, kid="signing"), service, "RSA-OAEP", enc), "bad_signature"),
        ("for another audience inside", encrypted(signed(claims | {"aud": "x"}, signing), service, "RSA-OAEP", enc), "wrong_audience"),
        ("compressed", encrypted(token, service, "RSA-OAEP", enc, zip="DEF"), "unsupported_type"),
        ("with RSA-OAEP and A192GCM", encrypted(token, service, "RSA-OAEP", "A192GCM"), "unsupported_algorithm"),
        ("with RSA1_5", encrypted(token, service, "RSA1_5", enc), "unsupported_algorithm"),
    ]
    print(
        json.dumps(
            {
                "issuer": ISSUER,
                "audience": AUDIENCE,
                "pem": service.export_to_pem(private_key=True, password=None).decode(),
                # Eight bits more than allowed.
                "large_pem": jwk.JWK.generate(kty="RSA", size=4104).export_to_pem(private_key=True, password=None).decode(),
                "jwks": json.dumps({"keys": [json.loads(signing.export_public())]}),
                "tokens": [dict(zip(["name", "token", "expected"], case)) for case in cases],
            }
        )
    )


def signed(claims, key, kid=None):
    token = jws.JWS(json.dumps(claims))
    header = {"alg": "RS256", "typ": "JWT", "kid": kid or key.get("kid")}
    token.add_signature(key, "RS256", json.dumps(header))
    return token.serialize(compact=True)


def encrypted(content, key, alg, enc, **more):
    header = {"alg": alg, "enc": enc, "cty": "JWT", "kid": key.get("kid"), **more}
    algorithms = [*jwe.default_allowed_algs, "RSA1_5"]
    token = jwe.JWE(content.encode(), json.dumps(header), algs=algorithms)
    token.add_recipient(key)
    return token.serialize(compact=True)


if __name__ == "__main__":
    main()
