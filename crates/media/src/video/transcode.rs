//! Carries out a `TranscodePlan`: input file → MP4.
//!
//! What must stay true: the output's name never shows an unfinished file. All is written to `<output>.tmp`, forced to
//! disk, and renamed last; a failure removes it, and a process that was killed leaves only that name, which the next
//! attempt overwrites.

use super::codecs::Pass;
use super::decoding::{Decoding, Source};
use super::device::{self, Device};
use super::error::{Result, VideoError};
use super::hwaccel;
use super::libav;
use super::mux::Muxer;
use super::plan::{self, Capabilities, ENCODERS, TranscodePlan, VideoPlan};
use super::policy::{self, Action, Decision};
use super::probe;
use super::reading::{Reader, Seen};
use super::tracks::Track;
use super::types::VideoInfo;
use config::system::choices::TranscodeHWAccel;
use config::system::ffmpeg::Ffmpeg;
use ffmpeg::codec::packet::Packet;
use ffmpeg_next as ffmpeg;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

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
    /// Why the graphics card that the settings name did not do all that they ask, an attempt each.
    #[serde(default)]
    pub fell_back: Vec<String>,
}

/// Probes, decides, plans and transcodes; `None` if the original may stay as it is, and then nothing is written.
///
/// What a graphics card was to do and could not is done without, and said in [`Transcoded::fell_back`].
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
    let mut told = -1.0;
    // Who begins anew does not go back.
    let mut rising = |share| {
        if share > told {
            told = share;
            progress(share);
        }
    };
    let mut fell_back = Vec::new();
    for planned in on_card(&info, &decision, settings) {
        match planned.and_then(|plan| transcode(input, output, &plan, &mut rising)) {
            Ok(made) => return Ok(Some(Transcoded { fell_back, ..made })),
            // No other decoder would find more of it.
            Err(error @ VideoError::Truncated { .. }) => return Err(error),
            Err(error) => fell_back.push(error.to_string()),
        }
    }
    fell_back.dedup();
    let plan = plan::plan(&info, &decision, &hwaccel::without_card(settings), &capabilities())?;
    let made = transcode(input, output, &plan, &mut rising)?;
    Ok(Some(Transcoded { fell_back, ..made }))
}

/// The plans in which a graphics card has a part, best first.
fn on_card(info: &VideoInfo, decision: &Decision, settings: &Ffmpeg) -> Vec<Result<TranscodePlan>> {
    if settings.accel == TranscodeHWAccel::Disabled || decision.video == Action::Copy {
        return Vec::new();
    }
    let can = Capabilities { card_filters: device::tone_mapping_filters(), ..capabilities() };
    let mut plans = Vec::new();
    let weaker_and_weaker = std::iter::successors(Some(settings.clone()), hwaccel::weaker);
    for settings in weaker_and_weaker.take_while(|settings| settings.accel != TranscodeHWAccel::Disabled) {
        let plan = plan::plan(info, decision, &settings, &can);
        // Without its decoder the plan may be the same: not every video is for it.
        if !matches!((plans.last(), &plan), (Some(Ok(last)), Ok(plan)) if last == plan) {
            plans.push(plan);
        }
    }
    plans
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
        encoders: ENCODERS
            .into_iter()
            .chain(hwaccel::ENCODERS)
            .filter(|name| ffmpeg::encoder::find_by_name(name).is_some())
            .collect(),
        card_filters: Vec::new(),
        cores: std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(1)),
    }
}

fn run_passes(input: &Path, temporary: &Path, plan: &TranscodePlan, progress: &mut dyn FnMut(f32)) -> Result<()> {
    if plan.video.passes() < 2 {
        let mut progress = Progress { tell: progress, base: 0.0, share: 1.0, told: 0.0 };
        return run_pass(input, temporary, plan, Pass::Only, &mut progress);
    }
    let numbers = with_suffix(temporary, ".stats");
    let mut progress = Progress { tell: progress, base: 0.0, share: 0.5, told: 0.0 };
    let result = run_pass(input, temporary, plan, Pass::Measure(&numbers), &mut progress).and_then(|()| {
        progress.base = 0.5;
        run_pass(input, temporary, plan, Pass::Final(&numbers), &mut progress)
    });
    for suffix in ["", ".mbtree", ".temp", ".mbtree.temp", ".cutree", ".cutree.temp"] {
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
    let mut reader = Reader::open(input, plan.video.stream())?;
    let length = Length::of(&probe::describe(&reader.input));
    let measuring = matches!(pass, Pass::Measure(_));
    let mut muxer = if measuring { Muxer::nothing()? } else { Muxer::mp4(temporary)? };
    let (video, read_ahead) = video_track(&mut reader, plan, pass, &mut muxer)?;
    let mut tracks = vec![video];
    if let Some(audio) = plan.audio.as_ref().filter(|_| !measuring) {
        tracks.push(Track::sound(&source(&reader, plan), audio, &mut muxer)?);
    }
    muxer.start()?;
    for packet in read_ahead {
        give(packet, &mut tracks, &mut muxer)?;
    }
    while let Some(packet) = reader.next()? {
        give(packet, &mut tracks, &mut muxer)?;
        progress.at(reader.seen.video_ms, length.ms);
    }
    length.check(&reader.seen)?;
    for track in &mut tracks {
        track.finish(&mut muxer)?;
    }
    if let Pass::Measure(numbers) = pass
        && let Some(measured) = tracks[0].measurements()
    {
        fs::write(numbers, measured).map_err(|error| VideoError::io("write", numbers, error))?;
    }
    muxer.finish()
}

/// The track of the pictures, and packets of others that had to be read for it.
fn video_track(
    reader: &mut Reader,
    plan: &TranscodePlan,
    pass: Pass<'_>,
    muxer: &mut Muxer,
) -> Result<(Track, Vec<Packet>)> {
    let encode = match &plan.video {
        VideoPlan::Copy { stream, tag } => {
            return Ok((Track::copy(&source(reader, plan), *stream, *tag, muxer)?, Vec::new()));
        }
        VideoPlan::Encode(encode) => encode,
    };
    let Some(wish) = &encode.device else {
        return Ok((Track::pictures(&source(reader, plan), encode, pass, muxer)?, Vec::new()));
    };
    let device = Device::open(wish)?;
    let mut decoding = Decoding::pictures(&source(reader, plan), encode, Some(&device))?;
    let read_ahead = decoding.look_ahead(reader, encode.stream)?;
    let track = Track::pictures_on(&device, &source(reader, plan), encode, decoding, muxer)?;
    Ok((track, read_ahead))
}

fn source<'a>(reader: &'a Reader, plan: &TranscodePlan) -> Source<'a> {
    Source { input: &reader.input, start_us: reader.start_us, threads: plan.threads }
}

/// Packets of no track are passed over.
fn give(packet: Packet, tracks: &mut [Track], muxer: &mut Muxer) -> Result<()> {
    match tracks.iter_mut().find(|track| track.stream == packet.stream()) {
        Some(track) => track.push(packet, muxer),
        None => Ok(()),
    }
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
    Ok(Transcoded { size_bytes, duration_ms: made.duration_ms.unwrap_or(0), fell_back: Vec::new() })
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
