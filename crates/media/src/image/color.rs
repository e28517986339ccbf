//! Colours: sRGB, which every screen shows right, or Display P3 with its profile where the settings ask to keep wide
//! colours.
//!
//! A profile that cannot be used is left aside: the picture shows in slightly wrong colours, which is better than not at
//! all.

use super::Pixels;
use config::system::choices::Colorspace;
use moxcms::{ColorProfile, DataColorSpace, Layout, ProfileText, TransformOptions};

/// Two spaces are the same when no colour moves by more than this in 8 bits.
const SAME: u8 = 2;

/// What the full red, green and blue of a picture look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Primaries {
    Srgb,
    P3,
    Bt2020,
}

/// Pixels in a space that can be shown, and the profile to store with them; none means sRGB.
pub(crate) struct Shown {
    pub pixels: Pixels,
    pub icc_profile: Option<Vec<u8>>,
}

/// Converts from the profile that the file carries.
pub(crate) fn show(pixels: Pixels, profile: Option<&[u8]>, wanted: Colorspace) -> Shown {
    let source = profile.and_then(|profile| ColorProfile::new_from_slice(profile).ok());
    let Some(source) = source.filter(|source| source.color_space == DataColorSpace::Rgb) else {
        return Shown { pixels, icc_profile: None };
    };
    let srgb = ColorProfile::new_srgb();
    if is_same(&source, &srgb) {
        return Shown { pixels, icc_profile: None };
    }
    if wanted == Colorspace::Srgb {
        return Shown { pixels: convert(pixels, &source, &srgb), icc_profile: None };
    }
    let p3 = ColorProfile::new_display_p3();
    let Ok(stored) = p3.encode() else {
        return Shown { pixels: convert(pixels, &source, &srgb), icc_profile: None };
    };
    let pixels = if is_same(&source, &p3) { pixels } else { convert(pixels, &source, &p3) };
    Shown { pixels, icc_profile: Some(stored) }
}

/// Profiles of the same space come in many spellings, so a few colours tell.
fn is_same(one: &ColorProfile, other: &ColorProfile) -> bool {
    // Every colour of four levels of red, green and blue.
    let probe: Vec<u8> = (0..64u8).flat_map(|n| [n % 4 * 85, n / 4 % 4 * 85, n / 16 * 85]).collect();
    let mut moved = vec![0; probe.len()];
    let transform = one.create_transform_8bit(Layout::Rgb, other, Layout::Rgb, TransformOptions::default());
    let done = transform.and_then(|transform| transform.transform(&probe, &mut moved));
    done.is_ok() && probe.iter().zip(&moved).all(|(before, after)| before.abs_diff(*after) <= SAME)
}

fn convert(pixels: Pixels, source: &ColorProfile, target: &ColorProfile) -> Pixels {
    let layout = if pixels.channels == 4 { Layout::Rgba } else { Layout::Rgb };
    let mut data = vec![0; pixels.data.len()];
    let transform = source.create_transform_8bit(layout, target, layout, TransformOptions::default());
    match transform.and_then(|transform| transform.transform(&pixels.data, &mut data)) {
        Ok(()) => Pixels { data, ..pixels },
        Err(_) => pixels,
    }
}

/// For pictures that name a wide space instead of carrying its profile.
pub(crate) fn profile_of(primaries: Primaries) -> Option<Vec<u8>> {
    match primaries {
        Primaries::Srgb => None,
        Primaries::P3 => ColorProfile::new_display_p3().encode().ok(),
        Primaries::Bt2020 => ColorProfile::new_bt2020().encode().ok(),
    }
}

/// The profile's own name.
pub(crate) fn description(profile: &[u8]) -> Option<String> {
    let text = match ColorProfile::new_from_slice(profile).ok()?.description? {
        ProfileText::PlainString(text) => text,
        ProfileText::Localizable(texts) => texts.into_iter().next()?.value,
        ProfileText::Description(text) => text.ascii_string,
    };
    metadata::tidy(&text)
}

/// Ink to light: by the profile of the inks if there is one, else by plain arithmetic.
pub(crate) fn cmyk_to_rgb(mut cmyk: Vec<u8>, profile: Option<&[u8]>, is_inverted: bool) -> Vec<u8> {
    // From here on 255 is full ink, as profiles have it.
    if is_inverted {
        cmyk.iter_mut().for_each(|ink| *ink = 255 - *ink);
    }
    if let Some(rgb) = profile.and_then(|profile| by_profile(&cmyk, profile)) {
        return rgb;
    }
    let light = |ink: u8, black: u8| (u16::from(255 - ink) * u16::from(255 - black) / 255) as u8;
    cmyk.chunks_exact(4).flat_map(|p| [light(p[0], p[3]), light(p[1], p[3]), light(p[2], p[3])]).collect()
}

fn by_profile(cmyk: &[u8], profile: &[u8]) -> Option<Vec<u8>> {
    let inks = ColorProfile::new_from_slice(profile).ok().filter(|inks| inks.color_space == DataColorSpace::Cmyk)?;
    let mut rgb = vec![0; cmyk.len() / 4 * 3];
    let srgb = ColorProfile::new_srgb();
    // The layout only says that there are four samples.
    let transform = inks.create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgb, TransformOptions::default()).ok()?;
    transform.transform(cmyk, &mut rgb).ok()?;
    Some(rgb)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orange() -> Pixels {
        Pixels { width: 1, height: 1, channels: 3, data: vec![200, 100, 50] }
    }

    #[test]
    fn wide_colours_become_srgb_where_that_is_asked_for() {
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        let shown = show(orange(), Some(&p3), Colorspace::Srgb);
        assert!(shown.pixels.data[0] > 205 && shown.pixels.data[2] < 45, "{:?}", shown.pixels.data);
        assert_eq!(shown.icc_profile, None);
    }

    #[test]
    fn wide_colours_are_kept_with_their_profile() {
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        let shown = show(orange(), Some(&p3), Colorspace::P3);
        assert_eq!(shown.pixels.data, orange().data);
        assert!(shown.icc_profile.is_some());
        let adobe = ColorProfile::new_adobe_rgb().encode().unwrap();
        let shown = show(orange(), Some(&adobe), Colorspace::P3);
        assert_ne!(shown.pixels.data, orange().data);
        assert!(shown.icc_profile.is_some());
    }

    #[test]
    fn plain_and_broken_profiles_change_nothing() {
        let srgb = ColorProfile::new_srgb().encode().unwrap();
        for profile in [Some(srgb.as_slice()), Some(b"no profile".as_slice()), None] {
            let shown = show(orange(), profile, Colorspace::P3);
            assert_eq!((shown.pixels.data, shown.icc_profile), (orange().data, None));
        }
    }

    #[test]
    fn ink_becomes_light() {
        // Full magenta and yellow: red.
        assert_eq!(cmyk_to_rgb(vec![0, 255, 255, 0], None, false), [255, 0, 0]);
        assert_eq!(cmyk_to_rgb(vec![255, 0, 0, 255], None, true), [255, 0, 0]);
        assert_eq!(cmyk_to_rgb(vec![0, 0, 0, 255], None, false), [0, 0, 0]);
    }
}
