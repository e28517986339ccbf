//! The promises of the product, as tests: one binary, one module per noun, rule or bad day.
//!
//! What is generated is written by its test when `UPDATE=1` is set, and compared otherwise.

#![expect(clippy::unwrap_used, reason = "a test that unwraps nothing is a failed test")]

mod generated;

mod auth_coverage;
mod catalogue;
mod example_env;
mod openapi;
mod schema;
mod tidy;

mod routes {
    mod albums;
    mod api_keys;
    mod assets;
    mod auth;
    mod calendar_heatmap;
    mod licenses;
    mod locked_assets;
    mod pages;
    mod people;
    mod profile_images;
    mod search;
    mod server_info;
    mod sessions;
    mod streams;
    mod system_config;
    mod timeline;
    mod trash;
    mod users;
}

mod jobs {
    mod again;
    mod bursts;
    mod faces;
    mod live_photos;
    mod motion_photos;
    mod panoramas;
    mod pictures;
    mod places;
    mod sidecars;
    mod smart_search;
    mod user_deletion;
}

mod flows {
    mod delete;
    mod smart_search;
    mod upload;
}

mod bad_days {
    mod crashes;
    mod crowds;
    mod hostile;
    mod killed;
    mod no_card;
    mod outages;
    mod undecided;
}
