//! `ferrotype seed`

use domain::{App, seed};

#[derive(clap::Args)]
pub struct Args {
    /// E-mail address of the account
    email: String,
    /// How many assets
    count: u32,
    /// Over how many years, up to now
    #[arg(long, default_value_t = 15.0)]
    years: f64,
}

pub async fn run(app: &App, args: &Args) -> anyhow::Result<()> {
    seed::fill(app, &args.email, args.count, args.years, |made| println!("{made} of {}", args.count)).await?;
    Ok(())
}
