//! `/users/me/license` and `/server/license`.

use serde_json::json;
use testkit::TestApp;

const KEY: &str = "IMCL-0000-1111-2222-3333-4444-aaaa-BBBB-cccc";

#[tokio::test]
async fn a_key_that_cannot_be_verified_is_no_licence() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let key = json!({ "licenseKey": KEY, "activationKey": "c2lnbmVk" });
    for (client, path) in [(&bob, "/users/me/license"), (&ann, "/server/license")] {
        client.get(path).await.expect_refusal(404, "Not Found");
        client.put(path, key.clone()).await.expect_refusal(400, "Invalid license key");
        let misspelt = client.put(path, json!({ "licenseKey": "IMCL-1", "activationKey": "a" })).await.expect(400);
        assert_eq!(misspelt["errors"][0]["path"], json!(["licenseKey"]));
        client.get(path).await.expect_refusal(404, "Not Found");
    }
    bob.get("/server/license").await.expect_refusal(403, "Forbidden");
}

#[tokio::test]
async fn a_licence_that_came_with_the_database_is_shown_until_it_is_forgotten() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let license = json!({ "licenseKey": KEY, "activationKey": "a", "activatedAt": "2024-05-01T10:00:00.000Z" });
    let mut conn = test.database().connect().await;
    sqlx::query("INSERT INTO user_metadata (user_id, key, value) VALUES ($1, 'license', $2)")
        .bind(bob.user_id())
        .bind(&license)
        .execute(&mut conn)
        .await
        .unwrap();
    sqlx::query("INSERT INTO system_metadata (key, value) VALUES ('license', $1)")
        .bind(&license)
        .execute(&mut conn)
        .await
        .unwrap();
    ann.get("/users/me/license").await.expect_refusal(404, "Not Found");
    for (client, path) in [(&bob, "/users/me/license"), (&ann, "/server/license")] {
        assert_eq!(client.get(path).await.expect(200), license);
        client.delete(path).await.expect(204);
        client.get(path).await.expect_refusal(404, "Not Found");
        client.delete(path).await.expect(204);
    }
}
