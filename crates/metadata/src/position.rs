//! Where a picture was taken.

use crate::Metadata;

/// Sets a position if it is one on this planet.
pub fn set(metadata: &mut Metadata, latitude: f64, longitude: f64) {
    if latitude.is_finite() && longitude.is_finite() && latitude.abs() <= 90.0 && longitude.abs() <= 180.0 {
        (metadata.latitude, metadata.longitude) = (Some(latitude), Some(longitude));
    }
}

/// Cameras without a fix write zeros: nobody takes pictures in the Gulf of Guinea by accident so often.
pub(crate) fn drop_nowhere(metadata: &mut Metadata) {
    if metadata.latitude == Some(0.0) && metadata.longitude == Some(0.0) {
        (metadata.latitude, metadata.longitude) = (None, None);
    }
}

/// `+27.5916-099.9990+012.3/`, as phones write it into videos.
pub fn parse_iso6709(text: &str) -> Option<(f64, f64)> {
    let mut numbers = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        if matches!(c, '+' | '-' | '/') {
            if let Some(start) = start {
                numbers.push(text[start..at].parse::<f64>().ok()?);
            }
            start = (c != '/').then_some(at);
        }
    }
    if let Some(start) = start {
        numbers.push(text[start..].parse::<f64>().ok()?);
    }
    Some((*numbers.first()?, *numbers.get(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_of_videos_are_read() {
        assert_eq!(parse_iso6709("+27.5916-099.9990+012.3/"), Some((27.5916, -99.999)));
        assert_eq!(parse_iso6709("-33.8+151.2"), Some((-33.8, 151.2)));
        assert_eq!(parse_iso6709("north"), None);
    }
}
