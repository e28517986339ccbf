//! Many programs, one terminal: every line carries the name of who wrote it.

use std::{io::Write as _, sync::Arc};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    task::JoinHandle,
};

use crate::say;

/// Wide enough for the longest name, so that the lines stand in a column.
const NAME_WIDTH: usize = 8;
const COLOURS: &[(&str, u8)] =
    &[("server", 32), ("worker", 33), ("ml", 35), ("postgres", 34), ("redis", 31), ("xtask", 36)];

/// Prints lines with their prefix.
#[derive(Clone)]
pub struct Log {
    coloured: bool,
    kept: Arc<std::sync::Mutex<Option<Vec<String>>>>,
}

impl Log {
    pub fn to_terminal() -> Self {
        Self { coloured: say::coloured(), kept: Arc::default() }
    }

    /// Keeps the lines for a test to look at.
    #[cfg(test)]
    pub fn kept() -> Self {
        Self { coloured: false, kept: Arc::new(std::sync::Mutex::new(Some(Vec::new()))) }
    }

    #[cfg(test)]
    pub fn lines(&self) -> Vec<String> {
        self.kept.lock().unwrap().clone().unwrap_or_default()
    }

    pub fn line(&self, name: &str, text: &str) {
        let line = if self.coloured {
            let colour = COLOURS.iter().find(|known| known.0 == name).map_or(37, |known| known.1);
            format!("\x1b[{colour}m{name:NAME_WIDTH$} |\x1b[0m {text}")
        } else {
            format!("{name:NAME_WIDTH$} | {text}")
        };
        let mut kept = self.kept.lock().expect("nothing panics while it holds this lock");
        match &mut *kept {
            Some(lines) => lines.push(line),
            // A closed terminal must not take the programs down.
            None => drop(writeln!(std::io::stderr(), "{line}")),
        }
    }

    /// Copies everything a program writes until it closes its end.
    pub fn follow(&self, name: &'static str, source: impl AsyncRead + Unpin + Send + 'static) -> JoinHandle<()> {
        let log = self.clone();
        tokio::spawn(async move {
            let mut lines = BufReader::new(source).split(b'\n');
            while let Ok(Some(line)) = lines.next_segment().await {
                log.line(name, String::from_utf8_lossy(&line).trim_end_matches('\r'));
            }
        })
    }
}
