//! The same for films, whose codecs come with a hundred and fifty libraries: pictures do without them.

fn main() -> std::process::ExitCode {
    media::child::main(media::child::serve_video)
}
