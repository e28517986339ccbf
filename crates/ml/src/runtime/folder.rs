//! Where a model's files are on disk: the same places as the Python service uses, so that an existing cache works.

use ml_api::{Kind, Task};
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// Which model: what for, which part, and its cleaned name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModelKey {
    pub task: Task,
    pub kind: Kind,
    pub name: String,
}

impl ModelKey {
    /// None if nothing is left of the name.
    pub fn new(task: Task, kind: Kind, name: &str) -> Option<Self> {
        let name = clean(name);
        (!name.is_empty()).then_some(Self { task, kind, name })
    }

    pub fn task_word(&self) -> &'static str {
        match self.task {
            Task::Clip => "clip",
            Task::FacialRecognition => "facial-recognition",
            Task::Ocr => "ocr",
        }
    }

    pub fn kind_word(&self) -> &'static str {
        match self.kind {
            Kind::Visual => "visual",
            Kind::Textual => "textual",
            Kind::Detection => "detection",
            Kind::Recognition => "recognition",
        }
    }
}

impl fmt::Display for ModelKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", self.name, self.task_word(), self.kind_word())
    }
}

/// What comes after the last slash, so that no name leads out of the cache; without what file systems dislike.
fn clean(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or_default();
    last.chars().filter(|&c| c != '.' && c != '\\' && !c.is_control()).map(|c| if c == ':' { '_' } else { c }).collect()
}

/// The files of one model.
#[derive(Debug, Clone)]
pub struct Folder {
    /// Of the name: what its parts share.
    base: PathBuf,
    kind_word: &'static str,
}

impl Folder {
    pub fn new(cache: &Path, key: &ModelKey) -> Self {
        // Text is found by the same model in all languages: only the reader of the lines goes by the full name.
        let name = match (key.task, key.kind) {
            (Task::Ocr, Kind::Detection) => key.name.rsplit("__").next().unwrap_or(&key.name),
            _ => &key.name,
        };
        Self { base: cache.join(key.task_word()).join(name), kind_word: key.kind_word() }
    }

    pub fn base(&self) -> &Path {
        &self.base
    }

    /// Of this part alone.
    pub fn part(&self) -> PathBuf {
        self.base.join(self.kind_word)
    }

    pub fn model(&self) -> PathBuf {
        self.part().join("model.onnx")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(task: Task, kind: Kind, name: &str) -> String {
        let key = ModelKey::new(task, kind, name).unwrap();
        Folder::new(Path::new("/cache"), &key).model().to_str().unwrap().to_owned()
    }

    #[test]
    fn models_are_where_the_python_service_keeps_them() {
        let clip = path(Task::Clip, Kind::Visual, "immich-app/ViT-B-32::openai");
        assert_eq!(clip, "/cache/clip/ViT-B-32__openai/visual/model.onnx");
        let faces = path(Task::FacialRecognition, Kind::Recognition, "buffalo_l");
        assert_eq!(faces, "/cache/facial-recognition/buffalo_l/recognition/model.onnx");
        let lines = path(Task::Ocr, Kind::Detection, "EN__PP-OCRv5_mobile");
        assert_eq!(lines, "/cache/ocr/PP-OCRv5_mobile/detection/model.onnx");
        let words = path(Task::Ocr, Kind::Recognition, "EN__PP-OCRv5_mobile");
        assert_eq!(words, "/cache/ocr/EN__PP-OCRv5_mobile/recognition/model.onnx");
    }

    #[test]
    fn no_name_leads_out_of_the_cache() {
        assert_eq!(path(Task::Clip, Kind::Visual, "../../etc/pass.wd"), "/cache/clip/passwd/visual/model.onnx");
        for nothing in ["", "..", "a/", "\u{0}"] {
            assert_eq!(ModelKey::new(Task::Clip, Kind::Visual, nothing), None, "{nothing:?}");
        }
    }
}
