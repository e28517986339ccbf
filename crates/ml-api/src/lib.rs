//! ml-api
