//! A picture on its way from its decoder to the files made of it.

use super::{hdr::Hdr, orient, planes::Planes, resize};
use crate::error::Result;

/// Rows of 8-bit samples without padding: RGB, or RGBA when there is something to see through.
#[derive(Debug, Clone)]
pub(crate) struct Pixels {
    pub width: u32,
    pub height: u32,
    /// 3 or 4.
    pub channels: usize,
    pub data: Vec<u8>,
}

/// As its decoder gives it at the least cost.
#[derive(Debug, Clone)]
pub(crate) enum Picture {
    Pixels(Pixels),
    Planes(Planes),
}

/// A decoded picture with what is still to be done to it.
pub(crate) struct Decoded {
    pub picture: Picture,
    /// EXIF orientation, 1 to 8; 1 when the decoder has turned it already.
    pub orientation: u8,
    pub icc_profile: Option<Vec<u8>>,
    /// How to bring brightness beyond that of a plain screen down to it.
    pub hdr: Option<Hdr>,
    /// Of the original: decoders may deliver less when less is asked for.
    pub full_width: u32,
    pub full_height: u32,
}

impl From<Pixels> for Picture {
    fn from(pixels: Pixels) -> Self {
        Self::Pixels(pixels)
    }
}

impl Picture {
    pub fn size(&self) -> (u32, u32) {
        match self {
            Self::Pixels(pixels) => (pixels.width, pixels.height),
            Self::Planes(planes) => (planes.width, planes.height),
        }
    }

    pub fn into_pixels(self) -> Pixels {
        match self {
            Self::Pixels(pixels) => pixels,
            Self::Planes(planes) => planes.into_pixels(),
        }
    }

    /// So that the shorter side has at most `side` pixels.
    pub fn with_shorter_side(self, side: u32) -> Result<Self> {
        let size = resize::to_shorter_side(self.size(), side);
        self.shrink(size)
    }

    /// So that the longer side has at most `side` pixels.
    pub fn with_longer_side(self, side: u32) -> Result<Self> {
        let size = resize::to_longer_side(self.size(), side);
        self.shrink(size)
    }

    fn shrink(self, size: (u32, u32)) -> Result<Self> {
        if size == self.size() {
            return Ok(self);
        }
        Ok(match self {
            Self::Pixels(pixels) => Self::Pixels(resize::pixels(&pixels, size)?),
            Self::Planes(planes) => Self::Planes(planes.resize(size)?),
        })
    }

    /// Turns it as the EXIF orientation says.
    pub fn upright(self, orientation: u8) -> Self {
        match self {
            Self::Pixels(pixels) => Self::Pixels(orient::pixels(pixels, orientation)),
            Self::Planes(planes) => Self::Planes(planes.upright(orientation)),
        }
    }
}
