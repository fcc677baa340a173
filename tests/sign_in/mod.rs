//! From a user's click to an answer of the API, as an application goes: both products in one process, behind one layer.

mod both_products;
mod browser;

use browser::{Client, sign_in};
