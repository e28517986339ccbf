//! Real clients against the real product: each step starts its own, empty.

use std::process::Command;

use anyhow::Result;

use super::running::{Product, Purpose};
use crate::{build, paths};

/// A person in a browser.
pub fn web() -> Result<()> {
    let product = Product::start("web-e2e", Purpose::Tests)?;
    product.check(Command::new("npm").current_dir(paths::repository().join("web")).args(["run", "test:e2e"]))
}

/// The official command line and library.
pub fn node() -> Result<()> {
    let folder = paths::repository().join("crates/tests/clients");
    build::node_packages(&folder)?;
    let product = Product::start("clients", Purpose::Tests)?;
    product.check(Command::new("npm").current_dir(&folder).arg("test"))
}
