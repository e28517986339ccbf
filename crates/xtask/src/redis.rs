//! The private Redis: durable, on loopback only.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result};

use crate::{process::Program, shell};

/// Prepares its folder and says how to start it. Jobs must survive a crash, so every write goes to the log on disk.
pub fn program(folder: &Path, port: u16, password: Option<&str>, databases: u16) -> Result<Program> {
    fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let mut settings = format!(
        "bind 127.0.0.1\nport {port}\ndir \"{}\"\ndatabases {databases}\ndaemonize no\nloglevel warning\n\
         appendonly yes\nappendfsync everysec\nsave \"\"\nmaxmemory-policy noeviction\n",
        folder.display()
    );
    if let Some(word) = password {
        settings.push_str(&format!("requirepass {word}\n"));
    }
    // A file rather than arguments: those can be read by every user of the machine.
    let file = folder.join("redis.conf");
    crate::data::write_private(&file, settings.as_bytes())?;
    let server = shell::find_program("redis-server").context("redis-server is not in PATH")?;
    let program = Program::new("redis", &server).arg(&file);
    Ok(Program { patience: Duration::from_secs(30), ..program })
}
