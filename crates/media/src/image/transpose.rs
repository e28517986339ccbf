//! Columns become rows: what mixes rows quickly can then mix columns as well.

/// Side of the squares that are turned at once: a row of them fills a register.
const SIDE: usize = 16;

type Square = [[u8; SIDE]; SIDE];

/// Turns rows of `width` samples into as many columns.
pub(crate) fn transpose(samples: &[u8], width: usize, turned: &mut [u8]) {
    let height = samples.len() / width;
    let (whole_width, whole_height) = (width - width % SIDE, height - height % SIDE);
    for left in (0..whole_width).step_by(SIDE) {
        for top in (0..whole_height).step_by(SIDE) {
            let mut square = [[0; SIDE]; SIDE];
            for (row, samples) in square.iter_mut().zip(samples[top * width + left..].chunks(width)) {
                row.copy_from_slice(&samples[..SIDE]);
            }
            let square = transposed(square);
            for (row, samples) in turned[left * height + top..].chunks_mut(height).zip(&square) {
                row[..SIDE].copy_from_slice(samples);
            }
        }
    }
    for y in 0..height {
        let beside = if y < whole_height { whole_width } else { 0 };
        (beside..width).for_each(|x| turned[x * height + y] = samples[y * width + x]);
    }
}

/// Like a pack of cards that is cut and riffled: after four times every sample is where it belongs. Written so that each
/// step becomes an instruction of any processor that knows vectors.
#[inline]
fn transposed(mut square: Square) -> Square {
    for _ in 0..SIDE.ilog2() {
        let mut riffled = Square::default();
        for row in 0..SIDE / 2 {
            let (one, other) = (&square[row], &square[row + SIDE / 2]);
            for at in 0..SIDE / 2 {
                riffled[row * 2][at * 2] = one[at];
                riffled[row * 2][at * 2 + 1] = other[at];
                riffled[row * 2 + 1][at * 2] = one[at + SIDE / 2];
                riffled[row * 2 + 1][at * 2 + 1] = other[at + SIDE / 2];
            }
        }
        square = riffled;
    }
    square
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn every_sample_finds_its_place(width in 1_usize..70, height in 1_usize..70, seed: u8) {
            let samples: Vec<u8> = (0..width * height).map(|at| (at % 251) as u8 ^ seed).collect();
            let mut turned = vec![0; samples.len()];
            transpose(&samples, width, &mut turned);
            for (place, &sample) in samples.iter().enumerate() {
                proptest::prop_assert_eq!(turned[place % width * height + place / width], sample);
            }
        }
    }
}
