//! What is asked of an image or a text: the `entries` field of `POST /predict`.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What for. Every task is answered under its own key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    Clip,
    FacialRecognition,
    Ocr,
}

/// Which of a task's models. Recognition works on what the same task's detection finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Visual,
    Textual,
    Detection,
    Recognition,
}

/// One run of one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    pub model_name: String,
    /// Thresholds and sizes; what a model does not know it ignores.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, Value>,
}

/// What an option holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Number(f64),
    Text(String),
}

/// Everything that is asked in one request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Entries(pub BTreeMap<Task, BTreeMap<Kind, Entry>>);

impl Entries {
    /// Asks for one more run.
    pub fn with(mut self, task: Task, kind: Kind, entry: Entry) -> Self {
        self.0.entry(task).or_default().insert(kind, entry);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn entries_are_spelled_as_existing_services_read_them() {
        let faces = |options: &[(&str, f64)]| Entry {
            model_name: "buffalo_l".to_owned(),
            options: options.iter().map(|(key, number)| ((*key).to_owned(), Value::Number(*number))).collect(),
        };
        let entries = Entries::default()
            .with(Task::FacialRecognition, Kind::Detection, faces(&[("minScore", 0.7)]))
            .with(Task::FacialRecognition, Kind::Recognition, faces(&[]));
        let spelled = json!({ "facial-recognition": {
            "detection": { "modelName": "buffalo_l", "options": { "minScore": 0.7 } },
            "recognition": { "modelName": "buffalo_l" },
        } });
        assert_eq!(serde_json::to_value(&entries).unwrap(), spelled);
        assert_eq!(serde_json::from_value::<Entries>(spelled).unwrap(), entries);
    }

    #[test]
    fn unknown_tasks_and_nameless_models_are_refused() {
        for wrong in [json!({ "weather": {} }), json!({ "clip": { "visual": {} } }), json!([])] {
            assert!(serde_json::from_value::<Entries>(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
