//! Whether a file stays, asked after a crash: only the rows say, and a commit may still be under way.
//!
//! A transaction whose rows name files takes [`hold`] before it writes them; [`settle`] waits for all that hold. So what
//! [`is_known`] answers after it is final for every file that nobody holds any more.

use crate::{Db, Result};
use sqlx::PgConnection;

/// An advisory lock, shared by those who write and taken alone by those who ask.
const LOCK: i64 = 202;

/// Until the end of this transaction nobody decides about the files of its rows.
pub async fn hold(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock_shared($1)", LOCK).execute(conn).await?;
    Ok(())
}

/// Waits for every transaction that holds now, also those whose program is gone.
pub async fn settle(db: &Db) -> Result<()> {
    let mut tx = db.begin().await?;
    sqlx::query!("SELECT pg_advisory_xact_lock($1)", LOCK).execute(&mut *tx).await?;
    tx.commit().await
}

/// Whether some row, of whatever state, has this file.
pub async fn is_known(conn: &mut PgConnection, path: &str) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM assets WHERE original_path = $1)
               OR EXISTS (SELECT FROM asset_files WHERE path = $1)
               OR EXISTS (SELECT FROM users WHERE profile_image_path = $1)
               OR EXISTS (SELECT FROM people WHERE thumbnail_path = $1) AS "known!""#,
        path
    )
    .fetch_one(conn)
    .await?)
}
