//! How sound is encoded.

use super::{AudioEncode, Capabilities, encoder};
use crate::video::error::Result;
use crate::video::types::AudioStream;
use config::system::choices::AudioCodec;
use config::system::ffmpeg::Ffmpeg;

/// What AAC and MP3 encoders take without resampling; Opus has only the last.
const SAMPLE_RATES: [u32; 8] = [16_000, 22_050, 24_000, 32_000, 44_100, 8_000, 11_025, 48_000];

pub(in crate::video) fn plan_audio(audio: &AudioStream, settings: &Ffmpeg, can: &Capabilities) -> Result<AudioEncode> {
    // PCM has no place in MP4; whoever asks for it gets what plays everywhere.
    let (candidates, sample_format): (&[&'static str], _) = match settings.target_audio_codec {
        AudioCodec::Aac | AudioCodec::PcmS16le => (&["aac"], "fltp"),
        AudioCodec::Mp3 => (&["libmp3lame"], "fltp"),
        AudioCodec::Opus => (&["libopus"], "flt"),
    };
    let encoder = encoder::choose(candidates, can)?;
    let fits = encoder != "libopus" && SAMPLE_RATES.contains(&audio.sample_rate);
    let sample_rate = if fits { audio.sample_rate } else { 48_000 };
    // Surround is mixed down: phones and browsers play stereo, and the original keeps the rest.
    let (channels, layout, bit_rate) = if audio.channels == 1 { (1, "mono", 96_000) } else { (2, "stereo", 128_000) };
    Ok(AudioEncode {
        stream: audio.index,
        encoder: encoder.to_owned(),
        sample_rate,
        channels,
        bit_rate,
        // Gaps in a recording become silence, so that sound and picture stay together.
        filters: format!(
            "aresample=async=1,aformat=sample_fmts={sample_format}:sample_rates={sample_rate}:channel_layouts={layout}"
        ),
        options: vec![("b".to_owned(), bit_rate.to_string())],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::plan::ENCODERS;

    #[test]
    fn surround_becomes_stereo_and_mono_stays() {
        let can = Capabilities { tone_mapping: true, encoders: ENCODERS.to_vec(), card_filters: vec![], cores: 16 };
        let audio = |channels, sample_rate, codec| {
            let audio = AudioStream { channels, sample_rate, ..AudioStream::default() };
            let settings = Ffmpeg { target_audio_codec: codec, ..Ffmpeg::default() };
            let plan = plan_audio(&audio, &settings, &can).expect("a plan");
            (plan.encoder, plan.channels, plan.sample_rate)
        };
        assert_eq!(audio(6, 48_000, AudioCodec::Aac), ("aac".to_owned(), 2, 48_000));
        assert_eq!(audio(1, 8_000, AudioCodec::Aac), ("aac".to_owned(), 1, 8_000));
        assert_eq!(audio(2, 192_000, AudioCodec::Mp3), ("libmp3lame".to_owned(), 2, 48_000));
        assert_eq!(audio(2, 44_100, AudioCodec::Opus), ("libopus".to_owned(), 2, 48_000));
    }
}
