//! The one place that speaks to libav below ffmpeg-next: opening files safely, and the few fields it has no function for.
//!
//! What must stay true: a file's *content* never chooses what else is opened. Only the containers in `CONTAINERS` are
//! recognised (no playlists, which name other files and hosts), and only the `file` protocol exists.
#![expect(unsafe_code, reason = "ffmpeg-next does not reach these fields, and reads tags as if they were always UTF-8")]

use super::error::{Result, VideoError};
use super::types::Color;
use ffmpeg::Rational;
use ffmpeg::ffi;
use ffmpeg::format::context::{Input, Output};
use ffmpeg::format::stream::{Stream, StreamMut};
use ffmpeg_next as ffmpeg;
use std::collections::BTreeMap;
use std::ffi::{CStr, c_char};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Mutex, Once, PoisonError};

/// Demuxers of containers that carry their own samples. Notably absent: hls, dash, concat, sdp, image2.
const CONTAINERS: &str = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,flv,asf,ogg,gif,apng,\
                          h264,hevc,av1,obu,ivf,mxf,wtv,rm,dv,nut";

/// A file has a handful of tags; one that has more is not worth the memory.
const MAX_TAGS: usize = 200;
const MAX_TAG_BYTES: usize = 4096;
const OPEN: &str = "open the video";
const READ: &str = "read the video";

/// The newest complaint of libav, for the error that follows it.
static COMPLAINT: Mutex<Option<String>> = Mutex::new(None);
static INIT: Once = Once::new();

pub(super) fn init() {
    INIT.call_once(|| {
        ffmpeg::log::set_level(ffmpeg::log::Level::Error);
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the callback is a plain function that stays valid for the life of the process.
        unsafe {
            ffi::av_log_set_callback(Some(remember));
        }
        // Only registers the texts of the error codes in these versions; nothing that can fail.
        if let Err(error) = ffmpeg::init() {
            tracing::warn!(%error, "ffmpeg did not start");
        }
    });
}

/// Takes the place of printing to stderr, which belongs to the parent process.
///
/// Only for x86_64, since the type of a C argument list differs between machines; elsewhere libav prints and errors
/// carry the name of the code.
#[cfg(target_arch = "x86_64")]
unsafe extern "C" fn remember(
    context: *mut std::ffi::c_void,
    level: std::ffi::c_int,
    format: *const c_char,
    arguments: *mut ffi::__va_list_tag,
) {
    if level > ffi::AV_LOG_ERROR {
        return;
    }
    let mut line: [c_char; 512] = [0; 512];
    let mut print_prefix = 1;
    // SAFETY: libav hands over a matching format and argument list; the buffer's length goes with it, and the function
    // always ends what it writes with a zero.
    let line = unsafe {
        let length = line.len() as std::ffi::c_int;
        ffi::av_log_format_line2(context, level, format, arguments, line.as_mut_ptr(), length, &raw mut print_prefix);
        CStr::from_ptr(line.as_ptr()).to_string_lossy()
    };
    let line = without_address(line.trim());
    if !line.is_empty() {
        tracing::debug!(target: "libav", "{line}");
        *COMPLAINT.lock().unwrap_or_else(PoisonError::into_inner) = Some(line);
    }
}

/// "[mov @ 0x55d0c8] moov atom not found" → "mov: moov atom not found": the address tells nobody anything.
fn without_address(line: &str) -> String {
    match line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(" @ "))
        .map(|(name, rest)| (name, rest.split_once("] ")))
    {
        Some((name, Some((_, text)))) => format!("{}: {text}", name.split(',').next().unwrap_or(name)),
        _ => line.to_owned(),
    }
}

pub(super) trait During<T> {
    /// Names what was being done, and adds what libav said about it.
    fn during(self, action: &'static str) -> Result<T>;
}

impl<T> During<T> for std::result::Result<T, ffmpeg::Error> {
    fn during(self, action: &'static str) -> Result<T> {
        self.map_err(|error| if is_of_a_disk(error) { disk(action, error) } else { damage(action, error) })
    }
}

/// What writing answers when the disk is at fault. Of reading it is no proof: demuxers answer EIO for damage as well.
fn is_of_a_disk(error: ffmpeg::Error) -> bool {
    use libc::{EACCES, EDQUOT, EFBIG, EIO, ENODEV, ENOENT, ENOSPC, ENXIO, EROFS, ESTALE, ETIMEDOUT};
    const OF_A_DISK: [i32; 11] = [EACCES, EDQUOT, EFBIG, EIO, ENODEV, ENOENT, ENOSPC, ENXIO, EROFS, ESTALE, ETIMEDOUT];
    matches!(error, ffmpeg::Error::Other { errno } if OF_A_DISK.contains(&errno))
}

fn disk(action: &'static str, error: ffmpeg::Error) -> VideoError {
    VideoError::Disk { action, detail: detail(error) }
}

/// For what no disk has a part in, whatever the code.
pub(super) fn damage(action: &'static str, error: ffmpeg::Error) -> VideoError {
    VideoError::Libav { action, detail: detail(error) }
}

fn detail(error: ffmpeg::Error) -> String {
    let complaint = COMPLAINT.lock().unwrap_or_else(PoisonError::into_inner).take();
    complaint.map_or_else(|| error.to_string(), |line| format!("{line} ({error})"))
}

pub(super) fn open(path: &Path) -> Result<Input> {
    init();
    *COMPLAINT.lock().unwrap_or_else(PoisonError::into_inner) = None;
    let mut options = ffmpeg::Dictionary::new();
    options.set("format_whitelist", CONTAINERS);
    options.set("protocol_whitelist", "file");
    match ffmpeg::format::input_with_dictionary(&url(path)?, options) {
        // A header that was read in part may do for libav; the disk failed all the same.
        Ok(input) if disk_failed(&input) => Err(disk(OPEN, ffmpeg::Error::Other { errno: libc::EIO })),
        Ok(input) => Ok(input),
        Err(error) => {
            // What knows whether the disk failed or the content is gone with the failed input.
            read_ends(path).map_err(|source| VideoError::io("read", path, source))?;
            Err(damage(OPEN, error))
        }
    }
}

/// Whether reading has ended because the disk failed. Demuxers take that for the end of the file.
fn disk_failed(input: &Input) -> bool {
    // SAFETY: the input is open, and its reader, if it has one, lives as long.
    unsafe { (*input.as_ptr()).pb.as_ref() }.is_some_and(|reader| reader.error < 0 && reader.error != ffi::AVERROR_EOF)
}

/// What reading a packet or decoding nothing means: a failed disk before all else.
pub(super) fn while_reading(input: &Input, error: ffmpeg::Error) -> VideoError {
    if disk_failed(input) { disk(READ, error) } else { damage(READ, error) }
}

/// Fails if the disk has failed by now, whatever was made of that.
pub(super) fn check_disk(input: &Input) -> Result<()> {
    if disk_failed(input) { Err(disk(READ, ffmpeg::Error::Other { errno: libc::EIO })) } else { Ok(()) }
}

/// Reads what opening reads: containers keep their index in front or at the end.
fn read_ends(path: &Path) -> std::io::Result<()> {
    const END_BYTES: u64 = 16 * 1024 * 1024;
    let mut file = File::open(path)?;
    let read = |file: &File| std::io::copy(&mut file.take(END_BYTES), &mut std::io::sink());
    read(&file)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END_BYTES)))?;
    read(&file).map(drop)
}

/// `muxer` by name, since a temporary file's extension says nothing.
pub(super) fn create(path: &Path, muxer: &str) -> Result<Output> {
    init();
    ffmpeg::format::output_as(&url(path)?, muxer).during("create the video")
}

/// With the scheme in front, a name like `concat:a|b` is only a name.
fn url(path: &Path) -> Result<String> {
    let text = path.to_str().filter(|text| !text.contains('\0')).ok_or_else(|| VideoError::Path(path.to_owned()))?;
    Ok(format!("file:{text}"))
}

/// What a stream's parameters say, of either kind.
pub(super) struct Facts {
    pub width: u32,
    pub height: u32,
    pub pixel_format: Option<String>,
    pub pixel_aspect: (u32, u32),
    pub interlaced: bool,
    pub color: Color,
    pub profile: Option<String>,
    pub bit_rate: Option<u64>,
    pub channels: u32,
    pub sample_rate: u32,
}

pub(super) fn facts(stream: &Stream<'_>) -> Facts {
    // SAFETY: the stream keeps its format context alive, and both pointers are set as long as the context lives.
    let (stream, parameters) = unsafe { (&*stream.as_ptr(), &*(*stream.as_ptr()).codecpar) };
    let aspect =
        [stream.sample_aspect_ratio, parameters.sample_aspect_ratio].into_iter().find(|it| it.num > 0 && it.den > 0);
    // SAFETY: both functions only look numbers up in tables, and answer null for what they do not know.
    let profile = unsafe { text(ffi::avcodec_profile_name(parameters.codec_id, parameters.profile)) };
    let is_video = parameters.codec_type == ffi::AVMediaType::AVMEDIA_TYPE_VIDEO;
    Facts {
        width: u32::try_from(parameters.width).unwrap_or(0),
        height: u32::try_from(parameters.height).unwrap_or(0),
        pixel_format: if is_video { pixel_format_name(parameters.format) } else { None },
        pixel_aspect: aspect.map_or((1, 1), |it| (it.num.unsigned_abs(), it.den.unsigned_abs())),
        interlaced: {
            use ffi::AVFieldOrder::{AV_FIELD_PROGRESSIVE, AV_FIELD_UNKNOWN};
            !matches!(parameters.field_order, AV_FIELD_UNKNOWN | AV_FIELD_PROGRESSIVE)
        },
        color: Color {
            range: ffmpeg::color::Range::from(parameters.color_range).name().map(str::to_owned),
            space: ffmpeg::color::Space::from(parameters.color_space).name().map(str::to_owned),
            primaries: ffmpeg::color::Primaries::from(parameters.color_primaries).name().map(str::to_owned),
            transfer: ffmpeg::color::TransferCharacteristic::from(parameters.color_trc).name().map(str::to_owned),
        },
        profile,
        bit_rate: u64::try_from(parameters.bit_rate).ok().filter(|rate| *rate > 0),
        channels: u32::try_from(parameters.ch_layout.nb_channels).unwrap_or(0),
        sample_rate: u32::try_from(parameters.sample_rate).unwrap_or(0),
    }
}

fn pixel_format_name(format: i32) -> Option<String> {
    if format < 0 {
        return None;
    }
    // SAFETY: libav wrote the number, so it is one of the enum's values in the headers that we are built with.
    let format = unsafe { std::mem::transmute::<i32, ffi::AVPixelFormat>(format) };
    // SAFETY: a look-up in a table of constant strings.
    unsafe { text(ffi::av_get_pix_fmt_name(format)) }
}

/// # Safety
/// `pointer` is null or a zero-terminated string that outlives the call.
unsafe fn text(pointer: *const c_char) -> Option<String> {
    // SAFETY: promised by the caller.
    (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned())
}

/// Tags of the container. They come from the file as they are, so they may be anything but UTF-8.
pub(super) fn tags(input: &Input) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::new();
    let mut entry: *mut ffi::AVDictionaryEntry = std::ptr::null_mut();
    while tags.len() < MAX_TAGS {
        // SAFETY: the dictionary belongs to the open input; an empty key with this flag walks all entries in order.
        let (key, value) = unsafe {
            entry = ffi::av_dict_get((*input.as_ptr()).metadata, c"".as_ptr(), entry, ffi::AV_DICT_IGNORE_SUFFIX);
            if entry.is_null() {
                break;
            }
            (text((*entry).key), text((*entry).value))
        };
        if let (Some(key), Some(value)) = (key, value)
            && key.len() + value.len() <= MAX_TAG_BYTES
        {
            tags.insert(key, value);
        }
    }
    tags
}

/// An empty frame of either kind, for a decoder or filter to fill.
pub(super) fn new_frame() -> ffmpeg::Frame {
    // SAFETY: only allocates; the frame owns and frees what it got.
    unsafe { ffmpeg::Frame::empty() }
}

/// The arguments of a `buffer` filter that takes pictures like this one.
pub(super) fn picture_arguments(frame: &ffmpeg::Frame, time_base: Rational, frame_rate: (u32, u32)) -> String {
    // SAFETY: the frame is alive, and plain numbers are read from it.
    let frame = unsafe { &*frame.as_ptr() };
    let aspect = frame.sample_aspect_ratio;
    let aspect = if aspect.num > 0 && aspect.den > 0 { (aspect.num, aspect.den) } else { (1, 1) };
    format!(
        "video_size={}x{}:pix_fmt={}:time_base={}/{}:pixel_aspect={}/{}:frame_rate={}/{}",
        frame.width,
        frame.height,
        frame.format,
        time_base.0,
        time_base.1,
        aspect.0,
        aspect.1,
        frame_rate.0,
        frame_rate.1
    )
}

/// The arguments of an `abuffer` filter that takes sound like this.
pub(super) fn sound_arguments(frame: &ffmpeg::Frame, time_base: Rational) -> String {
    let mut layout: [c_char; 128] = [0; 128];
    // SAFETY: the frame is alive; the buffer's length goes with it, and a name that does not fit is cut and terminated.
    let (frame, layout) = unsafe {
        let frame = &*frame.as_ptr();
        let length = ffi::av_channel_layout_describe(&raw const frame.ch_layout, layout.as_mut_ptr(), layout.len());
        let known = length > 0 && frame.ch_layout.order != ffi::AVChannelOrder::AV_CHANNEL_ORDER_UNSPEC;
        let layout = if known {
            CStr::from_ptr(layout.as_ptr()).to_string_lossy().into_owned()
        } else {
            format!("{}c", frame.ch_layout.nb_channels.max(1))
        };
        (frame, layout)
    };
    format!(
        "sample_rate={}:sample_fmt={}:channel_layout={layout}:time_base={}/{}",
        frame.sample_rate, frame.format, time_base.0, time_base.1
    )
}

/// How long a frame of sound lasts, in microseconds.
pub(super) fn sound_us(frame: &ffmpeg::Frame) -> i64 {
    // SAFETY: the frame is alive, and plain numbers are read from it.
    let (samples, rate) = unsafe { ((*frame.as_ptr()).nb_samples, (*frame.as_ptr()).sample_rate) };
    i64::from(samples.max(0)) * 1_000_000 / i64::from(rate.max(1))
}

/// Encoders take a decoder's picture types for orders, and would repeat the source's pattern of key frames.
pub(super) fn forget_picture_type(frame: &mut ffmpeg::Frame) {
    // SAFETY: the frame is alive and exclusively ours.
    unsafe { (*frame.as_mut_ptr()).pict_type = ffi::AVPictureType::AV_PICTURE_TYPE_NONE }
}

/// Orders a key frame; to be said of each frame, as decoders leave their own in it.
pub(super) fn set_key_frame(frame: &mut ffmpeg::Frame, is_key: bool) {
    use ffi::AVPictureType::{AV_PICTURE_TYPE_I, AV_PICTURE_TYPE_NONE};
    // SAFETY: the frame is alive and exclusively ours.
    unsafe { (*frame.as_mut_ptr()).pict_type = if is_key { AV_PICTURE_TYPE_I } else { AV_PICTURE_TYPE_NONE } }
}

/// How much the brightness (or red) of a picture varies, on a scale of 0 to 127; `None` for formats that are not read here.
pub(super) fn contrast(frame: &ffmpeg::Frame) -> Option<f32> {
    const STEP: usize = 8;
    const UNREADABLE: u64 = (ffi::AV_PIX_FMT_FLAG_BE
        | ffi::AV_PIX_FMT_FLAG_PAL
        | ffi::AV_PIX_FMT_FLAG_BITSTREAM
        | ffi::AV_PIX_FMT_FLAG_HWACCEL) as u64;
    // SAFETY: the frame is alive, and its format is one that a decoder of this libav wrote.
    let (frame, description) = unsafe {
        let frame = &*frame.as_ptr();
        let format = std::mem::transmute::<i32, ffi::AVPixelFormat>(frame.format);
        (frame, ffi::av_pix_fmt_desc_get(format).as_ref()?)
    };
    let component = description.comp[0];
    let plane = usize::try_from(component.plane).ok()?;
    let [width, height, step, offset] =
        [frame.width, frame.height, component.step, component.offset].map(|it| usize::try_from(it).unwrap_or(0));
    let readable = description.flags & UNREADABLE == 0 && (8..=16).contains(&component.depth);
    if !readable || width == 0 || height == 0 || frame.data.get(plane)?.is_null() {
        return None;
    }
    let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
    for y in (0..height).step_by(STEP) {
        for x in (0..width).step_by(STEP) {
            // SAFETY: x and y are inside the picture, whose rows lie `linesize` apart (upwards if negative), and the
            // description says where in a row this component of pixel x is, and how many bytes it has.
            let value = unsafe {
                let row = frame.data[plane].offset(y as isize * frame.linesize[plane] as isize);
                let sample = row.add(x * step + offset);
                if component.depth > 8 { u32::from(sample.cast::<u16>().read_unaligned()) } else { u32::from(*sample) }
            };
            let value = f64::from(value >> component.shift) / f64::from(1u32 << (component.depth - 8));
            sum += value;
            squares += value * value;
            count += 1.0;
        }
    }
    let mean = sum / count;
    Some((squares / count - mean * mean).max(0.0).sqrt() as f32)
}

/// How long a frame usually lasts, in units of the encoder's time. Later libraries look at each frame instead.
pub(super) fn set_ticks_per_frame(encoder: &mut ffmpeg::codec::Context, ticks: i32) {
    // SAFETY: the context is alive and not open yet.
    unsafe { (*encoder.as_mut_ptr()).ticks_per_frame = ticks }
}

/// What an encoder has measured in the first of two passes, once it was emptied.
pub(super) fn measurements(encoder: &ffmpeg::codec::Context) -> Option<Vec<u8>> {
    // SAFETY: the encoder is alive, and the text is its own until the next call.
    unsafe { text((*encoder.as_ptr()).stats_out) }.map(String::into_bytes)
}

/// Before the second pass is opened.
pub(super) fn set_measurements(encoder: &mut ffmpeg::codec::Context, mut measured: Vec<u8>) {
    measured.push(0);
    // SAFETY: the encoder is alive and not open yet; the text ends with a zero, and the copy is freed below.
    unsafe { (*encoder.as_mut_ptr()).stats_in = ffi::av_strdup(measured.as_ptr().cast()) }
}

/// After the second pass is opened: libav leaves this to us, and the encoder has read it by now.
pub(super) fn forget_given_measurements(encoder: &mut ffmpeg::codec::Context) {
    // SAFETY: the encoder is alive; the text is null or the copy that was made above.
    unsafe { ffi::av_freep((&raw mut (*encoder.as_mut_ptr()).stats_in).cast()) }
}

/// libav would start one thread per core for every graph.
pub(super) fn limit_threads(graph: &mut ffmpeg::filter::Graph, threads: u32) {
    // SAFETY: the graph is alive and not configured yet, which is when this may be set.
    unsafe { (*graph.as_mut_ptr()).nb_threads = i32::try_from(threads).unwrap_or(1) }
}

/// Says which four letters name the codec in the container; `None` lets the muxer choose.
pub(super) fn set_codec_tag(stream: &mut StreamMut<'_>, tag: Option<[u8; 4]>) {
    // SAFETY: the stream and its parameters live as long as the output it borrows.
    unsafe { (*(*stream.as_mut_ptr()).codecpar).codec_tag = tag.map_or(0, u32::from_le_bytes) }
}

/// Keeps the display matrix of a track that is copied; without it a phone's upright video lies on its side.
pub(super) fn copy_display_matrix(from: &Stream<'_>, to: &mut StreamMut<'_>) {
    let Some(matrix) = display_matrix_bytes(from) else { return };
    // SAFETY: the output stream is alive; on success the function hands out `len` writable bytes.
    unsafe {
        let kind = ffi::AVPacketSideDataType::AV_PKT_DATA_DISPLAYMATRIX;
        let copy = ffi::av_stream_new_side_data(to.as_mut_ptr(), kind, matrix.len());
        if !copy.is_null() {
            std::ptr::copy_nonoverlapping(matrix.as_ptr(), copy, matrix.len());
        }
    }
}

/// How many packets are decoded before the first is shown.
pub(super) fn delay(stream: &Stream<'_>) -> u32 {
    // SAFETY: the stream keeps its format context alive, and its parameters live as long.
    u32::try_from(unsafe { (*(*stream.as_ptr()).codecpar).video_delay }).unwrap_or(0)
}

/// Nine numbers in 16.16 and 2.30 fixed point, row by row.
pub(super) fn display_matrix(stream: &Stream<'_>) -> Option<[i32; 9]> {
    let bytes = display_matrix_bytes(stream)?;
    let mut matrix = [0; 9];
    for (number, bytes) in matrix.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *number = i32::from_ne_bytes(*bytes);
    }
    Some(matrix)
}

fn display_matrix_bytes(stream: &Stream<'_>) -> Option<[u8; 36]> {
    let is_matrix = |kind| kind == ffmpeg::codec::packet::side_data::Type::DisplayMatrix;
    let side_data = stream.side_data().find(|side_data| is_matrix(side_data.kind()))?;
    side_data.data().first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::without_address;

    #[test]
    fn a_complaint_names_its_part_without_the_address() {
        assert_eq!(without_address("[mov,mp4,m4a @ 0x55d0c8] moov atom not found"), "mov: moov atom not found");
        assert_eq!(without_address("Invalid data"), "Invalid data");
    }
}
