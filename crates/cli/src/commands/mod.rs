//! One file per command: its arguments, and `run`, which calls a rule like everybody else.

pub mod admin_rights;
pub mod enqueue;
pub mod list_users;
pub mod reset_password;
pub mod seed;
