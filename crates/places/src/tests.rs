//! Known places, and what the table promises.

use super::*;
use crate::table::SQUARES;
use std::collections::BTreeSet;

type Known = (&'static str, f64, f64, &'static str, &'static str, &'static str);

const KNOWN: &[Known] = &[
    ("Eiffel Tower", 48.8584, 2.2945, "Paris", "Île-de-France", "France"),
    ("Château de Versailles", 48.8049, 2.1204, "Versailles", "Île-de-France", "France"),
    ("Strasbourg's cathedral", 48.5818, 7.7508, "Strasbourg", "Grand Est", "France"),
    ("Kehl's station, across the Rhine", 48.5760, 7.8090, "Kehl", "Baden-Wurttemberg", "Germany"),
    ("Brandenburg Gate", 52.5163, 13.3777, "Berlin", "State of Berlin", "Germany"),
    ("Marienplatz", 48.1374, 11.5755, "Munich", "Bavaria", "Germany"),
    ("Basel's minster", 47.5564, 7.5924, "Basel", "Basel-City", "Switzerland"),
    ("St Peter's Square", 41.9022, 12.4568, "Vatican City", "", "Holy See (Vatican City State)"),
    ("Colosseum", 41.8902, 12.4922, "Rome", "Lazio", "Italy"),
    ("Big Ben", 51.5007, -0.1246, "London", "England", "United Kingdom"),
    ("Sagrada Família", 41.4036, 2.1744, "Barcelona", "Catalonia", "Spain"),
    ("Las Palmas", 28.1410, -15.4300, "Las Palmas de Gran Canaria", "Canary Islands", "Spain"),
    ("Rock of Gibraltar", 36.1408, -5.3450, "Gibraltar", "", "Gibraltar"),
    ("Reykjavík's church", 64.1417, -21.9266, "Reykjavík", "Capital Region", "Iceland"),
    ("Longyearbyen", 78.2232, 15.6267, "Longyearbyen", "Svalbard", "Svalbard and Jan Mayen"),
    ("Times Square", 40.7580, -73.9855, "New York City", "New York", "United States of America"),
    ("Jersey City, across the Hudson", 40.7178, -74.0431, "Jersey City", "New Jersey", "United States of America"),
    ("San Diego's zoo", 32.7353, -117.1490, "San Diego", "California", "United States of America"),
    ("Tijuana, across the border", 32.5333, -117.0190, "Tijuana", "Baja California", "Mexico"),
    ("Niagara, the Canadian side", 43.0896, -79.0849, "Niagara Falls", "Ontario", "Canada"),
    ("Waikiki", 21.2766, -157.8278, "Honolulu", "Hawaii", "United States of America"),
    ("Old San Juan", 18.4663, -66.1169, "San Juan", "San Juan", "Puerto Rico"),
    ("Christ the Redeemer", -22.9519, -43.2105, "Rio de Janeiro", "Rio de Janeiro", "Brazil"),
    ("Table Mountain's foot", -33.9490, 18.4030, "Cape Town", "Western Cape", "South Africa"),
    ("Taj Mahal", 27.1751, 78.0421, "Agra", "Uttar Pradesh", "India"),
    ("Tokyo Tower", 35.6586, 139.7454, "Tokyo", "Tokyo", "Japan"),
    ("Victoria Peak", 22.2759, 114.1455, "Hong Kong", "Central and Western", "Hong Kong"),
    ("Merlion", 1.2868, 103.8545, "Singapore", "", "Singapore"),
    ("Johor Bahru, across the strait", 1.4637, 103.7610, "Johor Bahru", "Johor", "Malaysia"),
    ("Papeete's market", -17.5400, -149.5660, "Papeete", "Îles du Vent", "French Polynesia"),
    ("Suva, beside the date line", -18.1416, 178.4419, "Suva", "Central", "Fiji"),
    ("Laayoune, about which sources disagree", 27.1530, -13.2000, "Laayoune", "", "Western Sahara"),
];

#[test]
fn known_places_have_their_names() {
    let mut faults = Vec::new();
    for &(what, latitude, longitude, city, state, country) in KNOWN {
        let found = find(latitude, longitude).unwrap_or_default();
        let is_right = found.city == Some(city)
            && found.state == Some(state).filter(|state| !state.is_empty())
            && found.country == Some(country);
        if !is_right {
            faults.push(format!("{what}: {found:?}"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_open_sea_has_no_name() {
    for (latitude, longitude) in [(30.0, -40.0), (0.1, 0.1), (-45.0, 100.0), (10.0, -179.99), (88.0, 12.0)] {
        assert_eq!(find(latitude, longitude), None, "{latitude} {longitude}");
    }
    assert_eq!(find(f64::NAN, 0.0), None);
    assert_eq!(find(91.0, 181.0), None);
}

#[test]
fn far_from_every_town_the_country_is_known() {
    let country = |latitude, longitude| find(latitude, longitude).unwrap_or_default();
    let sahara = country(27.0, 0.5);
    assert_eq!((sahara.city, sahara.country), (None, Some("Algeria")));
    let greenland = country(75.0, -40.0);
    assert_eq!((greenland.city, greenland.country), (None, Some("Greenland")));
    let nevada = country(38.8, -115.9);
    assert_eq!((nevada.state, nevada.country), (Some("Nevada"), Some("United States of America")));
    // Chamonix is 19 km away on the other side of the ridge, Courmayeur's people are at home here.
    assert_eq!(country(45.7900, 6.9700).country, Some("Italy"));
}

#[test]
fn the_whole_table_can_be_read() {
    let table = Table::new(TABLE).unwrap();
    let (mut towns, mut countries) = (0, BTreeSet::new());
    for square in 0..SQUARES {
        let (row, column) = (square / 360, square % 360);
        let read = table.for_each_record(row, column, |at, there| {
            let town = table.town(at)?;
            towns += 1;
            countries.insert(town.country);
            assert!(!town.name.is_empty() && !town.country.is_empty());
            assert!((there.latitude - (row as f64 - 89.5)).abs() <= 0.5);
            assert!((there.longitude - (column as f64 - 179.5)).abs() <= 0.5);
            Some(())
        });
        assert_eq!(read, Some(()), "square {square}");
    }
    assert!(towns > 190_000 && countries.len() > 240, "{towns} towns in {} countries", countries.len());
    let text = std::str::from_utf8(&TABLE[..200]).unwrap();
    assert!(text.contains("GeoNames") && text.contains("CC BY"), "the source is named: {text}");
}

fn town(name: &str, latitude: f64, longitude: f64) -> pack::Town {
    pack::Town {
        name: name.to_owned(),
        latitude,
        longitude,
        inhabitants: 1000,
        country_code: "XX".to_owned(),
        state_code: "01".to_owned(),
    }
}

fn packed(towns: &[pack::Town]) -> Vec<u8> {
    let states = [(("XX".to_owned(), "01".to_owned()), "State".to_owned())].into();
    let names = pack::Names { countries: [("XX".to_owned(), "Country".to_owned())].into(), states };
    pack::pack("credit", towns, &names).unwrap()
}

fn near(bytes: &[u8], latitude: f64, longitude: f64) -> Vec<String> {
    let mut found = Vec::new();
    Table::new(bytes).unwrap().for_each_near(latitude, longitude, 25.0, |town, _| found.push(town.name.to_owned()));
    found
}

#[test]
fn towns_are_found_over_the_date_line_and_around_the_pole() {
    let bytes = packed(&[town("east", 0.05, 179.95), town("west", -0.05, -179.95), town("pole", 89.9, 90.0)]);
    assert_eq!(near(&bytes, 0.0, 179.99).len(), 2);
    assert_eq!(near(&bytes, 0.0, -180.0).len(), 2);
    assert_eq!(near(&bytes, 89.95, 90.0), ["pole"]);
    assert_eq!(near(&bytes, 45.0, 0.0), Vec::<String>::new());
}

#[test]
fn what_cannot_be_packed_is_an_error() {
    let names = pack::Names::default();
    assert!(pack::pack("credit", &[town("without a country's name", 0.0, 0.0)], &names).is_err());
    assert!(pack::pack(&"x".repeat(300), &[], &names).is_err());
}

proptest::proptest! {
    #[test]
    fn a_packed_town_is_found_at_its_position(latitude in -89.0f64..89.0, longitude in -180.0f64..180.0) {
        let bytes = packed(&[town("here", latitude, longitude)]);
        proptest::prop_assert_eq!(near(&bytes, latitude, longitude), ["here"]);
    }

    #[test]
    fn every_position_has_an_answer(latitude in -90.0f64..=90.0, longitude in -180.0f64..=180.0) {
        let place = find(latitude, longitude);
        proptest::prop_assert!(place.is_none_or(|place| place.country.is_some()));
    }
}
