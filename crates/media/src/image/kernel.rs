//! How what is around a sample takes part in it: by tables, since the curves themselves are asked for a million times.

use fast_image_resize::{Filter, FilterType};
use std::{f64::consts::PI, sync::LazyLock};

/// Places of a table for each sample of distance. Between them it goes straight, which no weight of 16 bits can tell.
const STEPS: f64 = 1024.0;
/// Samples to either side.
const RADIUS: f64 = 3.0;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Kernel {
    /// Keeps edges sharp.
    Lanczos,
    /// For colour of which less is stored than of brightness. Decoders smooth it when they put it beside every pixel;
    /// edges that nobody took would only make files larger.
    Gauss,
}

impl From<Kernel> for FilterType {
    fn from(kernel: Kernel) -> Self {
        static LANCZOS: LazyLock<Vec<f64>> = LazyLock::new(|| table(lanczos));
        static GAUSS: LazyLock<Vec<f64>> = LazyLock::new(|| table(gauss));
        let (name, weight): (_, fn(f64) -> f64) = match kernel {
            Kernel::Lanczos => ("lanczos", |distance| look_up(&LANCZOS, distance)),
            Kernel::Gauss => ("gauss", |distance| look_up(&GAUSS, distance)),
        };
        Self::Custom(Filter::new(name, weight, RADIUS).expect("the radius is positive"))
    }
}

fn table(weight: fn(f64) -> f64) -> Vec<f64> {
    // One more, so that there is always a next one.
    (0..=(RADIUS * STEPS) as usize + 1).map(|place| weight(place as f64 / STEPS)).collect()
}

fn look_up(table: &[f64], distance: f64) -> f64 {
    let place = distance.abs() * STEPS;
    let before = place as usize;
    match table.get(before..before + 2) {
        Some(&[before_it, behind_it]) => before_it + (behind_it - before_it) * (place - before as f64),
        _ => 0.0,
    }
}

fn lanczos(distance: f64) -> f64 {
    let turn = PI * distance;
    if distance == 0.0 {
        1.0
    } else if distance < RADIUS {
        RADIUS * turn.sin() * (turn / RADIUS).sin() / (turn * turn)
    } else {
        0.0
    }
}

/// Half a sample wide. What is beyond the radius is nothing.
fn gauss(distance: f64) -> f64 {
    const DEVIATION: f64 = 0.5;
    if distance < RADIUS { (-distance.powi(2) / (2.0 * DEVIATION.powi(2))).exp() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_say_what_curves_say() {
        for weight in [lanczos, gauss] {
            let table = table(weight);
            for place in -3500..3500 {
                let distance = f64::from(place) * 0.001;
                let (found, exact) = (look_up(&table, distance), weight(distance.abs()));
                assert!((found - exact).abs() < 1e-5, "at {distance}: {found}, not {exact}");
            }
        }
    }
}
