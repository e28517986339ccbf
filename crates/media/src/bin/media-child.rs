//! The process that reads files from strangers. A program of its own, so that the worker, which waits most of its life,
//! need not hold all the libraries of pictures and films in memory.

/// As in the other programs: faster than the default allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    media::child::main()
}
