//! Writing packets into a container in the order of their time.

use super::error::Result;
use super::libav::{self, During};
use ffmpeg::codec::{self, packet::Packet};
use ffmpeg::format::context::Output;
use ffmpeg::format::stream::Stream;
use ffmpeg::{Dictionary, Rational, Rescale};
use ffmpeg_next as ffmpeg;
use std::path::Path;

pub(super) struct Muxer {
    output: Output,
    /// Of the muxer itself, each with its value.
    options: Vec<(&'static str, String)>,
    tracks: Vec<Written>,
}

/// What is known of a track while it is written.
struct Written {
    time_base: Rational,
    last_dts: Option<i64>,
    /// In `time_base`; for packets that do not say how long they last.
    usual_duration: i64,
    frame_rate: Option<(u32, u32)>,
    /// So many packets are decoded before the first is shown.
    delay: u32,
}

impl Muxer {
    pub(super) fn mp4(path: &Path) -> Result<Self> {
        // The index goes to the front, so that a browser can play before it has everything.
        let options = vec![("movflags", "+faststart".to_owned())];
        Ok(Self { output: libav::create(path, "mp4")?, options, tracks: Vec::new() })
    }

    /// One piece of a stream: times are those of the stream, and nothing in it refers to the file it is in.
    pub(super) fn fragment(path: &Path, number: u32) -> Result<Self> {
        let flags = "+empty_moov+default_base_moof+frag_custom+frag_discont+skip_trailer";
        let options = vec![
            ("movflags", flags.to_owned()),
            ("use_editlist", "0".to_owned()),
            // Left to itself, the muxer lets every piece begin at zero.
            ("avoid_negative_ts", "disabled".to_owned()),
            ("fragment_index", number.saturating_add(1).to_string()),
        ];
        Ok(Self { output: libav::create(path, "mp4")?, options, tracks: Vec::new() })
    }

    /// Throws everything away: the first of two passes only measures.
    pub(super) fn nothing() -> Result<Self> {
        Ok(Self { output: libav::create(Path::new("/dev/null"), "null")?, options: Vec::new(), tracks: Vec::new() })
    }

    pub(super) fn wants_global_header(&self) -> bool {
        self.output.format().flags().contains(ffmpeg::format::Flags::GLOBAL_HEADER)
    }

    pub(super) fn add_encoded(
        &mut self,
        encoder: &codec::Context,
        tag: Option<[u8; 4]>,
        frame_rate: Option<(u32, u32)>,
    ) -> Result<usize> {
        let mut stream = self.output.add_stream_with(encoder).during("add a track")?;
        stream.set_time_base(encoder.time_base());
        if let Some((frames, seconds)) = frame_rate {
            stream.set_avg_frame_rate((frames as i32, seconds as i32));
        }
        libav::set_codec_tag(&mut stream, tag);
        Ok(self.remember(frame_rate, 0))
    }

    pub(super) fn add_copied(&mut self, from: &Stream<'_>, tag: Option<[u8; 4]>) -> Result<usize> {
        let mut stream = self.output.add_stream(codec::Id::None).during("add a track")?;
        stream.set_parameters(from.parameters());
        stream.set_time_base(from.time_base());
        stream.set_avg_frame_rate(from.avg_frame_rate());
        libav::set_codec_tag(&mut stream, tag);
        libav::copy_display_matrix(from, &mut stream);
        let rate = from.avg_frame_rate();
        let frame_rate = u32::try_from(rate.numerator()).ok().zip(u32::try_from(rate.denominator()).ok());
        Ok(self.remember(frame_rate.filter(|(frames, seconds)| *frames > 0 && *seconds > 0), libav::delay(from)))
    }

    fn remember(&mut self, frame_rate: Option<(u32, u32)>, delay: u32) -> usize {
        let time_base = Rational(0, 1);
        self.tracks.push(Written { time_base, last_dts: None, usual_duration: 0, frame_rate, delay });
        self.tracks.len() - 1
    }

    /// After all tracks are added and before the first packet. The muxer chooses the time bases here.
    pub(super) fn start(&mut self) -> Result<()> {
        let options: Dictionary<'_> = self.options.iter().map(|(key, value)| (*key, value.as_str())).collect();
        self.output.write_header_with(options).during("write the header")?;
        for (stream, track) in self.output.streams().zip(&mut self.tracks) {
            track.time_base = stream.time_base();
            track.usual_duration = track.frame_rate.map_or(0, |(frames, seconds)| {
                1_i64.rescale(Rational(seconds as i32, frames.max(1) as i32), track.time_base)
            });
        }
        Ok(())
    }

    pub(super) fn write(&mut self, mut packet: Packet, track: usize, time_base: Rational) -> Result<()> {
        if packet.size() == 0 && packet.side_data().len() == 0 {
            return Ok(());
        }
        let written = &mut self.tracks[track];
        packet.rescale_ts(time_base, written.time_base);
        if packet.duration() <= 0 {
            packet.set_duration(written.usual_duration);
        }
        // A container must be told when to decode each packet, each time later than before. Old AVIs leave times out,
        // and damaged files repeat them.
        let earliest = written.last_dts.map_or(i64::MIN, |last| last + 1);
        let dts = packet.dts().unwrap_or_else(|| written.guess_dts(&packet)).max(earliest);
        packet.set_dts(Some(dts));
        packet.set_pts(Some(packet.pts().unwrap_or(dts).max(dts)));
        written.last_dts = Some(dts);
        packet.set_stream(track);
        packet.set_position(-1);
        packet.write_interleaved(&mut self.output).during("write the video")
    }

    /// Everything is in the file when this returns, and a full disk has been noticed.
    pub(super) fn finish(mut self) -> Result<()> {
        self.output.write_trailer().during("finish the video")
    }
}

impl Written {
    /// Matroska does not say when to decode the first packets. To take the time at which they are shown would move those
    /// that are shown between them.
    fn guess_dts(&self, packet: &Packet) -> i64 {
        let lasts = packet.duration().max(1);
        match (packet.pts(), self.last_dts) {
            (Some(pts), _) if self.delay == 0 => pts,
            (Some(pts), None) => pts - i64::from(self.delay) * lasts,
            (None, None) => 0,
            (_, Some(last)) => last + lasts,
        }
    }
}
