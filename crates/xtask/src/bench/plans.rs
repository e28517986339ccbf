//! How Postgres runs the statements behind a call: from its own log, so that the statements stand in `db` alone and
//! what is shown is what was run.

use std::time::Duration;

use anyhow::{Result, bail};

use super::client::{Account, Connection, Request};
use crate::{say, test::running::Product};

/// Said of every statement, with what it read and how long each step took.
const EXPLAINED: &[&str] = &[
    "session_preload_libraries = 'auto_explain'",
    "auto_explain.log_min_duration = 0",
    "auto_explain.log_analyze = on",
    "auto_explain.log_buffers = on",
];
/// Postgres plans a prepared statement for its values five times before it may settle on a plan for any values, and
/// the server may use several connections.
const REPEATS: usize = 20;
/// Statements of sessions and permissions come with every call; these are the ones that grow with the library.
const ABOUT: &[&str] = &["assets", "timeline"];

/// Makes each request and prints the last plan of every statement it led to.
pub async fn show(product: &Product, account: &Account, requests: &[Request]) -> Result<()> {
    let database = product.query("SELECT current_database()")?;
    for setting in EXPLAINED {
        product.query(&format!("ALTER DATABASE \"{}\" SET {setting}", database.trim()))?;
    }
    // Settings of a database are those of its new connections.
    let others = "datname = current_database() AND pid <> pg_backend_pid()";
    product.query(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))?;
    for request in requests {
        let seen = product.log()?.len();
        ask_repeatedly(account, request).await?;
        // The last thing in the log is then ours: it has all that came before.
        let mark = "SELECT 'the requests have been made'";
        product.query(mark)?;
        let log = wait_for(product, seen, mark).await?;
        say::heading(&first_line(request));
        for plan in last_of_each(plans(&log)) {
            println!("{plan}\n");
        }
    }
    Ok(())
}

/// The server finds out about each connection it has lost by an answer that fails.
async fn ask_repeatedly(account: &Account, request: &Request) -> Result<()> {
    let mut connection = Connection::open(account.port()).await?;
    let mut answered = 0;
    for _ in 0..REPEATS * 2 {
        answered += usize::from(connection.send(request).await?.status == 200);
        if answered == REPEATS {
            return Ok(());
        }
    }
    bail!("the server did not recover from losing its connections")
}

async fn wait_for(product: &Product, seen: usize, mark: &str) -> Result<String> {
    for _ in 0..100 {
        let log = product.log()?;
        let new = log.get(seen..).unwrap_or(&log);
        if new.contains(mark) {
            return Ok(new.to_owned());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("Postgres has logged no plans")
}

fn first_line(request: &Request) -> String {
    String::from_utf8_lossy(request).lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned()
}

/// The plans in a supervisor's log: an entry of Postgres, and the lines after it that Postgres has indented.
fn plans(log: &str) -> Vec<Plan> {
    let mut plans: Vec<Plan> = Vec::new();
    let mut is_in_plan = false;
    for line in log.lines().filter_map(|line| line.strip_prefix("postgres | ")) {
        if let Some(continued) = line.strip_prefix('\t') {
            if let Some(plan) = plans.last_mut().filter(|_| is_in_plan) {
                plan.add(continued);
            }
            continue;
        }
        is_in_plan = line.ends_with("plan:");
        if is_in_plan {
            plans.push(Plan::default());
        }
    }
    plans
}

#[derive(Default, Clone, PartialEq, Debug)]
struct Plan {
    statement: String,
    steps: String,
}

impl Plan {
    fn add(&mut self, line: &str) {
        match line.strip_prefix("Query Text: ") {
            Some(start) => self.statement = start.to_owned(),
            // The statement goes on until its values, or the first step, which says what it costs.
            None if self.steps.is_empty() && !line.starts_with("Query Parameters: ") && !line.contains("(cost=") => {
                self.statement.push(' ');
                self.statement.push_str(line.trim());
            }
            None => self.steps.push_str(&format!("  {line}\n")),
        }
    }

    fn is_about_the_library(&self) -> bool {
        ABOUT.iter().any(|word| self.statement.contains(word))
    }
}

impl std::fmt::Display for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n{}", self.statement, self.steps)
    }
}

fn last_of_each(plans: Vec<Plan>) -> Vec<Plan> {
    let mut last: Vec<Plan> = Vec::new();
    for plan in plans.into_iter().filter(Plan::is_about_the_library) {
        match last.iter_mut().find(|known| known.statement == plan.statement) {
            Some(known) => *known = plan,
            None => last.push(plan),
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_plan_of_each_statement_is_read_from_the_log() {
        let entry = |statement: &str, time: &str| {
            format!(
                "postgres | 2026-11-21 09:00:00 UTC LOG:  duration: {time} ms  plan:\n\
                 postgres | \tQuery Text: {statement}\n\
                 postgres | \t           FROM assets a\n\
                 postgres | \tQuery Parameters: $1 = '{time}'\n\
                 postgres | \tIndex Scan using timeline on assets a  (cost=0.42..8.44 rows=1) (actual time={time} rows=1)\n\
                 postgres | \t  Buffers: shared hit=4\n\
                 server   | something else\n"
            )
        };
        let log = entry("SELECT a.id", "0.9")
            + &entry("SELECT 1 -- no", "0.1").replace("assets a", "users")
            + &entry("SELECT a.id", "0.2");
        let found = last_of_each(plans(&log));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].statement, "SELECT a.id FROM assets a");
        assert!(found[0].steps.contains("actual time=0.2") && found[0].steps.contains("shared hit=4"));
    }
}
