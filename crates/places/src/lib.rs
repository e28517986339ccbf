//! The names of the place at a position: city, state, country. Offline and pure, from a table inside the program.
//!
//! The table (`places.bin`, written by `cargo xtask places`) is made of GeoNames, CC BY 4.0, <https://www.geonames.org>;
//! the borders are those of OpenStreetMap, ODbL, <https://www.openstreetmap.org/copyright>. What must stay true: the
//! table is read where it lies in the program's file, so that who asks for no place pays no memory for it. The borders
//! take 8 MB and are unpacked when the first place is asked for.
//!
//! The nearest town is often the wrong one: the Eiffel Tower stands nearer to the middle of Neuilly than to that of
//! Paris. So a town reaches as far as its inhabitants suggest, and it does not reach over a border.

mod borders;
pub mod pack;
mod table;

use table::{Table, Town};

static TABLE: &[u8] = include_bytes!("places.bin");

/// Whose middle is farther away is no longer "at" a town.
const MAX_DISTANCE_KM: f64 = 25.0;

/// The reach up to which a position is within a town.
const INSIDE: f64 = 1.0;

/// In English, as existing libraries have them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    pub city: Option<&'static str>,
    pub state: Option<&'static str>,
    pub country: Option<&'static str>,
}

/// The place at a position in degrees; `None` on the open sea.
pub fn find(latitude: f64, longitude: f64) -> Option<Place> {
    let regions = borders::regions(latitude, longitude)?;
    let table = Table::new(TABLE)?;
    let mut best: Option<(Rank, Town<'static>)> = None;
    table.for_each_near(latitude, longitude, MAX_DISTANCE_KM, |town, distance_km| {
        let rank = Rank { border: border(&town, &regions), reach: reach(distance_km, town.inhabitants) };
        // The two sources may disagree about a border, but not by much.
        if rank.border == Border::Beyond && rank.reach > INSIDE && !regions.is_empty() {
            return;
        }
        if best.as_ref().is_none_or(|(other, _)| rank.is_before(other)) {
            best = Some((rank, town));
        }
    });
    if let Some((_, town)) = best {
        return Some(Place { city: Some(town.name), state: town.state, country: Some(town.country) });
    }
    // Far from every town: what the borders alone say.
    let country = regions.iter().find_map(|region| table.country(country_of(region)))?;
    let state = regions.iter().find_map(|region| table.state_by_code(region));
    Some(Place { city: None, state, country: Some(country) })
}

/// How well a town fits, less is better.
struct Rank {
    border: Border,
    reach: f64,
}

/// Where a town lies, seen from the position.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Border {
    Same,
    /// Another of the countries that the position belongs to: Hong Kong is in China, too.
    Wider,
    Beyond,
}

impl Rank {
    fn is_before(&self, other: &Self) -> bool {
        self.border.cmp(&other.border).then(self.reach.total_cmp(&other.reach)).is_lt()
    }
}

/// Inside a town, how far from its middle to its edge (0 to 1); outside, 1 and the kilometres to its edge.
fn reach(distance_km: f64, inhabitants: f64) -> f64 {
    // A village has its fields around it, and a large city 20,000 inhabitants on each square kilometre.
    let radius_km = 1.0 + (inhabitants / 20_000.0 / std::f64::consts::PI).sqrt();
    if distance_km <= radius_km { distance_km / radius_km } else { INSIDE + distance_km - radius_km }
}

fn border(town: &Town<'_>, regions: &[&str]) -> Border {
    let fits = |region: &str| match region.split_once('-') {
        // Only of the United States do both sources know the states by the same letters.
        Some(("US", state)) => town.country_code == "US" && town.state_code == state,
        _ => country_of(region) == town.country_code,
    };
    match regions.iter().position(|region| fits(region)) {
        Some(0) => Border::Same,
        Some(_) => Border::Wider,
        None => Border::Beyond,
    }
}

fn country_of(region: &str) -> &str {
    region.split_once('-').map_or(region, |(country, _)| country)
}

#[cfg(test)]
mod tests;
