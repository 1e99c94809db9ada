//! The program: hands over to the commands.

use std::process::ExitCode;

fn main() -> ExitCode {
    courant::cli::main()
}
