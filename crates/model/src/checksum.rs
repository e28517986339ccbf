//! SHA-1 of an original's bytes: how clients recognise what they have already uploaded.

use base64::{Engine, engine::general_purpose::STANDARD};

/// 20 bytes; shown as base64 (28 characters), accepted as base64 or hex (40 characters).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Checksum(pub [u8; 20]);

#[derive(Debug, thiserror::Error)]
#[error("a checksum is 40 hexadecimal or 28 base64 characters")]
pub struct InvalidChecksum;

impl Checksum {
    pub fn from_slice(bytes: &[u8]) -> Result<Self, InvalidChecksum> {
        bytes.try_into().map(Self).map_err(|_| InvalidChecksum)
    }

    pub fn to_base64(self) -> String {
        STANDARD.encode(self.0)
    }

    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

impl std::str::FromStr for Checksum {
    type Err = InvalidChecksum;
    fn from_str(text: &str) -> Result<Self, InvalidChecksum> {
        let bytes = match text.len() {
            40 => hex::decode(text).map_err(|_| InvalidChecksum)?,
            28 => STANDARD.decode(text).map_err(|_| InvalidChecksum)?,
            _ => return Err(InvalidChecksum),
        };
        Self::from_slice(&bytes)
    }
}

impl std::fmt::Debug for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_read() {
        let sum = Checksum([7; 20]);
        assert_eq!(sum.to_hex().parse::<Checksum>().unwrap(), sum);
        assert_eq!(sum.to_base64().parse::<Checksum>().unwrap(), sum);
        assert!("07".parse::<Checksum>().is_err());
        assert!("g".repeat(40).parse::<Checksum>().is_err());
    }
}
