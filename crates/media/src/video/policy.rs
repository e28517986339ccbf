//! Does a video need another version, and which of its tracks must be encoded for it? Pure.
//!
//! What must stay true: `None` means that the original plays as it is; a track that the settings accept is copied, never
//! encoded again, unless the container that we write (MP4) cannot hold it.

use super::types::{AudioStream, VideoInfo, VideoStream};
use config::system::choices::{AudioCodec, TranscodePolicy, VideoCodec, VideoContainer};
use config::system::ffmpeg::Ffmpeg;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    pub video: Action,
    /// `None` when there is no audio.
    pub audio: Option<Action>,
    /// The container alone would have been reason enough.
    pub remux: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    Copy,
    Encode,
}

pub fn needs_transcode(info: &VideoInfo, settings: &Ffmpeg) -> Option<Decision> {
    let video = info.video.as_ref()?;
    if settings.transcode == TranscodePolicy::Disabled {
        return None;
    }
    let encode_video = must_encode_video(video, info.bit_rate, settings);
    let encode_audio = info.audio.as_ref().is_some_and(|audio| must_encode_audio(audio, settings));
    let remux = !accepts_container(info.container(), settings);
    if !encode_video && !encode_audio && !remux {
        return None;
    }
    let action = |encode| if encode { Action::Encode } else { Action::Copy };
    Some(Decision {
        video: action(encode_video || !mp4_holds_video(&video.codec)),
        audio: info.audio.as_ref().map(|audio| action(encode_audio || !mp4_holds_audio(audio))),
        remux,
    })
}

fn must_encode_video(video: &VideoStream, file_bit_rate: Option<u64>, settings: &Ffmpeg) -> bool {
    let required = !accepts_video(&video.codec, settings) || !is_plain_420(video);
    match settings.transcode {
        TranscodePolicy::Disabled => false,
        TranscodePolicy::All => true,
        TranscodePolicy::Required => required,
        TranscodePolicy::Optimal => {
            required || target_short_side(settings).is_some_and(|target| video.short_side() > target)
        }
        TranscodePolicy::Bitrate => {
            let bit_rate = video.bit_rate.or(file_bit_rate).unwrap_or(0);
            required || max_bit_rate(settings).is_some_and(|max| bit_rate > max)
        }
    }
}

fn must_encode_audio(audio: &AudioStream, settings: &Ffmpeg) -> bool {
    settings.transcode == TranscodePolicy::All || !accepts_audio(&audio.codec, settings)
}

/// Eight bits, colour at half resolution: what every browser's decoder takes.
fn is_plain_420(video: &VideoStream) -> bool {
    video.pixel_format.as_deref().is_some_and(|format| format.ends_with("420p"))
}

fn accepts_video(codec: &str, settings: &Ffmpeg) -> bool {
    let target = std::iter::once(&settings.target_video_codec);
    settings.accepted_video_codecs.iter().chain(target).any(|accepted| video_codec_name(*accepted) == codec)
}

fn accepts_audio(codec: &str, settings: &Ffmpeg) -> bool {
    let target = std::iter::once(&settings.target_audio_codec);
    settings.accepted_audio_codecs.iter().chain(target).any(|accepted| audio_codec_name(*accepted) == codec)
}

fn accepts_container(container: &str, settings: &Ffmpeg) -> bool {
    container == "mp4" || settings.accepted_containers.iter().any(|accepted| container_name(*accepted) == container)
}

fn mp4_holds_video(codec: &str) -> bool {
    matches!(codec, "h264" | "hevc" | "vp9" | "av1")
}

/// The muxer refuses slow MP3, which old cameras recorded.
fn mp4_holds_audio(audio: &AudioStream) -> bool {
    match audio.codec.as_str() {
        "aac" | "opus" => true,
        "mp3" => audio.sample_rate >= 16_000,
        _ => false,
    }
}

/// "720" → 720; "original" → `None`.
pub(super) fn target_short_side(settings: &Ffmpeg) -> Option<u32> {
    settings.target_resolution.trim().parse().ok().filter(|side| *side > 0)
}

/// Bits per second: "2600k", "2.6M" or plain kilobits; zero and nonsense mean no limit.
pub(super) fn max_bit_rate(settings: &Ffmpeg) -> Option<u64> {
    let text = settings.max_bitrate.trim();
    let digits = text.trim_end_matches(|unit: char| unit.is_ascii_alphabetic() || unit == '/');
    let factor = match text[digits.len()..].chars().next().map(|unit| unit.to_ascii_lowercase()) {
        None | Some('k') => 1_000.0,
        Some('m') => 1_000_000.0,
        Some(_) => 1.0,
    };
    let bits = digits.trim().parse::<f64>().ok()? * factor;
    (bits >= 1.0).then_some(bits as u64)
}

pub(super) fn video_codec_name(codec: VideoCodec) -> &'static str {
    match codec {
        VideoCodec::H264 => "h264",
        VideoCodec::Hevc => "hevc",
        VideoCodec::Vp9 => "vp9",
        VideoCodec::Av1 => "av1",
    }
}

pub(super) fn audio_codec_name(codec: AudioCodec) -> &'static str {
    match codec {
        AudioCodec::Mp3 => "mp3",
        AudioCodec::Aac => "aac",
        AudioCodec::Opus => "opus",
        AudioCodec::PcmS16le => "pcm_s16le",
    }
}

fn container_name(container: VideoContainer) -> &'static str {
    match container {
        VideoContainer::Mov => "mov",
        VideoContainer::Mp4 => "mp4",
        VideoContainer::Ogg => "ogg",
        VideoContainer::Webm => "webm",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "video codec/pixel format/height/kbit audio codec container"
    fn info(text: &str) -> VideoInfo {
        let mut words = text.split(' ');
        let mut video = words.next().expect("video").split('/');
        let codec = video.next().expect("codec").to_owned();
        let pixel_format = video.next().map(str::to_owned);
        let height: u32 = video.next().expect("height").parse().expect("height");
        let bit_rate = video.next().map(|kbit| kbit.parse::<u64>().expect("kbit") * 1000);
        let audio = words.next().filter(|codec| *codec != "-");
        let (formats, brand) = match words.next().expect("container") {
            "mov" => (vec!["mov", "mp4"], Some("qt  ")),
            "mp4" => (vec!["mov", "mp4"], Some("isom")),
            "mkv" => (vec!["matroska", "webm"], None),
            other => (vec![other], None),
        };
        VideoInfo {
            format_names: formats.into_iter().map(str::to_owned).collect(),
            major_brand: brand.map(str::to_owned),
            video: Some(VideoStream {
                codec,
                pixel_format,
                display_width: height * 16 / 9,
                display_height: height,
                bit_rate,
                ..VideoStream::default()
            }),
            audio: audio.map(|codec| AudioStream {
                codec: codec.trim_end_matches("-slow").to_owned(),
                sample_rate: if codec == "mp3-slow" { 11_025 } else { 44_100 },
                ..AudioStream::default()
            }),
            ..VideoInfo::default()
        }
    }

    /// "-" or video, audio and remux as letters: `C`opy, `E`ncode, `-` none; `R` for the container.
    fn decide(policy: TranscodePolicy, text: &str) -> String {
        let settings = Ffmpeg { transcode: policy, max_bitrate: "4000k".to_owned(), ..Ffmpeg::default() };
        let letter = |action| if action == Action::Copy { 'C' } else { 'E' };
        match needs_transcode(&info(text), &settings) {
            None => "-".to_owned(),
            Some(it) => {
                format!("{}{}{}", letter(it.video), it.audio.map_or('-', letter), if it.remux { "R" } else { "" })
            }
        }
    }

    #[test]
    fn policies_choose_what_to_encode() {
        use TranscodePolicy::{All, Bitrate, Disabled, Optimal, Required};
        let table = [
            (Required, "h264/yuv420p/1080/9000 aac mp4", "-"),
            (Required, "h264/yuvj420p/1080 aac mov", "-"),
            (Required, "h264/yuv420p/1080 - mp4", "-"),
            (Required, "hevc/yuv420p/720 aac mp4", "EC"),
            (Required, "h264/yuv422p/720 aac mp4", "EC"),
            (Required, "h264/yuv420p10le/720 aac mp4", "EC"),
            (Required, "h264/yuv420p/720 pcm_s16le mov", "CE"),
            (Required, "h264/yuv420p/720 ac3 mp4", "CE"),
            (Required, "h264/yuv420p/720 aac avi", "CCR"),
            (Required, "h264/yuv420p/720 aac mkv", "CCR"),
            (Required, "h264/yuv420p/720 - mpegts", "C-R"),
            (Required, "vp9/yuv420p/720 opus mkv", "EC"),
            (Required, "mpeg4/yuv420p/480 mp3 avi", "ECR"),
            (Required, "mpeg4/yuv420p/480 mp3-slow avi", "EER"),
            (Required, "h264/yuv420p/480 mp3-slow mp4", "-"),
            (Optimal, "h264/yuv420p/720 aac mp4", "-"),
            (Optimal, "h264/yuv420p/1080 aac mp4", "EC"),
            (Optimal, "hevc/yuv420p/480 aac mp4", "EC"),
            (Bitrate, "h264/yuv420p/1080/4000 aac mp4", "-"),
            (Bitrate, "h264/yuv420p/1080/4001 aac mp4", "EC"),
            (Bitrate, "hevc/yuv420p/480/100 aac mp4", "EC"),
            (All, "h264/yuv420p/480 aac mp4", "EE"),
            (All, "h264/yuv420p/480 - mp4", "E-"),
            (Disabled, "mpeg4/yuv420p/480 mp3 avi", "-"),
        ];
        for (policy, source, expected) in table {
            assert_eq!(decide(policy, source), expected, "{policy:?} {source}");
        }
    }

    #[test]
    fn the_target_codecs_are_always_accepted() {
        let settings = Ffmpeg {
            target_video_codec: VideoCodec::Hevc,
            accepted_video_codecs: vec![],
            target_audio_codec: AudioCodec::Opus,
            accepted_audio_codecs: vec![],
            ..Ffmpeg::default()
        };
        assert_eq!(needs_transcode(&info("hevc/yuv420p/720 opus mp4"), &settings), None);
    }

    #[test]
    fn a_bit_rate_has_a_unit() {
        let parse = |text: &str| max_bit_rate(&Ffmpeg { max_bitrate: text.to_owned(), ..Ffmpeg::default() });
        assert_eq!(parse("0"), None);
        assert_eq!(parse(""), None);
        assert_eq!(parse("fast"), None);
        assert_eq!(parse("2600"), Some(2_600_000));
        assert_eq!(parse("2600k"), Some(2_600_000));
        assert_eq!(parse("2.5M"), Some(2_500_000));
        assert_eq!(parse("10Mbit/s"), Some(10_000_000));
        assert_eq!(parse("900000b"), Some(900_000));
    }

    #[test]
    fn a_file_without_video_is_left_alone() {
        let settings = Ffmpeg { transcode: TranscodePolicy::All, ..Ffmpeg::default() };
        assert_eq!(needs_transcode(&VideoInfo::default(), &settings), None);
    }
}
