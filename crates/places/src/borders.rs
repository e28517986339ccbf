//! In which countries a position lies, from their borders.

use country_boundaries::{BOUNDARIES_ODBL_360X180, CountryBoundaries, LatLon};
use std::sync::LazyLock;

/// Unpacked when first needed: it takes 15 ms and 8 MB.
static BORDERS: LazyLock<Option<CountryBoundaries>> =
    LazyLock::new(|| CountryBoundaries::from_reader(BOUNDARIES_ODBL_360X180).ok());

/// Codes as `US-TX`, `US`, the smallest region first; none on the open sea, `None` for what is no position.
pub(crate) fn regions(latitude: f64, longitude: f64) -> Option<Vec<&'static str>> {
    Some(BORDERS.as_ref()?.ids(LatLon::new(latitude, longitude).ok()?))
}
