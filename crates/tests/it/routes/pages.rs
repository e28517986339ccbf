//! What is not below `/api`'s operations: the documentation, and files that browsers ask for unbidden.

use crate::openapi::document;
use testkit::{Answer, TestApp};

async fn get(app: &TestApp, path: &str) -> Answer {
    let answer = reqwest::get(format!("{}{path}", app.base_url())).await.expect("the server answers");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Answer { status, headers, body: answer.bytes().await.expect("the answer comes to its end").to_vec() }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_is_documented_where_people_look_for_it() {
    let app = TestApp::start().await;
    assert_eq!(get(&app, "/api/spec.json").await.expect(200), document());
    let yaml = get(&app, "/api/spec.yaml").await;
    assert_eq!(yaml.headers["content-type"], "application/yaml");
    assert!(yaml.text().contains("operationId: uploadAsset"), "{}", yaml.text());
    let page = get(&app, "/doc").await;
    assert!(page.text().contains("Swagger UI"), "{}", page.text());
    let start = get(&app, "/doc/swagger-initializer.js").await.text();
    assert!(start.contains(r#""/api/spec.json""#), "{start}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_find_the_api_behind_a_bare_host_name() {
    let app = TestApp::start().await;
    assert_eq!(get(&app, "/.well-known/immich").await.expect(200)["api"]["endpoint"], "/api");
}
