//! Colours: sRGB, which every screen shows right, or Display P3 with its profile where the settings ask to keep wide
//! colours.
//!
//! A profile that cannot be used is left aside: the picture shows in slightly wrong colours, which is better than not at
//! all.

use super::{
    Picture, Pixels,
    hdr::{self, Curve, Hdr},
    shrink::{Kept, narrow},
};
use config::system::choices::Colorspace;
use moxcms::{
    Chromaticity, ColorPrimaries, ColorProfile, DataColorSpace, Layout, ProfileText, ToneReprCurve, TransformOptions,
};

/// Two spaces are the same when no colour moves by more than this in 8 bits.
const SAME: u8 = 2;
/// So many pixels are converted at a time.
const PIECE: usize = 4096;

/// What the full red, green and blue of a picture look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Primaries {
    Srgb,
    P3,
    Bt2020,
}

/// A picture in a space that can be shown, and the profile to store with it; none means sRGB.
pub(crate) struct Shown {
    pub picture: Picture,
    pub icc_profile: Option<Vec<u8>>,
}

/// What is to be done to colours so that they can be shown.
struct Plan {
    /// From and to; nothing if they can be shown as they are.
    conversion: Option<(ColorProfile, ColorProfile)>,
    /// Profile to store.
    stored: Option<Vec<u8>>,
}

impl Plan {
    fn new(profile: Option<&[u8]>, wanted: Colorspace) -> Self {
        let source = profile.and_then(|profile| ColorProfile::new_from_slice(profile).ok());
        let source = source.filter(|source| source.color_space == DataColorSpace::Rgb);
        let srgb = ColorProfile::new_srgb();
        let Some(source) = source.filter(|source| !is_same(source, &srgb)) else {
            return Self { conversion: None, stored: None };
        };
        let p3 = ColorProfile::new_display_p3();
        let stored = if wanted == Colorspace::P3 { p3.encode().ok() } else { None };
        let target = if stored.is_some() { p3 } else { srgb };
        let conversion = (!is_same(&source, &target)).then_some((source, target));
        Self { conversion, stored }
    }
}

/// Converts from the profile that the file carries.
pub(crate) fn show(picture: Picture, profile: Option<&[u8]>, wanted: Colorspace) -> Shown {
    let Plan { conversion, stored } = Plan::new(profile, wanted);
    let picture = match conversion {
        Some((source, target)) => convert(picture, &source, &target),
        None => picture,
    };
    Shown { picture, icc_profile: stored }
}

/// Samples of 8 bits, in colours of the profile that is answered with them. What has more bits is converted before it
/// loses them: of the steps between colours some would become twice as high, and be seen.
pub(crate) fn narrowed(
    kept: Kept,
    channels: usize,
    profile: Option<Vec<u8>>,
    wanted: Colorspace,
) -> (Vec<u8>, Option<Vec<u8>>) {
    let layout = match channels {
        3 => Layout::Rgb,
        4 => Layout::Rgba,
        _ => return (kept.into_narrow(), profile),
    };
    let Kept::Wide(samples) = kept else { return (kept.into_narrow(), profile) };
    let Plan { conversion: Some((source, target)), stored } = Plan::new(profile.as_deref(), wanted) else {
        return (Kept::Wide(samples).into_narrow(), profile);
    };
    let Ok(transform) = source.create_transform_16bit(layout, &target, layout, TransformOptions::default()) else {
        return (Kept::Wide(samples).into_narrow(), profile);
    };
    let mut narrowed = Vec::with_capacity(samples.len());
    let mut converted = vec![0; PIECE * channels];
    for piece in samples.chunks(PIECE * channels) {
        let converted = &mut converted[..piece.len()];
        if transform.transform(piece, converted).is_err() {
            return (Kept::Wide(samples).into_narrow(), profile);
        }
        narrowed.extend(converted.iter().map(|&sample| narrow(sample.into())));
    }
    (narrowed, stored)
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

fn convert(picture: Picture, source: &ColorProfile, target: &ColorProfile) -> Picture {
    let pixels = picture.into_pixels();
    let layout = if pixels.channels == 4 { Layout::Rgba } else { Layout::Rgb };
    let mut data = vec![0; pixels.data.len()];
    let transform = source.create_transform_8bit(layout, target, layout, TransformOptions::default());
    match transform.and_then(|transform| transform.transform(&pixels.data, &mut data)) {
        Ok(()) => Pixels { data, ..pixels }.into(),
        Err(_) => pixels.into(),
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

/// For pictures that name their colours by the numbers of video formats (H.273).
pub(crate) fn named(primaries: u8, transfer: u8) -> (Option<Vec<u8>>, Option<Hdr>) {
    let primaries = match primaries {
        9 => Primaries::Bt2020,
        11 | 12 => Primaries::P3,
        _ => Primaries::Srgb,
    };
    let curve = match transfer {
        16 => Some(Curve::Pq),
        18 => Some(Curve::Hlg),
        _ => None,
    };
    match curve {
        Some(curve) => (None, Some(Hdr { curve, primaries })),
        None => (profile_of(primaries), None),
    }
}

/// For pictures that only name the power by which light became numbers, and perhaps the chromaticities of white, red,
/// green and blue.
pub(crate) fn profile_of_gamma(gamma: f32, chromaticities: Option<[(f32, f32); 4]>) -> Option<Vec<u8>> {
    let is_possible = |&(x, y): &(f32, f32)| (0.0..=1.0).contains(&x) && (0.01..=1.0).contains(&y);
    if !(0.1..=10.0).contains(&gamma) || !chromaticities.iter().flatten().all(is_possible) {
        return None;
    }
    let mut profile = ColorProfile::new_srgb();
    let curve = Some(ToneReprCurve::Parametric(vec![gamma]));
    (profile.red_trc, profile.green_trc, profile.blue_trc) = (curve.clone(), curve.clone(), curve);
    if let Some(chromaticities) = chromaticities {
        let [white, red, green, blue] = chromaticities.map(|(x, y)| Chromaticity { x, y });
        profile.update_rgb_colorimetry(white.to_xyyb(), ColorPrimaries { red, green, blue });
    }
    profile.cicp = None;
    profile.encode().ok()
}

/// From Lab of the printers' white, as numbers from 0 to 255 with the middle of either colour at 128.
pub(crate) fn lab_to_rgb([lightness, green_red, blue_yellow]: [f32; 3]) -> [u8; 3] {
    const WHITE: [f32; 3] = [0.964_22, 1.0, 0.825_21];
    // From that white to the one of screens.
    const TO_SRGB: [[f32; 3]; 3] =
        [[3.133_856, -1.616_867, -0.490_615], [-0.978_768, 1.916_142, 0.033_454], [0.071_945, -0.228_991, 1.405_243]];
    let y = (lightness / 255.0 * 100.0 + 16.0) / 116.0;
    let light = |value: f32| if value > 6.0 / 29.0 { value.powi(3) } else { (value - 4.0 / 29.0) * 108.0 / 841.0 };
    let roots = [y + (green_red - 128.0) / 500.0, y, y - (blue_yellow - 128.0) / 200.0];
    let [x, y, z] = [0, 1, 2].map(|at| light(roots[at]) * WHITE[at]);
    TO_SRGB.map(|[of_x, of_y, of_z]| hdr::encode((of_x * x + of_y * y + of_z * z).clamp(0.0, 1.0)))
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

    const ORANGE: [u8; 3] = [200, 100, 50];

    /// Of the orange pixel, shown.
    fn shown(profile: Option<&[u8]>, wanted: Colorspace) -> (Vec<u8>, Option<Vec<u8>>) {
        let orange = Pixels { width: 1, height: 1, channels: 3, data: ORANGE.to_vec() };
        let shown = show(orange.into(), profile, wanted);
        (shown.picture.into_pixels().data, shown.icc_profile)
    }

    #[test]
    fn wide_colours_become_srgb_where_that_is_asked_for() {
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        let (pixel, stored) = shown(Some(&p3), Colorspace::Srgb);
        assert!(pixel[0] > 205 && pixel[2] < 45, "{pixel:?}");
        assert_eq!(stored, None);
    }

    #[test]
    fn wide_colours_are_kept_with_their_profile() {
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        let (pixel, stored) = shown(Some(&p3), Colorspace::P3);
        assert_eq!(pixel, ORANGE);
        assert!(stored.is_some());
        let adobe = ColorProfile::new_adobe_rgb().encode().unwrap();
        let (pixel, stored) = shown(Some(&adobe), Colorspace::P3);
        assert_ne!(pixel, ORANGE);
        assert!(stored.is_some());
    }

    #[test]
    fn plain_and_broken_profiles_change_nothing() {
        let srgb = ColorProfile::new_srgb().encode().unwrap();
        for profile in [Some(srgb.as_slice()), Some(b"no profile".as_slice()), None] {
            assert_eq!(shown(profile, Colorspace::P3), (ORANGE.to_vec(), None));
        }
    }

    /// Brighter and brighter in steps that only 16 bits can tell apart, in a space far wider than any screen's.
    #[test]
    fn colours_of_many_bits_have_no_bands() {
        let wide = ColorProfile::new_pro_photo_rgb().encode().unwrap();
        let ramp: Vec<u16> = (0..3000u32).flat_map(|at| [(at * 65_535 / 2999) as u16; 3]).collect();
        for wanted in [Colorspace::P3, Colorspace::Srgb] {
            let (shown, stored) = narrowed(Kept::Wide(ramp.clone()), 3, Some(wide.clone()), wanted);
            assert_eq!(stored.is_some(), wanted == Colorspace::P3);
            let greens: Vec<u8> = shown.chunks_exact(3).map(|pixel| pixel[1]).collect();
            let highest = greens.windows(2).map(|pair| pair[1].abs_diff(pair[0])).max().unwrap();
            assert!(greens.is_sorted() && highest <= 1, "{wanted:?}: a step of {highest}");
            assert_eq!((greens[0], greens[2999]), (0, 255));
            // With 8 bits only there are such steps; else this would prove nothing.
            let cut = Kept::Narrow(Kept::Wide(ramp.clone()).into_narrow()).into_narrow();
            let pixels = Pixels { width: 3000, height: 1, channels: 3, data: cut };
            let banded = show(pixels.into(), Some(&wide), wanted).picture.into_pixels().data;
            assert!(
                banded
                    .chunks_exact(3)
                    .map(|pixel| pixel[1])
                    .collect::<Vec<_>>()
                    .windows(2)
                    .any(|pair| pair[1] > pair[0] + 1)
            );
        }
    }

    #[test]
    fn grey_and_what_needs_no_conversion_is_only_narrowed() {
        let wide = ColorProfile::new_adobe_rgb().encode().unwrap();
        assert_eq!(narrowed(Kept::Wide(vec![257 * 9]), 1, Some(wide.clone()), Colorspace::P3), (vec![9], Some(wide)));
        assert_eq!(narrowed(Kept::Wide(vec![257 * 9; 3]), 3, None, Colorspace::P3), (vec![9; 3], None));
    }

    #[test]
    fn a_power_alone_is_a_profile() {
        // Numbers that stand for light itself: the middle one is as bright as 188 on a screen.
        let linear = profile_of_gamma(1.0, None).unwrap();
        let pixels = Pixels { width: 1, height: 1, channels: 3, data: vec![128; 3] };
        let shown = show(pixels.into(), Some(&linear), Colorspace::Srgb).picture.into_pixels().data;
        assert!(shown.iter().all(|value| value.abs_diff(188) <= 1), "{shown:?}");
        assert_eq!(profile_of_gamma(f32::NAN, None), None);
        assert_eq!(profile_of_gamma(2.2, Some([(0.3, 0.0); 4])), None);
    }

    #[test]
    fn lab_becomes_what_screens_show() {
        for (lab, expected) in [
            ([255.0, 128.0, 128.0], [255, 255, 255]),
            ([0.0, 128.0, 128.0], [0, 0, 0]),
            ([136.3, 128.0, 128.0], [127, 127, 127]),
            // Red of sRGB: 54.29, 80.81, 69.89.
            ([138.4, 208.8, 197.9], [255, 0, 0]),
        ] {
            let found = lab_to_rgb(lab);
            assert!(found.iter().zip(expected).all(|(one, other)| one.abs_diff(other) <= 2), "{lab:?}: {found:?}");
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
