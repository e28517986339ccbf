//! What can go wrong with the database, as the rules need to tell it apart.

/// `Conflict` names the constraint, so that a rule can say what it means.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the database refused a duplicate or dangling row ({constraint})")]
    Conflict { constraint: String, source: sqlx::Error },
    #[error("the database cannot be reached; the operation may be tried again")]
    Unavailable(#[source] sqlx::Error),
    #[error("a transaction was rolled back because of another; it may be tried again")]
    Rollback(#[source] sqlx::Error),
    #[error("the database holds a value that this version cannot read, in {column}")]
    Inconsistent { column: &'static str },
    #[error("bring the schema up to date")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("the database answered with an error")]
    Other(#[source] sqlx::Error),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether the same call may succeed a moment later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Rollback(_))
    }

    /// The violated constraint, if that is what happened.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Conflict { constraint, .. } => Some(constraint),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
                Self::Unavailable(error)
            }
            sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            sqlx::Error::Database(database) => {
                let code = database.code().unwrap_or_default().into_owned();
                match code.as_str() {
                    "40001" | "40P01" => Self::Rollback(error),
                    // 57P0x: shutting down or starting; 53xxx: out of connections, memory or disk; 08xxx: connection.
                    "57P01" | "57P02" | "57P03" => Self::Unavailable(error),
                    code if code.starts_with("53") || code.starts_with("08") => Self::Unavailable(error),
                    _ => match database.constraint() {
                        Some(constraint) => {
                            let constraint = constraint.to_owned();
                            Self::Conflict { constraint, source: error }
                        }
                        None => Self::Other(error),
                    },
                }
            }
            _ => Self::Other(error),
        }
    }
}
