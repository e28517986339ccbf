//! Signing up, in and out; passwords; the PIN of the locked folder.

use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Answer, Client, TestApp};

const EMAIL: &str = "ann@example.com";
const PASSWORD: &str = "correct horse battery";

fn sign_up() -> Value {
    json!({ "email": "Ann@Example.com", "name": "Ann", "password": PASSWORD })
}

async fn login_with(client: &Client, headers: &[(&str, &str)], password: &str) -> Answer {
    let mut request =
        client.request(Method::POST, "/auth/login").json(&json!({ "email": EMAIL, "password": password }));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: response.bytes().await.unwrap().to_vec() }
}

fn cookies(answer: &Answer) -> Vec<String> {
    answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_first_account_is_an_administrators_and_there_is_only_one_first() {
    let test = TestApp::start().await;
    let nobody = test.anonymous();
    let user = nobody.post("/auth/admin-sign-up", sign_up()).await.expect(201);
    assert_eq!(user["email"], EMAIL);
    assert_eq!((&user["isAdmin"], &user["storageLabel"]), (&json!(true), &json!("admin")));
    assert_eq!(
        (&user["shouldChangePassword"], &user["license"], &user["oauthId"]),
        (&json!(true), &Value::Null, &json!(""))
    );
    nobody.post("/auth/admin-sign-up", sign_up()).await.expect_refusal(400, "The server already has an admin");
}

#[tokio::test]
async fn of_two_who_sign_up_at_once_one_becomes_administrator() {
    let mut test = TestApp::start().await;
    let other = Client::anonymous(&test.another_server().await);
    let here = test.anonymous();
    let second = json!({ "email": "eve@example.com", "name": "Eve", "password": PASSWORD });
    let (one, two) =
        tokio::join!(here.post("/auth/admin-sign-up", sign_up()), other.post("/auth/admin-sign-up", second));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 400]);
}

#[tokio::test]
async fn setting_up_can_be_switched_off() {
    let test = TestApp::start_with(&[("IMMICH_ALLOW_SETUP", "false")]).await;
    test.anonymous().post("/auth/admin-sign-up", sign_up()).await.expect_refusal(400, "Admin setup is not available");
}

#[tokio::test]
async fn a_login_sets_the_three_cookies_that_the_mobile_app_lives_by() {
    let test = TestApp::start().await;
    test.anonymous().post("/auth/admin-sign-up", sign_up()).await.expect(201);
    let answer = login_with(&test.anonymous(), &[], PASSWORD).await;
    let body = answer.expect(201);
    let token = body["accessToken"].as_str().unwrap();
    assert!(token.len() > 32 && token.chars().all(|c| c.is_ascii_alphanumeric()));
    assert_eq!(
        (&body["userEmail"], &body["isOnboarded"], &body["isAdmin"]),
        (&json!(EMAIL), &json!(false), &json!(true))
    );

    let cookies = cookies(&answer);
    let find = |name: &str| cookies.iter().find(|cookie| cookie.starts_with(&format!("{name}="))).unwrap();
    assert_eq!(cookies.len(), 3);
    assert!(find("immich_access_token").starts_with(&format!("immich_access_token={token};")));
    assert!(find("immich_auth_type").starts_with("immich_auth_type=password;"));
    assert!(find("immich_is_authenticated").starts_with("immich_is_authenticated=true;"));
    for cookie in &cookies {
        for attribute in ["Path=/", "SameSite=Lax", "Max-Age=34560000"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains("Secure"), "{cookie}");
        assert_eq!(cookie.contains("HttpOnly"), !cookie.starts_with("immich_is_authenticated"), "{cookie}");
    }
}

#[tokio::test]
async fn cookies_are_secure_behind_a_trusted_proxy_that_speaks_https() {
    let test = TestApp::start().await;
    test.anonymous().post("/auth/admin-sign-up", sign_up()).await.expect(201);
    let answer = login_with(&test.anonymous(), &[("x-forwarded-proto", "https")], PASSWORD).await;
    assert!(cookies(&answer).iter().all(|cookie| cookie.contains("Secure")), "{:?}", cookies(&answer));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let test = TestApp::start().await;
    test.anonymous().post("/auth/admin-sign-up", sign_up()).await.expect(201);
    for body in
        [json!({ "email": EMAIL, "password": "x" }), json!({ "email": "eve@example.com", "password": PASSWORD })]
    {
        test.anonymous().post("/auth/login", body).await.expect_refusal(401, "Incorrect email or password");
    }
    let refused = test.anonymous().post("/auth/login", json!({ "email": "ann" })).await.expect(400);
    assert_eq!(refused["message"], "Validation failed");
    assert_eq!(refused["errors"][0]["path"], json!(["email"]));
    assert_eq!(refused["errors"][1]["message"], "Invalid input: expected string, received undefined");
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once_and_takes_the_cookies_back() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let same = ann.on(test.base_url());
    same.post("/auth/validateToken", json!({})).await.expect(200);
    let answer = ann.post("/auth/logout", json!({})).await;
    assert_eq!(answer.expect(200), json!({ "successful": true, "redirectUri": "/auth/login?autoLaunch=0" }));
    let cookies = cookies(&answer);
    assert!(cookies.len() == 3 && cookies.iter().all(|cookie| cookie.contains("Max-Age=0")), "{cookies:?}");
    same.post("/auth/validateToken", json!({})).await.expect_refusal(401, "Invalid user token");
    ann.get("/users/me").await.expect_refusal(401, "Authentication required");
}

#[tokio::test]
async fn signing_out_here_is_felt_on_another_server() {
    let mut test = TestApp::start().await;
    let ann = test.ann().await;
    let there = ann.on(&test.another_server().await);
    there.get("/users/me").await.expect(200);
    ann.post("/auth/logout", json!({})).await.expect(200);
    testkit::eventually("the other server to refuse the session", Duration::from_secs(5), || async {
        there.get("/users/me").await.status == 401
    })
    .await;
}

#[tokio::test]
async fn credentials_are_looked_for_in_one_order_and_do_not_back_each_other_up() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let key = ann.with_api_key(&["all"]).await;
    let nobody = test.anonymous();
    let status = async |query: &str, header: (&str, &str)| {
        let request = nobody.request(Method::GET, &format!("/users/me{query}")).header(header.0, header.1);
        request.send().await.unwrap().status().as_u16()
    };
    let none = ("x-nothing", "x");
    assert_eq!(status(&format!("?sessionKey={}", ann.access_token()), none).await, 200);
    assert_eq!(status(&format!("?apiKey={}", key.access_token()), none).await, 200);
    assert_eq!(status("", ("x-immich-user-token", ann.access_token())).await, 200);
    assert_eq!(status("", ("authorization", &format!("bearer {}", ann.access_token()))).await, 200);
    // A bad token is not saved by a good key behind it.
    assert_eq!(status(&format!("?apiKey={}", key.access_token()), ("x-immich-session-token", "bad")).await, 401);
    nobody.get("/users/me").await.expect_refusal(401, "Authentication required");
    nobody.get("/users/me?apiKey=bad").await.expect_refusal(401, "Invalid API key");
    nobody.get("/users/me?key=bad").await.expect_refusal(401, "Invalid share key");
}

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    let test = TestApp::start().await;
    let (ann, elsewhere) = (test.ann().await, test.ann().await);
    elsewhere.get("/users/me").await.expect(200);
    let change = |old: &str| json!({ "password": old, "newPassword": "another horse" });
    ann.post("/auth/change-password", change("wrong")).await.expect_refusal(400, "Wrong password");
    let short = json!({ "password": PASSWORD, "newPassword": "short" });
    let refused = ann.post("/auth/change-password", short).await.expect(400);
    assert_eq!(refused["errors"][0]["message"], "Too small: expected string to have >=8 characters");
    let user = ann.post("/auth/change-password", change(PASSWORD)).await.expect(200);
    assert_eq!(user["shouldChangePassword"], json!(false));
    ann.get("/users/me").await.expect(200);
    elsewhere.get("/users/me").await.expect_refusal(401, "Invalid user token");
    assert_eq!(login_with(&test.anonymous(), &[], "another horse").await.status, 201);
    assert_eq!(login_with(&test.anonymous(), &[], PASSWORD).await.status, 401);
}

#[tokio::test]
async fn the_pin_opens_the_locked_folder_to_one_session() {
    let test = TestApp::start().await;
    let (ann, elsewhere) = (test.ann().await, test.ann().await);
    let unlock = |pin: &str| json!({ "pinCode": pin });
    ann.post("/auth/session/unlock", unlock("123456")).await.expect_refusal(400, "User does not have a PIN code");
    ann.post("/auth/pin-code", json!({ "pinCode": "12345x" })).await.expect(400);
    ann.post("/auth/pin-code", json!({ "pinCode": "123456" })).await.expect(204);
    ann.post("/auth/pin-code", json!({ "pinCode": "654321" })).await.expect_refusal(400, "User already has a PIN code");

    ann.post("/auth/session/unlock", unlock("000000")).await.expect_refusal(400, "Wrong PIN code");
    ann.post("/auth/session/unlock", json!({})).await.expect_refusal(400, "Either password or pinCode is required");
    ann.post("/auth/session/unlock", unlock("123456")).await.expect(204);
    let status = ann.get("/auth/status").await.expect(200);
    assert_eq!(
        (&status["isElevated"], &status["pinCode"], &status["password"]),
        (&json!(true), &json!(true), &json!(true))
    );
    assert!(status["pinExpiresAt"].is_string() && status.get("expiresAt").is_none(), "{status}");
    assert_eq!(elsewhere.get("/auth/status").await.expect(200)["isElevated"], json!(false));

    ann.post("/auth/session/lock", json!({})).await.expect(204);
    assert_eq!(ann.get("/auth/status").await.expect(200)["isElevated"], json!(false));
    let key = ann.with_api_key(&["all"]).await;
    let refusal = "This endpoint can only be used with a session token";
    key.post("/auth/session/unlock", unlock("123456")).await.expect_refusal(400, refusal);
}

#[tokio::test]
async fn changing_the_pin_takes_the_old_one_or_the_password_and_removing_it_locks() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    ann.post("/auth/pin-code", json!({ "pinCode": "123456" })).await.expect(204);
    let change = json!({ "newPinCode": "222222", "pinCode": "999999" });
    ann.put("/auth/pin-code", change).await.expect_refusal(400, "Wrong PIN code");
    ann.put("/auth/pin-code", json!({ "newPinCode": "222222", "password": PASSWORD })).await.expect(204);
    ann.post("/auth/session/unlock", json!({ "pinCode": "222222" })).await.expect(204);
    ann.delete_with("/auth/pin-code", json!({ "password": "x" })).await.expect_refusal(400, "Wrong password");
    ann.delete_with("/auth/pin-code", json!({ "pinCode": "222222" })).await.expect(204);
    let status = ann.get("/auth/status").await.expect(200);
    assert_eq!((&status["isElevated"], &status["pinCode"]), (&json!(false), &json!(false)));
}
