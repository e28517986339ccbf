//! How long a transcode may take. It bounds what hangs, and must never end what is only slow: a small machine, a large
//! video and a careful encoder are all allowed for at once.

use super::plan::encoder;
use config::system::choices::{TranscodeHWAccel, VideoCodec};
use config::system::ffmpeg::Ffmpeg;
use std::time::Duration;

/// Where the file does not say how long it is.
const OF_UNKNOWN_LENGTH: Duration = Duration::from_secs(12 * 60 * 60);
/// To start, to look at the file, and to wait for a disk.
const AT_LEAST: Duration = Duration::from_secs(15 * 60);
/// Of what takes longer, somebody should hear.
const AT_MOST: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// Seconds for each second of a video, with the quickest preset of H.264: a board of the size of a credit card decodes
/// three pictures of 4K HEVC in a second, of the sixty that there may be.
const QUICKEST: u32 = 20;

/// `length` is that of the video, if it is known.
pub fn time_limit(length: Option<Duration>, settings: &Ffmpeg) -> Duration {
    let Some(length) = length.filter(|length| !length.is_zero()) else { return OF_UNKNOWN_LENGTH };
    let codec = match settings.target_video_codec {
        VideoCodec::H264 => 1,
        VideoCodec::Hevc | VideoCodec::Vp9 => 2,
        VideoCodec::Av1 => 3,
    };
    // The slowest preset takes about ten times as long as the quickest.
    let preset = 1 + u32::try_from(encoder::speed(settings)).unwrap_or(0);
    let passes = if settings.two_pass { 2 } else { 1 };
    // Each attempt with a card may fail at the end.
    let attempts = if settings.accel == TranscodeHWAccel::Disabled { 1 } else { 3 };
    length.saturating_mul(QUICKEST * codec * preset * passes * attempts).saturating_add(AT_LEAST).min(AT_MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_and_the_more_careful_the_later() {
        let quick = Ffmpeg::default();
        let careful = Ffmpeg {
            target_video_codec: VideoCodec::Hevc,
            preset: "medium".to_owned(),
            two_pass: true,
            ..Ffmpeg::default()
        };
        let on_card = Ffmpeg { accel: TranscodeHWAccel::Vaapi, ..Ffmpeg::default() };
        let (second, minute, hour) = (1, 60, 3600);
        let table = [
            (&quick, Some(second), 15 * minute + 20),
            (&quick, Some(minute), 35 * minute),
            (&quick, Some(2 * hour), 40 * hour + 15 * minute),
            (&quick, None, 12 * hour),
            (&quick, Some(0), 12 * hour),
            (&on_card, Some(minute), 75 * minute),
            (&careful, Some(minute), 24 * 20 * minute + 15 * minute),
            (&careful, Some(100 * hour), 14 * 24 * hour),
            (&careful, Some(u64::MAX), 14 * 24 * hour),
        ];
        for (settings, length, expected) in table {
            let limit = time_limit(length.map(Duration::from_secs), settings);
            assert_eq!(limit.as_secs(), expected, "{length:?} s with {}", settings.preset);
        }
    }
}
