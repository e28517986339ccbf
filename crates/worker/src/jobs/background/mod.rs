//! Tidying up.

pub mod check_deleted;
pub mod check_deleted_users;
pub mod delete_asset;
pub mod delete_user;
pub mod fold_timeline_counts;
pub mod remove_faceless_people;
pub mod remove_stale_sessions;
pub mod sync_usage;
