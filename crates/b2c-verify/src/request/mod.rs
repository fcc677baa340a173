//! What a request says: its token, its host and its path.

mod credentials;
mod credentials_error;
mod request_host;
mod request_path;

pub use self::{
    credentials::Credentials,
    credentials_error::CredentialsError,
    request_host::{InvalidHost, MAX_HOST_BYTES, RequestHost},
    request_path::{MAX_PATH_BYTES, PathError, RequestPath},
};
