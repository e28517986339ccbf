//! People whom files name: known with a picture of their face where the settings say so, and not otherwise.

use domain::events::Event;
use futures::StreamExt;
use model::ids::AssetId;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use testkit::{Client, Picture, TestApp};

/// The seed has nothing red where the tests look.
fn picture() -> Picture {
    Picture::new(0x0a78_c800).size(400, 300)
}

async fn import_faces(ann: &Client, wanted: bool) {
    let mut config = ann.get("/system-config").await.expect(200);
    config["metadata"]["faces"]["import"] = json!(wanted);
    ann.put("/system-config", config).await.expect(200);
}

async fn read_again(test: &TestApp, ann: &Client, id: AssetId) {
    ann.post("/assets/jobs", json!({ "assetIds": [id], "name": "refresh-metadata" })).await.expect(204);
    test.run_jobs().await;
}

/// Names, in the order of the list.
async fn names(client: &Client) -> Vec<String> {
    let people = client.get("/people").await.expect(200)["people"].clone();
    people.as_array().unwrap().iter().map(|person| person["name"].as_str().unwrap().to_owned()).collect()
}

async fn person(client: &Client, name: &str) -> Value {
    let people = client.get("/people").await.expect(200)["people"].clone();
    people.as_array().unwrap().iter().find(|person| person["name"] == name).unwrap().clone()
}

async fn faces(client: &Client, id: AssetId) -> Value {
    client.get(&format!("/faces?id={id}")).await.expect(200)
}

fn boxes(faces: &Value) -> Vec<[i64; 6]> {
    let fields = ["imageWidth", "imageHeight", "boundingBoxX1", "boundingBoxY1", "boundingBoxX2", "boundingBoxY2"];
    faces.as_array().unwrap().iter().map(|face| fields.map(|field| face[field].as_i64().unwrap())).collect()
}

/// The picture of the face of somebody.
async fn portrait(client: &Client, name: &str) -> image::RgbImage {
    let id = person(client, name).await["id"].as_str().unwrap().to_owned();
    let answer = client.get(&format!("/people/{id}/thumbnail")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "image/jpeg"));
    image::load_from_memory_with_format(&answer.body, image::ImageFormat::Jpeg).unwrap().into_rgb8()
}

/// The face fills the middle, and around it a twentieth of the picture is something else.
fn assert_shows_the_face(portrait: &image::RgbImage, side: u32) {
    assert_eq!(portrait.dimensions(), (side, side));
    let is_red = |x: u32, y: u32| matches!(portrait.get_pixel(x, y).0, [170..=255, 0..=90, 0..=90]);
    let (edge, inside) = (side / 50, side / 10);
    for (x, y) in [(inside, inside), (side / 2, side / 2), (side - 1 - inside, inside), (inside, side - 1 - inside)] {
        assert!(is_red(x, y), "{x} {y}: {:?}", portrait.get_pixel(x, y));
    }
    for (x, y) in [(edge, edge), (side / 2, edge), (side - 1 - edge, side / 2), (edge, side - 1 - edge)] {
        assert!(!is_red(x, y), "{x} {y}: {:?}", portrait.get_pixel(x, y));
    }
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_a_file_names_is_known_with_a_picture_of_the_face() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    import_faces(&ann, true).await;
    let events = test.app.events.subscribe();
    let photo = picture().size(1600, 1200).face("Cleo", [600, 300, 400, 400]).face("Dan", [100, 700, 100, 80]);
    let id = ann.upload_file("photo.jpg", photo.jpeg()).await;
    test.run_jobs().await;

    assert_eq!(names(&ann).await, ["Cleo", "Dan"]);
    assert_shows_the_face(&portrait(&ann, "Cleo").await, 250);
    assert_eq!(portrait(&ann, "Dan").await.dimensions(), (110, 110), "a small face is not enlarged");
    let cleo = person(&ann, "Cleo").await["id"].as_str().unwrap().to_owned();
    let seen = faces(&ann, id).await;
    assert_eq!(boxes(&seen), [[1600, 1200, 100, 700, 200, 780], [1600, 1200, 600, 300, 1000, 700]]);
    assert_eq!((&seen[1]["person"]["id"], &seen[1]["sourceType"]), (&json!(cleo), &json!("exif")));
    let told = events.filter_map(|event| async move {
        match event {
            Event::PersonThumbnail { person, owner } => Some((person.to_string(), owner)),
            _ => None,
        }
    });
    let told: Vec<_> = told.take(2).collect().await;
    assert!(told.contains(&(cleo.clone(), ann.user_id())), "{told:?}");

    let asset = ann.get(&format!("/assets/{id}")).await.expect(200);
    let in_asset: Vec<_> = asset["people"].as_array().unwrap().iter().map(|person| &person["name"]).collect();
    assert_eq!(in_asset, ["Dan", "Cleo"], "from left to right");
    assert_eq!(ann.get(&format!("/people/{cleo}/statistics")).await.expect(200), json!({ "assets": 1 }));
    let months = ann.get(&format!("/timeline/buckets?personId={cleo}")).await.expect(200);
    assert_eq!(months[0]["count"], 1);

    // An album shows the photo to Bob, and not who is in it.
    let album =
        json!({ "albumName": "a", "assetIds": [id], "albumUsers": [{ "userId": bob.user_id(), "role": "viewer" }] });
    ann.post("/albums", album).await.expect(201);
    assert_eq!(bob.get(&format!("/assets/{id}")).await.expect(200)["people"], json!([]));
    assert!(faces(&bob, id).await.as_array().unwrap().iter().all(|face| face["person"].is_null()));
    assert_eq!(bob.get("/people").await.expect(200)["total"], 0);
    let refused = "Not found or no person.read access";
    bob.get(&format!("/people/{cleo}")).await.expect_refusal(400, refused);
    bob.get(&format!("/people/{cleo}/statistics")).await.expect_refusal(400, refused);
    bob.get(&format!("/people/{cleo}/thumbnail")).await.expect_refusal(404, "Not Found");
    bob.get(&format!("/timeline/buckets?personId={cleo}")).await.expect_refusal(400, refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn faces_stand_upright_however_the_picture_is_stored() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    import_faces(&ann, true).await;
    for orientation in 1..=8 {
        let name = format!("Number {orientation}");
        let photo = picture().face(&name, [40, 60, 100, 100]).orientation(orientation);
        let id = ann.upload_file("photo.jpg", photo.jpeg()).await;
        test.run_jobs().await;
        assert_shows_the_face(&portrait(&ann, &name).await, 110);
        let expected = match orientation {
            2 => [400, 300, 260, 60, 360, 160],
            3 => [400, 300, 260, 140, 360, 240],
            4 => [400, 300, 40, 140, 140, 240],
            5 => [300, 400, 60, 40, 160, 140],
            6 => [300, 400, 140, 40, 240, 140],
            7 => [300, 400, 140, 260, 240, 360],
            8 => [300, 400, 60, 260, 160, 360],
            _ => [400, 300, 40, 60, 140, 160],
        };
        assert_eq!(boxes(&faces(&ann, id).await), [expected], "orientation {orientation}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_known_until_the_settings_say_so() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let id = ann.upload_file("photo.jpg", picture().face("Cleo", [40, 60, 100, 100]).jpeg()).await;
    test.run_jobs().await;
    assert_eq!(names(&ann).await, Vec::<String>::new());
    assert_eq!(faces(&ann, id).await, json!([]));
    import_faces(&ann, true).await;
    read_again(&test, &ann, id).await;
    assert_eq!(names(&ann).await, ["Cleo"]);
    // What is known stays known.
    import_faces(&ann, false).await;
    read_again(&test, &ann, id).await;
    assert_eq!(names(&ann).await, ["Cleo"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_name_is_one_person_for_each_owner() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    import_faces(&ann, true).await;
    for (client, count) in [(&ann, 6), (&bob, 1)] {
        for at in 0..count {
            let name = if at % 2 == 0 { "Zoë Ärz" } else { "ZOË ÄRZ" };
            client.upload_file("photo.jpg", picture().face(name, [40 + at, 60, 100, 100]).jpeg()).await;
        }
    }
    // All are read at the same time.
    test.run_jobs().await;
    for (client, count) in [(&ann, 6), (&bob, 1)] {
        let [name] = names(client).await.try_into().unwrap();
        assert_eq!(name.to_lowercase(), "zoë ärz");
        let id = person(client, &name).await["id"].as_str().unwrap().to_owned();
        assert_eq!(client.get(&format!("/people/{id}/statistics")).await.expect(200)["assets"], count);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn read_again_a_file_that_says_the_same_changes_nothing() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    import_faces(&ann, true).await;
    let photo = picture().face("Cleo", [40, 60, 100, 100]).face("Dan", [200, 60, 100, 100]);
    let id = ann.upload_file("photo.jpg", photo.jpeg()).await;
    test.run_jobs().await;
    let cleo = person(&ann, "Cleo").await["id"].as_str().unwrap().to_owned();
    let dan = person(&ann, "Dan").await["id"].as_str().unwrap().to_owned();
    ann.put(&format!("/people/{cleo}"), json!({ "name": "Cleopatra" })).await.expect(200);
    ann.delete(&format!("/people/{dan}")).await.expect(204);
    let (before, people) = (faces(&ann, id).await, ann.get("/people").await.expect(200));
    // An edit writes a sidecar, which is read with the file.
    ann.put(&format!("/assets/{id}"), json!({ "rating": 4 })).await.expect(200);
    test.run_jobs().await;
    read_again(&test, &ann, id).await;
    assert_eq!(ann.get(&format!("/assets/{id}")).await.expect(200)["exifInfo"]["rating"], 4);
    assert_eq!(faces(&ann, id).await, before);
    assert_eq!(ann.get("/people").await.expect(200), people, "the new name stays, and who was deleted stays away");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sidecar_says_who_it_is_and_who_has_no_face_goes() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    import_faces(&ann, true).await;
    let id = ann.upload_file("photo.jpg", picture().face("Cleo", [40, 60, 100, 100]).jpeg()).await;
    test.run_jobs().await;
    let cleo = person(&ann, "Cleo").await;
    let original = ann.get(&format!("/assets/{id}")).await.expect(200)["originalPath"].as_str().unwrap().to_owned();
    let say = async |regions: String| {
        let xmp = format!(
            r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
            <rdf:Description>{regions}</rdf:Description></rdf:RDF></x:xmpmeta>"#
        );
        std::fs::write(format!("{original}.xmp"), xmp).unwrap();
        ann.put("/jobs/sidecar", json!({ "command": "start", "force": true })).await.expect(200);
        test.run_jobs().await;
    };
    say(picture().face("Eve", [200, 60, 50, 50]).regions()).await;
    assert_eq!(names(&ann).await, ["Eve"]);
    assert_eq!(boxes(&faces(&ann, id).await), [[400, 300, 200, 60, 250, 110]]);

    let picture_of_cleo = PathBuf::from(cleo["thumbnailPath"].as_str().unwrap());
    assert!(picture_of_cleo.exists());
    ann.post("/jobs", json!({ "name": "person-cleanup" })).await.expect(204);
    test.run_jobs().await;
    assert!(!picture_of_cleo.exists());
    let path = format!("/people/{}", cleo["id"].as_str().unwrap());
    ann.get(&path).await.expect_refusal(400, "Not found or no person.read access");
    assert_eq!(names(&ann).await, ["Eve"], "who has a face stays");

    // The regions survive what is written beside them.
    ann.put(&format!("/assets/{id}"), json!({ "description": "new" })).await.expect(200);
    test.run_jobs().await;
    assert_eq!(names(&ann).await, ["Eve"]);
    say(picture().regions()).await;
    assert_eq!((names(&ann).await, faces(&ann, id).await), (Vec::new(), json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_loses_a_picture_is_shown_by_another() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    import_faces(&ann, true).await;
    let first = ann.upload_file("1.jpg", picture().face("Cleo", [40, 60, 100, 100]).jpeg()).await;
    test.run_jobs().await;
    let second = ann.upload_file("2.jpg", picture().face("Cleo", [200, 60, 60, 60]).jpeg()).await;
    test.run_jobs().await;
    assert_eq!(portrait(&ann, "Cleo").await.dimensions(), (110, 110));
    ann.delete_with("/assets", json!({ "ids": [first], "force": true })).await.expect(204);
    test.run_jobs().await;
    assert_eq!(domain::people::queue_thumbnails(&test.app, false).await.unwrap(), 1);
    test.run_jobs().await;
    assert_shows_the_face(&portrait(&ann, "Cleo").await, 66);
    assert_eq!(domain::people::queue_thumbnails(&test.app, false).await.unwrap(), 0, "all is done");

    ann.delete_with("/assets", json!({ "ids": [second], "force": true })).await.expect(204);
    ann.post("/jobs", json!({ "name": "person-cleanup" })).await.expect(204);
    test.run_jobs().await;
    ann.post("/jobs", json!({ "name": "person-cleanup" })).await.expect(204);
    test.run_jobs().await;
    assert_eq!(ann.get("/people?withHidden=true").await.expect(200)["total"], 0);
    let left = files_below(&test.media().join("thumbs"));
    assert!(left.iter().all(|path| path.ends_with(".immich")), "{left:?}");
}
