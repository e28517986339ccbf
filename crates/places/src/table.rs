//! The table of towns, read where it lies.
//!
//! All numbers are little-endian. After 256 bytes of text, five u32: how many countries and states there are, and where
//! the three parts start. A country is a code of two letters, a length, a name. A state is the index of its country, and
//! twice a length and a text: code and name. Both are found by an array of u32 offsets in front of them. Then one u32 for
//! each square degree, from south to north and from west to east: where its towns start. A town is its position within
//! the square (2 × u16), the binary logarithm of its inhabitants in eighths (u8), its state (u16), a length, a name.

pub(crate) const TEXT_BYTES: usize = 256;
pub(crate) const SQUARES: usize = 360 * 180;
/// How finely a degree is divided: steps of 1.7 m.
pub(crate) const STEPS: f64 = 65536.0;

const KM_PER_DEGREE: f64 = 111.195;

#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    bytes: &'a [u8],
    country_count: usize,
    state_count: usize,
    countries_at: usize,
    states_at: usize,
    squares_at: usize,
}

/// A town, city or village.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Town<'a> {
    pub name: &'a str,
    pub state: Option<&'a str>,
    pub state_code: &'a str,
    pub country: &'a str,
    pub country_code: &'a str,
    pub inhabitants: f64,
}

/// In degrees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    pub latitude: f64,
    pub longitude: f64,
}

/// Measures how far others are from a position: as the crow flies, good enough for the distances that matter here.
struct Compass {
    here: Position,
    /// How much narrower a degree of longitude is there than at the equator.
    narrowing: f64,
}

impl Compass {
    fn at(here: Position) -> Self {
        Self { here, narrowing: here.latitude.to_radians().cos() }
    }

    fn distance_km(&self, there: &Position) -> f64 {
        let north = there.latitude - self.here.latitude;
        let turn = (there.longitude - self.here.longitude).abs();
        let east = turn.min(360.0 - turn) * self.narrowing;
        (north * north + east * east).sqrt() * KM_PER_DEGREE
    }
}

impl<'a> Table<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Option<Self> {
        let number = |index: usize| u32_at(bytes, TEXT_BYTES + 4 * index);
        Some(Self {
            bytes,
            country_count: number(0)?,
            state_count: number(1)?,
            countries_at: number(2)?,
            states_at: number(3)?,
            squares_at: number(4)?,
        })
    }

    /// Calls with every town within so many kilometres, and how many they are.
    pub(crate) fn for_each_near(&self, latitude: f64, longitude: f64, km: f64, mut with: impl FnMut(Town<'a>, f64)) {
        let north = km / KM_PER_DEGREE;
        let widest = (latitude.abs() + north).min(89.9).to_radians().cos();
        let east = (north / widest).min(180.0);
        let row = |latitude: f64| (latitude.clamp(-90.0, 89.999_999) + 90.0) as usize;
        let columns = ((longitude + 180.0 - east).floor() as i64)..=((longitude + 180.0 + east).floor() as i64);
        let here = Compass::at(Position { latitude, longitude });
        for row in row(latitude - north)..=row(latitude + north) {
            // Around the pole and over the date line; each square once.
            for column in columns.clone().take(360) {
                let column = usize::try_from(column.rem_euclid(360)).unwrap_or_default();
                self.for_each_record(row, column, |at, there| {
                    // Of a thousand towns in a square few are near: only their names are read.
                    let distance_km = here.distance_km(&there);
                    if distance_km <= km {
                        with(self.town(at)?, distance_km);
                    }
                    Some(())
                });
            }
        }
    }

    /// Calls with where each town of a square degree is written, and where it lies.
    pub(crate) fn for_each_record(
        &self,
        row: usize,
        column: usize,
        mut with: impl FnMut(usize, Position) -> Option<()>,
    ) -> Option<()> {
        let square = row * 360 + column;
        let mut at = u32_at(self.bytes, self.squares_at + 4 * square)?;
        let end = u32_at(self.bytes, self.squares_at + 4 * (square + 1))?;
        let (south, west) = (row as f64 - 90.0, column as f64 - 180.0);
        let offset = |at| Some(f64::from(u16_at(self.bytes, at)?) / STEPS);
        while at < end {
            with(at, Position { latitude: south + offset(at)?, longitude: west + offset(at + 2)? })?;
            at += 8 + usize::from(*self.bytes.get(at + 7)?);
        }
        Some(())
    }

    pub(crate) fn town(&self, at: usize) -> Option<Town<'a>> {
        let state = self.state(usize::from(u16_at(self.bytes, at + 5)?))?;
        let (country_code, country) = self.country_at(state.country)?;
        Some(Town {
            name: text_at(self.bytes, at + 7)?,
            state: Some(state.name).filter(|name| !name.is_empty()),
            state_code: state.code,
            country,
            country_code,
            inhabitants: inhabitants(*self.bytes.get(at + 4)?),
        })
    }

    /// A country's name by its code of two letters.
    pub(crate) fn country(&self, code: &str) -> Option<&'a str> {
        (0..self.country_count).find_map(|index| {
            let (its_code, name) = self.country_at(index)?;
            (its_code == code).then_some(name)
        })
    }

    /// The name of `US-TX`.
    pub(crate) fn state_by_code(&self, region: &str) -> Option<&'a str> {
        let (country, code) = region.split_once('-').filter(|(country, _)| *country == "US")?;
        (0..self.state_count).find_map(|index| {
            let state = self.state(index)?;
            (state.code == code && self.country_at(state.country)?.0 == country).then_some(state.name)
        })
    }

    fn country_at(&self, index: usize) -> Option<(&'a str, &'a str)> {
        let at = u32_at(self.bytes, self.countries_at + 4 * index)?;
        Some((std::str::from_utf8(self.bytes.get(at..at + 2)?).ok()?, text_at(self.bytes, at + 2)?))
    }

    fn state(&self, index: usize) -> Option<State<'a>> {
        let at = u32_at(self.bytes, self.states_at + 4 * index)?;
        let code = text_at(self.bytes, at + 1)?;
        let name = text_at(self.bytes, at + 2 + code.len())?;
        Some(State { country: usize::from(*self.bytes.get(at)?), code, name })
    }
}

struct State<'a> {
    country: usize,
    code: &'a str,
    /// Empty where the table knows none.
    name: &'a str,
}

/// One byte for the inhabitants, 9 % between one value and the next.
pub(crate) fn size_class(inhabitants: u64) -> u8 {
    ((inhabitants.max(1) as f64).log2() * 8.0).round().min(255.0) as u8
}

pub(crate) fn inhabitants(size_class: u8) -> f64 {
    (f64::from(size_class) / 8.0).exp2()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()
}

/// A length and so many bytes.
fn text_at(bytes: &[u8], at: usize) -> Option<&str> {
    let length = usize::from(*bytes.get(at)?);
    std::str::from_utf8(bytes.get(at + 1..at + 1 + length)?).ok()
}
