//! ArcFace: a face as a direction; the nearer two directions, the likelier the same person.

use super::{Face, align};
use crate::{
    pictures::{Normalization, Order, Picture},
    runtime::{Batching, Folder, Model, Runs, Session, Tensor},
    settings,
};
use anyhow::{Context, ensure};
use ml_api::{Kind, Task};

/// Faces of several requests that run together when the operator leaves it open.
const USUAL_BATCH: usize = 16;

pub struct Recognizer {
    session: Session,
    normalization: Normalization,
}

impl Model for Recognizer {
    const TASK: Task = Task::FacialRecognition;
    const KIND: Kind = Kind::Recognition;

    fn runs(settings: &settings::Runtime) -> Runs {
        let most = if settings.max_batch_size_faces > 0 { settings.max_batch_size_faces } else { USUAL_BATCH };
        Runs { batching: Batching::UpTo(most), is_urgent: false }
    }

    fn load(session: Session, _: &Folder, _: &settings::Runtime) -> anyhow::Result<Self> {
        Ok(Self { session, normalization: Normalization::of_bytes(127.5, 127.5, Order::Rgb) })
    }
}

impl Recognizer {
    /// All faces of a picture. Takes milliseconds, so not for the async threads.
    pub fn prepare(&self, picture: &Picture, faces: &[Face]) -> Tensor {
        let side = align::SIDE as usize;
        let mut values = Vec::with_capacity(faces.len() * 3 * side * side);
        for face in faces {
            // Points that all lie together are of no face; black is what the reference would take out there, too.
            let aligned = align::align(picture, &face.landmarks);
            let aligned = aligned.unwrap_or_else(|| Picture::new(align::SIDE, align::SIDE));
            values.extend(self.normalization.planes(&aligned, 0, 0, side, side));
        }
        Tensor::of_f32([faces.len(), 3, side, side], values)
    }

    /// One for each face, not normalised.
    pub async fn embed(&self, prepared: Tensor) -> anyhow::Result<Vec<Vec<f32>>> {
        let count = prepared.rows();
        if count == 0 {
            return Ok(Vec::new());
        }
        let outputs = self.session.run(vec![prepared]).await?;
        let output = outputs.first().context("the model answers nothing")?;
        let values = output.as_f32()?;
        ensure!(!values.is_empty() && values.len() % count == 0, "{} numbers for {count} faces", values.len());
        Ok(values.chunks(values.len() / count).map(<[f32]>::to_vec).collect())
    }
}
