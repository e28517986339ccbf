//! `ferrotype`: what an administrator does on the server's own machine.
//!
//! Reads the same environment as the server, speaks to the same database, and calls the same rules.

mod commands;

use clap::{Parser, Subcommand};
use config::Env;
use domain::App;

#[derive(Parser)]
#[command(name = "ferrotype", version, about = "Administration of a Ferrotype server")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Bring the database's schema up to date (the server does it at start)
    Migrate,
    /// List all accounts
    ListUsers,
    /// Give an account a new password; it is signed out everywhere
    ResetPassword(commands::reset_password::Args),
    /// Make a user an administrator
    GrantAdmin(commands::admin_rights::Args),
    /// Take an administrator's rights away
    RevokeAdmin(commands::admin_rights::Args),
    /// Queue what is missing (or everything) of a kind of job
    Enqueue(commands::enqueue::Args),
    /// Fill an account's timeline with assets that have no files, to see how it bears a large library
    Seed(commands::seed::Args),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let env = Env::from_process()?;
    config::log::init(&config::env::LogEnv { level: Some("warn".to_owned()), ..env.log.clone() });
    if let Command::Migrate = args.command {
        App::migrate(&env.database).await?;
        println!("The database is up to date.");
        return Ok(());
    }
    let app = App::connect(env).await?;
    match args.command {
        Command::Migrate => Ok(()),
        Command::ListUsers => commands::list_users::run(&app).await,
        Command::ResetPassword(args) => commands::reset_password::run(&app, args).await,
        Command::GrantAdmin(args) => commands::admin_rights::run(&app, &args, true).await,
        Command::RevokeAdmin(args) => commands::admin_rights::run(&app, &args, false).await,
        Command::Enqueue(args) => commands::enqueue::run(&app, &args).await,
        Command::Seed(args) => commands::seed::run(&app, &args).await,
    }
}
