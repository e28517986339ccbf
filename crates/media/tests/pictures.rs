//! Pictures as people bring them: every format, turned, wide, inked, mislabelled, broken and hostile.

mod support;

use config::system::choices::{Colorspace, ImageFormat};
use config::system::image::Image;
use media::Error;
use moxcms::ColorProfile;
use std::time::Instant;
use support::{Bench, Field, encoded, jpeg, pixels, quarters};
use turbojpeg::{PixelFormat, Subsamp};

/// Colours of the four corners, far enough inside that no encoder smears them.
fn corners(picture: &image::RgbaImage) -> [[u8; 3]; 4] {
    let (right, bottom) = (picture.width() * 7 / 8, picture.height() * 7 / 8);
    let (left, top) = (picture.width() / 8, picture.height() / 8);
    [(left, top), (right, top), (left, bottom), (right, bottom)].map(|(x, y)| {
        let [r, g, b, _] = picture.get_pixel(x, y).0;
        [r, g, b]
    })
}

#[track_caller]
fn assert_close(found: [u8; 3], expected: [u8; 3], what: &str) {
    let far = found.iter().zip(expected).any(|(found, expected)| found.abs_diff(expected) > 14);
    assert!(!far, "{what}: {found:?} instead of {expected:?}");
}

#[track_caller]
fn assert_upright(picture: &[u8], what: &str) {
    let expected = [[220, 30, 30], [30, 200, 30], [30, 30, 220], [240, 240, 240]];
    for (found, expected) in corners(&pixels(picture)).into_iter().zip(expected) {
        assert_close(found, expected, what);
    }
}

#[test]
fn sizes_are_of_the_shorter_side_and_nothing_grows() {
    let bench = Bench::new();
    let made = bench.make_of("large.jpg", &jpeg(&quarters(2400, 1800)));
    assert_eq!((made.pictures.width, made.pictures.height), (2400, 1800));
    assert_eq!(image::guess_format(&made.preview).ok(), Some(image::ImageFormat::Jpeg));
    assert_eq!(image::guess_format(&made.thumbnail).ok(), Some(image::ImageFormat::WebP));
    assert_eq!(pixels(&made.preview).dimensions(), (1920, 1440));
    assert_eq!(pixels(&made.thumbnail).dimensions(), (333, 250));
    assert_upright(&made.preview, "preview");
    assert_upright(&made.thumbnail, "thumbnail");
    let made = bench.make_of("small.png", &encoded(quarters(90, 200), image::ImageFormat::Png));
    assert_eq!(pixels(&made.preview).dimensions(), (90, 200));
    assert_eq!(pixels(&made.thumbnail).dimensions(), (90, 200));
}

#[test]
fn huge_pictures_are_scaled_while_decoding() {
    let made = Bench::new().make_of("huge.jpg", &jpeg(&quarters(8000, 6000)));
    assert_eq!((made.pictures.width, made.pictures.height), (8000, 6000));
    assert_eq!(pixels(&made.preview).dimensions(), (1920, 1440));
    assert_upright(&made.preview, "preview");
}

#[test]
fn the_thumbhash_is_that_of_the_picture() {
    let picture = quarters(200, 150);
    let made = Bench::new().make_of("a.png", &encoded(picture.clone(), image::ImageFormat::Png));
    let (width, height, rgba) = thumbhash::thumb_hash_to_rgba(&made.pictures.thumbhash).expect("a hash");
    assert!((width as f32 / height as f32 - 4.0 / 3.0).abs() < 0.1, "{width} × {height}");
    let blurred = image::RgbaImage::from_raw(width as u32, height as u32, rgba).expect("pixels");
    // It knows little more than which corner is red.
    for (found, expected) in corners(&blurred).iter().zip([0, 1, 2]) {
        let strongest = (0..3).max_by_key(|&channel| found[channel]).expect("three channels");
        assert_eq!(strongest, expected, "{found:?}");
    }
}

#[test]
fn every_orientation_is_turned_upright() {
    let bench = Bench::new();
    let upright = quarters(301, 201);
    // What is shrunk goes another way than what is not.
    for (settings, orientation) in [Image::default(), small()]
        .iter()
        .flat_map(|settings| (1..=8u16).map(move |orientation| (settings, orientation)))
    {
        // Stored so that the orientation undoes it.
        let rotate = |picture: image::RgbImage, quarters| match quarters {
            1 => image::imageops::rotate270(&picture),
            2 => image::imageops::rotate180(&picture),
            3 => image::imageops::rotate90(&picture),
            _ => picture,
        };
        let mirror = |picture: image::RgbImage| image::imageops::flip_horizontal(&picture);
        let stored = match orientation {
            2 => mirror(upright.clone()),
            3 => rotate(upright.clone(), 2),
            4 => image::imageops::flip_vertical(&upright),
            5 => mirror(rotate(upright.clone(), 3)),
            6 => rotate(upright.clone(), 1),
            7 => mirror(rotate(upright.clone(), 1)),
            8 => rotate(upright.clone(), 3),
            _ => upright.clone(),
        };
        let tiff = support::tiff(&[(0x0112, Field::Short(orientation))], &[], &[]);
        let source = bench.write("turned.jpg", &support::with_exif(&jpeg(&stored), &tiff));
        let made = bench.make(&source, settings).expect("pictures");
        let what = format!("orientation {orientation}, as wide as {}", settings.preview.size);
        assert_eq!((made.pictures.width, made.pictures.height), upright.dimensions(), "{what}");
        assert_upright(&made.preview, &what);
        assert_upright(&made.thumbnail, &what);
    }
}

/// Settings by which also a small picture is shrunk.
fn small() -> Image {
    let mut settings = Image::default();
    (settings.preview.size, settings.thumbnail.size) = (150, 40);
    settings
}

#[test]
fn jpegs_are_shown_however_they_store_colour() {
    let bench = Bench::new();
    // No multiple of anything, so that every plane is stored larger than it is shown.
    let picture = quarters(203, 161);
    let mut compressor = turbojpeg::Compressor::new().expect("a compressor");
    for subsampling in [Subsamp::None, Subsamp::Sub2x1, Subsamp::Sub1x2, Subsamp::Sub2x2, Subsamp::Sub4x1] {
        for is_progressive in [false, true] {
            compressor.set_subsamp(subsampling).expect("subsampling");
            compressor.set_progressive(is_progressive).expect("progressive");
            let (width, height) = (picture.width() as usize, picture.height() as usize);
            let pixels = picture.as_raw().as_slice();
            let image = turbojpeg::Image { pixels, width, pitch: width * 3, height, format: PixelFormat::RGB };
            let source = bench.write("a.jpg", &compressor.compress_to_vec(image).expect("encode"));
            let made = bench.make(&source, &small()).expect("pictures");
            let what = format!("{subsampling:?}, progressive: {is_progressive}");
            assert_eq!(pixels_of(&made.preview), (189, 150), "{what}");
            assert_upright(&made.preview, &what);
            assert_upright(&made.thumbnail, &what);
        }
    }
}

fn pixels_of(picture: &[u8]) -> (u32, u32) {
    pixels(picture).dimensions()
}

#[test]
fn grey_stays_grey() {
    let bench = Bench::new();
    let grey: Vec<u8> = (0..200u32 * 160).map(|at| if at % 200 < 100 { 60 } else { 190 }).collect();
    let p3 = ColorProfile::new_display_p3().encode().expect("a profile");
    let plain = support::jpeg_of(&grey, (200, 160), PixelFormat::GRAY);
    // A profile of colours is nothing for a picture without; it must not end in one that nobody can show.
    for (name, bytes) in [("plain.jpg", &plain), ("odd.jpg", &support::with_profile(&plain, &p3))] {
        let made = bench.make(&bench.write(name, bytes), &small()).expect("pictures");
        assert_eq!(pixels_of(&made.preview), (188, 150), "{name}");
        for picture in [&made.preview, &made.thumbnail] {
            let found = corners(&pixels(picture));
            assert_close(found[0], [60; 3], name);
            assert_close(found[3], [190; 3], name);
        }
    }
}

#[test]
fn previews_are_of_the_format_and_quality_that_the_settings_say() {
    let bench = Bench::new();
    let source = bench.write("a.jpg", &jpeg(&quarters(200, 160)));
    let mut settings = small();
    for (format, quality, expected) in [
        (ImageFormat::Jpeg, 95, image::ImageFormat::Jpeg),
        (ImageFormat::Jpeg, 60, image::ImageFormat::Jpeg),
        (ImageFormat::Webp, 80, image::ImageFormat::WebP),
    ] {
        (settings.preview.format, settings.preview.quality) = (format, quality);
        let made = bench.make(&source, &settings).expect("pictures");
        assert_eq!(image::guess_format(&made.preview).ok(), Some(expected));
        assert_upright(&made.preview, &format!("{format:?} {quality}"));
        assert_upright(&made.thumbnail, &format!("the thumbnail beside {format:?} {quality}"));
    }
}

#[test]
fn every_plain_format_is_read_whatever_its_name() {
    let bench = Bench::new();
    let picture = quarters(160, 120);
    use image::ImageFormat::{Bmp, Gif, Png, Tiff, WebP};
    for format in [Png, Gif, Bmp, Tiff, WebP] {
        let made = bench.make_of("mislabelled.jpg", &encoded(picture.clone(), format));
        assert_upright(&made.preview, &format!("{format:?}"));
    }
    let made = bench.make_of("mislabelled.heic", &jpeg(&picture));
    assert_upright(&made.preview, "a JPEG called HEIC");
    let wide = image::DynamicImage::from(picture).into_rgb16();
    let made = bench.make_of("deep.png", &encoded(wide, image::ImageFormat::Png));
    assert_upright(&made.thumbnail, "16 bits");
}

#[test]
fn what_is_clear_stays_clear_where_the_format_can() {
    let picture = image::RgbaImage::from_fn(100, 100, |x, _| image::Rgba([200, 0, 0, if x < 50 { 0 } else { 255 }]));
    let made = Bench::new().make_of("clear.png", &encoded(picture, image::ImageFormat::Png));
    let thumbnail = pixels(&made.thumbnail);
    assert!(thumbnail.get_pixel(10, 50).0[3] < 10 && thumbnail.get_pixel(90, 50).0[3] > 245);
    let preview = pixels(&made.preview);
    assert!(preview.get_pixel(10, 50).0[0] < 20 && preview.get_pixel(90, 50).0[0] > 180, "flattened on black");
}

#[test]
fn ink_is_shown_as_light() {
    // Inverted, as Adobe has it: no cyan, full magenta and yellow, no black.
    let red = [255, 0, 0, 255].repeat(64 * 48);
    let made = Bench::new().make_of("ink.jpg", &support::jpeg_of(&red, (64, 48), PixelFormat::CMYK));
    assert_close(corners(&pixels(&made.preview))[0], [255, 0, 0], "red ink");
}

#[test]
fn wide_colours_are_kept_or_converted_as_the_settings_say() {
    let bench = Bench::new();
    let flat = image::RgbImage::from_pixel(64, 48, image::Rgb([200, 100, 50]));
    let p3 = ColorProfile::new_display_p3().encode().expect("a profile");
    let source = bench.write("wide.jpg", &support::with_profile(&jpeg(&flat), &p3));
    let keep = bench.make(&source, &Image { colorspace: Colorspace::P3, ..Image::default() }).expect("pictures");
    assert_close(corners(&pixels(&keep.preview))[0], [200, 100, 50], "kept");
    for (name, picture) in [("preview", &keep.preview), ("thumbnail", &keep.thumbnail)] {
        let reader = image::ImageReader::new(std::io::Cursor::new(picture)).with_guessed_format().expect("a format");
        let mut decoder = reader.into_decoder().expect("a picture");
        let profile = image::ImageDecoder::icc_profile(&mut decoder).expect("readable").expect(name);
        assert_eq!(profile, p3_as_stored(), "{name}");
    }
    let plain = bench.make(&source, &Image { colorspace: Colorspace::Srgb, ..Image::default() }).expect("pictures");
    assert_close(corners(&pixels(&plain.preview))[0], [212, 96, 34], "converted");
    assert!(!contains(&plain.preview, b"ICC_PROFILE") && !contains(&plain.thumbnail, b"ICCP"));
}

fn p3_as_stored() -> Vec<u8> {
    ColorProfile::new_display_p3().encode().expect("a profile")
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[test]
fn a_little_nonsense_before_the_end_is_forgiven() {
    let mut bytes = jpeg(&quarters(160, 120));
    let end = bytes.len() - 2;
    bytes.splice(end..end, [0x12, 0x34, 0x56]);
    assert_upright(&Bench::new().make_of("nonsense.jpg", &bytes).preview, "with nonsense");
}

#[test]
fn a_truncated_jpeg_is_refused() {
    let bytes = jpeg(&quarters(640, 480));
    let error = Bench::new().fail_on("cut.jpg", &bytes[..bytes.len() / 2]);
    assert!(matches!(&error, Error::Damaged(_)), "{error}");
}

#[test]
fn claims_of_endless_pixels_are_refused_before_anything_is_allocated() {
    let bench = Bench::new();
    let mut giant_jpeg = jpeg(&quarters(64, 64));
    let frame = giant_jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a frame header");
    giant_jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xdc, 0xff, 0xdc]);
    let mut giant_gif = encoded(quarters(64, 64), image::ImageFormat::Gif);
    giant_gif[6..10].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    let mut giant_bmp = encoded(quarters(64, 64), image::ImageFormat::Bmp);
    giant_bmp[18..26].copy_from_slice(&[0xdc, 0xff, 0, 0, 0xdc, 0xff, 0, 0]);
    for (name, bytes) in
        [("giant.jpg", giant_jpeg), ("giant.gif", giant_gif), ("giant.bmp", giant_bmp), ("giant.png", giant_png())]
    {
        let started = Instant::now();
        let error = bench.fail_on(name, &bytes);
        assert!(matches!(&error, Error::TooLarge(_)), "{name}: {error}");
        assert!(started.elapsed().as_millis() < 500, "{name} took {:?}", started.elapsed());
    }
}

/// A header that claims 65,500 × 65,500 pixels, and next to nothing behind it.
fn giant_png() -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(65_500u32.to_be_bytes());
    header.extend(65_500u32.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    png.extend(&header);
    png.extend(crc32(&header).to_be_bytes());
    png.extend(b"\0\0\0\x02IDAT\x78\x9c");
    png.extend(crc32(b"IDAT\x78\x9c").to_be_bytes());
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

/// Far more pixels than bytes, but within the limits: it must work, not explode.
#[test]
fn a_picture_of_nothing_is_only_large() {
    let black = image::GrayImage::new(9000, 9000);
    let bytes = encoded(black, image::ImageFormat::Png);
    assert!(bytes.len() < 500_000, "{} bytes", bytes.len());
    let made = Bench::new().make_of("nothing.png", &bytes);
    assert_eq!(pixels(&made.preview).dimensions(), (1440, 1440));
}

#[test]
fn what_is_no_picture_is_refused() {
    let bench = Bench::new();
    for (name, bytes) in
        [("empty.jpg", &b""[..]), ("text.png", b"only text"), ("film.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0isom")]
    {
        let error = bench.fail_on(name, bytes);
        assert!(matches!(&error, Error::Unsupported(_)), "{name}: {error}");
    }
}

#[test]
fn real_photos_of_every_format_are_made() {
    let bench = Bench::new();
    for (name, width, height) in [
        ("formats/heic/IMG_2682.heic", 4032, 3024),
        ("formats/motionphoto/samsung-one-ui-6.heic", 0, 0),
        ("formats/avif/8bit-sRGB.avif", 0, 0),
        ("formats/avif/10bit-HDR-P3-nclx.avif", 0, 0),
        ("formats/webp/denali.webp", 0, 0),
        ("formats/png/density_plot.png", 0, 0),
        ("formats/jpg/el_torcal_rocks.jpg", 0, 0),
        ("faces/portrait-orientation-6.jpg", 0, 0),
    ] {
        let Some(path) = support::real(name) else { return };
        let started = Instant::now();
        let made = bench.make(&path, &Image::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let preview = pixels(&made.preview);
        let (shown, real) = (preview.dimensions(), (made.pictures.width, made.pictures.height));
        eprintln!("{name}: {real:?} shown as {shown:?} in {:?}", started.elapsed());
        assert!(shown.0.min(shown.1) <= 1440);
        assert!(
            (shown.0 as f32 / shown.1 as f32 - real.0 as f32 / real.1 as f32).abs() < 0.01,
            "{name}: {real:?}, {shown:?}"
        );
        if width > 0 {
            assert_eq!(real, (width, height), "{name}");
        }
        let means = [0, 1, 2].map(|channel| {
            preview.pixels().map(|pixel| f64::from(pixel.0[channel])).sum::<f64>() / f64::from(shown.0 * shown.1)
        });
        assert!(means.iter().all(|mean| (15.0..245.0).contains(mean)), "{name} is too dark or too light: {means:?}");
        if let Ok(folder) = std::env::var("FERROTYPE_KEEP") {
            let stem = name.replace('/', "_");
            std::fs::copy(bench.path("preview"), format!("{folder}/{stem}.jpg")).expect("keep the preview");
        }
    }
}
