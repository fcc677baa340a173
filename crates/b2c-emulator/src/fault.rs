//! The faults of a tenant.

use serde::Deserialize;

/// Where a [`Fault`] applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// The metadata of every policy.
    Metadata,
    /// The keys of every policy.
    Keys,
    /// Metadata and keys.
    Both,
    /// The pages: sign-in and sign-out.
    Authorize,
    /// The token endpoint.
    Token,
    /// All of them.
    All,
}

impl Endpoint {
    /// Its single endpoints.
    pub(crate) fn parts(self) -> &'static [Self] {
        match self {
            Self::Metadata => &[Self::Metadata],
            Self::Keys => &[Self::Keys],
            Self::Both => &[Self::Metadata, Self::Keys],
            Self::Authorize => &[Self::Authorize],
            Self::Token => &[Self::Token],
            Self::All => &[Self::Metadata, Self::Keys, Self::Authorize, Self::Token],
        }
    }
}

/// A way to misbehave. The names in snake case are those of the control endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// This status, with an HTML body as B2C sends it.
    Status {
        /// The status code.
        code: u16,
        /// The value of `Retry-After` in seconds.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// The right answer, late.
    Delay {
        /// How late.
        millis: u64,
    },
    /// No answer, ever.
    Hang,
    /// Half of the body, then the connection is closed.
    CutBody,
    /// Half of the document as if it were the whole.
    TruncatedJson,
    /// A web page with status 200.
    HtmlWith200,
    /// The right document, declared as `text/plain`.
    WrongContentType,
    /// A valid JSON document of this size.
    HugeBody {
        /// Its size.
        bytes: usize,
    },
    /// A body that never ends, sent as fast as it is read.
    EndlessBody,
    /// A body that arrives a few bytes at a time.
    SlowDrip {
        /// How many at a time.
        bytes: usize,
        /// The pause between them.
        millis: u64,
    },
    /// A document that is small on the wire and unpacks to more than 64 MiB.
    CompressedBomb,
    /// A redirect to the same URL.
    RedirectLoop,
    /// A redirect to this URL.
    RedirectTo(String),
    /// `{}`.
    EmptyObject,
    /// `{"keys":[]}`.
    EmptyKeys,
    /// Every key twice under one `kid`.
    DuplicateKid {
        /// Whether both are the same key.
        same_material: bool,
    },
    /// Every key with `"use":"enc"`.
    UseEnc,
    /// An elliptic curve key beside the good ones.
    EcBesideGood,
    /// A symmetric key beside the good ones.
    OctBesideGood,
    /// Entries of unknown kinds beside the good ones.
    UnknownBesideGood,
    /// A key of 1024 bits instead of every key.
    SmallKey,
    /// Exponent 1 instead of every key's own.
    ExponentOne,
    /// A modulus that is not Base64url instead of every key's own.
    BrokenModulus,
    /// Every key with a private member.
    PrivateMembers,
    /// Metadata that names this URL for the keys.
    ForeignJwksUri(String),
    /// Metadata that names this issuer.
    ChangedIssuer(String),
    /// Three hundred keys.
    TooManyKeys,
    /// A document nested a hundred thousand levels deep.
    DeepNesting,
    /// Only the keys with these ids.
    Subset(Vec<String>),
    /// Alternately one half of the keys and the other.
    FlappingSubsets,
}
