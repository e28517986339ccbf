//! What processes use, as the kernel counts it.

use std::fs;

use anyhow::{Context, Result};

/// The kernel counts time in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;

/// Resident now.
pub fn resident_megabytes(pid: u32) -> Result<f64> {
    memory(pid, "VmRSS:")
}

/// The most that was ever resident.
pub fn peak_megabytes(pid: u32) -> Result<f64> {
    memory(pid, "VmHWM:")
}

fn memory(pid: u32, key: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("read its memory")?;
    let line = status.lines().find_map(|line| line.strip_prefix(key)).with_context(|| format!("it has no {key}"))?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().context("its memory is not a number")?;
    Ok(kilobytes / 1024.0)
}

/// User and system time so far of a process and of all it started, those that have ended included.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let mut seconds = times(pid).with_context(|| format!("read the times of process {pid}"))?;
    for child in children(pid) {
        // One that ends right now is in its parent's account, or will be at the next look.
        seconds += cpu_seconds(child).unwrap_or_default();
    }
    Ok(seconds)
}

/// Its own, and what its ended children left.
fn times(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field is the name in parentheses and may hold anything, so count from the last one.
    let fields: Vec<&str> = stat.rsplit_once(')').context("an odd stat line")?.1.split_whitespace().collect();
    let ticks = fields.get(11..15).context("a short stat line")?;
    let ticks = ticks.iter().map(|field| field.parse::<f64>()).sum::<Result<f64, _>>()?;
    Ok(ticks / TICKS_PER_SECOND)
}

fn children(pid: u32) -> Vec<u32> {
    // Every thread has those that it started.
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn the_time_of_living_and_ended_children_counts() {
        // A child that works and ends, in a parent that goes on and waits for its input.
        let work = "sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'; echo done; read line";
        let mut parent =
            Command::new("sh").args(["-c", work]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(parent.stdout.take().unwrap()), &mut line).unwrap();
        let used = cpu_seconds(parent.id()).unwrap();
        assert!(used > 0.02, "{used}");
        assert!(cpu_seconds(std::process::id()).unwrap() >= used, "it is our child");
        assert!(peak_megabytes(parent.id()).unwrap() >= resident_megabytes(parent.id()).unwrap());
        drop(parent.stdin.take());
        parent.wait().unwrap();
    }
}
