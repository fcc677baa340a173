//! `b2c-auth gateway` with what `b2c-auth convert --danger-accept-any-tenant` wrote, at Entra ID's own addresses.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};

use b2c_emulator::{Emulator, Https, Seed, SigningKey, TokenBuilder};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

use crate::support::{API, Running, TempFile, command, request, status};

/// The tenant that has an authority of its own.
const OURS: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
const A: &str = "bbbbcccc-1111-dddd-2222-eeee3333ffff";
const B: &str = "ccccdddd-2222-eeee-3333-ffff4444aaaa";
/// The tenant of personal Microsoft accounts.
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
const CLIENT: &str = "22223333-cccc-4444-dddd-5555eeee6666";
const OUR_CLIENT: &str = "33334444-dddd-5555-eeee-6666ffff7777";

/// An emulator in the place of Entra ID, and the URL of a proxy that connects every client to it, whatever host the client asks for.
async fn entra_id() -> (Emulator, String) {
    let seed = format!(
        "[[tenant]]\nkind = 'entra-id'\nname = 'ours'\nid = '{OURS}'\ncustom_domain = 'login.microsoftonline.com'\n"
    );
    let seed = Seed::from_toml(&seed).expect("a seed");
    let emulator = Emulator::builder().seed(seed).https(Https::ephemeral());
    let emulator = emulator.start().await.expect("the tenant starts");
    let port = emulator
        .base_url()
        .rsplit_once(':')
        .expect("a port")
        .1
        .parse();
    let proxy = proxy((Ipv4Addr::LOCALHOST, port.expect("a port")).into()).await;
    (emulator, proxy)
}

/// Starts a proxy that connects every client to this address (RFC 9110 §9.3.6). Returns the proxy's URL.
async fn proxy(to: SocketAddr) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(tunnel(client, to));
        }
    });
    format!("http://{address}")
}

async fn tunnel(mut client: TcpStream, to: SocketAddr) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let mut server = TcpStream::connect(to).await?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

/// The converted document, with an authority for our own tenant and the proxy to Entra ID added.
fn settings(tenants: &str, proxy: &str, ca: &TempFile) -> TempFile {
    let document = format!(
        "<validate-azure-ad-token tenant-id='{tenants}'>
            <client-application-ids><application-id>{CLIENT}</application-id></client-application-ids>
            <audiences><audience>{API}</audience></audiences>
        </validate-azure-ad-token>"
    );
    let document = TempFile::new("policy.xml", &document);
    let output = command(&["convert", document.path(), "--danger-accept-any-tenant"])
        .output()
        .expect("the command runs");
    assert!(output.status.success(), "{output:?}");
    let converted = String::from_utf8(output.stdout).expect("text");
    let ca = ca.path();
    let added = format!(
        "
[[authorities]]
family = 'entra_id'
tenant_id = '{OURS}'
clients = ['{OUR_CLIENT}']

[fetch]
proxy = '{proxy}'
ca_file = '{ca}'

[keys]
fetch_timeout = '1m'
"
    );
    TempFile::new("any-tenant.toml", &(converted + &added))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_any_tenant_are_accepted_and_those_of_our_own_by_its_authority_alone() {
    let (entra_id, proxy) = entra_id().await;
    let ca = entra_id.authority().expect("https").pem();
    let ca = TempFile::new("ca.pem", &ca);
    let foreign = SigningKey::generate().expect("a key");
    let of_a = SigningKey::generate().expect("a key");
    let issuer_of_a = format!("https://login.microsoftonline.com/{A}/v2.0");
    entra_id.publish_key(&of_a.with_issuer(issuer_of_a));

    let token = |tenant: &str| {
        let token = entra_id.token("").of_tenant(tenant).audience(API);
        token.client_id(CLIENT).scope("tasks.read")
    };
    let by = |key: &SigningKey, token: TokenBuilder| token.kid(key.kid()).key(key);
    for tenants in ["organizations", "common"] {
        let personal = if tenants == "common" { "200" } else { "401" };
        let file = settings(tenants, &proxy, &ca);
        let mut gateway = Running::start(&[
            "gateway",
            "--config",
            file.path(),
            "--listen",
            "127.0.0.1:0",
            "--drain",
            "0s",
        ]);
        let url = gateway.line("gateway listening on ");
        for (case, token, expected) in [
            ("tenant A", token(A), "200"),
            ("tenant B", token(B), "200"),
            ("version 1.0", token(A).version_1(), "200"),
            ("personal accounts", token(PERSONAL), personal),
            ("tid of B, issuer of A", token(A).claim("tid", B), "401"),
            (
                "version 1.0, the same",
                token(A).version_1().claim("tid", B),
                "401",
            ),
            ("no tid", token(A).without("tid"), "401"),
            ("the template", token("{tenantid}"), "401"),
            ("an audience", token(A).audience(CLIENT), "401"),
            ("a client", token(A).client_id(OUR_CLIENT), "401"),
            ("a key of nobody", token(A).key(&foreign), "401"),
            ("A's key for A", by(&of_a, token(A)), "200"),
            ("A's key for B", by(&of_a, token(B)), "401"),
            ("ours", token(OURS).client_id(OUR_CLIENT), "200"),
            ("ours, for the clients of any tenant", token(OURS), "401"),
            ("the same, version 1.0", token(OURS).version_1(), "401"),
            (
                "ours, version 1.0",
                token(OURS).client_id(OUR_CLIENT).version_1(),
                "200",
            ),
        ] {
            let token = format!("Authorization: Bearer {}", token.sign());
            let answer = request("GET", &url, &[&token]);
            assert_eq!(status(&answer), expected, "{tenants}, {case}: {answer}");
        }
    }
}
