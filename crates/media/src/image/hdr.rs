//! High dynamic range to sRGB: what is darker than paper stays as it is, highlights are bent to fit below white.

use super::{Pixels, color::Primaries};

/// Brightness of white paper on a screen, in candela per square metre.
const PAPER: f32 = 203.0;
/// From this share of white on, highlights are bent.
const KNEE: f32 = 0.6;
/// Fine enough that neighbours differ by less than one step of 8 bits.
const STEPS: usize = 16_384;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    /// Perceptual quantizer: values stand for absolute brightness up to 10,000.
    Pq,
    /// Hybrid log-gamma: relative to the brightest a screen can show.
    Hlg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hdr {
    pub curve: Curve,
    pub primaries: Primaries,
}

pub(crate) fn to_srgb(pixels: Pixels, hdr: Hdr) -> Pixels {
    let light: Vec<f32> = (0..=255u8).map(|value| hdr.curve.light(f32::from(value) / 255.0)).collect();
    let encoded: Vec<u8> = (0..STEPS).map(|step| encode(step as f32 / (STEPS - 1) as f32)).collect();
    let matrix = hdr.primaries.to_srgb();
    let mut data = pixels.data;
    for pixel in data.chunks_exact_mut(pixels.channels) {
        let stored = [pixel[0], pixel[1], pixel[2]].map(|value| light[usize::from(value)]);
        let mixed =
            matrix.map(|row| row.iter().zip(stored).map(|(weight, light)| weight * light).sum::<f32>().max(0.0));
        let brightest = mixed.iter().copied().fold(0.0, f32::max);
        // All three by the same factor, so that the hue stays.
        let factor = if brightest > KNEE { bend(brightest) / brightest } else { 1.0 };
        for (sample, light) in pixel.iter_mut().zip(mixed) {
            *sample = encoded[((light * factor * (STEPS - 1) as f32) as usize).min(STEPS - 1)];
        }
    }
    Pixels { data, ..pixels }
}

/// Straight up to the knee, then ever flatter towards white.
fn bend(light: f32) -> f32 {
    let room = 1.0 - KNEE;
    KNEE + room * (1.0 - (-(light - KNEE) / room).exp())
}

/// Light to an sRGB value.
pub(crate) fn encode(light: f32) -> u8 {
    let value = if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (value * 255.0).round() as u8
}

impl Curve {
    /// Value to light, 1 for white paper. Constants from ITU-R BT.2100.
    fn light(self, value: f32) -> f32 {
        match self {
            Self::Pq => {
                let (m1, m2) = (0.159_301_76, 78.84375);
                let (c1, c2, c3) = (0.835_937_5, 18.851_563, 18.6875);
                let power = value.powf(1.0 / m2);
                let share = ((power - c1).max(0.0) / (c2 - c3 * power)).powf(1.0 / m1);
                share * 10_000.0 / PAPER
            }
            Self::Hlg => {
                let (a, b, c) = (0.178_832_77_f32, 0.284_668_92, 0.559_910_7);
                let scene = if value <= 0.5 { value * value / 3.0 } else { (((value - c) / a).exp() + b) / 12.0 };
                // As on a screen of the usual peak.
                scene.powf(1.2) * 1000.0 / PAPER
            }
        }
    }
}

impl Primaries {
    /// Rows for linear light.
    fn to_srgb(self) -> [[f32; 3]; 3] {
        match self {
            Self::Srgb => [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            Self::P3 => [[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]],
            Self::Bt2020 => [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paper_stays_light_and_the_sun_does_not_clip_early() {
        assert!((Curve::Pq.light(0.58) - 1.0).abs() < 0.02, "{}", Curve::Pq.light(0.58));
        assert!((Curve::Hlg.light(0.75) - 1.0).abs() < 0.06, "{}", Curve::Hlg.light(0.75));
        let grey = |value: u8| {
            let pixels = Pixels { width: 1, height: 1, channels: 3, data: vec![value; 3] };
            to_srgb(pixels, Hdr { curve: Curve::Pq, primaries: Primaries::Bt2020 }).data
        };
        let shown: Vec<u8> = [0, 60, 100, 148, 200, 255].map(|value| grey(value)[0]).to_vec();
        assert!(shown.is_sorted() && shown[0] == 0 && (205..240).contains(&shown[3]) && shown[5] >= 254, "{shown:?}");
        let [r, g, b] = grey(120)[..] else { panic!("one pixel") };
        assert!(r.abs_diff(g) <= 1 && g.abs_diff(b) <= 1, "grey stays grey");
    }
}
