//! What is answered to one image or text.

use serde::{Deserialize, Deserializer};

/// A field for each task that was asked for.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Answer {
    #[serde(deserialize_with = "embedding")]
    pub clip: Option<Vec<f32>>,
    #[serde(rename = "facial-recognition")]
    pub faces: Option<Vec<Face>>,
    #[serde(rename = "ocr")]
    pub text: Option<Text>,
    pub image_height: Option<u32>,
    pub image_width: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Face {
    pub bounding_box: BoundingBox,
    /// As the model gives it: of any length.
    #[serde(deserialize_with = "numbers")]
    pub embedding: Vec<f32>,
    /// From 0 to 1.
    pub score: f32,
}

/// In pixels; may reach beyond the image.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct BoundingBox {
    pub x1: f32,
    pub y1: f32,
    pub x2: f32,
    pub y2: f32,
}

/// Lines, one after the other in each list.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Text {
    /// Eight numbers for a line: its corners from the upper left on, clockwise, as parts of the image's sides.
    pub r#box: Vec<f32>,
    pub text: Vec<String>,
    pub box_score: Vec<f32>,
    pub text_score: Vec<f32>,
}

/// A text that holds a JSON array. Some services give the array itself.
#[derive(Deserialize)]
#[serde(untagged)]
enum Numbers {
    Text(String),
    Array(Vec<f32>),
}

fn numbers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f32>, D::Error> {
    match Numbers::deserialize(deserializer)? {
        Numbers::Text(text) => serde_json::from_str(&text).map_err(serde::de::Error::custom),
        Numbers::Array(array) => Ok(array),
    }
}

fn embedding<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<f32>>, D::Error> {
    numbers(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn answers_of_existing_services_are_read() {
        let answer: Answer = serde_json::from_value(json!({
            "clip": "[0.25,-1e-7]",
            "facial-recognition": [{
                "boundingBox": { "x1": 271.0, "y1": -4.0, "x2": 358.0, "y2": 280.0 },
                "embedding": "[1.5]", "score": 0.926,
            }],
            "ocr": { "box": [0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0], "text": ["BEER"], "boxScore": [0.7], "textScore": [0.9] },
            "imageHeight": 20, "imageWidth": 40, "somethingNew": true,
        }))
        .unwrap();
        assert_eq!(answer.clip, Some(vec![0.25, -1e-7]));
        let faces = answer.faces.unwrap();
        assert_eq!((faces[0].bounding_box.y1, &faces[0].embedding[..]), (-4.0, &[1.5][..]));
        assert_eq!(answer.text.unwrap().text, ["BEER"]);
        assert_eq!((answer.image_height, answer.image_width), (Some(20), Some(40)));
        assert_eq!(serde_json::from_value::<Answer>(json!({ "facial-recognition": [] })).unwrap().faces, Some(vec![]));
        assert!(serde_json::from_value::<Answer>(json!({ "clip": "many" })).is_err());
    }
}
