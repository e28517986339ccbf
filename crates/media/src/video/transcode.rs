//! Carries out a `TranscodePlan`: input file → MP4.
//!
//! What must stay true: the output's name never shows an unfinished file. All is written to `<output>.tmp`, forced to
//! disk, and renamed last; a failure removes it, and a process that was killed leaves only that name, which the next
//! attempt overwrites.

use super::error::{Result, VideoError};
use super::libav;
use super::mux::Muxer;
use super::plan::{self, Capabilities, ENCODERS, TranscodePlan};
use super::policy;
use super::probe;
use super::tracks::{Pass, Source, Track};
use super::types::VideoInfo;
use config::system::ffmpeg::Ffmpeg;
use ffmpeg::Rescale;
use ffmpeg::codec::packet::Packet;
use ffmpeg::format::context::Input;
use ffmpeg_next as ffmpeg;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// So many unreadable packets one after the other are the end of the file, whatever it says.
pub(super) const MAX_DAMAGED_IN_A_ROW: u32 = 100;
/// A track may end a little before the file's header says; a truncated file misses more than both of these.
const TOLERATED_MISSING_MS: u64 = 1000;
const TOLERATED_MISSING_PERCENT: u64 = 5;
/// Progress in smaller steps is not worth a message.
const PROGRESS_STEP: f32 = 0.005;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transcoded {
    pub size_bytes: u64,
    pub duration_ms: u64,
}

/// Probes, decides, plans and transcodes; `None` if the original may stay as it is, and then nothing is written.
pub fn transcode_if_needed(
    input: &Path,
    output: &Path,
    settings: &Ffmpeg,
    progress: &mut dyn FnMut(f32),
) -> Result<Option<Transcoded>> {
    let info = probe::probe(input)?;
    if info.video.is_none() {
        return Err(VideoError::NoVideo);
    }
    let Some(decision) = policy::needs_transcode(&info, settings) else { return Ok(None) };
    let plan = plan::plan(&info, &decision, settings, &capabilities())?;
    transcode(input, output, &plan, progress).map(Some)
}

/// `progress` hears numbers from 0 to 1 that never fall; 1 comes once, when the output is in place.
pub fn transcode(
    input: &Path,
    output: &Path,
    plan: &TranscodePlan,
    progress: &mut dyn FnMut(f32),
) -> Result<Transcoded> {
    let temporary = with_suffix(output, ".tmp");
    let result = run_passes(input, &temporary, plan, progress).and_then(|()| publish(&temporary, output));
    if result.is_err() {
        // Gone already if it was never made; and the error that matters is the one in `result`.
        let _ = fs::remove_file(&temporary);
    }
    let transcoded = result?;
    progress(1.0);
    Ok(transcoded)
}

pub fn capabilities() -> Capabilities {
    libav::init();
    let has_filter = |name| ffmpeg::filter::find(name).is_some();
    Capabilities {
        tone_mapping: has_filter("zscale") && has_filter("tonemap"),
        encoders: ENCODERS.into_iter().filter(|name| ffmpeg::encoder::find_by_name(name).is_some()).collect(),
        cores: std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(1)),
    }
}

fn run_passes(input: &Path, temporary: &Path, plan: &TranscodePlan, progress: &mut dyn FnMut(f32)) -> Result<()> {
    if plan.passes < 2 {
        let mut progress = Progress { tell: progress, base: 0.0, share: 1.0, told: 0.0 };
        return run_pass(input, temporary, plan, Pass::Only, &mut progress);
    }
    let numbers = with_suffix(temporary, ".stats");
    let mut progress = Progress { tell: progress, base: 0.0, share: 0.5, told: 0.0 };
    let result = run_pass(input, temporary, plan, Pass::Measure(&numbers), &mut progress).and_then(|()| {
        progress.base = 0.5;
        run_pass(input, temporary, plan, Pass::Final(&numbers), &mut progress)
    });
    for suffix in ["", ".mbtree", ".temp", ".mbtree.temp"] {
        // Which of them the encoder made depends on how far it came.
        let _ = fs::remove_file(with_suffix(&numbers, suffix));
    }
    result
}

fn run_pass(
    input: &Path,
    temporary: &Path,
    plan: &TranscodePlan,
    pass: Pass<'_>,
    progress: &mut Progress<'_>,
) -> Result<()> {
    let mut input = libav::open(input)?;
    let measuring = matches!(pass, Pass::Measure(_));
    let mut muxer = if measuring { Muxer::nothing()? } else { Muxer::mp4(temporary)? };
    let source = Source { input: &input, start_us: start_us(&input), threads: plan.threads };
    let mut tracks = vec![Track::video(&source, plan, pass, &mut muxer)?];
    if let Some(audio) = plan.audio.as_ref().filter(|_| !measuring) {
        tracks.push(Track::audio(&source, audio, &mut muxer)?);
    }
    muxer.start()?;
    let length = Length::of(&probe::describe(&input));
    let seen = read_all(&mut input, &mut tracks, &mut muxer, |ms| progress.at(ms, length.ms))?;
    length.check(&seen)?;
    for track in &mut tracks {
        track.finish(&mut muxer)?;
    }
    muxer.finish()
}

/// When the last packets ended, in milliseconds.
#[derive(Default)]
struct Seen {
    video_ms: u64,
    any_ms: u64,
}

/// Feeds every packet to its track.
fn read_all(input: &mut Input, tracks: &mut [Track], muxer: &mut Muxer, mut at: impl FnMut(u64)) -> Result<Seen> {
    let start_us = start_us(input);
    let (mut seen, mut damaged) = (Seen::default(), 0);
    loop {
        let mut packet = Packet::empty();
        match packet.read(input) {
            Ok(()) => damaged = 0,
            Err(ffmpeg::Error::InvalidData) if damaged < MAX_DAMAGED_IN_A_ROW => {
                damaged += 1;
                continue;
            }
            Err(ffmpeg::Error::Eof | ffmpeg::Error::InvalidData) => return libav::check_disk(input).map(|()| seen),
            Err(error) => return Err(libav::while_reading(input, error)),
        }
        let end_ms = end_ms(input, &packet, start_us);
        seen.any_ms = seen.any_ms.max(end_ms);
        let Some(position) = tracks.iter().position(|track| track.stream == packet.stream()) else { continue };
        if position == 0 {
            seen.video_ms = seen.video_ms.max(end_ms);
            at(seen.video_ms);
        }
        tracks[position].push(packet, muxer)?;
    }
}

fn end_ms(input: &Input, packet: &Packet, start_us: i64) -> u64 {
    let (Some(stream), Some(start)) = (input.stream(packet.stream()), packet.pts().or(packet.dts())) else { return 0 };
    let end_us = (start + packet.duration()).rescale(stream.time_base(), ffmpeg::rescale::TIME_BASE);
    u64::try_from((end_us - start_us) / 1000).unwrap_or(0)
}

/// How long the file says it is, to tell a truncated one.
struct Length {
    ms: Option<u64>,
    /// It is known of the video track alone; otherwise some other track may be the longest.
    of_video: bool,
}

impl Length {
    /// Of the two lengths that a file tells, the shorter: one of them may count parts that are cut out or other tracks.
    fn of(info: &VideoInfo) -> Self {
        let track = info.video.as_ref().and_then(|video| video.duration_ms);
        Self { ms: [track, info.duration_ms].into_iter().flatten().min(), of_video: track.is_some() }
    }

    fn check(&self, seen: &Seen) -> Result<()> {
        let seen_ms = if self.of_video { seen.video_ms } else { seen.any_ms };
        let expected_ms = self.ms.unwrap_or(0);
        let missing = expected_ms.saturating_sub(seen_ms);
        if missing > TOLERATED_MISSING_MS.max(expected_ms * TOLERATED_MISSING_PERCENT / 100) {
            return Err(VideoError::Truncated { seen_ms, expected_ms });
        }
        Ok(())
    }
}

/// The earliest time in the file. Broadcast recordings start at any hour.
pub(super) fn start_us(input: &Input) -> i64 {
    let starts = input.streams().filter(|stream| stream.start_time() != ffmpeg::ffi::AV_NOPTS_VALUE);
    starts.map(|stream| stream.start_time().rescale(stream.time_base(), ffmpeg::rescale::TIME_BASE)).min().unwrap_or(0)
}

/// Looks at what was made before it takes its place, and forces it to disk before it is seen.
fn publish(temporary: &Path, output: &Path) -> Result<Transcoded> {
    let made = probe::probe(temporary)?;
    if made.video.is_none() {
        return Err(VideoError::NoPicture);
    }
    let file = File::open(temporary).map_err(|error| VideoError::io("open", temporary, error))?;
    file.sync_all().map_err(|error| VideoError::io("force to disk", temporary, error))?;
    let size_bytes = file.metadata().map_err(|error| VideoError::io("read the size of", temporary, error))?.len();
    fs::rename(temporary, output).map_err(|error| VideoError::io("put in place", output, error))?;
    if let Some(folder) = output.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let sync = File::open(folder).and_then(|folder| folder.sync_all());
        sync.map_err(|error| VideoError::io("force to disk", folder, error))?;
    }
    Ok(Transcoded { size_bytes, duration_ms: made.duration_ms.unwrap_or(0) })
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

struct Progress<'a> {
    tell: &'a mut dyn FnMut(f32),
    base: f32,
    share: f32,
    told: f32,
}

impl Progress<'_> {
    /// Stays below 1, which is said when all is done.
    fn at(&mut self, ms: u64, of_ms: Option<u64>) {
        let Some(of_ms) = of_ms.filter(|of_ms| *of_ms > 0) else { return };
        let now = (self.base + self.share * (ms as f32 / of_ms as f32).min(1.0)).min(0.999);
        if now >= self.told + PROGRESS_STEP {
            self.told = now;
            (self.tell)(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_little_may_be_missing() {
        let check = |ms, video_ms, of_video| Length { ms, of_video }.check(&Seen { video_ms, any_ms: 60_000 });
        assert!(check(Some(10_000), 9_400, true).is_ok());
        assert!(check(None, 0, true).is_ok());
        assert!(check(Some(60_000), 58_000, true).is_ok());
        assert!(check(Some(60_000), 5_000, false).is_ok(), "the sound is longer than the pictures");
        let error = check(Some(10_000), 5_000, true).expect_err("half of it");
        assert_eq!(error.to_string(), "the file ends after 5000 ms of 10000 ms: it is truncated");
    }

    #[test]
    fn progress_rises_in_steps_and_stays_below_one() {
        let mut told = Vec::new();
        let mut tell = |share| told.push(share);
        let mut progress = Progress { tell: &mut tell, base: 0.0, share: 1.0, told: 0.0 };
        for ms in [0, 100, 101, 50, 5_000, 20_000] {
            progress.at(ms, Some(10_000));
        }
        assert_eq!(told, [0.01, 0.5, 0.999]);
    }
}
