//! `ferrotype list-users`

use domain::{App, users_admin};

pub async fn run(app: &App) -> anyhow::Result<()> {
    for user in users_admin::list(app).await? {
        let role = if user.is_admin { "admin" } else { "user" };
        println!("{}  {:5}  {:?}  {} <{}>", user.id, role, user.status, user.name, user.email);
    }
    Ok(())
}
