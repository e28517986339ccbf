//! The two people of every test: Ann, who runs the place, and Bob.

use crate::{client::Client, database::TestDatabase};
use model::ids::UserId;
use serde_json::json;

const PASSWORD: &str = "correct horse battery";
const ANN: &str = "ann@example.com";

/// The administrator, signed up by the first call.
pub async fn ann(base_url: &str) -> Client {
    let newcomer = Client::anonymous(base_url);
    let sign_up = json!({ "email": ANN, "name": "Ann", "password": PASSWORD });
    let answer = newcomer.post("/auth/admin-sign-up", sign_up).await;
    assert!(answer.status == 201 || answer.status == 400, "sign up Ann: {answer:?}");
    Client::login(base_url, ANN, PASSWORD).await
}

/// Somebody without special rights.
pub async fn user(base_url: &str, database: &TestDatabase, name: &str) -> Client {
    drop(ann(base_url).await);
    let email = format!("{}@example.com", name.to_lowercase());
    // With Ann's password, whose hash is at hand.
    sqlx::query(
        "INSERT INTO users (id, email, name, password_hash) SELECT $1, $2, $3, password_hash FROM users WHERE email = $4
         ON CONFLICT (email) DO NOTHING",
    )
    .bind(UserId::random())
    .bind(&email)
    .bind(name)
    .bind(ANN)
    .execute(&mut database.connect().await)
    .await
    .expect("add a user");
    Client::login(base_url, &email, PASSWORD).await
}
