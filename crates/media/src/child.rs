//! The child process: reads files from strangers, so that what they do to a decoder happens here and not in the worker.
//!
//! Enforced before the first request is read: it dies with its parent, gains no rights, writes no core, opens few files,
//! and cannot have more memory than it was given. Time is the parent's to keep.

use crate::{
    error::{Error, Result},
    image, metadata,
    protocol::{Limits, Line, PictureKind, Request, Response},
    video,
};
use rustix::process::{Resource, Rlimit, Signal};
use std::{
    io::{BufRead, Write},
    path::Path,
    process::ExitCode,
};

const MAX_OPEN_FILES: u64 = 256;

/// Serves requests from standard input until it ends.
pub fn main() -> ExitCode {
    let mut lines = std::io::stdin().lock().lines();
    let limits = lines.next().and_then(std::result::Result::ok).and_then(|line| serde_json::from_str(&line).ok());
    let confined = limits.ok_or_else(|| std::io::Error::other("the first line must name the limits"));
    if let Err(error) = confined.and_then(|limits| confine(&limits)) {
        eprintln!("confine the child: {error}");
        return ExitCode::FAILURE;
    }
    while let Some(Ok(line)) = lines.next() {
        let answer = match serde_json::from_str::<Request>(&line) {
            Ok(request) => serve(&request, &mut |share| say(&Line::Progress(share))),
            Err(error) => Err(Error::Unsupported(format!("the request cannot be read: {error}"))),
        };
        say(&answer.map_or_else(Line::Error, Line::Ok));
    }
    ExitCode::SUCCESS
}

fn confine(limits: &Limits) -> std::io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    rustix::thread::set_no_new_privs(true)?;
    let limit =
        |resource, value| rustix::process::setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) });
    limit(Resource::Core, 0)?;
    limit(Resource::Nofile, MAX_OPEN_FILES)?;
    limit(Resource::As, limits.memory_bytes)?;
    // What a person waits for goes first.
    let _ = rustix::process::nice(5);
    Ok(())
}

fn say(line: &Line) {
    let mut out = std::io::stdout().lock();
    // A parent that is gone takes the child along.
    let written = serde_json::to_writer(&mut out, line).map_err(std::io::Error::from);
    let _ = written.and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
}

/// Does what is asked: a plain function, which tests call without a process around it.
pub fn serve(request: &Request, progress: &mut dyn FnMut(f32)) -> Result<Response> {
    match request {
        Request::Pictures { source, kind, settings, preview, thumbnail } => {
            let outputs = image::Outputs { preview, thumbnail };
            let made = match kind {
                PictureKind::Image => image::make(source, settings, &outputs)?,
                PictureKind::Video => picture_of_video(source, settings, &outputs)?,
            };
            Ok(Response::Pictures(made))
        }
        Request::Metadata { path, sidecar, is_video } => {
            Ok(Response::Metadata(Box::new(metadata::read(path, sidecar.as_deref(), *is_video)?)))
        }
        Request::Transcode { source, target, settings } => {
            Ok(Response::Transcode(video::transcode::transcode_if_needed(source, target, settings, progress)?))
        }
        #[cfg(debug_assertions)]
        Request::Misbehave { how } => misbehave(*how),
    }
}

fn picture_of_video(
    source: &Path,
    settings: &config::system::image::Image,
    outputs: &image::Outputs<'_>,
) -> Result<image::Pictures> {
    let tone = config::system::choices::ToneMapping::Hable;
    match video::frame::representative(source, None, tone) {
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
    }
}
