//! Writes the table that this crate reads: for the command that makes it, and for tests.

use crate::table::{SQUARES, STEPS, TEXT_BYTES, size_class};
use std::collections::BTreeMap;

/// A town as a gazetteer lists it.
#[derive(Debug, Clone)]
pub struct Town {
    pub name: String,
    pub latitude: f64,
    pub longitude: f64,
    pub inhabitants: u64,
    /// Two letters.
    pub country_code: String,
    pub state_code: String,
}

/// What the towns' codes mean.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// By code, `DE`.
    pub countries: BTreeMap<String, String>,
    /// By codes of country and state, `DE` and `02`.
    pub states: BTreeMap<(String, String), String>,
}

/// The whole file. `credit` stands in front of it, readable, and says where the data is from.
///
/// # Errors
/// What does not fit into the table, in words.
pub fn pack(credit: &str, towns: &[Town], names: &Names) -> Result<Vec<u8>, String> {
    // States without a name still tell the country of their towns.
    let mut states = names.states.clone();
    for town in towns {
        states.entry((town.country_code.clone(), town.state_code.clone())).or_default();
    }
    let country_indexes: BTreeMap<&str, usize> =
        names.countries.keys().enumerate().map(|(index, code)| (code.as_str(), index)).collect();
    let state_indexes: BTreeMap<&(String, String), usize> =
        states.keys().enumerate().map(|(index, codes)| (codes, index)).collect();

    let mut file = credit.as_bytes().to_vec();
    if file.len() > TEXT_BYTES {
        return Err(format!("the credit is longer than {TEXT_BYTES} bytes"));
    }
    file.resize(TEXT_BYTES, 0);
    let head_at = file.len();
    file.resize(head_at + 5 * 4, 0);

    let countries: Result<Vec<_>, String> =
        names.countries.iter().map(|(code, name)| Ok([code.as_bytes(), &text(name)?].concat())).collect();
    let countries_at = put_indexed(&mut file, &countries?)?;
    let packed_states: Result<Vec<_>, String> = states
        .iter()
        .map(|((country, code), name)| {
            let country = country_indexes.get(country.as_str()).ok_or(format!("country {country} has no name"))?;
            let country = u8::try_from(*country).map_err(|_| "more than 256 countries".to_owned())?;
            Ok([vec![country], text(code)?, text(name)?].concat())
        })
        .collect();
    let states_at = put_indexed(&mut file, &packed_states?)?;

    let mut squares = vec![Vec::new(); SQUARES];
    for town in towns {
        let state = state_indexes[&(town.country_code.clone(), town.state_code.clone())];
        let state = u16::try_from(state).map_err(|_| "more than 65536 states".to_owned())?;
        let (square, place) = position(town)?;
        let size = [size_class(town.inhabitants)];
        squares[square].extend([&place[..], &size, &state.to_le_bytes(), &text(&town.name)?].concat());
    }
    let squares_at = put_squares(&mut file, &squares)?;

    for (index, number) in [names.countries.len(), states.len(), countries_at, states_at, squares_at].iter().enumerate()
    {
        file[head_at + 4 * index..][..4].copy_from_slice(&le32(*number)?);
    }
    Ok(file)
}

/// The square degree, and the position within it.
fn position(town: &Town) -> Result<(usize, [u8; 4]), String> {
    let (north, east) = (town.latitude + 90.0, town.longitude + 180.0);
    if !(0.0..180.0).contains(&north) || !(0.0..=360.0).contains(&east) {
        return Err(format!("{} lies nowhere", town.name));
    }
    // The two edges of the map are the same meridian.
    let east = if east < 360.0 { east } else { 0.0 };
    let step = |degrees: f64| ((degrees.fract() * STEPS) as u16).to_le_bytes();
    let ([a, b], [c, d]) = (step(north), step(east));
    Ok((north as usize * 360 + east as usize, [a, b, c, d]))
}

/// Where each item starts, and then the items. Answers where that begins.
fn put_indexed(file: &mut Vec<u8>, items: &[Vec<u8>]) -> Result<usize, String> {
    let start = file.len();
    let mut at = start + 4 * items.len();
    for item in items {
        file.extend(le32(at)?);
        at += item.len();
    }
    file.extend(items.concat());
    Ok(start)
}

/// The same with one offset more, which says where the last square ends.
fn put_squares(file: &mut Vec<u8>, squares: &[Vec<u8>]) -> Result<usize, String> {
    let start = file.len();
    let mut at = start + 4 * (squares.len() + 1);
    for square in squares {
        file.extend(le32(at)?);
        at += square.len();
    }
    file.extend(le32(at)?);
    file.extend(squares.concat());
    Ok(start)
}

fn text(text: &str) -> Result<Vec<u8>, String> {
    let length = u8::try_from(text.len()).map_err(|_| format!("{text:?} is too long"))?;
    Ok([&[length], text.as_bytes()].concat())
}

fn le32(number: usize) -> Result<[u8; 4], String> {
    u32::try_from(number).map(u32::to_le_bytes).map_err(|_| "the table is too large".to_owned())
}
