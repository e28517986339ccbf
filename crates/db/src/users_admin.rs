//! What only administrators change of users.

use crate::Result;
use model::ids::UserId;
use sqlx::PgConnection;

/// Makes a user an administrator, or no longer one.
pub async fn set_admin(conn: &mut PgConnection, id: UserId, is_admin: bool) -> Result<()> {
    sqlx::query!("UPDATE users SET is_admin = $2 WHERE id = $1", id as UserId, is_admin).execute(conn).await?;
    Ok(())
}
