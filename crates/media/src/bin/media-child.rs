//! The child process by itself, for tests; in the product the worker is its own child.

fn main() -> std::process::ExitCode {
    media::child::main()
}
