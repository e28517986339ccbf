//! The child process from its parent's side: what hostile files may do to it, and that it is never left behind.

mod support;

use config::{MediaLimits, system::choices::ToneMapping};
#[cfg(debug_assertions)]
use media::Misbehaviour;
use media::{Error, Kind, Request, Response, Runner};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;
use support::Bench;

const PATIENCE: Duration = Duration::from_secs(60);
const MEMORY: u64 = 1024 * 1024 * 1024;

fn runner() -> Runner {
    runner_with(MediaLimits { memory_bytes: MEMORY, ..MediaLimits::default() })
}

fn runner_with(limits: MediaLimits) -> Runner {
    Runner::new(support::programs(), limits)
}

fn pictures(bench: &Bench, source: &Path) -> Request {
    Request::Pictures {
        source: source.to_owned(),
        kind: Kind::Image,
        settings: config::system::image::Image::default(),
        tone_mapping: ToneMapping::Hable,
        preview: bench.path("preview"),
        thumbnail: bench.path("thumbnail"),
        fullsize: None,
    }
}

async fn ask(runner: &Runner, request: &Request) -> media::Result<Response> {
    runner.call(request, PATIENCE, |_| {}).await
}

#[cfg(debug_assertions)]
async fn misbehave(how: Misbehaviour, timeout: Duration) -> Error {
    let runner = runner();
    let error = runner.call(&Request::Misbehave { how }, timeout, |_| {}).await.expect_err("no answer");
    // The next file gets a child that is well.
    let bench = Bench::new();
    let source = bench.write("a.png", &support::encoded(support::quarters(40, 30), image::ImageFormat::Png));
    ask(&runner, &pictures(&bench, &source)).await.expect("pictures from the next child");
    error
}

#[tokio::test]
async fn pictures_are_made_in_the_child() {
    let (bench, runner) = (Bench::new(), runner());
    let source = bench.write("a.jpg", &support::jpeg(&support::quarters(400, 300)));
    for _ in 0..3 {
        let answer = ask(&runner, &pictures(&bench, &source)).await.expect("pictures");
        let Response::Pictures(made) = answer else { panic!("{answer:?}") };
        assert_eq!((made.width, made.height), (400, 300));
    }
    assert!(bench.path("preview").exists() && bench.path("thumbnail").exists());
}

#[tokio::test]
async fn many_are_asked_at_once() {
    let (bench, runner) = (Bench::new(), runner());
    let source = bench.write("a.jpg", &support::jpeg(&support::quarters(400, 300)));
    let request = Request::Metadata { path: source, sidecar: None, kind: Kind::Image };
    let calls = (0..8).map(|_| {
        let (runner, request) = (runner.clone(), request.clone());
        tokio::spawn(async move { ask(&runner, &request).await })
    });
    for call in calls.collect::<Vec<_>>() {
        let answer = call.await.expect("no panic").expect("metadata");
        let Response::Metadata(read) = answer else { panic!("{answer:?}") };
        assert_eq!(read.width, Some(400));
    }
}

#[tokio::test]
async fn errors_of_the_file_come_back_as_they_are() {
    let (bench, runner) = (Bench::new(), runner());
    let error = ask(&runner, &pictures(&bench, Path::new("/nowhere/a.jpg"))).await.expect_err("no file");
    assert!(matches!(&error, Error::Io(_)) && !error.is_permanent(), "{error}");
    let source = bench.write("notes.jpg", b"only text");
    let error = ask(&runner, &pictures(&bench, &source)).await.expect_err("no picture");
    assert!(matches!(&error, Error::Unsupported(_)) && error.is_permanent(), "{error}");
}

#[tokio::test]
async fn a_disk_that_fails_is_no_damaged_file() {
    let (bench, runner) = (Bench::new(), runner());
    // It can be opened; reading it answers EIO.
    let failing = Path::new("/proc/self/mem");
    for path in [failing, Path::new("/nowhere/a.mp4")] {
        let mut shown = pictures(&bench, path);
        if let Request::Pictures { kind, .. } = &mut shown {
            *kind = Kind::Video;
        }
        let read = Request::Metadata { path: path.to_owned(), sidecar: None, kind: Kind::Video };
        let settings = config::system::ffmpeg::Ffmpeg::default();
        let made = Request::Transcode { source: path.to_owned(), target: bench.path("a.mp4"), settings };
        for request in [pictures(&bench, path), shown, read, made] {
            let error = ask(&runner, &request).await.expect_err("no file");
            assert!(matches!(&error, Error::Io(_)) && !error.is_permanent(), "{request:?}: {error}");
        }
    }
}

#[tokio::test]
async fn a_path_that_is_no_text_is_refused_once_and_for_all() {
    let (bench, runner) = (Bench::new(), runner());
    let path = Path::new(std::ffi::OsStr::from_bytes(b"/data/\xff.jpg"));
    let error = ask(&runner, &pictures(&bench, path)).await.expect_err("no text");
    assert!(error.is_permanent() && error.to_string().contains("UTF-8"), "{error}");
    let source = bench.write("a.jpg", &support::jpeg(&support::quarters(40, 30)));
    ask(&runner, &pictures(&bench, &source)).await.expect("the child is as good as before");
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn a_crash_is_told_and_may_be_tried_again() {
    let error = misbehave(Misbehaviour::Abort, PATIENCE).await;
    assert!(matches!(&error, Error::Crashed(how) if how.starts_with("signal 6")), "{error}");
    assert!(!error.is_permanent());
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn a_decoder_that_gives_up_fails_its_file_for_good() {
    let error = misbehave(Misbehaviour::Panic, PATIENCE).await;
    assert!(error.is_permanent() && error.to_string().contains("nobody expected this"), "{error}");
}

/// A drawing of a few lines that says to draw a trillion of them.
#[tokio::test]
async fn a_drawing_that_never_ends_is_ended() {
    let (bench, runner) = (Bench::new(), runner());
    let doubled = |at: u32| format!("<g id='a{}'><use href='#a{at}'/><use href='#a{at}'/></g>", at + 1);
    let drawing = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><defs><g id='a0'><path d='M0 0h1v1z'/></g>{}</defs>\
         <use href='#a40'/></svg>",
        (0..40).map(doubled).collect::<String>()
    );
    let source = bench.write("a.svg", drawing.as_bytes());
    let error = ask(&runner, &pictures(&bench, &source)).await.expect_err("no picture");
    assert!(matches!(&error, Error::OutOfMemory | Error::Damaged(_) | Error::TimedOut(_)), "{error}");
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn a_file_that_never_ends_is_ended() {
    let error = misbehave(Misbehaviour::Hang, Duration::from_millis(500)).await;
    assert!(matches!(error, Error::TimedOut(_)), "{error}");
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn a_file_that_eats_memory_is_stopped_for_good() {
    let error = misbehave(Misbehaviour::EatMemory, PATIENCE).await;
    assert!(error == Error::OutOfMemory && error.is_permanent(), "{error}");
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn nonsense_is_no_answer() {
    let error = misbehave(Misbehaviour::Babble, PATIENCE).await;
    assert!(matches!(error, Error::Crashed(_)), "{error}");
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn a_child_reaches_no_network_and_starts_no_program() {
    let error = misbehave(Misbehaviour::OpenSocket, PATIENCE).await;
    assert_eq!(error, Error::Unsupported("refused: Some(PermissionDenied) Some(PermissionDenied)".to_owned()));
    let error = misbehave(Misbehaviour::RunProgram, PATIENCE).await;
    assert_eq!(error, Error::Unsupported("refused: Some(PermissionDenied)".to_owned()));
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn a_child_that_writes_where_it_should_only_read_is_ended() {
    let error = misbehave(Misbehaviour::WriteFile, PATIENCE).await;
    assert!(matches!(&error, Error::Crashed(how) if how.starts_with("signal 25")), "{error}");
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn who_goes_away_takes_the_child_along() {
    let runner = runner();
    let request = Request::Misbehave { how: Misbehaviour::Hang };
    let call = runner.call(&request, PATIENCE, |_| {});
    tokio::time::timeout(Duration::from_millis(500), call).await.expect_err("it hangs");
    for _ in 0..50 {
        if hanging().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("left behind: {:?}", hanging());
}

/// Children of this test program that run; those that ended and wait to be counted do not.
#[cfg(debug_assertions)]
fn hanging() -> Vec<String> {
    let parent = format!("PPid:\t{}", std::process::id());
    let processes = std::fs::read_dir("/proc").expect("/proc").flatten();
    let statuses = processes.filter_map(|entry| std::fs::read_to_string(entry.path().join("status")).ok());
    statuses.filter(|status| status.contains(&parent) && !status.contains("State:\tZ")).collect()
}

#[tokio::test]
async fn the_operators_limits_count() {
    let bench = Bench::new();
    let picture = support::quarters(60, 40);
    let jpeg = bench.write("a.jpg", &support::jpeg(&picture));
    let bitmap = bench.write("a.bmp", &support::encoded(picture, image::ImageFormat::Bmp));
    let by_default = MediaLimits::default();
    let refusals = [
        (&jpeg, MediaLimits { streamed_pixels: 2399, ..by_default }, "60 × 40 pixels"),
        (&jpeg, MediaLimits { picture_bytes: 100, ..by_default }, "the file has"),
        (&bitmap, MediaLimits { pixels: 2399, ..by_default }, "60 × 40 pixels"),
    ];
    for (source, limits, reason) in refusals {
        let error = ask(&runner_with(limits), &pictures(&bench, source)).await.expect_err("too large");
        assert!(matches!(&error, Error::TooLarge(text) if text.contains(reason)), "{error}");
    }
    let exact = MediaLimits { pixels: 2400, streamed_pixels: 2400, ..by_default };
    for source in [&jpeg, &bitmap] {
        ask(&runner_with(exact), &pictures(&bench, source)).await.expect("small enough");
    }
}

#[tokio::test]
async fn no_truncated_file_hurts_the_child() {
    let (bench, runner) = (Bench::new(), runner());
    let picture = support::quarters(120, 90);
    let mut whole = vec![("cut.jpg", support::jpeg(&picture))];
    for (name, format) in [
        ("cut.png", image::ImageFormat::Png),
        ("cut.webp", image::ImageFormat::WebP),
        ("cut.gif", image::ImageFormat::Gif),
        ("cut.bmp", image::ImageFormat::Bmp),
        ("cut.tiff", image::ImageFormat::Tiff),
    ] {
        whole.push((name, support::encoded(picture.clone(), format)));
    }
    for (name, bytes) in whole {
        let step = bytes.len() / 40 + 1;
        for length in (0..bytes.len() - step).step_by(step) {
            let source = bench.write(name, &bytes[..length]);
            match ask(&runner, &pictures(&bench, &source)).await {
                Ok(_) => {}
                Err(error) => assert!(error.is_permanent(), "{name} cut to {length} bytes: {error}"),
            }
            let read = Request::Metadata { path: source, sidecar: None, kind: Kind::Image };
            ask(&runner, &read).await.unwrap_or_else(|error| panic!("{name} cut to {length} bytes: {error}"));
        }
    }
}

#[tokio::test]
async fn no_truncated_real_file_hurts_the_child() {
    let (bench, runner) = (Bench::new(), runner());
    for name in
        ["formats/heic/IMG_2682.heic", "formats/avif/8bit-sRGB.avif", "formats/motionphoto/samsung-one-ui-6.heic"]
    {
        let Some(path) = support::real(name) else { return };
        let bytes = std::fs::read(path).expect("a sample");
        // The boxes in front are where damage is most fun, and cheap to reach.
        for length in (0..bytes.len().min(6000)).step_by(193).chain([bytes.len() / 2, bytes.len() - 100]) {
            let source = bench.write("cut.heic", &bytes[..length]);
            for request in [
                pictures(&bench, &source),
                Request::Metadata { path: source.clone(), sidecar: None, kind: Kind::Image },
            ] {
                if let Err(error) = ask(&runner, &request).await {
                    assert!(error.is_permanent(), "{name} cut to {length} bytes: {error}");
                }
            }
        }
    }
}

/// Bits flipped all over: whatever becomes of the picture, the child survives it.
#[tokio::test]
async fn no_damaged_file_hurts_the_child() {
    let (bench, runner) = (Bench::new(), runner());
    let picture = support::quarters(120, 90);
    let mut whole = vec![support::jpeg(&picture)];
    for format in [image::ImageFormat::Png, image::ImageFormat::WebP, image::ImageFormat::Gif, image::ImageFormat::Tiff]
    {
        whole.push(support::encoded(picture.clone(), format));
    }
    for name in ["formats/heic/IMG_2682.heic", "formats/avif/8bit-sRGB.avif"] {
        whole.extend(support::real(name).map(|path| std::fs::read(path).expect("a sample")));
    }
    // The same "random" numbers every time.
    let mut state = 1u32;
    let mut next = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state as usize / 7 % below
    };
    for bytes in whole {
        for _ in 0..25 {
            let mut damaged = bytes.clone();
            for _ in 0..4 {
                // Headers are short and matter most.
                let at = next(damaged.len().min(3000));
                damaged[at] ^= 1 << next(8);
            }
            let source = bench.write("damaged", &damaged);
            for request in [
                pictures(&bench, &source),
                Request::Metadata { path: source.clone(), sidecar: None, kind: Kind::Image },
            ] {
                if let Err(error) = ask(&runner, &request).await {
                    assert!(error.is_permanent(), "{error}");
                }
            }
        }
    }
}

#[tokio::test]
async fn videos_are_read_shown_and_transcoded_in_the_child() {
    let (bench, runner) = (Bench::new(), runner_with(MediaLimits::default()));
    let film = bench.path("film.mov");
    let made = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=2", "-c:v", "mpeg4"])
        .args(["-metadata", "creation_time=2022-07-08T09:10:11Z", "-metadata", "location=+52.5200+013.4050/"])
        .args(["-movflags", "use_metadata_tags"])
        .arg(&film)
        .status()
        .expect("the ffmpeg command");
    assert!(made.success());

    let request = Request::Metadata { path: film.clone(), sidecar: None, kind: Kind::Video };
    let Response::Metadata(read) = ask(&runner, &request).await.expect("metadata") else { panic!("not metadata") };
    assert_eq!((read.width, read.height, read.fps, read.duration_ms), (Some(640), Some(360), Some(25.0), Some(2000)));
    assert_eq!(read.date_time_original.expect("a date").to_rfc3339(), "2022-07-08T09:10:11+00:00");
    assert_eq!(read.time_zone.as_deref(), Some("Europe/Berlin"));

    let mut request = pictures(&bench, &film);
    if let Request::Pictures { kind, .. } = &mut request {
        *kind = Kind::Video;
    }
    let Response::Pictures(shown) = ask(&runner, &request).await.expect("pictures") else { panic!("not pictures") };
    assert_eq!((shown.width, shown.height), (640, 360));

    let target = bench.path("film.mp4");
    let settings = config::system::ffmpeg::Ffmpeg::default();
    let request = Request::Transcode { source: film, target: target.clone(), settings };
    let told = std::sync::Mutex::new(Vec::new());
    let heard = |share| told.lock().expect("no panic").push(share);
    let answer = runner.call(&request, PATIENCE, heard).await.expect("a video");
    assert!(matches!(answer, Response::Transcode(Some(_))), "{answer:?}");
    assert!(target.exists());
    let told = told.into_inner().expect("no panic");
    assert!(told.len() > 1 && told.is_sorted() && told.last() == Some(&1.0), "{told:?}");
}

#[tokio::test]
async fn an_animation_is_shown_as_a_picture_or_as_a_video() {
    let (bench, runner) = (Bench::new(), runner());
    let source = bench.write("a.gif", &support::encoded(support::quarters(90, 60), image::ImageFormat::Gif));
    for as_what in [Kind::Image, Kind::Video] {
        let mut request = pictures(&bench, &source);
        if let Request::Pictures { kind, .. } = &mut request {
            *kind = as_what;
        }
        let Response::Pictures(shown) = ask(&runner, &request).await.expect("pictures") else { panic!("not pictures") };
        assert_eq!((shown.width, shown.height), (90, 60), "{as_what:?}");
    }
}
