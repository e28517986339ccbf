//! Pictures on their way into models: decoded within limits, resized and sampled as the reference does it, and turned
//! into the numbers that a model was trained on.

mod decode;
mod normalize;
mod resize;
mod sample;

pub use decode::Undecoded;
pub use normalize::{Normalization, Order, Target};
pub use resize::{Filter, resize, resize_across_first, resize_bilinear};
pub use sample::{Affine, Perspective, warp_affine, warp_perspective};

/// Red, green and blue, a byte each.
pub type Picture = image::RgbImage;
