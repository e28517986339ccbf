//! Finding lines: the network says for every pixel how likely it belongs to one.

use super::{
    Line,
    boxes::{Scoring, find_lines},
};
use crate::{
    pictures::{Filter, Normalization, Order, Picture, resize_across_first},
    runtime::{Batching, Folder, Model, Runs, Session, Tensor},
    settings,
};
use anyhow::{Context, ensure};
use ml_api::{Kind, Task};

/// Smaller pictures hold no text.
const SMALLEST_SIDE: u32 = 32;
/// The network shrinks five times by half.
const STEP: f64 = 32.0;
/// Of a strip that is a thousand times as long as it is wide nothing can be read; it would only take memory.
const LARGEST_SIDE: u32 = 16_384;

pub struct Detector {
    session: Session,
    normalization: Normalization,
}

/// What the caller may choose.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    pub min_score: f32,
    /// Of the shorter side.
    pub max_resolution: u32,
    pub scoring: Scoring,
}

pub struct Prepared {
    input: Tensor,
    /// Of the picture.
    width: u32,
    height: u32,
}

impl Model for Detector {
    const TASK: Task = Task::Ocr;
    const KIND: Kind = Kind::Detection;

    fn runs(_: &settings::Runtime) -> Runs {
        // Pictures have all sizes: they do not run together.
        Runs { batching: Batching::Never, is_urgent: false }
    }

    fn load(session: Session, _: &Folder, _: &settings::Runtime) -> anyhow::Result<Self> {
        // The mean is subtracted from bytes, not from their 255th part: so the model is used, and so it is here.
        Ok(Self { session, normalization: Normalization::of_bytes(0.5, 127.5, Order::Bgr) })
    }
}

impl Detector {
    /// None if the picture is too small for text. Takes milliseconds, so not for the async threads.
    pub fn prepare(&self, picture: &Picture, options: Options) -> anyhow::Result<Option<Prepared>> {
        let (width, height) = picture.dimensions();
        if width < SMALLEST_SIDE || height < SMALLEST_SIDE {
            return Ok(None);
        }
        let ratio = (f64::from(options.max_resolution) / f64::from(width.min(height))).min(1.0);
        let side = |side: u32| {
            let side = (f64::from(side) * ratio).floor();
            (((side / STEP).round_ties_even() * STEP) as u32).clamp(SMALLEST_SIDE, LARGEST_SIDE)
        };
        let small = resize_across_first(picture, side(width), side(height), Filter::Lanczos)?;
        let (columns, rows) = (small.width() as usize, small.height() as usize);
        let planes = self.normalization.planes(&small, 0, 0, columns, rows);
        Ok(Some(Prepared { input: Tensor::of_f32([1, 3, rows, columns], planes), width, height }))
    }

    pub async fn detect(&self, prepared: Prepared, options: Options) -> anyhow::Result<Vec<Line>> {
        let (width, height) = (prepared.width, prepared.height);
        let outputs = self.session.run(vec![prepared.input]).await?;
        let output = outputs.into_iter().next().context("the model answers nothing")?;
        let [.., rows, columns] = output.shape[..] else { anyhow::bail!("the model answers no map") };
        ensure!(rows * columns == output.as_f32()?.len(), "the model's map has more than one layer");
        let finding = tokio::task::spawn_blocking(move || {
            let map = output.as_f32()?;
            Ok(find_lines(map, columns, (width, height), options))
        });
        finding.await.context("the thread that looks for lines ended")?
    }
}
