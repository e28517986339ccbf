//! `ferrotype enqueue`

use clap::ValueEnum;
use domain::{
    App,
    asset_jobs::{self, Step},
};

#[derive(clap::Args)]
pub struct Args {
    /// What to do with every asset that lacks it
    step: Kind,
    /// Do it again for all assets
    #[arg(long)]
    all: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Metadata,
    Thumbnails,
    Videos,
}

pub async fn run(app: &App, args: &Args) -> anyhow::Result<()> {
    let step = match args.step {
        Kind::Metadata => Step::Metadata,
        Kind::Thumbnails => Step::Thumbnails,
        Kind::Videos => Step::Video,
    };
    let queued = asset_jobs::queue_missing(app, step, args.all).await?;
    println!("{queued} jobs queued.");
    Ok(())
}
