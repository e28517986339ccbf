//! Faces: where they are (SCRFD), and whose they are like (ArcFace).

mod align;
mod detect;
mod recognize;

pub use detect::{Detector, Prepared};
pub use recognize::Recognizer;

/// A face in a picture, in its pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// Left, top, right, bottom.
    pub bounds: [f32; 4],
    /// Eyes, nose, corners of the mouth.
    pub landmarks: [(f32, f32); 5],
    pub score: f32,
}
