//! What is answered, in the shapes that existing servers read.

use crate::models::{
    faces::Face,
    ocr::{Line, Reading},
};
use ml_api::Task;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// To one image or text: a key for each task, and the image's size.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    #[serde(flatten)]
    pub tasks: BTreeMap<Task, TaskAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_width: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum TaskAnswer {
    Embedding(Embedding),
    Faces(Vec<FaceAnswer>),
    DetectedFaces(DetectedFaces),
    Text(TextAnswer),
    DetectedText(DetectedText),
}

/// Numbers that are written as a text that holds a JSON array: servers hand it on as it is.
#[derive(Debug, Clone)]
pub struct Embedding(pub Vec<f32>);

impl Serialize for Embedding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = serde_json::to_string(&self.0).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FaceAnswer {
    pub bounding_box: BoundingBox,
    #[schema(value_type = String)]
    pub embedding: Embedding,
    pub score: f32,
}

/// In whole pixels; may reach beyond the image.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoundingBox {
    pub x1: f32,
    pub y1: f32,
    pub x2: f32,
    pub y2: f32,
}

/// Of a detection without recognition.
#[derive(Debug, Serialize)]
pub struct DetectedFaces {
    boxes: Vec<[f32; 4]>,
    scores: Vec<f32>,
    landmarks: Vec<[(f32, f32); 5]>,
}

/// All lines, one after the other in each list; boxes have eight numbers for a line, as parts of the image's sides.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TextAnswer {
    r#box: Vec<f32>,
    text: Vec<String>,
    box_score: Vec<f32>,
    text_score: Vec<f32>,
}

/// Of a detection without recognition.
#[derive(Debug, Serialize)]
pub struct DetectedText {
    boxes: Vec<[(f32, f32); 4]>,
    scores: Vec<f32>,
}

pub fn faces(faces: &[Face], embeddings: Vec<Vec<f32>>) -> TaskAnswer {
    let answers = faces.iter().zip(embeddings).map(|(face, embedding)| {
        let [x1, y1, x2, y2] = face.bounds.map(f32::round_ties_even);
        FaceAnswer { bounding_box: BoundingBox { x1, y1, x2, y2 }, embedding: Embedding(embedding), score: face.score }
    });
    TaskAnswer::Faces(answers.collect())
}

pub fn detected_faces(faces: &[Face]) -> TaskAnswer {
    TaskAnswer::DetectedFaces(DetectedFaces {
        boxes: faces.iter().map(|face| face.bounds.map(f32::round_ties_even)).collect(),
        scores: faces.iter().map(|face| face.score).collect(),
        landmarks: faces.iter().map(|face| face.landmarks).collect(),
    })
}

/// Lines that could be read with more than this score.
pub fn text(lines: &[Line], readings: Vec<Option<Reading>>, min_score: f32, (width, height): (u32, u32)) -> TaskAnswer {
    let mut answer = TextAnswer::default();
    for (line, reading) in lines.iter().zip(readings) {
        let Some(reading) = reading.filter(|reading| reading.score > min_score) else { continue };
        answer.r#box.extend(line.corners.iter().flat_map(|(x, y)| [x / width as f32, y / height as f32]));
        answer.text.push(reading.text);
        answer.box_score.push(line.score);
        answer.text_score.push(reading.score);
    }
    TaskAnswer::Text(answer)
}

pub fn detected_text(lines: &[Line]) -> TaskAnswer {
    TaskAnswer::DetectedText(DetectedText {
        boxes: lines.iter().map(|line| line.corners).collect(),
        scores: lines.iter().map(|line| line.score).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn answers_have_the_shapes_that_servers_read() {
        let face = Face { bounds: [271.4, -3.5, 358.0, 280.0], landmarks: [(0.0, 0.0); 5], score: 0.926 };
        let line = Line { corners: [(10.0, 5.0), (20.0, 5.0), (20.0, 10.0), (10.0, 10.0)], score: 0.7 };
        let reading = |text: &str, score| Some(Reading { text: text.to_owned(), score });
        let readings = vec![reading("BEER", 0.9), reading("l", 0.4), None];
        let lines = [line.clone(), line.clone(), line];
        let mut answer = Answer { image_height: Some(20), image_width: Some(40), ..Answer::default() };
        answer.tasks.insert(Task::Clip, TaskAnswer::Embedding(Embedding(vec![0.1, -1e-7])));
        answer.tasks.insert(Task::FacialRecognition, faces(&[face], vec![vec![1.5]]));
        answer.tasks.insert(Task::Ocr, text(&lines, readings, 0.5, (40, 20)));
        let written = serde_json::to_string(&answer).unwrap();
        assert!(written.contains(r#""score":0.926"#) && written.contains(r#""x1":271.0,"y1":-4.0"#), "{written}");
        assert!(written.contains(r#""clip":"[0.1,-1e-7]""#), "{written}");
        let parsed: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(parsed["ocr"]["text"], json!(["BEER"]));
        assert_eq!(parsed["ocr"]["box"], json!([0.25, 0.25, 0.5, 0.25, 0.5, 0.5, 0.25, 0.5]));
        assert_eq!((&parsed["imageHeight"], &parsed["imageWidth"]), (&json!(20), &json!(40)));
    }
}
