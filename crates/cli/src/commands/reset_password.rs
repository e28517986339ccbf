//! `ferrotype reset-password`

use anyhow::ensure;
use domain::{App, users_admin};
use std::io::{IsTerminal, Write};

#[derive(clap::Args)]
pub struct Args {
    /// E-mail address of the account
    email: String,
}

/// Reads the password from standard input, so that it stands in no process list and no shell history.
pub async fn run(app: &App, args: Args) -> anyhow::Result<()> {
    if std::io::stdin().is_terminal() {
        print!("New password: ");
        std::io::stdout().flush()?;
    }
    let mut password = String::new();
    std::io::stdin().read_line(&mut password)?;
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    ensure!(password.chars().count() >= 8, "a password has at least 8 characters");
    users_admin::reset_password(app, &args.email, password).await?;
    println!("{} has a new password and is signed out everywhere.", args.email);
    Ok(())
}
