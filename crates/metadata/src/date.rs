//! When a picture was taken: wall clock, offset, zone.

use crate::Found;
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
use std::sync::LazyLock;

static ZONES: LazyLock<tzf_rs::DefaultFinder> = LazyLock::new(tzf_rs::DefaultFinder::new);

/// A date as a file says it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Taken {
    /// An instant: the clock at the place is not known.
    Instant(DateTime<Utc>),
    /// A clock on a wall, and how far it is ahead of UTC if that is said.
    WallClock(NaiveDateTime, Option<FixedOffset>),
}

/// Where a date stood: the earlier here, the more it deserves trust. A fraction or an offset beside a date tells of a
/// clock that knew what it was doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateField {
    PreciseOriginal,
    PreciseDigitized,
    Original,
    /// Of QuickTime, with its zone.
    Creation,
    Digitized,
    /// Of a container, in UTC.
    Container,
    Iptc,
    Satellites,
    Other,
}

/// Works out instant, wall clock and zone: from the offset that stands with the date, else from the place, else from the
/// satellites' time, else UTC.
pub(crate) fn resolve(found: &mut Found) {
    let best = found.dates.iter().min_by_key(|(field, _)| *field);
    let Some(&(_, taken)) = best else { return };
    let metadata = &mut found.metadata;
    let place =
        metadata.latitude.zip(metadata.longitude).and_then(|(latitude, longitude)| zone_at(latitude, longitude));
    let taken = match taken {
        Taken::WallClock(local, None) if place.is_none() => Taken::WallClock(local, ahead_of(&found.dates, local)),
        taken => taken,
    };
    let (instant, local, zone) = match taken {
        Taken::WallClock(local, Some(offset)) => {
            let instant = local - offset;
            // The name of the zone, if the place has that offset at the time.
            let zone = place.filter(|zone| zone.offset_from_utc_datetime(&instant).fix() == offset);
            (instant, local, zone.map_or_else(|| offset_name(offset.local_minus_utc()), |zone| zone.name().to_owned()))
        }
        Taken::WallClock(local, None) => match place {
            Some(zone) => {
                let instant = zone.from_local_datetime(&local).earliest().map_or(local, |at| at.naive_utc());
                (instant, local, zone.name().to_owned())
            }
            None => (local, local, "UTC".to_owned()),
        },
        Taken::Instant(instant) => {
            let instant = instant.naive_utc();
            match place {
                Some(zone) => (instant, zone.from_utc_datetime(&instant).naive_local(), zone.name().to_owned()),
                None => (instant, instant, "UTC".to_owned()),
            }
        }
    };
    metadata.date_time_original = Some(instant.and_utc());
    metadata.local_date_time = Some(local);
    metadata.time_zone = Some(zone);
}

/// How far the camera's clock was ahead of the satellites', if that is as much as zones differ.
fn ahead_of(dates: &[(DateField, Taken)], local: NaiveDateTime) -> Option<FixedOffset> {
    const QUARTER_MINUTES: i64 = 15;
    const TOLERATED_MINUTES: i64 = 2;
    const MOST_MINUTES: i64 = 14 * 60;
    let satellites = dates.iter().find_map(|(_, taken)| match taken {
        Taken::Instant(instant) => Some(instant.naive_utc()),
        Taken::WallClock(..) => None,
    })?;
    let minutes = ((local - satellites).num_seconds() as f64 / 60.0).round() as i64;
    let quarters = (minutes as f64 / QUARTER_MINUTES as f64).round() as i64 * QUARTER_MINUTES;
    let is_zone = (minutes - quarters).abs() <= TOLERATED_MINUTES && quarters.abs() <= MOST_MINUTES;
    is_zone.then(|| FixedOffset::east_opt(i32::try_from(quarters * 60).ok()?))?
}

/// A zone without a name, as the rest of the product calls it: `UTC+2`, `UTC-3:30`.
fn offset_name(ahead_s: i32) -> String {
    let (sign, minutes) = (if ahead_s < 0 { '-' } else { '+' }, ahead_s.abs() / 60);
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, rest) => format!("UTC{sign}{hours}:{rest:02}"),
    }
}

fn zone_at(latitude: f64, longitude: f64) -> Option<chrono_tz::Tz> {
    ZONES.get_tz_name(longitude, latitude).parse().ok()
}

/// `2024:05:01 10:20:30`, with a fraction or an offset behind it; years before photography are no dates.
pub(crate) fn parse_exif(text: &str, fraction: Option<&str>, offset: Option<&str>) -> Option<Taken> {
    let text = text.trim().trim_end_matches('\0').trim();
    let (date, time) = text.split_once([' ', 'T'])?;
    let date = NaiveDate::parse_from_str(&date.replace([':', '/'], "-"), "%Y-%m-%d").ok()?;
    let (time, inline) = split_offset(time);
    let time =
        NaiveTime::parse_from_str(time, "%H:%M:%S%.f").or_else(|_| NaiveTime::parse_from_str(time, "%H:%M")).ok()?;
    let mut local = date.and_time(time);
    if let Some(fraction) = fraction.and_then(milliseconds) {
        local += chrono::TimeDelta::milliseconds(fraction);
    }
    is_plausible(local).then(|| Taken::WallClock(local, inline.or_else(|| parse_offset(offset?))))
}

/// Of the digits behind the point. Digits only: `1e9` behind a point is a number too, of years.
fn milliseconds(digits: &str) -> Option<i64> {
    let digits = digits.trim().trim_end_matches('\0').trim();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("{digits:0<3}")[..3].parse().ok())?
}

/// ISO 8601, with or without an offset, down to the day.
pub fn parse_iso(text: &str) -> Option<Taken> {
    let text = text.trim();
    if text.len() == 10 {
        let local = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN);
        return is_plausible(local).then_some(Taken::WallClock(local, None));
    }
    parse_exif(text, None, None)
}

pub fn is_plausible(local: NaiveDateTime) -> bool {
    use chrono::Datelike;
    (1826..=9999).contains(&local.year())
}

/// The time without, and the offset behind it.
fn split_offset(time: &str) -> (&str, Option<FixedOffset>) {
    match time.find(['Z', '+', '-']) {
        Some(at) => (time[..at].trim_end(), parse_offset(&time[at..])),
        None => (time, None),
    }
}

/// `+02:00`, `+0200`, `+2` or `Z`.
fn parse_offset(text: &str) -> Option<FixedOffset> {
    let text = text.trim().trim_end_matches('\0');
    if text == "Z" {
        return FixedOffset::east_opt(0);
    }
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    let (hours, minutes) =
        if digits.len() > 2 { digits.split_at_checked(digits.len() - 2)? } else { (digits.as_str(), "0") };
    let seconds = i32::from(hours.parse::<u8>().ok()?) * 3600 + i32::from(minutes.parse::<u8>().ok()?) * 60;
    FixedOffset::east_opt(sign * seconds).filter(|_| seconds <= 15 * 3600)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(date: &str, offset: Option<&str>, position: Option<(f64, f64)>) -> (String, String, String) {
        let taken = parse_exif(date, None, offset).unwrap();
        let mut found = Found { dates: vec![(DateField::Original, taken)], ..Found::default() };
        (found.metadata.latitude, found.metadata.longitude) = position.unzip();
        resolve(&mut found);
        let metadata = found.metadata;
        (
            metadata.date_time_original.unwrap().to_rfc3339(),
            metadata.local_date_time.unwrap().to_string(),
            metadata.time_zone.unwrap(),
        )
    }

    #[test]
    fn the_offset_counts_then_the_place_then_nothing() {
        let kathmandu = Some((27.7, 85.3));
        let by_offset = resolved("2024:05:01 10:00:00", Some("+02:00"), None);
        assert_eq!(by_offset.0, "2024-05-01T08:00:00+00:00");
        assert_eq!((by_offset.1.as_str(), by_offset.2.as_str()), ("2024-05-01 10:00:00", "UTC+2"));
        let by_place = resolved("2024:05:01 10:00:00", None, kathmandu);
        assert_eq!((by_place.0.as_str(), by_place.2.as_str()), ("2024-05-01T04:15:00+00:00", "Asia/Kathmandu"));
        let by_nothing = resolved("2024:05:01 10:00:00", None, None);
        assert_eq!((by_nothing.0.as_str(), by_nothing.2.as_str()), ("2024-05-01T10:00:00+00:00", "UTC"));
    }

    #[test]
    fn the_satellites_tell_the_offset_of_a_clock_without_one() {
        let camera = parse_exif("2024:05:01 15:46:10", None, None).unwrap();
        for (time, expected) in [("10:01:30", "UTC+5:45"), ("10:08:00", "UTC"), ("15:46:00", "UTC")] {
            let utc = parse_exif(&format!("2024:05:01 {time}"), None, None).unwrap();
            let Taken::WallClock(utc, _) = utc else { panic!("a wall clock") };
            let dates = vec![(DateField::Original, camera), (DateField::Satellites, Taken::Instant(utc.and_utc()))];
            let mut found = Found { dates, ..Found::default() };
            resolve(&mut found);
            assert_eq!(found.metadata.time_zone.as_deref(), Some(expected), "{time}");
            assert_eq!(found.metadata.local_date_time.unwrap().to_string(), "2024-05-01 15:46:10");
        }
    }

    #[test]
    fn the_better_field_counts_and_of_equals_the_first() {
        let at = |hour: u32| parse_exif(&format!("2024:05:01 {hour:02}:00:00"), None, None).unwrap();
        let dates = vec![(DateField::Digitized, at(1)), (DateField::Original, at(2)), (DateField::Original, at(3))];
        let mut found = Found { dates, ..Found::default() };
        resolve(&mut found);
        assert_eq!(found.metadata.local_date_time.unwrap().to_string(), "2024-05-01 02:00:00");
    }

    #[test]
    fn zones_are_named_by_their_offset() {
        for (ahead_s, name) in [(0, "UTC"), (7200, "UTC+2"), (-12_600, "UTC-3:30"), (20_700, "UTC+5:45")] {
            assert_eq!(offset_name(ahead_s), name);
        }
    }

    #[test]
    fn zero_dates_and_nonsense_are_no_dates() {
        for text in ["0000:00:00 00:00:00", "", "    :  :     :  :  ", "1904:13:01 00:00:00", "yesterday"] {
            assert_eq!(parse_exif(text, None, None), None, "{text:?}");
        }
        assert!(parse_iso("2024-05-01T10:20:30.5+05:45").is_some());
        assert!(parse_iso("2024-05-01").is_some());
    }

    #[test]
    fn wild_fractions_and_offsets_move_no_date() {
        let date = "2024:05:01 10:00:00";
        let plain = parse_exif(date, None, None);
        assert!(plain.is_some());
        for fraction in ["1e300", "1e9", "-5", "", "half"] {
            assert_eq!(parse_exif(date, Some(fraction), None), plain, "{fraction:?}");
        }
        for offset in ["+59652399", "+99:99", "-", "+x"] {
            assert_eq!(parse_exif(date, None, Some(offset)), plain, "{offset:?}");
        }
        for (fraction, shown) in [("5", "500"), ("07", "070"), ("123456789", "123")] {
            let Some(Taken::WallClock(local, None)) = parse_exif(date, Some(fraction), None) else { panic!("a date") };
            assert_eq!(local.format("%3f").to_string(), shown);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}", fraction in ".{0,5}", offset in ".{0,8}") {
            let _ = parse_exif(&text, Some(&fraction), Some(&offset));
            let _ = parse_iso(&text);
        }
    }
}
