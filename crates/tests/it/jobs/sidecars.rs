//! What people write of their assets ends up in sidecars, and is read from there without loss.

use domain::{jobs::MetadataSource, sidecars};
use model::ids::AssetId;
use serde_json::{Value, json};
use std::path::PathBuf;
use testkit::{Client, Picture, TestApp};

struct Photo {
    id: AssetId,
    original: PathBuf,
}

impl Photo {
    async fn upload(test: &TestApp, ann: &Client) -> Self {
        let picture = Picture::random().taken("2023:07:14 21:30:05", "+02:00").at(48.8584, 2.2945);
        let id = ann.upload_file("photo.jpg", picture.jpeg()).await;
        test.run_jobs().await;
        let original = ann.get(&format!("/assets/{id}")).await.expect(200)["originalPath"].as_str().unwrap().into();
        Self { id, original }
    }

    fn sidecar(&self) -> PathBuf {
        format!("{}.xmp", self.original.display()).into()
    }

    fn says(&self) -> String {
        std::fs::read_to_string(self.sidecar()).unwrap()
    }

    async fn change(&self, ann: &Client, changes: Value) {
        ann.put(&format!("/assets/{}", self.id), changes).await.expect(200);
    }

    async fn seen(&self, ann: &Client) -> Value {
        let asset = ann.get(&format!("/assets/{}", self.id)).await.expect(200);
        let exif = &asset["exifInfo"];
        let fields = ["description", "rating", "latitude", "longitude", "timeZone", "dateTimeOriginal"];
        let mut seen: Vec<Value> = fields.iter().map(|field| exif[field].clone()).collect();
        seen.extend([asset["localDateTime"].clone(), asset["fileCreatedAt"].clone()]);
        Value::Array(seen)
    }

    async fn read_again(&self, test: &TestApp) {
        let job = domain::jobs::AssetExtractMetadata { id: self.id, source: MetadataSource::Refresh };
        test.app.queue.push(&job).await.unwrap();
        test.run_jobs().await;
    }
}

async fn failed(ann: &Client) -> Value {
    ann.get("/jobs").await.expect(200)["sidecar"]["jobCounts"]["failed"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_are_written_beside_the_original_and_read_from_there() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let photo = Photo::upload(&test, &ann).await;
    let bytes = std::fs::read(&photo.original).unwrap();
    photo
        .change(
            &ann,
            json!({ "description": "Tom & <Anna>", "rating": 3, "latitude": 27.717_2, "longitude": 85.324,
                "dateTimeOriginal": "2001-02-03T04:05:06.250+05:45" }),
        )
        .await;
    let written = photo.seen(&ann).await;
    test.run_jobs().await;
    assert_eq!(sidecars::queue_unwritten(&test.app).await.unwrap(), 0, "nothing is left to write");
    let after = photo.seen(&ann).await;
    assert_eq!(after[4], "Asia/Kathmandu", "the place has that offset");
    for field in [0, 1, 2, 3, 5, 6, 7] {
        assert_eq!(after[field], written[field], "field {field}");
    }
    photo.read_again(&test).await;
    assert_eq!(photo.seen(&ann).await, after);
    assert_eq!(std::fs::read(&photo.original).unwrap(), bytes, "the original is never written to");
    let says = photo.says();
    assert!(says.contains("2001-02-03T04:05:06.250+05:45") && says.contains("Tom &amp; &lt;Anna&gt;"), "{says}");

    photo.change(&ann, json!({ "description": "", "rating": null })).await;
    test.run_jobs().await;
    let emptied = photo.seen(&ann).await;
    assert!(emptied[1].is_null() && emptied[0].as_str().is_none_or(str::is_empty), "{emptied}");
    assert_eq!(emptied[6], written[6], "the rest stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_zone_of_many_is_set_and_kept_by_name() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let photo = Photo::upload(&test, &ann).await;
    ann.put("/assets", json!({ "ids": [photo.id], "timeZone": "America/New_York" })).await.expect(204);
    let written = photo.seen(&ann).await;
    assert_eq!((&written[4], &written[6]), (&json!("America/New_York"), &json!("2023-07-14T15:30:05.000Z")));
    test.run_jobs().await;
    photo.read_again(&test).await;
    assert_eq!(photo.seen(&ann).await, written);
    assert!(photo.says().contains("2023-07-14T15:30:05-04:00"), "{}", photo.says());
}

#[tokio::test(flavor = "multi_thread")]
async fn sidecars_are_found_changed_and_missed() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let photo = Photo::upload(&test, &ann).await;
    let start = async |force: bool| {
        ann.put("/jobs/sidecar", json!({ "command": "start", "force": force })).await.expect(200);
        test.run_jobs().await;
        photo.seen(&ann).await[1].clone()
    };
    let xmp = |stars: u8| {
        format!(
            r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
            <rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="{stars}" xmp:Label="Red"/>
            </rdf:RDF></x:xmpmeta>"#
        )
    };
    std::fs::write(photo.sidecar(), xmp(4)).unwrap();
    assert_eq!(start(false).await, 4);
    std::fs::write(photo.sidecar(), xmp(2)).unwrap();
    assert_eq!(start(true).await, 2);

    photo.change(&ann, json!({ "description": "new" })).await;
    test.run_jobs().await;
    let says = photo.says();
    assert!(says.contains("new") && says.contains("xmp:Label=\"Red\"") && says.contains("xmp:Rating=\"2\""), "{says}");

    std::fs::remove_file(photo.sidecar()).unwrap();
    assert_eq!(start(true).await, Value::Null);
    assert_eq!(failed(&ann).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sidecar_that_cannot_be_read_is_kept_and_so_is_the_edit() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let photo = Photo::upload(&test, &ann).await;
    let half = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF";
    std::fs::write(photo.sidecar(), half).unwrap();
    photo.change(&ann, json!({ "description": "mine" })).await;
    test.run_jobs().await;
    assert_eq!(failed(&ann).await, 1, "the failure is visible");
    assert_eq!(photo.says(), half);
    photo.read_again(&test).await;
    assert_eq!(photo.seen(&ann).await[0], "mine");

    std::fs::remove_file(photo.sidecar()).unwrap();
    photo.change(&ann, json!({ "description": "mine again" })).await;
    test.run_jobs().await;
    assert!(photo.says().contains("mine again"));
    assert_eq!(failed(&ann).await, 0, "what failed is tried again by a new edit");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_of_an_older_sidecar_is_not_recorded() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let photo = Photo::upload(&test, &ann).await;
    let before = domain::asset_jobs::find(&test.app, photo.id).await.unwrap().unwrap();
    photo.change(&ann, json!({ "rating": 5 })).await;
    test.run_jobs().await;
    let old = model::assets::ExtractedMetadata {
        exif: model::assets::Exif::default(),
        tags: Vec::new(),
        burst_id: None,
        faces: Vec::new(),
        file_created_at: before.file_created_at,
        file_modified_at: before.file_modified_at,
        local_date_time: before.file_created_at.naive_utc(),
        duration_ms: None,
        width: None,
        height: None,
    };
    let source = MetadataSource::Refresh;
    assert!(!domain::asset_jobs::record_metadata(&test.app, &before, &old, source).await.unwrap());
    assert_eq!(photo.seen(&ann).await[1], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_leaves_a_whole_sidecar_and_the_work_to_the_sweep() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let photo = Photo::upload(&test, &ann).await;
    photo.change(&ann, json!({ "description": "first" })).await;
    test.run_jobs().await;
    let old = photo.says();

    photo.change(&ann, json!({ "description": "second" })).await;
    ann.put("/jobs/sidecar", json!({ "command": "empty" })).await.expect(200);
    // The writer ends before the commit, once before and once after the file has its name.
    let ended = sidecars::write(&test.app, photo.id, |_, _| Err(domain::Error::bad_request("ended"))).await;
    assert!(ended.is_err() && photo.says() == old);
    let mut incoming = test.app.files.receive(photo.sidecar()).await.unwrap();
    let new = metadata::edit_sidecar(
        Some(old.as_bytes()),
        &metadata::SidecarEdits { description: Some("second".to_owned()), ..Default::default() },
    )
    .unwrap();
    incoming.write(&new).await.unwrap();
    incoming.finish(None).await.unwrap();
    incoming.place().await.unwrap();
    drop(incoming);
    domain::assets::sweep_incoming(&test.app).await.unwrap();
    assert_eq!(photo.says().as_bytes(), new, "the database knows the file: it stays");

    assert_eq!(sidecars::queue_unwritten(&test.app).await.unwrap(), 1);
    test.run_jobs().await;
    assert_eq!(photo.seen(&ann).await[0], "second");
    assert_eq!(sidecars::queue_unwritten(&test.app).await.unwrap(), 0);
}
