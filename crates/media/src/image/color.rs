//! Colours as browsers expect them: sRGB.

use super::Pixels;
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Converts from the profile that the file carries. A profile that cannot be used is left aside: the picture shows in
/// slightly wrong colours, which is better than not at all.
pub(crate) fn to_srgb(pixels: Pixels, profile: Option<&[u8]>) -> Pixels {
    let Some(profile) = profile.filter(|profile| !is_srgb(profile)) else { return pixels };
    convert(&pixels, profile).map_or(pixels.clone(), |data| Pixels { data, ..pixels })
}

/// Every common sRGB profile says so in its description.
fn is_srgb(profile: &[u8]) -> bool {
    let plain = profile.windows(4).any(|window| window == b"sRGB");
    // Descriptions of newer profiles are UTF-16.
    plain || profile.windows(8).any(|window| window == b"\0s\0R\0G\0B")
}

fn convert(pixels: &Pixels, profile: &[u8]) -> Option<Vec<u8>> {
    let source = ColorProfile::new_from_slice(profile).ok()?;
    if source.color_space != DataColorSpace::Rgb {
        return None;
    }
    let layout = if pixels.channels == 4 { Layout::Rgba } else { Layout::Rgb };
    let srgb = ColorProfile::new_srgb();
    let transform = source.create_transform_8bit(layout, &srgb, layout, TransformOptions::default()).ok()?;
    let mut data = vec![0; pixels.data.len()];
    transform.transform(&pixels.data, &mut data).ok()?;
    Some(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_colours_are_converted_and_plain_ones_left_alone() {
        let pixels = Pixels { width: 1, height: 1, channels: 3, data: vec![200, 100, 50] };
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        let converted = to_srgb(pixels.clone(), Some(&p3));
        assert!(converted.data[0] > 205 && converted.data[2] < 45, "{:?}", converted.data);
        let srgb = ColorProfile::new_srgb().encode().unwrap();
        assert_eq!(to_srgb(pixels.clone(), Some(&srgb)).data, pixels.data);
        assert_eq!(to_srgb(pixels.clone(), Some(b"no profile")).data, pixels.data);
    }
}
