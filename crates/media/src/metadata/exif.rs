//! EXIF of stills, by kamadak-exif. Damaged fields are left out, the others count.

use super::{Found, Metadata, apple, date, position, tidy};
use exif::{Context, Exif, In, Rational, Reader, Tag, Value};
use std::io::Cursor;

/// Not EXIF's own, but written there by Windows and many programs.
const RATING: Tag = Tag(Context::Tiff, 0x4746);

/// Orientation as stored, 1 when there is none.
pub(crate) fn orientation(bytes: &[u8]) -> u8 {
    parse(bytes).as_ref().and_then(orientation_of).unwrap_or(1)
}

pub(crate) fn read(bytes: &[u8]) -> Found {
    let Some(exif) = parse(bytes) else { return Found::default() };
    let metadata = Metadata {
        description: text(&exif, Tag::ImageDescription),
        make: text(&exif, Tag::Make),
        model: text(&exif, Tag::Model),
        lens_model: text(&exif, Tag::LensModel).or_else(|| lens_by_its_numbers(&exif)),
        f_number: rational(&exif, Tag::FNumber),
        focal_length: rational(&exif, Tag::FocalLength),
        iso: uint(&exif, Tag::PhotographicSensitivity).and_then(|iso| i32::try_from(iso).ok()).filter(|&iso| iso > 0),
        exposure_time: exposure_time(&exif),
        orientation: orientation_of(&exif),
        rating: uint(&exif, RATING).and_then(|stars| i32::try_from(stars).ok()).filter(|stars| (1..=5).contains(stars)),
        live_photo_cid: match field(&exif, Tag::MakerNote) {
            Some(Value::Undefined(note, _)) => apple::content_identifier(note),
            _ => None,
        },
        ..Metadata::default()
    };
    let mut found = Found { metadata, date: date_of(&exif) };
    if let Some((latitude, longitude)) = gps(&exif) {
        position::set(&mut found.metadata, latitude, longitude);
    }
    found
}

fn parse(bytes: &[u8]) -> Option<Exif> {
    let mut reader = Reader::new();
    reader.continue_on_error(true);
    reader.read_from_container(&mut Cursor::new(bytes)).or_else(|error| error.distill_partial_result(|_| ())).ok()
}

fn orientation_of(exif: &Exif) -> Option<u8> {
    uint(exif, Tag::Orientation).and_then(|value| u8::try_from(value).ok()).filter(|value| (1..=8).contains(value))
}

/// In the order in which they deserve trust, each with its own fraction and offset. When the file was changed last
/// (`DateTime`) is not when the picture was taken.
fn date_of(exif: &Exif) -> Option<date::Taken> {
    const DATES: [(Tag, Tag, Tag); 2] = [
        (Tag::DateTimeOriginal, Tag::SubSecTimeOriginal, Tag::OffsetTimeOriginal),
        (Tag::DateTimeDigitized, Tag::SubSecTimeDigitized, Tag::OffsetTimeDigitized),
    ];
    let by_camera = DATES.into_iter().find_map(|(date, fraction, offset)| {
        let offset = text(exif, offset).or_else(|| text(exif, Tag::OffsetTime));
        date::parse_exif(&text(exif, date)?, text(exif, fraction).as_deref(), offset.as_deref())
    });
    by_camera.or_else(|| date_of_satellites(exif))
}

/// The time of the position, in UTC by definition.
fn date_of_satellites(exif: &Exif) -> Option<date::Taken> {
    let day = text(exif, Tag::GPSDateStamp)?;
    let Value::Rational(time) = field(exif, Tag::GPSTimeStamp)? else { return None };
    let [hours, minutes, seconds] = [0, 1, 2].map(|index| time.get(index).map_or(f64::NAN, Rational::to_f64));
    let text = format!("{day} {hours:02.0}:{minutes:02.0}:{:02.0}Z", seconds.floor());
    match date::parse_exif(&text, None, None)? {
        date::Taken::WallClock(utc, _) => Some(date::Taken::Instant(utc.and_utc())),
        instant => Some(instant),
    }
}

/// `24-70mm f/2.8`, for lenses without a name.
fn lens_by_its_numbers(exif: &Exif) -> Option<String> {
    let Value::Rational(numbers) = field(exif, Tag::LensSpecification)? else { return None };
    let [shortest, longest, widest, _] = numbers.as_slice() else { return None };
    let [shortest, longest, widest] = [shortest, longest, widest].map(Rational::to_f64);
    if !(shortest > 0.0 && shortest.is_finite() && longest.is_finite()) {
        return None;
    }
    let length = if longest > shortest { format!("{shortest}-{longest}mm") } else { format!("{shortest}mm") };
    Some(if widest > 0.0 && widest.is_finite() { format!("{length} f/{widest}") } else { length })
}

fn field(exif: &Exif, tag: Tag) -> Option<&Value> {
    exif.get_field(tag, In::PRIMARY).map(|field| &field.value)
}

fn text(exif: &Exif, tag: Tag) -> Option<String> {
    match field(exif, tag)? {
        Value::Ascii(parts) => tidy(&String::from_utf8_lossy(parts.first()?)),
        _ => None,
    }
}

fn uint(exif: &Exif, tag: Tag) -> Option<u32> {
    field(exif, tag)?.get_uint(0)
}

fn rational(exif: &Exif, tag: Tag) -> Option<f64> {
    match field(exif, tag)? {
        Value::Rational(values) => Some(values.first()?.to_f64()).filter(|value| value.is_finite() && *value > 0.0),
        _ => None,
    }
}

/// As photographers write it.
fn exposure_time(exif: &Exif) -> Option<String> {
    let Value::Rational(values) = field(exif, Tag::ExposureTime)? else { return None };
    let seconds = values.first()?.to_f64();
    if !seconds.is_finite() || seconds <= 0.0 {
        return None;
    }
    if seconds < 0.25001 {
        return Some(format!("1/{}", (1.0 / seconds).round()));
    }
    let rounded = (seconds * 10.0).round() / 10.0;
    Some(rounded.to_string())
}

fn gps(exif: &Exif) -> Option<(f64, f64)> {
    let degrees = |value: Tag, reference: Tag, negative: &str| -> Option<f64> {
        let Value::Rational(parts) = field(exif, value)? else { return None };
        let part = |index: usize| parts.get(index).map_or(0.0, Rational::to_f64);
        let degrees = part(0) + part(1) / 60.0 + part(2) / 3600.0;
        let is_negative = text(exif, reference).is_some_and(|side| side.eq_ignore_ascii_case(negative));
        degrees.is_finite().then_some(if is_negative { -degrees } else { degrees })
    };
    let latitude = degrees(Tag::GPSLatitude, Tag::GPSLatitudeRef, "S")?;
    let longitude = degrees(Tag::GPSLongitude, Tag::GPSLongitudeRef, "W")?;
    Some((latitude, longitude))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..512)) {
            let _ = read(&bytes);
            let _ = read(&[b"\xff\xd8\xff\xe1\x00\xffExif\0\0II*\0\x08\0\0\0".as_slice(), &bytes].concat());
        }
    }
}
