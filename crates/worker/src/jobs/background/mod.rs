//! Tidying up.

pub mod check_deleted;
pub mod delete_asset;
pub mod fold_timeline_counts;
pub mod remove_stale_sessions;
pub mod sync_usage;
