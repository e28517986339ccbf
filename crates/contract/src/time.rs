//! Instants as clients read them: `2024-05-01T10:00:00.000Z`, always three digits of a second, always UTC.

use chrono::{DateTime, Datelike, NaiveDateTime, SecondsFormat, Timelike, Utc};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{self, KnownFormat, ObjectBuilder, SchemaFormat, Type},
};

/// An instant on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp(DateTime<Utc>);

impl From<DateTime<Utc>> for Timestamp {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at)
    }
}

/// A wall clock is written as if it were UTC: clients expect the hour that stood on the clock.
impl From<NaiveDateTime> for Timestamp {
    fn from(at: NaiveDateTime) -> Self {
        Self(at.and_utc())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match Digits::of(self.0.naive_utc()) {
            Some(digits) => serializer.serialize_str(digits.with_zone()),
            None => serializer.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true)),
        }
    }
}

/// The same without the `Z`: the columns of a time bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZonelessTimestamp(DateTime<Utc>);

impl From<DateTime<Utc>> for ZonelessTimestamp {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at)
    }
}

impl Serialize for ZonelessTimestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let naive = self.0.naive_utc();
        match Digits::of(naive) {
            Some(digits) => serializer.serialize_str(digits.without_zone()),
            None => serializer.collect_str(&naive.format("%Y-%m-%dT%H:%M:%S%.3f")),
        }
    }
}

/// A month of a timeline is tens of thousands of dates, so they are written without an allocation each.
struct Digits([u8; 24]);

impl Digits {
    /// `None` outside the years 0 to 9999, which take more than four digits.
    fn of(at: NaiveDateTime) -> Option<Self> {
        let year = u32::try_from(at.year()).ok().filter(|&year| year <= 9999)?;
        let mut text = *b"0000-00-00T00:00:00.000Z";
        put(&mut text[0..4], year);
        put(&mut text[5..7], at.month());
        put(&mut text[8..10], at.day());
        put(&mut text[11..13], at.hour());
        put(&mut text[14..16], at.minute());
        put(&mut text[17..19], at.second());
        // A leap second counts up to 1,999 ms; clients know none.
        put(&mut text[20..23], (at.nanosecond() / 1_000_000).min(999));
        Some(Self(text))
    }

    fn with_zone(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII is put in")
    }

    fn without_zone(&self) -> &str {
        &self.with_zone()[..23]
    }
}

fn put(digits: &mut [u8], mut number: u32) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

impl PartialSchema for Timestamp {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
    }
}

impl ToSchema for Timestamp {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Timestamp")
    }
}

impl PartialSchema for ZonelessTimestamp {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        String::schema()
    }
}

impl ToSchema for ZonelessTimestamp {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ZonelessTimestamp")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn always_three_digits_of_a_second() {
        let json = |text| serde_json::to_string(&Timestamp::from(at(text))).unwrap();
        assert_eq!(json("2024-05-01T10:00:00Z"), "\"2024-05-01T10:00:00.000Z\"");
        assert_eq!(json("2024-05-01T10:00:00.9999999+02:00"), "\"2024-05-01T08:00:00.999Z\"");
        assert_eq!(json("0009-01-02T03:04:05.006Z"), "\"0009-01-02T03:04:05.006Z\"");
    }

    #[test]
    fn bucket_columns_carry_no_zone() {
        let json = serde_json::to_string(&ZonelessTimestamp::from(at("2024-05-01T10:00:00.25Z"))).unwrap();
        assert_eq!(json, "\"2024-05-01T10:00:00.250\"");
    }

    #[test]
    fn a_year_of_five_digits_is_no_panic() {
        let far = DateTime::from_timestamp(300_000_000_000, 0).unwrap();
        assert_eq!(serde_json::to_string(&Timestamp::from(far)).unwrap(), "\"+11476-08-15T05:20:00.000Z\"");
    }
}
