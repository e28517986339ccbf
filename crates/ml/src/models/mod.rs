//! The models: each takes pictures or texts to numbers exactly as it was trained, and numbers to what they mean.

pub mod catalogue;
pub mod clip;
pub mod faces;
pub mod ocr;

use crate::{
    runtime::{Cores, Library, Shelf, Store},
    settings::{Preload, Settings},
};
use std::{sync::Arc, time::Duration};

/// All that are in memory, a shelf for each kind.
pub struct Models {
    pub visual: Shelf<clip::Visual>,
    pub textual: Shelf<clip::Textual>,
    pub face_detectors: Shelf<faces::Detector>,
    pub face_recognizers: Shelf<faces::Recognizer>,
    pub text_detectors: Shelf<ocr::Detector>,
    pub text_recognizers: Shelf<ocr::Recognizer>,
}

impl Models {
    pub fn new(settings: &Settings, cores: Cores) -> anyhow::Result<Self> {
        let store = Arc::new(Store::new(settings, Library::find(&settings.runtime, cores)?)?);
        Ok(Self {
            visual: Shelf::new(store.clone()),
            textual: Shelf::new(store.clone()),
            face_detectors: Shelf::new(store.clone()),
            face_recognizers: Shelf::new(store.clone()),
            text_detectors: Shelf::new(store.clone()),
            text_recognizers: Shelf::new(store),
        })
    }

    pub async fn preload(&self, wanted: &Preload) {
        self.textual.preload(&wanted.preload_clip_textual).await;
        self.visual.preload(&wanted.preload_clip_visual).await;
        self.face_detectors.preload(&wanted.preload_faces_detection).await;
        self.face_recognizers.preload(&wanted.preload_faces_recognition).await;
        self.text_detectors.preload(&wanted.preload_ocr_detection).await;
        self.text_recognizers.preload(&wanted.preload_ocr_recognition).await;
    }

    /// Lets go of what nobody used for so long.
    pub fn tidy(&self, ttl: Duration) {
        self.visual.tidy(ttl);
        self.textual.tidy(ttl);
        self.face_detectors.tidy(ttl);
        self.face_recognizers.tidy(ttl);
        self.text_detectors.tidy(ttl);
        self.text_recognizers.tidy(ttl);
    }
}
