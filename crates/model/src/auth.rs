//! What a request shows to say who it is.

/// Credentials in the order in which they are looked at: the first present one decides, there is no falling back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    SharedLinkKey(String),
    SharedLinkSlug(String),
    SessionToken(String),
    ApiKey(String),
}
