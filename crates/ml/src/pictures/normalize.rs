//! From bytes to the numbers that a model was trained on: one plane for each colour.

use super::Picture;

/// Which colour comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Rgb,
    Bgr,
}

/// For each plane, the number of every byte there is.
pub struct Normalization {
    tables: [[f32; 256]; 3],
    order: Order,
}

impl Normalization {
    /// (x / 255 - mean) / std, red first.
    pub fn of_unit(mean: [f32; 3], std: [f32; 3]) -> Self {
        let number = |plane: usize, byte: usize| (byte as f32 / 255.0 - mean[plane]) / std[plane];
        Self { tables: tables(number), order: Order::Rgb }
    }

    /// (x - mean) / std, the same for all planes.
    pub fn of_bytes(mean: f32, std: f32, order: Order) -> Self {
        Self { tables: tables(|_, byte| (byte as f32 - mean) / std), order }
    }

    /// A part of a picture, `width` × `height` from `left`, `top`.
    pub fn planes(&self, picture: &Picture, left: usize, top: usize, width: usize, height: usize) -> Vec<f32> {
        let mut planes = vec![0.0; 3 * width * height];
        self.write(picture, (left, top), (width, height), &mut Target { values: &mut planes, width, height });
        planes
    }

    /// The whole picture, at the top left of larger planes.
    pub fn write_all(&self, picture: &Picture, target: &mut Target<'_>) {
        let size = (picture.width() as usize, picture.height() as usize);
        self.write(picture, (0, 0), size, target);
    }

    /// What a byte of 0 becomes in each plane.
    pub fn black(&self) -> [f32; 3] {
        self.tables.map(|table| table[0])
    }

    fn write(&self, picture: &Picture, from: (usize, usize), size: (usize, usize), target: &mut Target<'_>) {
        let stride = picture.width() as usize * 3;
        let area = target.width * target.height;
        for (plane, table) in self.tables.iter().enumerate() {
            let color = if self.order == Order::Rgb { plane } else { 2 - plane };
            for row in 0..size.1 {
                let start = (from.1 + row) * stride + from.0 * 3 + color;
                let source = picture.as_raw()[start..].iter().step_by(3);
                let line = plane * area + row * target.width;
                for (value, &byte) in target.values[line..line + size.0].iter_mut().zip(source) {
                    *value = table[usize::from(byte)];
                }
            }
        }
    }
}

/// Three planes to write into.
pub struct Target<'a> {
    pub values: &'a mut [f32],
    pub width: usize,
    pub height: usize,
}

fn tables(number: impl Fn(usize, usize) -> f32) -> [[f32; 256]; 3] {
    std::array::from_fn(|plane| std::array::from_fn(|byte| number(plane, byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_are_cut_out_and_ordered() {
        let picture = Picture::from_fn(4, 3, |x, y| image::Rgb([x as u8, y as u8, 9]));
        let rgb = Normalization::of_bytes(1.0, 2.0, Order::Rgb).planes(&picture, 1, 1, 2, 2);
        assert_eq!(rgb, [0.0, 0.5, 0.0, 0.5, 0.0, 0.0, 0.5, 0.5, 4.0, 4.0, 4.0, 4.0]);
        let bgr = Normalization::of_bytes(1.0, 2.0, Order::Bgr);
        let mut values = vec![7.0; 3 * 5 * 3];
        bgr.write_all(&picture, &mut Target { values: &mut values, width: 5, height: 3 });
        assert_eq!(values[..5], [4.0, 4.0, 4.0, 4.0, 7.0]);
        assert_eq!(bgr.black(), [-0.5; 3]);
    }
}
