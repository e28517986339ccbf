//! Writing in pictures: where its lines are (a DB network), and what they say (a CTC network), both of PP-OCR.

mod boxes;
pub use boxes::Scoring;
mod crop;
mod detect;
mod hull;
mod recognize;
mod widen;

pub use detect::{Detector, Options, Prepared};
pub use recognize::Recognizer;

/// Where a line of text is: its corners in the picture's pixels, upper left first, clockwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub corners: [(f32, f32); 4],
    pub score: f32,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub text: String,
    pub score: f32,
}
