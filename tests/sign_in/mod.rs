//! From a user's click to the API's answer, on the way that an application takes: both products in one process, behind one layer.

mod both_products;
mod browser;

use browser::{Client, sign_in};
