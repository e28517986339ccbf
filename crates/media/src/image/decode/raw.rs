//! RAW files of cameras by LibRaw: the picture that the camera left in the file, or one developed of what its sensor saw.
#![expect(unsafe_code, reason = "LibRaw is C++ with a face of C")]

use super::{check_size, jpeg};
use crate::{
    error::{Error, Result},
    image::{Decoded, Pixels, shrink::Wanted},
};
use rsraw_sys as ffi;
use std::{
    ffi::{CStr, CString},
    os::unix::ffi::OsStrExt,
    path::Path,
};

/// Developing holds each pixel several times.
const MAX_PIXELS: u64 = 160_000_000;
const MAX_UNPACKED_MB: u32 = 1024;
/// White balance as the camera set it, colours of sRGB.
const SRGB: i32 = 1;

/// With `extract_embedded`, the camera's own picture if it is large enough. It is also what is shown when nobody knows
/// how to develop the file.
pub(crate) fn decode(source: &Path, wanted: Wanted, extract_embedded: bool) -> Result<Decoded> {
    let mut raw = LibRaw::open(source)?;
    if extract_embedded
        && let Some(embedded) = raw.embedded(wanted)
        && embedded.full_width.min(embedded.full_height) >= wanted.side
    {
        return Ok(embedded);
    }
    match raw.develop(wanted) {
        Ok(developed) => Ok(developed),
        // What was unpacked before is gone for what comes now, so the file is opened anew.
        Err(error) => LibRaw::open(source)?.embedded(wanted).ok_or(error),
    }
}

/// As stored.
pub(crate) fn size(source: &Path) -> Option<(u32, u32)> {
    let raw = LibRaw::open(source).ok()?;
    let sizes = raw.sizes();
    Some((sizes.width.into(), sizes.height.into()))
}

struct LibRaw(*mut ffi::libraw_data_t);

impl LibRaw {
    fn open(source: &Path) -> Result<Self> {
        let path = CString::new(source.as_os_str().as_bytes()).map_err(Error::damaged)?;
        // SAFETY: answers a valid pointer or none, and it is closed once, when this value goes.
        let raw = Self(unsafe { ffi::libraw_init(0) });
        if raw.0.is_null() {
            return Err(Error::OutOfMemory);
        }
        // SAFETY: the pointer is valid, and the path ends with a zero.
        check(unsafe { ffi::libraw_open_file(raw.0, path.as_ptr()) })?;
        let sizes = raw.sizes();
        super::check_size_up_to(MAX_PIXELS, sizes.raw_width.into(), sizes.raw_height.into())?;
        Ok(raw)
    }

    fn sizes(&self) -> ffi::libraw_image_sizes_t {
        // SAFETY: the pointer is valid as long as this value is.
        unsafe { (*self.0).sizes }
    }

    /// The largest JPEG that the camera put into the file.
    fn embedded(&mut self, wanted: Wanted) -> Option<Decoded> {
        let mut best: Option<Vec<u8>> = None;
        // SAFETY: the pointer is valid, and LibRaw counts no more than its list holds.
        let count = unsafe { (*self.0).thumbs_list.thumbcount };
        for at in 0..count {
            if let Some(jpeg) = self.thumbnail(at)
                && best.as_ref().is_none_or(|best| best.len() < jpeg.len())
            {
                best = Some(jpeg);
            }
        }
        let mut decoded = jpeg::decode(&best?, wanted).ok()?;
        // Turned as the file says; few of these pictures say it themselves.
        decoded.orientation = match self.sizes().flip {
            3 => 3,
            5 => 8,
            6 => 6,
            _ => decoded.orientation,
        };
        Some(decoded)
    }

    fn thumbnail(&mut self, at: i32) -> Option<Vec<u8>> {
        // SAFETY: the pointer is valid, and LibRaw checks the number.
        check(unsafe { ffi::libraw_unpack_thumb_ex(self.0, at) }).ok()?;
        // SAFETY: just unpacked, so the pointer is null or has as many bytes as it says; they are copied at once.
        let bytes = unsafe {
            let thumbnail = &(*self.0).thumbnail;
            let is_jpeg = thumbnail.tformat == ffi::LibRaw_thumbnail_formats_LIBRAW_THUMBNAIL_JPEG;
            if !is_jpeg || thumbnail.thumb.is_null() {
                return None;
            }
            std::slice::from_raw_parts(thumbnail.thumb.cast::<u8>(), thumbnail.tlength as usize).to_vec()
        };
        Some(bytes)
    }

    fn develop(&mut self, wanted: Wanted) -> Result<Decoded> {
        let stored = self.sizes();
        let (stored_width, stored_height) = (u32::from(stored.width), u32::from(stored.height));
        check_size(stored_width.into(), stored_height.into())?;
        // Four sensor cells become one pixel: no guessing of colours, and a quarter of the work.
        let is_half = !wanted.fullsize && stored_width.min(stored_height) / 2 >= wanted.side;
        // SAFETY: the pointer is valid, and these are plain numbers.
        unsafe {
            (*self.0).rawparams.max_raw_memory_mb = MAX_UNPACKED_MB;
            let params = &mut (*self.0).params;
            params.use_camera_wb = 1;
            params.output_color = SRGB;
            params.output_bps = 8;
            params.half_size = is_half.into();
        }
        // SAFETY: the pointer is valid, and these are called in the order that LibRaw wants.
        check(unsafe { ffi::libraw_unpack(self.0) })?;
        // SAFETY: as before.
        check(unsafe { ffi::libraw_dcraw_process(self.0) })?;
        let pixels = self.developed()?;
        // Developing turns upright, and some sensors have more pixels one way than the picture.
        let grown = if is_half { 2 } else { 1 };
        let (full_width, full_height) = (pixels.width * grown, pixels.height * grown);
        Ok(Decoded { picture: pixels.into(), orientation: 1, icc_profile: None, hdr: None, full_width, full_height })
    }

    fn developed(&mut self) -> Result<Pixels> {
        let mut code = 0;
        // SAFETY: the pointer is valid; what is answered is freed below.
        let image = unsafe { ffi::libraw_dcraw_make_mem_image(self.0, &raw mut code) };
        check(code)?;
        if image.is_null() {
            return Err(Error::OutOfMemory);
        }
        // SAFETY: not null, and its samples follow it in as many bytes as it says; they are copied before it is freed.
        let (width, height, colors, bits, data) = unsafe {
            let head = &*image;
            let data = std::slice::from_raw_parts((&raw const (*image).data).cast::<u8>(), head.data_size as usize);
            let found =
                (u32::from(head.width), u32::from(head.height), usize::from(head.colors), head.bits, data.to_vec());
            ffi::libraw_dcraw_clear_mem(image);
            found
        };
        if bits != 8 || data.len() != width as usize * height as usize * colors {
            return Err(Error::damaged("the developed picture has another size than it says"));
        }
        match colors {
            1 | 3 => Ok(crate::image::shrink::in_color(width, height, colors, data)),
            other => Err(Error::Unsupported(format!("a RAW file of {other} colours"))),
        }
    }
}

impl Drop for LibRaw {
    fn drop(&mut self) {
        // SAFETY: made by `libraw_init` and closed nowhere else; null is allowed.
        unsafe { ffi::libraw_close(self.0) };
    }
}

fn check(code: i32) -> Result<()> {
    if code == ffi::LibRaw_errors_LIBRAW_SUCCESS {
        return Ok(());
    }
    // SAFETY: answers a text of the library for any number.
    let text = unsafe { CStr::from_ptr(ffi::libraw_strerror(code)) }.to_string_lossy().into_owned();
    Err(match code {
        ffi::LibRaw_errors_LIBRAW_UNSUFFICIENT_MEMORY => Error::OutOfMemory,
        ffi::LibRaw_errors_LIBRAW_TOO_BIG => Error::TooLarge(text),
        ffi::LibRaw_errors_LIBRAW_FILE_UNSUPPORTED | ffi::LibRaw_errors_LIBRAW_NOT_IMPLEMENTED => {
            Error::Unsupported(format!("no camera's RAW that is known: {text}"))
        }
        _ => Error::Damaged(text),
    })
}
