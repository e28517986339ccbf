//! What the place is called where a picture was taken.

use crate::app::App;
use model::places::Place;

/// The names at a position; none on the open sea, or when the administrator does not want any.
pub fn find(app: &App, latitude: f64, longitude: f64) -> Place {
    if !app.system.get().reverse_geocoding.enabled {
        return Place::default();
    }
    let found = places::find(latitude, longitude).unwrap_or_default();
    let owned = |name: Option<&str>| name.map(str::to_owned);
    Place { city: owned(found.city), state: owned(found.state), country: owned(found.country) }
}
