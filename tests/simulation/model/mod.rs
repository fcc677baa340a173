//! What must hold, known from what the identity provider published when and what the operator set. It knows nothing of the layer but statuses.
//!
//! | file | what it holds |
//! |---|---|
//! | `verdict.rs` | the statuses that a token may get |
//! | `issuers.rs` | which authority has which issuer |
//! | `knowledge.rs` | what was heard from each metadata URL |
//! | `fetches.rs` | how that changes with a fetch, and how many of them there may be |
//! | `settings.rs` | how it changes with other settings and other processes |

mod fetches;
mod issuers;
mod knowledge;
mod settings;
mod verdict;

pub(super) use self::{
    knowledge::{Live, Model},
    verdict::{Asked, Now, Route},
};
