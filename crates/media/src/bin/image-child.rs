//! The process that reads pictures from strangers. A program of its own, so that the worker, which waits most of its
//! life, need not hold the codecs in memory. It keeps the system's allocator: that of the other programs reserves a
//! gigabyte of addresses, which is as much as a child may have.

fn main() -> std::process::ExitCode {
    media::child::main(media::child::serve_image)
}
