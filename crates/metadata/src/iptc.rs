//! IPTC-IIM, which news agencies wrote before XMP: caption, keywords, date.

use crate::{
    Found,
    date::{self, DateField},
    plain_text, tidy,
};

const MARK: u8 = 0x1c;
const APPLICATION_RECORD: u8 = 2;
const KEYWORD: u8 = 25;
const DATE_CREATED: u8 = 55;
const TIME_CREATED: u8 = 60;
const CAPTION: u8 = 120;
/// More than any real block has.
const MAX_DATASETS: usize = 10_000;

/// Fills in what nothing better has said.
pub(crate) fn apply(found: &mut Found, block: &[u8]) {
    let datasets: Vec<(u8, &[u8])> = datasets(block).collect();
    let all = |wanted: u8| {
        datasets.iter().filter(move |(number, _)| *number == wanted).filter_map(|(_, value)| tidy(&plain_text(value)))
    };
    let metadata = &mut found.metadata;
    metadata.description = metadata.description.take().or_else(|| all(CAPTION).next());
    if metadata.tags.is_empty() {
        metadata.tags = all(KEYWORD).collect();
    }
    // A time without its day is no date, and the reverse.
    if let Some((day, time)) = all(DATE_CREATED).next().zip(all(TIME_CREATED).next())
        && let Some(taken) = date_of(&day, &time)
    {
        found.dates.push((DateField::Iptc, taken));
    }
}

/// `20210601` and `143005+0200`.
fn date_of(day: &str, time: &str) -> Option<date::Taken> {
    let (clock, offset) = time.split_at_checked(6)?;
    let part = |text: &str, at: usize, length: usize| Some(text.get(at..at + length)?.to_owned());
    let day = format!("{}:{}:{}", part(day, 0, 4)?, part(day, 4, 2)?, part(day, 6, 2)?);
    let clock = format!("{}:{}:{}", part(clock, 0, 2)?, part(clock, 2, 2)?, part(clock, 4, 2)?);
    date::parse_exif(&format!("{day} {clock}"), None, Some(offset))
}

/// Number and value of the datasets of the application record. Extended ones hold pictures and are not read.
fn datasets(block: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = block;
    std::iter::from_fn(move || {
        let &[mark, record, number, high, low] = rest.first_chunk::<5>()?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        if mark != MARK || length >= 0x8000 {
            return None;
        }
        let value = rest.get(5..5 + length)?;
        rest = &rest[5 + length..];
        Some((record, number, value))
    })
    .take(MAX_DATASETS)
    .filter(|(record, ..)| *record == APPLICATION_RECORD)
    .map(|(_, number, value)| (number, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block() -> Vec<u8> {
        let dataset = |number: u8, value: &[u8]| {
            [&[MARK, APPLICATION_RECORD, number], &(value.len() as u16).to_be_bytes()[..], value].concat()
        };
        [
            dataset(CAPTION, b"Caf\xe9"),
            dataset(KEYWORD, b"one"),
            dataset(KEYWORD, "zw\u{f6}lf".as_bytes()),
            dataset(DATE_CREATED, b"20210601"),
            dataset(TIME_CREATED, b"143005+0200"),
        ]
        .concat()
    }

    #[test]
    fn caption_keywords_and_date_are_read() {
        let mut found = Found::default();
        apply(&mut found, &block());
        assert_eq!(found.metadata.description.as_deref(), Some("Caf\u{e9}"), "Latin-1 where it is no UTF-8");
        assert_eq!(found.metadata.tags, ["one", "zw\u{f6}lf"]);
        let expected = date::parse_exif("2021:06:01 14:30:05", None, Some("+02:00")).unwrap();
        assert_eq!(found.dates, [(DateField::Iptc, expected)]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200), at in 0usize..80, value: u8) {
            apply(&mut Found::default(), &bytes);
            let mut damaged = block();
            let at = at % damaged.len();
            damaged[at] = value;
            apply(&mut Found::default(), &damaged);
            apply(&mut Found::default(), &damaged[..at]);
        }
    }
}
