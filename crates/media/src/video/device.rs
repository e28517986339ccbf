//! Graphics cards through libav: opening one, decoding on it, filtering on it, and telling its encoder where pictures are.
#![expect(unsafe_code, reason = "ffmpeg-next has no functions for devices")]

use super::error::{Result, VideoError};
use super::hwaccel::DeviceWish;
use super::libav;
use ffmpeg::codec;
use ffmpeg::ffi;
use ffmpeg_next as ffmpeg;
use std::ffi::CString;

/// Frames that a decoder hands out beyond what it needs itself: filters and the encoder keep some.
const EXTRA_FRAMES: i32 = 16;
const OPEN: &str = "open the graphics card";

/// An open device. Cheap to clone: all clones are one device, which closes with the last thing that uses it.
pub(super) struct Device {
    reference: *mut ffi::AVBufferRef,
    wish: DeviceWish,
}

impl Drop for Device {
    fn drop(&mut self) {
        // SAFETY: the reference is ours, and is not used again. Codecs and filters hold references of their own.
        unsafe { ffi::av_buffer_unref(&raw mut self.reference) }
    }
}

impl Clone for Device {
    fn clone(&self) -> Self {
        Self { reference: self.reference(), wish: self.wish.clone() }
    }
}

impl Device {
    pub(super) fn open(wish: &DeviceWish) -> Result<Self> {
        libav::init();
        let text = |text: &str| CString::new(text).map_err(|_| VideoError::NoDevice(wish.kind.clone()));
        let (kind, name) = (text(&wish.kind)?, wish.name.as_deref().map(text).transpose()?);
        let name = name.as_ref().map_or(std::ptr::null(), |name| name.as_ptr());
        let options: ffmpeg::Dictionary<'_> =
            wish.options.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let mut reference = std::ptr::null_mut();
        // SAFETY: texts and options outlive the calls; on success the reference is ours.
        let code = unsafe {
            match ffi::av_hwdevice_find_type_by_name(kind.as_ptr()) {
                ffi::AVHWDeviceType::AV_HWDEVICE_TYPE_NONE => return Err(VideoError::NoDevice(wish.kind.clone())),
                kind => ffi::av_hwdevice_ctx_create(&raw mut reference, kind, name, options.as_mut_ptr(), 0),
            }
        };
        checked(code).map_err(|error| libav::damage(OPEN, error))?;
        Ok(Self { reference, wish: wish.clone() })
    }

    /// The decoder that can use this device, which need not be the one that is used without.
    pub(super) fn decoder(&self, codec: &str) -> Option<ffmpeg::Codec> {
        if !self.wish.decodes {
            return None;
        }
        let name = match &self.wish.decoder_suffix {
            Some(suffix) => format!("{}_{suffix}", codec.trim_end_matches("video")),
            // Libraries of others, like dav1d, know no cards; libav's own decoders do.
            None => codec.to_owned(),
        };
        codec::decoder::find_by_name(&name)
    }

    /// Before the decoder is opened. Where the card cannot decode this video after all, pictures come in memory.
    pub(super) fn give_to_decoder(&self, decoder: &mut codec::Context) {
        // SAFETY: the context is alive and not open yet; it takes over the new reference.
        unsafe {
            let decoder = decoder.as_mut_ptr();
            (*decoder).hw_device_ctx = self.reference();
            (*decoder).extra_hw_frames = EXTRA_FRAMES;
        }
    }

    /// After the filters are made and before they are configured: those that bring pictures to the card need it.
    pub(super) fn give_to_filters(&self, graph: &mut ffmpeg::filter::Graph) {
        // SAFETY: the graph is alive, its list has as many filters as it says, and each takes over a new reference.
        unsafe {
            let graph = graph.as_mut_ptr();
            for index in 0..(*graph).nb_filters as usize {
                let filter = *(*graph).filters.add(index);
                if (*filter).hw_device_ctx.is_null() {
                    (*filter).hw_device_ctx = self.reference();
                }
            }
        }
    }

    /// Before the encoder is opened: it shall take pictures from where this one is.
    pub(super) fn give_to_encoder(&self, encoder: &mut codec::Context, first: &ffmpeg::Frame) {
        // SAFETY: the context is alive and not open yet and takes over the new references; the picture is alive, and
        // where it is on the card is described as long as it lives.
        unsafe {
            let encoder = encoder.as_mut_ptr();
            (*encoder).hw_device_ctx = self.reference();
            let frames = (*first.as_ptr()).hw_frames_ctx;
            if let Some(description) = frames.as_ref().and_then(|it| it.data.cast::<ffi::AVHWFramesContext>().as_ref())
            {
                (*encoder).hw_frames_ctx = ffi::av_buffer_ref(frames);
                (*encoder).pix_fmt = description.format;
                (*encoder).sw_pix_fmt = description.sw_format;
            }
        }
    }

    fn reference(&self) -> *mut ffi::AVBufferRef {
        // SAFETY: ours is alive as long as this is.
        unsafe { ffi::av_buffer_ref(self.reference) }
    }
}

/// Where on a card the picture is, as a number that differs between places; `None` is in memory.
pub(super) fn place(frame: &ffmpeg::Frame) -> Option<usize> {
    // SAFETY: the frame is alive.
    unsafe { (*frame.as_ptr()).hw_frames_ctx.as_ref() }.map(|frames| frames.data.addr())
}

/// A `buffer` filter by the name of "in" for pictures that are where this one is.
pub(super) fn add_source(
    graph: &mut ffmpeg::filter::Graph,
    arguments: &str,
    frame: &ffmpeg::Frame,
) -> std::result::Result<(), ffmpeg::Error> {
    let arguments = CString::new(arguments).map_err(|_| ffmpeg::Error::InvalidData)?;
    // SAFETY: the graph owns the filter; the frame is alive, and the filter takes a reference of its own to where its
    // pictures are.
    unsafe {
        let filter = ffi::avfilter_get_by_name(c"buffer".as_ptr());
        let source = ffi::avfilter_graph_alloc_filter(graph.as_mut_ptr(), filter, c"in".as_ptr());
        let parameters = ffi::av_buffersrc_parameters_alloc();
        if source.is_null() || parameters.is_null() {
            ffi::av_free(parameters.cast());
            return Err(ffmpeg::Error::Other { errno: libc::ENOMEM });
        }
        (*parameters).format = (*frame.as_ptr()).format;
        (*parameters).hw_frames_ctx = (*frame.as_ptr()).hw_frames_ctx;
        let code = ffi::av_buffersrc_parameters_set(source, parameters);
        ffi::av_free(parameters.cast());
        checked(code)?;
        checked(ffi::avfilter_init_str(source, arguments.as_ptr()))
    }
}

/// Filters for tone mapping that this build has and this machine can run.
pub(super) fn tone_mapping_filters() -> Vec<&'static str> {
    libav::init();
    let has = |name| ffmpeg::filter::find(name).is_some();
    let opencl = DeviceWish { kind: "opencl".to_owned(), ..DeviceWish::default() };
    let mut filters = Vec::new();
    filters.extend(has("tonemap_cuda").then_some("tonemap_cuda"));
    // Its filters are in most builds, but what runs them is on few machines.
    filters.extend((has("tonemap_opencl") && Device::open(&opencl).is_ok()).then_some("tonemap_opencl"));
    filters
}

fn checked(code: i32) -> std::result::Result<(), ffmpeg::Error> {
    if code < 0 { Err(ffmpeg::Error::from(code)) } else { Ok(()) }
}

#[cfg(test)]
pub(super) mod words {
    //! Whether this build of ffmpeg knows the options of a plan, without any device.

    use crate::video::libav;
    use crate::video::plan::VideoEncode;
    use ffmpeg::{codec, ffi};
    use ffmpeg_next as ffmpeg;
    use std::collections::BTreeSet;
    use std::ffi::CString;

    #[derive(Default)]
    pub(in crate::video) struct Asked {
        /// Encoders and filters that the build has.
        pub known: BTreeSet<String>,
        pub unknown: Vec<String>,
    }

    pub(in crate::video) fn unknown_to_the_build(plans: &[VideoEncode]) -> Asked {
        libav::init();
        let mut asked = Asked::default();
        for plan in plans {
            ask_encoder(plan, &mut asked);
            for filter in plan.filters.split(',') {
                ask_filter(filter, &mut asked);
            }
        }
        asked
    }

    fn ask_encoder(plan: &VideoEncode, asked: &mut Asked) {
        let Some(codec) = ffmpeg::encoder::find_by_name(&plan.encoder) else { return };
        asked.known.insert(plan.encoder.clone());
        let mut context = codec::Context::new_with_codec(codec);
        for (key, value) in &plan.options {
            let text = |text: &str| CString::new(text).expect("no zero");
            // SAFETY: the context is alive; the texts outlive the call.
            let code = unsafe {
                let flags = ffi::AV_OPT_SEARCH_CHILDREN;
                ffi::av_opt_set(context.as_mut_ptr().cast(), text(key).as_ptr(), text(value).as_ptr(), flags)
            };
            if code < 0 {
                asked.unknown.push(format!("{} {key}={value}", plan.encoder));
            }
        }
    }

    fn ask_filter(filter: &str, asked: &mut Asked) {
        let (name, arguments) = filter.split_once('=').unwrap_or((filter, ""));
        let Some(found) = ffmpeg::filter::find(name) else { return };
        asked.known.insert(name.to_owned());
        let mut graph = ffmpeg::filter::Graph::new();
        if let Err(error) = graph.add(&found, "it", arguments) {
            asked.unknown.push(format!("{filter}: {error}"));
        }
    }
}
