//! The service's description for developers, served at `/openapi.json` and kept in `openapi/`.

use crate::{
    answer::{FaceAnswer, TextAnswer},
    http,
};
use utoipa::{OpenApi, ToSchema};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Ferrotype model service",
        description = "What models make of pictures and texts: directions for search, faces, writing.",
        license(name = "AGPL-3.0-only")
    ),
    paths(http::hello, http::ping, http::predict, http::metrics, http::openapi),
    components(schemas(PredictForm, PredictAnswer, Refusal))
)]
pub struct Document;

/// The question. `image` or `text` may come several times: then the answer is a list. An image wins over a text.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct PredictForm {
    /// JSON: `{task: {part: {"modelName": …, "options": {…}}}}`. Tasks and parts: `clip` with `visual` or `textual`
    /// (option `language`), `facial-recognition` with `detection` (`minScore`) and `recognition`, `ocr` with `detection`
    /// (`minScore`, `maxResolution`, `scoreMode`) and `recognition` (`minScore`).
    #[schema(example = r#"{"clip":{"visual":{"modelName":"ViT-B-32__openai"}}}"#)]
    entries: String,
    #[schema(value_type = Option<String>, format = Binary)]
    image: Option<Vec<u8>>,
    text: Option<String>,
}

/// A key for each task that was asked for. An embedding is a text that holds a JSON array of numbers.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
pub struct PredictAnswer {
    clip: Option<String>,
    #[schema(rename = "facial-recognition")]
    facial_recognition: Option<Vec<FaceAnswer>>,
    ocr: Option<TextAnswer>,
    image_height: Option<u32>,
    image_width: Option<u32>,
}

/// Why there is no answer.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct Refusal {
    detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::{collections::BTreeMap, fs, path::Path};

    #[test]
    fn the_document_in_git_is_the_one_that_is_served() {
        let mut document = serde_json::to_value(Document::openapi()).unwrap();
        sort_keys(&mut document);
        let text = serde_json::to_string_pretty(&document).unwrap() + "\n";
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/ferrotype-ml.json");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&file, &text).unwrap();
        }
        let present = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            present == text,
            "openapi/ferrotype-ml.json is stale: write it with UPDATE=1 cargo nextest run -p ml openapi"
        );
    }

    /// Whether they keep their order depends on how serde_json was built.
    fn sort_keys(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                let sorted: BTreeMap<String, Value> = std::mem::take(fields).into_iter().collect();
                fields.extend(sorted);
                fields.values_mut().for_each(sort_keys);
            }
            Value::Array(items) => items.iter_mut().for_each(sort_keys),
            _ => {}
        }
    }
}
