//! Colours: of many bits, wide, named by chunks or by profiles, and of ink.

mod support;

use config::system::image::{GeneratedImage, Image};
use image::ImageFormat;
use moxcms::ColorProfile;
use std::io::Cursor;
use support::{Bench, encoded, pixels};
use tiff::encoder::{TiffEncoder, colortype};
use tiff::tags::Tag;

/// Brighter from left to right in so many steps that 8 bits cannot tell them apart.
fn ramp(width: u32) -> image::ImageBuffer<image::Rgb<u16>, Vec<u16>> {
    image::ImageBuffer::from_fn(width, 64, |x, _| image::Rgb([(x * 65_535 / (width - 1)) as u16; 3]))
}

#[test]
fn sixteen_bits_are_rounded_to_the_nearest() {
    let bench = Bench::new();
    let wide = ramp(1024);
    for (name, format) in [("deep.png", ImageFormat::Png), ("deep.tif", ImageFormat::Tiff)] {
        let made = bench.make_of(name, &encoded(image::DynamicImage::from(wide.clone()), format));
        let preview = pixels(&made.preview);
        for x in 0..1024 {
            let exact = f64::from(x) * 255.0 / 1023.0;
            let found = f64::from(preview.get_pixel(x, 32).0[1]);
            assert!((exact - found).abs() < 2.6, "{name}: {found} instead of {exact} at {x}");
        }
    }
}

/// Green from dark to light in a space wider than any screen's, as 16-bit scans come.
#[test]
fn wide_colours_of_sixteen_bits_have_no_bands() {
    let bench = Bench::new();
    let profile = ColorProfile::new_pro_photo_rgb().encode().expect("a profile");
    let wide = ramp(1024);
    let mut deep_png = Vec::new();
    let mut info = png::Info::with_size(1024, 64);
    (info.color_type, info.bit_depth) = (png::ColorType::Rgb, png::BitDepth::Sixteen);
    info.icc_profile = Some(profile.as_slice().into());
    let mut writer =
        png::Encoder::with_info(&mut deep_png, info).expect("an encoder").write_header().expect("a header");
    let samples: Vec<u8> = wide.as_raw().iter().flat_map(|value| value.to_be_bytes()).collect();
    writer.write_image_data(&samples).expect("pixels");
    writer.finish().expect("an end");
    let mut deep_tiff = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut deep_tiff).expect("an encoder");
    let mut image = encoder.new_image::<colortype::RGB16>(1024, 64).expect("an image");
    image.encoder().write_tag(Tag::IccProfile, profile.as_slice()).expect("a tag");
    image.write_data(wide.as_raw()).expect("written");
    let best = Image { preview: GeneratedImage { quality: 100, ..Image::default().preview }, ..Image::default() };
    for (name, bytes) in [("deep.png", &deep_png), ("deep.tif", deep_tiff.get_ref())] {
        let made = bench.make(&bench.write(name, bytes), &best).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(made.preview.windows(11).any(|part| part == b"ICC_PROFILE"), "{name} is in P3");
        let preview = pixels(&made.preview);
        let column = |x: u32| (0..64).map(|y| u32::from(preview.get_pixel(x, y).0[1])).sum::<u32>();
        let column = |x: u32| f64::from(column(x)) / 64.0;
        let means: Vec<f64> = (0..1024).map(column).collect();
        let highest = means.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
        // The encoder rounds too; steps of eight bits would be three and four.
        assert!(highest < 2.6, "{name}: a step of {highest}");
        // ProPhoto's power of 1.8 against P3's curve: the middle is lighter here than there.
        assert!((means[512] - 146.0).abs() < 4.0, "{name}: the middle is {}", means[512]);
    }
}

/// Its name and what is in it.
type Chunk<'a> = (&'a [u8; 4], &'a [u8]);

/// Half of full grey, with chunks that say what that means.
fn png_of_grey(chunks: &[Chunk<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 32, 32);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().expect("a header");
    for (kind, content) in chunks {
        writer.write_chunk(png::chunk::ChunkType(**kind), content).expect("a chunk");
    }
    writer.write_image_data(&[128; 32 * 32 * 3]).expect("pixels");
    writer.finish().expect("an end");
    bytes
}

#[test]
fn what_a_png_says_of_its_colours_is_heard() {
    let bench = Bench::new();
    // 1 / 1.0, 1 / 2.2; sRGB by perception; P3 by its numbers, and BT.2020 in hybrid log-gamma.
    let (linear, usual) = (100_000u32.to_be_bytes(), 45_455u32.to_be_bytes());
    let cases: [(&str, &[Chunk<'_>], u8, bool); 6] = [
        ("nothing", &[], 128, false),
        ("light itself", &[(b"gAMA", &linear)], 188, true),
        ("the usual power", &[(b"gAMA", &usual)], 128, false),
        ("sRGB, which goes before a power", &[(b"sRGB", &[0]), (b"gAMA", &linear)], 128, false),
        ("P3, which goes before all else", &[(b"cICP", &[12, 13, 0, 1]), (b"gAMA", &linear)], 128, true),
        ("more than a screen shows", &[(b"cICP", &[9, 18, 0, 1])], 0, false),
    ];
    for (what, chunks, expected, is_wide) in cases {
        let made = bench.make_of("grey.png", &png_of_grey(chunks));
        let [r, g, b, _] = pixels(&made.preview).get_pixel(9, 9).0;
        assert!(r.abs_diff(g) < 3 && g.abs_diff(b) < 3, "{what}: {r} {g} {b}");
        match expected {
            0 => assert!((20..240).contains(&g) && g.abs_diff(128) > 3, "{what}: {g}"),
            _ => assert!(g.abs_diff(expected) < 3, "{what}: {g} instead of {expected}"),
        }
        assert_eq!(made.preview.windows(11).any(|part| part == b"ICC_PROFILE"), is_wide, "{what}");
    }
}

/// Inks whose profile says that all of them are green, so that nothing but the profile can be what was shown.
fn profile_of_green_inks() -> Vec<u8> {
    let mut lut = b"mft1\0\0\0\0".to_vec();
    // Four inks in, three numbers of Lab out, two steps of each ink.
    lut.extend([4, 3, 2, 0]);
    for value in [1u32, 0, 0, 0, 1, 0, 0, 0, 1] {
        lut.extend((value << 16).to_be_bytes());
    }
    (0..4).for_each(|_| lut.extend(0..=255u8));
    (0..16).for_each(|_| lut.extend([140u8, 60, 180]));
    (0..3).for_each(|_| lut.extend(0..=255u8));
    let mut white = b"XYZ \0\0\0\0".to_vec();
    for value in [63_190u32, 65_536, 54_061] {
        white.extend(value.to_be_bytes());
    }
    let tables_at = 128 + 4 + 2 * 12;
    let mut profile = vec![0; 128];
    profile[8..12].copy_from_slice(&[2, 0x40, 0, 0]);
    profile[12..16].copy_from_slice(b"prtr");
    profile[16..20].copy_from_slice(b"CMYK");
    profile[20..24].copy_from_slice(b"Lab ");
    profile[36..40].copy_from_slice(b"acsp");
    profile[68..80].copy_from_slice(&white[8..]);
    profile.extend(2u32.to_be_bytes());
    for (tag, at, length) in [(b"A2B0", tables_at, lut.len()), (b"wtpt", tables_at + lut.len(), white.len())] {
        profile.extend(tag);
        profile.extend((at as u32).to_be_bytes());
        profile.extend((length as u32).to_be_bytes());
    }
    profile.extend(lut);
    profile.extend(white);
    let length = (profile.len() as u32).to_be_bytes();
    profile[..4].copy_from_slice(&length);
    profile
}

#[test]
fn inks_are_shown_as_their_profile_says() {
    let red = [255, 0, 0, 255].repeat(64 * 48);
    let plain = support::jpeg_of(&red, (64, 48), turbojpeg::PixelFormat::CMYK);
    let bench = Bench::new();
    let [r, g, b, _] = pixels(&bench.make_of("plain.jpg", &plain).preview).get_pixel(9, 9).0;
    assert!(r > 240 && g < 15 && b < 15, "without a profile: {r} {g} {b}");
    let made = bench.make_of("ink.jpg", &support::with_profile(&plain, &profile_of_green_inks()));
    let [r, g, b, _] = pixels(&made.preview).get_pixel(9, 9).0;
    assert!(g > 100 && r < 60 && b < 90, "with one: {r} {g} {b}");
    assert!(!made.preview.windows(11).any(|part| part == b"ICC_PROFILE"), "it is no profile of light");
}
