//! Authorities in code: the values that the layer's builder takes. One file for each kind, with its function and its methods.

mod b2c;
mod builder;
mod entra;
mod inline_keys;
mod metadata;

pub use self::{
    b2c::{B2cTenant, b2c},
    builder::AuthorityBuilder,
    entra::{EntraTenant, entra_id, entra_id_tenants, external_id},
    inline_keys::{InlineKeys, from_jwks, from_keys},
    metadata::{Metadata, from_metadata},
};
