//! Formats beyond those of the web: of printers, scanners, cameras and drawing programs.

mod support;

use config::system::image::Image;
use image::ImageFormat;
use media::Error;
use media::image::Outputs;
use metadata::Metadata;
use std::io::Cursor;
use std::path::Path;
use support::{Bench, Made, encoded, jpeg, pixels, quarters};
use tiff::encoder::{TiffEncoder, colortype};
use tiff::tags::Tag;

const QUARTERS: [[u8; 3]; 4] = [[220, 30, 30], [30, 200, 30], [30, 30, 220], [240, 240, 240]];

#[track_caller]
fn assert_quarters(made: &Made, (width, height): (u32, u32), what: &str) {
    assert_eq!((made.pictures.width, made.pictures.height), (width, height), "{what}");
    let picture = pixels(&made.preview);
    let (right, bottom) = (picture.width() * 7 / 8, picture.height() * 7 / 8);
    let (left, top) = (picture.width() / 8, picture.height() / 8);
    for (place, expected) in [(left, top), (right, top), (left, bottom), (right, bottom)].into_iter().zip(QUARTERS) {
        let found = picture.get_pixel(place.0, place.1).0;
        let far = found.iter().zip(expected).any(|(found, expected)| found.abs_diff(expected) > 16);
        assert!(!far, "{what}: {found:?} instead of {expected:?}");
    }
}

fn make(bench: &Bench, path: &Path) -> Made {
    bench.make(path, &Image::default()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn metadata(path: &Path) -> Metadata {
    media::extract::image(path, None).expect("metadata")
}

#[test]
fn jpeg_2000_and_jpeg_xl_are_shown_and_measured() {
    let bench = Bench::new();
    for name in ["a.jp2", "a.j2k", "a.jxl"] {
        let path = support::by_ffmpeg(&bench, &quarters(320, 200), name);
        assert_quarters(&make(&bench, &path), (320, 200), name);
        let found = metadata(&path);
        assert_eq!((found.width, found.height), (Some(320), Some(200)), "{name}");
    }
}

#[test]
fn real_jpeg_xl_is_shown_also_where_it_is_brighter_than_paper() {
    let bench = Bench::new();
    for name in ["formats/jxl/8bit-sRGB.jxl", "formats/jxl/16bit-HDR-P3-nclx.jxl"] {
        let Some(path) = support::real(name) else { return };
        let preview = pixels(&make(&bench, &path).preview);
        let count = f64::from(preview.width() * preview.height());
        let means = [0, 1, 2].map(|at| preview.pixels().map(|pixel| f64::from(pixel.0[at])).sum::<f64>() / count);
        assert!(means.iter().all(|mean| (25.0..225.0).contains(mean)), "{name} is too dark or too light: {means:?}");
        if let Ok(folder) = std::env::var("FERROTYPE_KEEP") {
            let stem = name.replace('/', "_");
            std::fs::copy(bench.path("preview"), format!("{folder}/{stem}.jpg")).expect("keep the preview");
        }
    }
}

#[test]
fn the_first_of_several_jpegs_is_shown() {
    let mut mpo = jpeg(&quarters(200, 150));
    mpo.extend(jpeg(&image::RgbImage::from_pixel(200, 150, image::Rgb([0, 0, 0]))));
    assert_quarters(&Bench::new().make_of("stereo.mpo", &mpo), (200, 150), "the left eye");
}

/// A document as Photoshop writes it, without layers.
fn psd(picture: &image::RgbImage, mode: u16, depth: u16, is_packed: bool, is_large: bool) -> Vec<u8> {
    let (width, height) = picture.dimensions();
    let planes: Vec<Vec<u8>> = match mode {
        // Light grey of the left half, a strong red of the right one.
        9 => {
            let halves: [[u8; 2]; 3] = [[200, 138], [128, 209], [128, 198]];
            halves
                .map(|[left, right]| {
                    picture.enumerate_pixels().map(|(x, ..)| if x * 2 < width { left } else { right }).collect()
                })
                .into()
        }
        3 => (0..3).map(|at| picture.pixels().map(|pixel| pixel.0[at]).collect()).collect(),
        // No black ink; the others are what is missing to white, stored as light.
        4 => (0..4).map(|at| picture.pixels().map(|pixel| *pixel.0.get(at).unwrap_or(&255)).collect()).collect(),
        // One more channel than colours need: a mask.
        _ => vec![picture.pixels().map(|pixel| pixel.0[0]).collect(), vec![7; (width * height) as usize]],
    };
    let mut bytes = b"8BPS".to_vec();
    bytes.extend(if is_large { 2u16 } else { 1 }.to_be_bytes());
    bytes.extend([0; 6]);
    bytes.extend((planes.len() as u16).to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend(depth.to_be_bytes());
    bytes.extend(mode.to_be_bytes());
    bytes.extend([0; 4]);
    // One resource of no interest.
    bytes.extend([0, 0, 0, 14]);
    bytes.extend(b"8BIM\x03\xed\0\0\0\0\0\x02ab");
    if is_large {
        bytes.extend([0; 8]);
    } else {
        bytes.extend([0; 4]);
    }
    bytes.extend(u16::from(is_packed).to_be_bytes());
    let row = width as usize;
    let rows: Vec<Vec<u8>> = planes.iter().flat_map(|plane| plane.chunks(row)).map(|row| samples(row, depth)).collect();
    if is_packed {
        let packed: Vec<Vec<u8>> = rows.iter().map(|row| in_runs(row)).collect();
        for row in &packed {
            let length = row.len() as u32;
            bytes.extend(if is_large { length.to_be_bytes().to_vec() } else { (length as u16).to_be_bytes().to_vec() });
        }
        bytes.extend(packed.concat());
    } else {
        bytes.extend(rows.concat());
    }
    bytes
}

fn samples(row: &[u8], depth: u16) -> Vec<u8> {
    match depth {
        // What is dark is black, and black is set.
        1 => row
            .chunks(8)
            .map(|bits| (0..).zip(bits).map(|(at, value)| u8::from(*value < 128) << (7 - at)).sum())
            .collect(),
        8 => row.to_vec(),
        _ => row.iter().flat_map(|&value| [value, value]).collect(),
    }
}

fn in_runs(row: &[u8]) -> Vec<u8> {
    let runs = row.chunk_by(|one, next| one == next).flat_map(|run| run.chunks(128));
    runs.flat_map(|run| [(257 - run.len()) as u8, run[0]]).collect()
}

#[test]
fn documents_are_shown_as_their_layers_look_together() {
    let bench = Bench::new();
    let picture = quarters(160, 120);
    for (mode, depth, is_packed, is_large) in
        [(3, 8, true, false), (3, 8, false, true), (3, 16, false, false), (3, 16, true, true), (4, 8, true, false)]
    {
        let what = format!("mode {mode}, {depth} bits, packed {is_packed}, large {is_large}");
        let path = bench.write("a.psd", &psd(&picture, mode, depth, is_packed, is_large));
        assert_quarters(&make(&bench, &path), (160, 120), &what);
        let found = metadata(&path);
        assert_eq!((found.width, found.height), (Some(160), Some(120)), "{what}");
    }
    let grey = bench.make_of("grey.psd", &psd(&picture, 1, 8, true, false));
    let [r, g, b, _] = pixels(&grey.preview).get_pixel(20, 20).0;
    assert!(r.abs_diff(220) < 4 && r == g && g == b, "{r} {g} {b}");
    let whole = psd(&picture, 3, 8, true, false);
    for length in [10, 30, 60, whole.len() - 5] {
        let error = bench.fail_on("cut.psd", &whole[..length]);
        assert!(matches!(&error, Error::Damaged(_)), "{error}");
    }
    let error = bench.fail_on("channels.psd", &psd(&picture, 7, 8, true, false));
    assert!(matches!(&error, Error::Unsupported(_)), "{error}");
}

#[test]
fn documents_of_printers_colours_are_shown() {
    let bench = Bench::new();
    let picture = quarters(161, 120);
    for depth in [8, 16] {
        let made = bench.make_of("lab.psd", &psd(&picture, 9, depth, true, false));
        let picture = pixels(&made.preview);
        let [r, g, b, _] = picture.get_pixel(20, 60).0;
        assert!(r.abs_diff(194) < 4 && r.abs_diff(g) < 3 && g.abs_diff(b) < 3, "{depth} bits: grey is {r} {g} {b}");
        let [r, g, b, _] = picture.get_pixel(140, 60).0;
        assert!(r > 245 && g < 20 && b < 20, "{depth} bits: red is {r} {g} {b}");
    }
    for is_packed in [true, false] {
        let made = bench.make_of("bits.psd", &psd(&picture, 0, 1, is_packed, false));
        let picture = pixels(&made.preview);
        // Of the quarters' reds only 30 is dark.
        let [red, green] = [20, 140].map(|x| picture.get_pixel(x, 20).0[0]);
        assert!(red > 245 && green < 10, "packed {is_packed}: {red} {green}");
    }
}

#[test]
fn drawings_are_drawn_sharp_and_reach_for_nothing() {
    let bench = Bench::new();
    bench.write("secret.png", &encoded(image::RgbImage::from_pixel(8, 8, image::Rgb([255, 0, 255])), ImageFormat::Png));
    let drawing = r##"<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY leak SYSTEM "file:///etc/passwd">]>
        <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="30">
        <rect width="20" height="15" fill="rgb(220,30,30)"/><rect x="20" width="20" height="15" fill="rgb(30,200,30)"/>
        <rect y="15" width="20" height="15" fill="rgb(30,30,220)"/>
        <rect x="20" y="15" width="20" height="15" fill="rgb(240,240,240)"/>
        <image href="secret.png" width="40" height="30"/><image xlink:href="http://127.0.0.1:9/a.png" width="9" height="9"/>
        </svg>"##;
    let path = bench.write("a.svg", drawing.as_bytes());
    let made = make(&bench, &path);
    assert_quarters(&made, (40, 30), "a drawing");
    assert_eq!(pixels(&made.preview).dimensions(), (1920, 1440), "lines are sharp in any size");
    assert_eq!(metadata(&path).width, Some(40));
    for (name, text) in
        [("empty.svg", "<svg xmlns='http://www.w3.org/2000/svg' width='0' height='0'/>"), ("cut.svg", "<svg")]
    {
        let error = bench.fail_on(name, text.as_bytes());
        assert!(error.is_permanent(), "{name}: {error}");
    }
    let huge = "<svg xmlns='http://www.w3.org/2000/svg' width='9000000' height='9000000'/>";
    let error = bench.fail_on("huge.svg", huge.as_bytes());
    assert!(matches!(&error, Error::TooLarge(_)), "{error}");
}

fn written<C: colortype::ColorType>(size: (u32, u32), samples: &[C::Inner], tags: &[(Tag, Vec<u8>)]) -> Vec<u8>
where
    [C::Inner]: tiff::encoder::TiffValue,
{
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes).expect("an encoder");
    let mut image = encoder.new_image::<C>(size.0, size.1).expect("an image");
    image.rows_per_strip(7).expect("strips");
    for (tag, value) in tags {
        image.encoder().write_tag(*tag, value.as_slice()).expect("a tag");
    }
    image.write_data(samples).expect("written");
    bytes.into_inner()
}

#[test]
fn scans_of_every_kind_are_shown() {
    let bench = Bench::new();
    let picture = quarters(160, 120);
    let size = picture.dimensions();
    let ink: Vec<u8> =
        picture.pixels().flat_map(|pixel| [255 - pixel.0[0], 255 - pixel.0[1], 255 - pixel.0[2], 0]).collect();
    assert_quarters(&bench.make_of("ink.tif", &written::<colortype::CMYK8>(size, &ink, &[])), size, "ink");
    let wide: Vec<u16> = picture.as_raw().iter().map(|&value| u16::from(value) * 257).collect();
    assert_quarters(&bench.make_of("wide.tif", &written::<colortype::RGB16>(size, &wide, &[])), size, "16 bits");
    let clear: Vec<u8> = picture.pixels().flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2], 255]).collect();
    assert_quarters(&bench.make_of("clear.tif", &written::<colortype::RGBA8>(size, &clear, &[])), size, "alpha");
    // Turned by its own tag: stored with the left side up.
    let stored = image::imageops::rotate270(&picture);
    let tags = [(Tag::Orientation, 6u16)];
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes).expect("an encoder");
    let mut image = encoder.new_image::<colortype::RGB8>(stored.width(), stored.height()).expect("an image");
    for (tag, value) in tags {
        image.encoder().write_tag(tag, value).expect("a tag");
    }
    image.write_data(stored.as_raw()).expect("written");
    assert_quarters(&bench.make_of("turned.tif", &bytes.into_inner()), size, "turned");
    let grey = written::<colortype::Gray8>((64, 48), &[90; 64 * 48], &[]);
    assert_eq!(pixels(&bench.make_of("grey.tif", &grey).preview).get_pixel(9, 9).0[..3], [90; 3]);
    let error = bench.fail_on("cut.tif", &grey[..grey.len() / 2]);
    assert!(matches!(&error, Error::Damaged(_)), "{error}");
}

/// What a sensor saw: the colours of the quarters through a filter of red, green, green and blue cells.
fn dng(width: u32, height: u32) -> Vec<u8> {
    let picture = quarters(width, height);
    let cell = |x: u32, y: u32| match (x % 2, y % 2) {
        (0, 0) => 0,
        (1, 1) => 2,
        _ => 1,
    };
    // Light, not values of a screen; the camera is half as sensitive to red and blue, which its white balance undoes.
    let seen = |x: u32, y: u32| {
        let channel = cell(x, y);
        let light = (f64::from(picture.get_pixel(x, y).0[channel]) / 255.0).powf(2.2);
        (light * if channel == 1 { 60_000.0 } else { 30_000.0 }) as u16
    };
    let samples: Vec<u16> = (0..height).flat_map(|y| (0..width).map(move |x| seen(x, y))).collect();
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes).expect("an encoder");
    let mut image = encoder.new_image::<colortype::Gray16>(width, height).expect("an image");
    let ratio = |value: f64| tiff::encoder::SRational { n: (value * 10_000.0) as i32, d: 10_000 };
    // From XYZ to the camera, which sees as an sRGB screen shows.
    let matrix = [3.2406, -1.5372, -0.4986, -0.9689, 1.8758, 0.0415, 0.0557, -0.2040, 1.0570].map(ratio);
    let neutral = [(1, 2), (1, 1), (1, 2)].map(|(n, d)| tiff::encoder::Rational { n, d });
    let tags = image.encoder();
    tags.write_tag(Tag::PhotometricInterpretation, 32_803u16).expect("a tag");
    tags.write_tag(Tag::Make, "Ferrotype").expect("a tag");
    tags.write_tag(Tag::Model, "Test").expect("a tag");
    tags.write_tag(Tag::Unknown(33_421), [2u16, 2].as_slice()).expect("a tag");
    tags.write_tag(Tag::Unknown(33_422), [0u8, 1, 1, 2].as_slice()).expect("a tag");
    tags.write_tag(Tag::Unknown(50_706), [1u8, 4, 0, 0].as_slice()).expect("a tag");
    tags.write_tag(Tag::Unknown(50_708), "Ferrotype Test").expect("a tag");
    tags.write_tag(Tag::Unknown(50_717), 60_000u32).expect("a tag");
    tags.write_tag(Tag::Unknown(50_721), matrix.as_slice()).expect("a tag");
    tags.write_tag(Tag::Unknown(50_728), neutral.as_slice()).expect("a tag");
    tags.write_tag(Tag::Unknown(50_778), 21u16).expect("a tag");
    image.write_data(&samples).expect("written");
    bytes.into_inner()
}

#[test]
fn raw_is_developed_with_the_cameras_white_balance() {
    let bench = Bench::new();
    for (size, what) in [((400, 300), "small"), ((3840, 2880), "half the pixels are enough")] {
        let path = bench.write("a.dng", &dng(size.0, size.1));
        let made = make(&bench, &path);
        assert_eq!((made.pictures.width, made.pictures.height), size, "{what}");
        let picture = pixels(&made.preview);
        let at = |x: u32, y: u32| picture.get_pixel(picture.width() * x / 8, picture.height() * y / 8).0;
        // Brightness is set by what is in the picture; hues are not.
        let [r, g, b, _] = at(1, 1);
        assert!(r > 150 && r > 2 * g.max(b), "{what}: red is {r} {g} {b}");
        let [r, g, b, _] = at(1, 7);
        assert!(b > 150 && b > 2 * r.max(g), "{what}: blue is {r} {g} {b}");
        let [r, g, b, _] = at(7, 7);
        assert!(r > 200 && r.abs_diff(g) < 12 && g.abs_diff(b) < 12, "{what}: white is {r} {g} {b}");
        let found = metadata(&path);
        assert_eq!((found.width, found.height), (Some(size.0 as i32), Some(size.1 as i32)), "{what}");
        assert_eq!(found.make.as_deref(), Some("Ferrotype"));
    }
}

/// A file as cameras write it: a JPEG of its own for whoever only looks, and what the sensor saw, which is nothing.
fn dng_with_preview(preview: &[u8], (width, height): (u32, u32)) -> Vec<u8> {
    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    let names = b"Ferrotype\0Test Camera\0";
    let preview_at = 8 + names.len() as u32;
    let preview_length = preview.len() as u32;
    let sensor_at = preview_at + preview_length.next_multiple_of(2);
    let sensor_length = width * height * 2;
    let directories_at = sensor_at + sensor_length;
    let mut whole = vec![
        (254, LONG, 1, 1),
        (256, LONG, 1, width),
        (257, LONG, 1, height),
        (259, SHORT, 1, 7),
        (262, SHORT, 1, 6),
        (271, 2, 10, 8),
        (272, 2, 12, 18),
        (273, LONG, 1, preview_at),
        (277, SHORT, 1, 3),
        (278, LONG, 1, height),
        (279, LONG, 1, preview_length),
        (330, LONG, 1, 0),
        (50_706, 1, 4, u32::from_le_bytes([1, 4, 0, 0])),
    ];
    whole[11].3 = directories_at + 2 + 12 * whole.len() as u32 + 4;
    let sensor = [
        (254, LONG, 1, 0),
        (256, LONG, 1, width),
        (257, LONG, 1, height),
        (258, SHORT, 1, 16),
        (259, SHORT, 1, 1),
        (262, SHORT, 1, 32_803),
        (273, LONG, 1, sensor_at),
        (277, SHORT, 1, 1),
        (278, LONG, 1, height),
        (279, LONG, 1, sensor_length),
        (33_421, SHORT, 2, 2 | 2 << 16),
        (33_422, 1, 4, u32::from_le_bytes([0, 1, 1, 2])),
    ];
    let mut bytes = b"II\x2a\0".to_vec();
    bytes.extend(directories_at.to_le_bytes());
    bytes.extend(names);
    bytes.extend(preview);
    bytes.resize(directories_at as usize, 0);
    for directory in [&whole[..], &sensor] {
        bytes.extend((directory.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in directory {
            bytes.extend(u16::to_le_bytes(*tag));
            bytes.extend(kind.to_le_bytes());
            bytes.extend(u32::to_le_bytes(*count));
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend([0; 4]);
    }
    bytes
}

#[test]
fn the_cameras_own_picture_is_shown_where_it_is_wanted_and_large_enough() {
    let bench = Bench::new();
    let embedded = Image { extract_embedded: true, ..Image::default() };
    let size = (1920, 1440);
    let path = bench.write("large.dng", &dng_with_preview(&jpeg(&quarters(size.0, size.1)), size));
    assert_quarters(&bench.make(&path, &embedded).expect("pictures"), size, "the camera's own");
    let is_dark =
        |made: &Made| pixels(&made.preview).pixels().all(|pixel| pixel.0[..3].iter().all(|value| *value < 60));
    assert!(is_dark(&make(&bench, &path)), "developed, since that is what the settings say");
    // Smaller than the preview has to be, while the sensor has more.
    let path = bench.write("small.dng", &dng_with_preview(&jpeg(&quarters(320, 240)), size));
    assert!(is_dark(&bench.make(&path, &embedded).expect("pictures")), "developed, since that has more pixels");
}

#[test]
fn what_is_no_raw_fails_in_words() {
    let bench = Bench::new();
    for (name, bytes) in
        [("a.nef", &b"II\x2a\0\x08\0\0\0\0\0"[..]), ("a.crw", b"only text"), ("a.raf", b"FUJIFILMCCD-RAW ")]
    {
        let error = bench.fail_on(name, bytes);
        assert!(error.is_permanent() && !error.to_string().is_empty(), "{name}: {error}");
    }
    // A JPEG under a camera's name is still a JPEG.
    assert_quarters(&bench.make_of("a.arw", &jpeg(&quarters(200, 150))), (200, 150), "a JPEG");
}

#[test]
fn of_what_moves_the_first_picture_is_shown() {
    let bench = Bench::new();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 64, 48);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_animated(2, 0).expect("two frames");
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(quarters(64, 48).as_raw()).expect("the first frame");
    writer.write_image_data(&[0; 64 * 48 * 3]).expect("the second frame");
    writer.finish().expect("an end");
    assert_quarters(&bench.make_of("moves.png", &bytes), (64, 48), "PNG");
    let config = webp::WebPConfig::new().expect("a configuration");
    let mut encoder = webp::AnimEncoder::new(64, 48, &config);
    let frames = [quarters(64, 48).into_raw(), vec![0; 64 * 48 * 3]];
    for (at, frame) in frames.iter().enumerate() {
        encoder.add_frame(webp::AnimFrame::from_rgb(frame, 64, 48, at as i32 * 100));
    }
    assert_quarters(&bench.make_of("moves.webp", &encoder.encode()), (64, 48), "WebP");
}

#[test]
fn full_size_is_upright_and_has_every_pixel() {
    let bench = Bench::new();
    let stored = image::imageops::rotate270(&quarters(2600, 2000));
    let tags = support::tiff(&[(0x0112, support::Field::Short(6))], &[], &[]);
    let source = bench.write("a.jpg", &support::with_exif(&jpeg(&stored), &tags));
    let (preview, thumbnail, whole) = (bench.path("preview"), bench.path("thumbnail"), bench.path("fullsize"));
    let outputs = Outputs { preview: &preview, thumbnail: &thumbnail, fullsize: Some(&whole) };
    let pictures = media::image::make(&source, &Image::default(), &outputs).expect("pictures");
    let read = |path: &Path| std::fs::read(path).expect("a picture");
    for (path, size) in [(&whole, (2600, 2000)), (&preview, (1872, 1440)), (&thumbnail, (325, 250))] {
        let picture = pixels(&read(path));
        assert_eq!(picture.dimensions(), size, "{}", path.display());
        assert!(picture.get_pixel(9, 9).0[0] > 190, "{}: red is first", path.display());
    }
    assert_eq!((pictures.width, pictures.height), (2600, 2000));
}

#[test]
fn what_is_long_and_thin_is_made_as_long_as_a_format_allows() {
    let bench = Bench::new();
    let strip = image::RgbImage::from_pixel(20_000, 40, image::Rgb([90, 90, 90]));
    let made = bench.make_of("strip.png", &encoded(strip, ImageFormat::Png));
    assert_eq!(pixels(&made.preview).dimensions(), (20_000, 40));
    assert_eq!(pixels(&made.thumbnail).dimensions(), (16_383, 33));
}
