//! The program: hands over to the commands.

use std::process::ExitCode;

/// Threads come and go with every batch of an import; the system's allocator keeps what each of them had.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    courant::cli::main()
}
