//! Random secrets: session tokens and API keys. Shown once; only their SHA-256 is kept.

use base64::{Engine, engine::general_purpose::STANDARD};
use rand::TryRngCore;
use sha2::{Digest, Sha256};

/// SHA-256 of a secret.
pub type Hash = [u8; 32];

/// 256 random bits as letters and digits, about 42 of them: base64 without the characters that need escaping.
pub fn random() -> String {
    let mut bytes = [0u8; 32];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).expect("the system's random numbers are always there");
    STANDARD.encode(bytes).chars().filter(char::is_ascii_alphanumeric).collect()
}

pub fn hash(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_plain_and_different() {
        let (one, other) = (random(), random());
        assert_ne!(one, other);
        assert!(one.len() > 32 && one.chars().all(|c| c.is_ascii_alphanumeric()), "{one}");
    }

    #[test]
    fn hashes_are_those_of_existing_databases() {
        assert_eq!(hash("abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
    }
}
