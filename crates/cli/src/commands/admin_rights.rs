//! `ferrotype grant-admin`, `ferrotype revoke-admin`

use domain::{App, users_admin};

#[derive(clap::Args)]
pub struct Args {
    /// E-mail address of the account
    email: String,
}

pub async fn run(app: &App, args: &Args, is_admin: bool) -> anyhow::Result<()> {
    users_admin::set_admin(app, &args.email, is_admin).await?;
    println!("{} is {} an administrator.", args.email, if is_admin { "now" } else { "no longer" });
    Ok(())
}
