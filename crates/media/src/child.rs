//! The child process: reads files from strangers, so that what they do to a decoder happens here and not in the worker.
//!
//! Enforced before the first request is read: it dies with its parent, gains no rights, writes no core, opens few files,
//! cannot have more memory than it was given, and reaches neither the network nor other programs (see `sandbox`). What it
//! may write is bounded for each request. Time is the parent's to keep: it is there as long as the child is, and its
//! clock runs out before any bound on processor time could that leaves the longest film enough.

use crate::{
    error::{Error, Result},
    extract, image, limits,
    protocol::{Kind, Line, Program, Request, Response},
    sandbox, video,
};
use config::{
    MediaLimits,
    system::{choices::ToneMapping, image::Image},
};
use model::faces::FaceBox;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use std::{
    io::{BufRead, Write},
    path::Path,
    process::ExitCode,
};

const MAX_OPEN_FILES: u64 = 256;
/// Drivers of graphics cards reserve addresses for all the memory of machine and card, without using them.
const CARD_ADDRESS_BYTES: u64 = 1 << 42;
/// A preview is a few megabytes at most.
const MAX_PICTURE_BYTES: u64 = 256 * 1024 * 1024;
/// Two seconds of a stream are a few megabytes at most.
const MAX_SEGMENT_BYTES: u64 = 256 * 1024 * 1024;
/// A new version of a video may be larger than the old one, within reason.
const MAX_VIDEO_GROWTH: u64 = 10;
const MAX_SHORT_VIDEO_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// One of [`serve_image`] and [`serve_video`].
pub type Serve = fn(&Request, &mut dyn FnMut(f32)) -> Result<Response>;

/// Serves requests from standard input until it ends.
pub fn main(serve: Serve) -> ExitCode {
    let mut lines = std::io::stdin().lock().lines();
    // One line of JSON: `MediaLimits`.
    let limits = lines.next().and_then(std::result::Result::ok).and_then(|line| serde_json::from_str(&line).ok());
    let confined = limits.ok_or_else(|| std::io::Error::other("the first line must name the limits"));
    if let Err(error) = confined.and_then(confine) {
        eprintln!("confine the child: {error}");
        return ExitCode::FAILURE;
    }
    while let Some(Ok(line)) = lines.next() {
        let answer = match serde_json::from_str::<Request>(&line) {
            Ok(request) => bound_addresses(&request)
                .and_then(|()| bound_output(&request))
                .and_then(|()| serve_or_say_why(serve, &request)),
            Err(error) => Err(Error::Unsupported(format!("the request cannot be read: {error}"))),
        };
        say(&answer.map_or_else(Line::Error, Line::Ok));
    }
    ExitCode::SUCCESS
}

fn confine(limits: MediaLimits) -> std::io::Result<()> {
    limits::set(limits);
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    rustix::thread::set_no_new_privs(true)?;
    let limit = |resource, value| setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) });
    limit(Resource::Core, 0)?;
    limit(Resource::Nofile, MAX_OPEN_FILES)?;
    limit(Resource::Data, limits.memory_bytes)?;
    // Raised for requests that a graphics card helps with.
    let addresses = Rlimit { current: Some(limits.memory_bytes), maximum: Some(CARD_ADDRESS_BYTES) };
    setrlimit(Resource::As, addresses)?;
    // The parent does without; pictures are decoded faster with them.
    let _ = rustix::thread::disable_transparent_huge_pages(false);
    if let Err(error) = sandbox::enter() {
        // An old kernel has none; all else holds nevertheless.
        eprintln!("no sandbox: {error}");
    }
    // What a person waits for goes first.
    let _ = rustix::process::nice(5);
    Ok(())
}

/// Addresses cost nothing until something is written there, and that is bounded for all requests alike.
fn bound_addresses(request: &Request) -> Result<()> {
    let bytes = if request.is_for_card() { CARD_ADDRESS_BYTES } else { limits::get().memory_bytes };
    let limit = Rlimit { current: Some(bytes), maximum: Some(CARD_ADDRESS_BYTES) };
    setrlimit(Resource::As, limit).map_err(|error| Error::Io(format!("bound the addresses: {error}")))
}

/// How large a file may become that this request makes; who writes more is ended by a signal.
fn bound_output(request: &Request) -> Result<()> {
    let bytes = match request {
        Request::Pictures { .. } | Request::Face { .. } => MAX_PICTURE_BYTES,
        Request::Transcode { source, .. } => {
            let source_bytes = std::fs::metadata(source).map_err(|error| Error::io("look at", source, &error))?.len();
            source_bytes.saturating_mul(MAX_VIDEO_GROWTH).max(MAX_SHORT_VIDEO_BYTES)
        }
        Request::Segments { .. } => MAX_SEGMENT_BYTES,
        Request::Metadata { .. } | Request::Variants { .. } => 0,
        #[cfg(debug_assertions)]
        Request::Misbehave { .. } => 0,
    };
    // The next request may allow more, so the hard limit stays what it was.
    let Rlimit { maximum, .. } = getrlimit(Resource::Fsize);
    let limit = Rlimit { current: Some(maximum.map_or(bytes, |maximum| maximum.min(bytes))), maximum };
    setrlimit(Resource::Fsize, limit).map_err(|error| Error::Io(format!("bound the output: {error}")))
}

/// A decoder that panics has met a file that it cannot read, and would do so again.
fn serve_or_say_why(serve: Serve, request: &Request) -> Result<Response> {
    let served = std::panic::catch_unwind(|| serve(request, &mut |share| say(&Line::Progress(share))));
    served.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
        Err(Error::Damaged(format!("the decoder gave up: {}", text.unwrap_or("it panicked"))))
    })
}

fn say(line: &Line) {
    let mut out = std::io::stdout().lock();
    // A parent that is gone takes the child along.
    let written = serde_json::to_writer(&mut out, line).map_err(std::io::Error::from);
    let _ = written.and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
}

/// Does what is asked: a plain function, which tests call without a process around it.
pub fn serve(request: &Request, progress: &mut dyn FnMut(f32)) -> Result<Response> {
    match request.program() {
        Program::Image => serve_image(request, progress),
        Program::Video => serve_video(request, progress),
    }
}

/// What needs no codecs of films. Their libraries would be most of this program's memory.
pub fn serve_image(request: &Request, _: &mut dyn FnMut(f32)) -> Result<Response> {
    match request {
        Request::Pictures { source, kind: Kind::Image, settings, preview, thumbnail, fullsize, .. } => {
            let outputs = image::Outputs { preview, thumbnail, fullsize: fullsize.as_deref() };
            Ok(Response::Pictures(image::make(source, settings, &outputs)?))
        }
        Request::Face { source, kind: Kind::Image, face, settings, target, .. } => {
            image::face::make(source, face, settings, target)?;
            Ok(Response::Face)
        }
        Request::Metadata { path, sidecar, kind: Kind::Image } => {
            Ok(Response::Metadata(Box::new(extract::image(path, sidecar.as_deref())?)))
        }
        #[cfg(debug_assertions)]
        Request::Misbehave { how } => misbehave(*how),
        _ => Err(not_mine()),
    }
}

pub fn serve_video(request: &Request, progress: &mut dyn FnMut(f32)) -> Result<Response> {
    match request {
        Request::Pictures { source, kind: Kind::Video, settings, tone_mapping, preview, thumbnail, fullsize } => {
            let outputs = image::Outputs { preview, thumbnail, fullsize: fullsize.as_deref() };
            Ok(Response::Pictures(picture_of_video(source, settings, *tone_mapping, &outputs)?))
        }
        Request::Face { source, kind: Kind::Video, face, settings, tone_mapping, target } => {
            face_in_video(source, face, (settings, *tone_mapping), target)?;
            Ok(Response::Face)
        }
        Request::Metadata { path, sidecar, kind: Kind::Video } => {
            Ok(Response::Metadata(Box::new(extract::video(path, sidecar.as_deref())?)))
        }
        Request::Transcode { source, target, settings } => {
            Ok(Response::Transcode(video::transcode::transcode_if_needed(source, target, settings, progress)?))
        }
        Request::Variants { source, settings } => {
            Ok(Response::Variants(video::hls::segments::variants(source, settings)?))
        }
        Request::Segments { source, folder, settings, variant, segments } => {
            let (variant, segments) = (*variant, segments.clone());
            let order = video::hls::segments::Order { source, folder, settings, variant, segments };
            video::hls::segments::make(&order, progress)?;
            Ok(Response::Segments)
        }
        _ => Err(not_mine()),
    }
}

fn not_mine() -> Error {
    Error::Unsupported("the request is for the other program: update all of them together".to_owned())
}

/// In the frame that stands for the video everywhere else.
fn face_in_video(
    source: &Path,
    face: &FaceBox,
    (settings, tone_mapping): (&Image, ToneMapping),
    target: &Path,
) -> Result<()> {
    match video::frame::representative(source, None, tone_mapping) {
        Ok(frame) => image::face::make_from_rgb((frame.width, frame.height), frame.rgb, face, settings, target),
        Err(error) => image::face::make(source, face, settings, target).map_err(|_| error.into()),
    }
}

fn picture_of_video(
    source: &Path,
    settings: &Image,
    tone_mapping: ToneMapping,
    outputs: &image::Outputs<'_>,
) -> Result<image::Pictures> {
    match video::frame::representative(source, None, tone_mapping) {
        Ok(frame) => image::make_from_rgb(frame.width, frame.height, frame.rgb, settings, outputs),
        // A still picture under a video's name.
        Err(error) => image::make(source, settings, outputs).map_err(|_| error.into()),
    }
}

#[cfg(debug_assertions)]
fn misbehave(how: crate::protocol::Misbehaviour) -> Result<Response> {
    use crate::protocol::Misbehaviour;
    match how {
        Misbehaviour::Abort => std::process::abort(),
        Misbehaviour::Panic => panic!("nobody expected this"),
        Misbehaviour::Hang => loop {
            std::thread::park();
        },
        Misbehaviour::EatMemory => {
            let mut eaten = Vec::new();
            loop {
                eaten.push(vec![1u8; 64 * 1024 * 1024]);
                if eaten.len() > 1024 {
                    return Err(Error::Unsupported("nobody stopped the child".to_owned()));
                }
            }
        }
        Misbehaviour::Babble => {
            println!("this is no answer");
            Err(Error::Unsupported("babbled".to_owned()))
        }
        Misbehaviour::WriteFile => {
            let file = rustix::fs::memfd_create("misbehaviour", rustix::fs::MemfdFlags::empty());
            let written = file.map_err(std::io::Error::from).and_then(|file| std::fs::File::from(file).write_all(b"x"));
            Err(Error::Unsupported(format!("written: {written:?}")))
        }
        Misbehaviour::OpenSocket => {
            let kind = std::net::UdpSocket::bind("127.0.0.1:0").err().map(|error| error.kind());
            let local = std::os::unix::net::UnixDatagram::unbound().err().map(|error| error.kind());
            Err(Error::Unsupported(format!("refused: {kind:?} {local:?}")))
        }
        Misbehaviour::RunProgram => {
            let kind = std::process::Command::new("/bin/true").status().err().map(|error| error.kind());
            Err(Error::Unsupported(format!("refused: {kind:?}")))
        }
    }
}
