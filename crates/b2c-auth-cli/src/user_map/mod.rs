//! `--user-map`: a file that maps the users of issuers to the service's own users.
//!
//! It is CSV, with these columns in any order:
//!
//! ```text
//! issuer,user_id,user
//! https://contoso.b2clogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/,ccccdddd-2222-eeee-3333-ffff4444aaaa,customer-1
//! ```
//!
//! Or JSON, an array of objects with these fields:
//!
//! ```text
//! [{ "issuer": "https://…", "user_id": "ccccdddd-2222-eeee-3333-ffff4444aaaa", "user": "customer-1" }]
//! ```

mod csv;
mod entry;
mod json;
mod map;
mod mistakes;

pub(crate) use self::map::UserMap;
