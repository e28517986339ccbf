//! How the commands speak: headings, notes, questions. Everything goes to standard error, so that what a command
//! prints for other programs stays clean on standard output.

use std::io::{IsTerminal, Write, stderr, stdin};

use anyhow::{Result, bail};

/// Whether escape codes are welcome on standard error.
pub fn coloured() -> bool {
    std::env::var_os("NO_COLOR").is_none() && stderr().is_terminal()
}

/// The start of a piece of work.
pub fn heading(text: &str) {
    if coloured() {
        eprintln!("\x1b[1;36m==>\x1b[0m \x1b[1m{text}\x1b[0m");
    } else {
        eprintln!("==> {text}");
    }
}

/// Something worth knowing below a heading.
pub fn note(text: &str) {
    eprintln!("    {text}");
}

/// Why a command failed.
pub fn error(text: &str) {
    if coloured() {
        eprintln!("\x1b[1;31merror:\x1b[0m {text}");
    } else {
        eprintln!("error: {text}");
    }
}

/// A yes-or-no question. `yes` answers it; without a person to ask it is an error that says how to go on.
pub fn confirm(question: &str, yes: bool) -> Result<bool> {
    if yes {
        return Ok(true);
    }
    if !stdin().is_terminal() {
        bail!("{question} Nobody is here to answer: run it again with --yes to agree");
    }
    eprint!("{question} [Y/n] ");
    stderr().flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "" | "y" | "yes"))
}
