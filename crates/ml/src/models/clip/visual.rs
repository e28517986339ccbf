//! Pictures.

use super::{embedding, part_file, read_json};
use crate::{
    pictures::{Filter, Normalization, Picture, resize},
    runtime::{Batching, Folder, Model, Runs, Session, Tensor},
    settings,
};
use ml_api::{Kind, Task};
use serde::Deserialize;

pub struct Visual {
    session: Session,
    size: u32,
    filter: Filter,
    normalization: Normalization,
}

/// `preprocess_cfg.json`.
#[derive(Deserialize)]
struct Preprocessing {
    size: Size,
    mean: [f32; 3],
    std: [f32; 3],
    interpolation: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Size {
    Side(u32),
    Sides(Vec<u32>),
}

impl Model for Visual {
    const TASK: Task = Task::Clip;
    const KIND: Kind = Kind::Visual;

    fn runs(settings: &settings::Runtime) -> Runs {
        Runs { batching: Batching::UpTo(settings.max_batch_size_clip), is_urgent: false }
    }

    fn load(session: Session, folder: &Folder, _: &settings::Runtime) -> anyhow::Result<Self> {
        let preprocessing: Preprocessing = read_json(&part_file(folder, "preprocess_cfg.json"))?;
        let size = match preprocessing.size {
            Size::Side(side) => side,
            Size::Sides(sides) => sides.first().copied().unwrap_or(0),
        };
        anyhow::ensure!((1..=2048).contains(&size), "pictures of {size} pixels are no model's");
        Ok(Self {
            session,
            size,
            filter: Filter::named(&preprocessing.interpolation)?,
            normalization: Normalization::of_unit(preprocessing.mean, preprocessing.std),
        })
    }
}

impl Visual {
    /// What the model takes: the middle of the picture, its shorter side as the model's. Takes milliseconds, so not for
    /// the async threads.
    pub fn prepare(&self, picture: &Picture) -> anyhow::Result<Tensor> {
        let (width, height) = picture.dimensions();
        let (new_width, new_height) = if width < height {
            (self.size, scaled(height, width, self.size))
        } else {
            (scaled(width, height, self.size), self.size)
        };
        let resized = resize(picture, new_width, new_height, self.filter)?;
        let (left, top) = (middle(new_width, self.size), middle(new_height, self.size));
        let side = self.size as usize;
        let planes = self.normalization.planes(&resized, left, top, side, side);
        Ok(Tensor::of_f32([1, 3, side, side], planes))
    }

    pub async fn embed(&self, prepared: Tensor) -> anyhow::Result<Vec<f32>> {
        embedding(self.session.run(vec![prepared]).await?)
    }
}

/// In the order of the reference's operations: another one gives another whole number now and then.
fn scaled(longer: u32, shorter: u32, size: u32) -> u32 {
    (f64::from(longer) / f64::from(shorter) * f64::from(size)) as u32
}

fn middle(side: u32, size: u32) -> usize {
    (f64::from(side) / 2.0 - f64::from(size) / 2.0) as usize
}
