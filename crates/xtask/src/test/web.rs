//! The web page's own tests: scripts of `web/package.json`.

use anyhow::Result;

use crate::build::{self, npm};

pub fn install() -> Result<()> {
    build::web_packages()
}

pub fn lint() -> Result<()> {
    npm(&["run", "lint"])
}

pub fn types() -> Result<()> {
    npm(&["run", "check"])
}

pub fn unit() -> Result<()> {
    npm(&["test"])
}

pub fn build() -> Result<()> {
    build::web()
}

pub fn ui() -> Result<()> {
    npm(&["run", "test:ui"])
}
