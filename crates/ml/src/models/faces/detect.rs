//! SCRFD: at every eighth, sixteenth and thirty-second pixel two guesses, each with a score, a box and five points.

use super::Face;
use crate::{
    pictures::{Normalization, Order, Picture, Target, resize_bilinear},
    runtime::{Batching, Folder, Model, Runs, Session, Tensor},
    settings,
};
use anyhow::ensure;
use ml_api::{Kind, Task};

const SIDE: u32 = 640;
const STRIDES: [usize; 3] = [8, 16, 32];
const GUESSES: usize = 2;
/// Boxes that share more than this are of the same face.
const OVERLAP: f32 = 0.4;

pub struct Detector {
    session: Session,
    normalization: Normalization,
}

/// What the model takes, and how much smaller than the picture it is.
pub struct Prepared {
    input: Tensor,
    scale: f32,
}

impl Model for Detector {
    const TASK: Task = Task::FacialRecognition;
    const KIND: Kind = Kind::Detection;

    fn runs(_: &settings::Runtime) -> Runs {
        // Its answers' first axis counts guesses, not pictures.
        Runs { batching: Batching::Never, is_urgent: false }
    }

    fn load(session: Session, _: &Folder, _: &settings::Runtime) -> anyhow::Result<Self> {
        Ok(Self { session, normalization: Normalization::of_bytes(127.5, 128.0, Order::Rgb) })
    }
}

impl Detector {
    /// The picture at the upper left of a black square. Takes milliseconds, so not for the async threads.
    pub fn prepare(&self, picture: &Picture) -> Prepared {
        let (width, height) = picture.dimensions();
        let shorter = |shorter: u32, longer: u32| {
            (f64::from(SIDE) * f64::from(shorter) / f64::from(longer)).clamp(1.0, f64::from(SIDE)) as u32
        };
        let (new_width, new_height) =
            if height > width { (shorter(width, height), SIDE) } else { (SIDE, shorter(height, width)) };
        let small = resize_bilinear(picture, new_width, new_height);
        let side = SIDE as usize;
        let [black, ..] = self.normalization.black();
        let mut values = vec![black; 3 * side * side];
        self.normalization.write_all(&small, &mut Target { values: &mut values, width: side, height: side });
        Prepared { input: Tensor::of_f32([1, 3, side, side], values), scale: new_height as f32 / height as f32 }
    }

    /// The faces of at least this score, the surest first.
    pub async fn detect(&self, prepared: Prepared, min_score: f32) -> anyhow::Result<Vec<Face>> {
        let outputs = self.session.run(vec![prepared.input]).await?;
        let mut faces = guesses(&outputs, min_score)?;
        for face in &mut faces {
            face.bounds = face.bounds.map(|place| place / prepared.scale);
            face.landmarks = face.landmarks.map(|(x, y)| (x / prepared.scale, y / prepared.scale));
        }
        // Stable from the last to the first, as the reference sorts.
        faces.reverse();
        faces.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(distinct(faces))
    }
}

fn guesses(outputs: &[Tensor], min_score: f32) -> anyhow::Result<Vec<Face>> {
    let wanted = STRIDES.len() * 3;
    ensure!(outputs.len() >= wanted, "the model has {} answers, a face detector has {wanted}", outputs.len());
    let mut faces = Vec::new();
    for (level, stride) in STRIDES.into_iter().enumerate() {
        let scores = outputs[level].as_f32()?;
        let boxes = outputs[level + STRIDES.len()].as_f32()?;
        let points = outputs[level + 2 * STRIDES.len()].as_f32()?;
        let columns = SIDE as usize / stride;
        let count = columns * columns * GUESSES;
        ensure!(
            scores.len() == count && boxes.len() == count * 4 && points.len() == count * 10,
            "the model answers with {}, {} and {} numbers where a face detector has {count} guesses",
            scores.len(),
            boxes.len(),
            points.len()
        );
        for (index, &score) in scores.iter().enumerate().filter(|(_, score)| **score >= min_score) {
            let place = index / GUESSES;
            let x = (place % columns * stride) as f32;
            let y = (place / columns * stride) as f32;
            let stride = stride as f32;
            let edges = &boxes[index * 4..][..4];
            let offsets = &points[index * 10..][..10];
            faces.push(Face {
                bounds: [x - edges[0] * stride, y - edges[1] * stride, x + edges[2] * stride, y + edges[3] * stride],
                landmarks: std::array::from_fn(|i| (x + offsets[2 * i] * stride, y + offsets[2 * i + 1] * stride)),
                score,
            });
        }
    }
    Ok(faces)
}

/// Of faces that lie on each other only the surest; they come sorted.
fn distinct(faces: Vec<Face>) -> Vec<Face> {
    let mut kept: Vec<Face> = Vec::new();
    for face in faces {
        if kept.iter().all(|other| overlap(&face.bounds, &other.bounds) <= OVERLAP) {
            kept.push(face);
        }
    }
    kept
}

/// What both share of what they cover together. Pixels count as a whole, hence the ones.
fn overlap(a: &[f32; 4], b: &[f32; 4]) -> f32 {
    let area = |bounds: &[f32; 4]| (bounds[2] - bounds[0] + 1.0) * (bounds[3] - bounds[1] + 1.0);
    let width = (a[2].min(b[2]) - a[0].max(b[0]) + 1.0).max(0.0);
    let height = (a[3].min(b[3]) - a[1].max(b[1]) + 1.0).max(0.0);
    let shared = width * height;
    shared / (area(a) + area(b) - shared)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(bounds: [f32; 4], score: f32) -> Face {
        Face { bounds, landmarks: [(0.0, 0.0); 5], score }
    }

    #[test]
    fn a_face_is_found_once() {
        let faces = vec![face([0.0, 0.0, 99.0, 99.0], 0.9), face([5.0, 5.0, 104.0, 104.0], 0.8), face([200.0; 4], 0.7)];
        assert_eq!(distinct(faces).len(), 2);
        assert_eq!(overlap(&[0.0, 0.0, 9.0, 9.0], &[0.0, 0.0, 9.0, 4.0]), 0.5);
    }

    #[test]
    fn guesses_are_read_from_all_strides() {
        let mut outputs = Vec::new();
        for width in [1, 4, 10] {
            for stride in STRIDES {
                let count = (640 / stride) * (640 / stride) * GUESSES;
                outputs.push(Tensor::of_f32([count, width], vec![0.0; count * width]));
            }
        }
        // The second guess at column 3 of row 2 of the middle stride.
        let index = (2 * 40 + 3) * GUESSES + 1;
        let set = |tensor: &mut Tensor, from: usize, numbers: &[f32]| {
            let mut values = tensor.as_f32().unwrap().to_vec();
            values[from..from + numbers.len()].copy_from_slice(numbers);
            *tensor = Tensor::of_f32(tensor.shape.clone(), values);
        };
        set(&mut outputs[1], index, &[0.8]);
        set(&mut outputs[4], index * 4, &[1.0, 0.5, 2.0, 3.0]);
        set(&mut outputs[7], index * 10, &[0.25, -0.25]);
        let faces = guesses(&outputs, 0.5).unwrap();
        assert_eq!(faces.len(), 1);
        assert_eq!(faces[0].bounds, [48.0 - 16.0, 32.0 - 8.0, 48.0 + 32.0, 32.0 + 48.0]);
        assert_eq!(faces[0].landmarks[..2], [(52.0, 28.0), (48.0, 32.0)]);
        assert!(guesses(&outputs[..8], 0.5).is_err());
    }
}
