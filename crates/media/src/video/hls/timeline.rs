//! Where the pieces of a video begin. Pure.
//!
//! A stream has a constant frame rate, whatever the source has, so that its length and the places of all pieces are
//! known before a single frame is decoded.

use crate::video::types::VideoInfo;
use serde::{Deserialize, Serialize};

/// As long as existing clients expect them.
const SEGMENT_SECONDS: f64 = 2.0;
/// Slow motion is streamed at the rate of a screen.
const MAX_FPS: u32 = 60;
const USUAL_FRAME_RATE: (u32, u32) = (30, 1);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timeline {
    /// Frames per second as a fraction.
    pub frame_rate: (u32, u32),
    pub frames: u64,
}

impl Timeline {
    /// `None` when the file does not tell how long it is.
    pub fn of(info: &VideoInfo) -> Option<Self> {
        let video = info.video.as_ref()?;
        let frame_rate = match video.frame_rate.unwrap_or(USUAL_FRAME_RATE) {
            (frames, seconds) if f64::from(frames) > f64::from(MAX_FPS) * f64::from(seconds) => (MAX_FPS, 1),
            (frames, seconds) if frames < seconds => (1, 1),
            rate => rate,
        };
        let duration_ms = video.duration_ms.or(info.duration_ms)?;
        let frames = duration_ms as f64 / 1000.0 * f64::from(frame_rate.0) / f64::from(frame_rate.1);
        Some(Self { frame_rate, frames: (frames.round() as u64).max(1) })
    }

    pub fn fps(&self) -> f64 {
        f64::from(self.frame_rate.0) / f64::from(self.frame_rate.1)
    }

    /// The same in every piece but the last: so an encoder's own rhythm of key frames meets the pieces.
    pub fn frames_per_segment(&self) -> u64 {
        ((SEGMENT_SECONDS * self.fps()).round() as u64).max(1)
    }

    pub fn segments(&self) -> u32 {
        u32::try_from(self.frames.div_ceil(self.frames_per_segment())).unwrap_or(u32::MAX)
    }

    pub fn first_frame(&self, segment: u32) -> u64 {
        (u64::from(segment) * self.frames_per_segment()).min(self.frames)
    }

    /// When a piece begins; that of the piece after the last is the end.
    pub fn start_seconds(&self, segment: u32) -> f64 {
        self.first_frame(segment) as f64 / self.fps()
    }

    /// The piece that is on at this time.
    pub fn segment_at(&self, seconds: f64) -> u32 {
        let frame = (seconds.max(0.0) * self.fps()) as u64;
        let segment = frame.min(self.frames.saturating_sub(1)) / self.frames_per_segment();
        u32::try_from(segment).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::types::VideoStream;

    fn timeline(frame_rate: Option<(u32, u32)>, duration_ms: u64) -> Timeline {
        let video = VideoStream { frame_rate, ..VideoStream::default() };
        let info = VideoInfo { video: Some(video), duration_ms: Some(duration_ms), ..VideoInfo::default() };
        Timeline::of(&info).expect("the length is known")
    }

    #[test]
    fn pieces_are_about_two_seconds_and_the_last_is_the_rest() {
        let it = timeline(Some((25, 1)), 7_000);
        assert_eq!((it.frames, it.frames_per_segment(), it.segments()), (175, 50, 4));
        let starts: Vec<f64> = (0..=4).map(|segment| it.start_seconds(segment)).collect();
        assert_eq!(starts, [0.0, 2.0, 4.0, 6.0, 7.0]);
        let ntsc = timeline(Some((30_000, 1_001)), 3_600_000);
        assert_eq!((ntsc.frames_per_segment(), ntsc.segments()), (60, 1_799));
    }

    #[test]
    fn odd_frame_rates_become_plain_ones() {
        assert_eq!(timeline(Some((240, 1)), 1_000).frame_rate, (60, 1));
        assert_eq!(timeline(Some((1, 2)), 1_000).frame_rate, (1, 1));
        assert_eq!(timeline(None, 1_000).frame_rate, (30, 1));
        assert_eq!(timeline(Some((25, 1)), 1).frames, 1, "there is always a picture");
    }

    #[test]
    fn a_time_is_in_one_piece() {
        let it = timeline(Some((25, 1)), 7_000);
        let at = |seconds| it.segment_at(seconds);
        assert_eq!([at(-1.0), at(0.0), at(1.99), at(2.0), at(6.5), at(99.0)], [0, 0, 0, 1, 3, 3]);
    }
}
